"""Buttons that are an icon and nothing else: always with a name, always tinted for the theme in force."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from chat2anyllm_desktop.ui.icons import icon, icon_size
from chat2anyllm_desktop.ui.shortcuts import key_words
from chat2anyllm_desktop.ui.theme import Theme


class IconButton(QToolButton):
    """``text`` is the tooltip and what a screen reader says; ``keys`` are added to the tooltip."""

    def __init__(
        self,
        name: str,
        text: str,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        size: int = 18,
        keys: str = "",
    ) -> None:
        super().__init__(parent)
        self._name, self._size, self._theme = name, size, theme
        self.setProperty("look", "icon")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_text(text, keys)
        self._dress()
        theme.changed.connect(self._dress)

    def set_text(self, text: str, keys: str = "") -> None:
        """What it does, in words."""
        self.setAccessibleName(text)
        self.setToolTip(f"{text} ({key_words(keys)})" if keys else text)

    def set_icon(self, name: str) -> None:
        self._name = name
        self._dress()

    def _dress(self) -> None:
        self.setIconSize(icon_size(self._theme, self._size))
        self.setIcon(icon(self._name, self._theme, size=self._size))
