"""Plan mode in the window: a plan, a look at it where wanted, an implementation, and what comes between."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from chat2anyllm_desktop.core.models import Author, Kind, Status
from chat2anyllm_desktop.core.prompts import EXECUTION_PROMPT, PLANNING_PROMPT
from tests.conftest import LoopRunner
from tests.llm.misbehaving import DONE, FOREVER, Request, Script, answer, frame, model_list, refusal, stream
from tests.ui.scripted import gateway
from tests.ui.window_driver import WindowDriver, open_window

PLAN = "1. Read the code\n2. Write a test\n3. Fix it"
MODELS = ("m", "planner", "doer")


class Planner:
    """Answers the planning model with ``plan`` and the answering model with ``work``."""

    def __init__(self, plan: Script, work: Script) -> None:
        self.plan, self.work = plan, work

    def __call__(self, request: Request) -> Script:
        if request.method == "GET":
            return model_list(*MODELS)
        return {"planner": self.plan, "doer": self.work}.get(request.json["model"], answer("Plain"))


async def in_plan_mode(desk: WindowDriver, *, review: bool) -> None:
    await desk.ready()
    await desk.send("/model:plan-mode planner doer")
    if review:
        await desk.send("/plan-review on")


def test_a_plan_and_its_implementation(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await in_plan_mode(desk, review=False)
            await desk.send("Mend the parser")
            await desk.answered(2)
            shown = desk.messages()
            assert [m.content for m in shown] == ["Mend the parser", PLAN, "Done."]
            assert [m.kind for m in shown] == [Kind.CHAT, Kind.PLAN, Kind.IMPLEMENTATION]
            assert [m.model for m in shown[1:]] == ["planner", "doer"]
            assert [m.content for m in await desk.history()] == [m.content for m in shown]
            assert desk.window.plan_review.isHidden()
            # Out of plan mode the session goes on with its model.
            desk.window.header.plan_clear_requested.emit()
            await desk.send("And now?")
            assert (await desk.answered(3)).content == "Plain"
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: len(again.messages()) == 5, "the session")
            assert [m.kind for m in again.messages()][1:3] == [Kind.PLAN, Kind.IMPLEMENTATION]

    with gateway(monkeypatch, Planner(answer(PLAN), answer("Done."))) as server:
        qt_loop.run(scenario(), 60)
        first, second, third = (chat.json["messages"] for chat in server.chats)
        assert first == [{"role": "user", "content": PLANNING_PROMPT + "Mend the parser"}]
        assert second[0]["content"].startswith(EXECUTION_PROMPT)
        assert PLAN in second[0]["content"]
        assert [m["content"] for m in third] == ["Mend the parser", f"{PLAN}\n\nDone.", "And now?"]


def test_a_plan_is_reviewed_changed_and_approved(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await in_plan_mode(desk, review=True)
            await desk.send("Mend the parser")
            review = desk.window.plan_review
            await desk.until(lambda: not review.isHidden(), "the plan")
            assert review.steps() == ["Read the code", "Write a test", "Fix it"]
            assert review.list is not None
            assert QApplication.focusWidget() is review.list
            assert desk.composer.button.text() == "Stop"
            assert len(server.chats) == 1
            review.list.item(0).setCheckState(Qt.CheckState.Unchecked)
            review.list.item(2).setText("Fix it well")
            desk.press(Qt.Key.Key_Return, "\r", Qt.KeyboardModifier.ControlModifier, target=review.list)
            await desk.answered(2)
            assert review.isHidden()
            assert desk.composer.editor.hasFocus()
            assert [m.content for m in desk.messages()][1:] == ["1. Write a test\n2. Fix it well", "Done."]
            assert [m.content for m in await desk.history()][1] == "1. Write a test\n2. Fix it well"

    with gateway(monkeypatch, Planner(answer(PLAN), answer("Done."))) as server:
        qt_loop.run(scenario())
        asked = server.chats[1].json["messages"][0]["content"]
        assert "1. Write a test\n2. Fix it well" in asked
        assert "Read the code" not in asked


@pytest.mark.parametrize("how", ["drop", "escape", "stop"])
def test_a_plan_that_is_dropped_is_not_carried_out(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await in_plan_mode(desk, review=True)
            await desk.send("Mend the parser")
            review = desk.window.plan_review
            await desk.until(lambda: not review.isHidden(), "the plan")
            if how == "drop":
                next(b for b in review.findChildren(QPushButton) if b.text() == "Drop").click()
            elif how == "escape":
                desk.press(Qt.Key.Key_Escape, target=review.list)
            else:
                desk.composer.button.click()
            ended = await desk.answered()
            assert (ended.content, ended.status) == (PLAN, Status.COMPLETE)
            assert review.isHidden()
            assert desk.composer.editor.hasFocus()
            assert desk.composer.button.text() == "Send"

    with gateway(monkeypatch, Planner(answer(PLAN), answer("Done."))) as server:
        qt_loop.run(scenario())
        assert len(server.chats) == 1


def test_a_plan_waits_while_other_sessions_are_on_show(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await in_plan_mode(desk, review=True)
            await desk.send("Mend the parser")
            review = desk.window.plan_review
            await desk.until(lambda: not review.isHidden(), "the plan")
            session = desk.conversation.session.id
            assert review.list is not None
            review.list.item(1).setCheckState(Qt.CheckState.Unchecked)
            review.list.item(0).setText("Read it twice")
            desk.wiring.controller.new_session()
            assert review.isHidden()
            desk.window.header.plan_clear_requested.emit()
            await desk.send("Something else")
            assert (await desk.answered()).content == "Plain"
            await desk.open(session)
            assert not review.isHidden()
            # As it was left, what was struck out among it.
            assert review.steps() == ["Read it twice", "Fix it"]
            assert review.list.count() == 3
            review.approved.emit(review.steps())
            await desk.answered(2)
            assert desk.messages()[1].content == "1. Read it twice\n2. Fix it"

    with gateway(monkeypatch, Planner(answer(PLAN), answer("Done."))):
        qt_loop.run(scenario())


def test_a_plan_that_comes_while_one_writes_does_not_take_the_keyboard(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    async def scenario() -> None:
        async with open_window() as desk:
            await in_plan_mode(desk, review=True)
            await desk.send("Mend the parser")
            await desk.until(lambda: server.chats, "the request")
            await desk.type("Next I wa")
            gate.set()
            review = desk.window.plan_review
            await desk.until(lambda: not review.isHidden(), "the plan")
            assert desk.composer.editor.hasFocus()
            await desk.type("nt this")
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.hears("Your message is sent when the plan is carried out or dropped.")
            review.approved.emit(review.steps())
            await desk.until(lambda: len(server.chats) == 3, "the next message")
            assert server.chats[2].json["messages"][-1]["content"] == PLANNING_PROMPT + "Next I want this"

    script = stream(gate, frame(PLAN), DONE)
    with gateway(monkeypatch, Planner(script, answer("Done."))) as server:
        qt_loop.run(scenario())


def test_stop_while_planning_ends_all_of_it_and_continue_goes_on(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    planner = Planner(stream(frame("1. Read\n"), frame("x"), FOREVER), answer("Done."))

    async def scenario() -> None:
        async with open_window() as desk:
            await in_plan_mode(desk, review=False)
            await desk.send("Mend the parser")
            await desk.until(lambda: len(desk.text()) > 8, "a piece of the plan")
            desk.press(Qt.Key.Key_Escape)
            stopped = await desk.answered()
            assert (stopped.kind, stopped.status) == (Kind.PLAN, Status.STOPPED)
            assert len(server.chats) == 1
            planner.plan = answer("\n2. Fix it")
            desk.shell.view.continue_requested.emit(stopped.id)
            await desk.until(lambda: len(server.chats) == 3, "the implementation")
            await desk.answered(2)
            assert desk.messages()[1].content.endswith("\n2. Fix it")
            assert desk.messages()[2].content == "Done."

    with gateway(monkeypatch, planner) as server:
        qt_loop.run(scenario())


def test_an_empty_plan_is_not_carried_out(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await in_plan_mode(desk, review=False)
            await desk.send("Mend the parser")
            failed = await desk.answered()
            assert (failed.kind, failed.status) == (Kind.PLAN, Status.FAILED)
            assert (failed.usage.error or "").startswith(
                "planner returned no plan, so nothing was carried out."
            )
            await desk.until(lambda: not desk.conversation.is_busy, "the end")
            assert len(server.chats) == 1
            assert (await desk.history())[0].content == "Mend the parser"
            assert desk.composer.text == ""

    with gateway(monkeypatch, Planner(stream(frame(finish="stop"), DONE), answer("Done."))) as server:
        qt_loop.run(scenario())


def test_a_failed_plan_is_not_carried_out_and_planned_again(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    planner = Planner(refusal(400, "Invalid model name passed in model=planner"), answer("Done."))

    async def scenario() -> None:
        async with open_window() as desk:
            await in_plan_mode(desk, review=False)
            await desk.send("Mend the parser")
            failed = await desk.answered()
            assert (failed.kind, failed.status) == (Kind.PLAN, Status.FAILED)
            assert failed.usage.error is not None
            assert "“planner”" in failed.usage.error
            assert len(server.chats) == 1
            planner.plan = answer(PLAN)
            desk.shell.view.retry_requested.emit(failed.id)
            await desk.answered(2)
            assert [m.content for m in desk.messages()] == ["Mend the parser", PLAN, "Done."]
            # An implementation is made again by the model that made it, from the same plan.
            planner.work = answer("Done better.")
            desk.shell.view.retry_requested.emit(desk.messages()[2].id)
            await desk.shows("Done better.")
            await desk.answered(2)
            assert server.chats[-1].json["model"] == "doer"
            # An edited task is planned anew.
            desk.shell.view.edit_requested.emit(desk.messages()[0].id)
            await desk.type(" at last")
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.until(lambda: desk.messages()[0].content == "Mend the parser at last", "the edit")
            await desk.answered(2)
            kinds = [m.kind for m in desk.messages() if m.author is Author.ASSISTANT]
            assert kinds == [Kind.PLAN, Kind.IMPLEMENTATION]

    with gateway(monkeypatch, planner) as server:
        qt_loop.run(scenario())


def test_the_role_and_the_history_go_to_both_models(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            library = desk.wiring.controller.library
            library.save_role(None, "Pirate", "Talk like a pirate.")
            await desk.until(lambda: library.roles, "the role")
            await desk.send("/role Pirate")
            await desk.send("Before")
            await desk.answered()
            await in_plan_mode(desk, review=False)
            await desk.send("Mend the parser")
            await desk.answered(3)

    with gateway(monkeypatch, Planner(answer(PLAN), answer("Done."))) as server:
        qt_loop.run(scenario())
        for chat in server.chats[1:]:
            assert [m["content"] for m in chat.json["messages"][:3]] == [
                "Talk like a pirate.",
                "Before",
                "Plain",
            ]


def test_closing_while_a_plan_waits(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await in_plan_mode(desk, review=True)
            await desk.send("Mend the parser")
            await desk.until(lambda: not desk.window.plan_review.isHidden(), "the plan")
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: len(again.messages()) == 2, "the session")
            assert again.messages()[1].status is Status.COMPLETE
            assert again.window.plan_review.isHidden()

    with gateway(monkeypatch, Planner(answer(PLAN), answer("Done."))):
        qt_loop.run(scenario(), 60)
