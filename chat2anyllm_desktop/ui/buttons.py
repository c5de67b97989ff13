"""Buttons that are an icon and nothing else: always with a name, always tinted for the theme in force."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from chat2anyllm_desktop.ui.icons import icon, icon_size
from chat2anyllm_desktop.ui.shortcuts import KEYS, with_key, words_of
from chat2anyllm_desktop.ui.theme import Theme


class KeyTip(QObject):
    """A tooltip with the key in force of the row of the shortcuts table that does the same; it lives with its widget."""

    def __init__(self, widget: QWidget, text: str, action: str) -> None:
        super().__init__(widget)
        self._widget, self._text, self._action = widget, text, action
        self._show()
        KEYS.changed.connect(self._show)

    def _show(self) -> None:
        self._widget.setToolTip(with_key(self._text, self._action))


class IconButton(QToolButton):
    """``text`` is the tooltip and what a screen reader says; ``action`` is the row of the shortcuts table that does the
    same: its key stands in the tooltip."""

    def __init__(
        self,
        name: str,
        text: str,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        size: int = 18,
        action: str = "",
    ) -> None:
        super().__init__(parent)
        self._name, self._size, self._theme = name, size, theme
        self._text, self._action = text, action
        self.setProperty("look", "icon")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_text(text)
        self._dress()
        theme.changed.connect(self._dress)
        if action:
            KEYS.changed.connect(self._show_key)

    def set_text(self, text: str) -> None:
        """What it does, in words."""
        self._text = text
        self.setAccessibleName(text)
        self._show_key()

    def _show_key(self) -> None:
        self.setToolTip(with_key(self._text, self._action))
        self.setAccessibleDescription(
            words_of(self._action) if self._action else ""
        )  # The name is said anyway.

    def set_icon(self, name: str) -> None:
        self._name = name
        self._dress()

    def _dress(self) -> None:
        self.setIconSize(icon_size(self._theme, self._size))
        self.setIcon(icon(self._name, self._theme, size=self._size))
