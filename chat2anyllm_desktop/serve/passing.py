"""A response that is passed on piece by piece, and ends what makes it when who asked goes away."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Protocol

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from chat2anyllm_desktop.core.errors import ChatError, GatewayError, StallError, StreamCutError
from chat2anyllm_desktop.serve.refusals import Refusal, refusal_of

EVENTS = "text/event-stream"


class Source(Protocol):
    """Where the pieces come from."""

    async def head(self) -> tuple[int, str]:
        """Status and content type, once they are known. Raises ChatError or Refusal."""

    async def take(self) -> bytes:
        """The next piece; ``b""`` at the end, and after :meth:`close`. Raises ChatError."""

    def close(self) -> None:
        """Nobody wants any more. May be repeated."""


class Passing(Response):
    """Sends what a source gives, as it comes."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watch = asyncio.ensure_future(self._close_when_gone(receive))
        try:
            await self._pass(scope, receive, send)
        finally:
            self._source.close()
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, content_type = await self._source.head()
        except (ChatError, Refusal) as error:
            refusal = error if isinstance(error, Refusal) else refusal_of(error)
            await refusal.response()(scope, receive, send)
            return
        headers = [(b"content-type", content_type.encode("latin-1", "replace"))]
        if content_type.startswith(EVENTS):
            # Proxies would gather what is to come as it comes.
            headers += [(b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        tail = b""
        try:
            while data := await self._source.take():
                tail = (tail + data[-2:])[-2:]
                await send(_body(data, more=True))
        except ChatError as error:
            if not isinstance(error, GatewayError) or isinstance(error, StreamCutError | StallError):
                frame = {"error": {"message": str(error), "type": type(error).__name__}}
                # Not into the middle of a frame that broke off.
                apart = "" if tail == b"\n\n" else "\n\n"
                await send(_body(f"{apart}data: {json.dumps(frame)}\n\n".encode(), more=True))
            # Else the gateway told it itself, in what was passed on.
        await send(_body(b"", more=False))

    async def _close_when_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._source.close()


def _body(data: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}
