"""A formula that stands by itself: drawn in the middle of the column, or as its TeX in a quiet box."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.ui.transcript.drawings import Drawings, Formula
from chat2anyllm_desktop.ui.transcript.lines import Range
from chat2anyllm_desktop.ui.transcript.marks import paint_mark
from chat2anyllm_desktop.ui.transcript.outline import Leaf
from chat2anyllm_desktop.ui.transcript.part import Canvas, Deed, Spot
from chat2anyllm_desktop.ui.transcript.prose import Prose
from chat2anyllm_desktop.ui.transcript.runs import units
from chat2anyllm_desktop.ui.transcript.sideways import Sideways
from chat2anyllm_desktop.ui.transcript.style import Style


class Display(Prose):
    """Shows a :class:`nodes.MathBlock`: as TeX while it is being written, until its drawing has come, and where it cannot
    be drawn. What is wider than the column is scrolled sideways."""

    __slots__ = ("_formula", "_scroll", "_waits")

    def __init__(self, leaf: Leaf, style: Style, drawings: Drawings | None, *, as_tex: bool = False) -> None:
        super().__init__(leaf, style, drawings, as_tex=as_tex)
        self._formula: Formula | None = None
        self._waits = False
        self._scroll = Sideways()

    @property
    def _node(self) -> nodes.MathBlock:
        assert isinstance(self.leaf.node, nodes.MathBlock)
        return self.leaf.node

    def update(self, leaf: Leaf) -> bool:
        same = isinstance(leaf.node, nodes.MathBlock) and leaf.node.closed == self._node.closed
        return same and super().update(leaf)

    @property
    def built(self) -> bool:
        return self._formula is not None or super().built

    @property
    def waits(self) -> bool:
        return self._waits

    def measure(self, width: int) -> int:
        self._find()
        formula = self._formula
        if formula is None:
            return super().measure(width)
        self._lines = None
        self._width = width
        self._scroll.set_range(ceil(formula.width * self._size) - (width - self.left(width)))
        bar = 2 * self.style.grid if self._scroll.limit else 0
        high = ceil(formula.ascent * self._size) + ceil(formula.descent * self._size)
        self.height = self.gap + max(self.style.line, high + 2 * self.style.grid) + bar
        self.measured = True
        return self.height

    def _find(self) -> None:
        found = None
        if self._drawings is not None and self._node.closed and not self.as_tex:
            found = self._formula or self._drawings.formula(self._node.tex, True)
            self._waits = found is None
        self._formula = found if isinstance(found, Formula) else None

    def release(self) -> None:
        super().release()
        self._formula = None

    @property
    def _size(self) -> float:
        """Pixels of the formula's em."""
        return self.style.body.pixelSize() * self.style.math

    @property
    def _area(self) -> QRectF:
        """Where the formula is, or would be if it were not scrolled."""
        assert self._formula is not None
        formula, size = self._formula, self._size
        left = self.left(self._width)
        x = left + max(0.0, (self._width - left - formula.width * size) / 2) - self._scroll.offset
        bar = 2 * self.style.grid if self._scroll.limit else 0
        high = (formula.ascent + formula.descent) * size
        return QRectF(x, self.gap + (self.height - bar - self.gap - high) / 2, formula.width * size, high)

    def paint(self, canvas: Canvas) -> None:
        formula = self._formula
        if formula is None:
            super().paint(canvas)
            return
        painter, style, tokens = canvas.painter, self.style, self.style.tokens
        left, area = self.left(self._width), self._area
        base = area.top() + formula.ascent * self._size
        # A marker stands beside the baseline.
        self.paint_frame(canvas, left, base, rise=round(base - self.gap - style.line * 0.72))
        painter.save()
        room = QRectF(left - 4, self.gap, self._width - left + 8, self.height - self.gap)
        painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
        for _, colour in canvas.marks():
            paint_mark(painter, area.adjusted(-4, -style.grid, 4, style.grid), colour, tokens)
        style.stamps.paint(painter, formula, QPointF(area.left(), base), self._size, tokens.text)
        painter.restore()
        track = QRectF(left, self.height - style.grid - 1, self._width - left, 4)
        self._scroll.paint(painter, track, tokens.text_muted if canvas.active else tokens.control)

    def whole(self, start: int, end: int) -> Range:
        length = units(self.text)
        if self._formula is None or (start == end and start in (0, length)):
            return super().whole(start, end)
        return 0, length

    def position_at(self, x: float, y: float) -> int:
        if self._formula is None:
            return super().position_at(x, y)
        area = self._area
        before = y < area.top() or (y <= area.bottom() and x < area.center().x())
        return 0 if before else units(self.text)

    def top_of(self, position: int) -> int:
        return super().top_of(position) if self._formula is None else self.gap

    def cursor_rect(self, position: int) -> QRectF:
        if self._formula is None:
            return super().cursor_rect(position)
        area = self._area
        return QRectF(area.right() if position else area.left(), area.top(), 1, area.height())

    def caret_rect(self) -> QRectF | None:
        if self._formula is None:
            return super().caret_rect()
        area, line = self._area, self.style.line
        x = min(area.right(), self._width - 8.0)
        return QRectF(x + 2, area.top() + self._formula.ascent * self._size - line * 0.72, 6, line)

    def spots(self) -> Sequence[Spot]:
        return [self._spot] if self._formula is not None or self.as_tex else []

    def formula_at(self, x: float, y: float) -> Spot | None:
        spot = self._spot
        return spot if spot.area is None or spot.area.contains(x, y) else None

    def scroll_by(self, dx: float, y: float) -> bool:
        return self._formula is not None and y >= self.gap and self._scroll.by(dx)

    @property
    def _spot(self) -> Spot:
        area = QRectF(0, self.gap, self._width, self.height - self.gap)
        if self._formula is not None:
            area = self._area.intersected(area)
        label = tr("Show formula") if self.as_tex else tr("Show TeX source")
        return Spot(Deed.FORMULA, label, self._node.tex, area, (0, units(self.text)))
