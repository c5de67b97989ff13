"""Where the parts of a command line stand. Pure; used for running and for completion alike."""

from __future__ import annotations

from dataclasses import dataclass

QUOTES = {'"': '"', "'": "'", "“": "”"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line that begins with one slash. ``name`` has no slash and may be empty."""

    name: str
    arguments_start: int
    """Where the text behind the name begins, or the end of the line."""


@dataclass(frozen=True, slots=True)
class Token:
    """An argument: its text without quotes, and the range that it takes up with them."""

    text: str
    start: int
    end: int
    quote: str = ""
    """The quotation mark that it begins with."""


def split_line(text: str) -> Line | None:
    """The command's name and where its arguments begin; None when the text is no command but a message."""
    if not text.startswith("/") or text.startswith("//"):
        return None
    end = _next(text, 1, blank=True)
    return Line(text[1:end], end)


def split_arguments(text: str, start: int, count: int) -> list[Token]:
    """The arguments behind a command's name, at most ``count`` of them: the last one takes the rest of the line, so
    that only names in front of it need quotes. For ``count`` 0 the rest is one token too many."""
    tokens: list[Token] = []
    at = _next(text, start, blank=False)
    stop = len(text.rstrip())
    while at < stop:
        closing = QUOTES.get(text[at], "")
        end = text.find(closing, at + 1) if closing else -1
        after = end + 1
        if (
            end >= 0
            and (after == len(text) or text[after].isspace())
            and (len(tokens) + 1 < count or after >= stop)
        ):
            tokens.append(Token(text[at + 1 : end], at, after, text[at]))
        elif len(tokens) + 1 >= count:
            after = stop
            tokens.append(Token(text[at:stop], at, stop))
        elif closing and end < 0:
            after = stop
            tokens.append(Token(text[at + 1 : stop], at, stop, text[at]))
        else:
            after = _next(text, at, blank=True)
            tokens.append(Token(text[at:after], at, after))
        at = _next(text, after, blank=False)
    return tokens


def _next(text: str, at: int, *, blank: bool) -> int:
    """The first index from ``at`` where a character is blank (or is not), or the end."""
    while at < len(text) and text[at].isspace() is not blank:
        at += 1
    return at
