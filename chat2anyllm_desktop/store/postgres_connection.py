"""One connection to PostgreSQL that comes back by itself, and the tables behind it made or upgraded.

psycopg is loaded with the first connection, not with this module.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from chat2anyllm_desktop.core.errors import SchemaError, StoreError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.store.postgres_address import PostgresAddress
from chat2anyllm_desktop.store.postgres_errors import (
    TRANSIENT,
    connecting_error,
    is_lost,
    schema_error,
    working_error,
)
from chat2anyllm_desktop.store.rows import MESSAGE_COLUMNS, ROLE_COLUMNS, SESSION_COLUMNS

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[object, ...]]

_log = logging.getLogger(__name__)

SCHEMA_VERSION = 2
"""What ``schema.sql`` makes of a database."""

OLDEST_USABLE_VERSION = 1
"""From which a database can be used as it is by those who may not upgrade it: later versions added what can be missed."""

CONNECT_TIMEOUT_S = 5
_STATEMENT_TIMEOUT = "60s"
_OLDEST_SERVER = 130000

# A connection through a router that forgot it is given up after about 30 seconds of silence, and 15 after writing.
_DEFAULTS: dict[str, str | int] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "application_name": "chat2anyllm-desktop",
    "client_encoding": "utf8",
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}

TRIGGERS = (
    ("roles", "trg_roles_updated_at"),
    ("sessions", "trg_sessions_updated_at"),
    ("messages", "trg_messages_touch_session"),
    ("sessions", "trg_sessions_bulk"),
    ("sessions", "trg_sessions_view_state"),
    ("sessions", "trg_sessions_notify"),
    ("messages", "trg_messages_notify"),
    ("roles", "trg_roles_notify"),
    ("chat2anyllm_templates", "trg_chat2anyllm_templates_notify"),
)
"""What ``schema.sql`` puts on which table."""

# One round trip for all that is asked of a database at every start. Newer versions only add, so a database is fit for us
# when all of these columns are there. Without a trigger it can be used, too, but not all is as it should be.
_VERSION_IF_FIT = f"""
SELECT coalesce(max(version), 0), (
    SELECT count(*) = {len(TRIGGERS)} FROM pg_trigger
    WHERE (tgrelid, tgname) IN ({", ".join(f"(to_regclass('{table}'), '{name}')" for table, name in TRIGGERS)})
) FROM chat2anyllm_schema WHERE NOT EXISTS (
    SELECT {SESSION_COLUMNS} FROM sessions LIMIT 0
) AND NOT EXISTS (
    SELECT {MESSAGE_COLUMNS} FROM messages LIMIT 0
) AND NOT EXISTS (
    SELECT {ROLE_COLUMNS} FROM roles LIMIT 0
)
""".encode()

T = TypeVar("T")


def connect(address: PostgresAddress) -> Connection:
    """A new connection in autocommit mode: single statements need no round trip more. Raises StoreError."""
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise StoreError(
            tr("The PostgreSQL driver is missing: install psycopg[binary]."), detail=str(error)
        ) from error
    # It warns of a lost connection in its own words; we connect again, or tell.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    try:
        given = conninfo_to_dict(address.dsn) if address.readable else None
    except (psycopg.Error, UnicodeError):
        given = None
    if given is None:
        # Without detail, and without the driver's error as its cause: they would repeat the address.
        raise StoreError(
            tr(
                "The database address cannot be read. It should look like postgresql://user:password@host:5432/database, "
                "with %40 for @, %2F for / and %3A for : in the password."
            )
        )
    try:
        # Not prepared: poolers that hand out another server connection for each transaction do not know the statements.
        connection = psycopg.connect(**{**_DEFAULTS, **given}, autocommit=True, prepare_threshold=None)  # type: ignore[arg-type] # values of any libpq option
    except psycopg.Error as error:
        # "from None": the driver's own words may repeat the password, and a traceback would print them.
        raise connecting_error(error, address) from None
    try:
        # Not as startup options, which poolers refuse.
        connection.execute(
            "SELECT set_config('TimeZone', 'UTC', false), set_config('statement_timeout', %s, false)",
            (_STATEMENT_TIMEOUT,),
        )
    except psycopg.Error as error:
        connection.close()
        raise working_error(error, address, lost=True) from error
    return connection


class PostgresConnection:
    """Holds the connection of a store; used by one thread at a time."""

    def __init__(self, address: PostgresAddress, schema_file: Path) -> None:
        self._address = address
        self._schema_file = schema_file
        self._connection: Connection | None = None
        self._fit = False

    def open(self) -> None:
        """Connect and see to the tables, or make sure that the connection lives."""
        if self._connection is None:
            self._connected()
        else:
            self.run(lambda connection: connection.execute("SELECT 1"))

    def close(self) -> None:
        self._fit = False
        self._drop()

    def run(self, action: Callable[[Connection], T]) -> T:
        """Do something on the connection, connecting where needed.

        What is found lost is connected again, and the action repeated, once: every verb may be repeated without harm.
        Raises StoreError only, never the driver's own.
        """
        import psycopg

        for last in (False, True):
            connection = self._connected()
            try:
                return action(connection)
            except psycopg.Error as error:
                lost = is_lost(connection, error)
                if lost:
                    self._drop()
                if last or not (lost or error.sqlstate in TRANSIENT):
                    raise working_error(error, self._address, lost=lost) from error
            except BaseException:
                # Left in the middle (Ctrl+C): nothing is known about the state of this connection any more.
                if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                    self._drop()
                raise
        raise AssertionError("unreachable")

    def _connected(self) -> Connection:
        if self._connection is not None and self._connection.closed:
            self._drop()
        if self._connection is None:
            self._connection = connect(self._address)
        if not self._fit:
            self._see_to_tables(self._connection)
            self._fit = True
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _see_to_tables(self, connection: Connection) -> None:
        """Nothing but reading when they are as they should be: then no right to change tables is needed."""
        import psycopg

        try:
            refuse_old(connection)
            version, complete = _looked_up(connection, _VERSION_IF_FIT) or (0, False)
            if version > SCHEMA_VERSION or (version == SCHEMA_VERSION and complete):
                return
            newest = _looked_up(connection, b"SELECT max(version) FROM chat2anyllm_schema") or (0,)
            if (newest[0] or 0) > SCHEMA_VERSION:
                raise SchemaError(
                    tr(
                        "The database was upgraded by a newer version of this program, and this one cannot use it any more. "
                        "Update this program."
                    )
                )
        except psycopg.Error as error:
            lost = is_lost(connection, error)
            self._drop()
            raise working_error(error, self._address, lost=lost) from error
        try:
            connection.execute(self._schema_file.read_bytes())
        except psycopg.Error as error:
            lost = is_lost(connection, error)
            if version >= OLDEST_USABLE_VERSION and not lost:
                # What can be missed is missing (triggers, the table of templates), and we may not make it. "doctor"
                # tells; the watcher looks at the tables.
                _log.info("%s lacks something: %s", self._address.name, self._address.mask(str(error)))
                connection.rollback()
                return
            self._drop()  # With its transaction: nothing was changed.
            if lost:
                raise working_error(error, self._address, lost=True) from error
            raise schema_error(error, self._address, self._schema_file) from error


def refuse_old(connection: Connection) -> None:
    """Raises SchemaError for a server that is too old for the tables."""
    server = connection.info.server_version
    if server < _OLDEST_SERVER:
        raise SchemaError(
            tr(
                "The database server is PostgreSQL {version}; version 13 or newer is needed.",
                version=server // 10000,
            )
        )


def missing_triggers(connection: Connection) -> list[str]:
    """Those of :data:`TRIGGERS` that are not there or switched off. Raises psycopg.Error."""
    rows = connection.execute(
        "SELECT relname::text, tgname::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE tgenabled <> 'D' AND tgrelid IN (to_regclass('sessions'), to_regclass('messages'), to_regclass('roles'),"
        " to_regclass('chat2anyllm_templates'))"
    )
    found = set(rows)
    return [name for table, name in TRIGGERS if (table, name) not in found]


def _looked_up(connection: Connection, query: bytes) -> tuple[Any, ...] | None:
    """The row; None when what the query asks for is not there."""
    import psycopg

    try:
        return connection.execute(query).fetchone()
    except (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedTable):
        return None
