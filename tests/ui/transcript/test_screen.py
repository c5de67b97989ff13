"""What stands in the window after frames that only drew what was new is what a whole frame would show."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QImage, QKeySequence, QPainter
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.core.models import Author, Status
from tests.ui.transcript.stage import EVERYTHING, Stage, alike, conversation, message

_Standard = QKeySequence.StandardKey

_KEYS = (
    _Standard.SelectNextChar,
    _Standard.SelectNextWord,
    _Standard.SelectPreviousLine,
    _Standard.SelectNextPage,
    _Standard.SelectEndOfLine,
    _Standard.MoveToPreviousLine,
    _Standard.MoveToNextWord,
)
_PIECES = (
    "word ",
    "more words that are longer and wrap around the line at some point, ",
    "\n\n",
    "```python\nx = 1\n",
    "def f(a):\n    return 'abc'\n",
    "```\n\n",
    "- item\n",
    "| a | b |\n|---|---|\n",
    "| 1 | 2 |\n",
    "> quote\n",
    "**bold",
    "$x^2$ ",
    "# Head\n\n",
    "שלום עולם ",
    "👩‍👩‍👧 ",
    "a " * 300,
    "```\n" + "z" * 300 + "\n```\n",
)


def _steps(stage: Stage, random: Random, streaming: int) -> list[Callable[[], object]]:
    """What can happen to a conversation while an answer streams; what happens often stands here twice."""
    view, qtbot = stage.view, stage.qtbot
    viewport, bar = view.viewport(), view.verticalScrollBar()

    def stream() -> None:
        stage.stream(streaming, random.choice(_PIECES))

    def scroll() -> None:
        view.scroll_by(random.choice((-2000, -300, -40, -7, 7, 40, 300, 1500)))

    def move() -> None:
        key = QKeySequence.keyBindings(random.choice(_KEYS))[0][0]
        qtbot.keyClick(view, key.key(), key.keyboardModifiers())

    def anywhere() -> QPoint:
        return QPoint(random.randrange(viewport.width() // 2), random.randrange(viewport.height()))

    def wheel_aside() -> None:
        for placed in stage.placed:
            placed.part.scroll_by(40, placed.part.height - 1)
        viewport.update()

    return [
        stream,
        stream,
        stream,
        stream,
        scroll,
        scroll,
        move,
        move,
        wheel_aside,
        stage.take_keyboard,
        view.jump_to_latest,
        lambda: qtbot.mouseMove(viewport, anywhere()),
        lambda: stage.click(anywhere()),
        lambda: stage.drag(anywhere(), anywhere()),
        lambda: view.find_text(random.choice(("word", "a", "zzz"))),
        lambda: view.resize(random.choice((800, 500)), random.choice((600, 400))),
        lambda: qtbot.keyClick(view, random.choice((Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_Tab))),
        lambda: bar.setValue(random.randrange(bar.maximum() + 1)),
        lambda: stage.model.set_versions({stage.rows[-1].id: (random.choice((1, 2, 3)), 3)}),
    ]


def _drawn(stage: Stage) -> tuple[QImage, QImage]:
    """The window's picture once its frame is over, and the one that is drawn as a whole; without what floats over it."""
    view, viewport = stage.view, stage.view.viewport()
    QCoreApplication.sendEvent(view.window(), QEvent(QEvent.Type.UpdateRequest))
    stored = view.backingStore().paintDevice()
    assert isinstance(stored, QImage)
    corner = viewport.mapTo(view.window(), QPoint())
    shot = stored.copy(corner.x(), corner.y(), viewport.width(), viewport.height())
    pictures = shot.convertToFormat(QImage.Format.Format_RGB32), stage.picture()
    for picture in pictures:
        painter = QPainter(picture)
        for floating in viewport.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if floating.isVisible():
                painter.fillRect(floating.geometry(), Qt.GlobalColor.black)
        painter.end()
    return pictures


@pytest.mark.parametrize("seed", range(8))
def test_a_frame_that_draws_what_is_new_shows_the_same_as_a_whole_one(stage: Stage, seed: int) -> None:
    random = Random(seed)
    before = conversation(21) if seed % 2 else [message(0, "A question"), message(1, EVERYTHING)]
    stage.reset(*before)
    stage.model.upsert(message(99, "", Author.ASSISTANT, status=Status.STREAMING))
    steps = _steps(stage, random, 99)
    for _ in range(40):
        random.choice(steps)()
        stage.qtbot.wait(random.choice((0, 1, 20)))
        assert alike(*_drawn(stage))
        stage.check()


def test_a_click_where_nothing_can_be_selected_takes_the_mark_of_the_keyboard_away(stage: Stage) -> None:
    stage.reset(message(1, "", status=Status.STREAMING))
    stage.take_keyboard()
    marked = stage.picture()
    assert alike(*_drawn(stage))
    stage.qtbot.mousePress(stage.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 400))
    assert stage.picture() != marked
    assert alike(*_drawn(stage))
    stage.qtbot.mouseRelease(stage.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 400))
