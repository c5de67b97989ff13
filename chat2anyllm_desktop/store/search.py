"""Looking for words in everything that is stored: what is looked for, what is found, and how it is called off.

SQLite looks through the messages with LIKE, without an index. Measured on 100,000 messages (65 MB of text): a search takes
40 to 110 ms. An index of trigrams (FTS5) answers in 2 ms, but takes 9 s to build, makes the file three times as large and
finds no word of less than three characters, which most Chinese words are.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from chat2anyllm_desktop.core.models import Author
from chat2anyllm_desktop.core.prompts import split_role_prefix
from chat2anyllm_desktop.store.rows import clean_text

LIMIT = 100
"""Messages that one search gives at most."""
TITLES = 20
"""Titles that it gives at most, beside them."""

_MOST_WORDS = 8
_LONGEST = 200
"""Characters of what is looked for."""
_BEFORE, _LENGTH = 48, 320
"""Characters of an excerpt that stand before the first word found, and of all of it."""
_WORD = re.compile(r'"([^"]+)"?|([^\s"]+)')
_IMAGE = re.compile(r"data:image/[^)\s\"'>]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A message that holds every word, or a session whose title does."""

    session_id: str
    title: str
    """Of the session."""
    archived: bool
    at: datetime
    """When the message was written; for a title, when there was activity in the session last."""
    message_id: str = ""
    """Empty for a title."""
    author: Author = Author.USER
    model: str | None = None
    excerpt: str = ""
    """What stands around the first of the words, on one line."""


class Search:
    """Words that are looked for together, without regard to case; what stands in quotes is one of them. Made on one thread,
    carried out on another."""

    def __init__(self, text: str, *, limit: int = LIMIT) -> None:
        found = (quoted.strip() or word for quoted, word in _WORD.findall(clean_text(text[:_LONGEST])))
        self.words: tuple[str, ...] = tuple(dict.fromkeys(word for word in found if word))[:_MOST_WORDS]
        self.limit = limit
        self.called_off = False
        self._lock = threading.Lock()
        self._stop: Callable[[], None] | None = None

    def call_off(self) -> None:
        """The result is not wanted any more. May be called on any thread, and may block there for a moment."""
        with self._lock:
            self.called_off = True
            if self._stop is not None:
                self._stop()

    @contextmanager
    def stopped_by(self, stop: Callable[[], None]) -> Iterator[None]:
        """While the block is carried out, ``stop`` ends what it does. Never called afterwards: it would hit whatever the
        connection does then."""
        with self._lock:
            self._stop = stop
            if self.called_off:
                stop()
        try:
            yield
        finally:
            with self._lock:
                self._stop = None

    def is_in(self, text: str) -> bool:
        """Whether ``text`` holds every word."""
        lower = text.lower()
        return all(word.lower() in lower for word in self.words)

    def patterns(self) -> Iterator[tuple[tuple[str, ...], bool]]:
        """For each word the patterns of LIKE of which one must fit, with ``\\`` before what is no wildcard, and whether it
        has letters with two forms. SQLite and databases without a language know the two forms of ASCII letters only: the
        usual spellings of other words are named one by one."""
        for word in self.words:
            spellings = [word]
            if not word.isascii():
                spellings += [word.lower(), word.upper(), word.capitalize()]
            cased = word.lower() != word.upper()
            yield tuple(dict.fromkeys(f"%{_escaped(spelling)}%" for spelling in spellings)), cased

    def excerpt(self, text: str) -> str:
        """What is to be shown of a text that was found."""
        lower = text.lower()
        if len(lower) != len(text):  # A few letters become two; places would be wrong.
            lower = text
        places = [at for word in self.words if (at := lower.find(word.lower())) >= 0]
        start = max(0, min(places, default=0) - _BEFORE)
        if start:
            space = text.find(" ", start, start + _BEFORE)
            start = space + 1 if space >= 0 else start
        cut = " ".join(text[start : start + _LENGTH].split())
        return f"…{cut}" if start else cut


def shown_text(content: str) -> str:
    """What people see of a stored message: not the role that the web edition puts in front, nor the data of images."""
    text = split_role_prefix(content)[1]
    return _IMAGE.sub("", text) if "data:image/" in text else text


def _escaped(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)
