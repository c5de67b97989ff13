"""Small facts the controller tells the widgets, beside the nouns of ``core.models``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """State of a connection, as the dot in the header shows it."""

    OFF = "off"
    """Not configured; nothing is wrong."""
    CONNECTING = "connecting"
    OK = "ok"
    ATTENTION = "attention"
    """Works, but something should be looked at."""
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """``sentence`` says in words what the dot's colour says, for tooltips and screen readers."""

    health: Health
    sentence: str


class Tone(StrEnum):
    """How loud a notice is."""

    INFO = "info"
    ATTENTION = "attention"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class NoticeAction:
    """A thing that can be done about a notice. ``id`` comes back in ``action_requested``."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What happened, in the user's words. A notice of the same ``key`` replaces the one before."""

    key: str
    tone: Tone
    sentence: str
    actions: tuple[NoticeAction, ...] = ()
    detail: str = ""
    """Behind "Details"; empty when there is nothing more to say."""
    seconds: float | None = None
    """Goes away by itself after so long; None stays until answered or withdrawn."""
