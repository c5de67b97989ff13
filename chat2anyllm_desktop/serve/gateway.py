"""What is passed on from the gateway: its models, and completions that no session keeps."""

from __future__ import annotations

import asyncio
import contextlib
import json

from starlette.requests import Request
from starlette.responses import Response

from chat2anyllm_desktop.core.errors import GatewayError
from chat2anyllm_desktop.llm.relay import Relay
from chat2anyllm_desktop.serve.bodies import read_shape
from chat2anyllm_desktop.serve.passing import EVENTS, Passing
from chat2anyllm_desktop.serve.services import Services
from chat2anyllm_desktop.serve.shapes import CompletionRequest

_REFUSAL_LIMIT = 64 * 1024
_REFUSAL_S = 5.0
"""How much of a refusal is read for its words, and for how long."""


class RelayedSource:
    """A response of the gateway. Keeps :class:`~.passing.Source`. What is no stream of events is read to its end first:
    one that breaks off is then a refusal, and not half a document."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._whole = b""

    async def head(self) -> tuple[int, str]:
        await self._relay.head()
        if self._relay.status != 200:
            raise self._relay.fault(await self._refusal()).error
        content_type = self._relay.content_type
        if not content_type.startswith(EVENTS):
            pieces = []
            while piece := await self._relay.take():
                pieces.append(piece)
            self._whole = b"".join(pieces)
        return 200, content_type

    async def take(self) -> bytes:
        whole, self._whole = self._whole, b""
        return whole or await self._relay.take()

    async def _refusal(self) -> bytes:
        """The words of a refusal. When they break off or drag on, what came must do."""
        body = bytearray()
        with contextlib.suppress(GatewayError, TimeoutError):
            async with asyncio.timeout(_REFUSAL_S):
                while len(body) < _REFUSAL_LIMIT and (piece := await self._relay.take()):
                    body += piece
        return bytes(body)

    def close(self) -> None:
        self._relay.close()


async def list_models(services: Services, request: Request) -> Response:
    """``GET /api/models``: LiteLLM's /v1/model/info."""
    return Passing(RelayedSource(services.gateway.relay("/model/info")))


async def complete(services: Services, request: Request) -> Response:
    """``POST /api/chat/completions``: the answer in one piece."""
    return await _completion(services, request, stream=False)


async def stream_completion(services: Services, request: Request) -> Response:
    """``POST /api/chat/completions/stream``: the answer as it comes."""
    return await _completion(services, request, stream=True)


async def _completion(services: Services, request: Request, *, stream: bool) -> Response:
    wanted = await read_shape(request, CompletionRequest)
    document = {**wanted.model_dump(mode="json", exclude_unset=True), "stream": stream}
    if not stream:
        document.pop("stream_options", None)  # Refused by providers where nothing is streamed.
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    accept = EVENTS if stream else "application/json"
    return Passing(RelayedSource(services.gateway.relay("/chat/completions", body, accept=accept)))
