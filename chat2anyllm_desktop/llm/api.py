"""What the rest of the program knows of models: a list of them, and a stream of deltas from one.

The gateway client, the embedded engine, the offline demo and the router over them all keep this protocol.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.core.models import Model, Usage
from chat2anyllm_desktop.core.prompts import RequestMessage as RequestMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What is sent. ``parameters`` are merged into the body as they are (temperature, max_tokens, ...)."""

    model: str
    messages: Sequence[RequestMessage]
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer. Several chunks that arrived together may be joined into one."""

    text: str = ""
    reasoning: str = ""
    usage: Usage | None = None
    """Tokens and cost, once, near the end; times are not filled in here."""
    finish_reason: str | None = None


RetryHook = Callable[[ChatError, int, float], None]
"""Called before a request is sent again: why, which attempt comes (2, 3, ...), seconds until then."""


class ChatModels(Protocol):
    """A source of models. All methods run on the event loop's thread and never block it."""

    async def list_models(self) -> list[Model]:
        """The models that can chat, in the source's order. Raises GatewayError or EngineError."""

    def stream_chat(self, request: ChatRequest, *, on_retry: RetryHook | None = None) -> AsyncIterator[Delta]:
        """The answer as it comes; ends after the last delta. Raises GatewayError or EngineError, before or between
        deltas. Closing the iterator (``aclose``) or cancelling closes the socket, which stops the generation."""

    async def aclose(self) -> None:
        """Close connections and end child processes."""
