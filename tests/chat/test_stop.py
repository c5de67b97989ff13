"""Stop, shutdown, a consumer that goes away: whatever ends an answer, what has come of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

from chat2anyllm_desktop.chat.events import AnswerDelta, AnswerEnded, AnswerStarted, MessageSaved, TurnEvent
from chat2anyllm_desktop.chat.tasks import SHUTDOWN, STOP, Tasks
from chat2anyllm_desktop.chat.turn import run_turn
from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.core.models import Author, Status
from chat2anyllm_desktop.llm.client import GatewayClient
from tests.chat.given import MODEL, Given, ScriptedModels, given, until
from tests.llm.misbehaving import STALL, frame, refusal, serve, stream


async def upto(it: Given, kind: type[TurnEvent], turn: Awaitable[object]) -> asyncio.Task[object]:
    """Run the turn in a task until it has yielded an event of this kind."""
    task: asyncio.Task[object] = asyncio.ensure_future(turn)
    await until(lambda: task.done() or any(isinstance(event, kind) for event in it.events))
    assert not task.done()
    return task


@pytest.mark.parametrize(
    ("message", "status"),
    [(STOP, Status.STOPPED), (None, Status.STOPPED), (SHUTDOWN, Status.INTERRUPTED)],
)
def test_cancelling_keeps_the_text_and_says_why(message: str | None, status: Status, tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, GatewayClient(server.url, None)) as it:
            task = await upto(it, AnswerDelta, it.take(run_turn(it, it.session, "?", model=MODEL)))
            await until(lambda: it.text == "Half of")
            task.cancel(message)
            with pytest.raises(asyncio.CancelledError):
                await task
            assert it.names[-2:] == ["AnswerDelta", "AnswerEnded"]
            _, got = await it.history()
            assert got == it.ended.message
            assert (got.content, got.status) == ("Half of", status)
            assert got.usage.first_token_s is not None
            assert it.ended.error is None
            assert it.journal.recover() == []
            # Closing the socket is what stops the generation.
            assert await asyncio.to_thread(server.disconnected.wait, 2)

    with serve(stream(frame("Half"), frame(" of"), STALL)) as server:
        asyncio.run(main())


def test_stop_before_the_first_token(tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels([asyncio.Event()])
        async with given(tmp_path, models) as it:
            task = await upto(it, AnswerStarted, it.take(run_turn(it, it.session, "?", model=MODEL)))
            await asyncio.sleep(0.01)
            task.cancel(STOP)
            await asyncio.wait([task])
            assert task.cancelled()
            assert (it.ended.message.content, it.ended.message.status) == ("", Status.STOPPED)
            assert models.closed == 1
            # Nothing empty is sent next time.
            models = it.models = ScriptedModels(["Hi"])
            await it.take(run_turn(it, it.session, "Again", model=MODEL))
            assert [each["content"] for each in models.requests[0].messages] == ["?", "Again"]

    asyncio.run(main())


def test_stop_while_a_retry_is_waited_for(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, GatewayClient(server.url, None)) as it:
            task = asyncio.ensure_future(it.take(run_turn(it, it.session, "?", model=MODEL)))
            await until(lambda: "AnswerRetrying" in it.names)
            task.cancel(STOP)
            await asyncio.wait([task])
            assert it.ended.message.status is Status.STOPPED
            assert len(server.chats) == 1

    with serve(refusal(503, "busy")) as server:
        asyncio.run(main())


def test_stop_while_the_users_message_is_saved_sends_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels(["Hi"])
        async with given(tmp_path, models) as it:
            it.backend.delay_s = 0.05
            task = asyncio.ensure_future(it.take(run_turn(it, it.session, "?", model=MODEL)))
            await asyncio.sleep(0.01)
            task.cancel(STOP)
            await asyncio.wait([task])
            assert task.cancelled()
            assert [type(event) for event in it.events] == [MessageSaved]
            assert [each.content for each in await it.history()] == ["?"]
            assert models.requests == []

    asyncio.run(main())


def test_stop_while_the_answers_row_is_made_leaves_it_stopped(tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels(["Hi"])
        async with given(tmp_path, models, title="Mine") as it:
            it.backend.delay_s = 0.05
            task = await upto(it, MessageSaved, it.take(run_turn(it, it.session, "?", model=MODEL)))
            await asyncio.sleep(0.02)
            task.cancel(STOP)
            await asyncio.wait([task])
            assert it.names == ["MessageSaved", "AnswerStarted", "AnswerEnded"]
            assert (await it.history())[-1].status is Status.STOPPED
            assert models.requests == []
            assert it.journal.recover() == []

    asyncio.run(main())


def test_cancelling_again_and_again_does_not_hurry_the_saving(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, ScriptedModels(["Half", asyncio.Event()])) as it:
            task = await upto(it, AnswerDelta, it.take(run_turn(it, it.session, "?", model=MODEL)))
            it.backend.delay_s = 0.2
            for message in (STOP, SHUTDOWN, SHUTDOWN):
                task.cancel(message)
                await asyncio.sleep(0.02)
            assert not task.done()
            await asyncio.wait([task])
            assert task.cancelled()
            it.backend.delay_s = 0.0
            assert [type(event) for event in it.events].count(AnswerEnded) == 1
            got = (await it.history())[-1]
            assert (got.content, got.status) == ("Half", Status.STOPPED)
            finals = [each for each in it.backend.saved if each.status is Status.STOPPED]
            assert len(finals) == 1

    asyncio.run(main())


def test_stop_after_the_last_byte_changes_nothing_of_the_answer(tmp_path: Path) -> None:
    async def main() -> None:
        last = asyncio.Event()
        async with given(tmp_path, ScriptedModels(["Whole", last])) as it:
            task = await upto(it, AnswerDelta, it.take(run_turn(it, it.session, "?", model=MODEL)))
            it.backend.delay_s = 0.1
            last.set()
            await asyncio.sleep(0.05)
            task.cancel(STOP)
            await asyncio.wait([task])
            assert task.cancelled()
            assert it.ended.message.status is Status.COMPLETE
            assert (await it.history())[-1].status is Status.COMPLETE

    asyncio.run(main())


def test_a_failing_store_does_not_keep_stop_from_keeping_the_text(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, ScriptedModels(["Half", asyncio.Event()])) as it:
            task = await upto(it, AnswerDelta, it.take(run_turn(it, it.session, "?", model=MODEL)))
            it.backend.away = True
            task.cancel(STOP)
            await asyncio.wait([task])
            assert task.cancelled()
            assert it.ended.save_error is not None
            (leftover,) = it.journal.recover()
            assert leftover.message is not None
            assert (leftover.message.content, leftover.message.status) == ("Half", Status.STOPPED)

    asyncio.run(main())


@pytest.mark.parametrize("after", [AnswerStarted, AnswerDelta])
def test_a_consumer_that_goes_away_leaves_an_interrupted_answer(
    after: type[TurnEvent], tmp_path: Path
) -> None:
    async def main() -> None:
        models = ScriptedModels(["Half", asyncio.Event()])
        async with given(tmp_path, models) as it:
            turn = run_turn(it, it.session, "?", model=MODEL)
            async for event in turn:
                if isinstance(event, after):
                    break
            await turn.aclose()
            await turn.aclose()
            got = (await it.history())[-1]
            assert got.status is Status.INTERRUPTED
            assert got.content == ("Half" if after is AnswerDelta else "")
            assert models.closed == len(models.requests)
            assert it.journal.recover() == []

    asyncio.run(main())


def test_closing_a_turn_that_never_began(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, ScriptedModels(["Hi"])) as it:
            await run_turn(it, it.session, "?", model=MODEL).aclose()
            assert await it.history() == []

    asyncio.run(main())


def test_the_program_ends_in_the_middle_of_several_answers(tmp_path: Path) -> None:
    """As the window does it: named tasks, closed together."""

    async def main() -> None:
        errors: list[ChatError] = []
        async with given(tmp_path, ScriptedModels(["Half", asyncio.Event()])) as it:
            tasks = Tasks(lambda _, error: errors.append(error))
            for number in range(3):
                tasks.start(f"turn:{number}", it.take(run_turn(it, it.session, "?", model=MODEL)))
            await until(lambda: [each.author for each in it.backend.saved].count(Author.ASSISTANT) == 3)
            await asyncio.sleep(0.01)
            await tasks.aclose()
            answers = [each for each in await it.history() if each.author is Author.ASSISTANT]
            assert [(each.content, each.status) for each in answers] == [("Half", Status.INTERRUPTED)] * 3
            assert errors == []

    asyncio.run(main())
