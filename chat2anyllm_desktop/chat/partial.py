"""An answer while it is being written: its text, its times, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TypeVar

from chat2anyllm_desktop.core.errors import (
    ChatError,
    ContentRefusedError,
    EmptyAnswerError,
    GatewayUnreachableError,
    StallError,
    StreamCutError,
)
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Kind, Message, Model, Status, Usage
from chat2anyllm_desktop.llm.api import Delta
from chat2anyllm_desktop.llm.cost import with_cost

N = TypeVar("N", int, float)

_LOST_CONNECTION = (StreamCutError, StallError, GatewayUnreachableError)


class PartialAnswer:
    """Gathers deltas onto a stored message (empty, or with the text that is continued).

    Adding a delta costs the same however long the answer is; the text is joined when :meth:`message` is called.
    Times count from the making of this object, which is when the request is sent.
    """

    def __init__(self, stored: Message, model: Model) -> None:
        self.stored = stored
        """The message as the store last gave it; what follows is appended to its text."""
        self.pieces = 0
        """Grows with every piece of text: tells whether anything came since."""
        self._model = model
        self._before = stored
        self._text = [stored.content]
        self._reasoning = [stored.reasoning]
        self._usage = Usage()
        self._finish_reason: str | None = None
        self._began = perf_counter()
        self._first_at: float | None = None
        self._thinking_at: float | None = None
        self._visible_at: float | None = None

    def add(self, delta: Delta) -> bool:
        """Take a delta; True when there is text in it."""
        if delta.usage is not None:
            self._usage = delta.usage
        if delta.finish_reason is not None:
            self._finish_reason = delta.finish_reason
        if delta.reasoning:
            if self._thinking_at is None:
                self._thinking_at = perf_counter()
                self._first_at = self._first_at or self._thinking_at
            self._reasoning.append(delta.reasoning)
        if delta.text:
            if self._visible_at is None:
                self._visible_at = perf_counter()
                self._first_at = self._first_at or self._visible_at
            self._text.append(delta.text)
        elif not delta.reasoning:
            return False
        self.pieces += 1
        return True

    def message(self, status: Status = Status.STREAMING, *, error: str | None = None) -> Message:
        """The answer so far."""
        self._text = ["".join(self._text)]
        self._reasoning = ["".join(self._reasoning)]
        return replace(
            self.stored,
            content=self._text[0],
            reasoning=self._reasoning[0],
            status=status,
            usage=_added(self._before.usage, self._timed_usage(error)),
        )

    def emptiness(self) -> ChatError | None:
        """What is wrong with an answer that has ended and holds nothing; None when it holds something. Reasoning
        counts, but not for a plan, which is to be carried out."""
        parts = self._text if self.stored.kind is Kind.PLAN else [*self._text, *self._reasoning]
        if any(part.strip() for part in parts):
            return None
        name = self._model.name
        if self._finish_reason == "length":
            return EmptyAnswerError(
                tr(
                    "{model} had used up its tokens before it wrote anything. It needs a larger limit (max_tokens), or "
                    "choose another model.",
                    model=name,
                )
            )
        if self._finish_reason == "content_filter":
            return ContentRefusedError(
                tr(
                    "A content filter let nothing of {model}'s answer through. Word it differently, or choose "
                    "another model.",
                    model=name,
                )
            )
        if self._finish_reason in ("tool_calls", "function_call"):
            return EmptyAnswerError(
                tr(
                    "{model} wants to call a tool instead of answering, and this program has none. Ask for an answer in "
                    "words, or choose another model.",
                    model=name,
                )
            )
        if self.stored.kind is Kind.PLAN:
            return EmptyAnswerError(
                tr(
                    "{model} returned no plan, so nothing was carried out. Try again, or choose another planning model.",
                    model=name,
                )
            )
        return EmptyAnswerError(
            tr(
                "{model} returned an empty answer. Try again, or choose another model; if it stays so, what serves this "
                "model is broken or has a wrong address.",
                model=name,
            )
        )

    def status_after(self, error: ChatError) -> Status:
        """FAILED, or INTERRUPTED when text came and then the connection was lost."""
        return Status.INTERRUPTED if self.pieces and isinstance(error, _LOST_CONNECTION) else Status.FAILED

    def _timed_usage(self, error: str | None) -> Usage:
        now = perf_counter()
        first, thinking = self._first_at, self._thinking_at
        return with_cost(
            replace(
                self._usage,
                first_token_s=None if first is None else first - self._began,
                duration_s=now - self._began,
                reasoning_s=None if thinking is None else (self._visible_at or now) - thinking,
                finish_reason=self._finish_reason,
                error=error,
            ),
            self._model,
        )


def _added(before: Usage, now: Usage) -> Usage:
    """What an answer took that was written in several goes. What is not known of one of them is not known of all."""
    if before.duration_s is None or now.duration_s is None:
        return now
    return replace(
        now,
        prompt_tokens=_sum(before.prompt_tokens, now.prompt_tokens),
        completion_tokens=_sum(before.completion_tokens, now.completion_tokens),
        reasoning_tokens=_sum(before.reasoning_tokens, now.reasoning_tokens),
        cost=_sum(before.cost, now.cost),
        cost_reported=before.cost_reported and now.cost_reported,
        first_token_s=now.first_token_s if before.first_token_s is None else before.first_token_s,
        duration_s=before.duration_s + now.duration_s,
        reasoning_s=((before.reasoning_s or 0.0) + (now.reasoning_s or 0.0)) or None,
    )


def _sum(before: N | None, now: N | None) -> N | None:
    return None if before is None or now is None else before + now
