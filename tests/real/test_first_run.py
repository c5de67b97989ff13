"""What a newcomer does, on a real screen with nothing set up: start, ask, read, close, start again."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from chat2anyllm_desktop.llm.local import EmbeddedEngine
from tests.real.screen import Program, Screen, wait_until

needs_engine = pytest.mark.skipif(
    not EmbeddedEngine.installed(), reason="the embedded engine (extra local) is not installed"
)

QUESTIONS = "SELECT content FROM messages WHERE role = 'user'"


def rows(home: Path, query: str) -> list[tuple[object, ...]]:
    """Rows of the embedded history, read as another program would."""
    file = home / "c2a" / "data" / "history.sqlite3"
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []


def answers(home: Path) -> list[tuple[object, ...]]:
    return rows(home, "SELECT status, content FROM messages WHERE role = 'assistant' ORDER BY created_at")


def answered(program: Program, count: int = 1) -> None:
    """Wait for so many answers of the embedded model. One this small now and then talks without end: after a while it is
    stopped, as its reader would."""
    patience_ends = time.monotonic() + 30

    def ended() -> bool:
        found = [status for status, _ in answers(program.home)]
        if found[-1:] == ["streaming"] and time.monotonic() > patience_ends:
            program.screen.key("Escape")
            time.sleep(0.5)
        assert set(found) <= {"streaming", "complete", "stopped"}, found
        return len(found) == count and "streaming" not in found

    wait_until(ended, f"{count} real answers", alive=program.process)
    assert all(str(text).strip() for _, text in answers(program.home))


def pictures(tmp_path: Path) -> Path:
    """Where pictures go: kept when CHAT2ANYLLM_TEST_PICTURES names a folder."""
    return Path(os.environ.get("CHAT2ANYLLM_TEST_PICTURES", tmp_path))


@needs_engine
def test_start_ask_read_close_and_start_again(screen: Screen, tmp_path: Path) -> None:
    program = Program(screen, tmp_path / "user", {})
    try:
        program.start()
        screen.grab(pictures(tmp_path) / "first-start.png")
        program.ask("What is the capital of France?", lambda: rows(program.home, QUESTIONS))
        answered(program)
        screen.grab(pictures(tmp_path) / "first-answer.png")
        program.quit()
        assert rows(program.home, "SELECT title FROM sessions") == [("What is the capital of France?",)]

        program.start()
        (window,) = screen.windows()
        wait_until(lambda: "capital of France" in screen.title(window), "the session of last time")
        program.ask("And of Spain?", lambda: len(rows(program.home, QUESTIONS)) == 2)
        answered(program, 2)
        assert len(rows(program.home, "SELECT id FROM sessions")) == 1, (
            "the session of last time is shown again"
        )
        screen.grab(pictures(tmp_path) / "second-start.png")
        program.quit()
    finally:
        program.kill()


@needs_engine
def test_a_killed_program_shows_the_partial_answer_again(screen: Screen, tmp_path: Path) -> None:
    program = Program(screen, tmp_path / "user", {})
    try:
        program.start()
        program.ask(
            "Tell me a very long story about a ship, with every detail.",
            lambda: rows(program.home, QUESTIONS),
        )
        wait_until(
            lambda: [row for row in answers(program.home) if len(str(row[1])) > 40], "text of the answer"
        )
        program.kill()
        kept = answers(program.home)[0]
        assert kept[0] == "streaming"
        assert len(str(kept[1])) > 40

        program.start()
        wait_until(
            lambda: answers(program.home)[0][0] == "interrupted", "the answer to be marked interrupted"
        )
        assert str(answers(program.home)[0][1]) == str(kept[1])
        screen.grab(pictures(tmp_path) / "interrupted.png")
        program.quit()
    finally:
        program.kill()
