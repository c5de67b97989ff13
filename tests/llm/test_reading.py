"""When a stream is read: what comes slowly at once, what comes quickly together; and that ending it leaves nothing open."""

from __future__ import annotations

import asyncio
import gc
import itertools
import random

import psutil
import pytest

from chat2anyllm_desktop.core.errors import GatewayError, StallError
from chat2anyllm_desktop.llm import reading
from chat2anyllm_desktop.llm.api import ChatRequest
from chat2anyllm_desktop.llm.client import GatewayClient
from tests.conftest import LoopRunner
from tests.llm.misbehaving import DONE, FOREVER, RESET, STALL, Script, Step, answer, frame, serve, stream

REQUEST = ChatRequest(model="m", messages=[{"role": "user", "content": "Hi"}])


def words(count: int, pause_s: float) -> list[Step]:
    steps: list[Step] = []
    for number in range(count):
        steps += [frame(f"{number} "), pause_s]
    return [*steps, frame(finish="stop"), DONE]


def heard(script: Script) -> list[str]:
    """The text of each delta that had some."""

    async def ask(url: str) -> list[str]:
        client = GatewayClient(url, None)
        try:
            return [delta.text async for delta in client.stream_chat(REQUEST) if delta.text]
        finally:
            await client.aclose()

    with serve(script) as server:
        return asyncio.run(ask(server.url))


def test_a_stream_slower_than_a_nap_is_never_waited_for() -> None:
    texts = heard(stream(*words(25, 2 * reading.NAP_S)))
    # A machine that does other things for a moment may join two.
    assert len(texts) >= 23
    assert "".join(texts) == "".join(f"{number} " for number in range(25))


def test_a_quick_stream_is_taken_in_naps_after_a_wakeful_beginning() -> None:
    count = 200
    texts = heard(stream(*words(count, 0.005)))
    assert "".join(texts) == "".join(f"{number} " for number in range(count))
    assert texts[0] == "0 "
    assert len(texts) < count / 3


def test_a_flood_is_not_slowed_down_by_naps() -> None:
    """8 MB are 128 reads of 64 KB: with a nap after each, four seconds."""
    big = frame("x" * 4096)

    async def ask(url: str) -> int:
        client = GatewayClient(url, None)
        naps = 0
        sleep = asyncio.sleep

        async def counted(seconds: float) -> None:
            nonlocal naps
            naps += seconds == reading.NAP_S
            await sleep(seconds)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reading.asyncio, "sleep", counted)
            length = 0
            async for delta in client.stream_chat(REQUEST):
                length += len(delta.text)
        await client.aclose()
        assert length == 2000 * 4096
        return naps

    with serve(stream(big * 2000, frame(finish="stop"), DONE)) as server:
        assert asyncio.run(ask(server.url)) < 64


def test_pings_and_naps_do_not_hide_a_stall() -> None:
    async def ask(url: str) -> None:
        client = GatewayClient(url, None, stall_timeout_s=0.3)
        with pytest.raises(StallError):
            async for _ in client.stream_chat(REQUEST):
                pass
        await client.aclose()

    with serve(stream(*words(30, 0.003)[:-2], STALL)) as server:
        asyncio.run(ask(server.url))


def test_a_connection_is_paced_by_the_answer_that_uses_it_alone() -> None:
    """The second answer begins at once on the connection of the first, which napped."""

    async def ask(url: str) -> None:
        client = GatewayClient(url, None)
        for _ in range(3):
            texts = [delta.text async for delta in client.stream_chat(REQUEST) if delta.text]
            assert texts[:3] == ["0 ", "1 ", "2 "]
            await asyncio.sleep(0.1)
        await client.aclose()

    with serve(stream(*words(40, 0.01))) as server:
        asyncio.run(ask(server.url))
        assert server.connections == 1


def test_stopped_at_any_moment_nothing_stays_open(qt_loop: LoopRunner) -> None:
    """Under the loop of the window, which knows no finalizers of generators: whatever is left open there would be
    reported by the collector, and fail this test."""
    chance = random.Random(7)
    scripts = itertools.cycle(
        [
            stream(frame("a"), FOREVER),
            stream(*[frame("abc ")] * 400, frame(finish="stop"), DONE),
            [STALL],
            stream(frame("a"), 0.01, RESET),
            answer("Hello you there", pause_s=0.002),
        ]
    )

    async def listen(client: GatewayClient) -> None:
        try:
            async for _ in client.stream_chat(REQUEST):
                pass
        except GatewayError:
            pass

    async def scene(url: str, port: int) -> None:
        client = GatewayClient(url, None)
        before = asyncio.all_tasks()
        for _ in range(40):
            tasks = [asyncio.create_task(listen(client)) for _ in range(3)]
            await asyncio.sleep(chance.choice([0, 0.001, 0.003, 0.01, 0.05]))
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        await client.aclose()
        await asyncio.sleep(0.05)
        assert asyncio.all_tasks() == before
        gc.collect()
        assert [
            connection
            for connection in psutil.Process().net_connections("tcp")
            if connection.raddr and connection.raddr.port == port
        ] == []

    with serve(lambda _request: next(scripts)) as server:
        qt_loop.run(scene(server.url, server.port))
