"""Asking the client on a loop of its own, and all that is heard of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from chat2anyllm_desktop.core import errors
from chat2anyllm_desktop.core.models import Usage
from chat2anyllm_desktop.llm.api import ChatRequest, Delta
from chat2anyllm_desktop.llm.client import GatewayClient
from tests.llm.misbehaving import Script, Server, serve

T = TypeVar("T")
REQUEST = ChatRequest(
    model="m", messages=[{"role": "user", "content": "Hi"}], parameters={"temperature": 0.5}
)
KEY = "sk-test-1234567890"


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(20):
            return await coroutine

    return asyncio.run(bounded())


class Heard:
    """What a stream gave before it ended or failed."""

    def __init__(self) -> None:
        self.deltas: list[Delta] = []
        self.retries: list[tuple[errors.ChatError, int, float]] = []
        self.error: errors.ChatError | None = None

    @property
    def text(self) -> str:
        return "".join(delta.text for delta in self.deltas)

    @property
    def reasoning(self) -> str:
        return "".join(delta.reasoning for delta in self.deltas)

    @property
    def usage(self) -> Usage | None:
        usages = [delta.usage for delta in self.deltas if delta.usage is not None]
        assert len(usages) <= 1
        return usages[0] if usages else None

    @property
    def finish(self) -> list[str]:
        return [delta.finish_reason for delta in self.deltas if delta.finish_reason is not None]


async def listen(client: GatewayClient, request: ChatRequest = REQUEST) -> Heard:
    heard = Heard()
    try:
        async for delta in client.stream_chat(
            request, on_retry=lambda error, number, delay_s: heard.retries.append((error, number, delay_s))
        ):
            heard.deltas.append(delta)
    except errors.ChatError as error:
        heard.error = error
    return heard


def hear(*scripts: Script, key: str | None = KEY, stall_timeout_s: float = 5.0) -> tuple[Heard, Server]:
    async def ask(url: str) -> Heard:
        client = GatewayClient(url, key, stall_timeout_s=stall_timeout_s)
        try:
            return await listen(client)
        finally:
            await client.aclose()

    with serve(*scripts) as server:
        return run(ask(server.url)), server
