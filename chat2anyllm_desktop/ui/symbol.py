"""An icon that stands by itself, beside words."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from chat2anyllm_desktop.ui.icons import icon_size, pixmap
from chat2anyllm_desktop.ui.theme import Theme


class Symbol(QWidget):
    """Empty until :meth:`set_icon`. Painted for the screen that it is on: a label would keep the picture that was made for
    another one. ``size`` in pixels at 100 % text."""

    def __init__(self, theme: Theme, size: int) -> None:
        super().__init__()
        self._theme, self._size = theme, size
        self._name = ""
        self._colour = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, name: str, colour: QColor) -> None:
        """Show this one; to be called again after ``Theme.changed``."""
        self._name, self._colour = name, colour
        self.updateGeometry()
        self.update()

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        return icon_size(self._theme, self._size)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._name:
            edge = self.sizeHint().width()
            painter = QPainter(self)
            painter.drawPixmap(0, 0, pixmap(self._name, self._colour, edge, self.devicePixelRatioF()))
            painter.end()
