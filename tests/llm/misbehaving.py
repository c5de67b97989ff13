"""A gateway that does as it is told, well or badly: raw sockets on loopback, in a thread and loop of its own.

    with serve(answer(frame("Hel"), frame("lo"), DONE)) as server:
        client = GatewayClient(server.url, "sk-test")
        ...
        assert server.requests[0].json["model"] == "m"

A script is a list of steps: ``bytes`` are sent as they are, a ``float`` is a pause in seconds, a ``threading.Event`` is
waited for, and :data:`STALL`, :data:`CUT` and :data:`RESET` stand for what a broken gateway does. Scripts given to
:func:`serve` answer one request each, in order, the last one again and again; a function of the request chooses by
itself. ``GET`` requests are answered from ``models`` unless the script is a function. After a script the connection is
kept open for the next request, except after CUT and RESET or where the script's response said ``Connection: close``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

STALL: Literal["stall"] = "stall"
"""Keep the connection and send nothing more, until the client goes away or the server is closed."""
CUT: Literal["cut"] = "cut"
"""Close the connection in the middle."""
RESET: Literal["reset"] = "reset"
"""Close it with a TCP reset."""
FOREVER: Literal["forever"] = "forever"
"""Repeat the step before this one until the client goes away, without a pause longer than 5 ms."""

Step = bytes | float | threading.Event | Literal["stall", "cut", "reset", "forever"]
Script = Sequence[Step]

DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True)
class Request:
    """What the client sent."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """A running server. ``requests`` and ``disconnected`` may be read from any thread."""

    url: str = ""
    """With ``/v1``: what goes into the settings."""
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    """Connections accepted so far."""
    disconnected: threading.Event = field(default_factory=threading.Event)
    """A client closed its connection while its script still ran."""
    disconnected_at: float = 0.0
    """``time.monotonic()`` of that."""

    @property
    def chats(self) -> list[Request]:
        """The POST requests."""
        return [request for request in self.requests if request.method == "POST"]


def frame(
    text: str | None = None,
    *,
    reasoning: str | None = None,
    finish: str | None = None,
    usage: dict[str, Any] | None = None,
    **more: Any,
) -> bytes:
    """One chat.completion.chunk as LiteLLM sends it."""
    delta: dict[str, Any] = {}
    if text is not None:
        delta["content"] = text
    if reasoning is not None:
        delta["reasoning_content"] = reasoning
    choice: dict[str, Any] = {"index": 0, "delta": delta}
    if finish is not None:
        choice["finish_reason"] = finish
    chunk: dict[str, Any] = {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
    if usage is not None:
        chunk["usage"] = usage
    return event({**chunk, **more})


def event(value: Any) -> bytes:
    """Any value as a ``data:`` frame; text goes in as it is."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def chunk(data: bytes) -> bytes:
    """One chunk of ``Transfer-Encoding: chunked``."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n" if data else b""


def stream(*steps: Step, status: int = 200, headers: dict[str, str] | None = None) -> list[Step]:
    """A chunked event stream: bytes become chunks of their own. Ended properly unless the last step breaks it off."""
    head = {
        "Content-Type": "text/event-stream; charset=utf-8",
        **(headers or {}),
        "Transfer-Encoding": "chunked",
    }
    script: list[Step] = [_head(status, head)]
    script += [chunk(step) if isinstance(step, bytes) else step for step in steps]
    if not (steps and steps[-1] in (STALL, CUT, RESET, FOREVER)):
        script.append(b"0\r\n\r\n")
    return script


def answer(text: str = "Hello", *, usage: dict[str, Any] | None = None, pause_s: float = 0.0) -> list[Step]:
    """A whole, well-behaved answer, a word at a time."""
    steps: list[Step] = []
    for word in text.replace(" ", " \0").split("\0"):
        steps += [frame(word), pause_s] if pause_s else [frame(word)]
    steps.append(frame(finish="stop"))
    if usage is not None:
        steps.append(frame(usage=usage))
    return stream(*steps, DONE)


def reply(
    status: int,
    body: bytes | str | dict[str, Any] | list[Any] = b"",
    *,
    content_type: str | None = None,
    headers: dict[str, str] | None = None,
) -> list[Step]:
    """A plain response: a dict or list is sent as JSON, a str as text/plain unless it begins with ``<``."""
    if isinstance(body, dict | list):
        data, kind = json.dumps(body).encode(), "application/json"
    elif isinstance(body, str):
        data, kind = body.encode(), "text/html" if body.lstrip().startswith("<") else "text/plain"
    else:
        data, kind = body, "application/octet-stream"
    fields = {"Content-Type": content_type or kind, **(headers or {}), "Content-Length": str(len(data))}
    return [_head(status, fields), data]


def refusal(
    status: int, message: str, *, kind: str | None = None, headers: dict[str, str] | None = None
) -> list[Step]:
    """An error as LiteLLM words it."""
    error = {"message": message, "type": kind, "param": None, "code": str(status)}
    return reply(status, {"error": error}, headers=headers)


def error_frame(message: str, code: str = "500", kind: str | None = None) -> bytes:
    """An error in the middle of a stream as LiteLLM sends it: the code is a string."""
    return event({"error": {"message": message, "type": kind, "param": None, "code": code}})


def model_list(*names: str) -> list[Step]:
    """What ``GET /v1/model/info`` gives for chat models of these names."""
    entries = [{"model_name": name, "litellm_params": {}, "model_info": {"mode": "chat"}} for name in names]
    return reply(200, {"data": entries})


@contextlib.contextmanager
def serve(
    *scripts: Script | Callable[[Request], Script],
    models: Iterable[str] = ("m",),
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Iterator[Server]:
    """Run a server until the block ends. Use it from any thread, also beside a running event loop."""
    server = Server()
    worker = _Worker(server, list(scripts), list(models))
    listener = socket.create_server((host, port))
    server.port = listener.getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://{host}:{server.port}/v1"
    thread = threading.Thread(target=worker.run, args=(listener, tls), name="misbehaving", daemon=True)
    thread.start()
    worker.ready.wait(5)
    try:
        yield server
    finally:
        worker.stop()
        thread.join(5)
        assert not thread.is_alive(), "the loopback server did not end"


class _Worker:
    def __init__(
        self, server: Server, scripts: list[Script | Callable[[Request], Script]], models: list[str]
    ) -> None:
        self.ready = threading.Event()
        self._server = server
        self._scripts = scripts
        self._models = models
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        try:
            self._loop.run_until_complete(self._serve(listener, tls))
        finally:
            self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)

    async def _serve(self, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        server = await asyncio.start_server(self._accept, sock=listener, ssl=tls)
        self._loop.set_exception_handler(lambda _loop, _context: None)  # Broken connections are what we make.
        self.ready.set()
        await self._stopping.wait()
        server.close()
        await asyncio.sleep(0.02)  # A client that has just closed its end is seen to have done so.
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._server.connections += 1
        try:
            async for request in _requests(reader):
                self._server.requests.append(request)
                if not await self._play(self._script(request), reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    def _script(self, request: Request) -> Script:
        first = self._scripts[0] if self._scripts else answer()
        if callable(first):
            return first(request)
        if request.method == "GET":
            return model_list(*self._models)
        if len(self._scripts) > 1:
            self._scripts.pop(0)
        return first

    async def _play(self, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """False when the connection is over."""
        gone = asyncio.create_task(_gone(reader))
        playing = asyncio.create_task(self._steps(script, writer))
        try:
            await asyncio.wait({gone, playing}, return_when=asyncio.FIRST_COMPLETED)
            if not playing.done():
                self._server.disconnected_at = time.monotonic()
                self._server.disconnected.set()
                return False
            try:
                return playing.result()
            except ConnectionError:
                self._server.disconnected_at = time.monotonic()
                self._server.disconnected.set()
                return False
        finally:
            for task in (gone, playing):
                task.cancel()
            await asyncio.gather(gone, playing, return_exceptions=True)

    async def _steps(self, script: Script, writer: asyncio.StreamWriter) -> bool:
        before: bytes = b""
        for step in script:
            if isinstance(step, bytes):
                before = step
                writer.write(step)
                await writer.drain()
            elif isinstance(step, float | int):
                await asyncio.sleep(step)
            elif isinstance(step, threading.Event):
                while not step.is_set():  # noqa: ASYNC110 - it is set by another thread
                    await asyncio.sleep(0.002)
            elif step == STALL:
                await asyncio.Event().wait()
            elif step == FOREVER:
                while True:
                    writer.write(before)
                    await writer.drain()
                    await asyncio.sleep(0.005)
            else:
                if step == RESET:
                    raw = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    writer.transport.abort()
                return False
        return b"connection: close" not in bytes(script[0]).lower() if isinstance(script[0], bytes) else True


async def _requests(reader: asyncio.StreamReader) -> AsyncIterator[Request]:
    while True:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except asyncio.IncompleteReadError:
            return
        method, path, _ = head[0].split(" ", 2)
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        yield Request(method, path, headers, body)


async def _gone(reader: asyncio.StreamReader) -> None:
    """Until the client has closed its end; looked at without taking a byte of a next request."""
    while not reader.at_eof() and reader.exception() is None:  # noqa: ASYNC110 - a StreamReader tells nobody
        await asyncio.sleep(0.005)


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
