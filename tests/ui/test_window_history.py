"""The history of this computer as a window finds it: unwritable, damaged, another program's, locked, used by others."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import Author
from chat2anyllm_desktop.ui.facts import Health
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.ui.scripted import gateway
from tests.ui.sharing import contents, soon, titles
from tests.ui.window_driver import WindowDriver, open_window

ROOT = Path(__file__).resolve().parents[2]


def health(desk: WindowDriver) -> Health:
    """What the dot in the header says."""
    return desk.window.header.database_dot.state.health


async def works(desk: WindowDriver) -> None:
    """A question is answered, and both stay on show."""
    await desk.until(lambda: desk.wiring.controller.connections.listed, "models")
    await desk.until(lambda: desk.wiring.controller.connections.has_store, "a history")
    await desk.send("Does it work?")
    await desk.answered()
    assert contents(desk) == ["Does it work?", "It does"]


@pytest.mark.expects_warnings
@pytest.mark.parametrize("place", ["a file", "/proc"])
def test_a_home_that_cannot_be_written(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    if place == "/proc" and not Path(place).is_dir():
        pytest.skip("no /proc here, the one place that even root cannot write")
    blocked = Path("/proc/chat2anyllm") if place == "/proc" else tmp_path / "in the way"
    if place == "a file":
        blocked.write_text("precious")
    monkeypatch.setenv("CHAT2ANYLLM_HOME", str(blocked))

    async def scenario() -> None:
        async with open_window() as desk:
            notice = await desk.hears("kept in memory")
            assert str(blocked) in notice.sentence
            assert health(desk) is Health.ATTENTION
            await works(desk)
            await desk.type("A draft")
            await desk.hears("Drafts cannot be kept")
            await desk.type(" that goes on")
            await asyncio.sleep(1)
            keys = [notice.key for notice in desk.notices]
            assert len(keys) == len(set(keys))  # Each of them once.
            desk.window.header.theme_requested.emit("dark")
            await desk.hears("They hold until the program ends")
            assert desk.shell.theme.preference == "dark"

    with gateway(monkeypatch, answer("It does")):
        qt_loop.run(scenario(), 60)
    if place == "a file":
        assert blocked.read_text() == "precious"


def test_a_corrupt_settings_file(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, write_settings: Callable[[str], Path]
) -> None:
    text = '# mine\ntext_scale_percent = 120\nthis is no setting\nthem = "dark"\nsend_key = 3\n'
    file = write_settings(text)

    async def scenario() -> None:
        async with open_window() as desk:
            notice = await desk.hears("settings.toml, line 3")
            assert "2 more problems" in notice.sentence
            assert "line 4" in notice.detail
            assert "line 5" in notice.detail
            assert [action.label for action in notice.actions] == ["Settings"]
            assert desk.shell.theme.text_scale_percent == 120
            await works(desk)
            assert file.read_text() == text
            desk.window.header.theme_requested.emit("light")
            await desk.until(lambda: list(file.parent.glob("settings.toml.bad-*")), "the old file")
            await desk.until(file.exists, "the new file")
            (kept,) = file.parent.glob("settings.toml.bad-*")
            assert kept.read_text() == text
            assert 'theme = "light"' in file.read_text()
            # What could be read of it was written anew; of its problems, one is left.
            await desk.until(lambda: "send_key" in str(desk.window.notices.notice), "what is still wrong")
            desk.wiring.preferences.save({"send_key": "enter"})
            await desk.until(lambda: desk.window.notices.notice is None, "the end of the problems")

    with gateway(monkeypatch, answer("It does")):
        qt_loop.run(scenario(), 60)


def test_a_damaged_history_is_set_aside(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    file = paths.history_file()
    file.parent.mkdir(parents=True)
    content = b"this was a history once\n" * 400
    file.write_bytes(content)

    async def scenario() -> None:
        async with open_window() as desk:
            notice = await desk.hears("was damaged and has been set aside")
            (aside,) = file.parent.glob("*damaged*")
            assert str(aside) in notice.sentence
            assert aside.read_bytes() == content
            await desk.until(lambda: health(desk) is Health.OK, "an empty history")
            await works(desk)
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: contents(again) == ["Does it work?", "It does"], "what was written")
            assert again.notices == []

    with gateway(monkeypatch, answer("It does")):
        qt_loop.run(scenario(), 60)


def test_another_programs_file_is_left_alone(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    file = paths.history_file()
    file.parent.mkdir(parents=True)
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE cookies (id INTEGER)")
    other.close()
    content = file.read_bytes()

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.hears("belongs to another program")
            assert health(desk) is Health.ATTENTION
            await works(desk)

    with gateway(monkeypatch, answer("It does")):
        qt_loop.run(scenario(), 60)
    assert file.read_bytes() == content


def test_a_file_that_is_locked_is_waited_for(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as first:
            await first.ready()
        other = sqlite3.connect(paths.history_file(), isolation_level=None)
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        try:
            async with open_window() as desk:
                await desk.hears("Another program is busy")
                assert health(desk) is Health.FAULT
                labels = [action.label for action in desk.notices[-1].actions]
                assert labels == ["Try now", "Settings"]
                other.close()
                await desk.until(lambda: health(desk) is Health.OK, "the history")
                await works(desk)
                assert desk.window.notices.notice is None
        finally:
            other.close()

    with gateway(monkeypatch, answer("It does")):
        qt_loop.run(scenario(), 60)


def test_a_question_from_the_command_line_appears(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(*arguments: str) -> str:
        process = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "chat2anyllm_desktop", "ask", *arguments],
            cwd=ROOT,
            env=dict(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return process.stdout

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await works(desk)
            await desk.type("Half a sen")
            session_id = desk.conversation.session.id
            assert (await ask("From the shell?", "--session", session_id)).strip() == "It does"
            await soon(desk, lambda: len(desk.messages()) == 4, "the question and its answer")
            assert contents(desk, Author.USER) == ["Does it work?", "From the shell?"]
            assert desk.composer.text == "Half a sen"
            await ask("A session of its own?")
            await soon(desk, lambda: "A session of its own?" in titles(desk), "the new session")
            assert desk.conversation.session.id == session_id
            assert desk.notices == []

    with gateway(monkeypatch, answer("It does")):
        qt_loop.run(scenario(), 60)


def test_a_session_that_is_written_in_moves_to_the_top(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("First")
            await desk.answered()
            first = desk.conversation.session
            desk.wiring.controller.new_session()
            await desk.send("Second")
            await desk.answered()
            await desk.until(lambda: titles(desk) == ["Second", "First"], "the newer one above")
            await desk.open(first.id)
            await desk.send("More")
            await desk.answered(2)
            await desk.until(lambda: titles(desk) == ["First", "Second"], "the one written in last above")
            now = desk.wiring.controller.library.session(first.id)
            assert now is not None
            assert now.updated_at > first.updated_at

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())
