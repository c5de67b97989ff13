"""The field above a list: typing narrows the list, Down goes into it, Enter takes its first row, Esc empties."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from chat2anyllm_desktop.ui.icons import icon
from chat2anyllm_desktop.ui.theme import Theme


class FilterField(QLineEdit):
    """Signals: ``entered`` for Enter, ``moved(steps)`` for the arrow and page keys, which belong to the list below."""

    entered = Signal()
    moved = Signal(int)
    page = 8
    """Rows that Page Up and Page Down go."""

    def __init__(self, theme: Theme, placeholder: str) -> None:
        super().__init__()
        self._theme = theme
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setProperty("look", "filter")
        self._glass = QAction(self)
        self.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self._dress()
        theme.changed.connect(self._dress)

    def _dress(self) -> None:
        self._glass.setIcon(icon("search", self._theme, self._theme.tokens.text_muted, 16))

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
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
