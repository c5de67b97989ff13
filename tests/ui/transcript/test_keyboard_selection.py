"""Selecting by keyboard: through characters, words, lines, parts and messages."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence

from chat2anyllm_desktop.core.models import Author
from tests.ui.transcript.stage import EVERYTHING, Stage, conversation, message

_Standard = QKeySequence.StandardKey


def _press(stage: Stage, key: QKeySequence.StandardKey, times: int = 1) -> None:
    """What this platform has for it."""
    combination = QKeySequence.keyBindings(key)[0][0]
    for _ in range(times):
        stage.qtbot.keyClick(stage.view, combination.key(), combination.keyboardModifiers())


def _caret(stage: Stage) -> tuple[str, str]:
    """What stands before and behind the caret in its part."""
    found = stage.view._caret.place()
    assert found is not None
    part, offset = found
    data = part.text.encode("utf-16-le")
    return data[: 2 * offset].decode("utf-16-le"), data[2 * offset :].decode("utf-16-le")


def _caret_on_screen(stage: Stage) -> bool:
    found = stage.view._caret.place()
    assert found is not None
    part, offset = found
    for placed in stage.placed:
        if placed.part is part:
            rect = part.cursor_rect(offset).translated(0, placed.y)
            width = placed.row.place(placed.number)[1]
            return rect.top() >= 0 and rect.bottom() <= stage.view._page.height and 0 <= rect.left() <= width
    return False


def test_characters_are_those_that_people_see(stage: Stage) -> None:
    family, accented = "👩‍👩‍👧", "e\u0301"
    stage.reset(message(1, f"a{family}{accented}b"))
    stage.take_keyboard()
    selected = []
    for _ in range(4):
        _press(stage, _Standard.SelectNextChar)
        selected.append(stage.view.selected_text())
    assert selected == ["a", f"a{family}", f"a{family}{accented}", f"a{family}{accented}b"]
    _press(stage, _Standard.SelectPreviousChar, 2)
    assert stage.view.selected_text() == f"a{family}"


def test_words_and_the_ends_of_the_line(stage: Stage) -> None:
    stage.reset(message(1, "One two, three."))
    stage.take_keyboard()
    _press(stage, _Standard.SelectNextWord, 2)
    assert stage.view.selected_text() in ("One two", "One two, ")
    _press(stage, _Standard.SelectEndOfLine)
    assert stage.view.selected_text() == "One two, three."
    _press(stage, _Standard.SelectPreviousWord)
    assert stage.view.selected_text().startswith("One two, three"[:9])
    _press(stage, _Standard.SelectStartOfLine)
    assert not stage.view.has_selection


def test_it_begins_where_was_clicked(stage: Stage) -> None:
    stage.reset(message(1, "First words.\n\nSecond words."))
    stage.click(stage.point_of("words.", end=False))
    _press(stage, _Standard.SelectNextChar, 5)
    assert stage.view.selected_text() == "words"


def test_it_goes_on_from_what_the_mouse_has_selected(stage: Stage) -> None:
    stage.reset(message(1, "One two three four."))
    stage.drag(stage.point_of("two"), stage.point_of("two", end=True))
    _press(stage, _Standard.SelectNextChar, 6)
    assert stage.view.selected_text() == "two three"
    _press(stage, _Standard.SelectPreviousChar, 9)
    _press(stage, _Standard.SelectPreviousWord)
    assert stage.view.selected_text() == "One "


def test_it_begins_at_the_focused_message(stage: Stage) -> None:
    stage.reset(*(message(number, f"Message {number}.") for number in range(6)))
    stage.take_keyboard()
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_K)
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_K)
    _press(stage, _Standard.SelectEndOfLine)
    assert stage.view.selected_text() == "Message 3."
    # Another message, and nothing selected: from there.
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Escape)
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_J)
    _press(stage, _Standard.SelectEndOfLine)
    assert stage.view.selected_text() == "Message 4."


def test_without_any_of_these_it_begins_at_the_first_whole_line_in_view(stage: Stage) -> None:
    stage.reset(message(1, "\n\n".join(f"Paragraph {number}." for number in range(60))))
    stage.view.setFocus()
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Home)
    first = next(placed for placed in stage.placed if "Paragraph" in placed.part.text)
    stage.view.scroll_by(first.y + first.part.gap + 10)
    cut_off = next(p for p in stage.placed if p.y + p.part.height > 0 and "Paragraph" in p.part.text)
    _press(stage, _Standard.SelectEndOfLine)
    number = int(stage.view.selected_text().removeprefix("Paragraph ").removesuffix("."))
    assert number == int(cut_off.part.text.removeprefix("Paragraph ").removesuffix(".")) + 1
    assert _caret_on_screen(stage)


def test_up_and_down_keep_their_place_through_short_lines(stage: Stage) -> None:
    code = "\n".join(("a long line of code", "short", "", "another long line here"))
    stage.reset(message(1, f"```\n{code}\n```"))
    stage.click(stage.point_of("of code"))
    befores = []
    for _ in range(3):
        _press(stage, _Standard.SelectNextLine)
        befores.append(_caret(stage)[0].split("\n")[-1])
    assert befores == ["short", "", "another long"]
    _press(stage, _Standard.SelectPreviousLine, 3)
    assert _caret(stage)[1].startswith("of code")
    assert not stage.view.has_selection


def test_lines_are_those_on_the_screen(stage: Stage) -> None:
    """Also at the end of a line that is wrapped: what lies behind its last character is the next line."""
    text = " ".join(f"word{number}" for number in range(60))
    stage.reset(message(1, text))
    stage.click(stage.point_of("word0"))
    part = stage.part_with("word0").part
    tops = [part.cursor_rect(0).top()]
    for key in (_Standard.SelectEndOfLine, _Standard.SelectNextLine, _Standard.SelectEndOfLine):
        _press(stage, key)
        found = stage.view._caret.place()
        assert found is not None
        tops.append(part.cursor_rect(found[1]).top())
    line = stage.rows[0].style.line
    assert [top - tops[0] for top in tops] == [0, 0, line, line]
    _press(stage, _Standard.SelectPreviousLine)
    found = stage.view._caret.place()
    assert found is not None
    assert part.cursor_rect(found[1]).top() == tops[0]


def test_every_construct_is_gone_through_line_by_line_and_back(stage: Stage) -> None:
    stage.reset(
        message(0, "A question."), message(1, EVERYTHING, reasoning="Some thoughts."), message(2, "An end.")
    )
    stage.view.setFocus()
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Home)
    stage.click(stage.spot("Show reasoning"))
    stage.rest()
    _press(stage, _Standard.SelectStartOfDocument)
    seen = ["A question."]
    while not _caret(stage)[0].endswith("An end."):
        _press(stage, _Standard.SelectNextLine)
        before, behind = _caret(stage)
        assert _caret_on_screen(stage)
        if seen[-1] != before + behind:
            seen.append(before + behind)
    assert [text for text in seen if text] == [
        part.text
        for row in stage.rows
        for number, part in enumerate(row.parts)
        if row.locate(number) is not None and part.selectable and part.text
    ]
    ends = []
    for _ in range(500):
        before, behind = _caret(stage)
        if not before and behind == "A question.":
            break
        _press(stage, _Standard.SelectPreviousLine)
        ends.append(_caret(stage))
        assert len(ends) < 2 or ends[-1] != ends[-2]
    assert not stage.view.has_selection


def test_it_goes_through_rows_that_were_never_opened(stage: Stage) -> None:
    stage.reset(*conversation(300))
    stage.click(stage.point_of("Message 299"))
    _press(stage, _Standard.SelectPreviousPage, 12)
    assert _caret_on_screen(stage)
    assert not stage.view.follows
    text = stage.view.selected_text()
    assert "Message 298." in text
    assert "Message 290." in text
    assert text.endswith("x = 297\n\nAnd an end.\n\nMessage 298. " + text.rpartition("Message 298. ")[2])
    _press(stage, _Standard.SelectStartOfDocument)
    assert _caret_on_screen(stage)
    whole = stage.view.selected_text()
    assert whole.startswith("Message 0. ")
    assert whole.endswith("column.") or "Message 298." in whole
    _press(stage, _Standard.SelectEndOfDocument)
    assert _caret_on_screen(stage)
    assert stage.view.selected_text().endswith("And an end.")
    assert "Message 298" not in stage.view.selected_text()


def test_a_box_is_scrolled_sideways_to_the_caret(stage: Stage) -> None:
    wide = "x" * 400
    stage.reset(message(1, f"```\nshort\n{wide}\nshort\n```"))
    stage.click(stage.point_of("xxx"))
    _press(stage, _Standard.SelectEndOfLine)
    assert _caret(stage)[0].endswith(wide)
    assert _caret_on_screen(stage)
    _press(stage, _Standard.SelectNextLine)
    assert _caret(stage)[0].endswith("\nshort")
    assert _caret_on_screen(stage)
    _press(stage, _Standard.SelectPreviousLine)
    assert _caret(stage)[0].endswith(wide)


def test_in_text_that_is_read_from_the_right_the_arrows_go_where_they_point(stage: Stage) -> None:
    stage.reset(message(1, "שלום עולם"))
    stage.take_keyboard()
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert stage.view.selected_text() == "ש"
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert stage.view.selected_text() == "ש"


def test_once_the_caret_is_shown_it_can_be_moved_alone(stage: Stage) -> None:
    stage.reset(*conversation(40))
    stage.view.setFocus()
    bar = stage.view.verticalScrollBar()
    before = bar.value()
    _press(stage, _Standard.MoveToPreviousLine)
    assert bar.value() < before  # Scrolled: no caret is shown.
    stage.click(stage.point_of("Message 38"))
    _press(stage, _Standard.SelectNextWord)
    assert stage.view.selected_text().startswith("Message")
    _press(stage, _Standard.MoveToPreviousChar)
    assert not stage.view.has_selection
    assert _caret(stage)[1].startswith("Message 38")
    _press(stage, _Standard.MoveToNextWord)
    _press(stage, _Standard.SelectNextChar, 2)
    assert stage.view.selected_text() == "38"


@pytest.mark.parametrize("where", ["message", "click"])
def test_escape_lets_go_of_one_thing_at_a_time(stage: Stage, where: str) -> None:
    stage.reset(message(0, "A question."), message(1, "An answer."))
    if where == "message":
        stage.take_keyboard()
    else:
        stage.click(stage.point_of("answer"))
    view = stage.view
    _press(stage, _Standard.SelectNextWord)
    assert view.has_selection
    assert view._caret.shown
    stage.qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not view.has_selection
    assert not view._caret.shown
    assert (view._keys.row is not None) is (where == "message")
    stage.qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view._keys.row is None


def test_what_is_selected_stays_while_the_answer_grows(stage: Stage) -> None:
    stage.reset(message(0, "A question."), message(1, "The beginning of"))
    stage.click(stage.point_of("beginning"))
    _press(stage, _Standard.SelectEndOfDocument)
    assert stage.view.selected_text() == "beginning of"
    stage.stream(1, " an answer.\n\nAnd more.")
    assert stage.view.selected_text() == "beginning of"
    _press(stage, _Standard.SelectEndOfDocument)
    assert stage.view.selected_text() == "beginning of an answer.\n\nAnd more."


def test_copying_takes_what_the_keyboard_has_selected(stage: Stage) -> None:
    stage.reset(message(0, "A question.", Author.USER), message(1, "An **answer**."))
    stage.take_keyboard()
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_K)
    _press(stage, _Standard.SelectNextLine)
    _press(stage, _Standard.SelectEndOfLine)
    _press(stage, _Standard.Copy)
    assert QGuiApplication.clipboard().text() == "A question.\n\nAn answer."


def test_nothing_moves_in_an_empty_conversation(stage: Stage) -> None:
    stage.reset()
    stage.take_keyboard()
    for key in (_Standard.SelectNextChar, _Standard.SelectNextPage, _Standard.SelectEndOfDocument):
        _press(stage, key)
    assert not stage.view.has_selection
