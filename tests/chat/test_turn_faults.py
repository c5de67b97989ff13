"""What goes wrong in a turn, at the gateway and at the history: told in words, and nothing lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from chat2anyllm_desktop.chat.events import (
    AnswerDelta,
    AnswerRetrying,
)
from chat2anyllm_desktop.chat.turn import continue_answer, retry_answer, run_turn
from chat2anyllm_desktop.core.errors import (
    AuthenticationError,
    ChatError,
    ContentRefusedError,
    EmptyAnswerError,
    NotFoundError,
    StoreUnavailableError,
    StreamCutError,
    StreamError,
)
from chat2anyllm_desktop.core.models import (
    Status,
    new_id,
)
from chat2anyllm_desktop.llm.api import Delta
from chat2anyllm_desktop.llm.client import GatewayClient
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.journal import settle
from tests.chat.given import MODEL, ScriptedModels, Step, given, path
from tests.llm import misbehaving
from tests.llm.misbehaving import CUT, answer, error_frame, frame, refusal, serve, stream


# What goes wrong at the gateway ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("script", "error", "status", "text"),
    [
        (refusal(401, "wrong key"), AuthenticationError, Status.FAILED, ""),
        (stream(frame("Half"), error_frame("it broke")), StreamError, Status.FAILED, "Half"),
        (stream(frame("Half"), CUT), StreamCutError, Status.INTERRUPTED, "Half"),
        (misbehaving.reply(200, "<html>Welcome</html>"), ChatError, Status.FAILED, ""),
    ],
)
def test_a_failed_answer_is_kept_with_its_reason(
    script: misbehaving.Script, error: type[ChatError], status: Status, text: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with given(tmp_path, GatewayClient(server.url, "sk-x")) as it:
            await it.take(run_turn(it, it.session, "?", model=MODEL))
            assert it.names[-1] == "AnswerEnded"
            assert isinstance(it.ended.error, error)
            _, got = await it.history()
            assert got == it.ended.message
            assert (got.status, got.content, got.usage.error) == (status, text, str(it.ended.error))
            assert it.journal.recover() == []

    with serve(script) as server:
        asyncio.run(main())


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        ([], EmptyAnswerError, "m returned an empty answer. Try again"),
        ([" \n", Delta(finish_reason="stop")], EmptyAnswerError, "m returned an empty answer. Try again"),
        ([Delta(finish_reason="length")], EmptyAnswerError, "used up its tokens before it wrote anything"),
        ([Delta(finish_reason="content_filter")], ContentRefusedError, "content filter"),
        ([Delta(finish_reason="tool_calls")], EmptyAnswerError, "m wants to call a tool"),
    ],
)
def test_an_answer_with_nothing_in_it_has_failed(
    script: list[Step], error: type[ChatError], words: str, tmp_path: Path
) -> None:
    """LiteLLM makes a complete, empty answer of a provider's web page."""

    async def main() -> None:
        async with given(tmp_path, ScriptedModels(script, ["Here"])) as it:
            await it.take(run_turn(it, it.session, "?", model=MODEL))
            assert type(it.ended.error) is error
            got = it.ended.message
            assert (got.status, got.usage.error) == (Status.FAILED, str(it.ended.error))
            assert words in str(it.ended.error)
            assert (await it.history())[-1] == got
            await it.take(retry_answer(it, it.session, got, model=MODEL))
            assert path(await it.history()) == ["?", "Here"]

    asyncio.run(main())


def test_thoughts_alone_or_nothing_to_add_are_no_failure(tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels([Delta(reasoning="Hm.")], ["Half", StreamCutError("Cut.")], [""])
        async with given(tmp_path, models) as it:
            await it.take(run_turn(it, it.session, "?", model=MODEL))
            assert (it.ended.message.status, it.ended.message.reasoning) == (Status.COMPLETE, "Hm.")
            await it.take(run_turn(it, it.session, "?", model=MODEL))
            await it.take(continue_answer(it, it.session, it.ended.message, model=MODEL))
            assert (it.ended.message.status, it.ended.message.content) == (Status.COMPLETE, "Half")

    asyncio.run(main())


def test_a_retry_is_told_while_it_is_waited_for(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, GatewayClient(server.url, "sk-x")) as it:
            loop = asyncio.get_running_loop()
            times: list[float] = []
            async for event in run_turn(it, it.session, "?", model=MODEL):
                it.events.append(event)
                times.append(loop.time())
            assert it.names[-4:] == ["AnswerStarted", "AnswerRetrying", "AnswerDelta", "AnswerEnded"]
            retrying = next(event for event in it.events if isinstance(event, AnswerRetrying))
            at = it.events.index(retrying)
            assert retrying.attempt == 2
            assert retrying.sentence
            assert times[at + 1] - times[at] > 0.8 * retrying.delay_s
            assert it.text == "Hello"

    with serve(refusal(503, "busy"), answer("Hello")) as server:
        asyncio.run(main())


@pytest.mark.expects_warnings
def test_a_fault_of_ours_ends_the_answer_like_any_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(ScriptedModels):
        async def stream_chat(self, request, *, on_retry=None):  # type: ignore[no-untyped-def]  # As the protocol.
            yield Delta("Half")
            raise ZeroDivisionError("secret")

    async def main() -> None:
        async with given(tmp_path, Broken([])) as it:
            await it.take(run_turn(it, it.session, "?", model=MODEL))
            assert it.ended.error is not None
            assert "secret" not in str(it.ended.error)
            assert (await it.history())[-1].content == "Half"
            assert (await it.history())[-1].status is Status.FAILED

    asyncio.run(main())
    assert "ZeroDivisionError" in caplog.text


# What goes wrong at the store --------------------------------------------------------------------------------------------
def test_what_cannot_be_saved_is_not_sent(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, ScriptedModels(["Hi"])) as it:
            it.backend.away = True
            with pytest.raises(StoreUnavailableError):
                await it.take(run_turn(it, it.session, "?", model=MODEL))
            it.backend.away = False
            assert it.events == []
            assert await it.history() == []
            with pytest.raises(NotFoundError):
                await it.take(run_turn(it, replace(it.session, id=new_id()), "?", model=MODEL))
            assert isinstance(it.models, ScriptedModels)
            assert it.models.requests == []
            assert it.journal.recover() == []

    asyncio.run(main())


def test_an_answer_that_cannot_be_saved_is_in_the_journal_until_it_can(tmp_path: Path) -> None:
    async def main() -> None:
        go_on = asyncio.Event()
        async with given(tmp_path, ScriptedModels(["All of ", go_on, "it."])) as it:
            async for event in run_turn(it, it.session, "?", model=MODEL):
                it.events.append(event)
                if isinstance(event, AnswerDelta):
                    it.backend.away = True
                    go_on.set()
            assert it.ended.error is None
            assert isinstance(it.ended.save_error, StoreUnavailableError)
            assert it.ended.message.content == "All of it."
            assert it.ended.message.status is Status.COMPLETE
            assert [each.status for each in await it.history()] == [Status.COMPLETE, Status.STREAMING]
            (leftover,) = it.journal.recover()
            assert leftover.message is not None
            assert leftover.message.content == "All of it."
            it.backend.away = False
            await settle(it.store, it.journal)
            assert (await it.history())[-1].content == "All of it."
            assert (await it.history())[-1].status is Status.COMPLETE
            assert it.journal.recover() == []

    asyncio.run(main())


def test_a_session_deleted_meanwhile_leaves_nothing_behind(tmp_path: Path) -> None:
    async def main() -> None:
        deleted = asyncio.Event()
        async with given(tmp_path, ScriptedModels(["All of ", deleted, "it."])) as it:
            async for event in run_turn(it, it.session, "?", model=MODEL):
                it.events.append(event)
                if isinstance(event, AnswerDelta) and not deleted.is_set():
                    task = asyncio.ensure_future(it.store.call(Store.delete_session, it.session.id))
                    task.add_done_callback(lambda _: deleted.set())
            assert isinstance(it.ended.save_error, NotFoundError)
            assert it.journal.recover() == []

    asyncio.run(main())


def test_a_session_deleted_meanwhile_ends_the_generation(tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels([step for _ in range(2000) for step in ("more ", 0.005)])
        async with given(tmp_path, models) as it:
            deleting = None
            async for event in run_turn(it, it.session, "?", model=MODEL):
                it.events.append(event)
                if isinstance(event, AnswerDelta) and deleting is None:
                    deleting = asyncio.ensure_future(it.store.call(Store.delete_session, it.session.id))
            assert it.ended.message.status is Status.INTERRUPTED
            assert isinstance(it.ended.save_error, NotFoundError)
            assert it.ended.error is None
            assert len(it.text) < 5 * 1000, "long before its end"
            assert models.closed == 1
            assert it.journal.recover() == []

    asyncio.run(main())
