"""Paragraphs, headings and everything else that is one stretch of text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.ui.transcript.drawings import Drawings
from chat2anyllm_desktop.ui.transcript.lines import Lines, Range
from chat2anyllm_desktop.ui.transcript.outline import Leaf, PlainText
from chat2anyllm_desktop.ui.transcript.part import (
    Canvas,
    Deed,
    LeafPart,
    Spot,
    formula_spot,
    link_spot,
    paint_triangle,
)
from chat2anyllm_desktop.ui.transcript.runs import (
    LINE_SEPARATOR,
    Look,
    Run,
    runs_of,
    tex_source,
    units,
    visible,
)
from chat2anyllm_desktop.ui.transcript.style import Style

_ADDRESS = re.compile(r"https?://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]}]")

_BOXED = (nodes.MathBlock, nodes.HtmlText)


class Prose(LeafPart):
    """One leaf of text. Raw HTML and TeX stand in a quiet box, in the code font."""

    __slots__ = ("_drawings", "_lines", "_source", "_width")

    selectable = True

    def __init__(
        self, leaf: Leaf, style: Style, drawings: Drawings | None = None, *, as_tex: bool = False
    ) -> None:
        super().__init__(leaf, style, as_tex=as_tex)
        self._drawings = drawings
        self._lines: Lines | None = None
        self._width = 0
        self._source = _source(leaf)
        self.height = self._estimate()

    def update(self, leaf: Leaf) -> bool:
        source = _source(leaf)
        old = self.leaf
        same_place = (old.gap, old.left, old.opened) == (leaf.gap, leaf.left, leaf.opened)
        if same_place and source == self._source and _same_inlines(leaf, old):
            self.leaf = leaf
            return True
        return False

    @property
    def text(self) -> str:
        return self._lines.text if self._lines is not None else self._content()[0]

    def may_hold(self, words: str) -> bool:
        # A few sources are written as Python writes them, with quotes and backslashes doubled.
        return words in self._source.lower() or "'" in words or "\\" in words

    @property
    def built(self) -> bool:
        return self._lines is not None

    @property
    def waits(self) -> bool:
        return self._lines is not None and self._lines.waits

    @property
    def natural_width(self) -> int:
        return self._lines.natural if self._lines is not None else 0

    def measure(self, width: int) -> int:
        if self._lines is None:
            self._lines = self._make()
        self._width = width
        pad = self._pad
        inner = width - self.left(width) - 2 * pad
        self.height = self.gap + self._lines.lay_out(inner) + 2 * (pad and 2 * self.style.grid)
        self.measured = True
        return self.height

    def release(self) -> None:
        self._lines = None

    def paint(self, canvas: Canvas) -> None:
        lines = self._lines
        if lines is None:
            return
        painter, tokens = canvas.painter, self.style.tokens
        left, top = self.left(self._width), self._text_top
        if self._pad:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.code_background)
            area = QRectF(left, self.gap, self._width - left, self.height - self.gap)
            painter.drawRoundedRect(area, self.style.radius, self.style.radius)
        mirror = self._width if self._mirrored else None
        self.paint_frame(canvas, left, top + lines.baseline, mirror=mirror, rise=lines.rise())
        if isinstance(self.leaf.node, nodes.Details):
            middle = QPointF(left + self.style.small_line * 0.3, self.gap + self.style.line / 2)
            paint_triangle(canvas, middle, tokens.text_muted, opened=self.leaf.opened)
        lit = canvas.lit.range if canvas.lit is not None and canvas.lit.deed is Deed.LINK else None
        clip = (canvas.top, canvas.bottom)
        lines.paint(painter, self._text_left, top, clip=clip, marks=canvas.marks(), hovered=lit)

    def position_at(self, x: float, y: float) -> int:
        if self._lines is None:
            return 0
        return self._lines.position_at(x - self._text_left, y - self._text_top)

    def top_of(self, position: int) -> int:
        return self._text_top + (self._lines.top_of(position) if self._lines is not None else 0)

    def cursor_rect(self, position: int) -> QRectF:
        if self._lines is None:
            return super().cursor_rect(position)
        return self._lines.cursor_rect(position).translated(self._text_left, self._text_top)

    def caret_rect(self) -> QRectF | None:
        if self._lines is None:
            return None
        end = units(self._lines.text)
        x = self._text_left + self._lines.x_of(end)
        top = self.top_of(end) + self._lines.rise(end)
        return QRectF(x - 8 if self._lines.rtl else x + 2, top, 6, self.style.line)

    def spot_at(self, x: float, y: float) -> Spot | None:
        if isinstance(self.leaf.node, nodes.Details):
            return self.spots()[0] if y >= self.gap else None
        left = self._text_left
        run = self._lines.link_at(x - left, y - self._text_top) if self._lines is not None else None
        return link_spot(run, self._lines, left, self._text_top) if run and self._lines is not None else None

    def spots(self) -> Sequence[Spot]:
        if isinstance(self.leaf.node, nodes.Details):
            area = QRectF(0, self.gap, self._width, self.height - self.gap)
            return (Spot(Deed.FOLD, tr("Close") if self.leaf.opened else tr("Open"), area=area),)
        if self._lines is None:
            return ()
        lines, left, top = self._lines, self._text_left, self._text_top
        found = [link_spot(run, lines, left, top) for run in lines.links]
        if lines.maths:
            found += [
                formula_spot(run, lines, left, top, as_tex=self.as_tex)
                for run in lines.maths
                if self.as_tex or lines.drawn(run)
            ]
            found.sort(key=_start)
        return found

    def whole(self, start: int, end: int) -> Range:
        return self._lines.whole(start, end) if self._lines is not None else (start, end)

    def formula_at(self, x: float, y: float) -> Spot | None:
        lines, left, top = self._lines, self._text_left, self._text_top
        run = lines.formula_at(x - left, y - top) if lines is not None else None
        return formula_spot(run, lines, left, top, as_tex=self.as_tex) if lines is not None and run else None

    @property
    def _pad(self) -> int:
        return self.style.pad if isinstance(self.leaf.node, _BOXED) else 0

    @property
    def _inset(self) -> int:
        if isinstance(self.leaf.node, nodes.Details):
            return self.style.quote_indent
        return self._pad

    @property
    def _mirrored(self) -> bool:
        """Read from the right: it stands in from the right, with its marker there. Bars of quotes stay at the left."""
        return self._lines is not None and self._lines.rtl and not self.leaf.bars and not self._inset

    @property
    def _text_left(self) -> int:
        return 0 if self._mirrored else self.left(self._width) + self._inset

    @property
    def _text_top(self) -> int:
        return self.gap + (2 * self.style.grid if self._pad else 0)

    def _content(self) -> tuple[str, list[Run]]:
        node = self.leaf.node
        match node:
            case nodes.Paragraph() | nodes.Heading():
                return runs_of(node.inlines)
            case nodes.Details():
                text, runs = runs_of(node.summary.get())
                return text or tr("Details"), runs
            case PlainText():
                text = visible(node.text.replace("\r", "")).replace("\n", LINE_SEPARATOR)
                return text, _addresses(text)
            case nodes.MathBlock():
                return visible(tex_source(node)), []
            case nodes.HtmlText():
                return visible(node.text.rstrip("\n")).replace("\n", LINE_SEPARATOR), []
        return "", []

    def _make(self) -> Lines:
        style, node = self.style, self.leaf.node
        text, runs = self._content()
        font, line, colour = style.body, style.line, style.tokens.text
        if isinstance(node, nodes.Heading):
            font = style.headings[min(node.level, 3) - 1]
            line = round(font.pixelSize() * 1.35)
            if node.level > 4:
                colour = style.tokens.text_muted
        elif isinstance(node, _BOXED):
            font, line, colour = style.code, style.code_line, style.tokens.code_text
        elif isinstance(node, nodes.Details):
            font = QFont(style.strong)
        drawings = None if self.as_tex else self._drawings
        return Lines(text, runs, style, font=font, line=line, colour=colour, drawings=drawings)

    def _estimate(self) -> int:
        """Rough: lines of 70 characters."""
        newlines = self._source.count("\n") if isinstance(self.leaf.node, PlainText | nodes.MathBlock) else 0
        return self.gap + self.style.line * (1 + newlines + len(self._source) // 70)


def _source(leaf: Leaf) -> str:
    """What decides how a leaf looks, without parsing its inlines."""
    match leaf.node:
        case nodes.Paragraph() | nodes.Heading():
            return leaf.node.content.source
        case nodes.Details():
            return leaf.node.summary.source
        case PlainText() | nodes.HtmlText():
            return leaf.node.text
        case nodes.MathBlock():
            return leaf.node.tex
    return ""


def _same_inlines(leaf: Leaf, old: Leaf) -> bool:
    """A reference may be defined later than it is used: then the same source means something else."""
    one, other = leaf.node, old.node
    if isinstance(one, nodes.Heading) and isinstance(other, nodes.Heading) and one.level != other.level:
        return False
    if isinstance(one, nodes.Paragraph | nodes.Heading) and isinstance(
        other, nodes.Paragraph | nodes.Heading
    ):
        return type(one) is type(other) and (one.content is other.content or "[" not in one.content.source)
    if isinstance(one, nodes.Details):
        return False
    return type(one) is type(other)


def _start(spot: Spot) -> int:
    return spot.range[0] if spot.range is not None else 0


def _addresses(text: str) -> list[Run]:
    found = []
    for match in _ADDRESS.finditer(text):
        start = units(text[: match.start()])
        found.append(Run(start, start + units(match[0]), Look.LINK, match[0]))
    return found
