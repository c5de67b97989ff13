"""Finding text in the conversation: counted in the messages, marked where it is on screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chat2anyllm_desktop.render.data_addresses import blanked
from chat2anyllm_desktop.ui.transcript.layout import Layout, Placed
from chat2anyllm_desktop.ui.transcript.lines import Range
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.runs import units


@dataclass(frozen=True, slots=True)
class Match:
    """An occurrence in the source of a message, at ``offset`` characters."""

    row: Row
    offset: int


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
        self.matches: list[Match] = []
        self.number = -1
        """Of the current match; -1 when there is none."""
        self._current: _Current | None = None

    def search(self, query: str) -> int:
        """Look for ``query``; returns how often it is there. The last occurrence becomes the current one, because
        that is where people are."""
        self.query = query
        self.refresh()
        self.number = len(self.matches) - 1
        self._current = None
        return len(self.matches)

    def refresh(self) -> None:
        """Messages have changed: count again, and stay at the current match."""
        here = self.matches[self.number] if 0 <= self.number < len(self.matches) else None
        query = self.query.lower()
        self.matches = []
        if query:
            for row in self._page.rows:
                self.matches += [Match(row, offset) for offset in _offsets(row.source, query)]
        if here is not None:
            self.number = self.matches.index(here) if here in self.matches else len(self.matches) - 1

    def step(self, by: int) -> None:
        if self.matches:
            self.number = (self.number + by) % len(self.matches)

    def show(self) -> None:
        """Bring the current match on screen, a third of the way down, unless it is there already."""
        self._current = None
        if not 0 <= self.number < len(self.matches):
            return
        match = self.matches[self.number]
        row = match.row
        if not self._page.opened(row) or row.body is None or not row.body.parts:
            return
        first = row.body.part_at(match.offset)
        nth = len(
            list(_offsets(row.source[row.body.block_start(match.offset) : match.offset], self.query.lower()))
        )
        index, found = self._nth(row, first, nth)
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
        """All matches in a part on screen, and the current one if it is there."""
        where = placed.row.locate(placed.number) if self.query and placed.part.selectable else None
        if where is None or where[0] == 0:
            return [], None
        current = self._current
        here = current is not None and current.row is placed.row and current.index == where[1]
        return ranges(placed.part.text, self.query), current.range if here and current is not None else None

    def _nth(self, row: Row, first: int, nth: int) -> tuple[int, Range | None]:
        """The ``nth`` match shown from part ``first`` of the body on, within its block."""
        assert row.body is not None
        parts = row.body.parts
        last: tuple[int, Range | None] = (first, None)
        for index in range(first, len(parts)):
            if parts[index].leaf.block != parts[first].leaf.block:
                break
            for found in ranges(parts[index].text, self.query):
                last = (index, found)
                if not nth:
                    return last
                nth -= 1
        return last


def ranges(text: str, query: str) -> list[Range]:
    """Where ``query`` stands in a shown text, in UTF-16 code units."""
    length = units(query)
    if text.isascii():
        return [(offset, offset + length) for offset in _offsets(text, query.lower())]
    return [(at := units(text[:offset]), at + length) for offset in _offsets(text, query.lower())]


def _offsets(text: str, query: str) -> Iterator[int]:
    """Of every occurrence of a query in lower case, without overlaps; not in the data of images."""
    text = blanked(text)
    lower = text.lower()
    if len(lower) != len(text):  # a few letters have longer small forms
        yield from (found.start() for found in re.finditer(re.escape(query), text, re.IGNORECASE))
        return
    at = lower.find(query)
    while at >= 0:
        yield at
        at = lower.find(query, at + len(query))
