"""A turn from the first key to the last byte: over a real connection where bytes matter, by script where order does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from chat2anyllm_desktop.chat.events import (
    AnswerDelta,
    AnswerEnded,
    AnswerRetrying,
    AnswerStarted,
    MessageSaved,
    SessionChanged,
)
from chat2anyllm_desktop.chat.turn import continue_answer, edit_message, retry_answer, run_turn
from chat2anyllm_desktop.core.errors import (
    AuthenticationError,
    ChatError,
    ContentRefusedError,
    EmptyAnswerError,
    InputError,
    NotFoundError,
    StoreUnavailableError,
    StreamCutError,
    StreamError,
)
from chat2anyllm_desktop.core.models import (
    Author,
    Message,
    Model,
    SessionSettings,
    Status,
    Usage,
    new_id,
)
from chat2anyllm_desktop.core.prompts import CONTINUE_PROMPT, active_path
from chat2anyllm_desktop.llm.api import Delta
from chat2anyllm_desktop.llm.client import GatewayClient
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.journal import settle
from tests.chat.given import MODEL, Given, ScriptedModels, Step, given
from tests.llm import misbehaving
from tests.llm.misbehaving import CUT, DONE, answer, error_frame, frame, refusal, serve, stream
from tests.store.making import make_role


def path(messages: Sequence[Message]) -> list[str]:
    return [each.content for each in active_path(messages)]


# The way it should go ----------------------------------------------------------------------------------------------------
def test_a_whole_turn(tmp_path: Path) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 3}
    script = stream(
        frame(reasoning="Hm. "),
        frame(reasoning="Yes."),
        0.02,
        *(frame(word) for word in ("Hello", " ", "you")),
        frame(finish="stop"),
        frame(usage=usage),
        DONE,
    )
    role = make_role("Reviewer", "Find faults.")

    async def main() -> None:
        settings = SessionSettings(parameters={"temperature": 0.5})
        async with given(tmp_path, GatewayClient(server.url, "sk-x"), settings=settings) as it:
            text = "How do I\nwrite a test that says what it means, and in how many lines at most?"
            await it.take(run_turn(it, it.session, text, model=MODEL, role=role))

            assert it.names == [
                "MessageSaved",
                "SessionChanged",
                "AnswerStarted",
                "AnswerDelta",
                "AnswerEnded",
            ]
            saved, changed, started, *_, ended = it.events
            assert isinstance(saved, MessageSaved)
            assert isinstance(changed, SessionChanged)
            assert isinstance(started, AnswerStarted)
            assert isinstance(ended, AnswerEnded)
            assert (
                changed.session.title
                == "How do I write a test that says what it means, and in how man"[:60].rstrip()
            )
            assert (started.message.content, started.message.status) == ("", Status.STREAMING)
            assert it.text == "Hello you"
            assert ended.error is None
            assert ended.save_error is None

            user, got = await it.history()
            assert (user, got) == (saved.message, ended.message)
            assert (user.content, user.author, user.parent_id) == (text, Author.USER, None)
            assert (got.id, got.content, got.reasoning) == (started.message.id, "Hello you", "Hm. Yes.")
            assert (got.status, got.model, got.author) == (Status.COMPLETE, "m", Author.ASSISTANT)
            assert (got.usage.prompt_tokens, got.usage.completion_tokens) == (10, 3)
            assert got.usage.finish_reason == "stop"
            assert got.usage.cost == pytest.approx(0.04)
            assert not got.usage.cost_reported
            assert got.usage.first_token_s is not None
            assert got.usage.duration_s is not None
            assert got.usage.reasoning_s is not None
            assert 0 < got.usage.first_token_s < got.usage.duration_s
            assert 0.015 < got.usage.reasoning_s < got.usage.duration_s
            assert it.journal.recover() == []

            (request,) = server.chats
            assert request.json["model"] == "m"
            assert request.json["temperature"] == 0.5
            assert request.json["messages"] == [
                {"role": "system", "content": "Find faults."},
                {"role": "user", "content": text},
            ]

    with serve(script) as server:
        asyncio.run(main())


def test_the_next_turn_sends_the_whole_history_and_leaves_the_title(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, ScriptedModels(["One"], ["Two"])) as it:
            await it.take(run_turn(it, it.session, "First?", model=MODEL))
            await it.take(run_turn(it, it.session, "Second?", model=MODEL))
            assert "SessionChanged" not in it.names
            assert (await it.store.call(Store.get_session, it.session.id)).title == "First?"
            assert isinstance(it.models, ScriptedModels)
            assert [each["content"] for each in it.models.requests[1].messages] == [
                "First?",
                "One",
                "Second?",
            ]
            assert path(await it.history()) == ["First?", "One", "Second?", "Two"]

    asyncio.run(main())


def test_a_title_given_by_hand_stays(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, ScriptedModels(["One"])) as it:
            await it.store.call(Store.save_session, replace(it.session, title="Mine"))
            await it.take(run_turn(it, it.session, "First?", model=MODEL))
            assert (await it.store.call(Store.get_session, it.session.id)).title == "Mine"

    asyncio.run(main())


def test_the_cost_that_the_gateway_reports_wins(tmp_path: Path) -> None:
    reported = Usage(prompt_tokens=1, completion_tokens=1, cost=0.5, cost_reported=True)

    async def main() -> None:
        async with given(tmp_path, ScriptedModels(["Hi", Delta(usage=reported)])) as it:
            await it.take(run_turn(it, it.session, "?", model=MODEL))
            assert (it.ended.message.usage.cost, it.ended.message.usage.cost_reported) == (0.5, True)
            await it.take(run_turn(it, it.session, "?", model=Model(name="unpriced")))
        async with given(tmp_path, ScriptedModels(["Hi"])) as it:
            await it.take(run_turn(it, it.session, "?", model=MODEL))
            assert it.ended.message.usage.cost is None

    asyncio.run(main())


def test_a_megabyte_goes_through_whole(tmp_path: Path) -> None:
    text = "0123456789abcdef" * 65536

    async def main() -> None:
        async with given(tmp_path, GatewayClient(server.url, None)) as it:
            await it.take(run_turn(it, it.session, text, model=MODEL))
            user, got = await it.history()
            assert user.content == text
            assert got.content == text
            assert server.chats[0].json["messages"][0]["content"] == text

    with serve(stream(*(frame(text[at : at + 4096]) for at in range(0, len(text), 4096)), DONE)) as server:
        asyncio.run(main())


def test_nul_characters_lose_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, ScriptedModels(["a\0b"])) as it:
            await it.take(run_turn(it, it.session, "x\0y", model=MODEL))
            assert [each.content for each in await it.history()] == ["x␀y", "a␀b"]
            assert it.ended.save_error is None

    asyncio.run(main())


def test_sessions_stream_side_by_side(tmp_path: Path) -> None:
    count = 12

    async def main() -> None:
        words = [[f"{number}-{word} " for word in range(30)] for number in range(count)]
        scripts = [[step for word in each for step in (word, 0.002)] for each in words]
        async with given(tmp_path, ScriptedModels(*scripts)) as it:

            async def one(number: int) -> tuple[Given, str]:
                session = await it.store.call(Store.save_session, replace(it.session, id=new_id()))
                mine = replace(it, session=session, events=[])
                await mine.take(run_turn(mine, session, f"Question {number}", model=MODEL))
                return mine, mine.text

            results = await asyncio.gather(*(one(number) for number in range(count)))
            for mine, text in results:
                user, got = await mine.history()
                assert got.content == text
                assert text in ["".join(each) for each in words]
                assert user.content.startswith("Question")
            assert len({text for _, text in results}) == count

    asyncio.run(main())


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


# Asking again ------------------------------------------------------------------------------------------------------------
def test_retry_is_another_branch(tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels(["First"], ["Second"], ["Third"], ["After"])
        async with given(tmp_path, models) as it:
            await it.take(run_turn(it, it.session, "Q", model=MODEL))
            user, first = await it.history()
            await it.take(retry_answer(it, it.session, first, model=MODEL))
            assert it.names == ["AnswerStarted", "AnswerDelta", "AnswerEnded"]
            second = it.ended.message
            assert second.parent_id == user.id
            await it.take(retry_answer(it, it.session, second, model=MODEL))
            await it.take(run_turn(it, it.session, "Then?", model=MODEL))
            history = await it.history()
            assert [each.content for each in history] == ["Q", "First", "Second", "Third", "Then?", "After"]
            assert path(history) == ["Q", "Third", "Then?", "After"]
            assert [len(request.messages) for request in models.requests] == [1, 1, 1, 3]
            assert [each.content for each in active_path(history, leaf=first.id)] == ["Q", "First"]

    asyncio.run(main())


def test_retry_in_the_middle_forgets_what_followed_and_loses_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels(["A1"], ["A2"], ["B1"])
        async with given(tmp_path, models) as it:
            await it.take(run_turn(it, it.session, "Q1", model=MODEL))
            await it.take(run_turn(it, it.session, "Q2", model=MODEL))
            await it.take(retry_answer(it, it.session, (await it.history())[1], model=MODEL))
            history = await it.history()
            assert path(history) == ["Q1", "B1"]
            assert [each.content for each in history] == ["Q1", "A1", "Q2", "A2", "B1"]
            assert [each["content"] for each in models.requests[-1].messages] == ["Q1"]

    asyncio.run(main())


def test_a_users_message_without_an_answer_can_be_answered(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, ScriptedModels(["Hi"])) as it:
            await it.take(run_turn(it, it.session, "Q", model=MODEL))
            user, got = await it.history()
            await it.store.call(Store.delete_messages, [got.id])
            await it.take(retry_answer(it, it.session, user, model=MODEL))
            assert path(await it.history()) == ["Q", "Hi"]
            with pytest.raises(NotFoundError):
                await it.take(retry_answer(it, it.session, got, model=MODEL))

    asyncio.run(main())


def test_continue_appends_to_the_same_message(tmp_path: Path) -> None:
    role = make_role("R", "Be brief.")

    async def main() -> None:
        models = ScriptedModels(
            ["One, ", StreamCutError("Cut.")], ["two, ", StreamError("Broke.")], ["three."]
        )
        async with given(tmp_path, models) as it:
            await it.take(run_turn(it, it.session, "Count", model=MODEL, role=role))
            first = it.ended.message
            assert first.status is Status.INTERRUPTED
            await it.take(continue_answer(it, it.session, first, model=MODEL, role=role))
            started = it.events[0]
            assert isinstance(started, AnswerStarted)
            assert (started.message.id, started.message.content) == (first.id, "One, ")
            assert it.text == "two, "
            assert it.ended.message.status is Status.FAILED
            await it.take(continue_answer(it, it.session, first, model=Model(name="other"), role=role))
            user, got = await it.history()
            assert (got.id, got.content, got.status) == (first.id, "One, two, three.", Status.COMPLETE)
            assert (got.model, got.usage.error, got.created_at) == ("other", None, first.created_at)
            assert first.usage.duration_s is not None
            assert got.usage.duration_s is not None
            assert got.usage.duration_s > first.usage.duration_s
            assert got.usage.first_token_s == first.usage.first_token_s
            assert [each["content"] for each in models.requests[-1].messages] == [
                "Be brief.",
                "Count",
                "One, two, ",
                CONTINUE_PROMPT,
            ]
            with pytest.raises(InputError, match="complete"):
                await it.take(continue_answer(it, it.session, got, model=MODEL))
            with pytest.raises(InputError):
                await it.take(continue_answer(it, it.session, user, model=MODEL))

    asyncio.run(main())


def test_an_answer_cut_by_its_length_can_be_continued(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(
            tmp_path, ScriptedModels(["Long", Delta(finish_reason="length")], [" enough"])
        ) as it:
            await it.take(run_turn(it, it.session, "Q", model=MODEL))
            assert it.ended.message.status is Status.COMPLETE
            await it.take(continue_answer(it, it.session, it.ended.message, model=MODEL))
            assert it.ended.message.content == "Long enough"

    asyncio.run(main())


def test_edit_is_another_branch(tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels(["A1"], ["A2"], ["B2"], ["C1"])
        async with given(tmp_path, models) as it:
            await it.take(run_turn(it, it.session, "Q1", model=MODEL))
            await it.take(run_turn(it, it.session, "Q2", model=MODEL))
            history = await it.history()
            await it.take(edit_message(it, it.session, history[2], "Q2b", model=MODEL))
            assert it.names == ["MessageSaved", "AnswerStarted", "AnswerDelta", "AnswerEnded"]
            assert path(await it.history()) == ["Q1", "A1", "Q2b", "B2"]
            assert [each["content"] for each in models.requests[-1].messages] == ["Q1", "A1", "Q2b"]
            await it.take(edit_message(it, it.session, history[0], "Q1b", model=MODEL))
            history = await it.history()
            assert path(history) == ["Q1b", "C1"]
            assert history[-2].parent_id == history[-2].id
            assert [each["content"] for each in models.requests[-1].messages] == ["Q1b"]
            assert len(history) == 8

    asyncio.run(main())
