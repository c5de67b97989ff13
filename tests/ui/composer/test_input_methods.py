"""Chinese, Japanese and Korean input, by the events that input methods send."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QInputMethodEvent, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.chat.commands import Completion, Completions
from chat2anyllm_desktop.ui.composer import Composer
from chat2anyllm_desktop.ui.composer.completion import CompletionPopup
from tests.ui.composer.conftest import Window

OFFERS = tuple(Completion(text=f"/模{number}", label=f"/模{number}", group="Commands") for number in range(3))


def compose(
    composer: Composer, preedit: str = "", commit: str = "", *, replaced: tuple[int, int] = (0, 0)
) -> None:
    """As input methods do: the word underlined, the cursor behind it."""
    attributes = []
    if preedit:
        underlined = QTextCharFormat()
        underlined.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        kind = QInputMethodEvent.AttributeType
        length = len(preedit.encode("utf-16-le")) // 2
        attributes = [
            QInputMethodEvent.Attribute(kind.TextFormat, 0, length, underlined),
            QInputMethodEvent.Attribute(kind.Cursor, length, 1),
        ]
    event = QInputMethodEvent(preedit, attributes)
    event.setCommitString(commit, *replaced)
    QCoreApplication.sendEvent(composer.editor, event)


def test_pinyin_is_written_letter_by_letter_and_chosen(composer: Composer) -> None:
    for begun in ("n", "ni", "ni h", "ni hao"):
        compose(composer, begun)
        assert composer.editor.composing
        assert composer.text == ""
    compose(composer, commit="你好")
    assert composer.text == "你好"
    assert not composer.editor.composing
    compose(composer, "shijie")
    compose(composer, commit="世界")
    assert composer.text == "你好世界"


def test_kana_is_converted_piece_by_piece(composer: Composer) -> None:
    for begun in ("k", "か", "かn", "かん", "かんじ", "漢字"):
        compose(composer, begun)
    compose(composer, commit="漢字")
    assert composer.text == "漢字"
    # What was written is taken back for another conversion.
    compose(composer, "かんじ", "", replaced=(-2, 2))
    assert composer.text == ""
    compose(composer, commit="感じ")
    assert composer.text == "感じ"


def test_a_syllable_goes_over_into_the_next(composer: Composer) -> None:
    """Korean: the event that ends one begins the other."""
    for begun in ("ㅎ", "하", "한"):
        compose(composer, begun)
    compose(composer, "ㄱ", "한")
    assert composer.text == "한"
    assert composer.editor.composing
    compose(composer, "그")
    compose(composer, "글")
    compose(composer, commit="글")
    assert composer.text == "한글"
    # A word is built in the middle, and characters beyond the first plane count right.
    composer.set_text("😀x")
    cursor = composer.editor.textCursor()
    cursor.setPosition(2)
    composer.editor.setTextCursor(cursor)
    compose(composer, "ㅎ")
    compose(composer, commit="한")
    assert composer.text == "😀한x"


def test_keys_of_the_input_method_do_nothing_else(window: Window, composer: Composer, qtbot: QtBot) -> None:
    sent: list[str] = []
    composer.send_requested.connect(sent.append)
    composer.set_busy(True)
    composer.set_text("text ")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        for modifier in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier):
            compose(composer, "nihao")
            qtbot.keyClick(composer.editor, key, modifier)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Up, Qt.Key.Key_Down):
        compose(composer, "nihao")
        qtbot.keyClick(composer.editor, key)
        assert composer.editor.hasFocus()
    assert (sent, composer.text) == ([], "text ")
    assert composer.editor.composing
    assert not set(window.unwanted) & {Qt.Key.Key_Return, Qt.Key.Key_Enter}


def test_esc_ends_the_word_and_nothing_else(window: Window, composer: Composer, qtbot: QtBot) -> None:
    composer.set_busy(True)
    composer.begin_edit("m", "sent before ")
    compose(composer, "nihao")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Escape)
    assert not composer.editor.composing
    assert (composer.edited, composer.text, window.unwanted) == ("m", "sent before ", [])
    qtbot.keyClick(composer.editor, Qt.Key.Key_Escape)
    assert composer.edited == ""


def test_no_key_is_a_shortcut_while_a_word_is_built(composer: Composer) -> None:
    def is_taken() -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        event.ignore()
        QCoreApplication.sendEvent(composer.editor, event)
        return event.isAccepted()

    compose(composer, "ni")
    assert is_taken()
    compose(composer, commit="你")
    assert not is_taken()


def test_completions_give_way_to_the_candidates_and_come_back(composer: Composer, qtbot: QtBot) -> None:
    asked: list[str] = []

    def complete(text: str, cursor: int) -> Completions:
        asked.append(text)
        return Completions(0, len(text), OFFERS)

    composer.offering.set_completer(complete)
    popup = composer.window().findChild(CompletionPopup)
    assert isinstance(popup, CompletionPopup)
    qtbot.keyClicks(composer.editor, "/")
    assert popup.isVisible()
    compose(composer, "mo")
    assert not popup.isVisible()
    qtbot.keyClick(composer.editor, Qt.Key.Key_Down)
    compose(composer, commit="模")
    assert popup.isVisible()
    assert asked[-1] == "/模"
    qtbot.keyClick(composer.editor, Qt.Key.Key_Tab)
    assert composer.text == "/模0"
    compose(composer, "x")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Escape)  # Gives the word up, and the offers come back.
    assert popup.isVisible()


def test_the_words_of_the_empty_field_go_when_a_word_begins(composer: Composer) -> None:
    def painted() -> bool:
        composer.editor.setCursorWidth(0)
        image = composer.editor.viewport().grab().toImage()
        ground = image.pixelColor(image.width() - 2, image.height() - 2)
        return any(
            image.pixelColor(x, y) != ground
            for x in range(image.width() // 4, image.width() - 2)
            for y in range(image.height())
        )

    composer.editor.setPlaceholderText("placeholder " * 20)
    assert painted()
    compose(composer, "n")
    assert not painted()
    compose(composer)
    assert painted()


@pytest.mark.parametrize("scale", [100, 200])
def test_the_candidates_stand_at_the_word(composer: Composer, scale: int, qtbot: QtBot) -> None:
    composer._theme.set_text_scale(scale)
    composer.set_text("line\n" * 30 + "some text ")
    editor = composer.editor
    compose(composer, "nihao")

    def asked(query: Qt.InputMethodQuery) -> QRect:
        found = editor.inputMethodQuery(query)
        found = found.toRect() if hasattr(found, "toRect") else found
        assert isinstance(found, QRect)
        return found

    cursor = asked(Qt.InputMethodQuery.ImCursorRectangle)
    assert cursor.height() >= editor.fontMetrics().height() - 2
    shown = editor.cursorRect().translated(editor.viewport().pos())
    assert abs(cursor.top() - shown.top()) <= 2
    assert abs(cursor.left() - shown.left()) <= editor.fontMetrics().horizontalAdvance("nihao") + 4
    assert editor.rect().contains(cursor.center())
    text_width = editor.fontMetrics().horizontalAdvance("some text ")
    assert cursor.left() >= text_width
    assert editor.inputMethodQuery(Qt.InputMethodQuery.ImEnabled) is True
    assert editor.inputMethodQuery(Qt.InputMethodQuery.ImSurroundingText) == "some text "
    assert editor.inputMethodQuery(Qt.InputMethodQuery.ImCursorPosition) == len("some text ")
    font = editor.inputMethodQuery(Qt.InputMethodQuery.ImFont)
    assert font.pixelSize() == editor.font().pixelSize()


@pytest.mark.parametrize("scale", [100, 200])
def test_a_long_word_makes_the_field_higher(composer: Composer, scale: int) -> None:
    composer._theme.set_text_scale(scale)
    height = composer.editor.height()
    compose(composer, "かんじ" * 40)
    assert composer.editor.height() > height
    compose(composer)
    assert composer.editor.height() == height


def test_leaving_the_field_loses_no_word(window: Window, composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("go ")
    compose(composer, "한")
    other = QWidget(window)
    other.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    other.show()
    other.setFocus()
    assert composer.text == "go 한"
    assert not composer.editor.composing
    qtbot.wait(1)
    composer.editor.setFocus()
    compose(composer, "글")
    composer.finish_word()
    assert composer.text == "go 한글"


def test_a_word_that_is_begun_stays_when_the_text_is_replaced(composer: Composer) -> None:
    compose(composer, "한")
    composer.begin_edit("m", "another message")
    assert not composer.editor.composing
    composer.end_edit()
    assert composer.text == "한"
    compose(composer, "글")
    composer.give_back("refused")
    assert composer.text == "refused\n한글"
    compose(composer, "x")
    composer.set_text("another session")
    assert composer.text == "another session"
    assert not composer.editor.composing


def test_send_can_be_clicked_while_the_first_word_is_built(composer: Composer, qtbot: QtBot) -> None:
    sent: list[str] = []
    composer.send_requested.connect(sent.append)
    assert not composer.button.isEnabled()
    compose(composer, "한")
    assert composer.button.isEnabled()
    qtbot.mouseClick(composer.button, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert sent == ["한"]


def test_the_word_is_underlined(composer: Composer) -> None:
    """The attributes of the input method are drawn."""
    composer.editor.setCursorWidth(0)

    def dark_pixels() -> int:
        image = composer.editor.viewport().grab().toImage()
        return sum(
            QColor(image.pixel(x, y)).lightness() < 128
            for x in range(image.width())
            for y in range(image.height())
        )

    composer.set_text("一一一")
    plain = dark_pixels()
    composer.set_text("")
    compose(composer, "一一一")
    assert dark_pixels() > plain
