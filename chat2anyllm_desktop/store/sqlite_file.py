"""The embedded history as a file: opening, creating, upgrading it, and what to do when it is damaged.

The tables mirror ``schema.sql``. ``PRAGMA user_version`` is the version of the tables, ``application_id`` tells our files
from others. Times are ISO 8601 text in UTC with six digits of a second, always, so that they sort as text.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from chat2anyllm_desktop.core.errors import (
    SchemaError,
    StoreDamagedError,
    StoreError,
    StoreReadOnlyError,
    StoreUnavailableError,
)
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.store.rows import MESSAGE_COLUMNS, ROLE_COLUMNS, SESSION_COLUMNS, TEMPLATE_COLUMNS

APPLICATION_ID = 0x43324131
_BUSY_MS = 5000
_MIB = 1024 * 1024
_NOW = "(strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000+00:00')"
_ID = (
    "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'"
    " || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))"
)

_TABLES = f"""
CREATE TABLE sessions (
    id TEXT PRIMARY KEY NOT NULL DEFAULT {_ID},
    title TEXT NOT NULL DEFAULT 'New Chat',
    created_at TEXT NOT NULL DEFAULT {_NOW},
    updated_at TEXT NOT NULL DEFAULT {_NOW},
    settings TEXT NOT NULL DEFAULT '{{}}',
    pinned INTEGER NOT NULL DEFAULT 0,
    archived_at TEXT,
    owner TEXT
);
CREATE TABLE messages (
    id TEXT PRIMARY KEY NOT NULL DEFAULT {_ID},
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    content TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT {_NOW},
    parent_id TEXT,
    kind TEXT NOT NULL DEFAULT 'chat',
    model TEXT,
    status TEXT NOT NULL DEFAULT 'complete',
    reasoning TEXT NOT NULL DEFAULT '',
    usage TEXT NOT NULL DEFAULT '{{}}'
);
CREATE TABLE roles (
    id TEXT PRIMARY KEY NOT NULL DEFAULT {_ID},
    name TEXT NOT NULL UNIQUE,
    instructions TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT {_NOW},
    updated_at TEXT NOT NULL DEFAULT {_NOW}
);
CREATE INDEX idx_messages_session_created ON messages (session_id, created_at);
CREATE TRIGGER trg_messages_touch_session AFTER INSERT ON messages BEGIN
    UPDATE sessions SET updated_at = max(updated_at, NEW.created_at) WHERE id = NEW.session_id;
END;
CREATE TRIGGER trg_sessions_updated_at AFTER UPDATE OF title ON sessions
WHEN NEW.title <> OLD.title AND NEW.updated_at = OLD.updated_at BEGIN
    UPDATE sessions SET updated_at = max({_NOW}, OLD.updated_at) WHERE id = NEW.id;
END;
CREATE TRIGGER trg_roles_updated_at AFTER UPDATE OF name, instructions ON roles
WHEN NEW.updated_at = OLD.updated_at BEGIN
    UPDATE roles SET updated_at = max({_NOW}, OLD.updated_at) WHERE id = NEW.id;
END;
"""

_TEMPLATES = f"""
CREATE TABLE chat2anyllm_templates (
    id TEXT PRIMARY KEY NOT NULL DEFAULT {_ID},
    name TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT {_NOW},
    updated_at TEXT NOT NULL DEFAULT {_NOW}
);
"""

MIGRATIONS: Sequence[str] = (_TABLES, _TEMPLATES)
"""Script n brings a file from version n to n + 1. They only add."""


def connect(file: Path | None, migrations: Sequence[str] = MIGRATIONS) -> sqlite3.Connection:
    """Open the history, created or upgraded as needed; in memory for None.

    Autocommit: transactions are begun explicitly. Before an upgrade the file is copied beside itself. A damaged file is
    renamed, never overwritten, and StoreDamagedError says so; opening once more then begins an empty history. Raises
    StoreReadOnlyError, SchemaError and StoreUnavailableError (another process holds the file) too.
    """
    place = place_of(file)
    try:
        with translated(place):
            if file is not None:
                _create(file)
            connection = sqlite3.connect(
                file or ":memory:",
                timeout=_BUSY_MS / 1000,
                isolation_level=None,
                check_same_thread=False,  # One thread at a time, not one for ever: closing may come from another.
            )
            try:
                _prepare(connection)
                _upgrade(connection, file, migrations)
            except BaseException:
                connection.close()
                raise
            return connection
    except _DamagedError as error:
        if file is None:
            raise
        aside = _set_aside(file)
        raise StoreDamagedError(
            tr(
                "The history file was damaged and has been set aside as {file}. Nothing in it was deleted; opening the "
                "history again begins an empty one.",
                file=aside,
            ),
            detail=error.detail,
        ) from error


def place_of(file: Path | None) -> str:
    """The history as :func:`translated` and sentences name it."""
    return tr('the history file "{file}"', file=file) if file else tr("the history in memory")


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turns sqlite3's exceptions and the file system's into ours; ``place`` names the file in their sentences."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translation(error, place) from error
    except PermissionError as error:
        raise StoreReadOnlyError(_sentence_read_only(place), detail=str(error)) from error
    except OSError as error:
        raise StoreReadOnlyError(
            tr("{place} cannot be made.", place=_begun(place)), detail=str(error)
        ) from error


class _DamagedError(StoreError):
    """The file is no database, or a broken one."""


def _translation(error: sqlite3.Error, place: str) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    detail = f"{getattr(error, 'sqlite_errorname', type(error).__name__)}: {error}"
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreUnavailableError(
            tr("Another program is busy with {place}. Try again.", place=place), detail=detail
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreReadOnlyError(_sentence_read_only(place), detail=detail)
    if code == sqlite3.SQLITE_FULL:
        return StoreError(
            tr("The disk with {place} is full. Make room, then try again.", place=place), detail=detail
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return _DamagedError(
            tr("A part of {place} is damaged and cannot be read.", place=place), detail=detail
        )
    if code == sqlite3.SQLITE_TOOBIG:
        return StoreError(tr("This text is too long to be kept."), detail=detail)
    return StoreError(tr("Working with {place} failed.", place=place), detail=detail)


def _sentence_read_only(place: str) -> str:
    return tr("{place} cannot be written. Make it and its folder writable.", place=_begun(place))


def _begun(place: str) -> str:
    """At the beginning of a sentence."""
    return f"{place[0].upper()}{place[1:]}"


def _create(file: Path) -> None:
    """Make the file before SQLite does, so that it is never readable for others."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
    if _is_foreign(connection):  # Before anything is changed in it.
        raise SchemaError(
            tr("The history file belongs to another program: choose another place for the history.")
        )
    _retried(lambda: connection.execute("PRAGMA journal_mode = WAL"))
    # With WAL: safe against a crash of the program; a power cut may cost the last moments, never the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {16 * _MIB}")


def _is_foreign(connection: sqlite3.Connection) -> bool:
    # One statement, so one moment: between two of them another first start may make its tables and leave its mark.
    mark, tables = connection.execute(
        "SELECT application_id, (SELECT count(*) FROM sqlite_master) FROM pragma_application_id"
    ).fetchone()
    return bool(tables) if mark == 0 else bool(mark != APPLICATION_ID)


def _retried(action: Callable[[], object]) -> None:
    """Changing to WAL does not wait for others as everything else does, so two first starts at once need this."""
    deadline = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            action()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _upgrade(connection: sqlite3.Connection, file: Path | None, migrations: Sequence[str]) -> None:
    if _version(connection) >= len(migrations):
        _check(connection)
        return
    # Before the transaction: the copy is read through a second connection, and it is not wrong to have made two.
    if file is not None and _version(connection) > 0:
        _back_up(connection, file)
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # Again: another process may have been quicker.
        for script in migrations[version:]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {max(version, len(migrations))}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _check(connection: sqlite3.Connection) -> None:
    """Of this version or a newer one: newer ones only add, so what we use must be there."""
    try:
        connection.execute(f"SELECT {SESSION_COLUMNS} FROM sessions LIMIT 0")
        connection.execute(f"SELECT {MESSAGE_COLUMNS} FROM messages LIMIT 0")
        connection.execute(f"SELECT {ROLE_COLUMNS} FROM roles LIMIT 0")
        connection.execute(f"SELECT {TEMPLATE_COLUMNS} FROM chat2anyllm_templates LIMIT 0")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        raise SchemaError(
            tr(
                "The history file was written by a version of this program that this one cannot read. Update this program."
            ),
            detail=str(error),
        ) from error


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _statements(script: str) -> Iterator[str]:
    """executescript() would commit the transaction it runs in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _back_up(connection: sqlite3.Connection, file: Path) -> None:
    copy = _free_name(file, f"before-upgrade-from-version-{_version(connection)}")
    os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    target = sqlite3.connect(copy)
    try:
        connection.backup(target)
    except BaseException:
        target.close()
        copy.unlink()  # Half a copy is worse than none.
        raise
    target.close()


def _set_aside(file: Path) -> Path:
    """Rename the file and what belongs to it: the file last, because a new one must not find the log of the old one."""
    aside = _free_name(file, "damaged")
    for suffix in ("-shm", "-wal", ""):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _free_name(file: Path, word: str) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path = file.with_name(f"{file.stem}.{word}-{stamp}{file.suffix}")
    number = 1
    while path.exists():
        number += 1
        path = file.with_name(f"{file.stem}.{word}-{stamp}-{number}{file.suffix}")
    return path
