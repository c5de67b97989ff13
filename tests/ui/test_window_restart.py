"""Closing the window and opening it again: everything is where it was, and closing never takes long."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import Qt

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import Status
from tests.conftest import LoopRunner
from tests.llm.misbehaving import STALL, answer, frame, stream
from tests.ui.scripted import gateway
from tests.ui.sharing import OtherClient, contents, titles
from tests.ui.window_driver import open_window

CLOSED_S = 8.0
"""Seconds that closing may take at most: five are for a history that does not answer."""


def test_the_window_comes_back_as_it_was(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("First")
            await desk.answered()
            first = desk.conversation.session.id
            desk.wiring.controller.new_session()
            desk.wiring.controller.selection.select_model("gpt-4o")
            await desk.send("Second")
            await desk.answered()
            await desk.open(first)
            desk.window.resize(780, 620)
            desk.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, desk.window.roles_dock)
            desk.window.sessions_dock.hide()
            desk.window.header.theme_requested.emit("dark")
            await desk.until(paths.settings_file().exists, "the theme in the file")
            await asyncio.sleep(0.1)
        async with open_window() as again:
            assert again.window.size().toTuple() == (780, 620)  # Fits the screen of the test.
            right = Qt.DockWidgetArea.RightDockWidgetArea
            assert again.window.dockWidgetArea(again.window.roles_dock) == right
            assert not again.window.sessions_dock.isVisible()
            assert again.shell.theme.preference == "dark"
            await again.ready()
            await again.until(lambda: contents(again) == ["First", "Yes"], "the session that was open")
            assert again.conversation.session.id == first
            again.wiring.controller.new_session()
            assert again.wiring.controller.selection.model_name() == "gpt-4o"  # The one picked last.
            assert sorted(titles(again)) == ["First", "Second"]

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_keys_pressed_before_the_first_paint_are_not_lost(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window(early=["theme_dark"]) as desk:
            await desk.until(lambda: desk.shell.theme.preference == "dark", "the theme")
            await desk.ready()
            desk.window.actions_by_id["theme_light"].trigger()
            await desk.until(lambda: desk.shell.theme.preference == "light", "the next one")
        async with open_window(early=["quit"]) as desk:
            await desk.until(lambda: not desk.window.isVisible(), "the end")

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_the_session_is_read_on_where_it_was(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("First")
            await desk.answered()
            desk.shell.view.scroll_by(-400)
            await asyncio.sleep(0.1)
            left = desk.shell.view.reading_position()
            assert left is not None
            assert not left.at_end
        async with open_window() as again:
            await again.ready()
            await again.shows(text)
            assert again.shell.view.reading_position() == left
            again.shell.view.jump_to_latest()
        async with open_window() as last:
            await last.ready()
            await last.shows(text)
            assert last.shell.view.follows

    text = "\n\n".join(f"Paragraph {number}" for number in range(100))
    with gateway(monkeypatch, answer(text)):
        qt_loop.run(scenario(), 60)


def test_the_model_used_last_is_that_of_the_next_new_session(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.wiring.controller.selection.select_model("gpt-4o")
        async with open_window() as again:
            await again.ready()
            assert not again.conversation.is_stored
            assert again.wiring.controller.selection.model_name() == "gpt-4o"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_drafts_come_back(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("First")
            await desk.answered()
            first = desk.conversation.session.id
            await desk.type("A draft in the first")
            desk.wiring.controller.new_session()
            await desk.type("A draft in a new one")
            assert not desk.conversation.is_stored
        async with open_window() as again:
            await again.ready()
            assert again.composer.text == "A draft in a new one"  # As it was left.
            assert not again.conversation.is_stored
            await again.open(first)
            assert again.composer.text == "A draft in the first"
            again.wiring.controller.new_session()
            assert again.composer.text == "A draft in a new one"
        (drafts,) = paths.state_folder().glob("drafts.json")
        assert drafts.stat().st_mode & 0o077 == 0

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_a_draft_is_on_the_disk_soon_after_it_was_typed(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("Not lost in a power cut")
            drafts = paths.state_folder() / "drafts.json"
            await desk.until(
                lambda: drafts.exists() and "Not lost in a power cut" in drafts.read_text(), "the file"
            )

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


@pytest.mark.parametrize("shared", [False, True], ids=["embedded", "shared"])
def test_closing_in_the_middle_of_an_answer(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, shared: bool
) -> None:
    if shared:
        monkeypatch.setenv("DATABASE_URL", request.getfixturevalue("postgres_dsn"))
    script = stream(frame("Half of it"), STALL)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Go")
            await desk.shows("Half of it")
            began = time.monotonic()
        assert time.monotonic() - began < 3
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: contents(again) == ["Go", "Half of it"], "what had come")
            partial = again.answer()
            assert partial is not None
            assert partial.status is Status.INTERRUPTED
            again.shell.view.continue_requested.emit(partial.id)
            await again.until(lambda: again.text() == "Half of it and the rest", "what followed")
            assert (await again.answered()).status is Status.COMPLETE

    with gateway(monkeypatch, script, answer(" and the rest")):
        qt_loop.run(scenario(), 60)


@pytest.mark.expects_warnings
def test_closing_does_not_wait_for_a_database_that_hangs(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, postgres_dsn: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_dsn)
    script = stream(frame("Half"), 0.5, frame(" of it"), STALL)

    async def scenario() -> None:
        with psycopg.connect(postgres_dsn) as other:
            async with open_window() as desk:
                await desk.ready()
                await desk.send("Go")
                await desk.shows("Half")
                await asyncio.to_thread(other.execute, "LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
                await desk.shows("Half of it")
                began = time.monotonic()
            assert time.monotonic() - began < CLOSED_S
            other.rollback()
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: contents(again) == ["Go", "Half of it"], "all that had come")
            partial = again.answer()
            assert partial is not None
            assert partial.status is Status.INTERRUPTED

    with gateway(monkeypatch, script):
        qt_loop.run(scenario(), 90)


@contextmanager
def silent_server() -> Iterator[int]:
    """Somebody who takes connections and never says a word; the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_closing_while_the_database_is_being_connected(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.until(lambda: desk.wiring.controller.connections.listed, "models")
            await desk.type("Kept")
            began = time.monotonic()
        assert time.monotonic() - began < CLOSED_S

    with silent_server() as port, gateway(monkeypatch, answer("Yes")):
        monkeypatch.setenv("DATABASE_URL", f"postgresql://me@127.0.0.1:{port}/chat")
        qt_loop.run(scenario(), 60)


def test_closing_at_once(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    async def scenario() -> None:
        for _ in range(3):
            async with open_window():
                pass
        async with open_window() as desk:
            await desk.ready()
            assert desk.notices == []

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_two_windows_one_after_the_other_share_nothing_but_the_disk(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, postgres_dsn: str
) -> None:
    """What was kept for the run of one is not in the next: no leftovers of the answer, the journal is empty."""
    monkeypatch.setenv("DATABASE_URL", postgres_dsn)
    web = OtherClient(postgres_dsn)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Hello")
            await desk.answered()
        assert not list(paths.state_folder().glob("turns/*"))
        rows = await web.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        assert rows == [(1,)]  # Ours, that asks.

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)
