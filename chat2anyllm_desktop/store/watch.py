"""What others change in the history, told to an open window within a second: ids only.

PostgreSQL: LISTEN on a connection of its own, in a thread of its own. Where the triggers of ``schema.sql`` are missing,
or a pooler swallows notifications, the tables are looked at about once a second instead. SQLite: the store's own
connection is asked whether anybody *else* has written. In every case a RESYNC change means: read again what is on show.
"""

from __future__ import annotations

import asyncio
import json
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from chat2anyllm_desktop.core.errors import StoreError
from chat2anyllm_desktop.core.models import Change, Operation, Table
from chat2anyllm_desktop.store.postgres import PostgresStore
from chat2anyllm_desktop.store.postgres_address import PostgresAddress
from chat2anyllm_desktop.store.sqlite import SqliteStore
from chat2anyllm_desktop.store.threaded import ThreadedStore

if TYPE_CHECKING:
    from chat2anyllm_desktop.store.postgres_connection import Connection

_log = logging.getLogger(__name__)

RESYNC = Change(table=Table.SESSIONS, operation=Operation.RESYNC)

_SQLITE_POLL_S = 0.3
_POSTGRES_POLL_S = 0.8
_FIRST_RETRY_S = 1.0
_LAST_RETRY_S = 8.0
_PROOF_S = 2.0
_BURST = 50
_BURST_S = 0.2
_MANY = 200
"""When more than a burst is read at once, the rest of it is waited for; more than this is told as one RESYNC, which is
cheaper: somebody deleted or imported a long session."""

Callback = Callable[[Change], None]


class Watcher(Protocol):
    """Tells changes while it runs."""

    def start(self, callback: Callback) -> None:
        """Begin, on the running event loop: ``callback`` is called there. Our own writes may be told too."""

    async def stop(self) -> None:
        """End; afterwards the callback is not called any more."""

    def show(self, session_ids: Iterable[str]) -> None:
        """The sessions whose messages are on show: without notifications only these are looked at."""


def watcher(store: ThreadedStore) -> Watcher:
    """The way to watch this store."""
    backend = store.backend
    if isinstance(backend, PostgresStore):
        return PostgresWatcher(backend.address)
    if isinstance(backend, SqliteStore):
        return SqliteWatcher(store, backend)
    raise TypeError(f"nobody knows how to watch {backend!r}")


class SqliteWatcher:
    """Asks the store's own connection, because only there our own writes do not count as changes.

    No thread: a question takes microseconds on the store's. Told as RESYNC, at most one each 0.3 s.
    """

    def __init__(self, store: ThreadedStore, backend: SqliteStore) -> None:
        self._store = store
        self._backend = backend
        self._task: asyncio.Task[None] | None = None

    def start(self, callback: Callback) -> None:
        self._task = asyncio.get_running_loop().create_task(self._watch(callback), name="watch history")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    def show(self, session_ids: Iterable[str]) -> None:
        """Everything is looked at anyway."""

    async def _watch(self, callback: Callback) -> None:
        seen: int | None = None
        while True:
            try:
                found = await self._store.run(self._backend.foreign_changes)
            except StoreError as error:
                _log.info("the history could not be looked at: %s", error)
                seen = None
            else:
                if seen is not None and found != seen:
                    callback(RESYNC)
                seen = found
            await asyncio.sleep(_SQLITE_POLL_S)


class PostgresWatcher:
    """Listens in a daemon thread; connects again by itself, and then tells RESYNC. When the connection is lost that is
    told too: who reads then learns, also while nobody uses the window, whether the database itself is gone."""

    def __init__(self, address: PostgresAddress) -> None:
        self._address = address
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._shown: tuple[str, ...] = ()
        self._tell: Callback = _nobody
        self._bell: socket.socket | None = None

    def start(self, callback: Callback) -> None:
        loop = asyncio.get_running_loop()

        def on_loop(change: Change) -> None:
            if not self._stopped.is_set():
                callback(change)

        def tell(change: Change) -> None:
            try:
                loop.call_soon_threadsafe(on_loop, change)
            except RuntimeError:  # The loop was closed without stopping us.
                self._stopped.set()

        self._tell = tell
        alarm, self._bell = socket.socketpair()
        self._thread = threading.Thread(
            target=self._run, args=(alarm,), name=f"watch {self._address.name}", daemon=True
        )
        self._thread.start()

    async def stop(self) -> None:
        self._stopped.set()
        if self._bell is not None:
            self._bell.close()  # Wakes the thread: its end of the pair becomes readable.
        if self._thread is not None:
            # It may be connecting to a host that does not answer; it is a daemon, and tells nothing any more.
            await asyncio.to_thread(self._thread.join, 0.5)
            self._thread = None

    def show(self, session_ids: Iterable[str]) -> None:
        self._shown = tuple(session_ids)

    # On the thread -------------------------------------------------------------------------------------------------
    def _run(self, alarm: socket.socket) -> None:
        from chat2anyllm_desktop.store.postgres_connection import connect

        delay = _FIRST_RETRY_S
        while not self._stopped.is_set():
            started = time.monotonic()
            try:
                connection = connect(self._address)
                try:
                    self._watch(connection, alarm)
                finally:
                    connection.close()
                    self._tell(RESYNC)
            except StoreError as error:
                _log.info("watching %s: %s", self._address.name, error)
            except Exception as error:  # noqa: BLE001 - the thread's boundary; the driver's, when it was lost
                _log.info("watching %s: %s", self._address.name, self._address.mask(str(error)))
            if time.monotonic() - started > _LAST_RETRY_S:
                delay = _FIRST_RETRY_S
            self._stopped.wait(delay)
            delay = min(2 * delay, _LAST_RETRY_S)
        alarm.close()

    def _watch(self, connection: Connection, alarm: socket.socket) -> None:
        notified = _listens(connection)
        self._tell(RESYNC)  # The first time too: the window may have read just before we listened.
        if notified:
            self._listen(connection, alarm)
        else:
            _log.info("watching %s by looking at it: there are no notifications", self._address.name)
            self._poll(connection)

    def _listen(self, connection: Connection, alarm: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(alarm, selectors.EVENT_READ)
            while not self._stopped.is_set():
                notices = list(connection.notifies(timeout=0))
                if len(notices) > _BURST:
                    notices += connection.notifies(timeout=_BURST_S)
                changes = (change for notice in notices if (change := _change(notice.payload)))
                for change in (RESYNC,) if len(notices) > _MANY else changes:
                    self._tell(change)
                selector.select()

    def _poll(self, connection: Connection) -> None:
        seen = _fingerprint(connection, self._shown)
        while not self._stopped.wait(_POSTGRES_POLL_S):
            found = _fingerprint(connection, self._shown)
            if found != seen:
                self._tell(RESYNC)
            seen = found


def _nobody(change: Change) -> None:
    """Before start."""


def _listens(connection: Connection) -> bool:
    """Whether notifications come: the triggers are there, and one sent by ourselves arrives (poolers swallow them)."""
    from chat2anyllm_desktop.store.postgres_connection import missing_triggers

    if any(name.endswith("_notify") for name in missing_triggers(connection)):
        return False
    connection.execute("LISTEN chat2anyllm")
    connection.execute("SELECT pg_notify('chat2anyllm', '{}')")
    return any(True for _ in connection.notifies(timeout=_PROOF_S, stop_after=1))


def _change(payload: str) -> Change | None:
    """None for what does not concern us: a proof, or another program on the same channel."""
    try:
        values = json.loads(payload)
        if values.get("op") == Operation.RESYNC:
            return RESYNC
        return Change(
            table=Table(values["table"]),
            operation=Operation(values["op"]),
            id=str(values["id"]),
            session_id=str(values.get("session_id", "")),
        )
    except (ValueError, KeyError, AttributeError):
        return None


def _fingerprint(connection: Connection, session_ids: tuple[str, ...]) -> object:
    """Moves with every insert, update and delete: each row's version carries the number of its transaction."""
    rows = connection.execute(
        "SELECT (SELECT (count(*), sum(xmin::text::bigint))::text FROM sessions),"
        " (SELECT (count(*), sum(xmin::text::bigint))::text FROM roles),"
        " (SELECT (count(*), sum(xmin::text::bigint))::text FROM messages WHERE session_id = ANY(%s::uuid[])),"
        # A database that was not upgraded has no such table, or it may not be read.
        " coalesce(has_table_privilege(to_regclass('chat2anyllm_templates'), 'SELECT'), false)",
        (list(session_ids),),
    ).fetchone()
    if rows is None or not rows[-1]:
        return rows
    return rows, connection.execute(
        "SELECT count(*), sum(xmin::text::bigint) FROM chat2anyllm_templates"
    ).fetchone()
