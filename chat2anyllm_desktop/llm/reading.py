"""One request and the reading of its response, by a task of its own.

A task of its own, because httpx hands out one HTTP chunk at a time and its generators must be closed by the task that
opened them. While the task drains what the kernel has gathered, its consumer is not run; it wakes once, to everything
that came. So chunks are joined without a look at the clock, and without delaying any.

Between two reads of a stream that is faster than the eye the task naps, while the kernel gathers: what wakes us (the
event loop, anyio, h11, our consumer, a painted frame) is paid once for what came meanwhile. Where another program reads
the stream it does not nap.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from chat2anyllm_desktop.llm.pacing import PacedStream

NAP_S = 0.025
"""Seconds: a little under the time between two growths of the text on screen. What comes less often
than that is never waited for."""
_WAKEFUL_CHUNKS = 8
"""The first chunks of a response are read as they come."""
_PENDING_LIMIT = 1024 * 1024
"""Bytes waiting for the consumer before the socket is left alone (TCP then holds the sender back)."""
_LINGER_S = 1.0
"""Seconds that a finished answer's connection may take to end properly and so be used again."""


class Stalled(Exception):
    """Not a byte came for the stall timeout."""


class Aborted(Exception):
    """The request was ended from our side before a response began."""


class Reading:
    """A running request. Use: ``await head()``, then ``await take()`` until it gives ``b""``; ``close()`` always.

    Lives on the event loop's thread. ``head`` and ``take`` raise :class:`Stalled` or what the transport raised, ``head``
    also :class:`Aborted`. The reader of its connection (:class:`~chat2anyllm_desktop.llm.pacing.Reader`).
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        request: httpx.Request,
        *,
        stall_timeout_s: float,
        nap_s: float = NAP_S,
        tap: Callable[[bytes], None] | None = None,
    ) -> None:
        """``tap`` gets the bytes of a response with status 200 as they come, also those that nobody takes any more, and
        ``b""`` when no more will come."""
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self._client = client
        self._request = request
        self._stall_timeout_s = stall_timeout_s
        self._nap_s = nap_s
        self._tap = tap
        self.tapped = False
        """Whether the tap got anything."""
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._taken = asyncio.Event()
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._chunks = 0
        self._read_at = 0.0
        self._nap_due = False
        self._done = False
        self._discarding = False
        self._stalled = False
        self._problem: Exception | None = None
        # The watchdog: one timer per stream, looked at when it fires instead of being moved at every byte.
        self._last_byte = self._loop.time()
        self._watchdog = self._loop.call_later(stall_timeout_s, self._look)
        self.task = self._loop.create_task(self._run())

    async def head(self) -> None:
        """Wait until ``status`` and ``headers`` are known."""
        await self._wait()
        if not self.status:
            raise self._problem or Aborted()

    async def take(self) -> bytes:
        """All bytes that have come since the last call, at least one; ``b""`` at the end of the response."""
        while not self._pending:
            if self._problem is not None:
                raise self._problem
            if self._done:
                return b""
            await self._wait()
        data = b"".join(self._pending)
        self._pending.clear()
        self._pending_bytes = 0
        self._taken.set()
        return data

    def close(self, *, finished: bool = False) -> None:
        """End the request: at once, which closes the socket and so stops the generation; or, when the answer is
        ``finished``, after a moment for the connection to end properly."""
        self._discarding = True
        self._pending.clear()
        self._taken.set()
        if self._done:
            return
        if finished:
            self._loop.call_later(_LINGER_S, self.task.cancel)
        else:
            self.task.cancel()

    async def may_read(self) -> None:
        while self._pending_bytes > _PENDING_LIMIT and not self._discarding:
            self._taken.clear()
            await self._taken.wait()
            self._last_byte = self._loop.time()
        if self._nap_due and not self._discarding:
            await asyncio.sleep(self._nap_s)
        self._read_at = self._loop.time()

    def has_read(self, *, full: bool) -> None:
        self._last_byte = self._loop.time()
        quick = self._last_byte - self._read_at < self._nap_s
        self._nap_due = quick and not full and self._chunks >= _WAKEFUL_CHUNKS

    async def _wait(self) -> None:
        await self._news.wait()
        self._news.clear()

    async def _run(self) -> None:
        try:
            response = await self._client.send(self._request, stream=True)
            connection: PacedStream = response.extensions["network_stream"]
            try:
                self.status = response.status_code
                self.headers = response.headers
                self._last_byte = self._loop.time()
                self._news.set()
                connection.reader = self
                # Nothing in this loop waits: cancelling reaches the innermost of the generators below it, and so all.
                async for chunk in response.aiter_raw():
                    self._keep(chunk)
            finally:
                connection.reader = None
                await response.aclose()
        except asyncio.CancelledError:
            if not self._stalled:
                raise
            self._problem = Stalled()
        except Exception as problem:  # noqa: BLE001 - the boundary: handed to the consumer, who reports it.
            self._problem = problem
        finally:
            self._done = True
            self._watchdog.cancel()
            self._news.set()
            if self._tap is not None and self.tapped:
                self._tap(b"")

    def _keep(self, chunk: bytes) -> None:
        if self._tap is not None and chunk and self.status == 200:
            self.tapped = True
            self._tap(chunk)
        if not self._discarding and chunk:
            self._pending.append(chunk)
            self._pending_bytes += len(chunk)
            self._chunks += 1
            self._news.set()

    def _look(self) -> None:
        if self._done:
            return
        idle = self._loop.time() - self._last_byte
        if self._pending:  # Our consumer is the slow one.
            self._watchdog = self._loop.call_later(self._stall_timeout_s, self._look)
        elif idle < self._stall_timeout_s - 0.001:
            self._watchdog = self._loop.call_later(self._stall_timeout_s - idle, self._look)
        else:
            self._stalled = True
            self.task.cancel()
