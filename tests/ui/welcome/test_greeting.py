"""The welcome over the running program: when it is there, when it goes, what prompts do, what the environment decides."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from chat2anyllm_desktop.ui.transcript.view import TranscriptView
from chat2anyllm_desktop.ui.welcome.page import EmptyPage
from chat2anyllm_desktop.ui.welcome.prompts import PROMPTS
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.ui.scripted import gateway
from tests.ui.welcome.newcomer import Newcomer
from tests.ui.window_driver import WindowDriver, open_window


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT2ANYLLM_LOCAL_ENABLED", "off")


def test_it_stands_in_nobodys_way_and_goes_for_good_with_the_first_message(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            assert someone.focused is desk.composer.editor
            await desk.ready()
            await desk.send("Hello there")
            await desk.answered()
            assert isinstance(desk.window.middle.currentWidget(), TranscriptView)
            desk.wiring.controller.new_session()
            assert someone.page is not None
            assert not someone.is_welcomed
        async with open_window() as again:
            someone = Newcomer(again)
            await again.ready()
            await again.until(lambda: someone.page, "the empty session")
            assert not someone.is_welcomed

    qt_loop.run(scenario(), 60)


def test_not_now_is_for_good_until_it_is_asked_for(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            desk.window.actions_by_id["focus_transcript"].trigger()
            await someone.tab_to(someone.ways.later)
            someone.press(Qt.Key.Key_Space, " ")
            await desk.until(lambda: not someone.is_welcomed, "its end")
            assert someone.page is not None
            assert someone.focused is desk.composer.editor
        async with open_window() as again:
            someone = Newcomer(again)
            await again.ready()
            await again.until(lambda: someone.page, "the empty session")
            assert not someone.is_welcomed
            again.window.actions_by_id["welcome"].trigger()
            assert someone.is_welcomed
            assert again.window.isAncestorOf(someone.focused)
            someone.press(Qt.Key.Key_Escape)
            await again.until(lambda: not someone.is_welcomed, "Esc to close it")
            assert someone.focused is again.composer.editor

    qt_loop.run(scenario(), 60)


def test_asked_for_in_a_conversation_it_covers_that_for_a_while(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await desk.ready()
            await desk.send("Hello")
            await desk.answered()
            desk.window.actions_by_id["welcome"].trigger()
            assert someone.is_welcomed
            await desk.send("And on")
            await desk.answered(2)
            assert someone.page is None
            assert [message.content for message in desk.messages()] == ["Hello", "Yes", "And on", "Yes"]

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_with_a_gateway_an_empty_session_is_calm(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await desk.ready()
            await desk.until(lambda: someone.page, "the empty session")
            assert not someone.is_welcomed
            words = [label.text() for label in someone.page.findChildren(QLabel)]  # type: ignore[union-attr]
            assert any("m answers." in text for text in words)

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_the_session_of_last_time_comes_without_anything_in_between(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[QWidget] = []

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Hello")
            await desk.answered()
        async with open_window() as again:
            seen.append(again.window.middle.currentWidget())  # type: ignore[arg-type]
            again.window.middle.currentChanged.connect(
                lambda _: seen.append(again.window.middle.currentWidget())  # type: ignore[arg-type]
            )
            await again.until(lambda: len(again.messages()) == 2, "the session of last time")
            await asyncio.sleep(0.2)
            assert not any(isinstance(widget, EmptyPage) for widget in seen)

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


# Prompts -------------------------------------------------------------------------------------------------------------------
async def press_card(someone: Newcomer, number: int) -> None:
    someone.desk.window.actions_by_id["focus_transcript"].trigger()
    assert someone.page is not None
    await someone.tab_to(someone.page.prompts.cards[number])
    someone.press(Qt.Key.Key_Space, " ")
    await someone.desk.until(lambda: someone.focused is someone.desk.composer.editor, "the message field")


def test_a_prompt_goes_into_the_message_field_and_nowhere_else(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(desk: WindowDriver) -> None:
        someone = Newcomer(desk)
        await desk.ready()
        await desk.until(lambda: someone.page, "the empty session")
        await press_card(someone, 1)
        assert desk.composer.text == f"{PROMPTS[1].words}\n\n"
        assert desk.messages() == []
        desk.composer.editor.undo()
        assert desk.composer.text == ""
        await desk.type("def f(): ...")
        await press_card(someone, 0)
        assert desk.composer.text == f"{PROMPTS[0].words}\n\ndef f(): ..."
        assert desk.composer.editor.textCursor().atEnd()
        desk.press(Qt.Key.Key_Return, "\r")
        await desk.answered()
        assert server.chats[0].json["messages"][-1]["content"] == f"{PROMPTS[0].words}\n\ndef f(): ..."

    async def run() -> None:
        async with open_window() as desk:
            await scenario(desk)

    with gateway(monkeypatch, answer("Yes")) as server:
        qt_loop.run(run(), 60)


def test_letters_typed_on_the_page_go_into_the_message(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            desk.window.actions_by_id["focus_transcript"].trigger()
            assert isinstance(someone.focused, QPushButton)
            someone.press(Qt.Key.Key_H, "h")
            await desk.until(lambda: desk.composer.text == "h", "the letter")
            assert someone.focused is desk.composer.editor

    qt_loop.run(scenario(), 60)


# The environment ---------------------------------------------------------------------------------------------------------
def test_what_the_environment_decides_is_shown_as_such(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await desk.ready()
            desk.window.actions_by_id["welcome"].trigger()
            way = someone.ways.gateway
            await someone.hears(way, "Connected to")
            assert all(field.locked for field in way.fields.values())
            await someone.open(way)
            assert someone.focused is way.use
            words = [label.text() for label in way.findChildren(QLabel)]
            assert "Set by LITELLM_BASE_URL in the environment." in words
            assert "Set by LITELLM_API_KEY in the environment." in words
            assert "CHAT2ANYLLM_LOCAL_ENABLED" in await someone.hears(someone.ways.engine, "switched off")

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)
