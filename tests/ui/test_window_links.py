"""Links to sessions and messages: made in the menus, opened in the window, refused where they are none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from chat2anyllm_desktop.core.models import new_id
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.ui.scripted import gateway
from tests.ui.window_driver import WindowDriver, open_window


async def two_sessions(desk: WindowDriver) -> tuple[str, str]:
    """The ids of two sessions with an answer each; the second is on show."""
    await desk.ready()
    ids = []
    for text in ("First", "Second"):
        desk.wiring.controller.new_session()
        await desk.send(text)
        await desk.answered()
        ids.append(desk.conversation.session.id)
    return ids[0], ids[1]


def trigger(desk: WindowDriver, action: str) -> str:
    """Choose an entry of a menu; what is on the clipboard then."""
    desk.window.actions_by_id[action].trigger()
    return QGuiApplication.clipboard().text()


def test_a_copied_link_leads_back(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            first, second = await two_sessions(desk)
            to_second = trigger(desk, "copy_session_link")
            assert to_second == f"chat2anyllm://session/{second}"
            to_answer = trigger(desk, "copy_message_link")
            assert to_answer == f"{to_second}/message/{desk.messages()[-1].id}"
            await desk.hears("The link is copied")
            desk.window.sessions_dock.link_requested.emit(first)
            to_first = QGuiApplication.clipboard().text()
            assert to_first == f"chat2anyllm://session/{first}"
            for link, session in ((to_first, first), (to_answer, second)):
                desk.shell.on_called(link, "")
                await desk.until(lambda session=session: desk.conversation.session.id == session, link)  # type: ignore[misc]

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_the_message_that_has_the_keyboard_is_the_one_that_is_meant(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await two_sessions(desk)
            desk.window.activateWindow()
            desk.window.actions_by_id["focus_transcript"].trigger()
            question, answered = desk.messages()
            await desk.until(lambda: desk.shell.view.message_read == answered.id, "the focus on the answer")
            desk.press(Qt.Key.Key_K, "k", target=desk.shell.view)
            await desk.until(lambda: desk.shell.view.message_read == question.id, "the focus on the question")
            assert trigger(desk, "copy_message_link").endswith(f"/message/{question.id}")

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_nothing_written_has_no_link(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            QGuiApplication.clipboard().setText("kept")
            for action in ("copy_session_link", "copy_message_link"):
                assert trigger(desk, action) == "kept"
                await desk.hears("Nothing has been written in this session yet.")
                desk.notices.clear()

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (lambda: "chat2anyllm://session/nonsense", "is no link to a session"),
        (lambda: "file:///etc/passwd", "is no link to a session"),
        (lambda: f"chat2anyllm://session/{new_id()}", "gone"),
        (lambda: f"chat2anyllm://session/{new_id()}/message/{new_id()}", "gone"),
    ],
    ids=["malformed", "something else", "no such session", "no such message"],
)
def test_what_leads_nowhere_is_said_and_changes_nothing(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, link: Callable[[], str], said: str
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            _, second = await two_sessions(desk)
            await desk.type("a draft")
            desk.shell.on_called(link(), "")
            await desk.hears(said)
            await desk.settle()
            assert desk.conversation.session.id == second
            assert desk.composer.text == "a draft"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_started_with_a_link_it_shows_that_and_not_what_was_on_show_last(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            first, _ = await two_sessions(desk)
        async with open_window(f"chat2anyllm://session/{first}") as again:
            await again.ready()
            await again.until(lambda: again.conversation.session.id == first, "the session of the link")
            await again.settle()
            assert again.conversation.session.id == first

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_an_archived_session_can_be_led_to(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            first, _ = await two_sessions(desk)
            desk.wiring.controller.library.archive(first, True)
            await desk.until(lambda: desk.wiring.controller.library.session(first) is None, "the archive")
            desk.shell.open_link(f"chat2anyllm://session/{first}")
            await desk.until(lambda: desk.conversation.session.id == first, "the archived session")

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


_MACOS = """
from PySide6.QtCore import QEvent, QUrl
from PySide6.QtGui import QFileOpenEvent
from chat2anyllm_desktop.ui.desktop.application import Application
app = Application()
app.link_opened.connect(lambda link: print("link", link))
app.quit_asked.connect(lambda: print("quit"))
app.sendEvent(app, QFileOpenEvent(QUrl("chat2anyllm://session/x")))
app.sendEvent(app, QEvent(QEvent.Type.Quit))
print(app.applicationName(), app.desktopFileName())
"""


def test_the_way_of_macos() -> None:
    """It hands links over as events, and asks to quit by one. In a process: there can be one application only."""
    done = subprocess.run(
        [sys.executable, "-c", _MACOS],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.splitlines() == [
        "link chat2anyllm://session/x",
        "quit",
        "chat2anyllm chat2anyllm-desktop",
    ]
