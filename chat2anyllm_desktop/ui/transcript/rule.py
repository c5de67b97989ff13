"""A thematic break."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from chat2anyllm_desktop.ui.transcript.outline import Leaf
from chat2anyllm_desktop.ui.transcript.part import Canvas, LeafPart


class RuleLine(LeafPart):
    """A hairline across the column."""

    __slots__ = ("_width",)

    def measure(self, width: int) -> int:
        self._width = width
        self.height = self.gap + 1 + self.style.grid
        self.measured = True
        return self.height

    def update(self, leaf: Leaf) -> bool:
        same = type(leaf.node) is type(self.leaf.node) and (leaf.gap, leaf.left) == (self.gap, self.leaf.left)
        if same:
            self.leaf = leaf
        return same

    def paint(self, canvas: Canvas) -> None:
        left = self.left(self._width)
        self.paint_frame(canvas, left, self.gap)
        line = QRectF(left, self.gap, self._width - left, 1)
        canvas.painter.fillRect(line, self.style.tokens.hairline)
