"""The lines of a code box: where they begin, how high they are, and a layout for those on screen only."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from math import ceil

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QTextCharFormat, QTextLayout, QTextOption

from chat2anyllm_desktop.ui.transcript.heights import Heights
from chat2anyllm_desktop.ui.transcript.lines import x_of
from chat2anyllm_desktop.ui.transcript.runs import units, visible
from chat2anyllm_desktop.ui.transcript.style import Style

_LONGEST = 5_000
"""Characters; a longer line is shown as several, because a layout has to shape all of a line to draw any of it.
Code with such lines is never highlighted, so the lines of the highlighter are these lines."""
_KEPT = 300
"""Layouts kept for drawing again."""
_TAB = 4

Token = tuple[int, int, str]
"""Start and length in the line, in characters, and the kind of highlight."""


class CodeLines:
    """Code as lines of one height each, or of several when wrapped. 100,000 lines cost their text and a number each."""

    __slots__ = (
        "_layouts",
        "_offsets",
        "_option",
        "_style",
        "_wrap_columns",
        "lines",
        "rows",
        "source",
        "starts",
        "tokens",
        "widest",
    )

    def __init__(self, source: str, style: Style) -> None:
        self._style = style
        self.source = ""
        self.lines: list[str] = []
        self.starts: list[int] = []
        """Position of each line in the text, in UTF-16 code units."""
        self._offsets: list[int] = []
        """The same in characters."""
        self.widest = 0
        """Width of the widest line. Exact for ASCII; other lines are measured as a whole."""
        self.tokens: Sequence[Sequence[Token]] = ()
        """Per line, as far as the highlighter has come."""
        self.rows: Heights | None = None
        """Rows that each line takes; None while every line takes one."""
        self._wrap_columns = 0
        self._layouts: OrderedDict[int, QTextLayout] = OrderedDict()
        self._option = QTextOption()
        # A line that begins with a Hebrew comment is code like the others.
        self._option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self._option.setTabStopDistance(_TAB * style.code_advance)
        self.update(source)

    def update(self, source: str) -> int:
        """Take a newer state of the code; returns the first line that is not what it was. Costs what was added."""
        source = source.removesuffix("\n")
        kept = 0
        if self.lines and source.startswith(self.source):
            kept = len(self.lines) - 1
            while kept and self.starts[kept] == self.starts[kept - 1] + units(self.lines[kept - 1]):
                kept -= 1  # a piece of one long line
        at = self.starts[kept] if kept else 0
        begin = self._offsets[kept] if kept else 0
        del self.lines[kept:], self.starts[kept:], self._offsets[kept:]
        if not kept:
            self.widest = 0
        for line in source[begin:].split("\n"):
            for piece in _pieces(line):
                self.lines.append(visible(piece))
                self.starts.append(at)
                self._offsets.append(begin)
                at += units(piece)
                begin += len(piece)
            self.widest = max(self.widest, self._width_of(self.lines[-1]))
            at += 1
            begin += 1
        self.source = source
        for number in [n for n in self._layouts if n >= kept]:
            del self._layouts[number]
        if self.rows is not None:
            self.rows.truncate(kept)
            for number in range(kept, len(self.lines)):
                self.rows.append(self._rows_of(number))
        return kept

    @property
    def line_count(self) -> int:
        """Lines as people count them."""
        return self.source.count("\n") + 1 if self.source else 0

    @property
    def row_count(self) -> int:
        return len(self.lines) if self.rows is None else self.rows.total

    def _width_of(self, line: str) -> int:
        if line.isascii() and "\t" not in line:
            return ceil(len(line) * self._style.code_advance)
        return ceil(QFontMetricsF(self._style.code).horizontalAdvance(line.expandtabs(_TAB)))

    def wrap(self, width: int | None) -> None:
        """Break lines at ``width``; None shows each line in one row."""
        columns = 0 if width is None else max(10, int(width / self._style.code_advance))
        if columns == self._wrap_columns:
            return
        self._wrap_columns = columns
        self._layouts.clear()
        mode = QTextOption.WrapMode.WrapAnywhere if columns else QTextOption.WrapMode.NoWrap
        self._option.setWrapMode(mode)
        self.rows = Heights(self._all_rows()) if columns else None

    def recolour(self, first: int) -> None:
        """The tokens of the lines from ``first`` on have changed."""
        for number in [n for n in self._layouts if n >= first]:
            del self._layouts[number]

    def row_of(self, line: int) -> int:
        return line if self.rows is None else self.rows.before(line)

    def line_at_row(self, row: int) -> int:
        if self.rows is not None:
            return self.rows.at(row)
        return max(0, min(row, len(self.lines) - 1))

    def line_of(self, position: int) -> int:
        return max(0, bisect_right(self.starts, position) - 1)

    def layout(self, number: int) -> QTextLayout:
        known = self._layouts.get(number)
        if known is not None:
            self._layouts.move_to_end(number)
            return known
        result = self._lay_out(number)
        self._layouts[number] = result
        if len(self._layouts) > _KEPT:
            self._layouts.popitem(last=False)
        return result

    def rects(self, start: int, end: int, first: int, last: int) -> Iterator[tuple[float, float, float]]:
        """Where a range is on the lines ``first`` to ``last``: left, row, width."""
        for number in range(max(first, self.line_of(start)), last + 1):
            begin = self.starts[number]
            if begin >= end:
                return
            length = units(self.lines[number])
            layout = self.layout(number)
            row = self.row_of(number)
            for index in range(layout.lineCount()):
                line = layout.lineAt(index)
                low = max(start - begin, line.textStart())
                high = min(end - begin, line.textStart() + line.textLength())
                if high < low or (high == low and length):
                    continue
                left, right = x_of(line.cursorToX(low)), x_of(line.cursorToX(high))
                beyond = end - begin > length and index == layout.lineCount() - 1
                extra = self._style.code_advance / 2 if beyond else 0.0
                yield left, row + index, right - left + extra

    def position_at(self, x: float, row: int) -> int:
        number = self.line_at_row(row)
        layout = self.layout(number)
        index = max(0, min(row - self.row_of(number), layout.lineCount() - 1))
        return self.starts[number] + int(layout.lineAt(index).xToCursor(x))

    def cursor(self, position: int) -> tuple[float, int]:
        """Distance from the left, and row, of a position."""
        if not self.lines:
            return 0.0, 0
        number = self.line_of(position)
        line = self.layout(number).lineForTextPosition(position - self.starts[number])
        return x_of(line.cursorToX(position - self.starts[number])), self.row_of(number) + line.lineNumber()

    def release(self) -> None:
        self._layouts.clear()

    def _lay_out(self, number: int) -> QTextLayout:
        layout = QTextLayout(self.lines[number], self._style.code)
        layout.setCacheEnabled(True)
        layout.setTextOption(self._option)
        tokens = self.tokens[number] if number < len(self.tokens) else ()
        if tokens:
            layout.setFormats(_formats(self.lines[number], tokens, self._style))
        width = self._wrap_columns * self._style.code_advance + 0.5 if self._wrap_columns else 1e6
        height = self._style.code_line
        y = 0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, y + (height - line.height()) // 2))
            y += height
        layout.endLayout()
        return layout

    def _all_rows(self) -> list[int]:
        """:meth:`_rows_of` of every line, of which there may be a million."""
        columns = self._wrap_columns
        if self.source.isascii() and "\t" not in self.source:
            return [-(-len(line) // columns) or 1 for line in self.lines]
        return [self._rows_of(number) for number in range(len(self.lines))]

    def _rows_of(self, number: int) -> int:
        line = self.lines[number]
        if line.isascii() and "\t" not in line:
            return max(1, ceil(len(line) / self._wrap_columns))
        return max(1, self._lay_out(number).lineCount())


def _pieces(line: str) -> Iterator[str]:
    if len(line) <= _LONGEST:
        yield line
        return
    for at in range(0, len(line), _LONGEST):
        yield line[at : at + _LONGEST]


def _formats(line: str, tokens: Sequence[Token], style: Style) -> list[QTextLayout.FormatRange]:
    plain = line.isascii()
    found = []
    for start, length, kind in tokens:
        item = QTextLayout.FormatRange()
        item.start = start if plain else units(line[:start])
        item.length = length if plain else units(line[start : start + length])
        item.format = _colour(kind, style)
        found.append(item)
    return found


def _colour(kind: str, style: Style) -> QTextCharFormat:
    known = style.colours.get(kind)
    if known is None:
        known = QTextCharFormat()
        known.setForeground(style.tokens.code(kind))
        style.colours[kind] = known
    return known
