"""The box that is ticked, alike in dialogs and lists, in both themes."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox

from chat2anyllm_desktop.ui.icons import pixmap
from chat2anyllm_desktop.ui.theme import RADIUS_SMALL, SPACE_M, Theme

EDGE = 16
"""Pixels at 100 % text."""
_RING_ROOM = 5
"""Pixels beside the words for the ring of the focus."""


def paint_box(
    painter: QPainter, box: QRect, ticked: bool, theme: Theme, ratio: float, *, hovered: bool = False
) -> None:
    """Paint the box alone; ``ratio`` is the device pixel ratio."""
    tokens = theme.tokens
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if ticked:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.accent)
        painter.drawRoundedRect(QRectF(box), RADIUS_SMALL, RADIUS_SMALL)
        painter.drawPixmap(box.topLeft(), pixmap("check", tokens.accent_text, box.width(), ratio))
    else:
        painter.setPen(QPen(tokens.text if hovered else tokens.control, 1))
        painter.setBrush(tokens.hover if hovered else tokens.surface_raised)
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_SMALL, RADIUS_SMALL)


class TickBox(QCheckBox):
    """A check box in our look, with a ring around its words while it has the keyboard: the box begins where the labels of
    other fields do, and has no room for one."""

    def __init__(self, text: str, theme: Theme) -> None:
        super().__init__(text)
        self._theme = theme

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        edge = self._theme.scaled(EDGE)
        words = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        return QSize(edge + SPACE_M + words.width() + _RING_ROOM, max(edge, words.height()) + SPACE_M)

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        edge = self._theme.scaled(EDGE)
        box = QRect(0, (self.height() - edge) // 2, edge, edge)
        painter = QPainter(self)
        painter.setOpacity(1 if self.isEnabled() else 0.5)
        ratio, hovered = self.devicePixelRatioF(), self.underMouse()
        paint_box(painter, box, self.isChecked(), self._theme, ratio, hovered=hovered)
        tokens = self._theme.tokens
        words = self.rect().adjusted(edge + SPACE_M, 0, 0, 0)
        if self.hasFocus():
            width = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text()).width()
            around = QRectF(words.left() - _RING_ROOM, 0, width + 2 * _RING_ROOM, self.height())
            inset = tokens.ring / 2
            painter.setPen(QPen(tokens.accent, tokens.ring))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(around.adjusted(inset, inset, -inset, -inset), RADIUS_SMALL, RADIUS_SMALL)
        painter.setPen(tokens.text)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic, self.text())
        painter.end()
