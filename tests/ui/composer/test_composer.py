"""The field where messages are written, in a window: its height, its keys, what is pasted, what is offered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.chat.commands import Completion, Completions
from chat2anyllm_desktop.core.attachments import attached, joined
from chat2anyllm_desktop.ui.composer import Composer
from chat2anyllm_desktop.ui.composer.chips import FileChip
from chat2anyllm_desktop.ui.composer.completion import CompletionPopup
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from tests.ui.composer.conftest import Window

OFFERS = tuple(
    Completion(text=f"/command{number}", label=f"/command{number}", hint="does something", group="Commands")
    for number in range(12)
)
TEMPLATE = Completion(text="/crew ", label="/crew", group="Prompt templates", lays_out=True)


def popup_of(composer: Composer) -> CompletionPopup:
    popup = composer.window().findChild(CompletionPopup)
    assert isinstance(popup, CompletionPopup)
    return popup


def test_it_grows_to_a_third_of_the_window_and_shrinks_again(
    window: Window, composer: Composer, qtbot: QtBot
) -> None:
    editor = composer.editor
    one_line = editor.height()
    editor.setPlainText("line\n" * 40)
    assert 150 < editor.height() <= 210
    window.resize(700, 900)
    qtbot.waitUntil(lambda: 250 < editor.height() <= 310)
    window.resize(700, 450)
    qtbot.waitUntil(lambda: editor.height() <= 160)
    editor.clear()
    assert editor.height() == one_line


def test_a_long_line_takes_more_height_in_a_narrow_window(
    window: Window, composer: Composer, qtbot: QtBot
) -> None:
    composer.editor.setPlainText("some words " * 20)
    wide = composer.editor.height()
    window.resize(400, 600)
    qtbot.waitUntil(lambda: composer.editor.height() > wide)
    window.resize(700, 600)
    qtbot.waitUntil(lambda: composer.editor.height() == wide)


def test_the_words_of_the_empty_field_stay_on_its_one_line(
    window: Window, composer: Composer, qtbot: QtBot
) -> None:
    editor = composer.editor
    whole = editor.placeholderText()
    composer._theme.set_text_scale(200)
    window.resize(420, 600)
    qtbot.waitUntil(lambda: editor.placeholderText().endswith("…"))
    assert editor.fontMetrics().horizontalAdvance(editor.placeholderText()) < editor.viewport().width()
    window.resize(900, 600)
    qtbot.waitUntil(lambda: editor.placeholderText() == whole)


def test_a_paste_with_colours_and_html_becomes_plain_text(composer: Composer) -> None:
    pasted = QMimeData()
    pasted.setHtml('<pre><b style="color: red">bold</b>\n\t<span>line</span></pre>')
    pasted.setText("bold\n\tline")
    composer.editor.insertFromMimeData(pasted)
    assert composer.text == "bold\n\tline"
    assert not composer.editor.textCursor().charFormat().fontWeight() > 400


def test_what_is_attached_is_named_as_text_whatever_stands_in_it(composer: Composer) -> None:
    """Qt would take it for HTML and load the files that it names."""
    before = composer.minimumSizeHint().width()
    name, text = "<img src='file:///dev/zero'>.txt", "<b>x</b> " + "y" * 200_000
    composer.attach([attached(name, text)])
    (chip,) = composer.findChildren(FileChip)
    assert [label.textFormat() for label in chip.findChildren(PlainLabel)] == [Qt.TextFormat.PlainText] * 2
    assert chip.toolTip().startswith('<div style="white-space: pre-wrap">&lt;img')
    assert composer.minimumSizeHint().width() == before
    assert composer.text == f"{name}:\n````\n{text}\n````"


def test_esc_gives_up_an_edit_and_is_the_windows_otherwise(
    window: Window, composer: Composer, qtbot: QtBot
) -> None:
    composer.set_busy(True)
    composer.set_text("a draft")
    composer.begin_edit("m", "sent before")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Escape)
    assert (composer.text, composer.edited, window.unwanted) == ("a draft", "", [])
    qtbot.keyClick(composer.editor, Qt.Key.Key_Escape)
    assert window.unwanted == [Qt.Key.Key_Escape]


def test_esc_closes_the_list_before_it_gives_up_an_edit(
    window: Window, composer: Composer, qtbot: QtBot
) -> None:
    composer.offering.set_completer(lambda text, _: Completions(0, len(text), (*OFFERS, TEMPLATE)))
    composer.begin_edit("m", "")
    qtbot.keyClicks(composer.editor, "/c")
    assert popup_of(composer).isVisible()
    qtbot.keyClick(composer.editor, Qt.Key.Key_Escape)
    assert not popup_of(composer).isVisible()
    assert composer.edited == "m"
    qtbot.keyClick(composer.editor, Qt.Key.Key_Escape)
    assert composer.edited == ""
    assert not window.unwanted


def test_an_edit_is_not_begun_anew_and_no_place_for_commands(composer: Composer, qtbot: QtBot) -> None:
    composer.begin_edit("m", "sent before")
    qtbot.keyClicks(composer.editor, " and changed")
    composer.begin_edit("m", "sent before")
    assert composer.text == "sent before and changed"
    composer.editor.selectAll()
    qtbot.keyClick(composer.editor, Qt.Key.Key_Delete)
    assert not composer.begin_command("/rename ")
    assert composer.text == ""
    qtbot.keyClick(composer.editor, Qt.Key.Key_Escape)
    assert composer.begin_command("/rename ")
    assert composer.text == "/rename "
    assert not composer.begin_command("/role ")


def test_what_may_follow_is_asked_for_once_a_key(composer: Composer, qtbot: QtBot) -> None:
    asked: list[tuple[str, int]] = []

    def complete(text: str, cursor: int) -> Completions:
        asked.append((text, cursor))
        return Completions(0, len(text), OFFERS)

    composer.offering.set_completer(complete)
    qtbot.keyClicks(composer.editor, "/co")
    assert asked == [("/", 1), ("/c", 2), ("/co", 3)]
    qtbot.keyClick(composer.editor, Qt.Key.Key_Left)
    assert asked[3:] == [("/co", 2)]
    # Closed and typed again it is asked for again.
    qtbot.keyClick(composer.editor, Qt.Key.Key_Escape)
    qtbot.keyClick(composer.editor, Qt.Key.Key_Right)
    assert asked[4:] == [("/co", 3)]
    assert popup_of(composer).isVisible()


def test_what_is_edited_is_text_with_all_that_is_attached(composer: Composer, qtbot: QtBot) -> None:
    composer.offering.set_completer(lambda text, _: Completions(0, len(text), (*OFFERS, TEMPLATE)))
    edited: list[tuple[str, str]] = []
    composer.edit_sent.connect(lambda message, text: edited.append((message, text)))
    composer.begin_edit("m", joined("/co", [attached("a.py", "x = 1")]))
    qtbot.keyClicks(composer.editor, "m")
    # A prompt template may be used; commands are not run here, nor put in place of what is written.
    assert [row.text for row in popup_of(composer).rows] == ["/crew "]
    composer.offering.set_completer(lambda text, _: Completions(0, len(text), OFFERS))
    qtbot.keyClicks(composer.editor, "m")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert edited == [("m", joined("/comm", [attached("a.py", "x = 1")]))]


@pytest.mark.parametrize("scale", [100, 200])
def test_the_list_stands_above_the_field_and_follows_it(
    window: Window, composer: Composer, qtbot: QtBot, scale: int
) -> None:
    composer._theme.set_text_scale(scale)
    composer.offering.set_completer(lambda text, _: Completions(0, len(text), OFFERS))
    qtbot.keyClicks(composer.editor, "/c")
    popup = popup_of(composer)

    def in_place() -> bool:
        field = composer._field.mapTo(window, QPoint(0, 0))
        area = popup.geometry()
        return (area.left(), area.width()) == (field.x(), composer._field.width()) and (
            0 <= area.top() < area.bottom() < field.y()
        )

    assert popup.isVisible()
    assert in_place()
    for size in ((500, 420), (900, 800)):
        window.resize(*size)
        qtbot.waitUntil(in_place)
        assert popup.isVisible()
    rows = popup._view
    assert rows.sizeHintForRow(1) >= rows.fontMetrics().height()
    assert rows.sizeHintForRow(1) == composer._theme.scaled(32)


def test_up_recalls_only_in_an_empty_field(composer: Composer, qtbot: QtBot) -> None:
    recalled: list[None] = []
    composer.recall_requested.connect(lambda _: recalled.append(None))
    qtbot.keyClick(composer.editor, Qt.Key.Key_Up)
    assert len(recalled) == 1
    composer.set_text("something")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Up)
    assert len(recalled) == 1
