"""Where a session was left."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadingPosition:
    """Where a session was left: a part of a message at a height of the view, or the end."""

    message_id: str
    number: int
    y: int
    at_end: bool
