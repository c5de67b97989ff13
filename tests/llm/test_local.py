"""The embedded engine with its real model: starting, answering, failing, and never outliving the program."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

import psutil
import pytest

from chat2anyllm_desktop.core.errors import ContextTooLongError, EngineError
from chat2anyllm_desktop.core.models import ModelSource
from chat2anyllm_desktop.llm.api import ChatRequest, Delta
from chat2anyllm_desktop.llm.local import EmbeddedEngine
from chat2anyllm_desktop.llm.model_file import packaged_path
from tests.conftest import LoopRunner

_ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not EmbeddedEngine.installed(), reason="the embedded engine is not installed (make test installs it)"
)


def _request(text: str = "Name three fruits.", **parameters: object) -> ChatRequest:
    return ChatRequest(
        model="smollm2-135m-instruct",
        messages=[{"role": "user", "content": text}],
        parameters={"max_tokens": 12, **parameters},
    )


def _stream(engine: EmbeddedEngine, request: ChatRequest) -> aclosing[AsyncGenerator[Delta, None]]:
    stream = engine.stream_chat(request)
    assert isinstance(stream, AsyncGenerator)
    return aclosing(stream)


async def _answer(engine: EmbeddedEngine, request: ChatRequest | None = None) -> list[Delta]:
    return [delta async for delta in engine.stream_chat(request or _request())]


def _with_engine(work: Callable[[EmbeddedEngine], Coroutine[Any, Any, None]], **options: Any) -> None:
    async def run() -> None:
        engine = EmbeddedEngine(**options)
        try:
            await work(engine)
        finally:
            await engine.aclose()

    asyncio.run(run())


def _gone(pid: int, seconds: float = 10.0) -> bool:
    """Whether the process ends in time; one that nobody has waited for yet counts as ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_answers_and_ends() -> None:
    pids: list[int] = []

    async def work(engine: EmbeddedEngine) -> None:
        models = await engine.list_models()
        assert engine.pid is None, "the list alone starts nothing"
        assert [(model.name, model.source, model.max_input_tokens) for model in models] == [
            ("smollm2-135m-instruct", ModelSource.EMBEDDED, 8192)
        ]
        deltas = await _answer(engine)
        assert len([delta for delta in deltas if delta.text]) > 1
        (usage,) = [delta.usage for delta in deltas if delta.usage]
        assert usage.prompt_tokens
        assert usage.completion_tokens == 12
        assert [delta.finish_reason for delta in deltas if delta.finish_reason] == ["length"]
        assert engine.pid is not None
        pids.append(engine.pid)
        await _answer(engine)
        assert engine.pid == pids[0], "it stays loaded"

    _with_engine(work)
    assert not psutil.pid_exists(pids[0])


def test_under_the_loop_of_the_window(qt_loop: LoopRunner) -> None:
    engine = EmbeddedEngine()

    async def work() -> None:
        assert await _answer(engine)
        await engine.aclose()

    qt_loop.run(work())
    assert engine.pid is None


def test_a_model_of_ones_own(tmp_path: Path) -> None:
    packaged = packaged_path()
    assert packaged is not None
    file = tmp_path / "Mein Modell ü.gguf"
    os.link(packaged, file) if os.stat(packaged).st_dev == os.stat(tmp_path).st_dev else file.symlink_to(
        packaged
    )

    async def work(engine: EmbeddedEngine) -> None:
        (model,) = await engine.list_models()
        assert model.name == "Mein Modell ü"
        assert model.max_input_tokens == 1024
        assert await _answer(engine)

    _with_engine(work, model_path=file, context_tokens=1024)


def test_first_messages_at_the_same_time_share_one_start() -> None:
    async def work(engine: EmbeddedEngine) -> None:
        before = len(psutil.Process().children())
        answers = await asyncio.gather(*(_answer(engine) for _ in range(3)))
        assert all(any(delta.text for delta in deltas) for deltas in answers)
        assert len(psutil.Process().children()) == before + 1

    _with_engine(work)


def test_stop_ends_the_generation() -> None:
    async def work(engine: EmbeddedEngine) -> None:
        long = _request("Tell a very long story.", max_tokens=4000, ignore_eos=True)
        async with _stream(engine, long) as deltas:
            await anext(deltas)
        # The engine has one slot: were the story still being written, this would wait for its 4,000 tokens.
        async with asyncio.timeout(20):
            assert await _answer(engine)

    _with_engine(work)


def test_stop_while_it_starts() -> None:
    async def work(engine: EmbeddedEngine) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_answer(engine), 0.05)
        assert await _answer(engine)

    _with_engine(work)


def test_unused_it_is_ended() -> None:
    async def work(engine: EmbeddedEngine) -> None:
        await _answer(engine)
        first = engine.pid
        assert first is not None
        assert await asyncio.to_thread(_gone, first)
        await _answer(engine)
        assert engine.pid not in (None, first)

    _with_engine(work, idle_timeout_s=0.3)


def test_a_conversation_longer_than_the_context() -> None:
    async def work(engine: EmbeddedEngine) -> None:
        with pytest.raises(ContextTooLongError, match="too long"):
            await _answer(engine, _request("word " * 600))
        assert await _answer(engine)

    _with_engine(work, context_tokens=512)


def test_a_crash_is_told_and_the_next_message_starts_it_anew() -> None:
    async def work(engine: EmbeddedEngine) -> None:
        async with _stream(engine, _request(max_tokens=4000, ignore_eos=True)) as deltas:
            await anext(deltas)
            first = engine.pid
            assert first is not None
            os.kill(first, signal.SIGKILL)
            with pytest.raises(EngineError, match="ended in the middle of its work"):
                async for _ in deltas:
                    pass
        assert engine.pid is None
        assert await _answer(engine)
        assert engine.pid not in (None, first)

    _with_engine(work)


def test_a_crash_while_nothing_happens_is_not_noticed() -> None:
    async def work(engine: EmbeddedEngine) -> None:
        await _answer(engine)
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        while engine.pid is not None:  # noqa: ASYNC110 - another thread sees it end.
            await asyncio.sleep(0.01)
        assert await _answer(engine)

    _with_engine(work)


_PARENT = """
import asyncio, sys
from chat2anyllm_desktop.llm.api import ChatRequest
from chat2anyllm_desktop.llm.local import EmbeddedEngine

async def main():
    engine = EmbeddedEngine()
    request = ChatRequest(model="m", messages=[{"role": "user", "content": "Tell a story."}],
                          parameters={"max_tokens": 100000, "ignore_eos": True})
    async for delta in engine.stream_chat(request):
        print(engine.pid, flush=True)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
@pytest.mark.parametrize("sign", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_it_ends_with_a_program_that_is_killed(sign: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert psutil.Process(child).ppid() == parent.pid
        parent.send_signal(getattr(signal, sign))
        assert _gone(child)


def test_files_that_are_no_model(tmp_path: Path) -> None:
    packaged = packaged_path()
    assert packaged is not None
    page = tmp_path / "page.gguf"
    page.write_text("<!doctype html>")
    torn = tmp_path / "torn.gguf"
    with packaged.open("rb") as whole:
        torn.write_bytes(whole.read(5_000_000))
    for path, words in (
        (tmp_path / "gone.gguf", "does not exist"),
        (page, "is not a GGUF model file"),
        (tmp_path, "cannot be read"),
    ):

        async def refused(engine: EmbeddedEngine, words: str = words) -> None:
            with pytest.raises(EngineError, match=words):
                await engine.list_models()
            with pytest.raises(EngineError, match=words):
                await _answer(engine)
            assert engine.pid is None

        _with_engine(refused, model_path=path)

    async def torn_in_two(engine: EmbeddedEngine) -> None:
        with pytest.raises(EngineError, match=r"cannot load torn\.gguf: the file is damaged") as caught:
            await _answer(engine)
        assert "corrupted or incomplete" in caught.value.detail

    _with_engine(torn_in_two, model_path=torn)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["/nonexistent/program"], "could not be started"),
        ([sys.executable, "-c", "import time; time.sleep(60)"], r"did not load .*\.gguf within 0\.5 seconds"),
        ([sys.executable, "-c", "import os; os._exit(7)"], "exit status 7"),
        ([sys.executable, "-c", "import os; os.abort()"], "SIGABRT" if os.name == "posix" else "exit status"),
        (
            [
                sys.executable,
                "-c",
                "print('engine ready at http://127.0.0.1:1', flush=True); input(); input()",
            ],
            "runs but cannot be reached",
        ),
    ],
    ids=["no program", "hangs", "exits", "aborts", "port blocked"],
)
def test_a_child_that_misbehaves(command: list[str], words: str) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        with pytest.raises(EngineError, match=words):
            await _answer(engine)

    _with_engine(work, command=command, start_timeout_s=0.5)


def test_not_installed() -> None:
    code = """
import asyncio
from chat2anyllm_desktop.llm.local import EmbeddedEngine
assert not EmbeddedEngine.installed()
try:
    asyncio.run(EmbeddedEngine().list_models())
except Exception as error:
    print(type(error).__name__, error)
"""
    # -S leaves out the installed packages, so the engine is really not there.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=_ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(
        "EngineError The embedded engine is not installed. Install it with: pip install"
    )
