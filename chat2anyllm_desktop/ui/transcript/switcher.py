"""Which of several versions of a message is on show, and the way to the others."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.transcript.part import Canvas, Deed, Spot, paint_icon
from chat2anyllm_desktop.ui.transcript.style import Style


class Switcher:
    """A number between two arrows, ``height`` pixels high. ``overhang`` are the pixels by which the arrows' grounds stand
    out, so that the arrows themselves are in line with the text above."""

    __slots__ = ("_count", "_icon", "_number", "_style", "height", "overhang", "width")

    def __init__(self, style: Style, number: int, count: int) -> None:
        self._style = style
        self._number = number
        self._count = count
        self._icon = style.small_line - 2
        self.height = style.small_line + 2 * style.grid
        self.width = 2 * self.height + style.text_width(f"{count}/{count}") + style.grid
        self.overhang = self.height // 2 - self._icon // 8

    @property
    def words(self) -> str:
        """For those who do not see it."""
        return tr("version {number} of {count}", number=self._number, count=self._count)

    def spots(self, x: float, y: float) -> list[Spot]:
        """What can be done, where the left top corner stands at a point."""
        found = []
        if self._number > 1:
            found.append(Spot(Deed.PREVIOUS_VERSION, tr("Previous version"), area=self._arrow(x, y)))
        if self._number < self._count:
            right = x + self.width - self.height
            found.append(Spot(Deed.NEXT_VERSION, tr("Next version"), area=self._arrow(right, y)))
        return found

    def paint(self, canvas: Canvas, x: float, y: float) -> None:
        painter, tokens = canvas.painter, self._style.tokens
        painter.setFont(self._style.small)
        painter.setPen(tokens.text_muted)
        area = QRectF(x, y, self.width, self.height)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, f"{self._number}/{self._count}")
        possible = {spot.deed: spot for spot in self.spots(x, y)}
        for deed, name, left in (
            (Deed.PREVIOUS_VERSION, "chevron-left", x),
            (Deed.NEXT_VERSION, "chevron-right", x + self.width - self.height),
        ):
            lit = deed in possible and possible[deed].same(canvas.lit)
            colour = tokens.text_muted if deed in possible else tokens.control
            paint_icon(canvas, name, self._arrow(left, y), self._icon, colour, lit=lit)

    def _arrow(self, x: float, y: float) -> QRectF:
        return QRectF(x, y, self.height, self.height)
