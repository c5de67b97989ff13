"""Leaves that lines are still added to: paragraphs, code, math, HTML, tables.

``twin`` copies a leaf so that an unfinished line can be tried on the copy.
"""

from __future__ import annotations

import re
from enum import Enum

from chat2anyllm_desktop.render.characters import unescaped
from chat2anyllm_desktop.render.containers import Lazy
from chat2anyllm_desktop.render.lines import indentation, is_blank, without_columns
from chat2anyllm_desktop.render.nodes import (
    Align,
    Block,
    Cell,
    CodeBlock,
    HtmlText,
    MathBlock,
    Paragraph,
    Span,
    TableBlock,
)
from chat2anyllm_desktop.render.raw_html import BLANK
from chat2anyllm_desktop.render.tables import FILL_LIMIT, cells

_LANGUAGE = re.compile(r"(?:\{[ \t]*)?\.?(?:lang(?:uage)?-)?([^\s{},:;='\"`]+)(?![^\s{},:;]*=)")


def language_of(info: str) -> str:
    """The language that a fence's info string names: ``python`` of ``{.python #id}``, ``Python title="x"``."""
    found = _LANGUAGE.match(info)
    return found[1].lower() if found else ""


class Taken(Enum):
    """What a leaf does with a line that reaches it."""

    NO = 0
    YES = 1
    LAST = 2


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


class OpenParagraph:
    """``offsets`` are those of the lines in the message."""

    __slots__ = ("lines", "offsets")

    def __init__(self, line: str, start: int) -> None:
        self.lines = [line]
        self.offsets = [start]

    @property
    def start(self) -> int:
        return self.offsets[0]

    def add(self, line: str, start: int) -> None:
        self.lines.append(line)
        self.offsets.append(start)

    def takes(self, text: str, column: int) -> Taken:
        return Taken.NO  # Other blocks may interrupt it: that is for the parser to see.

    def twin(self) -> OpenParagraph:
        copy = OpenParagraph("", 0)
        copy.lines = self.lines.copy()
        copy.offsets = self.offsets.copy()
        return copy


class OpenFence:
    """``indent`` is how far the fence is indented; its content loses as much."""

    __slots__ = ("_lines", "closed", "indent", "info", "mark", "start")

    def __init__(self, start: int, indent: int, mark: str, info: str) -> None:
        self.start = start
        self.indent = indent
        self.mark = mark
        self.info = info
        self.closed = False
        self._lines = Lines()

    def takes(self, text: str, column: int) -> Taken:
        columns, index = indentation(text, column)
        closes = columns < 4 and text.startswith(self.mark, index)
        if closes and not text[index:].rstrip(" \t").strip(self.mark[0]):
            self.closed = True
            return Taken.LAST
        if self.indent and columns:
            text, _ = without_columns(text, column, min(columns, self.indent))
        self._lines.add(text)
        return Taken.YES

    def twin(self) -> OpenFence:
        copy = OpenFence(self.start, self.indent, self.mark, self.info)
        copy._lines = self._lines.twin()
        return copy

    def finished(self, span: Span) -> Block:
        info = unescaped(self.info)
        return CodeBlock(self._lines.text(), language_of(info), info, True, self.closed, span)


class OpenIndented:
    """Empty lines at the end are held back: they belong to it only if more code follows."""

    __slots__ = ("_blank", "_lines", "start")

    def __init__(self, start: int, line: str) -> None:
        self.start = start
        self._lines = Lines()
        self._lines.add(line)
        self._blank: list[str] = []

    def takes(self, text: str, column: int) -> Taken:
        columns, index = indentation(text, column)
        if index == len(text):
            self._blank.append(without_columns(text, column, 4)[0])
            return Taken.NO  # It may be the last, and it makes lists loose.
        if columns < 4:
            return Taken.NO
        for blank in self._blank:
            self._lines.add(blank)
        self._blank.clear()
        self._lines.add(without_columns(text, column, 4)[0])
        return Taken.YES

    def twin(self) -> OpenIndented:
        copy = OpenIndented(self.start, "")
        copy._lines = self._lines.twin()
        copy._blank = self._blank.copy()
        return copy

    def finished(self, span: Span) -> Block:
        return CodeBlock(self._lines.text(), fenced=False, span=span)


class OpenMath:
    """``certain`` is a mark alone on its line; otherwise an empty line in front of the end undoes the block."""

    __slots__ = ("_lines", "behind", "certain", "closed", "end_mark", "mark", "start")

    def __init__(self, start: int, mark: str, end_mark: str, first: str) -> None:
        self.start = start
        self.mark = mark
        self.end_mark = end_mark
        self.certain = not first
        self.closed = False
        self.behind = ""
        """What follows the end mark on its line."""
        self._lines = Lines()
        self._lines.add(first)

    def takes(self, text: str, column: int) -> Taken:
        if not self.certain and is_blank(text):
            return Taken.NO
        end = text.find(self.end_mark)
        if end < 0:
            self._lines.add(text)
            return Taken.YES
        self._lines.add(text[:end])
        self.behind = text[end + 2 :].lstrip(" \t")
        self.closed = True
        return Taken.LAST

    def twin(self) -> OpenMath:
        copy = OpenMath(self.start, self.mark, self.end_mark, "")
        copy.certain = self.certain
        copy._lines = self._lines.twin()
        return copy

    def finished(self, span: Span) -> Block:
        return MathBlock(self._lines.text().strip(), self.closed, span)

    def paragraph(self, lazy: Lazy, span: Span) -> Block:
        """What it is if it was no math after all."""
        lines = (self.mark + self._lines.text()).rstrip("\n").split("\n")
        return Paragraph(lazy("\n".join(line.strip(" \t") for line in lines)), span)


class OpenHtml:
    """``end`` is what ends the block, on the same line or a later one."""

    __slots__ = ("_end", "_lines", "start")

    def __init__(self, start: int, end: re.Pattern[str]) -> None:
        self.start = start
        self._end = end
        self._lines = Lines()

    def takes(self, text: str, column: int) -> Taken:
        if self._end is BLANK:
            if is_blank(text):
                return Taken.NO
            self._lines.add(text)
            return Taken.YES
        self._lines.add(text)
        return Taken.LAST if self._end.search(text) else Taken.YES

    def twin(self) -> OpenHtml:
        copy = OpenHtml(self.start, self._end)
        copy._lines = self._lines.twin()
        return copy

    def finished(self, span: Span) -> Block:
        return HtmlText(self._lines.text().rstrip("\n"), span)


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

    def takes(self, text: str, column: int) -> Taken:
        return Taken.NO  # Other blocks end it: that is for the parser to see.

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
