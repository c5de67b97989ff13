"""One request and the reading of its response, by a task of its own.

A task of its own, because httpx hands out one HTTP chunk at a time and its generators must be closed by the task that
opened them. While the task drains what the kernel has gathered, its consumer is not run; it wakes once, to everything
that came. So chunks are joined without a look at the clock, and without delaying any.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from chat2anyllm_desktop.llm.sockets import LoopStream

NAP_S = 0.014
"""Seconds: under one frame at 60 Hz. Meanwhile the kernel gathers what comes."""
NAP_AFTER_S = 0.002
"""Seconds of handling that earn a nap."""
_BUSY_CHUNKS = 4
"""So many chunks after one nap earn the next: the stream is fast (about 300 deltas a second or more)."""
_WAKE_COST_S = 0.0001
"""Seconds that one wake-up costs below us (event loop, anyio, h11, httpx), which we cannot see."""
_WAKEFUL_CHUNKS = 8
_WAKEFUL_S = 0.1
_PENDING_LIMIT = 1024 * 1024
"""Bytes waiting for the consumer before the socket is left alone (TCP then holds the sender back)."""
_LINGER_S = 1.0
"""Seconds that a finished answer's connection may take to end properly and so be used again."""


class Stalled(Exception):
    """Not a byte came for the stall timeout."""


class Reading:
    """A running request. Use: ``await head()``, then ``await take()`` until it gives ``b""``; ``close()`` always.

    Lives on the event loop's thread. ``head`` and ``take`` raise :class:`Stalled` or what httpx raised.
    """

    def __init__(self, client: httpx.AsyncClient, request: httpx.Request, *, stall_timeout_s: float) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self._client = client
        self._request = request
        self._stall_timeout_s = stall_timeout_s
        self._loop = asyncio.get_running_loop()
        self._stream: LoopStream | None = None
        self._news = asyncio.Event()
        self._taken = asyncio.Event()
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._chunks = 0
        self._began_at = 0.0
        self._handled_s = 0.0
        self._busy_since: float | None = None
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
        if not self.status and self._problem is not None:
            raise self._problem

    async def take(self) -> bytes:
        """All bytes that have come since the last call, at least one; ``b""`` at the end of the response."""
        now = self._loop.time()
        if self._busy_since is not None:
            self._handled_s += now - self._busy_since
            if self._handled_s >= NAP_AFTER_S:
                self._nap_due = True
        while not self._pending:
            if self._problem is not None:
                raise self._problem
            if self._done:
                return b""
            await self._wait()
        self._busy_since = self._loop.time()
        self._handled_s += _WAKE_COST_S
        if len(self._pending) >= _BUSY_CHUNKS:
            self._nap_due = True
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

    async def _wait(self) -> None:
        await self._news.wait()
        self._news.clear()

    async def _run(self) -> None:
        try:
            response = await self._client.send(self._request, stream=True)
            try:
                self.status = response.status_code
                self.headers = response.headers
                self._stream = response.extensions["network_stream"]
                self._last_byte = self._loop.time()
                self._news.set()
                await self._read_all(response)
            finally:
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

    async def _read_all(self, response: httpx.Response) -> None:
        cancelled: asyncio.CancelledError | None = None
        try:
            async for chunk in response.aiter_raw():
                try:
                    if cancelled is None:
                        await self._keep(chunk)
                except asyncio.CancelledError as error:
                    # Three generators lie below us, and leaving the loop here would close none of them: qasync knows no
                    # finalizers of such. Reading on from a socket that is gone ends them, the innermost first.
                    cancelled = error
                    await response.extensions["network_stream"].aclose()
        except Exception:
            if cancelled is None:
                raise
        if cancelled is not None:
            raise cancelled

    async def _keep(self, chunk: bytes) -> None:
        now = self._last_byte = self._loop.time()
        if self._discarding or not chunk:
            return
        self._pending.append(chunk)
        self._pending_bytes += len(chunk)
        self._chunks += 1
        if not self._began_at:
            self._began_at = now
        self._news.set()
        if self._nap_due and self._chunks > _WAKEFUL_CHUNKS and now - self._began_at > _WAKEFUL_S:
            self._nap_due = False
            self._handled_s = 0.0
            await self._nap()
        while self._pending_bytes > _PENDING_LIMIT and not self._discarding:
            self._taken.clear()
            await self._taken.wait()
            self._last_byte = self._loop.time()

    async def _nap(self) -> None:
        """Leave the socket alone for a moment: one wake-up for what would have been many."""
        stream = self._stream
        if stream is not None:
            stream.pause()
        try:
            await asyncio.sleep(NAP_S)
        finally:
            if stream is not None:
                stream.resume()

    def _look(self) -> None:
        if self._done:
            return
        idle = self._loop.time() - self._last_byte
        if (
            self._pending or idle < self._stall_timeout_s - 0.001
        ):  # Pending bytes: our consumer is the slow one.
            wait = self._stall_timeout_s - (0 if self._pending else idle)
            self._watchdog = self._loop.call_later(wait, self._look)
        else:
            self._stalled = True
            self.task.cancel()
