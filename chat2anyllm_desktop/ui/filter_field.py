"""The field above a list: typing narrows the list, Down goes into it, Enter takes its first row, Esc empties."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QLineEdit

from chat2anyllm_desktop.ui.icons import pixmap
from chat2anyllm_desktop.ui.theme import GRID, SPACE_M, Theme

_GLASS = 16


class FilterField(QLineEdit):
    """Signals: ``entered`` for Enter, ``moved(steps)`` for the arrow and page keys, which belong to the list below."""

    entered = Signal()
    moved = Signal(int)
    page = 8
    """Rows that Page Up and Page Down go."""

    def __init__(self, theme: Theme, placeholder: str) -> None:
        super().__init__()
        self._theme = theme
        self.composing = False
        """An input method is building a word; the keys are its own."""
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setProperty("look", "filter")
        self._dress()
        theme.changed.connect(self._dress)

    def _dress(self) -> None:
        self.setTextMargins(self._theme.scaled(_GLASS) + GRID, 0, 0, 0)

    def _give_up_word(self) -> None:
        QGuiApplication.inputMethod().reset()
        if self.composing:  # It did not answer.
            self.inputMethodEvent(QInputMethodEvent())

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        edge = self._theme.scaled(_GLASS)
        glass = pixmap("search", self._theme.tokens.text_muted, edge, self.devicePixelRatioF())
        painter = QPainter(self)
        painter.drawPixmap(SPACE_M, (self.height() - edge) // 2, glass)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if self.composing and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # While a word is composed, no key is a shortcut.
            return True
        return super().event(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self.composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.composing = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.composing:
            if event.key() == Qt.Key.Key_Escape:
                self._give_up_word()
            return
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: self.page,
            Qt.Key.Key_PageUp: -self.page,
        }
        key = Qt.Key(event.key())
        if key in steps and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.moved.emit(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif key == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
