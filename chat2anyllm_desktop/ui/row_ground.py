"""The ground of a row in a list, which says what state it is in: alike in panels, popups and the list of steps."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from chat2anyllm_desktop.ui.theme import RADIUS, Theme


def paint_row_ground(
    painter: QPainter,
    area: QRectF,
    theme: Theme,
    *,
    chosen: bool = False,
    hovered: bool = False,
    focused: bool = False,
) -> None:
    """Paint the ground of a row that is chosen or under the mouse, and the ring of one that has the keyboard; nothing for
    one at rest. In high contrast, where grounds differ little, it has an outline as well."""
    tokens = theme.tokens
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if chosen or hovered:
        outlined = tokens.high_contrast and not focused
        painter.setPen(
            QPen(tokens.accent if chosen else tokens.control, 1) if outlined else Qt.PenStyle.NoPen
        )
        painter.setBrush(tokens.accent_soft if chosen else tokens.hover)
        inset = 0.5 if outlined else 0
        painter.drawRoundedRect(area.adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
    if focused:
        painter.setPen(QPen(tokens.accent, tokens.ring))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = tokens.ring / 2
        painter.drawRoundedRect(area.adjusted(inset, inset, -inset, -inset), RADIUS - 1, RADIUS - 1)
    painter.restore()
