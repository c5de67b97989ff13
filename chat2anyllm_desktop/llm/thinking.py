"""Inline reasoning: ``<think>...</think>`` at the very start of an answer, as DeepSeek-style models write it."""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkSplitter:
    """Tells reasoning from text while both arrive in pieces; tags may be cut anywhere.

    Only an answer that *begins* with ``<think>`` (white space aside) is split: later tags are the model's text, perhaps
    an answer about such tags.
    """

    def __init__(self) -> None:
        self._state = "start"
        self._held = ""

    def feed(self, piece: str) -> tuple[str, str]:
        """(text, reasoning) that are certain now."""
        if self._state == "text":
            return piece, ""
        self._held += piece
        reasoning = ""
        if self._state == "start":
            begin = self._held.lstrip()
            if len(begin) < len(_OPEN) and _OPEN.startswith(begin):
                return "", ""
            if not begin.startswith(_OPEN):
                return self._as_text(), ""
            self._state = "opened"
            self._held = begin[len(_OPEN) :]
        if self._state == "opened":
            self._held = self._held.lstrip()
            if not self._held:
                return "", ""
            self._state = "thinking"
        if self._state == "thinking":
            end = self._held.find(_CLOSE)
            if end < 0:
                certain = self._held[: len(self._held) - _overlap(self._held, _CLOSE)].rstrip()
                self._held = self._held[len(certain) :]
                return "", certain
            reasoning = self._held[:end].rstrip()
            self._held = self._held[end + len(_CLOSE) :]
            self._state = "gap"
        self._held = self._held.lstrip()
        return (self._as_text(), reasoning) if self._held else ("", reasoning)

    def flush(self) -> tuple[str, str]:
        """What was held back when the answer ended."""
        held, self._held = self._held, ""
        return ("", held) if self._state in ("opened", "thinking") else (held, "")

    def _as_text(self) -> str:
        self._state = "text"
        text, self._held = self._held, ""
        return text


def _overlap(text: str, tag: str) -> int:
    """Length of the longest end of ``text`` that begins ``tag``."""
    for length in range(min(len(tag) - 1, len(text)), 0, -1):
        if text.endswith(tag[:length]):
            return length
    return 0
