"""Every task of the program, by name: replaced in order, reported once, ended on exit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.core.language import tr

logger = logging.getLogger(__name__)

T = TypeVar("T")

STOP = "stop"
"""Cancel message: the user wants it to end."""
SHUTDOWN = "shutdown"
"""Cancel message: the program ends, or the connection to whoever wanted it is gone."""


class UnexpectedError(ChatError):
    """A fault of this program. What is known of it stands in the log, not in the sentence."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(
            tr("Something went wrong inside the program. What you wrote is kept; the log file tells more."),
            detail=type(error).__name__,
        )


async def to_end(work: Awaitable[T]) -> tuple[T, asyncio.CancelledError | None]:
    """Await what must not be broken off. Cancelling waits for its end like everybody, however often it is repeated; the
    first cancellation is returned, to be raised when the caller is done. Errors of the work are raised."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = cancelled or error
    return task.result(), cancelled


class Tasks:
    """The running tasks. Use on the event loop's thread.

    ``on_error(name, error)`` is called once for every task that failed. An exception that is no ChatError is a fault of
    ours: it goes to the log with its traceback, and an :class:`UnexpectedError` is reported.
    """

    def __init__(self, on_error: Callable[[str, ChatError], None]) -> None:
        self._on_error = on_error
        self._running: dict[str, asyncio.Task[None]] = {}
        self._all: set[asyncio.Task[None]] = set()
        self._closed = False

    def start(
        self, name: str, work: Coroutine[Any, Any, object], *, ended: Callable[[], None] | None = None
    ) -> None:
        """Run ``work`` under this name. A task that has the name already is cancelled, and ``work`` begins when it has
        ended. After :meth:`aclose` nothing is started any more. ``ended`` is called once the task is over, however it
        ended, also when it was cancelled before it began; :meth:`is_running` knows it no more then."""
        if self._closed:
            work.close()
            return
        before = self._running.get(name)
        if before is not None:
            before.cancel(STOP)
        task = asyncio.get_running_loop().create_task(self._run(name, work, before), name=name)
        self._running[name] = task
        self._all.add(task)
        task.add_done_callback(self._forget)
        # A task that is cancelled before its first step never closes what it was given.
        task.add_done_callback(lambda _: work.close())
        if ended is not None:
            task.add_done_callback(lambda _: ended())

    def is_running(self, name: str) -> bool:
        """Whether a task of this name has not ended yet."""
        task = self._running.get(name)
        return task is not None and not task.done()

    def cancel(self, name: str, message: str = STOP) -> bool:
        """Ask the task of this name to end; False when there is none. It is running until it has ended."""
        task = self._running.get(name)
        return task is not None and task.cancel(message)

    async def join(self, name: str) -> None:
        """Wait until no task of this name is left. Does not raise what the task raised."""
        while (task := self._running.get(name)) is not None:
            await asyncio.wait((task,))

    async def join_all(self, prefix: str) -> None:
        """Wait until no task is left whose name begins so."""
        while tasks := [task for name, task in self._running.items() if name.startswith(prefix)]:
            await asyncio.wait(tasks)

    async def aclose(self) -> None:
        """End everything: cancel all with :data:`SHUTDOWN`, and wait until all have ended, those that they started
        meanwhile among them. May be repeated."""
        self._closed = True
        mine = asyncio.current_task()
        for task in self._all:
            if task is not mine:
                task.cancel(SHUTDOWN)
        cancelled = None
        while others := [task for task in self._all if task is not mine]:
            _, again = await to_end(asyncio.wait(others))
            cancelled = cancelled or again
        if cancelled is not None:
            raise cancelled

    async def _run(
        self, name: str, work: Coroutine[Any, Any, object], before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            _, cancelled = await to_end(asyncio.wait((before,)))
            if cancelled is not None:
                raise cancelled
        try:
            await work
        except ChatError as error:
            self._on_error(name, error)
        except Exception as error:
            logger.exception("task %s failed", name)
            self._on_error(name, UnexpectedError(error))

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._all.discard(task)
        if self._running.get(task.get_name()) is task:
            del self._running[task.get_name()]
        if not task.cancelled() and (error := task.exception()) is not None:
            # Only on_error itself can have failed; nobody else is left to hear of it.
            logger.error("reporting a failure of task %s failed", task.get_name(), exc_info=error)
