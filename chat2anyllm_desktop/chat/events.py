"""What a running turn reports, in order.

A turn is an async generator of these. It yields ``MessageSaved`` for the stored user message, ``AnswerStarted`` for the
empty answer, ``AnswerDelta`` as text arrives, and exactly one ``AnswerEnded`` for each ``AnswerStarted``, whatever
happens: completion, Stop, an error, cancellation. The consumer must not await between two events.
"""

from __future__ import annotations

from dataclasses import dataclass

from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.core.models import Message, Session


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """The turn gave the session its title."""

    session: Session


@dataclass(frozen=True, slots=True)
class MessageSaved:
    """The user's message is in the store; only now anything is sent. Also: a plan as the user edited it."""

    message: Message


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    """An answer with status STREAMING, empty or, when it is continued, with its text so far; its id names the deltas
    that follow."""

    message: Message


@dataclass(frozen=True, slots=True)
class AnswerDelta:
    """More text: append it. Either field may be empty."""

    session_id: str
    message_id: str
    text: str = ""
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class AnswerRetrying:
    """Nothing has come yet, and the request is sent again after ``delay_s`` seconds; ``sentence`` says why."""

    message: Message
    sentence: str
    attempt: int
    delay_s: float


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """The answer is final: full text, status, usage. ``error`` says why it failed; ``save_error`` that it could not be
    saved. The text is then kept in the journal and saved as soon as it can be; but not for a NotFoundError: the session
    was deleted meanwhile, and the answer with it, which is nothing that people need to be told."""

    message: Message
    error: ChatError | None = None
    save_error: ChatError | None = None


@dataclass(frozen=True, slots=True)
class PlanReady:
    """Plan mode with review: the plan waits to be edited, approved or dropped."""

    plan: Message
    steps: tuple[str, ...]


TurnEvent = (
    SessionChanged | MessageSaved | AnswerStarted | AnswerDelta | AnswerRetrying | AnswerEnded | PlanReady
)
