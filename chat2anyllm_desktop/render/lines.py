"""Columns of a line: what tabs make of indentation. ``column`` is where ``text`` begins on its line."""

from __future__ import annotations

import re

LINE_END = re.compile(r"\r\n|\n|\r")


def indentation(text: str, column: int) -> tuple[int, int]:
    """How many columns ``text`` is indented by, and the index of its first character that is neither space nor tab."""
    if not text or text[0] not in " \t":
        return 0, 0
    index = len(text) - len(text.lstrip(" "))
    if not text.startswith("\t", index):
        return index, index
    at = column + index
    size = len(text)
    while index < size and (character := text[index]) in " \t":
        at += 4 - at % 4 if character == "\t" else 1
        index += 1
    return at - column, index


def without_columns(text: str, column: int, count: int) -> tuple[str, int]:
    """``text`` without up to ``count`` columns of indentation, and its new column; a tab may be cut in two."""
    if text.startswith(" " * count):
        return text[count:], column + count
    index = 0
    end = column + count
    size = len(text)
    while column < end and index < size and (character := text[index]) in " \t":
        column += 4 - column % 4 if character == "\t" else 1
        index += 1
    if column > end:
        return " " * (column - end) + text[index:], end
    return text[index:], column


def is_blank(text: str) -> bool:
    return not text.strip(" \t")
