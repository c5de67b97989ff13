"""The shared history is away, at the start or in the middle: said once, nothing switched, nothing lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PySide6.QtCore import Qt

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import Author, Status
from chat2anyllm_desktop.ui.facts import Health
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.real.postgres import OwnServer, Server
from tests.ui.disk import assert_nowhere, logged
from tests.ui.scripted import gateway, in_steps
from tests.ui.sharing import OtherClient, contents, titles
from tests.ui.window_driver import WindowDriver, open_window

OWN = "Use this computer's history"
NOT_SENT = "is back in the message field"


@pytest.fixture
def server(postgres_server: OwnServer) -> Iterator[OwnServer]:
    """The database server; it runs again for the next test, whatever this one did."""
    yield postgres_server
    postgres_server.start()


@pytest.fixture(autouse=True)
def _no_password_anywhere(server: OwnServer) -> Iterator[None]:
    """Whatever goes wrong here, no file of the home holds the password: neither log nor journal nor settings."""
    password = urlsplit(server.dsn("postgres")).password
    assert password
    with logged():
        yield
    assert_nowhere(password, "sk-test")


@pytest.fixture
def web(server: OwnServer, postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherClient]:
    """The shared database that the next window uses."""
    monkeypatch.setenv("DATABASE_URL", postgres_dsn)
    yield OtherClient(postgres_dsn)
    server.start()


def health(desk: WindowDriver) -> Health:
    """What the dot in the header says."""
    return desk.window.header.database_dot.state.health


def about_database(desk: WindowDriver) -> list[str]:
    """What was said about the database."""
    return [notice.sentence for notice in desk.notices if notice.key == "database"]


def labels(desk: WindowDriver) -> list[str]:
    """The buttons of the notice on show."""
    notice = desk.window.notices.notice
    return [action.label for action in notice.actions] if notice is not None else []


async def asked(desk: WindowDriver, text: str) -> None:
    count = len([message for message in desk.messages() if message.author is Author.ASSISTANT])
    await desk.send(text)
    await desk.answered(count + 1)


async def watched(desk: WindowDriver, seconds: float) -> None:
    """Let time pass, in which something might go on that should not."""
    await asyncio.sleep(seconds)


def test_unreachable_at_start(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, server: OwnServer, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.until(lambda: health(desk) is Health.FAULT, "the dot")
            await desk.hears("No database answers at 127.0.0.1")
            assert labels(desk) == ["Try now", OWN, "Settings"]
            await desk.until(lambda: desk.wiring.controller.connections.listed, "models")
            await desk.send("Can you hear me?")
            assert NOT_SENT in (await desk.hears("The history is not open yet")).sentence
            assert desk.composer.text == "Can you hear me?"
            assert labels(desk) == ["Try now", OWN, "Settings"]  # Also in the notice on top.
            await watched(desk, 4)  # Two more attempts.
            assert len(about_database(desk)) == 1
            assert not paths.history_file().exists()
            assert not gate.chats
            server.start()
            await desk.until(lambda: health(desk) is Health.OK, "the database in use")
            await desk.until(
                lambda: "No database" not in str(desk.window.notices.notice), "the end of the notice"
            )
            desk.composer.set_text("")
            await asked(desk, "And now?")
            assert await web.count("messages") == 2
            assert not paths.history_file().exists()

    server.stop()
    with gateway(monkeypatch, answer("Yes")) as gate:
        qt_loop.run(scenario(), 60)


def test_try_now_does_not_wait(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, server: OwnServer, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.hears("No database answers")
            await watched(desk, 4)  # The next attempt is four seconds away.
            server.start()
            began = time.monotonic()
            desk.choose("Try now")
            await desk.until(lambda: health(desk) is Health.OK, "the database in use")
            assert time.monotonic() - began < 2

    server.stop()
    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_the_history_of_this_computer_is_used_when_it_is_chosen(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, server: OwnServer, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.hears("No database answers")
            await desk.type("Typed before")
            desk.choose(OWN)
            await desk.until(lambda: health(desk) is Health.ATTENTION, "the own history")
            assert "history of this computer" in desk.window.header.database_dot.state.sentence
            assert desk.composer.text == "Typed before"
            await desk.until(lambda: desk.wiring.controller.connections.listed, "models")
            desk.composer.set_text("")
            await asked(desk, "On my own")
            server.start()
            notice = await desk.hears("can be reached again")
            assert "history of this computer" in notice.sentence
            assert health(desk) is Health.ATTENTION
            await desk.settle()
            assert contents(desk) == ["On my own", "Yes"]  # Offered, not switched.
            use = next(label for label in labels(desk) if label.startswith("Use 127.0.0.1"))
            await desk.type("In both")
            desk.choose(use)
            await desk.until(lambda: health(desk) is Health.OK, "the shared history")
            await desk.until(lambda: titles(desk) == [], "its sessions")
            await desk.until(lambda: not desk.messages(), "a new session")
            assert desk.composer.text == "In both"
            desk.composer.set_text("")
            await asked(desk, "Together")
            assert await web.count("messages") == 2
            assert titles(desk) == ["Together"]
        monkeypatch.delenv("DATABASE_URL")
        async with open_window() as alone:
            await alone.ready()
            await alone.until(lambda: titles(alone) == ["On my own"], "what was kept here")

    server.stop()
    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


@pytest.mark.parametrize("fault", ["password", "database", "foreign"])
def test_what_waiting_does_not_help_is_not_tried_again(
    qt_loop: LoopRunner,
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
    server: OwnServer,
    new_database: Callable[[Server], str],
    fault: str,
) -> None:
    dsn = new_database(server)
    words = {
        "password": "refuses the user name or password",
        "database": "There is no database",
        "foreign": "not one of Chat2AnyLLM",
    }
    if fault == "password":
        dsn = server.dsn("postgres", password="pa:ss/wo?rd")
    elif fault == "database":
        dsn = server.dsn("nowhere")
    else:
        asyncio.run(OtherClient(dsn).execute("CREATE TABLE sessions (id integer, cookie text)"))
    monkeypatch.setenv("DATABASE_URL", dsn)

    async def scenario() -> None:
        async with open_window() as desk:
            notice = await desk.hears(words[fault])
            assert labels(desk) == ["Try now", OWN, "Settings"]
            assert health(desk) is Health.FAULT
            assert "pa:ss" not in f"{notice}"
            tasks = desk.wiring.controller.tasks
            await desk.until(lambda: not tasks.is_running("history:shared"), "the end of trying")
            desk.choose(OWN)
            await desk.until(lambda: health(desk) is Health.ATTENTION, "the own history")
            await desk.until(lambda: desk.wiring.controller.connections.listed, "models")
            await asked(desk, "On my own")
            await desk.until(lambda: words[fault] in desk.window.header.database_dot.state.sentence, "why")
            assert len(about_database(desk)) == 1

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_lost_while_nobody_does_anything(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, server: OwnServer, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await asked(desk, "Before")
            session_id = desk.conversation.session.id
            server.stop()
            await desk.until(lambda: health(desk) is Health.FAULT, "the dot")
            await desk.hears("No database answers")
            assert labels(desk) == ["Try now", OWN, "Settings"]
            await watched(desk, 3)
            assert len(desk.notices) == 1
            server.start()
            await web.insert_message(session_id, "user", "While you were away")
            await desk.until(lambda: health(desk) is Health.OK, "the database again")
            await desk.until(lambda: "While you were away" in contents(desk), "what was missed")
            assert desk.window.notices.notice is None
            # And it is followed again, at once.
            await web.insert_message(session_id, "user", "Live")
            began = time.monotonic()
            await desk.until(lambda: "Live" in contents(desk), "what comes now")
            assert time.monotonic() - began < 3
            await asked(desk, "After")
            assert len(desk.notices) == 1

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_connections_that_are_cut_are_made_again_without_a_word(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await asked(desk, "Before")
            session_id = desk.conversation.session.id
            for round_ in range(2):
                await web.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                await web.insert_message(session_id, "user", f"Round {round_}")
                await desk.until(lambda: f"Round {round_}" in contents(desk), "what was missed")  # noqa: B023
                await asked(desk, f"Mine {round_}")
            assert desk.notices == []
            assert health(desk) is Health.OK
            assert len(contents(desk)) == 8

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_lost_while_an_answer_streams(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, server: OwnServer, web: OtherClient
) -> None:
    script, (second, end) = in_steps("One ", "two")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Slowly")
            await desk.shows("One ")
            server.stop()
            second.set()
            await desk.shows("One two")
            await desk.hears("No database answers")
            end.set()
            ended = await desk.answered()
            assert (ended.content, ended.status) == ("One two", Status.COMPLETE)
            await watched(desk, 3)
            assert len(about_database(desk)) == 1
            server.start()
            await desk.until(lambda: health(desk) is Health.OK, "the database again")
            rows = await web.execute("SELECT role, content, status FROM messages ORDER BY created_at")
            assert rows == [("user", "Slowly", "complete"), ("assistant", "One two", "complete")]
            await desk.settle()
            assert contents(desk) == ["Slowly", "One two"]
            assert desk.wiring.controller.connections.journal.recover() == []
            assert desk.window.notices.notice is None

    with gateway(monkeypatch, script):
        qt_loop.run(scenario(), 60)


@pytest.mark.expects_warnings  # The last call to a history that is away may fail before the window is gone, or not.
def test_lost_while_an_answer_streams_and_closed_before_it_is_back(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, server: OwnServer, web: OtherClient
) -> None:
    script, (second, end) = in_steps("One ", "two")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Slowly")
            await desk.shows("One ")
            server.stop()
            second.set()
            await desk.shows("One two")
            end.set()
            await desk.answered()
        server.start()
        assert (await web.execute("SELECT status FROM messages WHERE role = 'assistant'"))[0][0] != "complete"
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: contents(again) == ["Slowly", "One two"], "the whole answer")
            answered = again.answer()
            assert answered is not None
            assert answered.status is Status.COMPLETE
            rows = await web.execute("SELECT content, status FROM messages WHERE role = 'assistant'")
            assert rows == [("One two", "complete")]

    with gateway(monkeypatch, script):
        qt_loop.run(scenario(), 60)


@pytest.mark.expects_warnings  # As below: a call that nobody waits for may fail before the window is gone, or not.
def test_closed_in_the_middle_of_an_answer_while_it_is_away(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, server: OwnServer, web: OtherClient
) -> None:
    script, (second, _) = in_steps("One ", "two")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Slowly")
            await desk.shows("One ")
            server.stop()
            second.set()
            await desk.shows("One two")
            began = time.monotonic()
        assert time.monotonic() - began < 5
        server.start()
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: contents(again) == ["Slowly", "One two"], "what had come")
            answered = again.answer()
            assert answered is not None
            assert answered.status is Status.INTERRUPTED

    with gateway(monkeypatch, script):
        qt_loop.run(scenario(), 60)


def test_lost_while_sending(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, server: OwnServer, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await asked(desk, "Before")
            server.stop()
            await desk.send("Lost?")
            await desk.until(lambda: desk.composer.text == "Lost?", "the text again")
            await desk.hears(NOT_SENT)
            await desk.until(lambda: not desk.conversation.is_busy, "the end")
            assert len(gate.chats) == 1
            server.start()
            await desk.until(lambda: health(desk) is Health.OK, "the database again")
            await desk.until(lambda: not desk.window.notices.standing, "nothing to say any more")
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.answered(2)
            assert contents(desk) == ["Before", "Yes", "Lost?", "Yes"]
            assert await web.count("messages") == 4
            assert len(about_database(desk)) <= 1

    with gateway(monkeypatch, answer("Yes")) as gate:
        qt_loop.run(scenario(), 60)


def test_go_on_alone_when_it_is_lost_in_the_middle(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, server: OwnServer, web: OtherClient
) -> None:
    script, (second, end) = in_steps("One ", "two")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Slowly")
            await desk.shows("One ")
            server.stop()
            await desk.hears("No database answers")
            await desk.type("What I am about to send")
            desk.choose(OWN)
            await desk.until(lambda: health(desk) is Health.ATTENTION, "the own history")
            await desk.until(lambda: not desk.messages(), "another session")
            assert desk.composer.text == "What I am about to send"
            second.set()
            end.set()
            server.start()
            await desk.hears("can be reached again")
            # The answer belongs to the history it began in.
            rows: list[tuple[object, ...]] = []
            while not rows or rows[0] != ("One two", "complete"):
                rows = await web.execute("SELECT content, status FROM messages WHERE role = 'assistant'")
            assert titles(desk) == []

    with gateway(monkeypatch, script):
        qt_loop.run(scenario(), 60)
