"""Every construct in both themes, at 1x, 1.5x and 2x, and with large text: kept in ``build/pictures`` to be looked at."""

from __future__ import annotations

from base64 import b64encode
from importlib.util import find_spec
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

from chat2anyllm_desktop.core.models import Kind, Status, Usage
from tests.ui.transcript.stage import EVERYTHING, Stage, message

PICTURES = Path(__file__).parents[3] / "build" / "pictures"
MORE = r"""## Formulas, diagrams, images

Inline $x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}$ among words, money as $5 and $10, and $\alpha_i \in \mathbb{R}^n$.

\[ \mathbf{A} = \begin{pmatrix} a_{11} & a_{12} \\ a_{21} & a_{22} \end{pmatrix},
\qquad \sum_{k=1}^{\infty} \frac{1}{k^2} = \frac{\pi^2}{6} \]

| formula | value |
|---|---:|
| $\int_0^1 x^2\,dx$ | $\tfrac13$ |

```mermaid
graph LR
  A[Question] --> B{Cached?}
  B -->|yes| C[Answer]
  B -->|no| D[Model] --> C
```

![A gradient](IMAGE)

See ![a chart](https://example.org/chart.png), **文字：**后续, and שלום עולם.

> [!NOTE]
> A quote with `code`, and a [link](javascript:alert) that leads nowhere.
"""


def gradient() -> str:
    """A picture as the address of an image."""
    image = QImage(360, 120, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    colours = QLinearGradient(0, 0, 360, 0)
    colours.setColorAt(0, QColor("#3b5bdb"))
    colours.setColorAt(1, QColor("#e8590c"))
    painter.fillRect(image.rect(), colours)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    assert image.save(buffer, "PNG")  # type: ignore[call-overload]  # its stubs know no devices
    return f"data:image/png;base64,{b64encode(data.data()).decode()}"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ratio", "scale"), [(1, 100), (1.5, 100), (2, 100), (1, 200)])
def test_every_construct(stage: Stage, theme: str, ratio: float, scale: int) -> None:
    stage.theme.set_preference(theme)
    stage.theme.set_text_scale(scale)
    stage.view.resize(900, 1400)
    usage = Usage(first_token_s=0.4, duration_s=6.6, completion_tokens=512, cost=0.0031, reasoning_s=4.2)
    stage.reset(
        message(0, "[[ROLE:Reviewer]]\nBe strict.\n---\nHow do I do this?"),
        message(1, EVERYTHING, model="some-model", reasoning="First this, then that.", usage=usage),
        message(3, MORE.replace("IMAGE", gradient()), model="some-model", usage=usage),
        message(4, "With a plan, please:\n\n```python\nx = 1\n```"),
        message(5, "1. One step\n2. Another", kind=Kind.PLAN, model="planner"),
        message(7, "Doing", kind=Kind.IMPLEMENTATION, model="doer", status=Status.STOPPED),
        message(9, "Half an", status=Status.FAILED, usage=Usage(error="The gateway refused the key.")),
        message(11, "And now", status=Status.STREAMING),
    )
    stage.model.show_local("**Models**\n\n- `a`\n- `b`")
    PICTURES.mkdir(parents=True, exist_ok=True)
    stage.view.verticalScrollBar().setValue(0)
    seen: set[str] = set()
    for number in range(30):
        stage.rest()
        seen |= {type(placed.part).__name__ for placed in stage.placed}
        picture = stage.picture(ratio)
        assert picture.save(str(PICTURES / f"transcript-{theme}-{ratio}x-{scale}-{number}.png"))
        assert picture.pixelColor(2, 2) == stage.theme.tokens.background
        if stage.view.follows:
            break
        stage.view.scroll_by(1300)
    else:
        pytest.fail("the end was not reached")
    drawn = {"Prose", "CodeBox", "TableBox", "RuleLine", "Display", "Picture", "Fold", "Ending"}
    drawn |= {"DiagramBox"} if find_spec("mermaid_render") else set()
    assert drawn <= seen
