from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.core.models import Author, Status
from chat2anyllm_desktop.ui.transcript.part import Part
from chat2anyllm_desktop.ui.transcript.prose import Prose
from tests.ui.transcript.stage import EVERYTHING, Stage, alike, conversation, message

_NONE = Qt.KeyboardModifier.NoModifier


def _wheel(stage: Stage, up: int, *, y: float = 300, modifiers: Qt.KeyboardModifier = _NONE) -> None:
    point = QPointF(400, y)
    event = QWheelEvent(
        point,
        stage.view.viewport().mapToGlobal(point),
        QPoint(),
        QPoint(0, up),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(stage.view.viewport(), event)


def _top_line(stage: Stage) -> str:
    """The text from the first character on screen on."""
    place = stage.view._pointer.place_at(QPointF(stage.view._pointer.column, 4))
    assert place is not None
    number = place.row.number_of(place.section, place.index)
    assert number is not None
    return place.row.parts[number].text[place.offset :][:20]


def test_only_what_is_on_screen_is_parsed_and_laid_out(stage: Stage) -> None:
    stage.reset(*conversation(10_000))
    rows = sum(row.opened for row in stage.rows)
    parts = sum(part.built for row in stage.rows for part in row.parts if part.selectable)
    assert rows < 20
    assert parts < 100
    assert stage.placed[-1].row is stage.rows[-1]


def test_memory_stays_bounded_when_everything_is_scrolled_through(stage: Stage) -> None:
    stage.reset(*conversation(600))
    for _ in range(400):
        stage.view.scroll_by(-700)
    assert stage.view.verticalScrollBar().value() == 0
    assert sum(row.opened for row in stage.rows) <= 80 + len(stage.placed)
    assert sum(part.built for row in stage.rows for part in row.parts if part.selectable) <= 700


def test_memory_stays_bounded_in_one_long_message(stage: Stage) -> None:
    stage.reset(message(1, "\n\n".join(f"Paragraph {n}.\n\n```python\nx = {n}\n```" for n in range(1500))))
    while stage.view.verticalScrollBar().value():
        stage.view.scroll_by(-700)
    assert sum(part.built for part in stage.rows[0].parts if part.selectable) <= 620
    stage.view.jump_to_latest()
    assert stage.part_with("Paragraph 1499.").part.built


def test_the_wheel_moves_what_is_on_screen_by_exactly_its_step(stage: Stage) -> None:
    stage.reset(*conversation(300))
    for _ in range(60):
        before = {id(placed.part): placed.y for placed in stage.placed}
        _wheel(stage, 120)
        after = {id(placed.part): placed.y for placed in stage.placed}
        moved = {after[part] - before[part] for part in before if part in after}
        assert moved == {3 * stage.view._style.line}


def test_everything_on_the_way_up_joins_without_gaps(stage: Stage) -> None:
    stage.reset(*conversation(60))
    stage.view.verticalScrollBar().setValue(0)
    seen: list[Part] = []
    while not stage.view.follows:
        for placed, following in zip(stage.placed, stage.placed[1:], strict=False):
            assert placed.y + placed.part.height == following.y
        seen += [placed.part for placed in stage.placed if placed.part not in seen]
        stage.view.scroll_by(400)
    seen += [placed.part for placed in stage.placed if placed.part not in seen]
    assert [part for row in stage.rows for part in row.parts] == seen


def test_a_wide_box_scrolls_sideways_by_itself(stage: Stage) -> None:
    stage.reset(message(1, "```text\n" + "word " * 60 + "\n```"))
    before = stage.picture()
    _wheel(stage, -120, y=70, modifiers=Qt.KeyboardModifier.ShiftModifier)
    assert stage.picture() != before
    assert stage.view.verticalScrollBar().maximum() == 0


def test_resizing_keeps_the_line_that_is_read(stage: Stage) -> None:
    words = " ".join(f"word{n}" for n in range(3000))
    stage.reset(message(0, "?"), message(1, words), *conversation(20, 2))
    stage.view._page.show(stage.rows[1], 1, -2500)
    stage.view._flow.resettle()
    stage.rest()
    line = _top_line(stage)
    for width in (700, 520, 460, 610, 800):
        stage.view.resize(width, 600)
        stage.rest()
        assert line[:7] in _visible_line(stage), width
    assert _top_line(stage) == line


def _visible_line(stage: Stage) -> str:
    """The first two lines on screen."""
    view = stage.view
    first = view._pointer.place_at(QPointF(view._pointer.column, 4))
    last = view._pointer.place_at(QPointF(view._pointer.column + 700, 30))
    assert first is not None
    assert last is not None
    number = first.row.number_of(first.section, first.index)
    assert number is not None
    return first.row.parts[number].text[first.offset : last.offset + 10]


def test_resizing_at_the_end_stays_at_the_end(stage: Stage) -> None:
    stage.reset(*conversation(30))
    for size in ((500, 600), (500, 300), (900, 700)):
        stage.view.resize(*size)
        stage.rest()
        bar = stage.view.verticalScrollBar()
        assert stage.view.follows
        assert bar.value() == bar.maximum()


def test_older_messages_are_asked_for_once_near_the_top(stage: Stage) -> None:
    messages = conversation(80)
    asked: list[None] = []
    stage.view.older_requested.connect(lambda: asked.append(None))
    stage.reset(*messages[40:], has_older=True)
    assert not asked
    stage.view.verticalScrollBar().setValue(300)
    stage.view.scroll_by(-10)
    assert len(asked) == 1
    stage.rest()
    before = stage.picture()
    stage.model.prepend(messages[:40], True)
    stage.rest()
    assert stage.picture() == before
    stage.view.scroll_by(-40_000)
    assert len(asked) == 2
    stage.model.prepend([], False)
    stage.view.scroll_by(-10)
    assert len(asked) == 2


def test_a_short_session_is_read_from_the_top(stage: Stage) -> None:
    stage.reset(message(0, "Hello"))
    assert stage.placed[0].y == stage.view._page.top
    assert stage.view.verticalScrollBar().maximum() == 0


def test_a_short_session_is_followed_whatever_was_tried_before(stage: Stage) -> None:
    """There was nothing to scroll, so the end was on screen: it stays there when the answer outgrows the view."""
    stage.reset(message(0, "Hello"), message(1, "", status=Status.STREAMING))
    stage.view.scroll_by(-100)
    stage.stream(1, "A line.\n\n" * 60)
    assert stage.view.follows


def test_what_was_folded_at_the_end_does_not_end_the_following(stage: Stage) -> None:
    stage.reset(message(1, "An answer.", status=Status.STREAMING, reasoning="First this."))
    for label in ("Show reasoning", "Hide reasoning"):
        stage.click(stage.spot(label))
        assert stage.view.follows
    stage.stream(1, "\n\nA line." * 60)
    assert stage.view.follows
    stage.view.scroll_by(-40)
    assert not stage.view.follows


def test_every_session_is_shown_where_it_was_left(stage: Stage) -> None:
    one = conversation(100)
    stage.reset(*one)
    stage.view.verticalScrollBar().setValue(4000)
    stage.rest()
    picture, position = stage.picture(), stage.view.reading_position()
    stage.model.reset("t", [message(5000, "Another session", Author.USER)], False)
    assert stage.part_with("Another session")
    stage.model.reset("s", one, False)
    stage.view.restore_position(position)
    stage.rest()
    assert stage.picture() == picture
    stage.view.jump_to_latest()
    position = stage.view.reading_position()
    stage.model.reset("s", [*one, message(100, "new")], False)
    stage.view.restore_position(position)
    assert stage.view.follows


def test_a_position_in_a_message_that_is_gone_is_the_end(stage: Stage) -> None:
    stage.reset(*conversation(50))
    stage.view.verticalScrollBar().setValue(0)
    position = stage.view.reading_position()
    stage.reset(*conversation(20, 500))
    stage.view.restore_position(position)
    assert stage.view.follows
    stage.view.restore_position("nonsense")
    assert stage.view.follows


@pytest.mark.parametrize(
    "gone", [[5], [0, 1, 2], [38, 39], [3, 4, 5, 20, 30, 31], list(range(0, 40, 2)), list(range(40))]
)
def test_removing_stretches(stage: Stage, gone: list[int]) -> None:
    messages = conversation(40)
    stage.reset(*messages)
    stage.model.remove([messages[number].id for number in gone])
    assert [row.id for row in stage.rows] == [m.id for number, m in enumerate(messages) if number not in gone]
    stage.check()


def test_removing_what_is_read_and_what_is_not(stage: Stage) -> None:
    stage.reset(*conversation(40))
    stage.view.verticalScrollBar().setValue(2000)
    stage.rest()
    before = stage.picture()
    stage.model.remove(["m0000001", "m0000039"])
    stage.rest()
    assert stage.picture() == before
    stage.model.remove([entry.id for entry in stage.model])
    assert stage.placed == []


def test_a_theme_change_keeps_the_place(stage: Stage) -> None:
    stage.reset(*conversation(40))
    stage.view.verticalScrollBar().setValue(3000)
    stage.rest()
    before, value = stage.picture(), stage.view.verticalScrollBar().value()
    stage.theme.set_preference("dark")
    stage.rest()
    assert stage.picture() != before
    stage.theme.set_preference("light")
    stage.rest()
    assert stage.picture() == before
    assert abs(stage.view.verticalScrollBar().value() - value) < 600


def test_text_at_twice_the_size_is_not_clipped(stage: Stage) -> None:
    stage.theme.set_text_scale(200)
    stage.view.resize(1400, 900)
    stage.reset(message(1, EVERYTHING))
    stage.view.verticalScrollBar().setValue(0)
    assert stage.view._style.line == 45
    prose = [placed.part for placed in stage.placed if isinstance(placed.part, Prose)]
    assert len(prose) > 5
    for part in prose:
        assert part.natural_width + part.leaf.left <= stage.view._page.width
        assert part.height - part.gap >= 45


@pytest.mark.parametrize("seed", range(4))
def test_what_was_only_moved_on_screen_is_what_would_be_drawn(stage: Stage, seed: int) -> None:
    dice = random.Random(seed)
    stage.reset(*conversation(60), message(61, "", status=Status.STREAMING))
    for _ in range(60):
        action = dice.randrange(6)
        if action == 0:
            stage.view.scroll_by(dice.choice((-900, -333, -70, -1, 1, 70, 333, 900)))
        elif action == 1:
            stage.view.jump_to_latest()
        elif action == 2:
            stage.view.scroll_by(dice.choice((-70, 70)))
            stage.view.scroll_by(dice.choice((-70, 70)))
        else:
            stage.stream(
                61, dice.choice(("word ", "\n\n", "```python\nx = 1\n", "\n```\n\n", "- item\n", "| a |\n"))
            )
        stage.rest()
        shot = stage.on_screen()
        assert stage.view._overlays.news or alike(shot, stage.picture())
    stage.rest()
    stage.view.jump_to_latest()
    assert alike(stage.on_screen(), stage.picture())


def test_the_bar_is_drawn_when_its_handle_moves_and_not_for_less(stage: Stage) -> None:
    class Paints(QObject):
        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.count += event.type() == QEvent.Type.Paint
            return False

    stage.reset(*conversation(2000))
    stage.view.show()
    bar = stage.view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    stage.rest()
    paints = Paints()
    bar.installEventFilter(paints)
    value = bar.value()
    for _ in range(3):
        stage.view.scroll_by(1)
        stage.rest()
    assert bar.value() == value + 3
    few = paints.count
    stage.view.scroll_by(bar.maximum() // 20)
    stage.rest()
    assert few <= 1
    assert paints.count > few
