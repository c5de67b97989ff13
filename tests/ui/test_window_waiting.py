"""The next message while an answer streams: it waits, can be taken back, and is never lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from chat2anyllm_desktop.core.models import Status
from chat2anyllm_desktop.store.api import Store
from tests.conftest import LoopRunner
from tests.llm.misbehaving import CUT, answer, frame, stream
from tests.ui.scripted import by_question, gateway, in_steps
from tests.ui.window_driver import open_window

WAITING = "Your message is sent when this answer has ended."


def test_the_next_message_waits_for_the_end_of_the_answer(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, gates = in_steps("Thinking", " done")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("One")
            await desk.shows("Thinking")
            await desk.send("Two")
            await desk.send("and a half")
            await desk.hears(WAITING)
            assert desk.composer.text == ""
            assert [m.content for m in desk.messages()] == ["One", "Thinking"]
            for gate in gates:
                gate.set()
            await desk.answered(2)
            assert [m.content for m in desk.messages()] == [
                "One",
                "Thinking done",
                "Two\n\nand a half",
                "Yes",
            ]
            assert desk.window.notices.notice is None

    with gateway(monkeypatch, by_question({"One": first})):
        qt_loop.run(scenario())


def test_a_message_that_waits_can_be_taken_back(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    first, gates = in_steps("Thinking", " done")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("One")
            await desk.shows("Thinking")
            await desk.send("//two")
            await desk.hears(WAITING)
            await desk.type("typed since")
            desk.choose("Take it back")
            assert desk.composer.text == "//two\ntyped since"
            assert desk.window.notices.notice is None
            for gate in gates:
                gate.set()
            await desk.answered()
            assert len(desk.messages()) == 2

    with gateway(monkeypatch, by_question({"One": first})):
        qt_loop.run(scenario())


def test_a_message_that_waits_is_sent_also_when_another_session_is_on_show(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, gates = in_steps("Thinking", " done")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.window.header.model_requested.emit("gpt-4o")
            await desk.send("One")
            await desk.shows("Thinking")
            session = desk.conversation.session.id
            await desk.send("Two")
            desk.wiring.controller.new_session()
            desk.window.header.model_requested.emit("claude-sonnet")
            for gate in gates:
                gate.set()
            turns = desk.wiring.controller.turns
            await desk.until(lambda: len(server.chats) == 2 and not turns.is_busy(session), "both turns")
            assert desk.messages() == []
            await desk.open(session)
            assert [m.content for m in desk.messages()] == ["One", "Thinking done", "Two", "Yes"]

    with gateway(monkeypatch, by_question({"One": first})) as server:
        qt_loop.run(scenario())
        assert [chat.json["model"] for chat in server.chats] == ["gpt-4o", "gpt-4o"]


def test_stop_lets_the_message_that_waits_go(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = in_steps("Thinking", "never")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("One")
            await desk.shows("Thinking")
            await desk.send("Something else")
            desk.press(Qt.Key.Key_Escape)
            ended = await desk.answered(2)
            assert ended.content == "Yes"
            assert desk.messages()[1].status is Status.STOPPED

    with gateway(monkeypatch, by_question({"One": first})):
        qt_loop.run(scenario())


def test_after_a_failure_the_message_that_waits_comes_back(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, gates = in_steps("x")
    first = stream(frame("Think"), gates[0], CUT)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("One")
            await desk.shows("Think")
            await desk.send("Two")
            gates[0].set()
            await desk.answered()
            await desk.hears("it is back in the message field")
            assert desk.composer.text == "Two"
            assert len(server.chats) == 1

    with gateway(monkeypatch, first) as server:
        qt_loop.run(scenario())


def test_a_message_that_waits_at_the_end_is_a_draft_at_the_next_start(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = in_steps("Thinking", "never")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("One")
            await desk.shows("Thinking")
            await desk.send("Two")
            await desk.hears(WAITING)
            await desk.type("and three")
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: len(again.messages()) == 2, "the session of last time")
            assert again.messages()[1].status is Status.INTERRUPTED
            assert again.messages()[1].content == "Thinking"
            assert again.composer.text == "Two\nand three"
            again.shell.view.continue_requested.emit(again.messages()[1].id)
            await again.until(lambda: again.text() == "Thinking aloud", "the rest")
            await again.answered()
            store = again.wiring.controller.connections.store
            assert len(await store.call(Store.list_sessions)) == 1

    with gateway(monkeypatch, first, answer(" aloud")):
        qt_loop.run(scenario(), 60)
