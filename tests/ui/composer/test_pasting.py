"""What is pasted: as Markdown, plain, attached, or not at all; and what undo makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.attachments import attached
from chat2anyllm_desktop.ui.composer import Composer
from chat2anyllm_desktop.ui.composer.chips import FileChip
from chat2anyllm_desktop.ui.composer.editor import LONG_PASTE, LONG_PASTE_LINES, LONGEST_TEXT
from chat2anyllm_desktop.ui.dialogs.attachment_preview import AttachmentPreview

CTRL = Qt.KeyboardModifier.ControlModifier
HTML = "<h2>Title</h2><ul><li>one <b>bold</b></li><li>two</li></ul>"
PLAIN = "Title\none bold\ntwo"
MARKDOWN = "## Title\n\n- one **bold**\n- two"
LONG = "\n".join(f"line {number}" for number in range(LONG_PASTE_LINES + 1))


@pytest.fixture(autouse=True)
def _empty_clipboard() -> Iterator[None]:
    yield
    QGuiApplication.clipboard().clear()


def copy(text: str = "", html: str = "") -> None:
    data = QMimeData()
    if text:
        data.setText(text)
    if html:
        data.setHtml(html)
    QGuiApplication.clipboard().setMimeData(data)


def chips_of(composer: Composer) -> list[FileChip]:
    return [chip for chip in composer.findChildren(FileChip) if chip.isVisible()]


def names(composer: Composer) -> list[str]:
    return [piece.name for piece in composer.chips.attachments]


# Markdown ------------------------------------------------------------------------------------------------------------------
def test_a_web_page_is_markdown_and_one_undo_makes_it_plain(composer: Composer, qtbot: QtBot) -> None:
    composer.editor.insertPlainText("😀before ")
    copy(PLAIN, HTML)
    qtbot.keyClick(composer.editor, Qt.Key.Key_V, CTRL)
    assert composer.text == f"😀before {MARKDOWN}"
    assert composer.hint.text() == "Pasted as Markdown: Ctrl+Z makes it plain text"
    qtbot.keyClick(composer.editor, Qt.Key.Key_Z, CTRL)
    assert composer.text == f"😀before {PLAIN}"
    assert "Markdown" not in composer.hint.text()
    qtbot.keyClick(composer.editor, Qt.Key.Key_Z, CTRL)
    assert composer.text == "😀before "
    for _ in range(2):
        qtbot.keyClick(composer.editor, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert composer.text == f"😀before {MARKDOWN}"


def test_it_takes_the_place_of_what_is_selected(composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("old text")
    composer.editor.selectAll()
    copy(PLAIN, HTML)
    composer.editor.paste()
    assert composer.text == MARKDOWN
    composer.editor.undo()
    composer.editor.undo()
    assert composer.text == "old text"


def test_plain_is_plain(composer: Composer) -> None:
    copy(PLAIN, HTML)
    composer.paste_plain()
    assert composer.text == PLAIN
    composer.set_text("")
    composer.editor.pastes_markdown = False
    composer.editor.paste()
    assert composer.text == PLAIN


def test_html_without_text_is_not_lost(composer: Composer) -> None:
    copy(html=HTML)
    composer.editor.paste()
    assert composer.text == MARKDOWN
    composer.set_text("")
    copy(html="<span>a &amp; <b>word</b></span>")
    composer.editor.paste()
    assert composer.text == "a & word"
    composer.set_text("")
    composer.editor.pastes_markdown = False
    composer.editor.paste()
    assert composer.text == "a & word"


def test_quotes_and_brackets_stay_as_typed(composer: Composer, qtbot: QtBot) -> None:
    typed = "\"it's\" ('x') -- [y] ... {z} <a>"
    qtbot.keyClicks(composer.editor, typed)
    assert composer.text == typed


# Long pastes ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "is_attached"),
    [
        (LONG, True),
        (LONG.rpartition("\n")[0], False),
        ("x " * (LONG_PASTE // 2), False),
        ("x " * (LONG_PASTE // 2) + "y", True),
    ],
)
def test_a_long_paste_is_attached(composer: Composer, text: str, is_attached: bool) -> None:
    copy(text)
    composer.editor.paste()
    assert bool(chips_of(composer)) is is_attached
    assert (composer.editor.toPlainText() == text) is not is_attached


def test_undo_puts_a_long_paste_into_the_message(composer: Composer, qtbot: QtBot) -> None:
    qtbot.keyClicks(composer.editor, "See ")
    copy(LONG)
    qtbot.keyClick(composer.editor, Qt.Key.Key_V, CTRL)
    assert composer.hint.text() == "The long text is attached: Ctrl+Z puts it into the message"
    assert composer.text == f"See \n\npasted-1.txt:\n````\n{LONG}\n````"
    qtbot.keyClick(composer.editor, Qt.Key.Key_Z, CTRL)
    assert composer.text == f"See {LONG}"
    assert not chips_of(composer)
    qtbot.keyClick(composer.editor, Qt.Key.Key_Z, CTRL)
    assert LONG not in composer.text
    # Once something else is written, undo means that.
    composer.set_text("")
    composer.editor.paste()
    qtbot.keyClicks(composer.editor, "x")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Z, CTRL)
    assert (composer.editor.toPlainText(), names(composer)) == ("", ["pasted-1.txt"])


def test_long_text_is_put_in_by_pasting_it_plain_unless_that_would_freeze(composer: Composer) -> None:
    copy(LONG)
    composer.paste_plain()
    assert composer.text == LONG
    composer.set_text("")
    copy("x" * (LONGEST_TEXT + 1))
    composer.paste_plain()
    assert names(composer) == ["pasted-1.txt"]


def test_pastes_are_numbered_and_told_apart(composer: Composer) -> None:
    for text, html in ((LONG, ""), (LONG, ""), (LONG, "<h1>x</h1>" + "<p>line</p>" * 60)):
        copy(text, html)
        composer.editor.paste()
    assert names(composer) == ["pasted-1.txt", "pasted-2.txt", "pasted-1.md"]
    chips_of(composer)[0].removed.emit()
    copy(LONG)
    composer.editor.paste()
    assert names(composer) == ["pasted-2.txt", "pasted-1.md", "pasted-1.txt"]


# Files ---------------------------------------------------------------------------------------------------------------------
def test_files_are_given_on_and_a_picture_is_refused(
    composer: Composer, qtbot: QtBot, tmp_path: Path
) -> None:
    given: list[list[Path]] = []
    pictures: list[None] = []
    composer.files_given.connect(given.append)
    composer.picture_pasted.connect(lambda: pictures.append(None))
    files = [tmp_path / "a b.py", tmp_path / "日本.txt"]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    data.setText("file:///a%20b.py")
    assert composer.editor.canInsertFromMimeData(data)
    composer.editor.insertFromMimeData(data)
    assert given == [files]
    QGuiApplication.clipboard().setImage(QImage(4, 4, QImage.Format.Format_RGB32))
    composer.editor.paste()
    assert len(pictures) == 1
    assert composer.text == ""
    # A browser puts where it stands beside it; what is selected is not given up for that.
    composer.set_text("what is written")
    composer.editor.selectAll()
    picture = QMimeData()
    picture.setImageData(QImage(4, 4, QImage.Format.Format_RGB32))
    picture.setHtml('<meta charset="utf-8"><img src="https://example.org/a.png" alt="A cat">')
    composer.editor.insertFromMimeData(picture)
    assert len(pictures) == 2
    assert composer.text == "what is written"
    composer.set_text("")
    link = QMimeData()
    link.setUrls([QUrl("https://example.org/a")])
    link.setText("https://example.org/a")
    composer.editor.insertFromMimeData(link)
    assert composer.text == "https://example.org/a"


# Chips ---------------------------------------------------------------------------------------------------------------------
def attach(composer: Composer, count: int) -> None:
    composer.attach([attached(f"file-{number}.py", "x = 1\ny = 2\n") for number in range(count)])


def test_a_chip_says_its_name_and_size(composer: Composer) -> None:
    attach(composer, 1)
    (chip,) = chips_of(composer)
    assert chip.accessibleName() == "file-0.py, attached, 2 lines"
    assert composer.button.isEnabled()


def test_chips_are_removed_by_keyboard(composer: Composer, qtbot: QtBot) -> None:
    attach(composer, 3)
    qtbot.keyClicks(composer.editor, "x")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Backspace)
    assert len(chips_of(composer)) == 3
    qtbot.keyClick(composer.editor, Qt.Key.Key_Backspace)  # Nothing is left to delete: the last chip is next.
    assert chips_of(composer)[2].hasFocus()
    qtbot.keyClick(chips_of(composer)[2], Qt.Key.Key_Left)
    qtbot.keyClick(chips_of(composer)[1], Qt.Key.Key_Delete)
    assert names(composer) == ["file-0.py", "file-2.py"]
    assert chips_of(composer)[1].hasFocus()
    qtbot.keyClick(chips_of(composer)[1], Qt.Key.Key_Down)
    assert composer.editor.hasFocus()
    qtbot.keyClick(composer.editor, Qt.Key.Key_Backspace)
    for _ in range(2):
        qtbot.keyClick(chips_of(composer)[-1], Qt.Key.Key_Backspace)
    assert composer.editor.hasFocus()
    assert not composer.chips.isVisible()
    assert not composer.button.isEnabled()


def test_backspace_that_is_held_down_takes_one_chip_at_most(composer: Composer, qtbot: QtBot) -> None:
    attach(composer, 3)
    qtbot.keyClick(composer.editor, Qt.Key.Key_Backspace)
    held = QKeyEvent(
        QEvent.Type.KeyPress, Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier, "\b", autorep=True
    )
    for _ in range(5):
        QCoreApplication.sendEvent(chips_of(composer)[2], held)
    assert len(names(composer)) == 3
    qtbot.keyClick(chips_of(composer)[2], Qt.Key.Key_Backspace)
    assert len(names(composer)) == 2


def test_chips_are_removed_and_looked_into_by_mouse(composer: Composer, qtbot: QtBot) -> None:
    attach(composer, 2)
    chip = chips_of(composer)[0]
    cross = chip._cross
    qtbot.mouseClick(cross, Qt.MouseButton.LeftButton)
    assert names(composer) == ["file-1.py"]
    (chip,) = chips_of(composer)
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    preview = preview_of(composer)
    assert preview.windowTitle() == "file-1.py"
    assert preview.text.toPlainText() == "x = 1\ny = 2"
    assert preview.told.text() == "2 lines, 11 characters."
    preview.inline.click()
    assert composer.text == "x = 1\ny = 2"
    assert not chips_of(composer)


def preview_of(composer: Composer) -> AttachmentPreview:
    preview = composer.window().findChild(AttachmentPreview)
    assert isinstance(preview, AttachmentPreview)
    return preview


def test_the_preview_of_something_huge_opens_at_once(composer: Composer, qtbot: QtBot) -> None:
    composer.attach([attached("a.min.js", "x" * 1_900_000)])
    qtbot.keyClick(chips_of(composer)[0], Qt.Key.Key_Return)
    preview = preview_of(composer)
    assert len(preview.text.toPlainText()) < 30_000
    assert preview.told.text() == "1 line, 1,900,000 characters. Only the beginning is shown."
    assert not preview.inline.isEnabled()
    preview.remove.click()
    assert composer.text == ""


@pytest.mark.parametrize("scale", [100, 200])
def test_many_chips_wrap_and_scroll(composer: Composer, scale: int, qtbot: QtBot) -> None:
    composer._theme.set_text_scale(scale)
    composer.window().resize(380, 700)
    qtbot.wait(1)
    attach(composer, 40)
    composer.attach([attached("a very long name of a file that does not end " * 4 + ".py", "x")])
    row = composer._theme.scaled(28)
    assert composer.chips.height() == 3 * row + 2 * 4
    width = composer.chips.viewport().width()
    assert all(chip.x() >= 0 and chip.x() + chip.width() <= width for chip in chips_of(composer))
    composer.chips.focus_last()
    last = chips_of(composer)[-1]
    shown = composer.chips.viewport().mapFromGlobal(last.mapToGlobal(QPointF(0, 0)))
    assert 0 <= shown.y() <= composer.chips.height() - row + 1


def test_who_attaches_much_is_told_before_sending(composer: Composer) -> None:
    composer.attach([attached("a.txt", "word " * 50_000)])
    assert composer.hint.text() == "about 62,500 tokens: more than many models take"
    assert composer._theme.tokens.attention.name() in composer.hint.styleSheet()
    composer.set_text("short")
    assert composer.hint.styleSheet() == ""


def test_what_is_attached_belongs_to_the_text(composer: Composer) -> None:
    """Drafts, edits and refused messages are texts; chips come back out of them."""
    attach(composer, 1)
    composer.editor.insertPlainText("See")
    message = composer.text
    composer.begin_edit("m", "old\n\nb.txt:\n````\nb\n````")
    assert (composer.editor.toPlainText(), names(composer)) == ("old", ["b.txt"])
    composer.end_edit()
    assert (composer.text, names(composer)) == (message, ["file-0.py"])
    composer.give_back("refused\n\nc.txt:\n````\nc\n````")
    assert composer.editor.toPlainText() == "refused\nSee"
    assert names(composer) == ["c.txt", "file-0.py"]


# Once ----------------------------------------------------------------------------------------------------------------------
def test_nothing_is_sent_twice(composer: Composer, qtbot: QtBot) -> None:
    sent: list[str] = []

    def take(text: str) -> None:
        composer.clear()
        sent.append(text)

    composer.send_requested.connect(take)
    qtbot.keyClicks(composer.editor, "one")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    composer.submit()
    assert sent == ["one"]
    attach(composer, 1)
    for _ in range(2):
        qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert len(sent) == 2


def test_enter_that_is_held_down_sends_once_and_not_what_is_typed_next(composer: Composer) -> None:
    sent: list[str] = []

    def take(text: str) -> None:
        composer.clear()
        sent.append(text)

    def press(*, repeated: bool) -> None:
        none = Qt.KeyboardModifier.NoModifier
        QCoreApplication.sendEvent(
            composer.editor, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, none, "\r", repeated)
        )

    composer.send_requested.connect(take)
    composer.set_text("one")
    press(repeated=False)
    composer.editor.insertPlainText("two")
    for _ in range(5):
        press(repeated=True)
    assert (sent, composer.text) == (["one"], "two")
    press(repeated=False)
    assert sent == ["one", "two"]


# Undo ----------------------------------------------------------------------------------------------------------------------
def test_undo_never_leads_into_another_session(composer: Composer, qtbot: QtBot) -> None:
    qtbot.keyClicks(composer.editor, "of the first session")
    composer.set_text("draft of the second")
    for _ in range(3):
        qtbot.keyClick(composer.editor, Qt.Key.Key_Z, CTRL)
    assert composer.text == "draft of the second"
    qtbot.keyClicks(composer.editor, "!")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Z, CTRL)
    assert composer.text == "draft of the second"
    composer.clear()
    qtbot.keyClick(composer.editor, Qt.Key.Key_Z, CTRL)
    assert composer.text == "", "what is sent is not written any more"


def test_what_is_recalled_is_undone(composer: Composer, qtbot: QtBot) -> None:
    composer.recall("sent before")
    assert composer.text == "sent before"
    qtbot.keyClick(composer.editor, Qt.Key.Key_Z, CTRL)
    assert composer.text == ""
