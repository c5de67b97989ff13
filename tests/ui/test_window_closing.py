"""The end of the window, in the middle of whatever goes on: nothing is asked, nothing lost, nothing left behind."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from chat2anyllm_desktop.core.models import Status
from tests.conftest import LoopRunner
from tests.llm.misbehaving import FOREVER, STALL, answer, frame, refusal, stream
from tests.ui.scripted import by_question, gateway
from tests.ui.window_driver import open_window


@pytest.fixture(autouse=True)
def _nothing_is_left(qt_loop: LoopRunner, recwarn: pytest.WarningsRecorder) -> Iterator[None]:
    """After each test here: no task of ours, no thread of the store, no complaint. (Warnings in the log fail any test.)"""
    yield
    assert [task for task in asyncio.all_tasks(qt_loop.loop) if not task.done()] == []
    deadline = time.monotonic() + 5
    while stores := [thread.name for thread in threading.enumerate() if thread.name.startswith("store ")]:
        assert time.monotonic() < deadline, f"threads are left: {stores}"
        time.sleep(0.01)
    assert [str(warning.message) for warning in recwarn.list] == []


def test_an_answer_that_streams_is_kept_and_can_be_continued(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("For ever")
            await desk.until(lambda: len(desk.text()) > 30, "some text")
            desk.window.close()
            assert not [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
            await desk.until(lambda: not desk.window.isVisible(), "the window to go")
        shown = desk.text()
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: len(again.messages()) == 2, "the session")
            kept = again.messages()[1]
            assert kept.status is Status.INTERRUPTED
            assert kept.content.startswith(shown)
            assert again.notices == []
            await again.send("/continue")
            await again.until(lambda: again.text() == kept.content + " and so on", "the rest")
            assert (await again.answered()).status is Status.COMPLETE

    with gateway(monkeypatch, stream(frame("on "), FOREVER), answer(" and so on")) as server:
        qt_loop.run(scenario(), 60)
        assert server.disconnected.is_set()


def test_many_answers_at_once(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            for name in ("one", "two", "three", "four"):
                await desk.send(f"For ever {name}")
                await desk.until(lambda: len(desk.text()) > 5, "some text")
                desk.wiring.controller.new_session()
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: len(again.wiring.controller.library.sessions) == 4, "the sessions")
            for session in again.wiring.controller.library.sessions:
                await again.open(session.id)
                kept = again.messages()[1]
                assert kept.status is Status.INTERRUPTED
                assert set(kept.content.split()) == {"on"}

    with gateway(monkeypatch, stream(frame("on "), FOREVER)):
        qt_loop.run(scenario(), 60)


@pytest.mark.parametrize(
    "script",
    [stream(STALL), refusal(429, "Rate limit", headers={"retry-after": "20"}), [STALL]],
    ids=["no text yet", "waiting to try again", "no response yet"],
)
def test_a_question_that_has_no_answer_yet(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, script: list[object]
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Is anybody there?")
            await desk.until(lambda: len(server.chats) == 1, "the request")
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: len(again.messages()) == 2, "the session")
            assert again.messages()[0].content == "Is anybody there?"
            assert again.messages()[1].status is Status.INTERRUPTED
            again.shell.view.retry_requested.emit(again.messages()[1].id)
            await again.shows("Yes")

    scripts = [script, answer("Yes")]
    with gateway(monkeypatch, *scripts) as server:  # type: ignore[arg-type]  # lists of steps
        qt_loop.run(scenario(), 60)


def test_a_message_that_was_just_sent(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed in the very moment: the message is in the session, or it is a draft."""

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("Important")
            desk.composer.submit()
        async with open_window() as again:
            await again.ready()
            await again.settle()
            texts = [m.content for m in again.messages()] + [again.composer.text]
            assert texts.count("Important") == 1

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_right_after_the_start(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window():
            pass
        async with open_window() as desk:
            await desk.ready()
            desk.window.actions_by_id["refresh_models"].trigger()
            desk.window.actions_by_id["settings"].trigger()
            await desk.send("/theme dark")

    with gateway(monkeypatch, by_question({})):
        qt_loop.run(scenario(), 60)


def test_in_the_middle_of_editing_a_message(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("First")
            await desk.answered()
            desk.shell.view.edit_requested.emit(desk.messages()[0].id)
            desk.press(Qt.Key.Key_End)
            await desk.type(", rewritten at length")
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: again.composer.text == "First, rewritten at length", "the draft")
            again.composer.set_text("")
            again.shell.view.edit_requested.emit(again.messages()[0].id)
        async with open_window() as third:
            await third.ready()
            await third.settle()
            assert third.composer.text == "", "an edit that changed nothing leaves nothing"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)
