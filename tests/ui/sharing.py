"""Other clients of the history that the window under test uses: what they write, and how soon it is seen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import psycopg

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import Author, Message
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.postgres import PostgresStore
from chat2anyllm_desktop.store.threaded import ThreadedStore
from tests.ui.window_driver import WindowDriver

LIVE_S = 1.5
"""A second is promised; the rest is for a machine that does other things meanwhile."""


class OtherClient:
    """SQL as the web edition sends it, on a connection of its own for each statement."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    async def execute(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement; the rows it returns."""
        return await asyncio.to_thread(self._execute, query, values)

    async def insert_session(self, title: str) -> str:
        """A session without an id of ours, as the web edition makes them."""
        return str((await self.execute("INSERT INTO sessions (title) VALUES (%s) RETURNING id", title))[0][0])

    async def insert_message(self, session_id: str, role: str, content: str) -> str:
        """A message with the columns that the web edition knows."""
        query = "INSERT INTO messages (session_id, role, content) VALUES (%s, %s, %s) RETURNING id"
        return str((await self.execute(query, session_id, role, content))[0][0])

    async def count(self, table: str) -> int:
        return int((await self.execute(f"SELECT count(*) FROM {table}"))[0][0])

    def _execute(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []


class OtherDesktop:
    """The store of another desktop on the same database."""

    def __init__(self, dsn: str) -> None:
        self._store = ThreadedStore(PostgresStore(dsn, paths.resource("schema.sql")))

    async def save(self, message: Message) -> Message:
        return await self._store.call(Store.save_message, message)

    async def aclose(self) -> None:
        await self._store.aclose()


async def soon(desk: WindowDriver, condition: Callable[[], object], what: str) -> float:
    """Wait for what another client did to be seen; fails when it took too long. Returns the seconds."""
    began = time.monotonic()
    await desk.until(condition, what)
    took = time.monotonic() - began
    assert took < LIVE_S, f"{what} took {took:.2f} s"
    return took


def contents(desk: WindowDriver, author: Author | None = None) -> list[str]:
    """The texts in the transcript (of one author)."""
    return [message.content for message in desk.messages() if author in (None, message.author)]


def titles(desk: WindowDriver) -> list[str]:
    """The rows of the sessions panel, from the top."""
    model = desk.window.sessions_dock.model
    return [session.title for key in model.shown() if (session := model.session(key)) is not None]


def role_names(desk: WindowDriver) -> list[str]:
    """The rows of the roles panel."""
    return [role.name for role in desk.wiring.controller.library.roles]
