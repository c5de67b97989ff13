"""What people meet in their first days: a gateway set later, a gateway that goes away, commands beside a long paste."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.core.models import Status
from chat2anyllm_desktop.ui.composer.editor import LONGEST_TEXT
from chat2anyllm_desktop.ui.facts import Health
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.ui.scripted import gateway
from tests.ui.window_driver import WindowDriver, open_window

LOG = "a line of a log\n" * (LONGEST_TEXT // 16 + 10)


async def paste(desk: WindowDriver, text: str) -> None:
    QApplication.clipboard().setText(text)
    desk.composer.editor.paste()
    await desk.until(lambda: held(desk) == [text.rstrip("\n")], "the paste to be held")


def held(desk: WindowDriver) -> list[str]:
    return [piece.text for piece in desk.composer.chips.attachments]


def test_a_command_beside_a_long_paste_runs_and_the_paste_stays(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await paste(desk, LOG)
            await desk.send("/models")
            await desk.until(desk.cards, "the list of models")
            assert held(desk) == [LOG.rstrip("\n")]
            assert desk.composer.editor.toPlainText() == ""
            await desk.send("/modls")
            await desk.hears("/models")
            assert desk.composer.editor.toPlainText() == "/modls"
            assert held(desk) == [LOG.rstrip("\n")]
            desk.composer.editor.clear()
            await desk.send("What is wrong here?")
            await desk.answered()
            assert desk.composer.text == ""
            assert desk.messages()[0].content == f"What is wrong here?\n\npasted-1.txt:\n````\n{LOG}````"

    with gateway(monkeypatch, answer("All of it")):
        qt_loop.run(scenario(), 60)


def test_new_sessions_begin_with_what_is_best_now_and_not_with_what_was_used_before(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(*, first: str, picked: str = "") -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.wiring.controller.new_session()
            assert desk.window.header.model_button.text() == first
            if picked:
                desk.wiring.controller.selection.select_model(picked)
            await desk.send("hello")
            await desk.answered()

    with gateway(monkeypatch, answer("Yes"), models=("small",)):
        qt_loop.run(scenario(first="small"), 60)
    with gateway(monkeypatch, answer("Yes"), models=("large", "other", "small")):
        # Nobody picked "small": it was only all there was.
        qt_loop.run(scenario(first="large", picked="other"), 60)
        qt_loop.run(scenario(first="other"), 60)
    with gateway(monkeypatch, answer("Yes"), models=("large", "small")):
        # "other" was picked, and is gone.
        qt_loop.run(scenario(first="large"), 60)


def test_the_dot_tells_that_the_gateway_went_away(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            dot = desk.window.header.gateway_dot
            await desk.until(lambda: dot.state.health is Health.OK, "a gateway that is well")
            stop()
            await desk.send("hello")
            ended = await desk.answered()
            assert ended.status is Status.FAILED
            await desk.until(lambda: dot.state.health is Health.FAULT, "the dot to say so")

    running = gateway(monkeypatch, answer("Yes"))
    running.__enter__()
    stopped: list[bool] = []

    def stop() -> None:
        if not stopped:
            stopped.append(True)
            running.__exit__(None, None, None)

    try:
        qt_loop.run(scenario(), 60)
    finally:
        stop()
