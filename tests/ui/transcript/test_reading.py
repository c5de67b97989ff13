"""Selecting, copying, finding, clicking, and the keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu

from chat2anyllm_desktop.core.models import Kind, Status, Usage
from chat2anyllm_desktop.ui.transcript.code_box import CodeBox
from tests.ui.transcript.stage import EVERYTHING, Stage, conversation, message


def _clipboard() -> str:
    return QGuiApplication.clipboard().text()


def test_copying_within_and_across_messages(stage: Stage) -> None:
    stage.reset(message(0, "A question of mine"), message(1, "Some **bold** words.\n\n- one\n- two\n\nEnd."))
    stage.drag(stage.point_of("question"), stage.point_of("bold", end=True))
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert _clipboard() == "question of mine\n\nSome bold"
    stage.view.copy_selection_as_markdown()
    assert _clipboard() == "A question of mine\n\nSome **bold** words."


def test_everything_as_text_and_as_markdown(stage: Stage) -> None:
    stage.reset(message(1, EVERYTHING))
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    text = stage.view.selected_text()
    for line in ("A heading", "1. First", "  • nested with code", "[x] done", 'echo "in a quote"', "one\t1"):
        assert line in text
    assert "**" not in text
    assert stage.view.selected_markdown() == EVERYTHING.rstrip("\n")


def test_ten_thousand_messages_are_copied_as_they_are_stored(stage: Stage) -> None:
    messages = conversation(3000)
    stage.reset(*messages)
    stage.view.select_all()
    text = stage.view.selected_text()
    assert all(f"Message {number}." in text for number in range(3000))
    assert sum(row.opened for row in stage.rows) < 30


def test_a_little_of_a_long_message_does_not_change_how_another_is_copied(stage: Stage) -> None:
    code = "```python\n" + "x = 'a line of code'\n" * 8000 + "```"
    stage.reset(message(1, "The *first*"), message(3, f"The **second**\n\n{code}"))
    stage.view.scroll_by(-1_000_000)
    stage.rest()
    stage.drag(stage.point_of("The first"), stage.point_of("The second", end=True))
    assert stage.view.selected_text() == "The first\n\nThe second"


def test_selecting_upwards_is_the_same(stage: Stage) -> None:
    stage.reset(message(0, "first words"), message(1, "last words"))
    stage.drag(stage.point_of("last", end=True), stage.point_of("words"))
    assert stage.view.selected_text() == "words\n\nlast"


def test_a_double_click_takes_a_word_and_a_third_the_paragraph(stage: Stage) -> None:
    stage.reset(message(1, "Three little words here.\n\nAnd more."))
    point, viewport = stage.point_of("little") + QPoint(8, 4), stage.view.viewport()
    stage.click(point)
    stage.qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=point)
    assert stage.view.selected_text() == "little"
    stage.click(point)
    assert stage.view.selected_text() == "Three little words here."


def test_characters_beyond_the_basic_plane_are_selected_whole(stage: Stage) -> None:
    stage.reset(message(1, "An emoji 👩‍👩‍👧 here and 𝒜 there."))
    stage.drag(stage.point_of("An"), stage.point_of("there.", end=True))
    assert stage.view.selected_text() == "An emoji 👩‍👩‍👧 here and 𝒜 there."


def test_a_code_box_copies_its_code_and_says_so(stage: Stage) -> None:
    stage.reset(message(1, "```python\nx = 1\n\ny = 2\n```"))
    stage.click(stage.spot("Copy"))
    assert _clipboard() == "x = 1\n\ny = 2"
    assert stage.spot("Copied")


def test_wrapping_long_lines_of_code(stage: Stage) -> None:
    stage.reset(message(1, "```\n" + "x" * 500 + "\n```\n\nAfter."))
    before = stage.part_with("After.").y
    stage.click(stage.spot("Wrap"))
    assert stage.part_with("After.").y > before
    stage.view.resize(600, 600)
    stage.rest()
    stage.click(stage.spot("No wrap"))
    stage.view.resize(800, 600)
    stage.rest()
    assert stage.part_with("After.").y == before


def test_long_tables_are_shown_in_part_first(stage: Stage) -> None:
    rows = "".join(f"| {n} | value {n} |\n" for n in range(500))
    stage.reset(message(1, "| n | v |\n|---|---|\n" + rows))
    stage.rest()
    assert "value 99" in stage.placed[0].row.parts[-2].text
    assert "value 100" not in stage.placed[0].row.parts[-2].text
    stage.click(stage.spot("Show all 500 rows"))
    assert "value 499" in stage.placed[0].row.parts[-2].text


def test_links_are_asked_for_and_their_address_shown(stage: Stage) -> None:
    stage.reset(message(1, "See [the page](https://example.com/a) for more."))
    point = stage.point_of("the page") + QPoint(8, 4)
    stage.qtbot.mouseMove(stage.view.viewport(), point)
    address = stage.view._overlays.address
    assert address.isVisible()
    assert address.text() == "https://example.com/a"
    with stage.qtbot.waitSignal(stage.view.link_open_requested) as signal:
        stage.click(point)
    assert signal.args == ["https://example.com/a"]


def test_actions_of_messages(stage: Stage) -> None:
    stage.reset(
        message(0, "ask"),
        message(1, "**half**", status=Status.FAILED, model="m", usage=Usage(error="The gateway is busy.")),
    )
    view = stage.view
    for label, wish, number in (
        ("Edit", view.edit_requested, 0),
        ("Continue", view.continue_requested, 1),
    ):
        with stage.qtbot.waitSignal(wish) as signal:
            stage.click(stage.spot(label))
        assert signal.args == [message(number, "").id]
    with stage.qtbot.waitSignal(view.retry_requested):
        stage.click(stage.spot("Retry"))
    stage.click(stage.spot("Copy as Markdown"))
    assert _clipboard() == "**half**"


def test_reasoning_is_folded_and_opens_in_place(stage: Stage) -> None:
    stage.reset(
        *conversation(10),
        message(11, "So it is.", reasoning="Because of *this*.", usage=Usage(reasoning_s=4.2)),
    )
    assert not any("Because" in placed.part.text for placed in stage.placed)
    point = stage.spot("Show reasoning")
    stage.click(point)
    assert stage.part_with("Because of this.")
    assert (stage.spot("Hide reasoning") - point).manhattanLength() < 40


def test_details_open(stage: Stage) -> None:
    stage.reset(message(1, "<details><summary>More</summary>\n\nHidden text.\n\n</details>\n\nAfter."))
    assert not any("Hidden" in placed.part.text for placed in stage.placed)
    stage.click(stage.spot("Open"))
    assert stage.part_with("Hidden text.")
    stage.click(stage.spot("Close"))
    assert not any("Hidden" in placed.part.text for placed in stage.placed)


def test_plan_and_implementation_are_told_apart(stage: Stage) -> None:
    stage.reset(message(0, "do"), message(1, "1. a", kind=Kind.PLAN, model="p"))
    plan = stage.picture()
    stage.reset(message(0, "do"), message(1, "1. a", kind=Kind.IMPLEMENTATION, model="p"))
    assert stage.picture() != plan


def test_the_role_of_the_web_edition_is_a_chip_and_not_text(stage: Stage) -> None:
    stage.reset(message(0, "[[ROLE:Reviewer]]\nBe strict.\n---\nLook at **this**"))
    assert stage.part_with("Look at **this**")
    assert not any("ROLE" in placed.part.text for placed in stage.placed)
    stage.view.select_all()
    assert stage.view.selected_markdown() == "Look at **this**"


def test_finding(stage: Stage) -> None:
    stage.reset(*conversation(200))
    assert stage.view.find_text("MESSAGE 17") == 11
    assert stage.part_with("Message 179.")
    for number in (178, 177):
        stage.view.find_step(-1)
        assert stage.part_with(f"Message {number}.")
    with_marks = stage.picture()
    stage.view.find_text("")
    assert stage.picture() != with_marks
    assert stage.view.find_text("nowhere to be found") == 0


def test_the_find_bar(stage: Stage) -> None:
    stage.reset(*conversation(50))
    stage.view.open_find()
    bar = stage.view._overlays.find_bar
    assert bar.isVisible()
    stage.qtbot.keyClicks(bar.field, "item 2")
    assert bar.count.text() == "5 of 5"
    stage.qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert bar.count.text() == "1 of 5"
    stage.qtbot.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert bar.count.text() == "5 of 5"
    stage.qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()


def test_found_text_is_marked_where_markup_stands_before_it(stage: Stage) -> None:
    stage.reset(message(1, "A [link](http://example.com/needle) and a **needle** and needle."))
    stage.view.find_text("needle")
    placed = stage.part_with("needle")
    ranges, current = stage.view._find.ranges_in(placed)
    assert len(ranges) == 2
    assert current == ranges[-1]


def test_going_through_the_conversation_by_keys(stage: Stage) -> None:
    stage.reset(*conversation(60))
    view, qtbot = stage.view, stage.qtbot
    stage.take_keyboard()
    bar = view.verticalScrollBar()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert bar.value() == 0
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert 400 < bar.value() < 600
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.follows
    qtbot.keyClick(view, Qt.Key.Key_Home)
    for number in range(12):
        qtbot.keyClick(view, Qt.Key.Key_J)
        assert view._keys.row is stage.rows[number]
        assert any(placed.row is stage.rows[number] for placed in stage.placed)
    qtbot.keyClick(view, Qt.Key.Key_K)
    assert view._keys.row is stage.rows[10]
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert _clipboard().startswith("Message 10.")


@pytest.mark.parametrize("way", ["key", "find"])
def test_what_a_jump_brings_on_screen_gets_its_colours(stage: Stage, way: str) -> None:
    stage.reset(message(1, "```python\nx = 'needle'\n```"), *conversation(60, first=2))
    if way == "key":
        stage.take_keyboard()
        stage.view._keys.focus(stage.rows[0])
    else:
        stage.view.find_text("needle")
    box = stage.part_with("needle").part
    assert isinstance(box, CodeBox)
    stage.rest()
    assert not box.plain


def test_tab_and_enter_do_what_a_click_does(stage: Stage) -> None:
    stage.reset(message(1, "See [a](https://a.example/).\n\n```python\nx = 1\n```"))
    view, qtbot = stage.view, stage.qtbot
    stage.take_keyboard()
    qtbot.keyClick(view, Qt.Key.Key_J)
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    with qtbot.waitSignal(view.link_open_requested):
        qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert _clipboard() == "x = 1"


def test_a_key_does_the_same_thing_twice(stage: Stage) -> None:
    """What it did made the parts of the message anew."""
    stage.reset(message(1, "An answer.", reasoning="First this, then that."))
    view, qtbot = stage.view, stage.qtbot
    stage.take_keyboard()
    qtbot.keyClick(view, Qt.Key.Key_J)
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    for opened in (True, False, True):
        qtbot.keyClick(view, Qt.Key.Key_Return)
        assert any("First this" in placed.part.text for placed in stage.placed) is opened
        assert any(placed.part is view._keys.part for placed in stage.placed)


def test_enter_on_a_message_that_is_gone_does_nothing(stage: Stage) -> None:
    stage.reset(message(1, "An answer.", reasoning="First this."), message(3, "Another."))
    view, qtbot = stage.view, stage.qtbot
    stage.take_keyboard()
    qtbot.keyClick(view, Qt.Key.Key_J)
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    stage.model.remove([message(1, "").id])
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert [row.id for row in stage.rows] == [message(3, "").id]


def test_wide_boxes_are_scrolled_by_key(stage: Stage) -> None:
    stage.reset(message(1, "```\n" + "x" * 500 + "\n```"))
    view, qtbot = stage.view, stage.qtbot
    stage.take_keyboard()
    before = stage.picture()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert stage.picture() != before
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert stage.picture() == before


def test_the_menu_of_the_focused_message_opens_by_key(stage: Stage) -> None:
    stage.reset(message(0, "A question"), message(1, "An answer"))
    view = stage.view
    stage.take_keyboard()
    stage.qtbot.keyClick(view, Qt.Key.Key_J)
    stage.qtbot.keyClick(view, Qt.Key.Key_J)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), view.mapToGlobal(QPoint(1, 1)))
    QApplication.sendEvent(view, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    retry = next(action for action in menu.actions() if action.text() == "Retry")
    with stage.qtbot.waitSignal(view.retry_requested) as asked:
        retry.trigger()
    assert asked.args == [message(1, "").id]
    menu.close()


def test_another_session_is_searched_anew(stage: Stage) -> None:
    stage.reset(message(0, "needle and needle"))
    stage.view.open_find()
    bar = stage.view._overlays.find_bar
    stage.qtbot.keyClicks(bar.field, "needle")
    assert bar.count.text() == "2 of 2"
    stage.model.reset("t", [message(2, "one needle")])
    assert bar.count.text() == "1 of 1"


def test_text_is_read_from_the_side_it_begins_at(stage: Stage) -> None:
    """Arabic and Hebrew stand at the right, with the first word there; code and English stay as they are."""
    stage.reset(
        message(0, "שלום עולם"),
        message(1, "مرحبا abc بالعالم\n\n- عنصر\n\n```python\n# שלום\n```\n\nEnglish"),
    )
    column = stage.view._pointer.column
    arabic, item = stage.part_with("مرحبا"), stage.part_with("عنصر")
    assert arabic.part.position_at(arabic.row.width - 1, arabic.part.gap + 2) == 0
    assert arabic.part.position_at(0, arabic.part.gap + 2) == len(arabic.part.text)
    assert item.part.position_at(item.row.width - 1, item.part.gap + 2) == 0
    bubble = stage.part_with("שלום עולם")
    x, width = bubble.row.place(bubble.number)
    assert x + width <= bubble.row.width
    assert bubble.part.position_at(width - 1, 2) == 0
    assert bubble.part.position_at(0, 2) == len("שלום עולם")
    code = stage.part_with("# שלום")
    assert code.part.position_at(0, code.part.height - 14) == 0
    assert stage.point_of("English").x() <= column + 1


def test_in_an_empty_session_there_is_no_place_that_is_read(stage: Stage) -> None:
    assert stage.view.reading_position() is None
