"""The embedded history: one SQLite file, nothing to set up. Several processes may use it at once."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chat2anyllm_desktop.core.errors import StoreError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Message, Role, Session, Status, Template, new_id, utc_now
from chat2anyllm_desktop.store import sqlite_file, sqlite_search
from chat2anyllm_desktop.store.api import PAGE_SIZE
from chat2anyllm_desktop.store.rows import (
    MESSAGE_COLUMNS,
    ROLE_COLUMNS,
    SESSION_COLUMNS,
    TEMPLATE_COLUMNS,
    canonical_id,
    canonical_ids,
    clean_message,
    clean_role,
    clean_template,
    clean_text,
    message_from,
    message_gone,
    of_copy,
    role_exists,
    role_from,
    session_from,
    session_gone,
    settings_json,
    sorted_roles,
    sorted_templates,
    template_exists,
    template_from,
    usage_json,
)
from chat2anyllm_desktop.store.search import Hit, Search

_TICK = timedelta(microseconds=1)
_CHUNK = 500
"""Ids in one statement: far below SQLite's limit of variables."""


class SqliteStore:
    """The Store protocol on a SQLite file, or in memory for None (kept for the run only).

    Synchronous; used by one thread at a time.
    """

    checkpoint_s = 0.25

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.name = tr("This computer") if file else tr("This computer, for this run only")
        place = str(file.absolute()) if file else f"memory:{id(self)}"
        self.key = hashlib.sha256(f"sqlite:{place}".encode()).hexdigest()[:32]
        self._place = sqlite_file.place_of(file)
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        if self._connection is None:
            self._connection = sqlite_file.connect(self.file)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def schema_version(self) -> int:
        with self._reading() as db:
            version: int = db.execute("PRAGMA user_version").fetchone()[0]
            return version

    def foreign_changes(self) -> int:
        """A number that moves when another process (never this store itself) has changed the file. Microseconds."""
        with self._reading() as db:
            version: int = db.execute("PRAGMA data_version").fetchone()[0]
            return version

    # Sessions ------------------------------------------------------------------------------------------------------
    def list_sessions(self, *, archived: bool = False) -> list[Session]:
        state = "IS NOT NULL" if archived else "IS NULL"
        with self._reading() as db:
            rows = db.execute(
                f"SELECT {SESSION_COLUMNS} FROM sessions WHERE archived_at {state} ORDER BY updated_at DESC, id DESC"
            )
            return [session_from(row, _time) for row in rows]

    def get_session(self, session_id: str) -> Session:
        with self._reading() as db:
            return _get_session(db, canonical_id(session_id))

    def save_session(self, session: Session) -> Session:
        session_id = canonical_id(session.id)
        title = clean_text(session.title)
        owner = clean_text(session.owner) if session.owner is not None else None
        archived_at = _time_text(session.archived_at) if session.archived_at else None
        view_state = (settings_json(session.settings), session.pinned, archived_at, owner)
        with self._writing() as db:
            now = _time_text(utc_now())
            before = db.execute(
                "SELECT title, updated_at FROM sessions WHERE id = ?", (session_id,)
            ).fetchone()
            if before is None:
                values = (session_id, title, now, now, *view_state)
                db.execute(
                    f"INSERT INTO sessions ({SESSION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values
                )
            else:
                updated_at = before[1] if before[0] == title else max(now, before[1])
                db.execute(
                    "UPDATE sessions SET title = ?, updated_at = ?, settings = ?, pinned = ?, archived_at = ?, owner = ?"
                    " WHERE id = ?",
                    (title, updated_at, *view_state, session_id),
                )
            return _get_session(db, session_id)

    def delete_session(self, session_id: str) -> None:
        with self._writing() as db:
            db.execute("DELETE FROM sessions WHERE id = ?", (canonical_id(session_id),))

    def restore_session(self, session: Session, messages: Sequence[Message]) -> None:
        with self._writing() as db:
            values = (
                canonical_id(session.id), clean_text(session.title), _time_text(session.created_at),
                _time_text(session.updated_at), settings_json(session.settings), session.pinned,
                _time_text(session.archived_at) if session.archived_at else None,
                clean_text(session.owner) if session.owner is not None else None,
            )  # fmt: skip
            db.execute(
                f"INSERT OR IGNORE INTO sessions ({SESSION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values
            )
            for message in messages:
                _insert_message(db, clean_message(message))
            db.execute("UPDATE sessions SET updated_at = ? WHERE id = ?", (values[3], values[0]))

    def duplicate_session(self, session_id: str, copy_id: str, *, through: str | None = None) -> Session:
        session_id, copy_id = canonical_id(session_id), canonical_id(copy_id)
        with self._writing() as db:
            if db.execute("SELECT 1 FROM sessions WHERE id = ?", (copy_id,)).fetchone():
                return _get_session(db, copy_id)  # Asked twice: done once.
            original = _get_session(db, session_id)
            ids = [row[0] for row in db.execute(
                "SELECT id FROM messages WHERE session_id = ? ORDER BY created_at, id", (session_id,)
            )]  # fmt: skip
            if through is not None:
                through = canonical_id(through)
                if through not in ids:
                    raise message_gone()
                ids = ids[: ids.index(through) + 1]
            # Ascending like the originals: ids decide the order of messages with the same time.
            copies = dict(zip(ids, sorted(new_id() for _ in ids), strict=True))
            now = _time_text(utc_now())
            db.execute(
                f"INSERT INTO sessions ({SESSION_COLUMNS}) SELECT ?, ?, ?, ?, settings, 0, NULL, owner"
                " FROM sessions WHERE id = ?",
                (copy_id, original.title + tr(" (copy)"), now, now, session_id),
            )
            for old, new in copies.items():
                parent = db.execute("SELECT parent_id FROM messages WHERE id = ?", (old,)).fetchone()[0]
                db.execute(
                    f"INSERT INTO messages ({MESSAGE_COLUMNS}) SELECT ?, ?, role, content, created_at, ?, kind, model,"
                    " CASE status WHEN 'streaming' THEN 'interrupted' ELSE status END, reasoning, usage"
                    " FROM messages WHERE id = ?",
                    (new, copy_id, copies.get(parent, parent), old),
                )
            if original.settings.branch is not None:
                settings = settings_json(of_copy(original.settings, copies, through))
                db.execute("UPDATE sessions SET settings = ? WHERE id = ?", (settings, copy_id))
            return _get_session(db, copy_id)

    # Messages ------------------------------------------------------------------------------------------------------
    def save_message(self, message: Message) -> Message:
        message = clean_message(message)
        with self._writing() as db:
            row = db.execute(
                "SELECT created_at, session_id FROM messages WHERE id = ?", (message.id,)
            ).fetchone()
            if row is not None:
                db.execute(
                    "UPDATE messages SET role = ?, content = ?, parent_id = ?, kind = ?, model = ?, status = ?,"
                    " reasoning = ?, usage = ? WHERE id = ?",
                    (message.author.value, message.content, message.parent_id, message.kind.value, message.model,
                     message.status.value, message.reasoning, usage_json(message.usage), message.id),
                )  # fmt: skip
                return replace(message, created_at=_time(row[0]), session_id=row[1])
            latest = db.execute(
                "SELECT max(created_at) FROM messages WHERE session_id = ?", (message.session_id,)
            ).fetchone()[0]
            now = utc_now()
            message = replace(message, created_at=max(now, _time(latest) + _TICK) if latest else now)
            _insert_message(db, message)
            return message

    def get_messages(self, message_ids: Collection[str]) -> list[Message]:
        with self._reading() as db:
            return _get_messages(db, canonical_ids(message_ids))

    def page_messages(
        self, session_id: str, *, before: Message | None = None, limit: int = PAGE_SIZE
    ) -> list[Message]:
        values: list[object] = [canonical_id(session_id)]
        condition = ""
        if before is not None:
            condition = "AND (created_at, id) < (?, ?)"
            values += [_time_text(before.created_at), canonical_id(before.id)]
        with self._reading() as db:
            rows = db.execute(
                f"SELECT {MESSAGE_COLUMNS} FROM messages WHERE session_id = ? {condition}"
                " ORDER BY created_at DESC, id DESC LIMIT ?",
                (*values, limit),
            ).fetchall()
            return [message_from(row, _time) for row in reversed(rows)]

    def history(self, session_id: str) -> list[Message]:
        with self._reading() as db:
            rows = db.execute(
                f"SELECT {MESSAGE_COLUMNS} FROM messages WHERE session_id = ? ORDER BY created_at, id",
                (canonical_id(session_id),),
            )
            return [message_from(row, _time) for row in rows]

    def count_messages(self, session_id: str, *, since: Message | None = None) -> int:
        values, condition = [canonical_id(session_id)], ""
        if since is not None:
            condition = "AND (created_at, id) >= (?, ?)"
            values += [_time_text(since.created_at), canonical_id(since.id)]
        with self._reading() as db:
            count: int = db.execute(
                f"SELECT count(*) FROM messages WHERE session_id = ? {condition}", values
            ).fetchone()[0]
            return count

    def search(self, search: Search) -> list[Hit]:
        with self._reading() as db:
            return sqlite_search.hits(db, search, _time)

    def delete_messages(self, message_ids: Collection[str]) -> None:
        with self._writing() as db:
            db.executemany(
                "DELETE FROM messages WHERE id = ?", [(id_,) for id_ in canonical_ids(message_ids)]
            )

    def mark_interrupted(self, message_ids: Collection[str]) -> list[Message]:
        with self._writing() as db:
            marked = [
                message
                for message in _get_messages(db, canonical_ids(message_ids))
                if message.status is Status.STREAMING
            ]
            db.executemany(
                "UPDATE messages SET status = 'interrupted' WHERE id = ?",
                [(message.id,) for message in marked],
            )
            return [replace(message, status=Status.INTERRUPTED) for message in marked]

    # Roles ---------------------------------------------------------------------------------------------------------
    def list_roles(self) -> list[Role]:
        with self._reading() as db:
            return sorted_roles(
                [role_from(row, _time) for row in db.execute(f"SELECT {ROLE_COLUMNS} FROM roles")]
            )

    def save_role(self, role: Role) -> Role:
        role = clean_role(role)
        with self._writing() as db:
            if db.execute("SELECT 1 FROM roles WHERE name = ? AND id <> ?", (role.name, role.id)).fetchone():
                raise role_exists(role.name)
            now = utc_now()
            row = db.execute("SELECT created_at, updated_at FROM roles WHERE id = ?", (role.id,)).fetchone()
            created_at, updated_at = (_time(row[0]), max(now, _time(row[1]))) if row else (now, now)
            db.execute(
                f"INSERT INTO roles ({ROLE_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET name = excluded.name, instructions = excluded.instructions, updated_at = excluded.updated_at",
                (role.id, role.name, role.instructions, _time_text(created_at), _time_text(updated_at)),
            )
            return replace(role, created_at=created_at, updated_at=updated_at)

    def delete_role(self, role_id: str) -> None:
        with self._writing() as db:
            db.execute("DELETE FROM roles WHERE id = ?", (canonical_id(role_id),))

    # Prompt templates ----------------------------------------------------------------------------------------------
    def list_templates(self) -> list[Template]:
        with self._reading() as db:
            rows = db.execute(f"SELECT {TEMPLATE_COLUMNS} FROM chat2anyllm_templates")
            return sorted_templates([template_from(row, _time) for row in rows])

    def save_template(self, template: Template) -> Template:
        template = clean_template(template)
        with self._writing() as db:
            taken = "SELECT 1 FROM chat2anyllm_templates WHERE name = ? AND id <> ?"
            if db.execute(taken, (template.name, template.id)).fetchone():
                raise template_exists(template.name)
            now = utc_now()
            times = "SELECT created_at, updated_at FROM chat2anyllm_templates WHERE id = ?"
            row = db.execute(times, (template.id,)).fetchone()
            created_at, updated_at = (_time(row[0]), max(now, _time(row[1]))) if row else (now, now)
            db.execute(
                f"INSERT INTO chat2anyllm_templates ({TEMPLATE_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET name = excluded.name, text = excluded.text, updated_at = excluded.updated_at",
                (template.id, template.name, template.text, _time_text(created_at), _time_text(updated_at)),
            )
            return replace(template, created_at=created_at, updated_at=updated_at)

    def delete_template(self, template_id: str) -> None:
        with self._writing() as db:
            db.execute("DELETE FROM chat2anyllm_templates WHERE id = ?", (canonical_id(template_id),))

    # Connection ----------------------------------------------------------------------------------------------------
    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if self._connection is None:
            self.open()
        if self._connection is None:
            raise StoreError(tr("The history is not open."))
        with sqlite_file.translated(self._place):
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, with the right to write taken at its start, so that what was read in it stays true."""
        with self._reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise


def _get_session(db: sqlite3.Connection, session_id: str) -> Session:
    row = db.execute(f"SELECT {SESSION_COLUMNS} FROM sessions WHERE id = ?", (session_id,)).fetchone()
    if row is None:
        raise session_gone()
    return session_from(row, _time)


def _get_messages(db: sqlite3.Connection, ids: Sequence[str]) -> list[Message]:
    rows: list[Any] = []
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        marks = ", ".join("?" * len(chunk))
        rows += db.execute(f"SELECT {MESSAGE_COLUMNS} FROM messages WHERE id IN ({marks})", chunk)
    return sorted(
        (message_from(row, _time) for row in rows), key=lambda message: (message.created_at, message.id)
    )


def _insert_message(db: sqlite3.Connection, message: Message) -> None:
    try:
        db.execute(
            f"INSERT INTO messages ({MESSAGE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (message.id, message.session_id, message.author.value, message.content, _time_text(message.created_at),
             message.parent_id, message.kind.value, message.model, message.status.value, message.reasoning,
             usage_json(message.usage)),
        )  # fmt: skip
    except sqlite3.IntegrityError as error:
        raise session_gone(detail=str(error)) from error


def _time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # Written by hand, without a zone.
