"""Words in the embedded history."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from datetime import datetime
from itertools import islice

from chat2anyllm_desktop.core.models import Author
from chat2anyllm_desktop.store.search import TITLES, Hit, Search, shown_text

_Moment = Callable[[str], datetime]


def hits(db: sqlite3.Connection, search: Search, moment: _Moment) -> list[Hit]:
    """Titles, then messages, each newest first. ``moment`` reads a stored time."""
    if not search.words:
        return []
    with search.stopped_by(db.interrupt), closing(_messages(db, search, moment)) as messages:
        return [*_titles(db, search, moment), *islice(messages, search.limit)]


def _titles(db: sqlite3.Connection, search: Search, moment: _Moment) -> list[Hit]:
    condition, values = _condition("title", search)
    with closing(db.cursor()) as rows:
        rows.execute(
            f"SELECT id, title, archived_at, updated_at FROM sessions WHERE {condition}"
            " ORDER BY updated_at DESC, id DESC LIMIT ?",
            (*values, TITLES),
        )
        return [
            Hit(session_id=session_id, title=title, archived=archived_at is not None, at=moment(updated_at))
            for session_id, title, archived_at, updated_at in rows
        ]


def _messages(db: sqlite3.Connection, search: Search, moment: _Moment) -> Generator[Hit, None, None]:
    condition, values = _condition("content", search)
    # Only numbers are sorted, and texts read while more are wanted: texts in the sort would take four times as long.
    # Closed in any case: an interruption lasts until the last statement that it met has ended.
    with closing(db.cursor()) as numbers, closing(db.cursor()) as texts:
        numbers.execute(
            f"SELECT rowid FROM messages WHERE status <> 'streaming' AND {condition} ORDER BY created_at DESC, id DESC",
            values,
        )
        for number in numbers:
            texts.execute(
                "SELECT m.id, m.session_id, s.title, s.archived_at, m.role, m.model, m.created_at, m.content"
                " FROM messages m JOIN sessions s ON s.id = m.session_id WHERE m.rowid = ?",
                number,
            )
            row = texts.fetchone()
            text = shown_text(row[7])
            if search.is_in(text):
                yield Hit(
                    session_id=row[1], title=row[2], archived=row[3] is not None, at=moment(row[6]), message_id=row[0],
                    author=Author(row[4]), model=row[5], excerpt=search.excerpt(text),
                )  # fmt: skip


def _condition(column: str, search: Search) -> tuple[str, list[str]]:
    conditions: list[str] = []
    values: list[str] = []
    for patterns, _ in search.patterns():
        conditions.append(" OR ".join(rf"{column} LIKE ? ESCAPE '\'" for _ in patterns))
        values += patterns
    return " AND ".join(f"({condition})" for condition in conditions), values
