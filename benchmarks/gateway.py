"""A gateway in a process of its own that streams a fixed answer at a fixed pace and says when it did what.

``python -m benchmarks.gateway --deltas 20000 --rate 2000`` prints its port, then one JSON line for each finished answer:
``{"wire": t, "first": t, "last": t}`` in seconds of the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator

PARAGRAPH = (
    "The cache keeps *every* answer under the hash of its request. When two requests are equal, the second one is "
    "answered from there, and `usage.cost` is zero.\n\n"
    '```python\ndef lookup(key: str) -> bytes | None:\n    """The stored answer, or None."""\n'
    "    entry = table.get(key)\n    return entry.body if entry and not entry.stale else None\n```\n\n"
    "- **first** point, with a [link](https://example.org/a)\n- second point\n- third point\n\n"
    "| column | value |\n|---|---:|\n| hits | 1,024 |\n| misses | 12 |\n\n"
)
"""Markdown of the kind that models write; an answer repeats it, about five characters a delta."""

SIZE = 5
"""Characters in a delta, so that 20,000 deltas are 100 KB."""


def pieces(count: int) -> Iterator[str]:
    """``count`` deltas of the answer."""
    text = PARAGRAPH * (count * SIZE // len(PARAGRAPH) + 1)
    for index in range(count):
        yield text[index * SIZE : (index + 1) * SIZE]


def frame(delta: dict[str, object], finish: str | None = None) -> bytes:
    """One server-sent event as LiteLLM writes it, in an HTTP chunk."""
    choice: dict[str, object] = {"index": 0, "delta": delta}
    if finish:
        choice["finish_reason"] = finish
    body = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "model": "bench", "choices": [choice]}
    return chunk(b"data: " + json.dumps(body, separators=(",", ":")).encode() + b"\n\n")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def serve(deltas: int, rate: float) -> None:
    """Serve until killed. Deltas are sent each in a packet of its own, on an even clock."""
    frames = [frame({"content": piece}) for piece in pieces(deltas)]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
                await reader.readexactly(length)
                if head.startswith("get"):
                    body = b'{"data":[{"id":"bench","object":"model","owned_by":"bench"}]}'
                    status = b"404 Not Found" if b"model/info" in head.encode() else b"200 OK"
                    writer.write(b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n" % status)
                    writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
                    continue
                await stream(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def stream(writer: asyncio.StreamWriter) -> None:
        wire = time.monotonic()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        writer.write(frame({"role": "assistant", "content": ""}))
        began = time.monotonic()
        for index, data in enumerate(frames):
            ahead = began + index / rate - time.monotonic()
            if ahead > 0.0002:
                await asyncio.sleep(ahead)
            if writer.is_closing():  # Whoever asked has gone.
                return
            writer.write(data)
            if index % 64 == 0:
                await writer.drain()
        last = time.monotonic()
        writer.write(frame({}, "stop") + chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        await writer.drain()
        print(json.dumps({"wire": wire, "first": began, "last": last}), flush=True)

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deltas", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="deltas per second")
    arguments = parser.parse_args()
    try:
        asyncio.run(serve(arguments.deltas, arguments.rate))
    except KeyboardInterrupt:
        sys.exit(130)
