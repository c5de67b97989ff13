"""An awaitable face for a store: one worker thread per backend, first come, first served.

Threads, because psycopg's own asyncio does not work on the loop that Qt needs on Windows, and sqlite3 has none.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from chat2anyllm_desktop.core.errors import StoreError, StoreUnavailableError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.search import Hit, Search

_log = logging.getLogger(__name__)

_FIRST_RETRY_S = 1.0
_LAST_RETRY_S = 8.0
"""A refused connection costs nothing, and somebody sits in front of it."""

P = ParamSpec("P")
T = TypeVar("T")

_Job = tuple[Callable[[], object], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class ThreadedStore:
    """Runs the verbs of a backend on a thread of its own, in the order in which they were asked for.

    Used from one event loop. Cancelling an awaited call does not take it back: it is still done, in its turn, and a
    failure is then only logged. So a cancelled save may be repeated without thinking, as every write may.
    """

    def __init__(self, backend: Store) -> None:
        self.backend = backend
        """For asking what it is; its verbs are for the worker thread alone."""
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting: set[asyncio.Future[Any]] = set()
        self._thread: threading.Thread | None = None
        self._closing = False

    @property
    def name(self) -> str:
        return self.backend.name

    @property
    def key(self) -> str:
        return self.backend.key

    @property
    def checkpoint_s(self) -> float:
        return self.backend.checkpoint_s

    async def call(self, verb: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``await store.call(Store.save_message, message)``: the verb of that name on the backend.

        Raises what the verb raises, and StoreError after :meth:`aclose`.
        """
        method = getattr(self.backend, verb.__name__)
        result: T = await self.run(lambda: method(*args, **kwargs))
        return result

    async def run(self, action: Callable[[], T]) -> T:
        """Do something with the backend on its thread, in its turn."""
        return await self._submit(action)

    async def search(self, search: Search) -> list[Hit]:
        """What ``Store.search`` finds. Unlike the other verbs it ends at once when it is cancelled: what is asked for next
        does not wait for it."""
        try:
            return await self._submit(lambda: self._searched(search))
        except asyncio.CancelledError:
            # On a thread of its own: a server is asked over another connection, and that may take its time.
            threading.Thread(target=search.call_off, name="search called off", daemon=True).start()
            raise

    def _searched(self, search: Search) -> list[Hit]:
        try:
            return [] if search.called_off else self.backend.search(search)
        except StoreError:
            if search.called_off:
                return []
            raise

    async def wait_until_open(self, on_problem: Callable[[StoreError], None]) -> None:
        """Open the backend, however long it takes: again after 1, 2, 4, 8, 8 ... seconds while it cannot be reached.

        ``on_problem`` is called with each StoreUnavailableError. What waiting does not help (wrong password, another
        program's tables) is raised.
        """
        delay = _FIRST_RETRY_S
        while True:
            opening = self._submit(self.backend.open)
            try:
                return await asyncio.shield(opening)
            except StoreUnavailableError as error:
                on_problem(error)
            except asyncio.CancelledError:
                opening.add_done_callback(_forget)
                raise
            await asyncio.sleep(delay)
            delay = min(2 * delay, _LAST_RETRY_S)

    async def aclose(self, within_s: float = 10.0) -> bool:
        """Finish what was asked for, then close the backend; no call is accepted any more.

        False when it was not done after ``within_s`` seconds: then the thread is left alone, and ends with the program.
        """
        if self._thread is None or self._closing:
            self._closing = True
            return True
        closing = self._submit(self.backend.close)
        self._closing = True
        self._jobs.put(None)
        done, _ = await asyncio.wait([closing], timeout=within_s)
        if not done:
            closing.cancel()
            _log.warning("the history %s did not close within %s s", self.name, within_s)
            return False
        closing.result()
        return True

    def abandon(self) -> None:
        """Wait for the backend no longer: who awaits a call gets StoreUnavailableError now, although it may still be
        carried out, and no call is accepted any more. For the end of a program whose database hangs."""
        if not self._closing:
            if self._thread is not None:
                self._submit(self.backend.close).add_done_callback(
                    _forget
                )  # When it comes to itself after all.
            self._closing = True
            self._jobs.put(None)
        for future in list(self._waiting):
            if not future.done():
                sentence = tr("The history {name} does not answer.", name=self.name)
                future.set_exception(StoreUnavailableError(sentence))

    def _submit(self, action: Callable[[], T]) -> asyncio.Future[T]:
        if self._closing:
            raise StoreError(tr("The history is closed already."))
        if self._thread is None:
            # Daemon: a database that does not answer must not keep the program from ending.
            self._thread = threading.Thread(target=self._work, name=f"store {self.name}", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        self._jobs.put((action, loop, future))
        return future

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            action, loop, future = job
            try:
                value, error = action(), None
            except BaseException as raised:  # noqa: BLE001 - handed over to who awaits it
                value, error = None, raised
            try:
                loop.call_soon_threadsafe(_settle, future, value, error)
            except RuntimeError:  # The loop is closed: nobody waits any more.
                if error is not None:
                    _log.warning("a call to the history failed after the end: %s", error)
            del job, action, future, value, error  # While waiting, keep no message and no traceback alive.


def _forget(future: asyncio.Future[Any]) -> None:
    """Nobody waits any more; how it ended is no news."""
    if not future.cancelled():
        future.exception()


def _settle(future: asyncio.Future[Any], value: object, error: BaseException | None) -> None:
    if future.done():
        if error is not None:
            level = logging.WARNING if future.cancelled() else logging.INFO  # INFO: it was abandoned.
            _log.log(level, "a call to the history that nobody waits for any more failed: %s", error)
    elif error is not None:
        future.set_exception(error)
    else:
        future.set_result(value)
