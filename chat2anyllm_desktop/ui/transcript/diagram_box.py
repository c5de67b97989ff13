"""A Mermaid diagram: drawn, or as its source in a box of code."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.transcript.code_box import CodeBox
from chat2anyllm_desktop.ui.transcript.drawings import Diagram, Drawings, Refused
from chat2anyllm_desktop.ui.transcript.gallery import Gallery
from chat2anyllm_desktop.ui.transcript.lines import Range
from chat2anyllm_desktop.ui.transcript.outline import Leaf
from chat2anyllm_desktop.ui.transcript.part import Canvas, Deed
from chat2anyllm_desktop.ui.transcript.runs import units
from chat2anyllm_desktop.ui.transcript.style import Style

LANGUAGE = "mermaid"
_SMALLEST = 0.6
"""A diagram that is too wide is shown smaller, but never smaller than that: then it is scrolled."""
_TEXT = 16
"""Pixels of the font in a diagram, which is shown as large as the text around."""
_MARKED_ALPHA = 110


class DiagramBox(CodeBox):
    """Shows its source while that is being written, until the drawing has come, where it cannot be drawn (and says why),
    and when the reader wants to see it. Copied and selected is the source in any case."""

    __slots__ = ("_diagram", "_drawings", "_gallery", "_known")

    def __init__(
        self,
        leaf: Leaf,
        style: Style,
        drawings: Drawings,
        gallery: Gallery,
        *,
        wrapped: bool = False,
        as_source: bool = False,
    ) -> None:
        super().__init__(leaf, style, wrapped=wrapped)
        self.as_tex = as_source
        self._drawings = drawings
        self._gallery = gallery
        self._known: Diagram | Refused | None = None
        self._diagram: Diagram | None = None
        """What is shown."""

    @property
    def drawn(self) -> bool:
        """The diagram is shown, not its source."""
        return self._diagram is not None

    @property
    def noun(self) -> str:
        return tr("Diagram") if self.drawn else super().noun

    @property
    def waits(self) -> bool:
        return self._node.closed and self._known is None

    @property
    def built(self) -> bool:
        return self.drawn or super().built

    @property
    def plain(self) -> bool:
        return not self.drawn and super().plain

    def update(self, leaf: Leaf) -> bool:
        before = self.leaf.node
        if not super().update(leaf):
            return False
        if leaf.node != before:
            self._known = self._diagram = None
        return True

    def measure(self, width: int) -> int:
        if self._known is None and self._node.closed:
            dark = self.style.tokens.code_background.lightnessF() < 0.5
            self._known = self._drawings.diagram(self._node.code, dark)
        self._diagram = self._known if isinstance(self._known, Diagram) and not self.as_tex else None
        if self._diagram is None:
            return super().measure(width)
        super().release()
        self._width = width
        size = self._shown_size(self._diagram)
        self._scroll.set_range(max(0, size.width() - self._room))
        bar = 2 * self.style.grid if self._scroll.limit else 0
        self.height = self.gap + self._head + size.height() + 2 * self._pad + self.style.grid + bar
        self.measured = True
        self._pixels(self._diagram, self._gallery.ratio)  # Begun before it comes on screen.
        return self.height

    def release(self) -> None:
        super().release()
        self._diagram = None

    # Drawing -----------------------------------------------------------------------------------------------------------
    @property
    def _note(self) -> str:
        if self.drawn:
            return ""
        if isinstance(self._known, Refused):
            return tr("Not drawn: {reason}", reason=tr(self._known.reason))
        return super()._note

    def _labels(self) -> list[tuple[Deed, str]]:
        labels = super()._labels()
        if not isinstance(self._known, Diagram):
            return labels
        toggle = (Deed.DIAGRAM, tr("Source") if self.drawn else tr("Diagram"))
        return [labels[0], toggle, *([] if self.drawn else labels[1:])]

    def _paint_lines(self, canvas: Canvas, left: int) -> None:
        diagram, painter, style = self._diagram, canvas.painter, self.style
        if diagram is None:
            super()._paint_lines(canvas, left)
            return
        pixels = self._pixels(diagram, painter.device().devicePixelRatioF())
        area = self._area
        painter.save()
        room = QRectF(
            left + 1, self.gap + self._head, self._width - left - 2, self.height - self.gap - self._head - 1
        )
        painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
        if pixels is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, pixels)
        for _, colour in canvas.marks():
            tint = QColor(colour)
            tint.setAlpha(_MARKED_ALPHA)
            painter.fillRect(area.adjusted(-style.grid, -style.grid, style.grid, style.grid), tint)
        painter.restore()

    @property
    def _area(self) -> QRectF:
        """Where the drawing is, or would be if it were not scrolled: in the middle, where there is room."""
        assert self._diagram is not None
        size, room = self._shown_size(self._diagram), self._room
        x = (
            self.left(self._width)
            + self.style.pad
            + max(0.0, (room - size.width()) / 2)
            - self._scroll.offset
        )
        return QRectF(round(x), self.gap + self._head + self._pad, size.width(), size.height())

    def _shown_size(self, diagram: Diagram) -> QSize:
        scale = self.style.body.pixelSize() / _TEXT
        scale = max(_SMALLEST, min(scale, self._room / diagram.width))
        return QSize(ceil(diagram.width * scale), ceil(diagram.height * scale))

    def _pixels(self, diagram: Diagram, ratio: float) -> QImage | None:
        found = self._gallery.pixels(diagram.source, self._shown_size(diagram) * ratio)
        return found if isinstance(found, QImage) else None

    # Positions: of the source, of which all is here or nothing ---------------------------------------------------------
    def whole(self, start: int, end: int) -> Range:
        length = units(self.text)
        if not self.drawn or (start == end and start in (0, length)):
            return super().whole(start, end)
        return 0, length

    def position_at(self, x: float, y: float) -> int:
        if not self.drawn:
            return super().position_at(x, y)
        area = self._area
        before = y < area.top() or (y <= area.bottom() and x < area.center().x())
        return 0 if before else units(self.text)

    def top_of(self, position: int) -> int:
        return self.gap if self.drawn else super().top_of(position)

    def cursor_rect(self, position: int) -> QRectF:
        if not self.drawn:
            return super().cursor_rect(position)
        area = self._area
        return QRectF(area.right() if position else area.left(), area.top(), 1, area.height())

    def caret_rect(self) -> QRectF | None:
        if not self.drawn:
            return super().caret_rect()
        area, line = self._area, self.style.code_line
        return QRectF(min(area.right(), self._width - 8.0), area.bottom() - line, 6, line)
