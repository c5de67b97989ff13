"""Plan mode: two turns, a look in between, and nothing carried out that was not planned."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from chat2anyllm_desktop.chat.events import AnswerDelta, AnswerEnded, PlanReady
from chat2anyllm_desktop.chat.plan import edit_task, retry_plan, run_plan
from chat2anyllm_desktop.chat.tasks import STOP
from chat2anyllm_desktop.chat.turn import continue_answer, retry_answer, run_turn
from chat2anyllm_desktop.core.branches import active_path
from chat2anyllm_desktop.core.errors import AuthenticationError
from chat2anyllm_desktop.core.models import Kind, Model, Status, utc_now
from chat2anyllm_desktop.core.prompts import execution_prompt, planning_prompt
from chat2anyllm_desktop.llm.api import Delta
from chat2anyllm_desktop.llm.client import GatewayClient
from chat2anyllm_desktop.store.api import Store
from tests.chat.given import ScriptedModels, Step, given, path, until
from tests.llm.misbehaving import answer, serve
from tests.store.making import make_message, make_role

PLANNER = Model(name="planner")
ANSWERER = Model(name="answerer")
PLAN = "1. First\n2. Second"


def test_a_plan_is_made_and_carried_out(tmp_path: Path) -> None:
    role = make_role("Reviewer", "Find faults.")

    async def main() -> None:
        async with given(tmp_path, GatewayClient(server.url, None)) as it:
            await it.take(run_turn(it, it.session, "Hello", model=ANSWERER, role=role))
            await it.take(
                run_plan(it, it.session, "Build it", planning=PLANNER, answering=ANSWERER, role=role)
            )
            assert it.names == ["MessageSaved", *["AnswerStarted", "AnswerDelta", "AnswerEnded"] * 2]
            user, plan, made = (await it.history())[2:]
            assert user.content == "Build it"
            assert (plan.kind, plan.model, plan.content) == (Kind.PLAN, "planner", PLAN)
            assert (made.kind, made.model, made.content) == (Kind.IMPLEMENTATION, "answerer", "Done it")
            _, planning, executing = [request.json for request in server.chats]
            before = [
                {"role": "system", "content": "Find faults."},
                {"role": "user", "content": "Hello"},
                {"role": "assistant", "content": "Hi"},
            ]
            assert (planning["model"], executing["model"]) == ("planner", "answerer")
            assert planning["messages"] == [*before, {"role": "user", "content": planning_prompt("Build it")}]
            assert executing["messages"] == [
                *before,
                {"role": "user", "content": execution_prompt("Build it", PLAN)},
            ]

    with serve(answer("Hi"), answer(PLAN), answer("Done it")) as server:
        asyncio.run(main())


@pytest.mark.parametrize(
    ("decision", "stored"),
    [
        (["First", "Second"], PLAN),
        (["Second", "Instead"], "1. Second\n2. Instead"),
        (["Only", " "], "1. Only"),
    ],
)
def test_a_reviewed_plan_is_carried_out_as_approved(
    decision: Sequence[str], stored: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async def review(ready: PlanReady) -> Sequence[str] | None:
            assert it.events[-1] is ready
            assert ready.steps == ("First", "Second")
            await asyncio.sleep(0)
            return decision

        models = ScriptedModels([PLAN], ["Done"])
        async with given(tmp_path, models) as it:
            await it.take(run_plan(it, it.session, "Q", planning=PLANNER, answering=ANSWERER, review=review))
            assert it.names.count("PlanReady") == 1
            _, plan, made = await it.history()
            assert (plan.content, plan.status, made.content) == (stored, Status.COMPLETE, "Done")
            assert models.requests[1].messages == [{"role": "user", "content": execution_prompt("Q", stored)}]

    asyncio.run(main())


@pytest.mark.parametrize("decision", [None, [], [" "]])
def test_a_dropped_plan_stays_and_is_not_carried_out(decision: Sequence[str] | None, tmp_path: Path) -> None:
    async def review(_: PlanReady) -> Sequence[str] | None:
        return decision

    async def main() -> None:
        models = ScriptedModels([PLAN])
        async with given(tmp_path, models) as it:
            await it.take(run_plan(it, it.session, "Q", planning=PLANNER, answering=ANSWERER, review=review))
            assert [each.content for each in await it.history()] == ["Q", PLAN]
            assert len(models.requests) == 1

    asyncio.run(main())


@pytest.mark.parametrize("script", [[""], [" \n"], [Delta(reasoning="Hm.")]])
def test_an_empty_plan_has_failed_and_is_not_carried_out(script: list[Step], tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels(script, ["1. Do"], ["Done"])
        async with given(tmp_path, models) as it:
            await it.take(run_plan(it, it.session, "Q", planning=PLANNER, answering=ANSWERER))
            assert len(models.requests) == 1
            plan = it.ended.message
            assert (plan.kind, plan.status) == (Kind.PLAN, Status.FAILED)
            assert str(it.ended.error).startswith("planner returned no plan, so nothing was carried out.")
            await it.take(retry_plan(it, it.session, plan, planning=PLANNER, answering=ANSWERER))
            assert [each.content for each in active_path(await it.history())] == ["Q", "1. Do", "Done"]

    asyncio.run(main())


def test_a_failed_plan_is_not_carried_out(tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels([PLAN, AuthenticationError("The key is wrong.")])
        async with given(tmp_path, models) as it:
            await it.take(run_plan(it, it.session, "Q", planning=PLANNER, answering=ANSWERER))
            assert str(it.ended.error) == "The key is wrong."
            assert (await it.history())[-1].kind is Kind.PLAN
            assert len(models.requests) == 1

    asyncio.run(main())


def test_what_another_client_writes_during_the_review_is_not_followed(tmp_path: Path) -> None:
    """Not where that is in another branch."""

    async def main() -> None:
        models = ScriptedModels(["First"], ["Second"], [PLAN], ["Done"])
        async with given(tmp_path, models) as it:
            await it.take(run_turn(it, it.session, "Q", model=ANSWERER))
            first = it.ended.message
            await it.take(retry_answer(it, it.session, first, model=ANSWERER))

            async def review(ready: PlanReady) -> Sequence[str] | None:
                other = make_message(it.session, "From elsewhere", parent_id=first.id, created_at=utc_now())
                await it.store.call(Store.save_message, other)
                return ready.steps

            await it.take(
                run_plan(it, it.session, "Build", planning=PLANNER, answering=ANSWERER, review=review)
            )
            history = await it.history()
            assert path(history) == ["Q", "Second", "Build", PLAN, "Done"]
            assert history[-1].content == "Done"

    asyncio.run(main())


def test_a_plan_without_a_list_is_carried_out_as_it_is(tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels(["Just do it."], ["Done"])
        async with given(tmp_path, models) as it:
            steps: list[tuple[str, ...]] = []

            async def review(ready: PlanReady) -> Sequence[str] | None:
                steps.append(ready.steps)
                return ready.steps

            await it.take(run_plan(it, it.session, "Q", planning=PLANNER, answering=ANSWERER, review=review))
            assert steps == [("Just do it.",)]
            assert [each.content for each in await it.history()] == ["Q", "Just do it.", "Done"]

    asyncio.run(main())


@pytest.mark.parametrize("moment", ["planning", "review", "executing"])
def test_stop_ends_it_wherever_it_is(moment: str, tmp_path: Path) -> None:
    async def main() -> None:
        never = asyncio.Event()

        async def review(_: PlanReady) -> Sequence[str] | None:
            if moment == "review":
                await never.wait()
            return ["Do"]

        plan = ["1. Do", never] if moment == "planning" else ["1. Do"]
        models = ScriptedModels(plan, ["Half", never])
        async with given(tmp_path, models) as it:
            turn = run_plan(it, it.session, "Q", planning=PLANNER, answering=ANSWERER, review=review)
            task = asyncio.ensure_future(it.take(turn))
            wanted = {"planning": (AnswerDelta, 1), "review": (PlanReady, 1), "executing": (AnswerDelta, 2)}
            kind, count = wanted[moment]
            await until(lambda: [isinstance(event, kind) for event in it.events].count(True) >= count)
            task.cancel(STOP)
            await asyncio.wait([task])
            assert task.cancelled()
            answers = (await it.history())[1:]
            expected = {
                "planning": [(Kind.PLAN, Status.STOPPED)],
                "review": [(Kind.PLAN, Status.COMPLETE)],
                "executing": [(Kind.PLAN, Status.COMPLETE), (Kind.IMPLEMENTATION, Status.STOPPED)],
            }
            assert [(each.kind, each.status) for each in answers] == expected[moment]
            started = [type(event).__name__ for event in it.events].count("AnswerStarted")
            assert [type(event) for event in it.events].count(AnswerEnded) == started

    asyncio.run(main())


def test_closing_the_turn_keeps_what_was_implemented(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, ScriptedModels([PLAN], ["Half", asyncio.Event()])) as it:
            turn = run_plan(it, it.session, "Q", planning=PLANNER, answering=ANSWERER)
            async for event in turn:
                if isinstance(event, AnswerDelta) and event.text == "Half":
                    break
            await turn.aclose()
            made = (await it.history())[-1]
            assert (made.content, made.status) == ("Half", Status.INTERRUPTED)

    asyncio.run(main())


def test_asking_again_in_plan_mode(tmp_path: Path) -> None:
    async def main() -> None:
        models = ScriptedModels(
            ["1. A"], ["Made A"], ["Made A again"], ["1. B"], ["Made B"], ["1. C"], ["Made C"]
        )
        async with given(tmp_path, models) as it:
            await it.take(run_plan(it, it.session, "Q", planning=PLANNER, answering=ANSWERER))
            user, plan, made = await it.history()
            # The implementation again: from the same plan.
            await it.take(retry_answer(it, it.session, made, model=ANSWERER))
            assert it.ended.message.kind is Kind.IMPLEMENTATION
            assert it.ended.message.parent_id == plan.id
            assert models.requests[2].messages == [{"role": "user", "content": execution_prompt("Q", "1. A")}]
            assert [each.content for each in active_path(await it.history())] == ["Q", "1. A", "Made A again"]
            # The plan again: another plan, carried out.
            await it.take(retry_plan(it, it.session, plan, planning=PLANNER, answering=ANSWERER))
            assert [each.content for each in active_path(await it.history())] == ["Q", "1. B", "Made B"]
            # Another task in its place.
            await it.take(edit_task(it, it.session, user, "Q2", planning=PLANNER, answering=ANSWERER))
            assert [each.content for each in active_path(await it.history())] == ["Q2", "1. C", "Made C"]
            assert models.requests[-2].messages == [{"role": "user", "content": planning_prompt("Q2")}]
            assert len(await it.history()) == 9

    asyncio.run(main())


def test_a_stopped_implementation_goes_on_under_its_own_prompt(tmp_path: Path) -> None:
    async def main() -> None:
        broken = AuthenticationError("Gone.")
        models = ScriptedModels(["1. A"], ["Half ", broken], ["whole"])
        async with given(tmp_path, models) as it:
            await it.take(run_plan(it, it.session, "Q", planning=PLANNER, answering=ANSWERER))
            await it.take(continue_answer(it, it.session, it.ended.message, model=ANSWERER))
            assert it.ended.message.content == "Half whole"
            assert it.ended.message.kind is Kind.IMPLEMENTATION
            sent = models.requests[-1].messages
            assert [each["role"] for each in sent] == ["user", "assistant", "user"]
            assert sent[0]["content"] == execution_prompt("Q", "1. A")

    asyncio.run(main())
