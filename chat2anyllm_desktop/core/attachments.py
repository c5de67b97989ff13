"""Files and long pastes that go with a message, as part of its text.

A message is one text in the database and on the wire, for every client that reads it. What is attached stands at its end,
each piece as a fenced block under its name, and can be taken apart again: so drafts, recalled and edited messages show it
as they showed it when it was written. Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SHORTEST_FENCE = 4
"""Backticks. People and models write three: what is typed is not mistaken for something attached."""

_TICKS = re.compile(r"`{4,}")
_LANGUAGES = {
    "txt": "",
    "text": "",
    "log": "",
    "h": "c",
    "hpp": "cpp",
    "hh": "cpp",
    "yml": "yaml",
    "htm": "html",
}
_LONGEST_LANGUAGE = 12


@dataclass(frozen=True, slots=True)
class Attachment:
    """``name`` is a file's name without its folder. ``text`` has no newline at its end; use :func:`attached`.

    One without a name is text that is too long to be edited: it stands in the message as it is."""

    name: str
    text: str

    @property
    def lines(self) -> int:
        return self.text.count("\n") + 1


def attached(name: str, text: str) -> Attachment:
    """A piece that can be written into a message and read again."""
    name = " ".join(name.split()).strip("`") or "text"
    return Attachment(name, text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n"))


def joined(text: str, attachments: Iterable[Attachment]) -> str:
    """The message: what was typed, then what is attached."""
    return "\n\n".join(part for part in (text, *map(_block, attachments)) if part)


def taken_apart(message: str) -> tuple[str, tuple[Attachment, ...]]:
    """What :func:`joined` was given; a message without attachments is all text."""
    rest = message
    found: list[Attachment] = []
    while rest and (piece := _last_block(rest)) is not None:
        rest, attachment = piece
        found.append(attachment)
    attachments = tuple(reversed(found))
    return (rest, attachments) if joined(rest, attachments) == message else (message, ())


def without_contents(message: str) -> str:
    """What was typed, or where that is nothing the names of what is attached: for titles and lists."""
    text, attachments = taken_apart(message)
    return text if text.strip() else ", ".join(piece.name for piece in attachments) or message


def _last_block(message: str) -> tuple[str, Attachment] | None:
    """What stands in front of the block at the end, and the block."""
    end = message.rfind("\n")
    fence = message[end + 1 :]
    if len(fence) < SHORTEST_FENCE or fence.strip("`"):
        return None
    # A fence is longer than every run inside of it, so the nearest one before it is the one that opens.
    start = message.rfind(f"\n{fence}", 0, end)
    name_start = message.rfind("\n", 0, start) + 1
    name = message[name_start:start]
    text_start = message.find("\n", start + 1) + 1
    first = name_start == 0 or message.endswith("\n\n", 0, name_start)
    if start < 0 or text_start > end or not name.endswith(":") or not first:
        return None
    return message[: max(0, name_start - 2)], Attachment(name[:-1], message[text_start:end])


def merged(first: str, second: str) -> str:
    """One message out of two: what was typed below each other, then what is attached to either."""
    (text, pieces), (other, others) = taken_apart(first), taken_apart(second)
    return joined("\n".join(part for part in (text, other) if part.strip()), (*pieces, *others))


def _block(piece: Attachment) -> str:
    if not piece.name:
        return piece.text
    longest = max((len(run) for run in _TICKS.findall(piece.text)), default=SHORTEST_FENCE - 1)
    fence = "`" * (longest + 1)
    return f"{piece.name}:\n{fence}{_language(piece.name)}\n{piece.text}\n{fence}"


def _language(name: str) -> str:
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    known = suffix.isascii() and suffix.isalnum() and len(suffix) <= _LONGEST_LANGUAGE
    return _LANGUAGES.get(suffix, suffix) if known else ""
