"""Ending an answer before its end: the socket closes, which stops the generation."""

from __future__ import annotations

import asyncio
import time

import pytest

from chat2anyllm_desktop.core import errors
from chat2anyllm_desktop.llm import client as client_module
from chat2anyllm_desktop.llm.client import GatewayClient
from tests.llm.hearing import KEY, REQUEST, Heard, listen, run
from tests.llm.misbehaving import (
    CUT,
    DONE,
    FOREVER,
    STALL,
    Script,
    Server,
    answer,
    chunk,
    frame,
    refusal,
    serve,
    stream,
)

pytestmark = pytest.mark.usefixtures("quick_retries")


ENDLESS = stream(frame("more "), FOREVER)


async def _asked(server: Server) -> None:
    """Wait until the server has the request, and a moment more for what it answers at once."""
    while not server.chats:  # noqa: ASYNC110 - another thread counts them
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)


def _assert_disconnected_soon(server: Server, since: float) -> None:
    assert server.disconnected.wait(1), "the server did not see the socket close"
    assert server.disconnected_at - since < 1


def test_aclose_of_the_stream_closes_the_socket() -> None:
    async def ask(url: str) -> float:
        client = GatewayClient(url, KEY)
        deltas = client.stream_chat(REQUEST)
        assert (await anext(deltas)).text
        since = time.monotonic()
        await deltas.aclose()
        await asyncio.sleep(0.2)
        await client.aclose()
        return since

    with serve(ENDLESS) as server:
        _assert_disconnected_soon(server, run(ask(server.url)))


@pytest.mark.parametrize("script", [ENDLESS, stream(frame("a"), STALL), [STALL]])
def test_cancelling_closes_the_socket(script: Script) -> None:
    async def ask(url: str) -> float:
        client = GatewayClient(url, KEY)
        task = asyncio.create_task(listen(client))
        await _asked(server)
        since = time.monotonic()
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        await asyncio.sleep(0.2)
        await client.aclose()
        return since

    with serve(script) as server:
        _assert_disconnected_soon(server, run(ask(server.url)))


def test_breaking_out_of_the_loop_closes_the_socket() -> None:
    async def ask(url: str) -> float:
        client = GatewayClient(url, KEY)
        async for _ in client.stream_chat(REQUEST):
            break
        since = time.monotonic()
        await asyncio.sleep(0.3)
        await client.aclose()
        return since

    with serve(ENDLESS) as server:
        _assert_disconnected_soon(server, run(ask(server.url)))


@pytest.mark.parametrize("script", [ENDLESS, [STALL]])
def test_closing_the_client_ends_its_streams(script: Script) -> None:
    async def ask(url: str) -> Heard:
        client = GatewayClient(url, KEY)
        task = asyncio.create_task(listen(client))
        await _asked(server)
        await client.aclose()
        return await task

    with serve(script) as server:
        heard = run(ask(server.url))
        assert isinstance(heard.error, errors.StreamCutError)
        assert server.disconnected.wait(1)


def test_a_client_that_was_closed_opens_nothing_any_more() -> None:
    """A retry waits while the settings replace the client."""

    async def ask(url: str) -> Heard:
        client = GatewayClient(url, KEY)
        task = asyncio.create_task(listen(client))
        await _asked(server)
        await client.aclose()
        return await task

    with pytest.MonkeyPatch.context() as patch, serve(refusal(503, "busy"), answer()) as server:
        patch.setattr(client_module, "FIRST_DELAY_S", 0.3)
        heard = run(ask(server.url))
        assert isinstance(heard.error, errors.StreamCutError)
        assert len(server.chats) == 1


def test_a_slow_consumer_holds_the_sender_back() -> None:
    async def ask(url: str) -> int:
        client = GatewayClient(url, KEY, stall_timeout_s=0.3)
        deltas = client.stream_chat(REQUEST)
        await anext(deltas)
        await asyncio.sleep(1.0)  # Longer than the stall timeout: it is us who are slow.
        largest = 0
        for _ in range(20):
            largest = max(largest, len((await anext(deltas)).text))
        await deltas.aclose()
        await client.aclose()
        return largest

    big = frame("x" * 200_000)
    with serve([*stream(CUT)[:1], *[chunk(big)] * 40, chunk(DONE), b"0\r\n\r\n"]) as server:
        assert 0 < run(ask(server.url)) < 4_000_000
