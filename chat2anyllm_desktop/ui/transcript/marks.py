"""Grounds behind text that is selected or was found."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from chat2anyllm_desktop.ui.tokens import Tokens


def paint_mark(painter: QPainter, area: QRectF, colour: QColor, tokens: Tokens) -> None:
    """Fill an area with one of the marks' colours. They are so light, or dark, that every text can be read on them: what
    one is at is underlined as well, in high contrast whatever is marked."""
    painter.fillRect(area, colour)
    if colour == tokens.find_current:
        painter.fillRect(QRectF(area.left(), area.bottom() - 2, area.width(), 2), tokens.attention)
    elif tokens.high_contrast:
        line = tokens.accent if colour == tokens.selection else tokens.attention
        painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), line)
