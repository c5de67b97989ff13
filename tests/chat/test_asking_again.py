"""Retry, Continue and Edit: other branches, and answers that go on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chat2anyllm_desktop.chat.events import (
    AnswerStarted,
)
from chat2anyllm_desktop.chat.turn import continue_answer, edit_message, retry_answer, run_turn
from chat2anyllm_desktop.core.branches import active_path
from chat2anyllm_desktop.core.errors import (
    InputError,
    NotFoundError,
    StreamCutError,
    StreamError,
)
from chat2anyllm_desktop.core.models import (
    Model,
    Status,
)
from chat2anyllm_desktop.core.prompts import CONTINUE_PROMPT
from chat2anyllm_desktop.llm.api import Delta
from chat2anyllm_desktop.store.api import Store
from tests.chat.given import MODEL, ScriptedModels, given, path
from tests.store.making import make_role


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


def test_what_is_asked_goes_on_with_the_branch_that_is_named(tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels(["First"], ["Second"], ["After"], ["And"], ["New"])
        async with given(tmp_path, models) as it:
            await it.take(run_turn(it, it.session, "Q", model=MODEL))
            first = it.ended.message
            await it.take(retry_answer(it, it.session, first, model=MODEL))
            await it.take(run_turn(it, it.session, "Then?", model=MODEL, after=first.id))
            history = await it.history()
            assert path(history) == ["Q", "First", "Then?", "After"]
            # Its newest message is the newest of all now, and is followed without being named.
            await it.take(run_turn(it, it.session, "And?", model=MODEL, after=first.id))
            assert path(await it.history()) == ["Q", "First", "Then?", "After", "And?", "And"]
            assert (await it.history())[-2].parent_id is None
            # One that is gone: the newest.
            await it.take(run_turn(it, it.session, "More?", model=MODEL, after="gone"))
            assert path(await it.history())[-3:] == ["And", "More?", "New"]

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
