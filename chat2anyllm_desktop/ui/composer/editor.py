"""The text field of the composer: which keys send, break the line, recall or drive the completion list; input methods."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import (
    QDropEvent,
    QFocusEvent,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit, QWidget

LONGEST_LINE = 20_000
"""Characters. Qt breaks lines in quadratic time: 200,000 characters without a line end take a second, a million half a
minute (measured), and a paste must never freeze the window."""

LONGEST_TEXT = 100_000
"""Characters that are still edited without a noticeable delay per key."""

LONG_PASTE = 4_000
LONG_PASTE_LINES = 50
"""Characters and lines from which a paste is nothing that one reads while writing."""


def is_heavy(text: str) -> bool:
    """Too much to be edited in place: it is held beside the field and sent with it."""
    if len(text) > LONGEST_TEXT:
        return True
    return len(text) > LONGEST_LINE and max(map(len, text.split("\n"))) > LONGEST_LINE


class ComposerEditor(QPlainTextEdit):
    """A plain text field. Text goes in as text: pictures and colours of a paste do not, and what gives it structure does as
    Markdown; one undo makes that plain.

    Signals: ``submitted`` (the send key), ``recall_requested`` (how many messages back, -1 is forward),
    ``completion_key`` (a key the open completion list wants: the receiver says by :attr:`completion_open` whether there
    is one), ``focus_changed``, ``composing_changed``, ``chips_wanted`` (Backspace where nothing is left to delete),
    ``undo_wanted`` (instead of Qt's, while :attr:`undoes` is off), ``markdown_pasted``. Nothing was inserted with these:
    ``heavy_pasted`` (a paste that is long, and whether it is Markdown), ``files_pasted`` (their paths, pasted or dropped),
    ``picture_pasted``.
    """

    submitted = Signal()
    recall_requested = Signal(int)
    completion_key = Signal(int)
    focus_changed = Signal()
    composing_changed = Signal()
    chips_wanted = Signal()
    undo_wanted = Signal()
    markdown_pasted = Signal()
    heavy_pasted = Signal(str, bool)
    files_pasted = Signal(list)
    picture_pasted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.send_on_enter = True
        self.completion_open = False
        self.pastes_markdown = True
        self.pastes_long = False
        """There is a place for it: also a paste that is long goes in here."""
        self.recalling = False
        """What stands here was recalled, and nobody has moved or written in it: Up and Down go on to other messages."""
        self.undoes = True
        self._preedit = ""
        self._moving = False
        self._placeholder = ""
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(2)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def setPlaceholderText(self, text: str) -> None:
        self._placeholder = text
        self._show_placeholder()

    def _show_placeholder(self) -> None:
        """On one line, cut off with dots: Qt would break it, and half of the second line is seen. Never across a word that
        an input method builds."""
        room = self.viewport().width() - math.ceil(2 * self.document().documentMargin())
        words = self.fontMetrics().elidedText(self._placeholder, Qt.TextElideMode.ElideRight, room)
        super().setPlaceholderText("" if self.composing else words)

    # Text ----------------------------------------------------------------------------------------------------------------
    def replace_all(self, text: str, *, undoable: bool = True) -> None:
        """Put ``text`` in place of everything, cursor at the end; with ``undoable`` Ctrl+Z brings the old text back."""
        if not undoable:
            self.setPlainText(text)
            self.moveCursor(QTextCursor.MoveOperation.End)
            return
        self.replace(0, len_utf16(self.toPlainText()), text)

    def replace(self, start: int, end: int, text: str) -> None:
        """Put ``text`` in place of the range, positions in UTF-16 units as Qt counts; one undo step."""
        cursor = self.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        self.setTextCursor(cursor)

    def paste_plain(self) -> None:
        """What is on the clipboard, as text and here, however long it is, as long as it can be edited."""
        self._insert(QGuiApplication.clipboard().text())

    def _insert(self, text: str, *, markdown: bool = False) -> None:
        if is_heavy(text):
            self.heavy_pasted.emit(text, markdown)
            return
        self.textCursor().insertText(text)
        self.ensureCursorVisible()

    def fit(self, height: int) -> None:
        """Be as high as what stands here, up to ``height`` pixels; three lines always have room."""
        line = self.fontMetrics().lineSpacing()
        most, needed = max(3 * line, height - height % line), 0.0
        block = self.document().begin()
        while block.isValid() and needed < most:
            needed += max(line, self.blockBoundingRect(block).height())  # Other scripts have higher lines.
            block = block.next()
        margins = int(2 * self.document().documentMargin()) + 2 * self.frameWidth()
        self.setFixedHeight(math.ceil(min(needed, most)) + margins + 2)

    # Input methods -------------------------------------------------------------------------------------------------------
    @property
    def composing(self) -> bool:
        """An input method is building a word; what looks like Enter belongs to it."""
        return bool(self._preedit)

    def finish_word(self) -> None:
        """What an input method has begun becomes text, as it stands."""
        if self._preedit:
            QGuiApplication.inputMethod().commit()
        if self._preedit:  # It did not answer.
            event = QInputMethodEvent()
            event.setCommitString(self._preedit)
            self.inputMethodEvent(event)

    def _give_up_word(self) -> None:
        QGuiApplication.inputMethod().reset()
        if self._preedit:
            self.inputMethodEvent(QInputMethodEvent())

    # Keys ----------------------------------------------------------------------------------------------------------------
    def _is_send_key(self, event: QKeyEvent) -> bool:
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers == Qt.KeyboardModifier.ControlModifier:
            return True
        return self.send_on_enter and modifiers == Qt.KeyboardModifier.NoModifier

    def _recalls(self, event: QKeyEvent) -> bool:
        """Up in an empty field; once something is recalled Up and Down, until another key is pressed."""
        key = event.key()
        if key == Qt.Key.Key_Up and (self.recalling or self.document().isEmpty()):
            self.recall_requested.emit(1)
        elif key == Qt.Key.Key_Down and self.recalling:
            self.recall_requested.emit(-1)
        else:
            self.recalling = self.recalling and key in _MODIFIERS
            return False
        return True

    def _press(self, event: QKeyEvent) -> bool:
        """Whether this key is something else than for Qt's own text field."""
        key = event.key()
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if self.completion_open and plain and key in COMPLETION_KEYS:
            if key not in SENDING_KEYS or not event.isAutoRepeat():
                self.completion_key.emit(key)
        elif self._is_send_key(event):
            if not event.isAutoRepeat():  # Held down it would send what is typed next.
                self.submitted.emit()
        elif key in SENDING_KEYS:
            # Shift+Enter would insert U+2028, which no model and no file expects.
            self.textCursor().insertText("\n")
            self.ensureCursorVisible()
        elif key == Qt.Key.Key_Backspace and plain and self._at_beginning and not event.isAutoRepeat():
            self.chips_wanted.emit()
        elif event.matches(QKeySequence.StandardKey.Undo) and not self.undoes:
            self.undo_wanted.emit()
        else:
            return plain and self._recalls(event)
        return True

    @property
    def _at_beginning(self) -> bool:
        cursor = self.textCursor()
        return cursor.atStart() and not cursor.hasSelection()

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        if self._preedit and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # While a word is composed, no key is a shortcut.
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if self._preedit:
            if key == Qt.Key.Key_Escape:
                self._give_up_word()
            elif key not in _COMPOSING_KEYS:
                super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape and not self.completion_open:
            event.ignore()  # for the composer, then the window
        elif not self._press(event):
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.recalling = False
        super().mousePressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        # Qt asks this before it gives the key: Tab is the completion list's while there is one, or the input method's.
        return not ((forward and self.completion_open) or self._preedit) and super().focusNextPrevChild(
            forward
        )

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        was_composing = self.composing
        self._preedit = event.preeditString()
        self.recalling = False
        super().inputMethodEvent(event)
        if was_composing != self.composing:
            self._show_placeholder()
        if was_composing or self.composing:
            self.composing_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_placeholder()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # Input methods commit before the focus goes; one that did not would block the send key, and lose the word.
        self.finish_word()
        self.focus_changed.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    def dropEvent(self, event: QDropEvent) -> None:
        self._moving = event.source() in (self, self.viewport())
        super().dropEvent(event)
        self._moving = False

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or source.hasHtml() or source.hasUrls() or source.hasImage()

    def insertFromMimeData(self, source: QMimeData) -> None:
        files = [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]
        text = source.text()
        if files:
            self.files_pasted.emit(files)
        elif not text and not source.hasHtml():
            self.picture_pasted.emit()
        elif self._moving:
            self._insert(text)
        else:
            self._paste(text, source.html() if self.pastes_markdown or not text else "")

    def _paste(self, text: str, html: str) -> None:
        markdown = None
        if html:
            from chat2anyllm_desktop.render.from_html import markdown_of, text_of  # only who pastes needs it

            text = text or text_of(html)
            if not text:
                self.picture_pasted.emit()  # Copied in a browser, it comes with the words around it: none.
                return
            markdown = markdown_of(html, text)
        said = text if markdown is None else markdown
        long = len(said) > LONG_PASTE or said.count("\n") >= LONG_PASTE_LINES
        if long and not self.pastes_long:
            self.heavy_pasted.emit(said, markdown is not None)
            return
        start = self.textCursor().selectionStart()
        self._insert(text)
        if markdown is not None:
            self.replace(start, self.textCursor().position(), markdown)
            self.ensureCursorVisible()
            self.markdown_pasted.emit()


_MODIFIERS = frozenset({Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta})

SENDING_KEYS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})

_COMPOSING_KEYS = SENDING_KEYS | {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}
"""Left to themselves while a word is composed, they would break the line, send, or move the focus."""

COMPLETION_KEYS = SENDING_KEYS | {
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Escape,
}


def len_utf16(text: str) -> int:
    """Length of ``text`` as Qt counts it: characters beyond U+FFFF are two."""
    return len(text) + sum(character > "\uffff" for character in text)
