"""The messages of a session under each other: how high each is, and which of them are parsed and laid out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import methodcaller
from typing import TypeVar

from chat2anyllm_desktop.ui.transcript.code_box import CodeBox
from chat2anyllm_desktop.ui.transcript.heights import Heights
from chat2anyllm_desktop.ui.transcript.part import Part
from chat2anyllm_desktop.ui.transcript.row import Row

_T = TypeVar("_T")

_OPEN_ROWS = 60
"""Rows kept parsed, the ones on screen apart."""
_BUILT_PARTS = 450
"""Parts kept laid out. What is too much goes piece by piece: a quarter of it at once was 1.6 ms of one frame."""


class Stack:
    """Rows in a column of ``width`` pixels. Those seen last are kept parsed and laid out; all others are a height each."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.heights = Heights()
        self.width = 600
        self._index: dict[str, int] | None = None
        self._open: OrderedDict[Row, None] = OrderedDict()
        self._built: OrderedDict[Part, None] = OrderedDict()
        self._pale: dict[CodeBox, None] = {}
        """Code boxes that may want colours."""

    def index_of(self, row: Row) -> int | None:
        if self._index is None:
            self._index = {other.id: number for number, other in enumerate(self.rows)}
        return self._index.get(row.id)

    # Changes of the rows -----------------------------------------------------------------------------------------------
    def set_rows(self, rows: Iterable[Row]) -> None:
        self.rows = list(rows)
        self.heights.assign(row.height for row in self.rows)
        self._index = None
        self._open.clear()
        self._built.clear()
        self._pale.clear()

    def insert(self, index: int, rows: list[Row]) -> None:
        if index == len(self.rows):
            for row in rows:
                if self._index is not None:
                    self._index[row.id] = len(self.rows)
                self.rows.append(row)
                self.heights.append(row.height)
            return
        self.replace(index, index, rows)

    def replace(self, first: int, last: int, rows: Sequence[Row]) -> None:
        """The rows from ``first`` to before ``last`` make way for others."""
        for row in self.rows[first:last]:
            self._open.pop(row, None)
        self.rows[first:last] = rows
        self._index = None
        self.heights.assign(row.height for row in self.rows)

    def row_changed(self, index: int) -> None:
        """The height of a row is another."""
        row = self.rows[index]
        self.heights.set(index, row.settle() if row.opened else row.height)

    def close_all(self) -> None:
        """Forget everything that can be made again."""
        for row in self._open:
            row.close()
        self._open.clear()
        self._built.clear()
        self._pale.clear()
        self.heights.assign(row.height for row in self.rows)

    # What is parsed and laid out ---------------------------------------------------------------------------------------
    @property
    def waiting(self) -> list[Part]:
        """Parts that are laid out without the drawings that they want."""
        return [part for part in self._built if part.measured and part.waits]

    @property
    def pale(self) -> list[CodeBox]:
        """Code boxes that are laid out and want colours, the last one seen last."""
        for box in [box for box in self._pale if not box.plain]:
            del self._pale[box]
        return list(self._pale)

    def opened(self, row: Row) -> bool:
        """Make the parts of a row that may be anywhere; False when it is not here."""
        index = self.index_of(row)
        if index is not None:
            self.open_at(index)
        return index is not None

    def measured(self, row: Row, number: int) -> Part:
        """A part of an opened row, laid out."""
        index = self.index_of(row)
        if index is not None:
            self.measure_at(index, number)
        return row.parts[number]

    def open_at(self, index: int) -> Row:
        """The row of a number, with its parts."""
        row = self.rows[index]
        if not row.opened or row.width != self.width:
            row.open(self.width)
            self.heights.set(index, row.settle())
        self._open[row] = None
        self._open.move_to_end(row)
        return row

    def measure_at(self, index: int, number: int) -> int:
        """The height of a part of an opened row, laid out."""
        row = self.rows[index]
        part = row.parts[number]
        if not part.measured or not part.built:
            row.measure(number)
            self.heights.set(index, row.settle())
            if isinstance(part, CodeBox):
                self._pale[part] = None
        self._built[part] = None
        self._built.move_to_end(part)
        return part.height

    def forget(self, parts: set[Part], rows: set[Row]) -> None:
        """Keep a bounded number of rows parsed and of parts laid out: these, which are on screen, and those seen last."""
        if len(self._built) > _BUILT_PARTS:
            _drop(self._built, _BUILT_PARTS, parts, methodcaller("release"))
        if len(self._open) > _OPEN_ROWS:
            _drop(self._open, _OPEN_ROWS, rows, self._close)

    def _close(self, row: Row) -> None:
        for part in row.parts:
            self._built.pop(part, None)
        row.close()


def _drop(kept: OrderedDict[_T, None], size: int, shown: set[_T], forget: Callable[[_T], None]) -> None:
    oldest = (item for item in kept if item not in shown)
    for item in list(islice(oldest, len(kept) - size)):
        del kept[item]
        forget(item)
