"""The one button of a window that does what it is there for."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QWidget

from chat2anyllm_desktop.ui.theme import RADIUS_SMALL, Theme


class PrimaryButton(QPushButton):
    """What Enter does, in the accent colour. A ring around it would be of that colour too: there is one inside as well."""

    def __init__(self, text: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self.setProperty("look", "primary")

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            tokens = self._theme.tokens
            inset = 2 + tokens.ring / 2
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(tokens.accent_text, tokens.ring))
            area = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
            painter.drawRoundedRect(area, RADIUS_SMALL, RADIUS_SMALL)
            painter.end()
