"""A turn from the first key to the last byte, as it should go."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from chat2anyllm_desktop.chat.events import (
    AnswerEnded,
    AnswerStarted,
    MessageSaved,
    SessionChanged,
)
from chat2anyllm_desktop.chat.turn import run_turn
from chat2anyllm_desktop.core.models import (
    Author,
    Model,
    SessionSettings,
    Status,
    Usage,
    new_id,
)
from chat2anyllm_desktop.llm.api import Delta
from chat2anyllm_desktop.llm.client import GatewayClient
from chat2anyllm_desktop.store.api import Store
from tests.chat.given import MODEL, Given, ScriptedModels, given, path
from tests.llm.misbehaving import DONE, frame, serve, stream
from tests.store.making import make_role


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
            assert changed.session.title == "How do I write a test that says what it means, and in how…"
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
