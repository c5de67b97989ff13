"""GitHub's tables: rows and cells."""

from __future__ import annotations

import re

from chat2anyllm_desktop.render.nodes import Align

_DELIMITER = re.compile(r"\|?[ \t]*+:?-+:?[ \t]*+(?:\|[ \t]*+:?-+:?[ \t]*+)*+\|?[ \t]*+\Z")
_BARS = re.compile(r"(\\[!-/:-@\[-`{-~])|\|")

FILL_LIMIT = 100_000
"""Cells that a table may lack in all: short rows under a very wide header would cost more than they say."""


def cells(line: str) -> list[str]:
    """The texts of a row's cells; ``\\|`` is a bar that divides nothing, inside code too."""
    line = line.strip(" \t")
    if "\\" not in line:
        parts = line.split("|")
    else:
        parts, start = [], 0
        for found in _BARS.finditer(line):
            if found[1] is None:
                parts.append(line[start : found.start()])
                start = found.end()
        parts.append(line[start:])
        parts = [part.replace("\\|", "|") for part in parts]
    if len(parts) > 1:
        if not parts[0].strip(" \t"):
            del parts[0]
        if len(parts) > 1 and not parts[-1].strip(" \t"):
            del parts[-1]
    return [part.strip(" \t") for part in parts]


def alignments(line: str) -> tuple[Align, ...] | None:
    """What a delimiter row says of its columns; None where ``line`` is no such row."""
    line = line.strip(" \t")
    if _DELIMITER.match(line) is None:
        return None
    return tuple(_alignment(part.strip(" \t")) for part in line.strip("|").split("|"))


def _alignment(dashes: str) -> Align:
    left, right = dashes.startswith(":"), dashes.endswith(":")
    if left:
        return "center" if right else "left"
    return "right" if right else ""
