"""One stretch of styled text, broken into lines: the smallest thing that is laid out and drawn.

A QTextLayout costs a quarter of a QTextDocument (7 against 29 microseconds for a short line), knows no frames, no images
and no resources, and so cannot open anything whatever a model writes into it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from math import ceil
from unicodedata import bidirectional

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QTextLayout, QTextLine, QTextOption

from chat2anyllm_desktop.ui.theme import RADIUS_SMALL
from chat2anyllm_desktop.ui.transcript.drawings import Drawings
from chat2anyllm_desktop.ui.transcript.formats import KEY_GAP, KEY_PAD, format_range, key_room
from chat2anyllm_desktop.ui.transcript.formulas import Formulas
from chat2anyllm_desktop.ui.transcript.marks import paint_mark
from chat2anyllm_desktop.ui.transcript.runs import Look, Run
from chat2anyllm_desktop.ui.transcript.style import Style

_LONGEST_WORD = 2000
"""Wrapping at words looks back over the whole word for each line: 330 ms for 100,000 characters without a space, 13 ms
when lines may break anywhere."""

_BOXED = Look.CODE | Look.MATH | Look.KEY

_FEW = 20
"""Runs that are looked through without further ado."""

Range = tuple[int, int]


class Lines:
    """``colour`` and ``font`` are those of text without a run. Heights and tops are whole pixels. Formulas are drawn where
    ``drawings`` are given, and shown as their TeX where not."""

    __slots__ = (
        "_align",
        "_boxes",
        "_colour",
        "_font",
        "_formulas",
        "_layout",
        "_line",
        "_links",
        "_style",
        "_tops",
        "maths",
        "natural",
        "rtl",
        "text",
    )

    def __init__(
        self,
        text: str,
        runs: Sequence[Run],
        style: Style,
        *,
        font: QFont | None = None,
        colour: QColor | None = None,
        line: int | None = None,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeading,
        drawings: Drawings | None = None,
    ) -> None:
        self.text = text
        self.rtl = is_rtl(text)
        self._style = style
        self._colour = colour or style.tokens.text
        self._line = line or style.line
        self._align = align
        self._links = tuple(run for run in runs if run.href)
        self._boxes = tuple(run for run in runs if run.look & _BOXED)
        self._tops: list[int] = []
        self.natural = 0
        """Width of the widest line at the last layout."""
        self._font = base = font or style.body
        self._layout = QTextLayout(text, base)
        self._layout.setCacheEnabled(True)
        self._formulas: Formulas | None = None
        self.maths: tuple[Run, ...] = ()
        """Formulas, drawn or not."""
        if runs:
            formats = [format_range(run, base, style) for run in runs]
            self._layout.setFormats(formats + key_room(runs, text, style))
            self.maths = tuple(run for run in runs if run.math is not None)
        if self.maths:
            self.rtl = is_rtl(_without(text, self.maths))
            if drawings is not None:
                self._formulas = Formulas(text, runs, drawings, base, base.pixelSize() * style.math)

    def lay_out(self, width: int, *, wrap: bool = True) -> int:
        """Break into lines no wider than ``width``; returns the height."""
        formulas = self._formulas
        if formulas is not None and formulas.choose(width):
            self._set_formulas(formulas)
        right = self.rtl and self._align == Qt.AlignmentFlag.AlignLeading
        # The letters of TeX say nothing about the direction.
        direction = _DIRECTIONS[self.rtl] if self.maths else Qt.LayoutDirection.LayoutDirectionAuto
        mode = _wrap_mode(self.text) if wrap else QTextOption.WrapMode.NoWrap
        align = Qt.AlignmentFlag.AlignRight if right else self._align
        layout = self._layout
        layout.setTextOption(self._style.option(align, direction, mode))
        y = 0
        widest = 0.0
        tops = [0]
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 1))
            own = line.height()
            slot = max(self._line, ceil(own))
            if formulas is None:
                line.setPosition(QPointF(0, y + (slot - own) // 2))
            else:
                slot, above = formulas.make_room(line, slot, int((slot - own) // 2))
                line.setPosition(QPointF(formulas.shift(line, width), y + above))
            widest = max(widest, line.naturalTextWidth())
            y += slot
            tops.append(y)
        layout.endLayout()
        self._tops = tops
        self.natural = ceil(widest)
        if formulas is not None:
            formulas.place(layout, x_of)
        return y

    def _set_formulas(self, formulas: Formulas) -> None:
        """Other formulas are drawn than before."""
        rest = formulas.rest()
        self._boxes = tuple(run for run in rest if run.look & _BOXED)
        formats = []
        for run in rest:
            style = format_range(run, self._font, self._style)
            style.start = formulas.shown_at(run.start)
            formats.append(style)
        room = key_room(rest, self.text, self._style)
        for space in room:
            space.start = formulas.shown_at(space.start)
        self._layout.setText(formulas.text)
        self._layout.setFormats([*formats, *room, *formulas.formats()])

    @property
    def begins_left(self) -> bool:
        """The width has no say in where the lines are, as long as they fit."""
        return not self.rtl and not self.maths and self._align in _LEFT

    @property
    def waits(self) -> bool:
        """Formulas will be drawn at the next layout that are not drawn now."""
        return self._formulas is not None and self._formulas.waits

    @property
    def widest_formula(self) -> int:
        """Lines that are narrower show its TeX."""
        return self._formulas.widest if self._formulas is not None else 0

    @property
    def height(self) -> int:
        return self._tops[-1] if self._tops else 0

    @property
    def baseline(self) -> float:
        """Of the first line."""
        if not self._layout.lineCount():
            return 0.0
        line = self._layout.lineAt(0)
        return line.y() + line.ascent()

    def rise(self, position: int = 0) -> int:
        """How much lower than usual the text of a line stands, because a formula in it needs the room."""
        if self._formulas is None or not self._tops:
            return 0
        line = self._layout.lineForTextPosition(self._formulas.shown_at(position))
        return round(line.y()) - self._tops[line.lineNumber()] - self._above(line)

    def _above(self, line: QTextLine) -> int:
        """Space that a line without formulas has above its text."""
        own = line.height()
        return int((max(self._line, ceil(own)) - own) // 2)

    def paint(
        self,
        painter: QPainter,
        x: float,
        y: float,
        *,
        clip: tuple[float, float] | None = None,
        marks: Sequence[tuple[Range, QColor]] = (),
        hovered: Range | None = None,
    ) -> None:
        """Draw with the top left corner at ``(x, y)``. ``marks`` are grounds behind ranges: matches, then selection.
        ``clip`` are the top and bottom of what is visible, in the painter's coordinates."""
        painter.save()
        painter.translate(x, y)
        area = QRectF() if clip is None else QRectF(-4096, clip[0] - y, 16384, clip[1] - clip[0])
        lines = None if clip is None else self._lines_between(area.top(), area.bottom())
        for run in self._among(self._boxes, lines):
            self._paint_box(painter, run, lines)
        for (start, end), colour in marks:
            for rect in self.rects(start, end, lines=lines):
                paint_mark(painter, rect, colour, self._style.tokens)
        painter.setPen(self._colour)
        self._layout.draw(painter, QPointF(0, 0), [], area)
        if self._formulas is not None:
            self._formulas.paint(painter, area, self._style.stamps, self._colour_of)
        if hovered is not None:
            painter.setPen(self._style.tokens.accent)
            for rect in self.rects(*hovered, tight=True, lines=lines):
                base = rect.bottom() - (rect.height() - self._line) / 2 - self._line * 0.2
                painter.drawLine(QPointF(rect.left(), base), QPointF(rect.right(), base))
        painter.restore()

    def _paint_box(self, painter: QPainter, run: Run, lines: Range | None) -> None:
        tokens = self._style.tokens
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(tokens.hover)
        painter.setPen(tokens.control if run.look & Look.KEY else Qt.PenStyle.NoPen)
        for rect in self.rects(run.start, run.end, tight=True, lines=lines):
            inset = max(1.0, (rect.height() - self._line * 0.86) / 2)
            box = rect.adjusted(-2, inset, 1, -inset)
            if run.look & Look.KEY:
                another = any(run.end == other.start and other.look & Look.KEY for other in self._boxes)
                behind = KEY_PAD + KEY_GAP if another else KEY_GAP
                box = rect.adjusted(0.5 - KEY_PAD, inset + 0.5, -0.5 - behind, -inset - 0.5)
            painter.drawRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)

    def _colour_of(self, run: Run) -> QColor:
        """Of a formula."""
        tokens = self._style.tokens
        if run.look & Look.LINK:
            return tokens.accent
        return tokens.text_muted if run.look & Look.MUTED else self._colour

    def _lines_between(self, top: float, bottom: float) -> Range:
        """First and end of the lines between two heights."""
        first = max(0, bisect_right(self._tops, top) - 1)
        return first, max(first, min(self._layout.lineCount(), bisect_left(self._tops, bottom)))

    def _among(self, runs: Sequence[Run], lines: Range | None) -> Sequence[Run]:
        """The runs that may touch some lines: a paragraph may have thousands, and be screens high."""
        if lines is None or self._formulas is not None or len(runs) < _FEW or lines[0] >= lines[1]:
            return runs
        first, last = self._layout.lineAt(lines[0]), self._layout.lineAt(lines[1] - 1)
        begin = max(0, bisect_right(runs, first.textStart(), key=lambda run: run.start) - 1)
        return runs[
            begin : bisect_left(runs, last.textStart() + last.textLength(), key=lambda run: run.start)
        ]

    def rects(self, start: int, end: int, *, tight: bool = False, lines: Range | None = None) -> list[QRectF]:
        """The areas that a range covers, line by line, as high as the lines are; ``tight`` without what formulas add to
        that. ``lines`` are the first and the end of those that are wanted."""
        if end <= start or not self._tops:
            return []
        layout, formulas = self._layout, self._formulas
        if formulas is not None:
            start, end = formulas.shown_at(start), formulas.shown_at(end, end=True)
        found = []
        wanted = lines or (0, layout.lineCount())
        first = layout.lineForTextPosition(start).lineNumber()
        for number in range(max(first, wanted[0]), wanted[1]):
            line = layout.lineAt(number)
            begin, length = line.textStart(), line.textLength()
            if begin >= end:
                break
            left = x_of(line.cursorToX(max(start, begin)))
            right = x_of(line.cursorToX(min(end, begin + length)))
            if end > begin + length and right == left:
                right += 4  # an empty line inside a selection
            top, bottom = self._tops[number], self._tops[number + 1]
            if tight and formulas is not None:
                top = round(line.y()) - self._above(line)
                bottom = top + max(self._line, ceil(line.height()))
            found.append(QRectF(min(left, right), top, abs(right - left), bottom - top))
        return found

    def top_of(self, position: int) -> int:
        """Top of the line that holds a position."""
        if self._formulas is not None:
            position = self._formulas.shown_at(position)
        number = self._layout.lineForTextPosition(position).lineNumber() if self._tops else -1
        return self._tops[number] if 0 <= number < len(self._tops) else 0

    def x_of(self, position: int) -> float:
        if self._formulas is not None:
            position = self._formulas.shown_at(position)
        line = self._layout.lineForTextPosition(position)
        return x_of(line.cursorToX(position)) if line.isValid() else 0.0

    def cursor_rect(self, position: int) -> QRectF:
        """Where a cursor at a position stands: a pixel wide, as high as the line."""
        if self._formulas is not None:
            position = self._formulas.shown_at(position)
        line = self._layout.lineForTextPosition(position)
        if not line.isValid():
            return QRectF(0, 0, 1, self._line)
        top, below = self._tops[line.lineNumber() : line.lineNumber() + 2]
        return QRectF(x_of(line.cursorToX(position)), top, 1, below - top)

    def position_at(self, x: float, y: float) -> int:
        """The position in the text nearest to a point."""
        count = self._layout.lineCount()
        if not count:
            return 0
        number = 0
        while number < count - 1 and self._tops[number + 1] <= y:
            number += 1
        position = int(self._layout.lineAt(number).xToCursor(x))
        return position if self._formulas is None else self._formulas.source_at(position)

    def whole(self, start: int, end: int) -> Range:
        """A range, with the drawn formulas that it begins and ends in."""
        return (start, end) if self._formulas is None else self._formulas.whole(start, end)

    def drawn(self, run: Run) -> bool:
        """A formula is drawn, not shown as its TeX."""
        return self._formulas is not None and self._formulas.area_of(run) is not None

    def area_of(self, run: Run) -> QRectF | None:
        """Where a formula is, or where its TeX begins; None before the first layout."""
        area = self._formulas.area_of(run) if self._formulas is not None else None
        return area or next(iter(self.rects(run.start, run.end)), None)

    def formula_at(self, x: float, y: float) -> Run | None:
        """The formula, drawn or not, at a point."""
        for run in self.maths:
            if any(rect.contains(x, y) for rect in self.rects(run.start, run.end)):
                return run
        return None

    def link_at(self, x: float, y: float) -> Run | None:
        lines = self._lines_between(y, y + 1)
        for run in self._among(self._links, lines):
            if any(rect.contains(x, y) for rect in self.rects(run.start, run.end, lines=lines)):
                return run
        return None

    @property
    def links(self) -> tuple[Run, ...]:
        return self._links


def x_of(value: float | tuple[float, int] | object) -> float:
    """``cursorToX`` gives ``(x, position)`` in PySide6, whose stubs say float."""
    return float(value[0]) if isinstance(value, tuple) else float(value)  # type: ignore[arg-type] # see above


def is_rtl(text: str) -> bool:
    """Whether text is read from the right: by its first letter that tells, as Qt decides it."""
    if text.isascii():
        return False
    kinds = (bidirectional(character) for character in text[:_LONGEST_WORD])
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def _without(text: str, runs: Iterable[Run]) -> str:
    """The text between runs."""
    data, at, pieces = text.encode("utf-16-le"), 0, []
    for run in runs:
        pieces.append(data[2 * at : 2 * run.start])
        at = run.end
    return b"".join((*pieces, data[2 * at :])).decode("utf-16-le")


_LEFT = (Qt.AlignmentFlag.AlignLeading, Qt.AlignmentFlag.AlignLeft)
_DIRECTIONS = (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft)


def _wrap_mode(text: str) -> QTextOption.WrapMode:
    if len(text) > _LONGEST_WORD and max(map(len, text.split(None)), default=0) > _LONGEST_WORD:
        return QTextOption.WrapMode.WrapAnywhere
    return QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
