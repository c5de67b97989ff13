"""Fuzzy ranking for completion, pickers and the palette: pure, and fast enough to run at every key.

10,000 candidates take a few milliseconds: everything that is done for each of them is one call into C, and what is
costly (positions of the matched letters) is done for the best only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_separators_as = re.compile(r"[-_/:.,@()\n\t]").sub


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate that fits. ``positions`` are the indexes of its matched characters, ascending."""

    index: int
    positions: tuple[int, ...]


def rank(query: str, candidates: Sequence[str], *, limit: int = 100) -> list[Match]:
    """The candidates that fit ``query``, best first, at most ``limit``; see :class:`Candidates`. Of those that fit equally
    well, shorter ones come first."""
    return Candidates(candidates).rank(query, limit=limit, shorter_first=True)


class Candidates:
    """Texts made ready to be ranked again and again, as a query is typed.

    Better are, in this order: the same text (but for signs around it); the same beginning; the query from the beginning
    of a word; its words, or its letters, from the beginnings of words; the query anywhere; its words anywhere; scattered
    letters in order, close together before far apart. Case and spaces at the ends do not matter; an empty query takes the
    first as they stand.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = [_lowered(text) for text in texts]
        self._spaced = [" " + _separators_as(" ", text) for text in self._texts]
        """The same, with a space in front of every word."""
        self._narrowed: list[tuple[str, Sequence[int]]] = [("", range(len(self._texts)))]
        """Beginnings of what was asked for last, with all that fits each: what fits more letters is among that."""

    def __len__(self) -> int:
        return len(self._texts)

    def rank(self, query: str, *, limit: int = 100, shorter_first: bool = False) -> list[Match]:
        """The best ``limit``. Equals keep their order, or the shorter ones come first."""
        sought = _Sought(_lowered(query.strip()))
        if not sought.whole:
            return [Match(index, ()) for index in range(min(limit, len(self._texts)))]
        while not sought.whole.startswith(self._narrowed[-1][0]):
            self._narrowed.pop()
        pool = self._narrowed[-1][1]
        found: dict[int, None] = {}
        for kind in self._kinds(sought, pool):
            fresh = [index for index in kind if index not in found]
            if shorter_first:
                fresh.sort(key=lambda index: len(self._texts[index]))
            found.update(dict.fromkeys(fresh))
            if len(found) >= limit:
                break
        else:
            scattered = self._scattered(
                sought, [index for index in pool if index not in found], shorter_first
            )
            found.update(dict.fromkeys(scattered))
            self._narrowed.append((sought.whole, sorted(found)))
        return [Match(index, self._positions(index, sought)) for index in list(found)[:limit]]

    def _kinds(self, sought: _Sought, pool: Sequence[int]) -> Iterable[Iterable[int]]:
        """The indexes of each kind of match, the best kind first; later kinds may repeat what was in earlier ones."""
        texts, spaced, whole, words = self._texts, self._spaced, sought.whole, sought.words
        holding = [index for index in pool if whole in texts[index]]
        at_words = [index for index in holding if sought.spaced in spaced[index]]
        alone = sought.spaced.strip()
        yield [index for index in at_words if spaced[index].strip() == alone]
        yield [index for index in holding if texts[index].startswith(whole)]
        yield at_words
        if len(words) > 1:
            first, *others = (" " + word for word in words)
            some = [index for index in pool if first in spaced[index]]
            yield [index for index in some if all(word in spaced[index] for word in others)]
        elif len(whole) > 1:
            initials = sought.initials.search
            yield [index for index in pool if initials(spaced[index])]
        yield holding
        if len(words) > 1:
            first, *others = words
            some = [index for index in pool if first in texts[index]]
            yield [index for index in some if all(word in texts[index] for word in others)]

    def _scattered(self, sought: _Sought, pool: Sequence[int], shorter_first: bool) -> list[int]:
        search, texts, many = sought.scattered.search, self._texts, len(self._texts)
        # One number for each, with the index at its end: half of them may fit, and tuples would be slow to sort.
        spans = []
        for index in pool:
            match = search(texts[index])
            if match is not None:
                start, end = match.span()
                length = len(texts[index]) if shorter_first else 0
                spans.append(((end - start << 32) + length) * many + index)
        spans.sort()
        return [span % many for span in spans]

    def _positions(self, index: int, sought: _Sought) -> tuple[int, ...]:
        text, spaced, whole = self._texts[index], self._spaced[index], sought.whole
        at = spaced.find(sought.spaced)
        if at >= 0 and text.startswith(whole, at):
            return tuple(range(at, at + len(whole)))
        if len(sought.words) > 1:
            places = _places(spaced, [" " + word for word in sought.words], sought.words)
            places = places or _places(text, sought.words, sought.words)
            if places:
                return places
        elif len(whole) > 1 and sought.initials.search(spaced):
            return _subsequence(spaced, [" " + letter for letter in whole])
        at = text.find(whole)
        if at >= 0:
            return tuple(range(at, at + len(whole)))
        return _closest(text, spaced, sought.letters)


class _Sought:
    """A query, in all the forms that are looked for."""

    def __init__(self, whole: str) -> None:
        self.whole = whole
        self.words = whole.split()
        self.letters = "".join(self.words)
        self.spaced = " " + _separators_as(" ", whole)

    @property
    def initials(self) -> re.Pattern[str]:
        """Finds words that begin with the letters, one after the other."""
        return _pattern(self.letters, " ", r"(?:[^ ]* (?!{letter}))*+[^ ]* {letter}")

    @property
    def scattered(self) -> re.Pattern[str]:
        """Finds the letters in order."""
        return _pattern(self.letters, "", r"[^{letter}]*{letter}")


def _pattern(letters: str, before: str, step: str) -> re.Pattern[str]:
    """Each step ends at the first letter that fits, so there is nothing to try again and no text that makes it slow."""
    first, *others = (re.escape(letter) for letter in letters)
    return re.compile(before + first + "".join(step.format(letter=letter) for letter in others))


def _lowered(text: str) -> str:
    lowered = text.lower()
    # A few letters become two in lower case; positions would then point elsewhere.
    return lowered if len(lowered) == len(text) else text


def _places(text: str, parts: Sequence[str], words: Sequence[str]) -> tuple[int, ...]:
    """The positions of all words, found as these parts of a text; empty when one is not there."""
    places: set[int] = set()
    for part, word in zip(parts, words, strict=True):
        at = text.find(part)
        if at < 0:
            return ()
        places.update(range(at, at + len(word)))
    return tuple(sorted(places))


def _subsequence(text: str, parts: Sequence[str], start: int = 0) -> tuple[int, ...]:
    """Where the parts begin, one after the other; empty when they do not fit."""
    positions: list[int] = []
    for part in parts:
        start = text.find(part, start)
        if start < 0:
            return ()
        positions.append(start)
        start += 1
    return tuple(positions)


def _closest(text: str, spaced: str, letters: str) -> tuple[int, ...]:
    positions: list[int] = []
    at = -1
    for index, letter in enumerate(letters):
        at = text.find(letter, at + 1)
        # The beginning of a word is what was meant, when the other letters still fit behind it.
        word = spaced.find(" " + letter, at)
        if word > at and _subsequence(text, letters[index:], word):
            at = word
        positions.append(at)
    return tuple(positions)
