"""What is passed on from the gateway: its models, and completions that no session keeps."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from chat2anyllm_desktop.llm.relay import Relay
from chat2anyllm_desktop.serve.bodies import read_shape
from chat2anyllm_desktop.serve.passing import EVENTS, Passing
from chat2anyllm_desktop.serve.services import Services
from chat2anyllm_desktop.serve.shapes import CompletionRequest

_REFUSAL_LIMIT = 64 * 1024
"""Bytes of a refusal that are read for its words."""


class RelayedSource:
    """A response of the gateway. Keeps :class:`~.passing.Source`."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    async def head(self) -> tuple[int, str]:
        await self._relay.head()
        if self._relay.status != 200:
            body = bytearray()
            while len(body) < _REFUSAL_LIMIT and (piece := await self._relay.take()):
                body += piece
            raise self._relay.fault(bytes(body)).error
        return 200, self._relay.content_type

    async def take(self) -> bytes:
        return await self._relay.take()

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
