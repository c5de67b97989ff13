"""Containers that lines are still added to: quotes, lists, items, details, footnotes."""

from __future__ import annotations

from collections.abc import Callable

from chat2anyllm_desktop.render.lines import indentation, without_columns
from chat2anyllm_desktop.render.nodes import (
    Block,
    Details,
    FootnoteDefinition,
    LazyInlines,
    ListBlock,
    ListItem,
    Quote,
    Span,
)
from chat2anyllm_desktop.render.raw_html import SUMMARY, SUMMARY_END

Lazy = Callable[[str], LazyInlines]
Rest = tuple[str, int]
"""What is left of a line, and the column it begins at."""


class Container:
    """A block that holds blocks. ``depth`` counts the containers around it and itself, lists left out."""

    __slots__ = ("children", "depth", "start")

    def __init__(self, start: int, depth: int) -> None:
        self.start = start
        self.depth = depth
        self.children: list[Block] = []

    def rest(self, text: str, column: int, vacant: bool) -> Rest | None:
        """The line without this container's mark or indentation, None if it does not belong inside.

        ``vacant``: nothing is open within."""
        return text, column

    def twin(self) -> Container:
        """A copy that an unfinished line can be tried on; what has been finished inside is shared."""
        copy = type(self).__new__(type(self))
        for kind in type(self).__mro__[:-1]:
            for name in kind.__dict__["__slots__"]:
                setattr(copy, name, getattr(self, name))
        copy.children = self.children.copy()
        return copy

    def finished(self, span: Span) -> Block:
        """The block that this is, once closed."""
        raise AssertionError(f"{type(self).__name__} is closed by its parent")


class OpenDocument(Container):
    __slots__ = ()


class OpenQuote(Container):
    __slots__ = ()

    def rest(self, text: str, column: int, vacant: bool) -> Rest | None:
        columns, index = indentation(text, column)
        if columns > 3 or not text.startswith(">", index):
            return None
        return after_quote_mark(text, column + columns, index)

    def finished(self, span: Span) -> Block:
        return Quote(tuple(self.children), span)


def after_quote_mark(text: str, column: int, index: int) -> Rest:
    """What follows the ``>`` at ``index`` (which is at ``column``), without the space that belongs to it."""
    return without_columns(text[index + 1 :], column + 1, 1)


class OpenList(Container):
    """``marker`` is the bullet, or the delimiter behind the number."""

    __slots__ = ("items", "marker", "number", "tight")

    def __init__(self, start: int, depth: int, marker: str, number: int | None) -> None:
        super().__init__(start, depth)
        self.marker = marker
        self.number = number
        self.tight = True
        self.items: list[ListItem] = []

    def twin(self) -> Container:
        copy = super().twin()
        assert isinstance(copy, OpenList)
        copy.items = self.items.copy()
        return copy

    def finished(self, span: Span) -> Block:
        return ListBlock(tuple(self.items), self.number, self.tight, span)


class OpenItem(Container):
    """``width`` is how far its content is indented."""

    __slots__ = ("checked", "width")

    def __init__(self, start: int, depth: int, width: int) -> None:
        super().__init__(start, depth)
        self.width = width
        self.checked: bool | None = None

    def rest(self, text: str, column: int, vacant: bool) -> Rest | None:
        columns, index = indentation(text, column)
        if index == len(text):
            # An item may begin with one empty line, not with two. Code in it loses its indentation here as elsewhere.
            return None if vacant and not self.children else without_columns(text, column, self.width)
        return without_columns(text, column, self.width) if columns >= self.width else None

    def item(self) -> ListItem:
        return ListItem(tuple(self.children), self.checked)


class OpenNote(Container):
    __slots__ = ("label", "number")

    def __init__(self, start: int, depth: int, label: str, number: int) -> None:
        super().__init__(start, depth)
        self.label = label
        self.number = number

    def rest(self, text: str, column: int, vacant: bool) -> Rest | None:
        columns, index = indentation(text, column)
        return without_columns(text, column, 4) if columns >= 4 or index == len(text) else None

    def finished(self, span: Span) -> Block:
        return FootnoteDefinition(self.label, self.number, tuple(self.children), span)


class OpenDetails(Container):
    """``<details>``, up to its end tag. Its summary may take several lines."""

    __slots__ = ("_lazy", "_open", "_summary", "_summary_open")

    def __init__(self, start: int, depth: int, opened: bool, lazy: Lazy) -> None:
        super().__init__(start, depth)
        self._open = opened
        self._lazy = lazy
        self._summary: tuple[str, ...] | None = None
        self._summary_open = False

    def begins_summary(self, text: str, index: int) -> bool:
        """Whether ``<summary>`` stands at ``index`` and may stand there."""
        return self._summary is None and not self.children and SUMMARY.match(text, index) is not None

    @property
    def in_summary(self) -> bool:
        return self._summary_open

    def take_summary(self, text: str) -> str:
        """Takes a line of the summary; returns what follows its end tag."""
        if self._summary is None:
            self._summary = ()
            self._summary_open = True
            begin = SUMMARY.search(text)
            text = text[begin.end() :] if begin else text
        end = SUMMARY_END.search(text)
        line = (text[: end.start()] if end else text).strip(" \t")
        if line:
            self._summary = (*self._summary, line)
        self._summary_open = end is None
        return text[end.end() :] if end else ""

    def finished(self, span: Span) -> Block:
        return Details(self._lazy("\n".join(self._summary or ())), tuple(self.children), self._open, span)
