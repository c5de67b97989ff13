"""Code: a box with its language, its number of lines, copy and wrap, and a sideways scroll of its own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.render.highlight import Highlighter
from chat2anyllm_desktop.ui.theme import RADIUS_SMALL
from chat2anyllm_desktop.ui.transcript.code_lines import CodeLines
from chat2anyllm_desktop.ui.transcript.marks import paint_mark
from chat2anyllm_desktop.ui.transcript.outline import Leaf
from chat2anyllm_desktop.ui.transcript.part import Canvas, Deed, LeafPart, Spot
from chat2anyllm_desktop.ui.transcript.runs import units
from chat2anyllm_desktop.ui.transcript.sideways import Sideways
from chat2anyllm_desktop.ui.transcript.style import Style


class CodeBox(LeafPart):
    """Drawn line by line, visible lines only: a box of 10,000 lines costs what is seen of it."""

    __slots__ = ("_fed", "_highlighter", "_lines", "_scroll", "_width", "copied", "wrapped")

    selectable = True

    def __init__(self, leaf: Leaf, style: Style, *, wrapped: bool = False) -> None:
        super().__init__(leaf, style)
        self._lines: CodeLines | None = None
        self._highlighter: Highlighter | None = None
        self._fed = 0
        self._scroll = Sideways()
        self._width = 0
        self.wrapped = wrapped
        self.copied = False
        """Shows "Copied" for a moment."""
        self.height = self.gap + self._head + 2 * self._pad + self._node.code.count("\n") * style.code_line

    @property
    def _node(self) -> nodes.CodeBlock:
        assert isinstance(self.leaf.node, nodes.CodeBlock)
        return self.leaf.node

    @property
    def _head(self) -> int:
        return self.style.small_line + 2 * self.style.grid + 2

    @property
    def _pad(self) -> int:
        return 2 * self.style.grid

    @property
    def text(self) -> str:
        return self._node.code.removesuffix("\n")

    @property
    def language(self) -> str:
        return self._node.language

    @property
    def noun(self) -> str:
        """What is shown, for those who do not see it."""
        return tr("Code")

    @property
    def lines(self) -> CodeLines:
        if self._lines is None:
            self._lines = CodeLines(self._node.code, self.style)
        return self._lines

    @property
    def built(self) -> bool:
        return self._lines is not None

    def update(self, leaf: Leaf) -> bool:
        if not isinstance(leaf.node, nodes.CodeBlock):
            return False
        if (leaf.gap, leaf.left) != (self.leaf.gap, self.leaf.left):
            return False
        if leaf.node.language != self._node.language:
            return False
        if leaf.node != self._node:
            top = 0
            if self._lines is not None:
                before = self._lines.source
                kept = self._lines.update(leaf.node.code)
                if not self._lines.source.startswith(before):
                    self._highlighter = None
                if kept and leaf.node.closed == self._node.closed:
                    top = self._text_top + self._lines.row_of(kept) * self.style.code_line
            self.measured = False
            self.change(top)
        self.leaf = leaf
        return True

    def highlight(self, budget: float) -> int | None:
        """Work on the colours for about ``budget`` seconds; gives the height from which on any have changed."""
        lines = self.lines
        if self._highlighter is None:
            self._highlighter = Highlighter(self._node.language)
            self._fed = 0
        highlighter = self._highlighter
        if self._fed < len(lines.source):
            highlighter.append(lines.source[self._fed :])
            self._fed = len(lines.source)
        if self._node.closed:
            highlighter.close()
        changed = highlighter.advance(budget)
        lines.tokens = highlighter.lines
        if changed is None:
            return None
        lines.recolour(changed)
        return self._text_top + lines.row_of(changed) * self.style.code_line

    @property
    def plain(self) -> bool:
        """There is something left to highlight."""
        highlighter, lines, node = self._highlighter, self._lines, self._node
        if lines is None or not node.language:
            return False
        if highlighter is None or not highlighter.done or self._fed < len(lines.source):
            return True
        return node.closed and not highlighter.closed

    def measure(self, width: int) -> int:
        self._width = width
        lines, room = self.lines, self._room
        lines.wrap(room if self.wrapped else None)
        self._scroll.set_range(0 if self.wrapped else lines.widest + self._pad - room)
        bar = 2 * self.style.grid if self._scroll.limit else 0
        rows = lines.row_count * self.style.code_line
        self.height = self.gap + self._head + rows + 2 * self._pad - self.style.grid + bar
        self.measured = True
        return self.height

    def release(self) -> None:
        self._lines = None
        self._highlighter = None

    @property
    def _room(self) -> int:
        return self._width - self.left(self._width) - 2 * self.style.pad

    @property
    def _text_top(self) -> int:
        return self.gap + self._head + self._pad - self.style.grid

    def paint(self, canvas: Canvas) -> None:
        painter, style, tokens = canvas.painter, self.style, self.style.tokens
        left = self.left(self._width)
        self.paint_frame(canvas, left, self.gap + style.line * 0.75)
        box = QRectF(left, self.gap, self._width - left, self.height - self.gap)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # One within the other: a line around costs three times as much as what it goes around.
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.hairline)
        painter.drawRoundedRect(box, style.radius, style.radius)
        painter.setBrush(tokens.code_background)
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), style.radius - 1, style.radius - 1)
        if canvas.top < self.gap + self._head:
            self._paint_head(canvas, box)
        painter.restore()
        self._paint_lines(canvas, left)
        track = QRectF(left + style.pad, self.height - style.grid - 3, self._room, 4)
        self._scroll.paint(painter, track, tokens.text_muted if canvas.active else tokens.control)

    def _paint_head(self, canvas: Canvas, box: QRectF) -> None:
        painter, style, tokens = canvas.painter, self.style, self.style.tokens
        painter.setPen(tokens.text_muted)
        x, middle = box.left() + style.pad, box.top() + 1 + self._head / 2
        name = style.elided(self._node.language or tr("text"), (box.width() - 2 * style.pad) / 3)
        style.paint_label(painter, x, middle, name)
        spots = [(spot, spot.area) for spot in self.spots() if spot.area is not None]
        if note := self._note:
            x += style.text_width(name) + style.pad
            end = min((area.left() for _, area in spots), default=box.right() - style.pad)
            style.paint_label(painter, x, middle, style.elided(note, end - x))
        for spot, area in spots:
            lit = spot.same(canvas.lit)
            if lit:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(tokens.hover)
                painter.drawRoundedRect(area.adjusted(0, 2, 0, -2), RADIUS_SMALL, RADIUS_SMALL)
            painter.setPen(tokens.text if lit else tokens.text_muted)
            x = area.center().x() - style.text_width(spot.label) / 2
            style.paint_label(painter, x, area.center().y(), spot.label)

    def _paint_lines(self, canvas: Canvas, left: int) -> None:
        lines, style, painter = self.lines, self.style, canvas.painter
        if not lines.source:
            return
        first, last = self.visible_lines(canvas.top, canvas.bottom)
        painter.save()
        room = QRectF(left + 1, self._text_top, self._width - left - 2, self.height - self._text_top)
        painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
        painter.translate(left + style.pad - self._scroll.offset, self._text_top)
        for (start, end), colour in canvas.marks():
            for x, row, width in lines.rects(start, end, first, last):
                area = QRectF(x, row * style.code_line, width, style.code_line)
                paint_mark(painter, area, colour, style.tokens)
        painter.setPen(style.tokens.code_text)
        for number in range(first, last + 1):
            lines.layout(number).draw(painter, QPointF(0, lines.row_of(number) * style.code_line))
        painter.restore()

    def visible_lines(self, top: float, bottom: float) -> tuple[int, int]:
        """First and last line between two heights in the part's coordinates."""
        height = self.style.code_line
        lines = self.lines
        return (
            lines.line_at_row(max(0, int((top - self._text_top) // height))),
            lines.line_at_row(max(0, int((bottom - self._text_top) // height))),
        )

    def position_at(self, x: float, y: float) -> int:
        row = int((y - self._text_top) // self.style.code_line)
        if row < 0:
            return 0
        if row >= self.lines.row_count:
            return units(self.text)
        return self.lines.position_at(x - self.left(self._width) - self.style.pad + self._scroll.offset, row)

    def top_of(self, position: int) -> int:
        lines = self.lines
        return self._text_top + lines.row_of(lines.line_of(position)) * self.style.code_line

    def cursor_rect(self, position: int) -> QRectF:
        x, row = self.lines.cursor(position)
        left, height = self.left(self._width) + self.style.pad - self._scroll.offset, self.style.code_line
        return QRectF(left + x, self._text_top + row * height, 1, height)

    def caret_rect(self) -> QRectF | None:
        lines, style = self.lines, self.style
        if not lines.lines:
            return None
        number = len(lines.lines) - 1
        layout = lines.layout(number)
        line = layout.lineAt(layout.lineCount() - 1)
        x = self.left(self._width) + style.pad + line.naturalTextWidth() - self._scroll.offset
        top = self._text_top + (lines.row_count - 1) * style.code_line
        return QRectF(min(x, self._width - style.pad) + 1, top, 6, style.code_line)

    def spots(self) -> Sequence[Spot]:
        style = self.style
        right = float(self._width - style.grid)
        found = []
        for deed, label in self._labels():
            width = style.text_width(label) + 4 * style.grid
            area = QRectF(right - width, self.gap + 1, width, self._head)
            found.append(Spot(deed, label, area=area))
            right -= width
        return found

    @property
    def _note(self) -> str:
        """Stands beside the language; not while the box grows, where it would be a flicker to be drawn with every frame."""
        count = self.lines.line_count if self._node.closed else 0
        return tr("{n} line(s)", n=count) if count > 1 else ""

    def _labels(self) -> list[tuple[Deed, str]]:
        """What can be done, from right to left."""
        return [
            (Deed.COPY_CODE, tr("Copied") if self.copied else tr("Copy")),
            (Deed.WRAP_CODE, tr("No wrap") if self.wrapped else tr("Wrap")),
        ]

    def scroll_by(self, dx: float, y: float) -> bool:
        return y >= self.gap + self._head and self._scroll.by(dx)
