"""The box that is ticked, alike in dialogs and lists, in both themes."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox

from chat2anyllm_desktop.ui.icons import pixmap
from chat2anyllm_desktop.ui.theme import SPACE_M, Theme

EDGE = 16
"""Pixels at 100 % text."""


def paint_box(painter: QPainter, box: QRect, ticked: bool, theme: Theme, ratio: float) -> None:
    """Paint the box alone; ``ratio`` is the device pixel ratio."""
    tokens = theme.tokens
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if ticked:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.accent)
        painter.drawRoundedRect(QRectF(box), 4, 4)
        painter.drawPixmap(box.topLeft(), pixmap("check", tokens.accent_text, box.width(), ratio))
    else:
        painter.setPen(QPen(tokens.control, 1))
        painter.setBrush(tokens.surface_raised)
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)


class TickBox(QCheckBox):
    """A check box in our look, with a ring while it has the keyboard."""

    def __init__(self, text: str, theme: Theme) -> None:
        super().__init__(text)
        self._theme = theme

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        edge = self._theme.scaled(EDGE)
        words = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        return QSize(edge + SPACE_M + words.width() + 4, max(edge, words.height()) + SPACE_M)

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        edge = self._theme.scaled(EDGE)
        box = QRect(2, (self.height() - edge) // 2, edge, edge)
        painter = QPainter(self)
        painter.setOpacity(1 if self.isEnabled() else 0.5)
        paint_box(painter, box, self.isChecked(), self._theme, self.devicePixelRatioF())
        if self.hasFocus():
            painter.setPen(QPen(self._theme.tokens.accent, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(box).adjusted(-1.5, -1.5, 1.5, 1.5), 5, 5)
        painter.setPen(self._theme.tokens.text)
        words = self.rect().adjusted(edge + SPACE_M + 2, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic, self.text())
        painter.end()
