"""An answer on the wire: the bytes of a 200 response in, deltas out. Pure.

Accepts what LiteLLM and the OpenAI-compatible servers beside it send: a stream of ``chat.completion.chunk`` frames, or
one plain ``chat.completion`` where ``stream`` was ignored. Everything in a frame may be null or missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chat2anyllm_desktop.core.models import Usage
from chat2anyllm_desktop.llm.api import Delta
from chat2anyllm_desktop.llm.faults import Fault, Faults
from chat2anyllm_desktop.llm.sse import Event, SseDecoder
from chat2anyllm_desktop.llm.thinking import ThinkSplitter

_BOM = b"\xef\xbb\xbf"
_FIELDS = (b"data", b"event", b"id", b"retry", b":")
"""How a line of an event stream begins."""
_PLAIN_LIMIT = 64 * 1024 * 1024
"""Bytes of a plain JSON answer that are kept; nobody writes a longer one."""


class Answer:
    """Collects one answer.

    A problem found in a piece is kept in ``problem`` until the deltas in front of it have been taken, so nothing that
    arrived is lost. ``begun`` says whether any text was given.
    """

    def __init__(self, faults: Faults, model: str, *, cached: bool = False) -> None:
        """``cached``: the response's headers say that it comes out of the gateway's cache."""
        self.begun = False
        self.ended = False
        """``[DONE]`` came: nothing follows."""
        self.finished = False
        """A ``finish_reason`` came: the text is complete even if the server now falls silent."""
        self.problem: Fault | None = None
        self._faults = faults
        self._model = model
        self._cached = cached
        self._decoder = SseDecoder()
        self._plain: bytearray | None = None
        self._head: bytes | None = b""
        self._first = b""
        """How the response begins, while it may still turn out to be no event stream."""
        self._think: ThinkSplitter | None = ThinkSplitter()
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._usage: Usage | None = None
        self._usage_due = False
        self._finish_reason: str | None = None

    def feed(self, data: bytes) -> Delta | None:
        """The deltas in ``data``, joined; None when it held none."""
        if self._head is not None:
            data = self._head + data
            start = data.removeprefix(_BOM).lstrip()[:1]
            if not start:
                self._head = data
                return None
            self._head = None
            if start == b"<":
                self.problem = Fault(self._faults.page(data, status=200))
                return None
            if start in b"{[":
                self._plain = bytearray()
            else:
                self._first = data.removeprefix(_BOM).lstrip()[:2000]
        if self._plain is None:
            self._take_events(self._decoder.feed(data))
            return self._give()
        self._plain += data
        if len(self._plain) > _PLAIN_LIMIT:
            self.problem = self._broken(self._plain[:2000].decode("utf-8", "replace"))
        return None

    def finish(self, cut: Fault) -> Delta | None:
        """At the end of the connection: what was held back. ``cut`` is the problem if the answer had no end yet."""
        if self._plain is not None:
            self._take_plain(bytes(self._plain), cut)
        elif self.problem is None:
            self._take_events(self._decoder.flush(), at_end=True)
        if not (self.ended or self.finished or self.problem):
            no_stream = self._first and not self._first.startswith(_FIELDS)
            self.problem = self._broken(self._first.decode("utf-8", "replace")) if no_stream else cut
        self._release()
        return self._give()

    def _take_events(self, events: list[Event], *, at_end: bool = False) -> None:
        for event in events:
            data = event.data.strip()
            self._first = b""
            if not data:
                continue
            if data == "[DONE]":
                self.ended = True
                self._release()
                return
            try:
                frame = json.loads(event.data)
            except ValueError:
                if not at_end:  # At the end it is the torn last frame of a cut connection.
                    self._fail(self._broken(event.data))
                return
            if not isinstance(frame, dict):
                self._fail(self._broken(event.data))
                return
            error = frame.get("error") or (frame if event.name == "error" else None)
            if error:
                begun = self.begun or bool(self._text or self._reasoning)
                self._fail(self._faults.from_frame(error, begun, model=self._model))
                return
            self._take_frame(frame)

    def _take_frame(self, frame: dict[str, Any]) -> None:
        usage = frame.get("usage")
        if isinstance(usage, dict):
            self._usage = read_usage(usage)
        choices = frame.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            reasoning = delta.get("reasoning_content") or delta.get("reasoning")
            if isinstance(reasoning, str) and reasoning:
                self._think = None
                self._reasoning.append(reasoning)
            content = delta.get("content") or delta.get("refusal")
            if isinstance(content, str):
                self._take_text(content)
            elif isinstance(content, list):
                self._take_parts(content)
        elif isinstance(choice.get("text"), str):
            self._take_text(choice["text"])
        if isinstance(choice.get("finish_reason"), str):
            self._finish_reason = choice["finish_reason"]
            self.finished = True
            self._release(usage=False)

    def _take_text(self, content: str) -> None:
        if self._think is not None:
            content, reasoning = self._think.feed(content)
            if reasoning:
                self._reasoning.append(reasoning)
        if content:
            self._text.append(content)

    def _take_parts(self, parts: list[object]) -> None:
        """Content as a list of typed parts: ``text`` ones, and Mistral's ``thinking`` ones."""
        for part in parts:
            if not isinstance(part, dict):
                continue
            if isinstance(part.get("text"), str):
                self._take_text(part["text"])
            thinking = part.get("thinking")
            for piece in thinking if isinstance(thinking, list) else [{"text": thinking}]:
                if isinstance(piece, dict) and isinstance(piece.get("text"), str):
                    self._think = None
                    self._reasoning.append(piece["text"])

    def _take_plain(self, body: bytes, cut: Fault) -> None:
        """The whole answer in one piece."""
        try:
            frame = json.loads(body)
        except ValueError:
            torn = body.rstrip()[-1:] not in b"}]"
            self.problem = cut if torn else self._broken(body.decode("utf-8", "replace"))
            return
        error = frame.get("error") or frame.get("detail") if isinstance(frame, dict) else None
        if error:
            self.problem = self._faults.from_frame(error, False, model=self._model)
        elif not isinstance(frame, dict) or not isinstance(frame.get("choices"), list):
            self.problem = self._broken(body.decode("utf-8", "replace"))
        else:
            self._take_frame(frame)
            self.ended = True

    def _fail(self, problem: Fault) -> None:
        self._release()
        self.problem = problem

    def _release(self, *, usage: bool = True) -> None:
        """Let go of what a later piece could have changed: a half tag; and at the end the usage."""
        if self._think is not None:
            text, reasoning = self._think.flush()
            if text:
                self._text.append(text)
            if reasoning:
                self._reasoning.append(reasoning)
        self._usage_due = self._usage_due or usage
        if self._usage_due and self._cached and self._usage is None:
            self._usage = Usage()

    def _give(self) -> Delta | None:
        usage = self._usage if self._usage_due else None
        if usage is not None:
            self._usage = None
            if self._cached:
                # LiteLLM tells what the answer cost when it was made; this time it cost nothing.
                usage = replace(usage, cached=True, cost=None, cost_reported=False)
                self._cached = False
        text, reasoning, reason = "".join(self._text), "".join(self._reasoning), self._finish_reason
        if not (text or reasoning or usage or reason):
            return None
        self._text.clear()
        self._reasoning.clear()
        self._finish_reason = None
        self.begun = self.begun or bool(text or reasoning)
        return Delta(text, reasoning, usage, reason)

    def _broken(self, data: str) -> Fault:
        return Fault(self._faults.broken_frame(data))


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """Tokens and cost as the wire names them; what is missing or malformed is None."""
    details = usage.get("completion_tokens_details")
    reasoning = details.get("reasoning_tokens") if isinstance(details, dict) else None
    cost = usage.get("cost")
    reported = isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost < float("inf")
    return Usage(
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        reasoning_tokens=_count(reasoning),
        cost=float(cost) if reported and cost is not None else None,
        cost_reported=reported,
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
