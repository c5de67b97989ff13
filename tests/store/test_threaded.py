"""The awaitable face: order, errors, cancellation, closing, waiting for a database."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.errors import NotFoundError, StoreError, StoreUnavailableError
from chat2anyllm_desktop.core.models import Message, new_id
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.postgres import PostgresStore
from chat2anyllm_desktop.store.sqlite import SqliteStore
from chat2anyllm_desktop.store.threaded import ThreadedStore
from tests.real.postgres import OwnServer
from tests.store.making import make_message, make_session


def test_verbs_are_awaited_in_order_on_one_thread(tmp_path: Path) -> None:
    async def run() -> list[Message]:
        store = ThreadedStore(SqliteStore(tmp_path / "history.sqlite3"))
        await store.call(Store.open)
        session = await store.call(Store.save_session, make_session())
        saves = [store.call(Store.save_message, make_message(session, str(number))) for number in range(20)]
        _, history = await asyncio.gather(asyncio.gather(*saves), store.call(Store.history, session.id))
        threads = {await store.run(threading.current_thread) for _ in range(3)}
        assert len(threads) == 1
        assert threading.current_thread() not in threads
        assert await store.call(Store.page_messages, session.id, before=history[2]) == history[:2]
        assert await store.aclose()
        thread = threads.pop()
        thread.join(5)
        assert not thread.is_alive()
        return history

    assert [message.content for message in asyncio.run(run())] == [str(number) for number in range(20)]


def test_errors_reach_who_awaits(tmp_path: Path) -> None:
    async def run() -> None:
        store = ThreadedStore(SqliteStore(None))
        with pytest.raises(NotFoundError):
            await store.call(Store.get_session, new_id())
        with pytest.raises(ZeroDivisionError):
            await store.run(lambda: 1 / 0)
        assert await store.call(Store.list_sessions) == []
        await store.aclose()

    asyncio.run(run())


def test_a_cancelled_save_is_still_done(tmp_path: Path) -> None:
    async def run() -> None:
        store = ThreadedStore(SqliteStore(tmp_path / "history.sqlite3"))
        session = await store.call(Store.save_session, make_session())
        gate = threading.Event()
        blocked = asyncio.ensure_future(store.run(gate.wait))
        saving = asyncio.ensure_future(store.call(Store.save_message, make_message(session)))
        await asyncio.sleep(0.01)
        saving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await saving
        gate.set()
        await blocked
        assert await store.call(Store.count_messages, session.id) == 1
        await store.aclose()

    asyncio.run(run())


@pytest.mark.expects_warnings
def test_a_failure_that_nobody_waits_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        store = ThreadedStore(SqliteStore(None))
        failing = asyncio.ensure_future(store.call(Store.save_message, make_message(make_session())))
        await asyncio.sleep(0)
        failing.cancel()
        await store.run(lambda: None)
        await asyncio.sleep(0.01)
        await store.aclose()

    asyncio.run(run())
    assert "nobody waits for" in caplog.text


def test_closing_finishes_what_is_queued(tmp_path: Path) -> None:
    async def run() -> None:
        backend = SqliteStore(tmp_path / "history.sqlite3")
        store = ThreadedStore(backend)
        session = await store.call(Store.save_session, make_session())
        saves = [
            asyncio.ensure_future(store.call(Store.save_message, make_message(session))) for _ in range(30)
        ]
        await asyncio.sleep(0)
        assert await store.aclose()
        assert await store.aclose()
        assert len(await asyncio.gather(*saves)) == 30
        with pytest.raises(StoreError, match="closed"):
            await store.call(Store.list_sessions)
        backend.open()
        assert backend.count_messages(session.id) == 30
        backend.close()

    asyncio.run(run())


@pytest.mark.expects_warnings
def test_closing_does_not_wait_for_ever() -> None:
    async def run() -> None:
        store = ThreadedStore(SqliteStore(None))
        gate = threading.Event()
        stuck = asyncio.ensure_future(store.run(gate.wait))
        await asyncio.sleep(0)
        started = time.monotonic()
        assert not await store.aclose(within_s=0.1)
        assert time.monotonic() - started < 5
        gate.set()
        assert await stuck

    asyncio.run(run())


def test_what_hangs_is_abandoned() -> None:
    async def run() -> None:
        store = ThreadedStore(SqliteStore(None))
        gate = threading.Event()
        stuck = asyncio.ensure_future(store.run(gate.wait))
        queued = asyncio.ensure_future(store.call(Store.list_sessions))
        await asyncio.sleep(0)
        store.abandon()
        for call in (stuck, queued):
            with pytest.raises(StoreUnavailableError, match="does not answer"):
                await call
        with pytest.raises(StoreError, match="closed"):
            await store.call(Store.list_sessions)
        assert await store.aclose()
        gate.set()
        await asyncio.sleep(0.05)  # What the thread still brings is nobody's any more.

    asyncio.run(run())


def test_closing_what_was_never_used() -> None:
    assert asyncio.run(ThreadedStore(SqliteStore(None)).aclose())


def test_waiting_for_a_database_that_comes_later(
    postgres_server: OwnServer, new_database: Callable[[OwnServer], str]
) -> None:
    dsn = new_database(postgres_server)
    postgres_server.stop()
    problems: list[StoreError] = []

    async def run() -> None:
        store = ThreadedStore(PostgresStore(dsn, paths.resource("schema.sql")))
        told = asyncio.Event()

        def on_problem(problem: StoreError) -> None:
            problems.append(problem)
            told.set()

        opening = asyncio.ensure_future(store.wait_until_open(on_problem))
        await told.wait()
        postgres_server.start()
        await asyncio.wait_for(opening, 20)
        assert await store.call(Store.list_sessions) == []
        await store.aclose()

    try:
        asyncio.run(run())
    finally:
        postgres_server.start()
    assert "No database answers at 127.0.0.1" in str(problems[0])


def test_waiting_ends_when_waiting_does_not_help(postgres_server: OwnServer) -> None:
    dsn = postgres_server.dsn("postgres", password="wrong")

    async def run() -> None:
        store = ThreadedStore(PostgresStore(dsn, paths.resource("schema.sql")))
        with pytest.raises(StoreError, match="refuses the user name or password"):
            await store.wait_until_open(lambda problem: pytest.fail(str(problem)))
        await store.aclose()

    asyncio.run(run())
