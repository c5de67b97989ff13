"""Fuzzy ranking for completion, pickers and the palette: pure, and fast enough to run at every key.

10,000 candidates take a few milliseconds: everything that is done for each of them is one call into C, and what is
costly (positions of the matched letters) is done for the best only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_WORD_ENDS = frozenset(" -_/:.,@()")
_BEGINNINGS = re.compile(r"(?:^|[ \-_/:.,@()])([^ \-_/:.,@()])")


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate that fits. ``positions`` are the indexes of its matched characters, ascending."""

    index: int
    positions: tuple[int, ...]


def rank(query: str, candidates: Sequence[str], *, limit: int = 100) -> list[Match]:
    """The candidates that contain the letters of ``query`` in order, best first, at most ``limit``.

    Better are, in this order: the same text; the same beginning; whole parts from the beginning of a word; whole parts
    anywhere; letters from the beginnings of words; scattered letters, close together before far apart. Shorter
    candidates come before longer ones, and equals keep their order. Case and spaces at the ends do not matter; an empty
    query takes the first ``limit`` as they stand.
    """
    needle = _lowered(query.strip())
    if not needle:
        return [Match(index, ()) for index in range(min(limit, len(candidates)))]
    texts = [_lowered(candidate) for candidate in candidates]
    found: list[tuple[int, int, int, int]] = []
    for index, text in enumerate(texts):
        at = text.find(needle)
        if at == 0:
            found.append((0 if len(text) == len(needle) else 1, 0, len(text), index))
        elif at > 0:
            found.append((2 if _at_word(text, needle, at) >= 0 else 3, 0, len(text), index))
    letters = "".join(needle.split())
    if len(found) < limit:
        whole = {index for _, _, _, index in found}
        found += _scattered(letters, texts, whole, limit)
    found.sort()
    return [Match(index, _positions(texts[index], needle, letters)) for _, _, _, index in found[:limit]]


def _lowered(text: str) -> str:
    lowered = text.lower()
    # A few letters become two in lower case; positions would then point elsewhere.
    return lowered if len(lowered) == len(text) else text


def _at_word(text: str, part: str, start: int) -> int:
    """The first place from ``start`` where ``part`` stands at the beginning of a word, or -1."""
    while start > 0 and text[start - 1] not in _WORD_ENDS:
        start = text.find(part, start + 1)
    return start


def _scattered(
    letters: str, texts: Sequence[str], without: Collection[int], limit: int
) -> list[tuple[int, int, int, int]]:
    """Rank what has the letters apart from each other. Each gap of the expression ends at the first letter that fits,
    so there is nothing to try again and no text that makes it slow."""
    escaped = [re.escape(letter) for letter in letters]
    search = re.compile(escaped[0] + "".join(rf"[^{letter}]*{letter}" for letter in escaped[1:])).search
    loose = []
    for index, text in enumerate(texts):
        match = search(text)
        if match is not None and index not in without:
            loose.append((match.end() - match.start(), len(text), index))
    loose.sort()
    # Beginnings of words are looked at for the closest only: ten thousand of them would be felt.
    return [
        (4 if _fits("".join(_BEGINNINGS.findall(texts[index])), letters) else 5, span, length, index)
        for span, length, index in loose[: 4 * limit]
    ]


def _positions(text: str, needle: str, letters: str) -> tuple[int, ...]:
    at = text.find(needle)
    if at >= 0:
        word = _at_word(text, needle, at)
        start = word if word >= 0 else at
        return tuple(range(start, start + len(needle)))
    positions: list[int] = []
    for index, letter in enumerate(letters):
        at = text.find(letter, at + 1)
        # The beginning of a word is what was meant, when the other letters still fit behind it.
        word = _at_word(text, letter, at)
        if word >= 0 and _fits(text, letters[index + 1 :], word + 1):
            at = word
        positions.append(at)
    return tuple(positions)


def _fits(text: str, letters: str, start: int = 0) -> bool:
    for letter in letters:
        start = text.find(letter, start) + 1
        if start == 0:
            return False
    return True
