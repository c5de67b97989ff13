"""Keys of the window go before what a text field would do with them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from chat2anyllm_desktop.ui.shortcuts import KEYS


class Precedence(QObject):
    """On X11 a field deletes the rest of its line at Ctrl+K and goes to the end of it at Ctrl+E, and the action that has
    the key would never hear of it. Only the field that has the keyboard is watched."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if isinstance(new, QLineEdit | QPlainTextEdit | QTextEdit) and new.window() is self._window:
            new.installEventFilter(self)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            from chat2anyllm_desktop.ui.key_rules import portable

            if KEYS.owner(portable(event.keyCombination())):
                event.ignore()
                return True
        return False
