"""Words in the shared history. With ``pg_trgm`` the index of ``schema.sql`` serves it; it is right without."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from chat2anyllm_desktop.core.models import Author
from chat2anyllm_desktop.store.search import TITLES, Hit, Search, shown_text

if TYPE_CHECKING:
    from chat2anyllm_desktop.store.postgres_connection import Connection

_log = logging.getLogger(__name__)

_CANCEL_S = 2.0
# What is stored in front of a text by the web edition, and images, which may be megabytes, stay on the server.
_SHOWN = """
CASE WHEN content LIKE '[[ROLE:%%' OR content LIKE '%%data:image/%%' THEN regexp_replace(
    CASE WHEN content LIKE '[[ROLE:%%' AND strpos(content, E'\\n---\\n') > 0
        THEN substr(content, strpos(content, E'\\n---\\n') + 5) ELSE content END,
    'data:image/[^)[:space:]"''>]+', '', 'g')
ELSE content END
"""


def hits(connection: Connection, search: Search) -> list[Hit]:
    """Titles, then messages, each newest first. Raises psycopg.Error, also when it is called off."""
    if not search.words:
        return []
    with search.stopped_by(lambda: _cancel(connection)):
        return _titles(connection, search) + _messages(connection, search)


def _titles(connection: Connection, search: Search) -> list[Hit]:
    condition, values = _condition("title", search)
    rows: list[Any] = connection.execute(
        f"SELECT id::text, title, archived_at IS NOT NULL, updated_at FROM sessions WHERE {condition}"
        " ORDER BY updated_at DESC, sessions.id DESC LIMIT %s".encode(),
        (*values, TITLES),
    ).fetchall()
    return [Hit(session_id=row[0], title=row[1], archived=row[2], at=row[3]) for row in rows]


def _messages(connection: Connection, search: Search) -> list[Hit]:
    condition, values = _condition("content", search)
    shown_condition, _ = _condition("shown", search)
    rows: list[Any] = connection.execute(
        "SELECT messages.id::text, session_id::text, title, archived_at IS NOT NULL, role, model, messages.created_at, shown"
        f" FROM messages JOIN sessions ON sessions.id = session_id CROSS JOIN LATERAL (SELECT {_SHOWN} AS shown) AS seen"
        # "status" as the partial index has it; what is shown is looked at for what was found only.
        f" WHERE status <> 'streaming' AND {condition} AND {shown_condition}"
        " ORDER BY messages.created_at DESC, messages.id DESC LIMIT %s".encode(),
        (*values, *values, search.limit),
    ).fetchall()
    return [
        Hit(
            session_id=row[1], title=row[2], archived=row[3], at=row[6], message_id=row[0], author=Author(row[4]),
            model=row[5], excerpt=search.excerpt(shown_text(row[7])),
        )
        for row in rows
    ]  # fmt: skip


def _condition(column: str, search: Search) -> tuple[str, list[str]]:
    conditions: list[str] = []
    values: list[str] = []
    for patterns, cased in search.patterns():
        # Without regard to case costs several times as much: Chinese has none.
        verb = "ILIKE" if cased else "LIKE"
        conditions.append(" OR ".join(f"{column} {verb} %s" for _ in patterns))
        values += patterns
    return " AND ".join(f"({condition})" for condition in conditions), values


def _cancel(connection: Connection) -> None:
    import psycopg

    try:
        connection.cancel_safe(timeout=_CANCEL_S)
    except psycopg.Error as error:  # Then it comes to its own end.
        _log.info("a search could not be called off: %s", type(error).__name__)
