"""Pictures of every construct, to be looked at: set CHAT2ANYLLM_TEST_PICTURES to a folder to keep them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QColor

from chat2anyllm_desktop.core.models import Kind, Status, Usage
from tests.ui.transcript.stage import EVERYTHING, Stage, message


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scale", [100, 200])
def test_every_construct_in_both_themes(stage: Stage, tmp_path: Path, theme: str, scale: int) -> None:
    stage.theme.set_preference(theme)
    stage.theme.set_text_scale(scale)
    stage.view.resize(900, 1400)
    usage = Usage(first_token_s=0.4, duration_s=6.6, completion_tokens=512, cost=0.0031, reasoning_s=4.2)
    stage.reset(
        message(0, "[[ROLE:Reviewer]]\nBe strict.\n---\nHow do I do this?"),
        message(1, EVERYTHING, model="some-model", reasoning="First this, then that.", usage=usage),
        message(2, "With a plan, please:\n\n```python\nx = 1\n```"),
        message(3, "1. One step\n2. Another", kind=Kind.PLAN, model="planner"),
        message(5, "Doing", kind=Kind.IMPLEMENTATION, model="doer", status=Status.STOPPED),
        message(7, "Half an", status=Status.FAILED, usage=Usage(error="The gateway refused the key.")),
        message(9, "And now", status=Status.STREAMING),
    )
    stage.model.show_local("**Models**\n\n- `a`\n- `b`")
    folder = Path(os.environ.get("CHAT2ANYLLM_TEST_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    stage.view.verticalScrollBar().setValue(0)
    for number in range(20):
        stage.rest()
        picture = stage.picture()
        assert picture.save(str(folder / f"transcript-{theme}-{scale}-{number}.png"))
        assert QColor(picture.pixel(2, 2)) == stage.theme.tokens.background
        colours = {picture.pixel(x, y) for x in range(0, 886, 3) for y in range(0, 1400, 3)}
        assert len(colours) > 20
        if stage.view.follows:
            return
        stage.view.scroll_by(1300)
    pytest.fail("the end was not reached")
