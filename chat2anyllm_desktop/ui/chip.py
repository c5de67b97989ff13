"""A small label for something that is switched on, with a cross that switches it off."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from chat2anyllm_desktop.ui.buttons import IconButton
from chat2anyllm_desktop.ui.plain_text import ElidedLabel, set_tip
from chat2anyllm_desktop.ui.symbol import Symbol
from chat2anyllm_desktop.ui.theme import GRID, SPACE_M, FontRole, Theme


class Chip(QFrame):
    """Hidden until :meth:`show_text` gives it something to say. Signals: ``cleared`` when the cross is pressed."""

    cleared = Signal()

    def __init__(
        self, icon_name: str, clear_text: str, theme: Theme, widest: int = 176, action: str = ""
    ) -> None:
        """``widest`` in pixels at 100 % text; ``action`` is the row of the shortcuts table that clears too."""
        super().__init__()
        self._theme, self._icon_name, self._widest = theme, icon_name, widest
        self.setProperty("look", "chip")
        self._icon = Symbol(theme, 14)
        self._label = ElidedLabel()
        self._cross = IconButton("close", clear_text, theme, size=14, action=action)
        self._cross.setProperty("look", "tight")
        self._cross.clicked.connect(self.cleared)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_M, 0, 2, 0)
        row.setSpacing(GRID)
        for part in (self._icon, self._label, self._cross):
            row.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.hide()
        self._dress()
        theme.changed.connect(self._dress)

    def show_text(self, text: str, tip: str = "") -> None:
        """Show ``text``; nothing to show hides the chip."""
        self._label.setText(text)
        self.setAccessibleName(text)
        set_tip(self, tip or text)
        self.setVisible(bool(text))

    def _dress(self) -> None:
        self._label.setFont(self._theme.font(FontRole.SMALL))
        self.setFixedHeight(self._theme.scaled(26))
        self.setMaximumWidth(self._theme.scaled(self._widest))
        self._icon.set_icon(self._icon_name, self._theme.tokens.text_muted)
