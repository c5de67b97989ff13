# ruff: noqa: ASYNC109 - the timeout parameters are httpcore's interface.
"""TCP and TLS for the HTTP client, straight on the event loop's transports.

httpcore's own asyncio backend goes through anyio, which registers the socket anew for every read and yields to the loop
once more each time. Under qasync, where either is a Qt object, that was 40 % of a stream's CPU (500 deltas at 100/s:
0.36 s against 0.22 s). This keeps httpcore's documented interface for network backends.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

_READ_AHEAD = 256 * 1024
"""Bytes kept for a reader that is slow before the socket is left alone."""


class LoopBackend(httpcore.AsyncNetworkBackend):
    """Connects through the running loop, whichever it is."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> LoopStream:
        """``local_address`` and ``socket_options`` are not used by us. asyncio itself switches Nagle's delay off."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                _, protocol = await loop.create_connection(_Inbox, host, port, happy_eyeballs_delay=0.25)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return LoopStream(protocol)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class LoopStream(httpcore.AsyncNetworkStream):
    """One connection. Raises httpcore's errors."""

    def __init__(self, inbox: _Inbox) -> None:
        self._inbox = inbox

    def pause(self) -> None:
        """Leave the socket alone, so that the kernel gathers what comes and wakes nobody."""
        self._inbox.hold(True)

    def resume(self) -> None:
        """The opposite of :meth:`pause`."""
        self._inbox.hold(False)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if timeout is None:
            return await self._inbox.take(max_bytes)
        try:
            async with asyncio.timeout(timeout):
                return await self._inbox.take(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            async with asyncio.timeout(timeout):
                await self._inbox.send(buffer)
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error

    async def aclose(self) -> None:
        self._inbox.transport.abort()
        await asyncio.sleep(0)  # The loop closes the socket in its next round.

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> LoopStream:
        inbox = self._inbox
        try:
            secured = await _handshake(inbox, ssl_context, server_hostname, timeout)
        except OSError as error:  # SSLError is one.
            inbox.transport.abort()
            raise httpcore.ConnectError(str(error)) from error
        if secured is None:
            raise httpcore.ConnectError("the connection was closed during the TLS handshake")
        inbox.transport = secured
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # Asked of an idle connection: readable means that the server closed it.
            return self._inbox.over or self._inbox.transport.is_closing()
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._inbox.transport.get_extra_info(names.get(info, info))


async def _handshake(
    inbox: _Inbox, ssl_context: ssl.SSLContext, server_hostname: str | None, timeout: float | None
) -> asyncio.Transport | None:
    try:
        async with asyncio.timeout(timeout):
            return await asyncio.get_running_loop().start_tls(
                inbox.transport, inbox, ssl_context, server_hostname=server_hostname
            )
    except TimeoutError as error:
        raise ssl.SSLError(ssl.SSL_ERROR_WANT_READ, "no answer to the TLS handshake") from error


class _Inbox(asyncio.Protocol):
    """What has come and was not read yet."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.over = False
        self._error: Exception | None = None
        self._data = bytearray()
        self._reader: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._full = False
        self._held = False

    async def take(self, max_bytes: int) -> bytes:
        """At least one byte, or ``b""`` at the end."""
        while not self._data:
            if self._error is not None:
                raise httpcore.ReadError(str(self._error)) from self._error
            if self.over:
                return b""
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        data = bytes(self._data[:max_bytes])
        del self._data[:max_bytes]
        if self._full and len(self._data) < _READ_AHEAD:
            self._full = False
            self._apply()
        return data

    async def send(self, data: bytes) -> None:
        if self.transport.is_closing():
            raise httpcore.WriteError("the connection is closed")
        self.transport.write(data)
        if not self._writable.is_set():
            await self._writable.wait()
        if self._error is not None:
            raise httpcore.WriteError(str(self._error)) from self._error

    def hold(self, held: bool) -> None:
        self._held = held
        self._apply()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        if len(self._data) >= _READ_AHEAD and not self._full:
            self._full = True
            self._apply()
        self._wake()

    def eof_received(self) -> None:
        self.over = True
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self.over = True
        self._error = error
        self._writable.set()
        self._wake()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _apply(self) -> None:
        if self.transport.is_closing():
            return
        wanted = not (self._full or self._held)
        if wanted and not self.transport.is_reading():
            self.transport.resume_reading()
        elif not wanted and self.transport.is_reading():
            self.transport.pause_reading()

    def _wake(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None and not reader.done():
            reader.set_result(None)
