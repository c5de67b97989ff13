"""What others change is told within a second, whatever the database allows."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import Change, Operation, Session, Table, new_id
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.postgres import PostgresStore
from chat2anyllm_desktop.store.sqlite import SqliteStore
from chat2anyllm_desktop.store.threaded import ThreadedStore
from chat2anyllm_desktop.store.watch import RESYNC, Watcher, watcher
from tests.real import postgres
from tests.real.postgres import OwnServer, Server, least_privileged
from tests.store.making import make_message, make_role, make_session

Execute = Callable[[str], object]
SCHEMA = paths.resource("schema.sql")


class Seen:
    """The changes that were told, and a way to wait for one."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._told = asyncio.Event()

    def __call__(self, change: Change) -> None:
        self.changes.append(change)
        self._told.set()

    async def until(self, wanted: Change, within_s: float = 1.0, *, times: int = 1) -> None:
        async with asyncio.timeout(within_s):
            while self.changes.count(wanted) < times:
                self._told.clear()
                await self._told.wait()


@asynccontextmanager
async def watched(backend: Store) -> AsyncIterator[tuple[ThreadedStore, Watcher, Seen]]:
    """An open store that is being watched."""
    store = ThreadedStore(backend)
    await store.call(Store.open)
    watching, seen = watcher(store), Seen()
    watching.start(seen)
    if isinstance(backend, PostgresStore):
        await seen.until(RESYNC, within_s=10)  # It listens.
        seen.changes.clear()
    else:
        await asyncio.sleep(0.1)
    try:
        yield store, watching, seen
    finally:
        await watching.stop()
        await store.aclose()


@pytest.fixture
def execute(web_edition_dsn: str) -> Execute:
    """Do something as the web edition does."""
    return partial(postgres.execute, web_edition_dsn)


def test_what_the_web_edition_does_is_told(web_edition_dsn: str, execute: Execute) -> None:
    async def run() -> None:
        async with watched(PostgresStore(web_edition_dsn, SCHEMA)) as (store, _, seen):
            await asyncio.to_thread(
                execute, "INSERT INTO sessions (id, title) VALUES (gen_random_uuid(), 'new')"
            )
            session = (await store.call(Store.list_sessions))[0]
            upsert = Change(table=Table.SESSIONS, operation=Operation.UPSERT, id=session.id)
            await seen.until(upsert)
            await asyncio.to_thread(
                execute,
                f"INSERT INTO messages (session_id, role, content) VALUES ('{session.id}', 'user', 'hi')",
            )
            (message,) = await store.call(Store.history, session.id)
            told = Change(
                table=Table.MESSAGES, operation=Operation.UPSERT, id=message.id, session_id=session.id
            )
            await seen.until(told)
            await asyncio.to_thread(execute, "DELETE FROM messages WHERE content = 'hi'")
            await seen.until(replace(told, operation=Operation.DELETE))
            await asyncio.to_thread(execute, f"DELETE FROM sessions WHERE id = '{session.id}'")
            await seen.until(replace(upsert, operation=Operation.DELETE))
            role = (await store.call(Store.list_roles))[0]
            await asyncio.to_thread(execute, f"UPDATE roles SET name = 'other' WHERE id = '{role.id}'")
            await seen.until(Change(table=Table.ROLES, operation=Operation.UPSERT, id=role.id))

    asyncio.run(run())


def test_a_long_message_is_told_by_its_id_alone(web_edition_dsn: str) -> None:
    async def run() -> None:
        async with watched(PostgresStore(web_edition_dsn, SCHEMA)) as (store, _, seen):
            session = (await store.call(Store.list_sessions))[0]
            message = await store.call(Store.save_message, make_message(session, "x" * 1_000_000))
            await seen.until(
                Change(table=Table.MESSAGES, operation=Operation.UPSERT, id=message.id, session_id=session.id)
            )

    asyncio.run(run())


def test_bulk_changes_are_told_in_few_words(web_edition_dsn: str, execute: Execute) -> None:
    async def run() -> None:
        async with watched(PostgresStore(web_edition_dsn, SCHEMA)) as (store, _, seen):
            session = make_session()
            messages = [make_message(session) for _ in range(2000)]
            await store.call(Store.restore_session, session, messages)
            await seen.until(RESYNC)
            assert len(seen.changes) < 10
            seen.changes.clear()
            await store.call(Store.delete_session, session.id)
            await seen.until(Change(table=Table.SESSIONS, operation=Operation.DELETE, id=session.id))
            assert len(seen.changes) < 10
            await store.call(Store.restore_session, session, messages)
            seen.changes.clear()
            await asyncio.to_thread(execute, f"DELETE FROM sessions WHERE id = '{session.id}'")
            await seen.until(RESYNC)
            assert len(seen.changes) < 10

    asyncio.run(run())


def test_what_was_missed_while_the_connection_was_away(web_edition_dsn: str, execute: Execute) -> None:
    async def run() -> None:
        async with watched(PostgresStore(web_edition_dsn, SCHEMA)) as (_, _, seen):
            await asyncio.to_thread(
                execute,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            await asyncio.to_thread(execute, "INSERT INTO sessions DEFAULT VALUES")
            await seen.until(RESYNC, within_s=5, times=2)  # It was lost; it is there again.
            seen.changes.clear()
            role_id = new_id()
            insert = f"INSERT INTO roles (id, name, instructions) VALUES ('{role_id}', 'a', 'b')"
            await asyncio.to_thread(execute, insert)
            await seen.until(Change(table=Table.ROLES, operation=Operation.UPSERT, id=role_id))

    asyncio.run(run())


def test_a_server_that_comes_back(postgres_server: OwnServer, web_edition_dsn: str) -> None:
    async def run() -> None:
        async with watched(PostgresStore(web_edition_dsn, SCHEMA)) as (store, _, seen):
            postgres_server.stop()
            await seen.until(RESYNC)  # Told at once: whoever reads now learns that the database is away.
            await asyncio.sleep(1.5)
            assert seen.changes == [RESYNC]
            postgres_server.start()
            await seen.until(RESYNC, within_s=10, times=2)
            role = await store.call(Store.save_role, make_role("after"))
            await seen.until(Change(table=Table.ROLES, operation=Operation.UPSERT, id=role.id))

    try:
        asyncio.run(run())
    finally:
        postgres_server.start()


def test_without_triggers_the_tables_are_looked_at(
    web_edition_dsn: str, postgres_server: OwnServer, execute: Execute
) -> None:
    execute(SCHEMA.read_text() + "DROP TRIGGER trg_messages_notify ON messages")
    store = PostgresStore(least_privileged(web_edition_dsn, postgres_server), SCHEMA)
    store.open()
    session = store.list_sessions()[0]
    store.close()

    async def run() -> None:
        async with watched(store) as (_, watching, seen):
            watching.show([session.id])
            await asyncio.sleep(1.2)
            for change in (
                "INSERT INTO sessions DEFAULT VALUES",
                "UPDATE sessions SET pinned = true WHERE title = 'New Chat'",
                f"INSERT INTO messages (session_id, role, content) VALUES ('{session.id}', 'user', 'hi')",
                "UPDATE messages SET content = 'changed' WHERE content = 'hi'",
                "DELETE FROM messages WHERE content = 'changed'",
                "DELETE FROM roles WHERE name = 'architect'",
            ):
                seen.changes.clear()
                await asyncio.to_thread(execute, change)
                await seen.until(RESYNC)

    asyncio.run(run())


def test_where_notifications_are_swallowed_the_tables_are_looked_at(
    web_edition_dsn: str, execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a pooler does that gives each transaction another server connection: LISTEN succeeds and nothing ever comes.
    monkeypatch.setattr("chat2anyllm_desktop.store.watch._PROOF_S", 0.2)
    monkeypatch.setattr(psycopg.Connection, "notifies", lambda *_, **__: iter(()))

    async def run() -> None:
        async with watched(PostgresStore(web_edition_dsn, SCHEMA)) as (_, _, seen):
            await asyncio.to_thread(execute, "INSERT INTO sessions DEFAULT VALUES")
            await seen.until(RESYNC)

    asyncio.run(run())


def test_other_words_on_the_channel_are_ignored(web_edition_dsn: str, execute: Execute) -> None:
    async def run() -> None:
        async with watched(PostgresStore(web_edition_dsn, SCHEMA)) as (_, _, seen):
            for payload in (
                "",
                "x",
                "[]",
                "3",
                '{"table": "planets", "op": "upsert", "id": "1"}',
                '{"table": "roles"}',
            ):
                await asyncio.to_thread(execute, f"SELECT pg_notify('chat2anyllm', '{payload}')")
            await asyncio.to_thread(execute, """SELECT pg_notify('chat2anyllm', '{"op": "resync"}')""")
            await seen.until(RESYNC)
            assert seen.changes == [RESYNC]

    asyncio.run(run())


def test_stopping_ends_the_thread_and_is_final(web_edition_dsn: str, execute: Execute) -> None:
    async def run() -> None:
        async with watched(PostgresStore(web_edition_dsn, SCHEMA)) as (_, watching, seen):
            (thread,) = [thread for thread in threading.enumerate() if thread.name.startswith("watch ")]
            await watching.stop()
            thread.join(10)
            assert not thread.is_alive()
            await asyncio.to_thread(execute, "INSERT INTO sessions DEFAULT VALUES")
            await asyncio.sleep(0.1)
            assert seen.changes == []

    asyncio.run(run())


def test_stopping_while_the_host_does_not_answer() -> None:
    async def run() -> None:
        # 192.0.2.0/24 is for documentation: nobody answers there.
        store = ThreadedStore(PostgresStore("postgresql://u:p@192.0.2.1/x", SCHEMA))
        watching = watcher(store)
        watching.start(lambda change: pytest.fail(f"told {change}"))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(2):
            await watching.stop()

    asyncio.run(run())


def test_another_process_on_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    code = (
        "import sys\nfrom pathlib import Path\nfrom chat2anyllm_desktop.store.sqlite import SqliteStore\n"
        "from chat2anyllm_desktop.core.models import *\n"
        "store = SqliteStore(Path(sys.argv[1]))\n"
        "store.save_session(Session(id=new_id(), title='theirs', created_at=utc_now(), updated_at=utc_now()))\n"
        "store.close()\n"
    )

    async def run() -> list[Session]:
        async with watched(SqliteStore(file)) as (store, _, seen):
            await store.call(Store.save_session, make_session("ours"))
            await asyncio.sleep(0.7)
            assert seen.changes == []  # Our own writes are no news.
            await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, str(file)], check=True)
            await seen.until(RESYNC)
            assert seen.changes == [RESYNC]
            return await store.call(Store.list_sessions)

    assert [session.title for session in asyncio.run(run())] == ["theirs", "ours"]


def test_another_database_of_the_server_is_not_ours(
    postgres_server: OwnServer, new_database: Callable[[Server], str], web_edition_dsn: str, execute: Execute
) -> None:
    async def run() -> None:
        async with watched(PostgresStore(new_database(postgres_server), SCHEMA)) as (_, _, seen):
            await asyncio.to_thread(execute, f"INSERT INTO sessions (id) VALUES ('{new_id()}')")
            await asyncio.sleep(0.3)
            assert seen.changes == []

    asyncio.run(run())
