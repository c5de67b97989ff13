"""What the desktop is told: notifications of long answers, and what is unread; over a real session bus."""

from __future__ import annotations

import asyncio
import os

import pytest

from chat2anyllm_desktop.core.models import Status
from tests.conftest import LoopRunner
from tests.llm.misbehaving import FOREVER, Script, answer, frame, refusal, stream
from tests.real.desktop_bus import DesktopBus, Notifications
from tests.ui.scripted import by_question, gateway, in_steps
from tests.ui.window_driver import WindowDriver, open_window

ANSWER = "Use <b>bold</b> & see https://example.com. " + "More words. " * 40
TITLE = "Fish & <chips>"


@pytest.fixture
def service(desktop_bus: DesktopBus, monkeypatch: pytest.MonkeyPatch) -> Notifications:
    """Every answer counts as long."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", desktop_bus.address)
    monkeypatch.setenv("CHAT2ANYLLM_NOTIFY_AFTER_S", "0")
    return desktop_bus.notifications("actions", "body", "body-markup")


def look_away(desk: WindowDriver) -> None:
    """The window goes, its answers go on: without a screen there is no other window to work in."""
    desk.window.put_away()
    assert not desk.wiring.surroundings.attention.is_looked_at


async def told(desk: WindowDriver, service: Notifications, count: int = 1) -> list[tuple[str, str]]:
    """Wait until so many notifications are shown."""
    await desk.until(lambda: len(service.shown) == count, f"{count} notifications, not {service.calls}")
    return list(service.shown.values())


async def untold(desk: WindowDriver, service: Notifications) -> None:
    """Give a notification that should not come the time to come."""
    await desk.settle()
    await asyncio.sleep(0.3)
    assert [call for call in service.calls if call[0] == "Notify"] == []


@pytest.mark.parametrize(
    ("script", "said"),
    [(answer(ANSWER), "The answer is complete."), (refusal(500, "no"), "The answer ended with an error.")],
    ids=["complete", "failed"],
)
def test_the_title_and_no_word_of_the_answer(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, service: Notifications, script: Script, said: str
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send(TITLE)
            look_away(desk)
            assert await told(desk, service) == [(TITLE, said)]

    with gateway(monkeypatch, script):
        qt_loop.run(scenario(), 60)


def test_its_beginning_for_those_who_want_that(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, service: Notifications
) -> None:
    """The service draws markup, and gets none of the model's."""
    monkeypatch.setenv("CHAT2ANYLLM_NOTIFICATIONS", "text")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Go")
            look_away(desk)
            ((_, text),) = await told(desk, service)
            assert text.startswith("Use &lt;b&gt;bold&lt;/b&gt; &amp; see")
            assert len(text) < 250
            assert text.endswith("…")

    with gateway(monkeypatch, answer(ANSWER)):
        qt_loop.run(scenario(), 60)


def test_a_click_shows_the_session_in_front(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, service: Notifications
) -> None:
    script, (go_on, end) = in_steps("Half", " of it")
    monkeypatch.delenv("XDG_ACTIVATION_TOKEN", raising=False)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Slow")
            await desk.shows("Half")
            slow = desk.conversation.session.id
            attention = desk.wiring.surroundings.attention
            desk.wiring.controller.new_session()
            assert attention.busy == {slow}
            look_away(desk)
            go_on.set()
            end.set()
            await told(desk, service)
            assert attention.unread == {slow}
            assert attention.busy == set()
            (number,) = service.shown
            service.click(number)
            await desk.until(lambda: desk.conversation.session.id == slow, "the session")
            await desk.until(desk.window.isVisible, "the window")
            assert os.environ["XDG_ACTIVATION_TOKEN"] == "a-token"
            await desk.until(lambda: not attention.unread, "it to be read")
            await desk.until(lambda: not service.shown, "the notification to go")

    with gateway(monkeypatch, script):
        qt_loop.run(scenario(), 60)


def test_looking_by_oneself_takes_it_away(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, service: Notifications
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Go")
            look_away(desk)
            await told(desk, service)
            desk.window.bring_up()
            await told(desk, service, 0)

    with gateway(monkeypatch, answer(ANSWER)):
        qt_loop.run(scenario(), 60)


def test_a_session_that_is_gone_is_not_unread(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, service: Notifications
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Go")
            look_away(desk)
            await told(desk, service)
            session, attention = desk.conversation.session.id, desk.wiring.surroundings.attention
            assert attention.unread == {session}
            desk.wiring.controller.delete_session(session)
            await told(desk, service, 0)
            assert attention.unread == set()

    with gateway(monkeypatch, answer(ANSWER)):
        qt_loop.run(scenario(), 60)


def test_who_looks_is_not_told(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, service: Notifications
) -> None:
    """Not of the session on show, nor of another: that has a dot in the list."""

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.window.activateWindow()
            attention = desk.wiring.surroundings.attention
            await desk.until(lambda: attention.is_looked_at, "the keyboard")
            await desk.send("On show")
            await desk.answered()
            assert attention.unread == set()
            first = desk.conversation.session.id
            await desk.send("Another")
            desk.wiring.controller.new_session()
            await desk.until(lambda: not attention.busy, "the answer")
            assert attention.unread == {first}
            await untold(desk, service)

    with gateway(monkeypatch, answer(ANSWER)):
        qt_loop.run(scenario(), 60)


@pytest.mark.parametrize("kind", ["short", "off", "stopped", "closed"])
def test_what_is_not_worth_telling(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, service: Notifications, kind: str
) -> None:
    if kind == "short":
        monkeypatch.setenv("CHAT2ANYLLM_NOTIFY_AFTER_S", "30")
    elif kind == "off":
        monkeypatch.setenv("CHAT2ANYLLM_NOTIFICATIONS", "off")
    script = stream(frame("on "), FOREVER) if kind in ("stopped", "closed") else answer(ANSWER)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Go")
            await desk.until(lambda: len(desk.text()) > 5, "some text")
            if kind != "closed":
                look_away(desk)
            if kind == "stopped":
                desk.wiring.controller.stop_answer()
            if kind != "closed":
                assert (await desk.answered()).status in (Status.COMPLETE, Status.STOPPED)
                await untold(desk, service)
        assert [call for call in service.calls if call[0] == "Notify"] == []

    with gateway(monkeypatch, script):
        qt_loop.run(scenario(), 60)


def test_a_plan_that_waits_is_told(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, service: Notifications
) -> None:
    monkeypatch.setenv("CHAT2ANYLLM_REVIEW_PLANS", "on")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("/model:plan-mode m gpt-4o")
            await desk.send("Build it")
            look_away(desk)
            ((_, text),) = await told(desk, service)
            assert text.startswith("The plan is ready")
            desk.wiring.controller.turns.decide_plan(desk.conversation.session.id, None)

    with gateway(monkeypatch, by_question({"Build it": answer("1. One step\n2. Another")})):
        qt_loop.run(scenario(), 60)


def test_without_a_service_nothing_is_said(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, desktop_bus: DesktopBus
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", desktop_bus.address)
    monkeypatch.setenv("CHAT2ANYLLM_NOTIFY_AFTER_S", "0")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Go")
            look_away(desk)
            await desk.answered()
            await desk.settle()
            assert desk.notices == []

    with gateway(monkeypatch, answer(ANSWER)):
        qt_loop.run(scenario(), 60)
