"""A transcript on a real widget, and what tests do to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import monotonic

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.models import Author, Message
from chat2anyllm_desktop.ui.theme import Theme
from chat2anyllm_desktop.ui.transcript.layout import Placed
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.runs import units
from chat2anyllm_desktop.ui.transcript.view import TranscriptView

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)

EVERYTHING = """# A heading

A paragraph with **bold**, *emphasis*, `code`, ~~struck~~ and a [link](https://example.com/page).

1. First
2. Second
   - nested with `code`
   - another

- [x] done
- [ ] open

> A quote.
>
> ```bash
> echo "in a quote"
> ```

```python
def answer() -> int:
    return 42  # a comment that is so long that it cannot possibly fit in a box of this width, whatever the font
```

| Name | Value |
|------|------:|
| one | `1` |
| two | 2 |

---

Inline $e=mc^2$, H<sub>2</sub>O and <kbd>Ctrl</kbd>.

$$
\\int_0^1 x\\,dx
$$

<details><summary>More</summary>

Hidden text.

</details>

Last words, with 中文 and 👩‍👩‍👧 and a note[^1].

[^1]: The note.
"""


def message(number: int, text: str, author: Author | None = None, **more: object) -> Message:
    """The message of a number: questions are even, answers odd, a second apart."""
    if author is None:
        author = Author.ASSISTANT if number % 2 else Author.USER
    created = BEGINNING + timedelta(seconds=number)
    values: dict[str, object] = {"session_id": "s", "created_at": created, **more}
    return Message(id=f"m{number:07}", author=author, content=text, **values)  # type: ignore[arg-type]


def conversation(count: int, first: int = 0) -> list[Message]:
    """Messages of some paragraphs each, with code and lists among them."""
    found = []
    for number in range(first, first + count):
        text = f"Message {number}. " + "Some words that fill a line or two of the column. " * (2 + number % 5)
        if number % 2:
            text += f"\n\n- item {number}\n- another\n\n```python\nx = {number}\n```\n\nAnd an end."
        found.append(message(number, text))
    return found


class Stage:
    """A model and its view, shown."""

    def __init__(self, qtbot: QtBot, width: int = 800, height: int = 600) -> None:
        self.qtbot = qtbot
        self.theme = Theme("light")
        self.model = TranscriptModel()
        self.view = TranscriptView(self.model, self.theme)
        qtbot.addWidget(self.view)
        self.view.resize(width, height)
        with qtbot.waitExposed(self.view):
            self.view.show()

    def reset(self, *messages: Message, has_older: bool = False) -> None:
        self.model.reset("s", messages, has_older)
        self.rest()

    def rest(self) -> None:
        """Wait until nothing is left to be done in idle time, and formulas are drawn."""
        self.view.flush()
        self.qtbot.waitUntil(lambda: not self.busy, timeout=30_000)

    @property
    def busy(self) -> bool:
        flow = self.view._flow
        idle = not flow._idle_timer.isActive() and not flow._flush_timer.isActive()
        return not idle or any(part.measured and part.waits for part in self.view._page._built)

    def check(self) -> None:
        """What the page believes of heights is what the rows and parts are."""
        page, bar = self.view._page, self.view.verticalScrollBar()
        assert list(page.heights) == [row.height for row in self.rows]
        for row in self.rows:
            if row.opened:
                assert list(row.heights) == [part.height for part in row.parts]
                assert row.height == row.heights.total
        assert (bar.value(), bar.maximum()) == (page.offset, page.maximum)
        if page.follow:
            assert page.offset == page.maximum
        for one, following in zip(page.placed, page.placed[1:], strict=False):
            assert one.y + one.part.height == following.y

    def stream(self, number: int, *pieces: str, reasoning: str = "") -> None:
        for piece in pieces:
            self.model.append_delta(message(number, "").id, piece, reasoning)
            self.view.flush()

    def picture(self, ratio: float = 1) -> QImage:
        """What is drawn, without what floats over it, on a display of so many pixels per unit."""
        viewport = self.view.viewport()
        image = QImage(viewport.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        everything = QRegion(viewport.rect())
        viewport.render(image, QPoint(), everything, QWidget.RenderFlag.DrawWindowBackground)
        return image

    def on_screen(self) -> QImage:
        """What stands in the window after what was drawn frame by frame: parts of it have only been moved."""
        self.qtbot.wait(1)
        store = self.view.backingStore()
        image = store.paintDevice()
        assert isinstance(image, QImage)
        corner = self.view.viewport().mapTo(self.view.window(), QPoint())
        shot = image.copy(corner.x(), corner.y(), self.view.viewport().width(), self.view.viewport().height())
        return shot.convertToFormat(QImage.Format.Format_RGB32)

    @property
    def placed(self) -> list[Placed]:
        return self.view._page.placed

    @property
    def rows(self) -> list[Row]:
        return self.view._page.rows

    def part_with(self, text: str) -> Placed:
        """The part on screen that shows ``text``."""
        return next(placed for placed in self.placed if text in placed.part.text)

    def point_of(self, text: str, *, end: bool = False) -> QPoint:
        """Where, in the viewport, a text begins or ends on screen."""
        placed = self.part_with(text)
        index = placed.part.text.index(text) + (len(text) if end else 0)
        at = units(placed.part.text[:index])
        column = self.view._pointer.column + placed.row.place(placed.number)[0]
        width = placed.row.place(placed.number)[1]
        y = placed.part.top_of(at) + 6
        for x in range(width + 1):
            if placed.part.position_at(x, y) >= at:
                return QPoint(column + x, placed.y + y)
        return QPoint(column + width, placed.y + y)

    def spot(self, label: str) -> QPoint:
        """The middle of something that can be clicked."""
        for placed in self.placed:
            for spot in placed.part.spots():
                if spot.label == label and spot.area is not None:
                    x = self.view._pointer.column + placed.row.place(placed.number)[0]
                    return (spot.area.center() + QPointF(x, placed.y)).toPoint()
        raise AssertionError(f"nothing on screen is called {label!r}")

    def click(self, point: QPoint) -> None:
        self.qtbot.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, pos=point)

    def take_keyboard(self) -> None:
        """Come to the conversation by Tab."""
        self.view.clearFocus()
        self.view.setFocus(Qt.FocusReason.TabFocusReason)

    def drag(self, start: QPoint, end: QPoint) -> None:
        viewport, button = self.view.viewport(), Qt.MouseButton.LeftButton
        self.qtbot.mousePress(viewport, button, pos=start)
        self.qtbot.mouseMove(viewport, pos=(start + end) / 2)
        self.qtbot.mouseMove(viewport, pos=end)
        self.qtbot.mouseRelease(viewport, button, pos=end)


def shown(row: Row) -> list[tuple[str, str, int, int]]:
    """What an open row shows, part by part: kind, text, height, distance from the left."""
    assert row.body is not None

    def complete() -> bool:
        """All is laid out, with its formulas."""
        for number, part in enumerate(row.parts):
            part.measured = part.measured and not part.waits
            row.measure(number)
        return not any(part.waits for part in row.parts)

    deadline = monotonic() + 30
    while not complete():
        assert monotonic() < deadline
        QTest.qWait(10)
    return [(type(p).__name__, p.text, p.height, p.left(row.width)) for p in row.body.parts]


def alike(one: QImage, other: QImage) -> bool:
    """The same picture. The rim of a rounded box that is cut off at the edge is rasterised a shade differently."""
    if one == other:
        return True
    if one.size() != other.size():
        return False
    pairs = zip(bytes(one.constBits()), bytes(other.constBits()), strict=True)
    return max(abs(a - b) for a, b in pairs) <= 2
