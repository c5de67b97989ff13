# ruff: noqa: ASYNC109 - the timeout parameters are httpcore's interface.
"""Connections that are read when their reader wants to.

The seam is httpcore's documented interface for network backends; all networking is that of its own backend. It is the
only place where a reader can wait *between* two reads of the socket: above it, in a loop over httpx's chunks, waiting
would hold back what has been received already, and being cancelled there would leave httpx's generators open.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any, Protocol

import httpcore


class Reader(Protocol):
    """Who reads a connection."""

    async def may_read(self) -> None:
        """Awaited before each read, when all that was received has been handed over."""

    def has_read(self, *, full: bool) -> None:
        """Called after each read; ``full`` when there was as much as was asked for, so more is waiting."""


class PacedStream(httpcore.AsyncNetworkStream):
    """One connection. ``reader`` is asked before each read while it is set."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self.reader: Reader | None = None
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        reader = self.reader
        if reader is None:
            return await self._stream.read(max_bytes, timeout)
        await reader.may_read()
        data = await self._stream.read(max_bytes, timeout)
        reader.has_read(full=len(data) == max_bytes)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> PacedStream:
        return PacedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class PacedBackend(httpcore.AsyncNetworkBackend):
    """Connects as httpcore does under asyncio."""

    def __init__(self) -> None:
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> PacedStream:
        return PacedStream(
            await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        )

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)
