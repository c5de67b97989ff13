"""What goes wrong with gateways and with what is typed: a clear sentence each time, and nothing lost."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.core.errors import StoreError
from chat2anyllm_desktop.core.models import Author, Message, Status
from chat2anyllm_desktop.store.sqlite import SqliteStore
from chat2anyllm_desktop.ui.facts import Health, Tone
from tests.conftest import LoopRunner
from tests.llm.misbehaving import (
    CUT,
    DONE,
    RESET,
    STALL,
    Request,
    Script,
    answer,
    error_frame,
    event,
    frame,
    refusal,
    reply,
    serve,
    stream,
)
from tests.ui.scripted import by_question, gateway, use
from tests.ui.window_driver import open_window

HTML = "<!doctype html><html><head><title>Sign in</title></head><body>Sign in first</body></html>"

FAILURES = {
    "wrong key": (refusal(401, "Authentication Error, Invalid token"), "does not accept the API key", ""),
    "no database for keys": (refusal(400, "No connected db.", kind="no_db_connection"), "API key", ""),
    "unknown model": (refusal(400, "Invalid model name passed in model=m"), "has no model “m”", ""),
    "context too long": (
        refusal(400, "litellm.ContextWindowExceededError: prompt is too long", kind="ContextWindowExceededError"),
        "too long for “m”",
        "",
    ),
    "500": (reply(500, "Internal Server Error"), "failed for “m” (status 500)", ""),
    "error frame": (
        stream(frame("Half an "), error_frame("the provider fell over")),
        "reported an error in the middle of the answer: the provider fell over.",
        "Half an ",
    ),
    "cut": (stream(frame("Half an "), 0.2, CUT), "ended before the answer was complete", "Half an "),
    "reset": (stream(frame("Half an "), 0.2, RESET), "ended before the answer was complete", "Half an "),
    "not JSON": (stream(frame("Half an "), event("{nonsense"), DONE), "something that is no chat answer", "Half an "),
    "web page": (reply(200, HTML), "answers with a web page, not with an API", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILURES)
def test_a_failed_answer_says_why_and_can_be_had_again(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    script, words, text = FAILURES[case]

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Question")
            failed = await desk.answered()
            assert failed.content == text
            assert failed.status in (Status.FAILED, Status.INTERRUPTED)
            assert failed.usage.error is not None
            assert words in failed.usage.error
            stored = await desk.history()
            assert [m.content for m in stored] == ["Question", text]
            assert stored[1].usage.error == failed.usage.error
            assert "sk-test" not in failed.usage.error
            desk.shell.view.retry_requested.emit(failed.id)
            await desk.shows("At last")
            assert (await desk.answered()).status is Status.COMPLETE

    with gateway(monkeypatch, script, answer("At last")):
        qt_loop.run(scenario())


def test_a_stalled_stream_ends_after_the_timeout(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT2ANYLLM_STALL_TIMEOUT_S", "1")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Question")
            ended = await desk.answered()
            assert (ended.content, ended.status) == ("Half", Status.INTERRUPTED)
            assert ended.usage.error is not None
            assert "nothing came for 1 seconds" in ended.usage.error
            await desk.send("/continue")
            await desk.shows("Half and half")

    with gateway(monkeypatch, stream(frame("Half"), STALL), answer(" and half")):
        qt_loop.run(scenario())


def test_too_many_requests_are_told_and_tried_again(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Question")
            notice = await desk.hears("Trying again in")
            assert "Too many requests" in notice.sentence
            assert notice.tone is Tone.ATTENTION
            ended = await desk.answered()
            assert (ended.content, ended.status) == ("At last", Status.COMPLETE)
            assert desk.window.notices.notice is None

    with gateway(
        monkeypatch, refusal(429, "Rate limit reached", headers={"retry-after": "0.2"}), answer("At last")
    ):
        qt_loop.run(scenario())


def test_stop_ends_the_waiting_for_another_try(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Question")
            await desk.hears("Trying again in 20 s")
            desk.press(Qt.Key.Key_Escape)
            ended = await desk.answered()
            assert ended.status is Status.STOPPED
            assert desk.window.notices.notice is None

    with gateway(monkeypatch, refusal(429, "Rate limit reached", headers={"retry-after": "20"})):
        qt_loop.run(scenario())


def test_characters_cut_in_two_by_the_network_arrive_whole(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "größer 漢字 👩‍👩‍👧 ﷽"
    data = frame(text)
    script = stream(*(piece for i in range(0, len(data), 3) for piece in (data[i : i + 3], 0.002)), DONE)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Question")
            assert (await desk.answered()).content == text

    with gateway(monkeypatch, script):
        qt_loop.run(scenario())


def test_a_dead_gateway_at_the_start(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve() as server:
        url, port = server.url, server.port
    use(monkeypatch, url)

    async def scenario() -> None:
        async with open_window() as desk:
            notice = await desk.hears("127.0.0.1")
            assert notice.tone is Tone.FAULT
            assert [action.label for action in notice.actions] == ["Settings", "Try again"]
            connections = desk.wiring.controller.connections
            await desk.until(lambda: connections.database_state.health is Health.OK, "the history")
            assert connections.gateway_state.health == "fault"
            await desk.send("Is anybody there?")
            await desk.hears("No model is known yet, so nothing was sent.")
            assert desk.composer.text == "Is anybody there?"
            with serve(answer("Yes"), port=port):
                desk.window.notices.withdraw("turn")
                desk.choose("Try again")
                await desk.ready()
                assert connections.gateway_state.health is Health.OK
                assert desk.window.notices.notice is None
                desk.press(Qt.Key.Key_Return, "\r")
                assert (await desk.answered()).content == "Yes"

    qt_loop.run(scenario())


def test_a_gateway_that_refuses_the_key_at_the_start(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            notice = await desk.hears("does not accept the API key")
            assert "sk-secret-1234" not in notice.sentence + notice.detail

    def refuse(_: object) -> Script:
        return refusal(401, "Authentication Error: invalid key sk-secret-1234")

    with gateway(monkeypatch, refuse, key="sk-secret-1234"):
        qt_loop.run(scenario())


def test_a_gateway_that_dies_between_two_messages(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ExitStack()
    server = first.enter_context(serve(answer("First"), models=("m",)))
    use(monkeypatch, server.url)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("One")
            await desk.answered()
            first.close()
            await desk.send("Two")
            await desk.hears("Trying again in")
            failed = await desk.answered(2)
            assert failed.status is Status.FAILED
            assert failed.usage.error is not None
            assert "127.0.0.1" in failed.usage.error
            with serve(answer("Second"), port=server.port):
                desk.window.actions_by_id["regenerate"].trigger()
                await desk.shows("Second")
                await desk.answered(2)

    with first:
        qt_loop.run(scenario(), 60)


def test_a_megabyte_is_pasted_and_sent_whole(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    pasted = "".join(f"line {number}: some words to fill it\n" for number in range(30_000)) + "end"
    assert len(pasted) > 1_000_000
    sent = f"Summarise this:\n\npasted-1.txt:\n````\n{pasted}\n````"

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("Summarise this:")
            data = QMimeData()
            data.setText(pasted)
            clipboard = QApplication.clipboard()
            clipboard.setMimeData(data)
            desk.composer.editor.paste()
            clipboard.clear()
            assert desk.composer.editor.toPlainText() == "Summarise this:"
            assert desk.composer.chips.isVisible()
            assert desk.composer.text == sent
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.answered()
            assert not desk.composer.chips.isVisible()
            assert (await desk.history())[0].content == sent

    with gateway(monkeypatch, answer("Done")) as server:
        qt_loop.run(scenario(), 60)
        assert server.chats[0].json["messages"][0]["content"] == sent


def test_nul_characters_lose_nothing(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.composer.set_text("before\0after")
            desk.composer.submit()
            await desk.answered()
            stored = (await desk.history())[0].content
            assert stored == "before␀after"
            assert desk.messages()[0].content == stored
            assert desk.messages()[1].content == "a␀b"

    with gateway(monkeypatch, stream(frame("a\0b"), DONE)) as server:
        qt_loop.run(scenario())
        assert server.chats[0].json["messages"][0]["content"] == "before␀after"


def test_blank_messages_are_not_sent(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.press(Qt.Key.Key_Return, "\r")
            desk.composer.set_text("  \n\t ")
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.settle()
            assert desk.messages() == []
            assert not desk.conversation.is_stored

    with gateway(monkeypatch) as server:
        qt_loop.run(scenario())
        assert server.chats == []


def test_an_answer_without_any_text_has_failed_and_says_so(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Question")
            ended = await desk.answered()
            assert ended.content == ""
            assert ended.status is Status.FAILED
            assert (ended.usage.error or "").startswith(f"{ended.model} returned an empty answer.")
            await desk.send("Another")
            assert (await desk.answered(2)).content == "Yes"

    with gateway(monkeypatch, stream(frame(finish="stop"), DONE), answer("Yes")) as server:
        qt_loop.run(scenario())
        assert [m["role"] for m in server.chats[1].json["messages"]] == ["user", "user"]


def test_a_turn_that_fails_out_of_sight_says_where(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan that cannot be carried out is an error of the turn, not of an answer: its notice names the session."""
    gate = threading.Event()

    def unreadable(*_: object) -> list[Message]:
        raise StoreError("The history cannot be read.")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("/model:plan-mode gpt-4o m")
            await desk.send("Plan it")
            await desk.until(lambda: len(server.chats) == 1, "the request")
            desk.wiring.controller.new_session()
            monkeypatch.setattr(SqliteStore, "history", unreadable)
            gate.set()
            notice = await desk.hears("The history cannot be read.")
            assert notice.sentence.startswith("In “Plan it”: ")
            assert desk.messages() == []

    plan = stream(gate, frame("1. Do it"), frame(finish="stop"), DONE)
    with gateway(monkeypatch, by_question({"Plan it": plan})) as server:
        qt_loop.run(scenario())


def test_models_of_a_gateway_without_model_info(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other OpenAI-compatible servers have /v1/models alone."""

    def script(request: Request) -> Script:
        if request.path.endswith("/model/info"):
            return reply(404, {"detail": "Not Found"})
        if request.method == "GET":
            return reply(200, {"object": "list", "data": [{"id": "llama", "owned_by": "us"}, {"id": "qwen"}]})
        return answer("Yes")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            assert [m.name for m in desk.wiring.controller.connections.listed] == ["llama", "qwen"]
            assert desk.window.header.model_button.text() == "llama"
            await desk.send("Hello")
            await desk.answered()
            assert [m.author for m in desk.messages()] == [Author.USER, Author.ASSISTANT]

    with gateway(monkeypatch, script) as server:
        qt_loop.run(scenario())
        assert server.chats[0].json["model"] == "llama"
