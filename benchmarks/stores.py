"""Lists of sessions and the opening of a long one, on both stores, against the bare driver.

``python -m benchmarks.stores sqlite|postgres RUNS [DSN]`` prints one JSON object. Both databases hold 10,000
sessions, one of them with 10,000 messages of some 650 characters.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chat2anyllm_desktop.core.models import Author, Message, Session, new_id
from chat2anyllm_desktop.paths import resource
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.postgres import PostgresStore
from chat2anyllm_desktop.store.sqlite import SqliteStore

COUNT = 10_000
_SESSIONS = "SELECT id, title, updated_at FROM sessions WHERE archived_at IS NULL ORDER BY updated_at DESC"
_PAGE = "SELECT id, role, content, created_at FROM messages WHERE session_id = {} ORDER BY created_at DESC LIMIT 100"


def fill(store: Store) -> str:
    """Fill an empty store; returns the id of the long session."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    sessions = [
        Session(
            id=new_id(),
            title=f"Session number {n}",
            created_at=moment,
            updated_at=moment + timedelta(minutes=n),
        )
        for n in range(COUNT)
    ]
    for session in sessions[:-1]:
        store.restore_session(session, ())
    text = "A sentence of an answer that is neither short nor long, with `code` in it. " * 9
    messages = [
        Message(
            id=new_id(),
            session_id=sessions[-1].id,
            author=Author.ASSISTANT if n % 2 else Author.USER,
            content=text,
            created_at=moment + timedelta(seconds=n),
        )
        for n in range(COUNT)
    ]
    store.restore_session(sessions[-1], messages)
    return sessions[-1].id


def timed_ms(runs: int, action: Callable[[], object]) -> list[float]:
    """Milliseconds of each run, after one that warms up."""
    action()
    values = []
    for _ in range(runs):
        began = time.perf_counter()
        action()
        values.append(1000 * (time.perf_counter() - began))
    return values


def measure(store: Store, bare: Callable[[str, tuple[Any, ...]], list[Any]], mark: str, runs: int) -> None:
    session_id = fill(store)
    store.close()

    def open_session() -> None:
        """What a click on a session costs before the first frame: the session and its last page."""
        store.get_session(session_id)
        store.page_messages(session_id)

    store.open()
    print(
        json.dumps(
            {
                "sessions": timed_ms(runs, store.list_sessions),
                "sessions_floor": timed_ms(runs, lambda: bare(_SESSIONS, ())),
                "open": timed_ms(runs, open_session),
                "open_floor": timed_ms(runs, lambda: bare(_PAGE.format(mark), (session_id,))),
            }
        )
    )
    store.close()


def main() -> None:
    backend, runs = sys.argv[1], int(sys.argv[2])
    if backend == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "history.sqlite3"
            store = SqliteStore(file)
            store.open()
            connection = sqlite3.connect(file)
            measure(store, lambda query, values: connection.execute(query, values).fetchall(), "?", runs)
            connection.close()
    else:
        import psycopg

        shared = PostgresStore(sys.argv[3], resource("schema.sql"))
        shared.open()
        with psycopg.connect(sys.argv[3], autocommit=True) as bare:
            measure(shared, lambda query, values: bare.execute(query, values).fetchall(), "%s", runs)  # type: ignore[call-overload]


if __name__ == "__main__":
    main()
