"""What is selected: from one place in the conversation to another, whatever is on screen."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from PySide6.QtCore import QTextBoundaryFinder

from chat2anyllm_desktop.ui.transcript.drift import moved
from chat2anyllm_desktop.ui.transcript.layout import Layout, Placed
from chat2anyllm_desktop.ui.transcript.lines import Range
from chat2anyllm_desktop.ui.transcript.part import Part
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.runs import LINE_SEPARATOR, cut, units

END = 1 << 60
_SPLIT = 4
"""Parts that one may become while a place in it is looked for."""

_Order = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A position in the text of a part. ``section`` and ``index`` are those of :meth:`Row.locate`: they hold while text
    is added behind and while things are folded above."""

    row: Row
    section: int
    index: int
    offset: int


class Selection:
    """From ``anchor``, where it was begun, to ``head``, where it has been drawn to.

    Both go with the text: an answer that streams becomes another in front of them when markup is closed or a reference is
    defined."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.anchor: Place | None = None
        self.head: Place | None = None
        self._shown: dict[tuple[str, int, int], tuple[Part, int, str]] = {}
        """The part that a place is in, its version, and the text that the place was counted in."""

    @property
    def empty(self) -> bool:
        ends = self.ends()
        return ends is None or ends[0] == ends[1]

    def clear(self) -> None:
        self.anchor = self.head = None
        self._shown.clear()

    def begin(self, place: Place) -> None:
        self.set(place, place)

    def extend(self, place: Place) -> None:
        self.set(self.anchor or place, place)

    def set(self, first: Place, last: Place) -> None:
        known, self._shown = self._shown, {}
        self.anchor, self.head = first, last
        for place in (first, last):
            key = _key(place)
            part = self._part(place)
            if key in known:
                self._shown[key] = known[key]
            elif part is not None:
                self._shown[key] = part, part.version, part.text

    def select_all(self) -> None:
        rows = self._layout.rows
        if rows:
            self.set(Place(rows[0], 0, 0, 0), Place(rows[-1], 1, END, END))

    def ends(self) -> tuple[Place, Place] | None:
        """First and last place; None when nothing is selected, or what was is gone."""
        if self.anchor is None or self.head is None:
            return None
        first, last = self._order(self.anchor), self._order(self.head)
        if first is None or last is None:
            self.clear()
            return None
        forward = first <= last
        if self._has_changed(self.anchor) or self._has_changed(self.head):
            anchor, head = self._gone_with(self.anchor, forward), self._gone_with(self.head, not forward)
            self._shown.clear()
            self.set(anchor, head)
        return (self.anchor, self.head) if forward else (self.head, self.anchor)

    def _part(self, place: Place) -> Part | None:
        number = place.row.number_of(place.section, place.index)
        return place.row.parts[number] if number is not None else None

    def _has_changed(self, place: Place) -> bool:
        part, known = self._part(place), self._shown.get(_key(place))
        return part is not None and known is not None and (part is not known[0] or part.version != known[1])

    def _gone_with(self, place: Place, begins: bool) -> Place:
        """Where a place is now. One part may have become several: the head of a table was the last line of a paragraph."""
        known, number = self._shown.get(_key(place)), place.row.number_of(place.section, place.index)
        if known is None or number is None or place.offset == END:
            return place
        old, row = known[2], place.row
        if row.parts[number].text.startswith(old):
            return place
        texts: list[str] = []
        for part in islice(row.parts, number, number + _SPLIT):
            if not part.selectable or sum(map(len, texts)) > len(old):
                break
            texts.append(part.text)
        at = moved(old, "\n".join(texts), len(cut(old, 0, place.offset)), begins=begins)
        index = place.index
        while len(texts) > 1 and (at > len(texts[0]) or (begins and at == len(texts[0]))):
            at -= len(texts.pop(0)) + 1
            index += 1
        return Place(row, place.section, index, units(texts[0][: max(at, 0)]))

    def range_in(self, placed: Placed) -> Range | None:
        """What is selected of a part on screen."""
        ends = self.ends()
        where = placed.row.locate(placed.number) if placed.part.selectable else None
        if ends is None or where is None:
            return None
        return self._range(ends, (placed.index, *where), placed.part)

    def ranges_of(self, row: Row) -> list[tuple[int, Range]]:
        """What is selected of an open row: numbers of its parts, and the range in each."""
        ends, index = self.ends(), self._layout.index_of(row)
        found = []
        if ends is not None and index is not None:
            for number, part in enumerate(row.parts):
                where = row.locate(number) if part.selectable else None
                span = self._range(ends, (index, *where), part) if where is not None else None
                if span is not None:
                    found.append((number, span))
        return found

    def covers(self, row: Row) -> bool:
        """The whole body of a row is selected."""
        ends, index = self.ends(), self._layout.index_of(row)
        if ends is None or index is None:
            return False
        first, last = self._order(ends[0]), self._order(ends[1])
        if first is None or last is None or first > (index, 1, 0, 0):
            return False
        if last[0] > index or row.body is None or not row.body.parts:
            return last[0] > index
        at = len(row.body.parts) - 1
        return last >= (index, 1, at, units(row.body.parts[at].text))

    def _range(self, ends: tuple[Place, Place], part: tuple[int, int, int], shown: Part) -> Range | None:
        first, last = self._order(ends[0]), self._order(ends[1])
        if first is None or last is None or part < first[:3] or part > last[:3]:
            return None
        length = units(shown.text)
        start = min(first[3], length) if part == first[:3] else 0
        end = min(last[3], length) if part == last[:3] else length
        if start == end and part in (first[:3], last[:3]):
            return None
        return shown.whole(start, end)

    def _order(self, place: Place) -> _Order | None:
        index = self._layout.index_of(place.row)
        return None if index is None else (index, place.section, place.index, place.offset)


def _key(place: Place) -> tuple[str, int, int]:
    return place.row.id, place.section, place.index


def word_at(text: str, position: int) -> Range:
    """The word that a position is in, or the stretch between words."""
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Word, text)
    length = units(text)
    finder.setPosition(min(position, length))
    start = position if finder.isAtBoundary() and position < length else finder.toPreviousBoundary()
    finder.setPosition(max(start, 0))
    end = finder.toNextBoundary()
    return max(start, 0), end if end >= 0 else length


def paragraph_at(text: str, position: int) -> Range:
    """The line of the source that a position is in."""
    data = text.encode("utf-16-le", "surrogatepass")
    ends = [mark.encode("utf-16-le") for mark in ("\n", LINE_SEPARATOR)]
    start = max((_find_back(data, mark, position) for mark in ends), default=0)
    stops = [found for mark in ends if (found := _find(data, mark, position)) >= 0]
    return start, min(stops, default=len(data) // 2)


def _find(data: bytes, mark: bytes, position: int) -> int:
    at = data.find(mark, 2 * position)
    while at >= 0 and at % 2:
        at = data.find(mark, at + 1)
    return at // 2 if at >= 0 else -1


def _find_back(data: bytes, mark: bytes, position: int) -> int:
    at = data.rfind(mark, 0, 2 * position)
    while at >= 0 and at % 2:
        at = data.rfind(mark, 0, at + 1)
    return at // 2 + 1 if at >= 0 else 0
