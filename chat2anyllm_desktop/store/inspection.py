"""Looking at a history without changing anything in it: for ``doctor`` and ``db status``."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chat2anyllm_desktop.core.errors import SchemaError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.store import sqlite_file
from chat2anyllm_desktop.store.postgres_address import PostgresAddress
from chat2anyllm_desktop.store.postgres_connection import (
    SCHEMA_VERSION,
    connect,
    missing_triggers,
    refuse_old,
)
from chat2anyllm_desktop.store.postgres_errors import is_lost, working_error

if TYPE_CHECKING:
    from chat2anyllm_desktop.store.postgres_connection import Connection

_FOREIGN = b"""
SELECT wanted.name FROM (VALUES
    ('sessions', 'id', 'uuid'), ('sessions', 'title', 'text'), ('sessions', 'created_at', 'timestamp with time zone'),
    ('messages', 'id', 'uuid'), ('messages', 'session_id', 'uuid'), ('messages', 'role', 'text'),
    ('messages', 'content', 'text'), ('roles', 'id', 'uuid'), ('roles', 'name', 'text'), ('roles', 'instructions', 'text')
) AS wanted (name, attribute, type)
WHERE to_regclass(wanted.name) IS NOT NULL AND NOT EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = to_regclass(wanted.name) AND attname = wanted.attribute
    AND NOT attisdropped AND format_type(atttypid, NULL) = wanted.type
) LIMIT 1
"""
"""A table that has a name of ours and is another program's. ``schema.sql`` is as strict, before it changes anything."""

_MAY_CHANGE = b"""
SELECT CASE WHEN to_regclass('sessions') IS NULL
    THEN coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
    ELSE (SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class
          WHERE oid IN (to_regclass('sessions'), to_regclass('messages'), to_regclass('roles'))) END
"""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found. ``version`` None means that the tables are not there yet; 0 that they are the web edition's."""

    name: str
    server: str
    version: int | None
    current_version: int
    """Of the tables as this program makes them."""
    sessions: int = 0
    messages: int = 0
    missing_triggers: Sequence[str] = ()
    """Without them the history can be used, but changes of others are looked for and not told, and times may be wrong."""
    may_change: bool = True
    """Whether this user may make the tables, or extend those that are there."""
    encrypted: bool = False
    """Whether the connection to the server is."""
    local: bool = True
    """It is on this computer."""

    @property
    def up_to_date(self) -> bool:
        return self.version is not None and self.version >= self.current_version and not self.missing_triggers


def inspect_database(dsn: str) -> Findings:
    """Connect to the shared history and read. Blocks; raises StoreError, also for tables that are not ours."""
    import psycopg

    address = PostgresAddress(dsn)
    connection = connect(address)
    try:
        server = connection.info.server_version
        refuse_old(connection)
        _refuse_foreign(connection, address)
        found = {
            table
            for table in ("sessions", "messages", "chat2anyllm_schema")
            if connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone() == (True,)
        }

        def number(query: bytes) -> int:
            row = connection.execute(query).fetchone()
            return int(str(row[0] or 0)) if row else 0

        version = (
            number(b"SELECT max(version) FROM chat2anyllm_schema") if "chat2anyllm_schema" in found else 0
        )
        return Findings(
            address.mask(address.name),
            f"PostgreSQL {server // 10000}.{server % 10000}",
            version if "sessions" in found else None,
            SCHEMA_VERSION,
            number(b"SELECT count(*) FROM sessions") if "sessions" in found else 0,
            number(b"SELECT count(*) FROM messages") if "messages" in found else 0,
            missing_triggers(connection) if version >= SCHEMA_VERSION else (),
            may_change=connection.execute(_MAY_CHANGE).fetchone() == (True,),
            encrypted=bool(connection.pgconn.ssl_in_use),
            local=_is_local(address.host),
        )
    except psycopg.Error as error:
        raise working_error(error, address, lost=is_lost(connection, error)) from None
    finally:
        connection.close()


def _refuse_foreign(connection: Connection, address: PostgresAddress) -> None:
    row = connection.execute(_FOREIGN).fetchone()
    if row is not None:
        raise SchemaError(
            tr(
                "The database {name} is another program's: its table “{table}” is not one of Chat2AnyLLM. Choose another "
                "database.",
                name=address.mask(address.name),
                table=row[0],
            )
        )


def _is_local(host: str) -> bool:
    return host.startswith(("/", "127.")) or host in ("localhost", "::1")


def inspect_file(file: Path) -> Findings:
    """Read the embedded history; a file that is not there yet is in order. Raises StoreError."""
    current = len(sqlite_file.MIGRATIONS)
    server = f"SQLite {sqlite3.sqlite_version}"
    if not file.exists():
        return Findings(str(file), server, None, current)
    with sqlite_file.translated(sqlite_file.place_of(file)):
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=2)
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            sessions = connection.execute("SELECT count(*) FROM sessions").fetchone()[0] if version else 0
            messages = connection.execute("SELECT count(*) FROM messages").fetchone()[0] if version else 0
        finally:
            connection.close()
    return Findings(str(file), server, version, current, sessions, messages)
