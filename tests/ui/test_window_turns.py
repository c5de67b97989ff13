"""Turns in the window: text as it comes, Stop, Continue, asking again and editing, several sessions at once."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt

from chat2anyllm_desktop.core.models import Author, Status
from chat2anyllm_desktop.core.prompts import CONTINUE_PROMPT
from chat2anyllm_desktop.ui.docks.rows import ROW_ROLE
from tests.conftest import LoopRunner
from tests.llm.misbehaving import DONE, FOREVER, answer, frame, stream
from tests.ui.scripted import by_question, gateway, in_steps
from tests.ui.window_driver import WindowDriver, open_window


def test_text_appears_as_it_comes(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    script, (second, third, end) = in_steps("One ", "two ", "three")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Count")
            await desk.shows("One ")
            assert desk.composer.button.text() == "Stop"
            second.set()
            await desk.shows("One two ")
            third.set()
            await desk.shows("One two three")
            answer = desk.answer()
            assert answer is not None
            assert answer.status is Status.STREAMING
            end.set()
            ended = await desk.answered()
            assert (ended.content, ended.status) == ("One two three", Status.COMPLETE)
            assert desk.composer.button.text() == "Send"

    with gateway(monkeypatch, script):
        qt_loop.run(scenario())


def test_the_view_gets_text_at_most_once_a_frame(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [f"w{number} " for number in range(400)]
    pieces = stream(*(step for word in words for step in (frame(word), 0.001)), DONE)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            times: list[float] = []
            desk.shell.transcript.text_appended.connect(lambda *_: times.append(time.monotonic()))
            await desk.send("Quick")
            ended = await desk.answered()
            assert ended.content == "".join(words)
            frames = (times[-1] - times[0]) / 0.016
            assert len(times) <= frames + 3
            assert len(times) > 5

    with gateway(monkeypatch, pieces):
        qt_loop.run(scenario())


@pytest.mark.parametrize("how", ["escape", "button", "command", "menu", "escape in the conversation"])
def test_stop_keeps_what_has_come(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("For ever")
            await desk.until(lambda: len(desk.text()) > 20, "some text")
            if how == "escape":
                desk.press(Qt.Key.Key_Escape)
            elif how == "button":
                desk.composer.button.click()
            elif how == "command":
                await desk.send("/stop")
            elif how == "menu":
                desk.window.actions_by_id["stop"].trigger()
            else:
                desk.shell.view.setFocus()
                desk.press(Qt.Key.Key_Escape, target=desk.shell.view)
            ended = await desk.answered()
            assert ended.status is Status.STOPPED
            assert set(ended.content.split()) == {"on"}
            await desk.until(lambda: desk.composer.button.text() == "Send", "the button to be Send again")
            stored = await desk.history()
            assert stored[-1].content == ended.content
            assert stored[-1].status is Status.STOPPED
            assert desk.notices == []

    with gateway(monkeypatch, stream(frame("on "), FOREVER)) as server:
        qt_loop.run(scenario())
        assert server.disconnected.wait(5), "the socket was not closed"


def test_continue_appends_to_a_stopped_answer(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    script, _ = in_steps("The first half,", "never")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Go")
            await desk.shows("The first half,")
            desk.press(Qt.Key.Key_Escape)
            stopped = await desk.answered()
            desk.shell.view.continue_requested.emit(stopped.id)
            await desk.until(lambda: desk.text() == "The first half, and the second.", "the second half")
            ended = await desk.answered()
            assert ended.id == stopped.id
            assert ended.status is Status.COMPLETE
            assert [m.content for m in await desk.history()] == ["Go", "The first half, and the second."]

    with gateway(monkeypatch, script, answer(" and the second.")) as server:
        qt_loop.run(scenario())
        assert server.chats[1].json["messages"] == [
            {"role": "user", "content": "Go"},
            {"role": "assistant", "content": "The first half,"},
            {"role": "user", "content": CONTINUE_PROMPT},
        ]


def test_esc_right_after_enter_loses_nothing(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("Think twice")
            desk.press(Qt.Key.Key_Return, "\r")
            desk.press(Qt.Key.Key_Escape)
            await desk.until(lambda: not desk.composer.editor.toPlainText() or desk.composer.text, "Enter")
            await desk.until(lambda: not desk.conversation.is_busy, "the end of the turn")
            assert desk.composer.button.text() == "Send"
            shown = [message.content for message in desk.messages() if message.author is Author.USER]
            assert [*shown, desk.composer.text] in (["Think twice", ""], ["Think twice"])
            # And the window goes on as if nothing had been.
            desk.composer.set_text("")
            await desk.send("Again")
            ended = await desk.answered()
            assert ended.content == "Here"

    with gateway(monkeypatch, answer("Here")):
        qt_loop.run(scenario())


def test_answering_again_makes_a_branch(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Toss a coin")
            heads = await desk.answered()
            await desk.send("And now?")
            await desk.answered(2)
            desk.shell.view.retry_requested.emit(heads.id)
            await desk.until(lambda: desk.text() == "Tails", "the other answer")
            await desk.answered()
            assert [m.content for m in desk.messages()] == ["Toss a coin", "Tails"]
            assert [m.content for m in await desk.history()] == [
                "Toss a coin",
                "Heads",
                "And now?",
                "Still heads",
                "Tails",
            ]
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: len(again.messages()) == 2, "the branch after a restart")
            assert [m.content for m in again.messages()] == ["Toss a coin", "Tails"]

    with gateway(monkeypatch, answer("Heads"), answer("Still heads"), answer("Tails")) as server:
        qt_loop.run(scenario())
        assert server.chats[2].json["messages"] == [{"role": "user", "content": "Toss a coin"}]


def test_an_earlier_message_is_edited(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("What is a cat?")
            await desk.answered()
            await desk.send("And its tail?")
            await desk.answered(2)
            await desk.type("a half-written thought")
            first = desk.messages()[0]
            # Esc gives the editing up, and what was being written is back.
            desk.shell.view.edit_requested.emit(first.id)
            assert desk.composer.text == "What is a cat?"
            desk.press(Qt.Key.Key_Escape)
            await desk.until(lambda: desk.composer.text == "a half-written thought", "the draft")
            desk.shell.view.edit_requested.emit(first.id)
            desk.composer.set_text("")
            await desk.send("What is a dog?")
            await desk.until(lambda: desk.text() == "A dog.", "the new answer")
            await desk.answered()
            assert [m.content for m in desk.messages()] == ["What is a dog?", "A dog."]
            assert desk.composer.text == "a half-written thought"
            assert len(await desk.history()) == 6

    with gateway(monkeypatch, answer("A cat."), answer("Long."), answer("A dog.")) as server:
        qt_loop.run(scenario())
        assert server.chats[2].json["messages"] == [{"role": "user", "content": "What is a dog?"}]


def test_an_edit_stays_with_its_session(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("First")
            await desk.answered()
            session = desk.conversation.session.id
            desk.shell.view.edit_requested.emit(desk.messages()[0].id)
            await desk.type(", changed")
            desk.wiring.controller.new_session()
            assert desk.composer.text == ""
            await desk.send("Second")
            await desk.answered()
            assert [m.content for m in desk.messages()] == ["Second", "Yes"]
            await desk.open(session)
            assert desk.composer.text == "First, changed"
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.until(lambda: desk.messages()[0].content == "First, changed", "the changed message")
            await desk.answered()

    with gateway(monkeypatch, by_question({})):
        qt_loop.run(scenario())


def test_an_edit_while_an_answer_streams_is_not_lost(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("For ever")
            await desk.until(desk.text, "some text")
            desk.shell.view.edit_requested.emit(desk.messages()[0].id)
            await desk.type(" more")
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.hears("An answer is being written. Stop it first")
            assert desk.composer.text == "For ever more"
            assert desk.composer.edited
            desk.composer.button.click()
            await desk.answered()
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.until(lambda: desk.messages()[0].content == "For ever more", "the changed message")
            await desk.until(desk.text, "the new answer")
            desk.press(Qt.Key.Key_Escape)
            await desk.answered()

    with gateway(monkeypatch, stream(frame("on "), FOREVER)):
        qt_loop.run(scenario())


def test_the_meta_line_and_the_reasoning(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = {
        "prompt_tokens": 7,
        "completion_tokens": 5,
        "total_tokens": 12,
        "cost": 0.0031,
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    script = stream(
        frame(reasoning="Let me "), frame(reasoning="think."), 0.01, frame("Four."), frame(finish="stop"),
        frame(usage=usage), DONE,
    )  # fmt: skip

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("2 + 2?")
            ended = await desk.answered()
            assert (ended.content, ended.reasoning) == ("Four.", "Let me think.")
            assert ended.model == "m"
            assert (ended.usage.prompt_tokens, ended.usage.completion_tokens) == (7, 5)
            assert ended.usage.cost == 0.0031
            assert ended.usage.cost_reported
            assert ended.usage.first_token_s is not None
            assert ended.usage.reasoning_s is not None
            desk.shell.view.select_all()
            shown = desk.shell.view.selected_text()
            assert "Four." in shown

    with gateway(monkeypatch, script):
        qt_loop.run(scenario())


def test_the_whole_history_and_the_role_are_sent(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.wiring.controller.library.save_role(None, "Pirate", "Talk like a pirate.")
            await desk.until(lambda: desk.wiring.controller.library.roles, "the role")
            await desk.send("/role Pirate")
            await desk.send("One")
            await desk.answered()
            await desk.send("Two")
            await desk.answered(2)
            await desk.send("/clear_role")
            await desk.send("Three")
            await desk.answered(3)
            # Roles are told, never stored.
            assert [m.content for m in await desk.history()] == ["One", "Yes", "Two", "Yes", "Three", "Yes"]

    with gateway(monkeypatch, answer("Yes")) as server:
        qt_loop.run(scenario())
        asked = [[m["content"] for m in chat.json["messages"]] for chat in server.chats]
        assert asked == [
            ["Talk like a pirate.", "One"],
            ["Talk like a pirate.", "One", "Yes", "Two"],
            ["One", "Yes", "Two", "Yes", "Three"],
        ]
        assert server.chats[0].json["messages"][0]["role"] == "system"


def test_every_session_keeps_its_model(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("First")  # With whatever model is there.
            await desk.answered()
            first = desk.conversation.session.id
            desk.wiring.controller.new_session()
            desk.window.header.model_requested.emit("claude-sonnet")
            await desk.send("Second")
            await desk.answered()
            await desk.open(first)
            assert desk.window.header.model_button.text() == "m"
            await desk.send("First again")
            await desk.answered(2)
            desk.window.header.model_requested.emit("gpt-4o")
            await desk.send("First with another")
            await desk.answered(3)
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: len(again.messages()) == 6, "the first session")
            assert again.window.header.model_button.text() == "gpt-4o"

    with gateway(monkeypatch, answer("Yes")) as server:
        qt_loop.run(scenario(), 60)
        assert [chat.json["model"] for chat in server.chats] == ["m", "claude-sonnet", "m", "gpt-4o"]


def test_several_sessions_stream_side_by_side(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    first, first_gates = in_steps("a1 ", "a2 ", "a3 ", "a4")
    second, second_gates = in_steps("b1 ", "b2 ", "b3")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Question A")
            await desk.shows("a1 ")
            a = desk.conversation.session.id
            desk.wiring.controller.new_session()
            assert desk.composer.button.text() == "Send"
            await desk.send("Question B")
            await desk.shows("b1 ")
            b = desk.conversation.session.id
            assert row(desk, a).busy
            assert row(desk, b).busy
            # Text that comes while its session is not on show is there on return, once.
            first_gates[0].set()
            await desk.until(lambda: partial(desk, a) == "a1 a2 ", "text in the background")
            await desk.open(a)
            assert [m.content for m in desk.messages()] == ["Question A", "a1 a2 "]
            assert desk.composer.button.text() == "Stop"
            first_gates[1].set()
            await desk.shows("a1 a2 a3 ")
            second_gates[0].set()
            await desk.open(b)
            await desk.shows("b1 b2 ")
            # What ends out of sight is marked as unread, until it is looked at.
            first_gates[2].set()
            first_gates[3].set()
            await desk.until(lambda: row(desk, a).unread, "the mark")
            assert not row(desk, a).busy
            assert desk.composer.button.text() == "Stop"
            await desk.open(a)
            assert [m.content for m in desk.messages()] == ["Question A", "a1 a2 a3 a4"]
            assert not row(desk, a).unread
            assert desk.composer.button.text() == "Send"
            # Esc means the session on show alone.
            desk.press(Qt.Key.Key_Escape)
            second_gates[1].set()
            second_gates[2].set()
            await desk.open(b)
            ended = await desk.answered()
            assert (ended.content, ended.status) == ("b1 b2 b3", Status.COMPLETE)
            assert [m.content for m in await desk.history()] == ["Question B", "b1 b2 b3"]

    with gateway(monkeypatch, by_question({"Question A": first, "Question B": second})):
        qt_loop.run(scenario(), 60)


def test_switching_all_the_time_neither_loses_nor_doubles_text(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [f"w{number} " for number in range(300)]
    script = stream(*(step for word in words for step in (frame(word), 0.002)), DONE)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Quiet")
            await desk.answered()
            other = desk.conversation.session.id
            desk.wiring.controller.new_session()
            await desk.send("Long")
            await desk.until(desk.text, "the beginning")
            streaming = desk.conversation.session.id
            switches = 0
            while desk.wiring.controller.turns.is_busy(streaming):
                await desk.open(other if switches % 2 == 0 else streaming)
                shown = desk.text()
                if switches % 2:
                    assert "".join(words).startswith(shown), "text was lost or doubled"
                switches += 1
            await desk.open(streaming)
            ended = await desk.answered()
            assert ended.content == "".join(words)
            assert switches > 4

    with gateway(monkeypatch, by_question({"Long": script})):
        qt_loop.run(scenario(), 60)


def test_changes_told_by_others_leave_a_streaming_answer_alone(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [f"w{number} " for number in range(150)]
    script = stream(*(step for word in words for step in (frame(word), 0.003)), DONE)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Long")
            await desk.until(desk.text, "the beginning")
            while desk.conversation.is_busy:
                await desk.conversation.reload()
                assert "".join(words).startswith(desk.text()), "text was lost or doubled"
            ended = await desk.answered()
            assert ended.content == "".join(words)

    with gateway(monkeypatch, script):
        qt_loop.run(scenario())


def row(desk: WindowDriver, session_id: str):  # type: ignore[no-untyped-def]  # A Row of the docks.
    return desk.window.sessions_dock.model.index_of(session_id).data(ROW_ROLE)


def partial(desk: WindowDriver, session_id: str) -> str:
    message = desk.wiring.controller.turns.partial(session_id)
    return message.content if message is not None else ""
