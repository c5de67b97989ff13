"""Asking a real gateway, and what is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.core.models import Usage, new_id
from chat2anyllm_desktop.llm.api import ChatRequest, Delta
from chat2anyllm_desktop.llm.client import GatewayClient
from tests.real.gateway import Gateway


@dataclass
class Heard:
    """What came of one request."""

    text: str = ""
    reasoning: str = ""
    usage: Usage | None = None
    finish_reason: str | None = None
    error: ChatError | None = None
    retries: list[ChatError] = field(default_factory=list)

    def add(self, delta: Delta) -> None:
        self.text += delta.text
        self.reasoning += delta.reasoning
        self.usage = delta.usage or self.usage
        self.finish_reason = delta.finish_reason or self.finish_reason


def with_client(
    gateway: Gateway,
    work: Callable[[GatewayClient], Coroutine[Any, Any, None]],
    *,
    key: str | None = None,
    stall_timeout_s: float = 60.0,
) -> None:
    """Run ``work`` with a client of the gateway, by default with its own key."""

    async def run() -> None:
        client = GatewayClient(
            gateway.base_url, gateway.key if key is None else key, stall_timeout_s=stall_timeout_s
        )
        try:
            await work(client)
        finally:
            await client.aclose()

    asyncio.run(run())


def request(model: str, text: str | None = None, **parameters: object) -> ChatRequest:
    """Without a text it is a question nobody asked before, so no cache knows it."""
    content = text or f"Question {new_id()}"
    return ChatRequest(model=model, messages=[{"role": "user", "content": content}], parameters=parameters)


def ask(gateway: Gateway, request: ChatRequest, **options: Any) -> Heard:
    """Send one request and gather what comes; the options are those of :func:`with_client`."""
    heard = Heard()

    async def work(client: GatewayClient) -> None:
        try:
            async for delta in client.stream_chat(
                request, on_retry=lambda error, _number, _delay_s: heard.retries.append(error)
            ):
                heard.add(delta)
        except ChatError as error:
            heard.error = error

    with_client(gateway, work, **options)
    return heard
