"""The rounded outline around everything of the message field."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QWidget

from chat2anyllm_desktop.ui.theme import RADIUS_LARGE, Theme


class Outline(QFrame):
    """Shows the focus of the editor inside."""

    def __init__(self, theme: Theme, editor: QWidget) -> None:
        super().__init__()
        self._theme = theme
        self._editor = editor

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self._editor.hasFocus()
        width = tokens.ring if focused else 1
        painter.setPen(QPen(tokens.accent if focused else tokens.control, width))
        painter.setBrush(tokens.surface_raised)
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2),
            RADIUS_LARGE,
            RADIUS_LARGE,
        )
