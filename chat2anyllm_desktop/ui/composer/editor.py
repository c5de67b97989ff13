"""The text field of the composer: which keys send, break the line, recall or drive the completion list."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

LONGEST_LINE = 20_000
"""Characters. Qt breaks lines in quadratic time: 200,000 characters without a line end take a second, a million half a
minute (measured), and a paste must never freeze the window."""

LONGEST_TEXT = 100_000
"""Characters that are still edited without a noticeable delay per key."""


def is_heavy(text: str) -> bool:
    """Too much to be edited in place: it is held beside the field and sent with it."""
    if len(text) > LONGEST_TEXT:
        return True
    return len(text) > LONGEST_LINE and max(map(len, text.split("\n"))) > LONGEST_LINE


class ComposerEditor(QPlainTextEdit):
    """A plain text field. Text goes in as text: pictures, colours and HTML of a paste do not.

    Signals: ``submitted`` (the send key), ``recall_requested`` (Up in an empty field),
    ``completion_key`` (a key the open completion list wants: the receiver says by :attr:`completion_open` whether there
    is one), ``focus_changed``, ``heavy_pasted`` (a paste that :func:`is_heavy`; it was not inserted).
    """

    submitted = Signal()
    recall_requested = Signal()
    completion_key = Signal(int)
    focus_changed = Signal()
    heavy_pasted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.send_on_enter = True
        self.completion_open = False
        self._composing = False
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(2)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    @property
    def composing(self) -> bool:
        """An input method is building a word; what looks like Enter belongs to it."""
        return self._composing

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

    def _is_send_key(self, event: QKeyEvent) -> bool:
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers == Qt.KeyboardModifier.ControlModifier:
            return True
        return self.send_on_enter and modifiers == Qt.KeyboardModifier.NoModifier

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if self._composing:
            if key not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                super().keyPressEvent(event)
            return
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if self.completion_open and plain and key in COMPLETION_KEYS:
            self.completion_key.emit(key)
            return
        if self._is_send_key(event):
            self.submitted.emit()
            return
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # Shift+Enter would insert U+2028, which no model and no file expects.
            self.textCursor().insertText("\n")
            self.ensureCursorVisible()
            return
        if key == Qt.Key.Key_Escape:
            event.ignore()  # for the composer, then the window
            return
        if key == Qt.Key.Key_Up and plain and self.document().isEmpty():
            self.recall_requested.emit()
            return
        super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        # Qt asks this before it gives the key: Tab is the completion list's while there is one.
        return not (forward and self.completion_open) and super().focusNextPrevChild(forward)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._composing:
            # Input methods commit or give up before the focus goes; one that did neither would block the send key.
            self.inputMethodEvent(QInputMethodEvent())
        self.focus_changed.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        if is_heavy(text):
            self.heavy_pasted.emit(text)
            return
        self.textCursor().insertText(text)
        self.ensureCursorVisible()


COMPLETION_KEYS = frozenset(
    {
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Tab,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Escape,
    }
)


def len_utf16(text: str) -> int:
    """Length of ``text`` as Qt counts it: characters beyond U+FFFF are two."""
    return len(text) + sum(character > "\uffff" for character in text)
