"""Tables: cells laid out once, columns as wide as what is in them, sideways scrolling where they do not fit."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QRectF, Qt

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.ui.transcript.drawings import Drawings
from chat2anyllm_desktop.ui.transcript.lines import Lines, Range
from chat2anyllm_desktop.ui.transcript.outline import Leaf
from chat2anyllm_desktop.ui.transcript.part import (
    Canvas,
    Deed,
    LeafPart,
    Spot,
    formula_spot,
    link_spot,
)
from chat2anyllm_desktop.ui.transcript.runs import runs_of, units
from chat2anyllm_desktop.ui.transcript.sideways import Sideways
from chat2anyllm_desktop.ui.transcript.style import Style

FIRST_ROWS = 100
"""Rows shown until "Show all" is chosen: 500 rows of 4 cells cost 85 ms."""

_ALIGN = {
    "": Qt.AlignmentFlag.AlignLeading,
    "left": Qt.AlignmentFlag.AlignLeft,
    "center": Qt.AlignmentFlag.AlignHCenter,
    "right": Qt.AlignmentFlag.AlignRight,
}


class _CellBox:
    """One cell; ``start`` is its position in the text of the table."""

    __slots__ = ("content", "drop", "height", "lines", "start", "wanted", "width")

    def __init__(
        self, cell: nodes.Cell, style: Style, align: nodes.Align, drawings: Drawings | None, *, head: bool
    ) -> None:
        self.content = cell.content
        text, runs = runs_of(cell.inlines)
        font = style.strong if head else style.body
        self.lines = Lines(text, runs, style, font=font, align=_ALIGN[align], drawings=drawings)
        self.width = 0
        self.height = 0
        self.start = 0
        self.drop = 0
        """How much lower than the top of the row it begins: formulas and words beside them stand on one baseline."""
        self.widen()

    def widen(self) -> None:
        """Find out how wide it would be."""
        height = self.lines.lay_out(100_000, wrap=False)
        self.wanted = self.lines.natural
        self.width = 0
        if self.lines.begins_left:  # Wherever there is room it looks like this: most cells are laid out once.
            self.width, self.height = self.wanted + 1, height

    def shows(self, cell: nodes.Cell) -> bool:
        """The cell is the same, or looks the same: only references may change their meaning later."""
        new, old = cell.content, self.content
        return new is old or (new.source == old.source and "[" not in new.source)

    def fit(self, width: int) -> None:
        if self.lines.begins_left:
            width = min(width, self.wanted + 1)
        if width != self.width:
            self.width = width
            self.height = self.lines.lay_out(width)


class TableBox(LeafPart):
    """Cells are kept while a table streams: only new ones are parsed and laid out."""

    __slots__ = ("_cells", "_drawings", "_lefts", "_scroll", "_tops", "_width", "show_all")

    selectable = True

    def __init__(
        self,
        leaf: Leaf,
        style: Style,
        drawings: Drawings | None = None,
        *,
        show_all: bool = False,
        as_tex: bool = False,
    ) -> None:
        super().__init__(leaf, style, as_tex=as_tex)
        self._drawings = drawings
        self._cells: list[list[_CellBox]] = []
        self._lefts: list[int] = []
        self._tops: list[int] = []
        self._scroll = Sideways()
        self._width = 0
        self.show_all = show_all
        self.height = self.gap + (1 + self._shown) * (style.line + 3 * style.grid)

    @property
    def _node(self) -> nodes.TableBlock:
        assert isinstance(self.leaf.node, nodes.TableBlock)
        return self.leaf.node

    @property
    def rows(self) -> Sequence[tuple[nodes.Cell, ...]]:
        """What is shown, the header first."""
        return (self._node.header, *self._node.rows[: self._shown])

    @property
    def _shown(self) -> int:
        return len(self._node.rows) if self.show_all else min(len(self._node.rows), FIRST_ROWS)

    @property
    def built(self) -> bool:
        return bool(self._cells)

    @property
    def waits(self) -> bool:
        return any(cell.lines.waits for row in self._cells for cell in row)

    @property
    def text(self) -> str:
        if self._cells:
            return "\n".join("\t".join(cell.lines.text for cell in row) for row in self._cells)
        return _text_of(self.rows)

    @property
    def whole_text(self) -> str:
        hidden = self._node.rows[self._shown :]
        return f"{self.text}\n{_text_of(hidden)}" if hidden else self.text

    def update(self, leaf: Leaf) -> bool:
        if not isinstance(leaf.node, nodes.TableBlock) or leaf.node.align != self._node.align:
            return False
        if (leaf.gap, leaf.left) != (self.leaf.gap, self.leaf.left):
            return False
        self.measured = False
        self.change()
        self.leaf = leaf
        return True

    def measure(self, width: int) -> int:
        self._width = width
        style = self.style
        lefts, tops = self._lefts, self._tops
        kept = self._sync()
        room = width - self.left(width)
        pad = 2 * style.grid
        widths = _column_widths(self._cells, room - 2 * pad * len(self._node.align), 24 * style.grid)
        self._lefts = [0]
        for column in widths:
            self._lefts.append(self._lefts[-1] + column + 2 * pad)
        self._scroll.set_range(self._lefts[-1] - room)
        top = self.gap
        self._tops = [top]
        for row in self._cells:
            for cell, column in zip(row, widths, strict=True):
                cell.fit(column)
            if any(cell.lines.maths for cell in row):
                baseline = max(cell.lines.baseline for cell in row)
                for cell in row:
                    cell.drop = round(baseline - cell.lines.baseline)
            top += max((cell.drop + cell.height for cell in row), default=style.line) + 3 * style.grid
            self._tops.append(top)
        self.changed_top = tops[kept] if self._lefts == lefts and kept < len(tops) else 0
        self.height = top + 1
        if self._hidden:
            self.height += style.small_line + 2 * style.grid
        if self._scroll.limit:
            self.height += 2 * style.grid
        self.measured = True
        return self.height

    def _sync(self) -> int:
        """Make cells for what is new; keep those whose source is the same. Returns the first row that is different."""
        node, rows = self._node, self.rows
        position = 0
        kept = len(rows)
        for number, row in enumerate(rows):
            if number == len(self._cells):
                self._cells.append([])
            cells = self._cells[number]
            for column, cell in enumerate(row):
                if column >= len(cells) or not cells[column].shows(cell):
                    drawings = None if self.as_tex else self._drawings
                    box = _CellBox(cell, self.style, node.align[column], drawings, head=number == 0)
                    cells[column : column + 1] = [box]
                    kept = min(kept, number)
                elif cells[column].lines.waits:
                    cells[column].widen()
                    kept = min(kept, number)
                cells[column].start = position
                position += units(cells[column].lines.text) + 1
            del cells[len(row) :]
        del self._cells[len(rows) :]
        return kept

    @property
    def _hidden(self) -> int:
        return len(self._node.rows) - self._shown

    def release(self) -> None:
        self._cells = []

    def paint(self, canvas: Canvas) -> None:
        painter, style, tokens = canvas.painter, self.style, self.style.tokens
        left = self.left(self._width)
        self.paint_frame(canvas, left, self.gap + style.line * 0.75)
        if not self._cells:
            return
        pad = 2 * style.grid
        marks = canvas.marks()
        lit = canvas.lit.range if canvas.lit is not None and canvas.lit.deed is Deed.LINK else None
        painter.save()
        room = QRectF(left, self.gap, self._width - left, self._tops[-1] + 1 - self.gap)
        painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
        painter.translate(left - self._scroll.offset, 0)
        right = min(self._lefts[-1], self._width - left + self._scroll.offset)
        first = max(0, bisect_right(self._tops, canvas.top) - 1)
        for number in range(first, len(self._cells)):
            top = self._tops[number]
            if top > canvas.bottom:
                break
            for column, cell in enumerate(self._cells[number]):
                end = cell.start + units(cell.lines.text)
                inside = [
                    (_within(r, cell.start, end), c) for r, c in marks if r[0] < end and r[1] > cell.start
                ]
                hovered = None
                if lit is not None and cell.start <= lit[0] < end:
                    hovered = (lit[0] - cell.start, lit[1] - cell.start)
                x, y = self._lefts[column] + pad, self._text_top(number, cell)
                cell.lines.paint(painter, x, y, marks=inside, hovered=hovered)
            line = tokens.control if number == 0 else tokens.hairline
            painter.fillRect(QRectF(0, self._tops[number + 1] - 1, right, 1), line)
        painter.restore()
        self._paint_foot(canvas, left)

    def _paint_foot(self, canvas: Canvas, left: int) -> None:
        style, tokens, painter = self.style, self.style.tokens, canvas.painter
        for spot in self._foot():
            painter.setFont(style.small)
            painter.setPen(tokens.accent)
            if spot.area is not None:
                painter.drawText(spot.area, Qt.AlignmentFlag.AlignVCenter, spot.label)
        track = QRectF(left, self.height - style.grid - 1, self._width - left, 4)
        self._scroll.paint(painter, track, tokens.text_muted if canvas.active else tokens.control)

    def _foot(self) -> list[Spot]:
        if not self._hidden or not self._tops:
            return []
        label = tr("Show all {count:,} rows", count=len(self._node.rows))
        width = self.style.text_width(label)
        top = self._tops[-1] + self.style.grid
        area = QRectF(self.left(self._width), top, width, self.style.small_line + self.style.grid)
        return [Spot(Deed.SHOW_ALL, label, area=area)]

    def _cell_at(self, x: float, y: float) -> tuple[_CellBox, float, float] | None:
        """The cell nearest to a point, and the place of its text."""
        if not self._cells:
            return None
        x -= self.left(self._width) - self._scroll.offset
        row = max(0, min(bisect_right(self._tops, y) - 1, len(self._cells) - 1))
        column = max(0, min(bisect_right(self._lefts, x) - 1, len(self._cells[row]) - 1))
        grid = self.style.grid
        cell = self._cells[row][column]
        return cell, self._lefts[column] + 2 * grid, self._text_top(row, cell)

    def _text_top(self, row: int, cell: _CellBox) -> float:
        return self._tops[row] + self.style.grid * 1.5 + cell.drop

    def position_at(self, x: float, y: float) -> int:
        found = self._cell_at(x, y)
        if found is None:
            return 0
        cell, left, top = found
        x -= self.left(self._width) - self._scroll.offset
        return cell.start + cell.lines.position_at(x - left, y - top)

    def top_of(self, position: int) -> int:
        return self._tops[self._row_of(position)] if self._cells else self.gap

    def cursor_rect(self, position: int) -> QRectF:
        if not self._cells:
            return super().cursor_rect(position)
        number = self._row_of(position)
        row = self._cells[number]
        column = max(0, bisect_right(row, position, key=lambda cell: cell.start) - 1)
        x = self.left(self._width) - self._scroll.offset + self._lefts[column] + 2 * self.style.grid
        rect = row[column].lines.cursor_rect(position - row[column].start)
        return rect.translated(x, self._text_top(number, row[column]))

    def _row_of(self, position: int) -> int:
        rows = self._cells
        return max(0, bisect_right(rows, position, key=lambda row: row[0].start if row else 0) - 1)

    def spot_at(self, x: float, y: float) -> Spot | None:
        if (found := self._cell_at(x, y)) is not None:
            cell, left, top = found
            shift = self.left(self._width) - self._scroll.offset
            run = cell.lines.link_at(x - shift - left, y - top)
            if run is not None:
                return _moved(link_spot(run, cell.lines, shift + left, top), cell.start)
        return next((s for s in self._foot() if s.area is not None and s.area.contains(x, y)), None)

    def spots(self) -> Sequence[Spot]:
        grid = self.style.grid
        shift = self.left(self._width) - self._scroll.offset
        found: list[Spot] = []
        for number, row in enumerate(self._cells):
            for column, cell in enumerate(row):
                x, y = shift + self._lefts[column] + 2 * grid, self._text_top(number, cell)
                found += [_moved(link_spot(run, cell.lines, x, y), cell.start) for run in cell.lines.links]
                for run in cell.lines.maths:
                    if self.as_tex or cell.lines.drawn(run):
                        spot = formula_spot(run, cell.lines, x, y, as_tex=self.as_tex)
                        found.append(_moved(spot, cell.start))
        return found + self._foot()

    def whole(self, start: int, end: int) -> Range:
        for row in self._cells:
            for cell in row:
                if cell.lines.maths:
                    at = cell.start
                    start, end = (at + side for side in cell.lines.whole(start - at, end - at))
        return start, end

    def formula_at(self, x: float, y: float) -> Spot | None:
        if (found := self._cell_at(x, y)) is None:
            return None
        cell, left, top = found
        left += self.left(self._width) - self._scroll.offset
        run = cell.lines.formula_at(x - left, y - top)
        if run is None:
            return None
        return _moved(formula_spot(run, cell.lines, left, top, as_tex=self.as_tex), cell.start)

    def cell_area(self, row: int, column: int) -> QRectF:
        """Where a cell is; row 0 is the header. Empty while nothing is laid out."""
        if not 0 <= row < len(self._tops) - 1 or not 0 <= column < len(self._lefts) - 1:
            return QRectF()
        left, top = self._lefts[column], self._tops[row]
        x = self.left(self._width) - self._scroll.offset + left
        return QRectF(x, top, self._lefts[column + 1] - left, self._tops[row + 1] - top)

    def scroll_by(self, dx: float, y: float) -> bool:
        return y >= self.gap and self._scroll.by(dx)


def _text_of(rows: Iterable[Sequence[nodes.Cell]]) -> str:
    return "\n".join("\t".join(runs_of(cell.inlines)[0] for cell in row) for row in rows)


def _within(found: Range, start: int, end: int) -> Range:
    return (max(found[0], start) - start, min(found[1], end) - start)


def _moved(spot: Spot, by: int) -> Spot:
    """The spot of a cell's link, with its range counted in the whole table."""
    assert spot.range is not None
    return replace(spot, range=(spot.range[0] + by, spot.range[1] + by))


def _column_widths(rows: Sequence[Sequence[_CellBox]], room: int, least: int) -> list[int]:
    """As wide as the widest cell; where that is too much, the widest columns give way, down to ``least`` pixels."""
    columns = len(rows[0]) if rows else 0
    widths = [max((row[column].wanted for row in rows), default=0) + 1 for column in range(columns)]
    if sum(widths) <= room:
        return widths
    floors = [
        max(min(width, least), *(row[column].lines.widest_formula for row in rows))
        for column, width in enumerate(widths)
    ]
    low, high = 0, max(widths, default=0)
    while low < high:  # the largest cap under which everything fits
        middle = (low + high + 1) // 2
        if sum(max(floor, min(width, middle)) for floor, width in zip(floors, widths, strict=True)) <= room:
            low = middle
        else:
            high = middle - 1
    return [max(floor, min(width, low)) for floor, width in zip(floors, widths, strict=True)]
