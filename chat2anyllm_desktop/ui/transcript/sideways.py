"""Sideways scrolling of one box: how far, and the thin bar that shows it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter


class Sideways:
    __slots__ = ("limit", "offset")

    def __init__(self) -> None:
        self.limit = 0
        """Largest offset, in pixels; 0 when everything is visible."""
        self.offset = 0

    def set_range(self, limit: int) -> None:
        self.limit = max(0, limit)
        self.offset = min(self.offset, self.limit)

    def by(self, dx: float) -> bool:
        """Scroll; False when there is no further to go."""
        before = self.offset
        self.offset = max(0, min(self.limit, round(self.offset + dx)))
        return self.offset != before

    def paint(self, painter: QPainter, track: QRectF, colour: QColor) -> None:
        if not self.limit:
            return
        whole = track.width() + self.limit
        width = max(24.0, track.width() * track.width() / whole)
        x = track.left() + (track.width() - width) * self.offset / self.limit
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(QRectF(x, track.top(), width, track.height()), 2, 2)
        painter.restore()
