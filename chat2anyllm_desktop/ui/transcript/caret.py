"""Selecting by keyboard: a place in the text that keys move, through the parts of a message and into the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QTextLayout

from chat2anyllm_desktop.ui.transcript.layout import Layout
from chat2anyllm_desktop.ui.transcript.lines import is_rtl
from chat2anyllm_desktop.ui.transcript.part import Part
from chat2anyllm_desktop.ui.transcript.prose import Prose
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.runs import cut, units
from chat2anyllm_desktop.ui.transcript.selection import Place, Selection

_Standard = QKeySequence.StandardKey

_KEYS = (
    (_Standard.SelectNextChar, _Standard.MoveToNextChar, "character", 1),
    (_Standard.SelectPreviousChar, _Standard.MoveToPreviousChar, "character", -1),
    (_Standard.SelectNextWord, _Standard.MoveToNextWord, "word", 1),
    (_Standard.SelectPreviousWord, _Standard.MoveToPreviousWord, "word", -1),
    (_Standard.SelectNextLine, _Standard.MoveToNextLine, "line", 1),
    (_Standard.SelectPreviousLine, _Standard.MoveToPreviousLine, "line", -1),
    (_Standard.SelectNextPage, _Standard.MoveToNextPage, "page", 1),
    (_Standard.SelectPreviousPage, _Standard.MoveToPreviousPage, "page", -1),
    (_Standard.SelectEndOfLine, _Standard.MoveToEndOfLine, "end of line", 1),
    (_Standard.SelectStartOfLine, _Standard.MoveToStartOfLine, "end of line", -1),
    (_Standard.SelectEndOfBlock, _Standard.MoveToEndOfBlock, "end of block", 1),
    (_Standard.SelectStartOfBlock, _Standard.MoveToStartOfBlock, "end of block", -1),
    (_Standard.SelectEndOfDocument, _Standard.MoveToEndOfDocument, "end", 1),
    (_Standard.SelectStartOfDocument, _Standard.MoveToStartOfDocument, "end", -1),
)
"""The key that selects, the one that only moves, how far, and towards the end (1) or the beginning (-1)."""

_NEAR = 2000
"""Code units to both sides in which the next character or word is looked for: a part may be a megabyte."""
_FAR = 1e6


@dataclass(frozen=True, slots=True)
class _At:
    """A position in the text of a part."""

    row: Row
    number: int
    offset: int


class Caret(QObject):
    """Moves the head of the selection, and brings it on screen. Keys that only move work once the caret is shown.

    Signals: ``moved``, and the wish ``scroll_requested(pixels)``.
    """

    moved = Signal()
    scroll_requested = Signal(int)

    def __init__(self, page: Layout, selection: Selection, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._selection = selection
        self._shown = False
        self._x: float | None = None
        """Where in the column going up and down through the lines began."""

    @property
    def shown(self) -> bool:
        """The keyboard selects."""
        return self._shown and self._selection.head is not None

    @property
    def holds(self) -> bool:
        """There is something for Esc to let go of."""
        return self.shown or not self._selection.empty

    def hide(self) -> None:
        """What is selected stays."""
        self._shown = False
        self._x = None

    def place(self) -> tuple[Part, int] | None:
        """The part and the position in its text where the caret is drawn."""
        head = self._selection.head
        at = self._resolved(head) if self._shown and head is not None and head.row.opened else None
        return (at.row.parts[at.number], at.offset) if at is not None else None

    def press(self, event: QKeyEvent, focused: Row | None, line: int) -> bool:
        """Handle a key; False when it does not move the caret. ``focused`` is the message that has the keyboard, ``line``
        the height of a line."""
        for select, move, step, by in _KEYS:
            if event.matches(select):
                return self._go(step, by, focused, line, keep=True)
            if self.shown and event.matches(move):
                return self._go(step, by, focused, line, keep=False)
        return False

    def _go(self, step: str, by: int, focused: Row | None, line: int, *, keep: bool) -> bool:
        here = self._begin(focused)
        if here is None:
            return False
        if step not in ("line", "page"):
            self._x = None
        ends = self._selection.ends()
        if not keep and step == "character" and ends is not None and ends[0] != ends[1]:
            there = self._resolved(ends[by > 0]) or here
        else:
            there = self._moved(here, step, by, line)
        place = _place(there)
        if keep:
            self._selection.extend(place)
        else:
            self._selection.begin(place)
        self._shown = True
        self._reveal(there, by, line)
        self.moved.emit()
        return True

    # Where it is ---------------------------------------------------------------------------------------------------------
    def _begin(self, focused: Row | None) -> _At | None:
        """The head of the selection or the place last clicked; else the top of the focused message, or of the view."""
        head = self._head()
        if head is not None and (self._shown or focused is None or not self._selection.empty):
            return head
        here = self._top_of(focused) if focused is not None else self._top_of_view()
        if here is not None:
            self._selection.begin(_place(here))
        return here

    def _head(self) -> _At | None:
        return self._resolved(self._selection.head)

    def _resolved(self, place: Place | None) -> _At | None:
        if place is None or not self._page.opened(place.row):
            return None
        number = place.row.number_of(place.section, place.index)
        if number is None or not place.row.parts[number].selectable:
            return None
        return _At(place.row, number, min(place.offset, units(place.row.parts[number].text)))

    def _top_of(self, row: Row) -> _At | None:
        return self._part_beside(_At(row, -1, 0), 1) if self._page.opened(row) else None

    def _top_of_view(self) -> _At | None:
        for placed in self._page.placed:
            if placed.row.locate(placed.number) is None or not placed.part.selectable:
                continue
            first = placed.part.position_at(0, max(0, -placed.y))
            if placed.y + placed.part.top_of(first) < 0:  # Cut off by the edge.
                first = _beside_line(placed.part, first, 1, 0.0) or first
            if placed.y + placed.part.top_of(first) >= 0:
                return _At(placed.row, placed.number, first)
        return None

    # Where it goes -------------------------------------------------------------------------------------------------------
    def _moved(self, here: _At, step: str, by: int, line: int) -> _At:
        match step:
            case "character":
                return self._through_text(here, by, QTextLayout.CursorMode.SkipCharacters)
            case "word":
                return self._through_text(here, by, QTextLayout.CursorMode.SkipWords)
            case "line":
                return self._through_lines(here, by)
            case "page":
                for _ in range(max(1, self._page.height // line - 2)):
                    here = self._through_lines(here, by)
                return here
            case "end of line":
                part = self._part(here)
                middle = part.cursor_rect(here.offset).center().y()
                return replace(here, offset=_on_line(part, by * _FAR, middle))
            case "end of block":
                return replace(here, offset=units(self._part(here).text) if by > 0 else 0)
        beyond = self._page.rows[-1 if by > 0 else 0]
        self._page.opened(beyond)
        return self._part_beside(_At(beyond, len(beyond.parts) if by > 0 else -1, 0), -by) or here

    def _through_text(self, here: _At, by: int, mode: QTextLayout.CursorMode) -> _At:
        part = self._part(here)
        text = part.text
        if isinstance(part, Prose) and is_rtl(text):
            by = -by
        offset = _beside(text, here.offset, by, mode)
        start, end = part.whole(offset, offset)
        offset = end if offset > here.offset else start
        if offset != here.offset:
            return replace(here, offset=offset)
        return self._part_beside(here, by) or here

    def _through_lines(self, here: _At, by: int) -> _At:
        part, left = self._part(here), here.row.place(here.number)[0]
        if self._x is None:
            self._x = left + part.cursor_rect(here.offset).left()
        offset = _beside_line(part, here.offset, by, self._x - left)
        if offset is not None:
            return replace(here, offset=offset)
        there = self._part_beside(here, by)
        if there is None:
            return replace(here, offset=units(part.text) if by > 0 else 0)
        part, left = self._part(there), there.row.place(there.number)[0]
        middle = part.cursor_rect(there.offset).center().y()
        return replace(there, offset=_on_line(part, self._x - left, middle))

    def _part(self, at: _At) -> Part:
        return self._page.measured(at.row, at.number)

    def _part_beside(self, here: _At, by: int) -> _At | None:
        """The beginning of the next part with text, or the end of the previous one, in whatever message."""
        row, number = here.row, here.number
        index = self._page.index_of(row)
        while index is not None:
            number += by
            while 0 <= number < len(row.parts):
                part = row.parts[number]
                if part.selectable and row.locate(number) is not None:
                    return _At(row, number, 0 if by > 0 else units(part.text))
                number += by
            index += by
            if not 0 <= index < len(self._page.rows):
                break
            row = self._page.rows[index]
            self._page.opened(row)
            number = -1 if by > 0 else len(row.parts)
        return None

    # Showing it ----------------------------------------------------------------------------------------------------------
    def _reveal(self, at: _At, by: int, line: int) -> None:
        """Scroll as little as it takes, in the box and in the view."""
        part, page = self._part(at), self._page
        rect = part.cursor_rect(at.offset)
        width = at.row.place(at.number)[1]
        room = min(2 * line, width // 4)
        aside = min(0.0, rect.left() - room) or max(0.0, rect.right() + room - width)
        if aside and part.scroll_by(aside, part.height) and self._x is not None:
            self._x += part.cursor_rect(at.offset).left() - rect.left()
        for placed in page.placed:
            if placed.row is at.row and placed.number == at.number:
                above = placed.y + rect.top() - line
                below = placed.y + rect.bottom() + line - page.height
                if above < 0 or below > 0:
                    self.scroll_requested.emit(round(above if above < 0 else below))
                return
        page.show(
            at.row, at.number, round(line - rect.top() if by < 0 else page.height - line - rect.bottom())
        )


def _place(at: _At) -> Place:
    where = at.row.locate(at.number)
    assert where is not None  # Only parts with text are ever gone to.
    return Place(at.row, *where, at.offset)


def _beside(text: str, offset: int, by: int, mode: QTextLayout.CursorMode) -> int:
    """The place before or behind the next character, as people see it, or word."""
    first = max(0, offset - _NEAR)
    layout = QTextLayout(cut(text, first, offset + _NEAR))
    move = layout.nextCursorPosition if by > 0 else layout.previousCursorPosition
    return first + move(offset - first, mode)


def _on_line(part: Part, x: float, y: float) -> int:
    """The place on the line at a height that is nearest to ``x``. What lies behind the last character of a line that is
    wrapped is the beginning of the next line: so far it does not go."""
    offset = part.position_at(x, y)
    if offset and part.cursor_rect(offset).top() > y:
        offset = _beside(part.text, offset, -1, QTextLayout.CursorMode.SkipCharacters)
    return offset


def _beside_line(part: Part, offset: int, by: int, x: float) -> int | None:
    """The place on the line above or below; None at the first or last line of the part."""
    rect = part.cursor_rect(offset)
    y = rect.center().y() + by * rect.height() / 2
    while 0 <= (y := y + by * max(4.0, rect.height() / 3)) < part.height:
        found = _on_line(part, x, y)
        if (part.cursor_rect(found).top() - rect.top()) * by > 1:
            return found
    return None
