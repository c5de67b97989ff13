"""Finding text in the conversation: counted in the messages, marked where it is on screen."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate, islice

from chat2anyllm_desktop.render.data_addresses import blanked
from chat2anyllm_desktop.ui.transcript.layout import Layout, Placed
from chat2anyllm_desktop.ui.transcript.lines import Range
from chat2anyllm_desktop.ui.transcript.part import Part
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.runs import units

_MOST = 500_000
"""Matches in one message; of more, the last."""
_FEW = 300
"""Matches in one part that are all marked; of more, those on screen."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a message holds the query, in characters of its source; ``first`` is the number of the first match."""

    row: Row
    offsets: array[int]
    first: int


@dataclass(frozen=True, slots=True)
class _Current:
    """Where the current match is shown."""

    row: Row
    index: int
    range: Range


class Find:
    """Ignores case. Matches are looked for in what was written, so that messages that are not on screen need not be
    laid out; a word that markup interrupts is not found."""

    def __init__(self, page: Layout) -> None:
        self._page = page
        self.query = ""
        self.count = 0
        """Of all matches."""
        self.number = -1
        """Of the current match; -1 when there is none."""
        self._found: list[_Found] = []
        self._current: _Current | None = None
        self._shown: dict[Part, tuple[str, array[int]]] = {}
        """Of parts on screen: the text, and where the query is in it."""

    def search(self, query: str) -> int:
        """Look for ``query``; returns how often it is there. The last occurrence becomes the current one, because
        that is where people are."""
        self.query = query
        self.number = -1
        self._current = None
        self.refresh()
        self.number = self.count - 1
        return self.count

    def search_in(self, query: str, message_id: str) -> bool:
        """Look for ``query``; its first occurrence in a message becomes the current one. False when there is none."""
        self.search(query)
        here = next((found for found in self._found if found.row.id == message_id), None)
        if here is not None:
            self.number = here.first
        return here is not None

    def refresh(self) -> None:
        """Messages have changed: count again, and stay at the current match."""
        here = self._match() if self.number >= 0 else None
        query = self.query.lower()
        self._found, self.count = [], 0
        self._shown.clear()
        if query:
            for row in self._page.rows:
                offsets = _offsets(row.source, query)
                if offsets:
                    self._found.append(_Found(row, offsets, self.count))
                    self.count += len(offsets)
        if here is not None:
            self.number = self._number_of(*here)

    def step(self, by: int) -> None:
        if self.count:
            self.number = (self.number + by) % self.count

    def show(self) -> None:
        """Bring the current match on screen, a third of the way down, unless it is there already."""
        self._current = None
        match = self._match()
        if match is None:
            return
        row, offset = match
        if not self._page.opened(row) or row.body is None or not row.body.parts:
            return
        offsets = next(found.offsets for found in self._found if found.row is row)
        characters, parts = row.body.block_around(offset)
        here = bisect_left(offsets, offset)
        before = here - bisect_left(offsets, characters.start)
        behind = bisect_left(offsets, characters.stop) - here - 1
        index, found = self._nth(row, parts, before, behind)
        if found is not None:
            self._current = _Current(row, index, found)
        number = row.body_first + index
        part = self._page.measured(row, number)
        top = part.top_of(found[0]) if found is not None else 0
        for placed in self._page.placed:
            if placed.row is row and placed.number == number:
                y = placed.y + top
                if 0 <= y < self._page.height - 3 * row.style.line:
                    return
        self._page.show(row, number, self._page.height // 3 - top)

    def ranges_in(self, placed: Placed) -> tuple[list[Range], Range | None]:
        """The matches in a part on screen, where there are many only those to be seen, and the current one if it is
        there."""
        where = placed.row.locate(placed.number) if self.query and placed.part.selectable else None
        if where is None or where[0] == 0:
            return [], None
        current = self._current
        here = current is not None and current.row is placed.row and current.index == where[1]
        found = self._starts(placed.part)
        if len(found) > _FEW:
            found = found[slice(*_on_screen(placed, self._page.height, found))]
        length = units(self.query)
        marked = [(start, start + length) for start in found]
        return marked, current.range if here and current is not None else None

    def _match(self) -> tuple[Row, int] | None:
        """Message and offset of the current match."""
        if not 0 <= self.number < self.count:
            return None
        found = self._found[bisect_right(self._found, self.number, key=lambda found: found.first) - 1]
        return found.row, found.offsets[self.number - found.first]

    def _number_of(self, row: Row, offset: int) -> int:
        """The number of the match there, of the last one where it is gone."""
        for found in self._found:
            if found.row is row:
                index = bisect_left(found.offsets, offset)
                if index < len(found.offsets) and found.offsets[index] == offset:
                    return found.first + index
        return self.count - 1

    def _nth(self, row: Row, indices: range, before: int, behind: int) -> tuple[int, Range | None]:
        """The match shown in these parts of the body that has so many before and behind it, counted from the nearer
        end."""
        assert row.body is not None
        query, length = self.query.lower(), units(self.query)
        from_end = behind < before
        left = behind if from_end else before
        last: tuple[int, Range | None] = (indices.start, None)
        for index in reversed(indices) if from_end else indices:
            part = row.body.parts[index]
            if not part.may_hold(query):
                continue
            found = self._starts(part)
            if not found:
                continue
            start = found[max(-1 - left, -len(found)) if from_end else min(left, len(found) - 1)]
            last = (index, (start, start + length))
            if left < len(found):
                break
            left -= len(found)
        return last

    def _starts(self, part: Part) -> array[int]:
        """Where the query begins in a part. Kept: a part may be long, and is drawn with every frame."""
        text = part.text
        known = self._shown.get(part)
        if known is not None and known[0] == text:
            return known[1]
        if len(self._shown) > _FEW:
            self._shown.clear()
        found = starts(text, self.query.lower())
        self._shown[part] = (text, found)
        return found


def _on_screen(placed: Placed, height: int, found: array[int]) -> tuple[int, int]:
    """First and end of the matches in what is to be seen of a part, and around it."""
    part, top, bottom = placed.part, max(0, -placed.y), height - placed.y
    ends = [part.position_at(x, y) for x in (0, 1 << 20) for y in (top, bottom)]
    first, end = bisect_left(found, min(ends)), bisect_right(found, max(ends))
    return max(0, first - 1), end


def starts(text: str, query: str) -> array[int]:
    """Where a query in lower case begins in a shown text, in UTF-16 code units."""
    found = _offsets(text, query)
    if text.isascii() or not found:
        return found
    steps = (units(text[start:end]) for start, end in zip((0, *found), found, strict=False))
    return array("q", accumulate(steps))


def _offsets(text: str, query: str) -> array[int]:
    """Of every occurrence of a query in lower case, without overlaps; not in the data of images."""
    text = blanked(text)
    lower = text.lower()
    if len(lower) != len(text):  # a few letters have longer small forms
        return array("q", (found.start() for found in re.finditer(re.escape(query), text, re.IGNORECASE)))
    count = lower.count(query)
    if not count:
        return array("q")
    pieces = lower.split(query) if count <= _MOST else lower.rsplit(query, _MOST)
    size = len(query)
    # What stands in front of each occurrence, and it itself: a sum of lengths, which C does for a million of them.
    ends = accumulate(map(size.__add__, map(len, pieces)), initial=-size)
    offsets = array("q", islice(ends, 1, None))
    offsets.pop()
    return offsets
