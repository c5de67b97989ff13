"""Images inside of the text: ``![alt](data:image/png;base64,...)``. Their addresses are megabytes that no rule of Markdown
has to look at, so they are set aside while a paragraph is read, and do not count where its length is limited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from os import urandom

_STAND_IN = f"data:{urandom(8).hex()}-"
"""Begins what takes the place of an address; nobody can know it who writes a message."""
_SHORT = 1_000
"""Characters; shorter addresses stay where they are."""
_ENDS = ")\n \t>\"'"
_END = re.compile(f"[{_ENDS}]")
_DEFINED = re.compile(r" {0,3}\[[^\[\]]+\]:\Z")
_BEGUN = re.compile(r"!\[((?:[^\[\]\\]|\\.)*+)\]\([ \t]*+<?(?=data:image/)")
_HEAD = 300
"""Characters that stand, at most, before the data of an address, from the beginning of its link on."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """``![alt](data:image/...`` up to the end of a text: an image that is on its way, or was cut off. ``start`` is where it
    begins, ``address`` what there is of it."""

    start: int
    alt: str
    address: str


def unfinished_image(text: str) -> Unfinished | None:
    """The image that ``text`` breaks off in."""
    at = text.rfind("![")
    found = _BEGUN.match(text, at, at + 2 * _HEAD) if at >= 0 else None
    if found is None or address_end(text, found.end()) >= 0:
        return None
    return Unfinished(at, found[1], text[found.end() :])


def address_end(text: str, start: int = 0) -> int:
    """Where the base64 ends that ``text`` goes on with; -1 where that is not before the end of the text."""
    size = 64
    near = _END.search(text, start, start + size)
    if near is not None:
        return near.start()
    # In doubled steps, so that no sign is looked for far behind the one that comes first.
    while start < len(text):
        end = stop = min(start + size, len(text))
        for sign in _ENDS:
            found = text.find(sign, start, end)
            end = found if found >= 0 else end
        if end < stop:
            return end
        start, size = stop, 2 * size
    return -1


def breaks_off_in_data(text: str) -> int:
    """Where, in the last line of a text, the data begins of an address of an image that has not come to its end; -1 where
    there is none."""
    at = text.rfind("data:image/")
    comma = text.find(",", at, at + _HEAD)
    if at < 0 or comma < 0 or not _is_target(text, at):
        return -1
    return comma + 1 if address_end(text, at) < 0 else -1


def set_aside(text: str) -> tuple[str, dict[str, str]]:
    """``text`` with short stand-ins for the long addresses of images that stand in links, and which stands for which."""
    pieces: list[str] = []
    kept: dict[str, str] = {}
    done = 0
    for start, end in _long_addresses(text):
        stand_in = f"{_STAND_IN}{len(kept)}"
        kept[stand_in] = text[start:end]
        pieces += (text[done:start], stand_in)
        done = end
    pieces.append(text[done:])
    return "".join(pieces), kept


def blanked(text: str) -> str:
    """``text`` with NULs in place of the long addresses of images, as many as these have characters."""
    pieces: list[str] = []
    done = 0
    for start, end in _long_addresses(text):
        pieces += (text[done:start], "\0" * (end - start))
        done = end
    return "".join((*pieces, text[done:])) if pieces else text


def _long_addresses(text: str) -> Iterator[tuple[int, int]]:
    at = text.find("data:image/")
    while at >= 0:
        end = address_end(text, at)
        end = len(text) if end < 0 else end
        if end - at > _SHORT and _is_target(text, at):
            yield at, end
        at = text.find("data:image/", end)


def _is_target(text: str, at: int) -> bool:
    """Whether a link, or the definition of one, is what an address stands in."""
    before = text[max(0, at - _HEAD) : at].removesuffix("<").rstrip(" \t")
    return before.endswith("](") or _DEFINED.fullmatch(before[before.rfind("\n") + 1 :]) is not None
