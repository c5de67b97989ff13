"""The program as processes on a real screen: killed in the middle, started twice, two at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.llm.misbehaving import STALL, Server, answer, frame, serve, stream
from tests.real.postgres import OwnServer
from tests.real.screen import ROOT, Program, Screen, wait_until
from tests.real.test_first_run import answers as embedded_answers
from tests.real.test_first_run import rows as embedded_rows

HALF = "The first half of an answer, "
REST = "and the second."


@pytest.fixture
def half_and_rest() -> Iterator[Server]:
    """A gateway that stalls in the middle of its first answer, and gives the rest when it is asked again."""
    with serve(stream(frame(HALF), STALL), answer(REST)) as server:
        yield server


@pytest.fixture
def server(postgres_server: OwnServer) -> Iterator[OwnServer]:
    yield postgres_server
    postgres_server.start()


def environment(gateway: Server, dsn: str = "") -> dict[str, str]:
    values = {
        "LITELLM_BASE_URL": gateway.url,
        "LITELLM_API_KEY": "sk-test",
        "CHAT2ANYLLM_LOCAL_ENABLED": "off",
    }
    return values | ({"DATABASE_URL": dsn} if dsn else {})


def shared_answers(dsn: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        try:
            query = "SELECT status, content FROM messages WHERE role = 'assistant' ORDER BY created_at"
            return list(connection.execute(query).fetchall())
        except psycopg.errors.UndefinedTable:
            return []


def ask(screen: Screen, gateway: Server, text: str) -> None:
    """Type a question as soon as models are listed."""
    wait_until(lambda: any(request.method == "GET" for request in gateway.requests), "the list of models")
    time.sleep(0.5)
    screen.type(text)
    screen.key("Return")


@pytest.mark.parametrize("shared", [False, True], ids=["embedded", "shared"])
def test_killed_in_the_middle_of_an_answer(
    screen: Screen,
    tmp_path: Path,
    half_and_rest: Server,
    request: pytest.FixtureRequest,
    shared: bool,
) -> None:
    dsn = request.getfixturevalue("postgres_dsn") if shared else ""
    program = Program(screen, tmp_path / "user", environment(half_and_rest, dsn))

    def stored() -> list[tuple[object, ...]]:
        return shared_answers(dsn) if shared else embedded_answers(program.home)

    try:
        program.start()
        ask(screen, half_and_rest, "Tell me")
        wait_until(lambda: stored() == [("streaming", HALF)], "a checkpoint", alive=program.process)
        program.kill()
        program.start()
        wait_until(lambda: stored() == [("interrupted", HALF)], "the mark", alive=program.process)
        ask(screen, half_and_rest, "/continue")
        wait_until(lambda: stored() == [("complete", HALF + REST)], "the rest", alive=program.process)
        program.quit()
    finally:
        program.kill()


def test_killed_while_the_database_was_away(
    screen: Screen, tmp_path: Path, half_and_rest: Server, server: OwnServer, postgres_dsn: str
) -> None:
    program = Program(screen, tmp_path / "user", environment(half_and_rest, postgres_dsn))
    try:
        program.start()
        wait_until(lambda: shared_tables(postgres_dsn), "the tables", alive=program.process)
        ask(screen, half_and_rest, "Tell me")
        wait_until(lambda: shared_answers(postgres_dsn), "the empty answer", alive=program.process)
        server.stop()
        wait_until(lambda: journal_holds(program.home, HALF), "the journal", alive=program.process)
        program.kill()
        server.start()
        program.start()
        wait_until(
            lambda: shared_answers(postgres_dsn) == [("interrupted", HALF)],
            "what was kept",
            alive=program.process,
        )
        wait_until(lambda: not journal_holds(program.home, HALF), "the end of the journal")
        program.quit()
    finally:
        program.kill()


def shared_tables(dsn: str) -> bool:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("SELECT to_regclass('chat2anyllm_schema')").fetchone()
        return row is not None and row[0] is not None


def journal_holds(home: Path, text: str) -> bool:
    return any(text in file.read_text() for file in (home / "c2a" / "state" / "turns").glob("*/*.json"))


def started(home: Path, values: dict[str, str], screen: Screen) -> subprocess.Popen[str]:
    """Start the program without waiting for its window."""
    home.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "chat2anyllm_desktop"],
        cwd=ROOT,
        env=screen.environment(
            HOME=str(home),
            CHAT2ANYLLM_HOME=str(home / "c2a"),
            CHAT2ANYLLM_KEYRING="off",
            XDG_RUNTIME_DIR=str(home),
            **values,
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    return output


@pytest.fixture
def programs(screen: Screen) -> Iterator[Callable[[Path, dict[str, str]], subprocess.Popen[str]]]:
    """Start any number of programs; all are ended with the test."""
    running: list[subprocess.Popen[str]] = []

    def start(home: Path, values: dict[str, str]) -> subprocess.Popen[str]:
        running.append(started(home, values, screen))
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        if process.stdout is not None and not process.stdout.closed:
            process.communicate()


def test_two_homes_side_by_side_and_a_second_start_of_one(
    screen: Screen,
    tmp_path: Path,
    programs: Callable[[Path, dict[str, str]], subprocess.Popen[str]],
) -> None:
    with serve(answer("Yes")) as gateway:
        values = environment(gateway)
        homes = [tmp_path / "one", tmp_path / "two"]
        first = programs(homes[0], values)
        wait_until(lambda: len(screen.windows()) == 1, "the first window", alive=first)
        (lower,) = screen.windows()
        second = programs(homes[1], values)
        wait_until(lambda: len(screen.windows()) == 2, "the second window", alive=second)
        (upper,) = set(screen.windows()) - {lower}
        wait_until(lambda: len(gateway.requests) >= 2, "both lists of models")
        time.sleep(0.5)
        for window, text in ((lower, "In the first"), (upper, "In the second")):
            screen.focus(window)
            screen.type(text)
            screen.key("Return")
        for home, text in zip(homes, ("In the first", "In the second"), strict=True):
            wait_until(lambda home=home: embedded_answers(home) == [("complete", "Yes")], "the answer")  # type: ignore[misc]
            assert embedded_rows(home, "SELECT title FROM sessions") == [(text,)]
        assert screen.windows()[-1] == upper  # From the bottom to the top.

        again = programs(homes[0], values)
        assert ended(again).splitlines() == [
            "Chat2AnyLLM is open already; its window was brought to the front."
        ]
        wait_until(lambda: screen.windows()[-1] == lower, "the first window in front")
        assert len(screen.windows()) == 2

        for window, process in ((lower, first), (upper, second)):
            screen.focus(window)
            screen.key("ctrl+q")
            assert ended(process) == ""


def test_started_again_while_the_last_one_ends(
    screen: Screen,
    tmp_path: Path,
    postgres_dsn: str,
    programs: Callable[[Path, dict[str, str]], subprocess.Popen[str]],
) -> None:
    """The window is gone at once, its answer is being saved into a database that hangs: the next start waits for it."""
    with serve(stream(frame(HALF), STALL)) as gateway:
        values = environment(gateway, postgres_dsn)
        first = programs(tmp_path / "user", values)
        wait_until(lambda: screen.windows(), "the window", alive=first)
        wait_until(lambda: shared_tables(postgres_dsn), "the tables", alive=first)
        screen.focus(screen.windows()[0])
        ask(screen, gateway, "Tell me")
        wait_until(lambda: shared_answers(postgres_dsn) == [("streaming", HALF)], "a checkpoint")
        with psycopg.connect(postgres_dsn) as other:
            other.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
            screen.key("ctrl+q")
            wait_until(lambda: not screen.windows(), "the end of the window")
            assert first.poll() is None
            second = programs(tmp_path / "user", values)
            wait_until(lambda: first.poll() is not None, "the end of the first", seconds=15)
            other.rollback()
        wait_until(lambda: screen.windows(), "the next window", alive=second)
        wait_until(
            lambda: shared_answers(postgres_dsn) == [("interrupted", HALF)], "the answer", alive=second
        )
        screen.focus(screen.windows()[0])
        screen.key("ctrl+q")
        ended(second)


def test_a_home_that_cannot_be_written(
    screen: Screen, tmp_path: Path, programs: Callable[[Path, dict[str, str]], subprocess.Popen[str]]
) -> None:
    """As a process: it says so in one sentence, opens all the same, answers, and ends well."""
    home = tmp_path / "user"
    home.mkdir()
    (home / "c2a").write_text("in the way")
    with serve(answer("Yes")) as gateway:
        program = programs(home, environment(gateway))
        wait_until(lambda: screen.windows(), "the window", alive=program)
        screen.focus(screen.windows()[0])
        ask(screen, gateway, "Does it work?")
        wait_until(lambda: gateway.chats, "the question", alive=program)
        time.sleep(1)
        screen.key("ctrl+q")
        output = ended(program)
        assert "Traceback" not in output
        assert "There is no log file" in output.splitlines()[0]
        assert len(output.splitlines()) <= 2, output
        assert (home / "c2a").read_text() == "in the way"
