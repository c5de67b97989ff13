"""Blocks that lines are still added to. Closed, each becomes the finished block that it stands for.

``twin`` copies a block so that an unfinished line can be tried on the copy: what has been finished inside is shared.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from chat2anyllm_desktop.render.characters import unescaped
from chat2anyllm_desktop.render.nodes import (
    Align,
    Block,
    Cell,
    CodeBlock,
    Details,
    FootnoteDefinition,
    HtmlText,
    LazyInlines,
    ListBlock,
    ListItem,
    MathBlock,
    Quote,
    Span,
    TableBlock,
)
from chat2anyllm_desktop.render.tables import FILL_LIMIT, cells

Lazy = Callable[[str], LazyInlines]

_LANGUAGE = re.compile(r"(?:\{[ \t]*)?\.?(?:lang(?:uage)?-)?([^\s{},:;='\"`]+)(?!\S*=)")


def language_of(info: str) -> str:
    """The language that a fence's info string names: ``python`` of ``{.python #id}``, ``Python title="x"``."""
    found = _LANGUAGE.match(info)
    return found[1].lower() if found else ""


# Containers ------------------------------------------------------------------------------------------------------------
class Container:
    """A block that holds blocks. ``depth`` counts the containers around it and itself, lists left out."""

    __slots__ = ("children", "depth", "start")

    def __init__(self, start: int, depth: int) -> None:
        self.start = start
        self.depth = depth
        self.children: list[Block] = []

    def twin(self) -> Container:
        copy = type(self).__new__(type(self))
        for kind in type(self).__mro__[:-1]:
            for name in kind.__dict__["__slots__"]:
                setattr(copy, name, getattr(self, name))
        copy.children = self.children.copy()
        return copy

    def finished(self, span: Span) -> Block | None:
        """The block that this is, once closed; None for what is part of its parent."""
        raise AssertionError(f"{type(self).__name__} is never closed")


class OpenDocument(Container):
    __slots__ = ()


class OpenQuote(Container):
    __slots__ = ()

    def finished(self, span: Span) -> Block:
        return Quote(tuple(self.children), span)


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

    def item(self) -> ListItem:
        return ListItem(tuple(self.children), self.checked)

    def finished(self, span: Span) -> None:
        return None


class OpenDetails(Container):
    """``summary`` is None until its text is known; ``summary_lines`` gathers it over several lines."""

    __slots__ = ("_lazy", "opened", "summary", "summary_lines")

    def __init__(self, start: int, depth: int, opened: bool, lazy: Lazy) -> None:
        super().__init__(start, depth)
        self.opened = opened
        self.summary: str | None = None
        self.summary_lines: tuple[str, ...] | None = None
        self._lazy = lazy

    def finished(self, span: Span) -> Block:
        summary = self.summary if self.summary is not None else "\n".join(self.summary_lines or ())
        return Details(self._lazy(summary.strip()), tuple(self.children), self.opened, span)


class OpenNote(Container):
    __slots__ = ("label", "number")

    def __init__(self, start: int, depth: int, label: str, number: int) -> None:
        super().__init__(start, depth)
        self.label = label
        self.number = number

    def finished(self, span: Span) -> Block:
        return FootnoteDefinition(self.label, self.number, tuple(self.children), span)


# Leaves ----------------------------------------------------------------------------------------------------------------
class OpenParagraph:
    """``offsets`` are those of the lines in the message."""

    __slots__ = ("lines", "offsets")

    def __init__(self, line: str, start: int) -> None:
        self.lines = [line]
        self.offsets = [start]

    @property
    def start(self) -> int:
        return self.offsets[0]

    def twin(self) -> OpenParagraph:
        copy = OpenParagraph("", 0)
        copy.lines = self.lines.copy()
        copy.offsets = self.offsets.copy()
        return copy


class Lines:
    """Text that grows by lines and is joined only when it is asked for, each part once."""

    __slots__ = ("_done", "_new")

    def __init__(self, done: str = "") -> None:
        self._done = done
        self._new: list[str] = []

    def add(self, line: str) -> None:
        self._new += (line, "\n")

    def text(self) -> str:
        if self._new:
            self._done += "".join(self._new)
            self._new.clear()
        return self._done

    def twin(self) -> Lines:
        return Lines(self.text())


class OpenFence:
    __slots__ = ("closed", "indent", "info", "lines", "mark", "start")

    def __init__(self, start: int, indent: int, mark: str, info: str) -> None:
        self.start = start
        self.indent = indent
        self.mark = mark
        self.info = info
        self.closed = False
        self.lines = Lines()

    def twin(self) -> OpenFence:
        copy = OpenFence(self.start, self.indent, self.mark, self.info)
        copy.lines = self.lines.twin()
        return copy

    def finished(self, span: Span) -> Block:
        info = unescaped(self.info)
        return CodeBlock(self.lines.text(), language_of(info), info, True, self.closed, span)


class OpenIndented:
    """Empty lines at the end are held back: they belong to it only if more code follows."""

    __slots__ = ("blank", "lines", "start")

    def __init__(self, start: int, line: str) -> None:
        self.start = start
        self.lines = Lines()
        self.lines.add(line)
        self.blank: list[str] = []

    def add(self, line: str) -> None:
        for blank in self.blank:
            self.lines.add(blank)
        self.blank.clear()
        self.lines.add(line)

    def twin(self) -> OpenIndented:
        copy = OpenIndented(self.start, "")
        copy.lines = self.lines.twin()
        copy.blank = self.blank.copy()
        return copy

    def finished(self, span: Span) -> Block:
        return CodeBlock(self.lines.text(), fenced=False, span=span)


class OpenMath:
    """``certain`` is a delimiter alone on its line; otherwise an empty line in front of the end undoes the block."""

    __slots__ = ("certain", "closed", "end_mark", "lines", "raw", "start")

    def __init__(self, start: int, end_mark: str, first: str, raw: str, certain: bool) -> None:
        self.start = start
        self.end_mark = end_mark
        self.certain = certain
        self.closed = False
        self.lines = Lines()
        self.lines.add(first)
        self.raw = Lines()
        self.raw.add(raw)

    def add(self, line: str, raw: str) -> None:
        self.lines.add(line)
        self.raw.add(raw)

    def twin(self) -> OpenMath:
        copy = OpenMath(self.start, self.end_mark, "", "", self.certain)
        copy.lines = self.lines.twin()
        copy.raw = self.raw.twin()
        return copy

    def finished(self, span: Span) -> Block:
        return MathBlock(self.lines.text().strip(), self.closed, span)


class OpenHtml:
    """``end`` is what ends the block, on the same line or a later one."""

    __slots__ = ("end", "lines", "start")

    def __init__(self, start: int, end: re.Pattern[str]) -> None:
        self.start = start
        self.end = end
        self.lines = Lines()

    def twin(self) -> OpenHtml:
        copy = OpenHtml(self.start, self.end)
        copy.lines = self.lines.twin()
        return copy

    def finished(self, span: Span) -> Block:
        return HtmlText(self.lines.text().rstrip("\n"), span)


class OpenTable:
    __slots__ = ("_empty", "_filled", "_lazy", "align", "header", "rows", "start")

    def __init__(self, start: int, align: tuple[Align, ...], header: list[str], lazy: Lazy) -> None:
        self.start = start
        self.align = align
        self._lazy = lazy
        self._empty = Cell(lazy(""))
        self._filled = 0
        self.header = self._cells(header)
        self.rows: list[tuple[Cell, ...]] = []

    def _cells(self, texts: list[str]) -> tuple[Cell, ...]:
        lazy, empty = self._lazy, self._empty
        return tuple([Cell(lazy(text)) if text else empty for text in texts])

    def add(self, line: str) -> bool:
        """Takes a row; False if the table is so ragged that it must end."""
        texts = cells(line)
        missing = len(self.align) - len(texts)
        if missing > 0:
            self._filled += missing
            if self._filled > FILL_LIMIT:
                return False
            self.rows.append(self._cells(texts) + (self._empty,) * missing)
        else:
            self.rows.append(self._cells(texts[: len(self.align)]))
        return True

    def twin(self) -> OpenTable:
        copy = OpenTable(self.start, self.align, [], self._lazy)
        copy._empty, copy._filled, copy.header = self._empty, self._filled, self.header
        copy.rows = self.rows.copy()
        return copy

    def finished(self, span: Span) -> Block:
        return TableBlock(self.align, self.header, tuple(self.rows), span)


Leaf = OpenParagraph | OpenFence | OpenIndented | OpenMath | OpenHtml | OpenTable
