"""Where everything is: which parts of which messages are on screen, and at what height.

What is read is held, not the scroll bar's number: an anchor (a part, and where its top is in the view) stays put while
heights above it, which were estimates, become known. The number follows from the anchor.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter

from chat2anyllm_desktop.ui.transcript.code_box import CodeBox
from chat2anyllm_desktop.ui.transcript.part import Part
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.stack import Stack

_LAST = 1 << 30
"""Number of the last part, whichever that is."""


@dataclass(slots=True)
class Anchor:
    """Part ``number`` of ``row`` has its top at ``y`` in the view. ``part`` tells it when numbers have moved."""

    row: Row
    number: int
    y: int
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A part on screen; ``y`` is its top in the view."""

    index: int
    row: Row
    number: int
    part: Part
    y: int


@dataclass(frozen=True, slots=True)
class _Mark:
    """The text position at the top of the view, kept while the width changes: ``y`` is where its line is."""

    part: Part
    position: int
    y: int


class Layout(Stack):
    """What of the stack is on screen, in a view of ``width`` by ``height`` pixels.

    ``follow``: the end is on screen, and shall stay there when text comes. After :meth:`settle`, ``placed`` says what
    is on screen and ``offset`` of ``maximum`` where that is.
    """

    def __init__(self, top: int, bottom: int) -> None:
        super().__init__()
        self.height = 400
        self.top = top
        """Space above the first row."""
        self.bottom = bottom
        self.follow = True
        self.placed: list[Placed] = []
        self.offset = 0
        self._anchor: Anchor | None = None
        self._mark: _Mark | None = None
        self._held = False

    @property
    def total(self) -> int:
        return self.top + self.heights.total + self.bottom

    @property
    def maximum(self) -> int:
        return max(0, self.total - self.height)

    @property
    def anchor(self) -> Anchor | None:
        return self._anchor

    # Changes of the rows -----------------------------------------------------------------------------------------------
    def set_rows(self, rows: Iterable[Row]) -> None:
        super().set_rows(rows)
        self._anchor = None
        self._mark = None
        self.placed = []
        self.follow = True

    def replace(self, first: int, last: int, rows: Sequence[Row]) -> None:
        """The rows from ``first`` to before ``last`` make way for others. Where the foot of the first was held, that of the
        first new one will be."""
        gone, anchor = self.rows[first:last], self._anchor
        super().replace(first, last, rows)
        if anchor is not None and anchor.row in gone:
            near = self.rows[min(first, len(self.rows) - 1)] if self.rows else None
            foot = bool(rows) and anchor.row is gone[0] and anchor.number == len(anchor.row.parts) - 1
            self._anchor = Anchor(near, _LAST if foot else 0, anchor.y) if near is not None else None

    def close_all(self) -> None:
        super().close_all()
        self._mark = None

    def unmeasure_waiting(self) -> bool:
        """Parts that wait for drawings of formulas have to be laid out again: the first line in view that is whole will
        stay there. False when there are none."""
        waiting = self.waiting
        if waiting and not self.follow and self._mark is None:
            self._mark = self._reading_mark(whole=True)
        for part in waiting:
            part.measured = False
            part.change()
        return bool(waiting)

    def set_size(self, width: int, height: int) -> None:
        """Another size of the view. The line that was at its top stays there."""
        if width != self.width and not self.follow and self._mark is None:
            self._mark = self._reading_mark()
        self.width = width
        self.height = height

    # Scrolling ---------------------------------------------------------------------------------------------------------
    def scroll_by(self, dy: int) -> None:
        """Towards the end for positive values, in pixels."""
        if self._anchor is None or not dy:
            return
        self._mark = None
        self.follow = False
        self._anchor.y -= dy
        self.settle()
        # Where all is on screen nothing can be scrolled up, and the end stays on screen.
        self.follow = self.offset >= self.maximum - (dy > 0)

    def scroll_to(self, offset: int) -> None:
        if offset <= 0 and self.rows:  # Where heights above are estimates no distance leads there.
            self.show(self.rows[0], 0, self.top)
            self.follow = self.offset >= self.maximum
            return
        if abs(offset - self.offset) <= self.height * 3 // 2 and self._anchor is not None:
            self.scroll_by(offset - self.offset)
            return
        if not self.rows:
            return
        inside = offset - self.top
        index = self.heights.at(inside)
        row = self.open_at(index)
        inside -= self.heights.before(index)
        number = row.heights.at(inside)
        self.show(row, number, row.heights.before(number) - inside)
        self.follow = self.offset >= self.maximum - 1

    def show(self, row: Row, number: int, y: int) -> None:
        """Put the top of a part at ``y``, as near as the ends allow."""
        self._mark = None
        self.follow = False
        self._anchor = Anchor(row, number, y)
        self.settle()

    def hold(self, row: Row, number: int) -> None:
        """Make a part on screen the one that stays where it is, whatever happens above or below, at the next layout. The
        end is followed again if that leaves it on screen."""
        for placed in self.placed:
            if placed.row is row and placed.number == number:
                self._mark = None
                self.follow = False
                self._anchor = Anchor(row, number, placed.y, placed.part)
                self._held = True

    def to_end(self) -> None:
        self._mark = None
        self.follow = True
        self.settle()

    def numbers_of(self, row: Row) -> tuple[int, int]:
        """The first part of a row that is on screen, and the one behind the last."""
        numbers = [placed.number for placed in self.placed if placed.row is row]
        return (numbers[0], numbers[-1] + 1) if numbers else (0, 0)

    def at(self, y: float) -> Placed | None:
        """What is at a height of the view; the nearest where there is nothing."""
        if not self.placed:
            return None
        number = bisect_right(self.placed, y, key=lambda placed: placed.y) - 1
        return self.placed[max(0, number)]

    # Layout ------------------------------------------------------------------------------------------------------------
    def settle(self) -> None:
        """Lay out what is on screen, around what is read."""
        if not self.rows:
            self.placed, self.offset, self._anchor = [], 0, None
            return
        placed = deque([self._start()])
        for _ in range(4):
            self._fill(placed)
            shift = self._excess(placed)
            if not shift:
                break
            placed = deque(Placed(p.index, p.row, p.number, p.part, p.y + shift) for p in placed)
        while len(placed) > 1 and placed[0].y + placed[0].part.height <= 0:
            placed.popleft()
        while len(placed) > 1 and placed[-1].y >= self.height:
            placed.pop()
        self.placed = list(placed)
        first = placed[0]
        before = self.heights.before(first.index) + first.row.heights.before(first.number)
        self.offset = max(0, min(self.top + before - first.y, self.maximum))
        self._anchor = Anchor(first.row, first.number, first.y, first.part)
        if self._held:
            self._held = False
            self.follow = self.offset >= self.maximum
        self.forget({placed.part for placed in self.placed}, {placed.row for placed in self.placed})

    def ahead(self, budget: float) -> bool:
        """Lay out what lies just outside the view, for up to ``budget`` seconds; True when there is more to do."""
        if not self.placed:
            return False
        deadline = perf_counter() + budget
        for step, far in ((self._below, 2 * self.height), (self._above, -self.height)):
            at = self.placed[-1] if far > 0 else self.placed[0]
            while (at.y < far) if far > 0 else (at.y > far):
                if perf_counter() > deadline:
                    return True
                found = step(at)
                if found is None:
                    break
                at = found
        return False

    def pale_box(self) -> CodeBox | None:
        """A code box that is laid out and wants colours, one on screen before others."""
        pale, shown = self.pale, {placed.part for placed in self.placed}
        return next((box for box in pale if box in shown), pale[-1] if pale else None)

    def _start(self) -> Placed:
        """The part that everything else is placed around."""
        anchor = self._anchor
        index = None if anchor is None or self.follow else self.index_of(anchor.row)
        if anchor is None or index is None:
            index = len(self.rows) - 1
            row = self.open_at(index)
            number = len(row.parts) - 1
            height = self.measure_at(index, number)
            return Placed(index, row, number, row.parts[number], self.height - self.bottom - height)
        row = self.open_at(index)
        number = min(anchor.number, len(row.parts) - 1)
        if anchor.part is not None and row.parts[number] is not anchor.part and anchor.part in row.parts:
            number = row.parts.index(anchor.part)
        self.measure_at(index, number)
        part, y = row.parts[number], anchor.y
        if self._mark is not None and self._mark.part is part:
            y = self._mark.y - part.top_of(self._mark.position)
        return Placed(index, row, number, part, y)

    def _fill(self, placed: deque[Placed]) -> None:
        while placed[0].y > 0 and (above := self._above(placed[0])) is not None:
            placed.appendleft(above)
        while (last := placed[-1]).y + last.part.height < self.height:
            below = self._below(last)
            if below is None:
                break
            placed.append(below)

    def _excess(self, placed: deque[Placed]) -> int:
        """How far everything has to move because there is nothing before the first or behind the last part."""
        first, last = placed[0], placed[-1]
        at_start = first.index == 0 and first.number == 0
        at_end = last.index == len(self.rows) - 1 and last.number == len(last.row.parts) - 1
        slack = self.height - self.bottom - (last.y + last.part.height) if at_end else 0
        if at_start and first.y > self.top:
            return self.top - first.y
        if slack > 0:
            return min(slack, self.top - first.y) if at_start else slack
        return 0

    def _above(self, placed: Placed) -> Placed | None:
        index, number = placed.index, placed.number - 1
        row = placed.row
        if number < 0:
            if index == 0:
                return None
            index -= 1
            row = self.open_at(index)
            number = len(row.parts) - 1
        height = self.measure_at(index, number)
        return Placed(index, row, number, row.parts[number], placed.y - height)

    def _below(self, placed: Placed) -> Placed | None:
        index, number = placed.index, placed.number + 1
        row = placed.row
        if number >= len(row.parts):
            if index + 1 >= len(self.rows):
                return None
            index, number = index + 1, 0
            row = self.open_at(index)
        self.measure_at(index, number)
        return Placed(index, row, number, row.parts[number], placed.y + placed.part.height)

    def _reading_mark(self, *, whole: bool = False) -> _Mark | None:
        """The line at the top of the view; where it is cut off by that, the next one if it is to be ``whole``."""
        for placed in self.placed:
            if placed.part.selectable and placed.y + placed.part.height > 0:
                position = placed.part.position_at(0, max(0, -placed.y))
                if whole and placed.y + placed.part.top_of(position) < 0:
                    below = max(0, -placed.y) + placed.part.style.line
                    position = max(position, placed.part.position_at(0, below))
                line = placed.y + placed.part.top_of(position)
                if self._anchor is not None:
                    self._anchor = Anchor(placed.row, placed.number, placed.y, placed.part)
                return _Mark(placed.part, position, line)
        return None
