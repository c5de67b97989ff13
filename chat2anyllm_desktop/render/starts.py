"""What a block begins with: recognised here, opened by the block parser. Positions are those of the first character
that is not indentation."""

from __future__ import annotations

import re
from typing import NamedTuple

from chat2anyllm_desktop.render.leaves import OpenFence, OpenMath
from chat2anyllm_desktop.render.lines import indentation, without_columns
from chat2anyllm_desktop.render.tex import is_display, is_dollars

STARTERS = frozenset(">#`~<=-*_+|:[$\\0123456789")
"""No block but a paragraph begins with another character."""

_FENCE = re.compile(r"(`{3,}+)([^`]*)\Z|(~{3,}+)(.*)\Z", re.S)
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|\Z)")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*\Z")
_MARKER = re.compile(r"(?:([*+-])|([0-9]{1,9})([.)]))(?=[ \t]|\Z)")
_TASK = re.compile(r"\[([ xX])\][ \t]+(?=[^ \t\n])")
_NOTE = re.compile(r"\[\^([^\s\[\]]{1,999})\]:[ \t]*")


class Marker(NamedTuple):
    """What begins a list item. ``kind`` is the bullet or the delimiter, ``size`` that of the whole marker."""

    kind: str
    number: int | None
    size: int
    gap: int
    rest: str
    column: int
    """Where ``rest`` begins."""
    empty: bool


def fence(text: str, index: int, start: int) -> OpenFence | None:
    found = _FENCE.match(text, index)
    if found is None:
        return None
    mark, info = (found[1], found[2]) if found[1] else (found[3], found[4])
    return OpenFence(start, index, mark, info.strip(" \t"))


def heading(text: str, index: int) -> tuple[int, str] | None:
    """Level and text of an ATX heading."""
    found = _HEADING.match(text, index)
    if found is None:
        return None
    words = text[found.end() :].strip(" \t")
    opened = words.rstrip("#")
    if opened != words and (not opened or opened[-1] in " \t"):
        words = opened.rstrip(" \t")
    return len(found[1]), words


def underline(text: str, index: int) -> bool:
    """Whether the line makes a heading of the paragraph above it."""
    return _UNDERLINE.match(text, index) is not None


def rule(text: str, index: int) -> bool:
    marks = text[index:].replace(" ", "").replace("\t", "")
    return len(marks) >= 3 and not marks.strip(text[index])


def math(text: str, index: int, start: int, interrupts: bool) -> str | OpenMath | None:
    """The TeX of a formula that stands on this line alone, or a block of math that begins here."""
    mark = text[index : index + 2]
    if mark == "$$":
        end_mark, accepts = "$$", is_dollars
    elif mark == "\\[":
        end_mark, accepts = "\\]", is_display
    else:
        return None
    body = text[index + 2 :].rstrip(" \t")
    end = body.find(end_mark)
    if end >= 0:
        return body[:end].strip(" \t") if end + 2 == len(body) and accepts(body[:end]) else None
    if body and interrupts:
        return None
    return OpenMath(start, mark, end_mark, body)


def marker(text: str, index: int, column: int) -> Marker | None:
    """The list marker at ``index``, which is at ``column``."""
    found = _MARKER.match(text, index)
    if found is None:
        return None
    size = found.end() - index
    rest = text[found.end() :]
    columns, first = indentation(rest, column + size)
    empty = first == len(rest)
    gap = 1 if empty or columns > 4 else columns
    rest, column = ("", column + size) if empty else without_columns(rest, column + size, gap)
    number = int(found[2]) if found[2] else None
    return Marker(found[1] or found[3], number, size, gap, rest, column, empty)


def task(text: str) -> tuple[bool, str] | None:
    """Whether the box that ``text`` begins with is checked, and the text behind it."""
    found = _TASK.match(text)
    return (found[1] != " ", text[found.end() :]) if found else None


def note(text: str, index: int) -> tuple[str, int] | None:
    """The label of the footnote that is defined here, and where its text begins."""
    found = _NOTE.match(text, index)
    return (found[1], found.end()) if found else None
