"""The nouns of the program, as frozen data.

Everything that passes between the store, the model client, the turn logic and the window is one of these. They hold no
behaviour beyond what follows from their own fields, and none of them is ever changed in place: use
:func:`dataclasses.replace`.

All times are timezone-aware UTC. All ids are strings in the canonical form of a UUID; :func:`new_id` makes them ascend from
one millisecond to the next, and two rows with the same time are in the order of their ids everywhere.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from chat2anyllm_desktop.core.language import mark, tr

TITLE_LENGTH = 60
"""Characters of the first message that become a session's title (the web edition's rule)."""

DEFAULT_TITLE = mark("New Chat")
"""Title of a session nobody has written in: the default of the ``sessions.title`` column. Stored in English."""


def new_id() -> str:
    """A UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits, so ids sort by time of making."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))


def utc_now() -> datetime:
    """The present moment as stored everywhere: timezone-aware UTC."""
    return datetime.now(UTC)


def title_from(text: str) -> str:
    """The title a session takes from its first message: one line, at most :data:`TITLE_LENGTH` characters."""
    line = " ".join(text[: 8 * TITLE_LENGTH].split())
    if len(line) > TITLE_LENGTH:
        words = line[:TITLE_LENGTH].rpartition(" ")[0]
        # Between words where that costs little: Chinese has no spaces, and an address has none either.
        line = (words if len(words) > TITLE_LENGTH // 2 else line[: TITLE_LENGTH - 1]).rstrip(" ,;:") + "…"
    return line or DEFAULT_TITLE


class Author(StrEnum):
    """Who wrote a stored message: the ``messages.role`` column, which allows exactly these two."""

    USER = "user"
    ASSISTANT = "assistant"


class Kind(StrEnum):
    """What part a message plays. Plan mode writes one PLAN and one IMPLEMENTATION where plain chat writes CHAT."""

    CHAT = "chat"
    PLAN = "plan"
    IMPLEMENTATION = "implementation"


class Status(StrEnum):
    """How a message ended. Everything but COMPLETE and STREAMING offers Continue and Retry."""

    COMPLETE = "complete"
    STREAMING = "streaming"
    STOPPED = "stopped"
    """The user pressed Stop."""
    INTERRUPTED = "interrupted"
    """The program ended, or lost its connection, in the middle."""
    FAILED = "failed"
    """The gateway reported an error; ``Usage.error`` holds the sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an answer took. Stored as the JSON of ``messages.usage``; None means not known, never zero."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost: float | None = None
    """US dollars."""
    cost_reported: bool = False
    """True when the gateway gave the cost; False when it was estimated from the model's prices."""
    first_token_s: float | None = None
    """Seconds from sending the request to the first visible or reasoning text."""
    duration_s: float | None = None
    """Seconds from sending the request to the end of the answer."""
    reasoning_s: float | None = None
    """Seconds from the first reasoning text to the first visible text."""
    cached: bool = False
    finish_reason: str | None = None
    error: str | None = None
    """For a failed or interrupted answer: the sentence the user was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a session, exactly as typed or answered.

    ``parent_id`` None means: follows the previous message in order. An id means: follows that message, and what lies
    between is another branch. A message whose ``parent_id`` is its own id begins the conversation anew.
    """

    id: str
    session_id: str
    author: Author
    content: str
    created_at: datetime
    parent_id: str | None = None
    kind: Kind = Kind.CHAT
    status: Status = Status.COMPLETE
    model: str | None = None
    reasoning: str = ""
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanModels:
    """The two models of plan mode."""

    planning: str
    answering: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """What a session remembers of how it is used. Stored as the JSON of ``sessions.settings``.

    ``parameters`` goes into the request as it is (temperature, max_tokens, ...). ``branch`` is the last message of the
    branch that the reader has gone back to; None while that is the newest. Keys in the JSON that this version does not
    know are kept in ``unknown`` and written back.
    """

    model: str | None = None
    role_id: str | None = None
    plan: PlanModels | None = None
    branch: str | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    unknown: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One conversation. ``updated_at`` moves when a message is added or the title changes, not when it is pinned."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    settings: SessionSettings = field(default_factory=SessionSettings)
    pinned: bool = False
    archived_at: datetime | None = None
    owner: str | None = None

    @property
    def shown_title(self) -> str:
        """The title as people read it: in their language where nobody has given one."""
        return tr(self.title) if self.title == DEFAULT_TITLE else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Reusable instructions, sent to the model as a system message. Names are unique."""

    id: str
    name: str
    instructions: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A prompt that is used as ``/name``, as :mod:`~chat2anyllm_desktop.core.templates` reads its text. Names are unique."""

    id: str
    name: str
    """Without its slash, in small letters."""
    text: str
    created_at: datetime
    updated_at: datetime


class ModelSource(StrEnum):
    """Where a model is reached."""

    GATEWAY = "gateway"
    EMBEDDED = "embedded"
    DEMO = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model one can pick. None in a capability or price means the gateway did not say."""

    name: str
    """What goes into the request, and what people type."""
    provider: str = ""
    """Group in the picker: the gateway's ``litellm_provider`` or ``owned_by``; may be empty."""
    source: ModelSource = ModelSource.GATEWAY
    description: str = ""
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    input_cost_per_token: float | None = None
    """US dollars."""
    output_cost_per_token: float | None = None
    """US dollars."""
    vision: bool | None = None
    tools: bool | None = None
    reasoning: bool | None = None
    pdf: bool | None = None
    deployments: int = 1
    """How many deployments the gateway balances under this name."""


class Table(StrEnum):
    """Tables whose changes are told to open windows."""

    SESSIONS = "sessions"
    MESSAGES = "messages"
    ROLES = "roles"
    TEMPLATES = "chat2anyllm_templates"


class Operation(StrEnum):
    UPSERT = "upsert"
    DELETE = "delete"
    RESYNC = "resync"
    """Changes may have been missed: read everything that is on show again. Ids are empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something changed in the store, perhaps by another client: ids only, never content."""

    table: Table
    operation: Operation
    id: str = ""
    session_id: str = ""
    """The session of a changed message; empty for the other tables."""
