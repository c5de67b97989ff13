"""Every store that the contract is run against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.postgres import PostgresStore
from chat2anyllm_desktop.store.sqlite import SqliteStore
from tests.real.postgres import Server

SERVERS = {
    "postgres": "postgres_server",
    "system-postgres": "system_postgres_server",
    "test-dsn": "foreign_postgres_server",
}

OpenPostgres = Callable[[str], PostgresStore]


@pytest.fixture
def open_postgres() -> Iterator[OpenPostgres]:
    """Open a store on the database of an address; closed when the test ends."""
    opened: list[PostgresStore] = []

    def open_store(dsn: str) -> PostgresStore:
        store = PostgresStore(dsn, paths.resource("schema.sql"))
        opened.append(store)
        store.open()
        return store

    yield open_store
    for store in opened:
        store.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store" in metafunc.fixturenames:
        kinds = ["sqlite", "sqlite-in-memory", "postgres", "system-postgres"]
        if metafunc.config.getoption("--test-dsn"):
            kinds.append("test-dsn")
        metafunc.parametrize("store", kinds, indirect=True)


@pytest.fixture
def store(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    open_postgres: OpenPostgres,
    new_database: Callable[[Server], str],
) -> Iterator[Store]:
    """An open, empty store of each kind."""
    if request.param in SERVERS:
        yield open_postgres(new_database(request.getfixturevalue(SERVERS[request.param])))
        return
    embedded = SqliteStore(None if "memory" in request.param else tmp_path / "history.sqlite3")
    embedded.open()
    yield embedded
    embedded.close()
