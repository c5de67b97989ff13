"""The gateway client: LiteLLM, and so any OpenAI-compatible server, as a source of models."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from chat2anyllm_desktop import __version__
from chat2anyllm_desktop.core.errors import ChatError, GatewayError, SettingsError
from chat2anyllm_desktop.core.models import Model
from chat2anyllm_desktop.llm.address import parse_address
from chat2anyllm_desktop.llm.api import ChatRequest, Delta, RetryHook
from chat2anyllm_desktop.llm.catalog import Catalog, merge, read_model_info, read_models
from chat2anyllm_desktop.llm.connection import failure, open_client
from chat2anyllm_desktop.llm.faults import Fault, Faults
from chat2anyllm_desktop.llm.reading import Reading, Stalled
from chat2anyllm_desktop.llm.wire import Answer, NotSse
from chat2anyllm_desktop.llm.words import looks_like_page

if TYPE_CHECKING:
    import httpx

TRIES = 3
FIRST_DELAY_S = 0.5
"""Seconds before the second try, doubled for the third, with up to a quarter of jitter on top."""
LONGEST_DELAY_S = 30.0
"""Seconds of ``Retry-After`` that are waited for; a server that asks for more gets the error at once."""
USER_AGENT = f"chat2anyllm-desktop/{__version__}"

_REFUSAL_LIMIT = 64 * 1024
_REFUSAL_S = 5.0
_LIST_LIMIT = 32 * 1024 * 1024
_NO_SUCH_LIST = frozenset({400, 403, 404, 405, 501})
"""Statuses with which servers other than LiteLLM answer /v1/model/info."""


class GatewayClient:
    """Keeps :class:`~chat2anyllm_desktop.llm.api.ChatModels` for one base URL and key.

    Nothing is connected, and httpx is not imported, before the first call. Belongs to one event loop.
    """

    def __init__(
        self,
        base_url: str,
        key: str | None,
        *,
        connect_timeout_s: float = 10.0,
        stall_timeout_s: float = 60.0,
        proxy: str | None = None,
        ca_file: str | None = None,
        user_agent: str = USER_AGENT,
    ) -> None:
        """``proxy`` None means the environment's, an empty string none at all. Raises SettingsError for a base URL
        or key that cannot be used."""
        self._address = parse_address(base_url)
        key = (key or "").strip()
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise SettingsError(
                "The gateway's API key holds characters that no key has (spaces, line breaks or accents): copy it again."
            )
        self._authorization = f"Bearer {key}" if key else self._address.basic_auth
        self._secrets = tuple(
            secret for secret in (key, self._address.basic_auth.removeprefix("Basic ")) if secret
        )
        self._faults = Faults(self._address.host, secrets=self._secrets, with_key=bool(self._authorization))
        self._connect_timeout_s = connect_timeout_s
        self._stall_timeout_s = stall_timeout_s
        self._proxy = proxy
        self._ca_file = ca_file
        self._user_agent = user_agent
        self._client: httpx.AsyncClient | None = None
        self._readings: set[Reading] = set()
        self._knows_stream_options = True

    @property
    def host(self) -> str:
        """Host and port, for people."""
        return self._address.host

    async def warm_up(self) -> None:
        """Do what the first request would have to wait for (imports, certificates); no network. Blocks the event
        loop for some 80 ms, so: when idle. Raises SettingsError for an unusable proxy or CA file."""
        self._open()

    async def list_models(self) -> list[Model]:
        """LiteLLM's own list, else the one every server has. Raises GatewayError."""
        info: Catalog | None = None
        try:
            info = read_model_info(await self._get_json("/model/info"))
        except GatewayError as error:
            if error.status not in _NO_SUCH_LIST and error.status != 200:
                raise
        if info is not None and info.models and not info.wildcards:
            return info.models
        try:
            body = await self._get_json("/models")
        except GatewayError:
            if info is not None and info.models:
                return info.models
            raise
        listed = read_models(body)
        if listed is None:
            raise self._faults.not_json(json.dumps(body)[:2000].encode())
        return merge(info, listed) if info is not None else listed.models

    async def stream_chat(
        self, request: ChatRequest, *, on_retry: RetryHook | None = None
    ) -> AsyncGenerator[Delta, None]:
        """The answer. Tried again, at most :data:`TRIES` times in all, only before the first delta and only for
        429, 502, 503, 504 and connections that were refused or failed."""
        attempt, delta = await self._begin(request, on_retry)
        try:
            while delta is not None:
                yield delta
                delta = await attempt.next()
        except Fault as fault:
            raise fault.error from None
        finally:
            attempt.close()

    async def aclose(self) -> None:
        """Close every connection; streams that still run end."""
        readings = list(self._readings)
        for reading in readings:
            reading.task.cancel()
        await asyncio.gather(*(reading.task for reading in readings), return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _begin(self, request: ChatRequest, on_retry: RetryHook | None) -> tuple[_Attempt, Delta | None]:
        """Send until an answer begins; gives the running attempt and its first delta."""
        number = 1
        while True:
            attempt = _Attempt(self, request)
            try:
                return attempt, await attempt.next()
            except Fault as fault:
                attempt.close()
                if self._knows_stream_options and _refuses_stream_options(fault.error):
                    self._knows_stream_options = False
                    continue
                delay_s = _delay(number, fault.retry_after)
                if not fault.transient or number >= TRIES or delay_s > LONGEST_DELAY_S:
                    raise fault.error from None
                number += 1
                if on_retry is not None:
                    on_retry(fault.error, number, delay_s)
                await asyncio.sleep(delay_s)
            except BaseException:
                attempt.close()
                raise

    async def _get_json(self, path: str) -> object:
        reading = self._read("GET", path)
        try:
            await reading.head()
            body = bytearray()
            while len(body) < _LIST_LIMIT and (piece := await reading.take()):
                body += piece
        except Stalled:
            raise self._faults.stalled(self._stall_timeout_s, begun=False) from None
        except Exception as error:  # noqa: BLE001 - the boundary: whatever httpx raised, in words.
            raise self._failure(error) from None
        finally:
            reading.close(finished=True)
        data = bytes(body)
        if reading.status != 200:
            raise self._faults.from_response(reading.status, reading.headers, data).error
        if looks_like_page(data, reading.headers.get("content-type", "")):
            raise self._faults.page(data, status=200)
        try:
            found: object = json.loads(data)
        except ValueError:
            raise self._faults.not_json(data, status=200) from None
        return found

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = open_client(
                self._address,
                connect_timeout_s=self._connect_timeout_s,
                proxy=self._proxy,
                ca_file=self._ca_file,
                user_agent=self._user_agent,
            )
        return self._client

    def _read(self, method: str, path: str, body: bytes | None = None) -> Reading:
        client = self._open()
        headers = {"Accept": "text/event-stream" if body is not None else "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self._authorization:
            headers["Authorization"] = self._authorization
        request = client.build_request(method, self._address.root + path, headers=headers, content=body)
        reading = Reading(client, request, stall_timeout_s=self._stall_timeout_s)
        self._readings.add(reading)
        reading.task.add_done_callback(lambda _task: self._readings.discard(reading))
        return reading

    def _failure(self, error: Exception) -> ChatError:
        return error if isinstance(error, ChatError) else failure(error, self._address, self._secrets)[0]

    def _body(self, request: ChatRequest) -> bytes:
        body: dict[str, object] = {
            **request.parameters,
            "model": request.model,
            "messages": list(request.messages),
            "stream": True,
        }
        if self._knows_stream_options:
            body["stream_options"] = {"include_usage": True}
        try:
            text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except (TypeError, ValueError):
            raise SettingsError(
                "The session's model parameters cannot be sent: only text, numbers, true, false and lists can."
            ) from None
        return text.encode("utf-8", "replace")  # A lone surrogate from a paste becomes "?".


class _Attempt:
    """One try of one request. ``next`` raises Fault."""

    def __init__(self, client: GatewayClient, request: ChatRequest) -> None:
        self._client = client
        self._model = request.model
        self._reading = client._read("POST", "/chat/completions", client._body(request))
        self._answer: Answer | None = None
        self._over = False

    async def next(self) -> Delta | None:
        """The next delta; None at the end of the answer."""
        answer = self._answer
        try:
            if answer is None:
                await self._reading.head()
                if self._reading.status != 200:
                    raise await self._refusal()
                answer = self._answer = self._start()
            while True:
                if answer.problem is not None:
                    raise answer.problem
                if answer.ended or self._over:
                    return None
                piece = await self._reading.take()
                if piece:
                    delta = answer.feed(piece)
                else:
                    self._over = True
                    delta = answer.finish()
                    if not answer.complete and answer.problem is None:
                        answer.problem = Fault(self._faults.cut(begun=answer.begun))
                if delta is not None:
                    return delta
        except Fault:
            raise
        except NotSse as page:
            raise Fault(self._faults.page(page.body, status=200)) from None
        except Exception as error:  # noqa: BLE001 - the boundary: whatever httpx raised, in words.
            return self._broken(error)

    def close(self) -> None:
        """Let go of the connection; at once, unless the answer is complete."""
        self._reading.close(finished=self._answer is not None and self._answer.ended)

    @property
    def _faults(self) -> Faults:
        return self._client._faults

    def _start(self) -> Answer:
        return Answer(
            host=self._client.host,
            frame_error=lambda error, begun: self._faults.from_frame(error, begun, model=self._model),
            cached="x-litellm-cache-key" in self._reading.headers,
        )

    async def _refusal(self) -> Fault:
        """The error of a status other than 200; its body is waited for only so long."""
        body = bytearray()
        try:
            async with asyncio.timeout(_REFUSAL_S):
                while len(body) < _REFUSAL_LIMIT and (piece := await self._reading.take()):
                    body += piece
        except Exception:  # noqa: BLE001 - the status alone tells enough, and it is reported below.
            pass
        reading = self._reading
        return self._faults.from_response(reading.status, reading.headers, bytes(body), model=self._model)

    def _broken(self, error: Exception) -> Delta | None:
        """The connection failed: an error, unless the answer is complete. What was held back is given first."""
        answer = self._answer
        if isinstance(error, ChatError):
            raise error
        if answer is None:
            if isinstance(error, Stalled):
                raise Fault(self._faults.stalled(self._client._stall_timeout_s, begun=False)) from None
            problem, transient = failure(error, self._client._address, self._client._secrets)
            raise Fault(problem, transient=transient) from None
        self._over = True
        delta = answer.finish()
        if not answer.complete and answer.problem is None:
            if isinstance(error, Stalled):
                answer.problem = Fault(
                    self._faults.stalled(self._client._stall_timeout_s, begun=answer.begun)
                )
            else:
                answer.problem = Fault(self._faults.cut(begun=answer.begun, reason=type(error).__name__))
        if delta is None and answer.problem is not None:
            raise answer.problem
        return delta


def _refuses_stream_options(error: GatewayError) -> bool:
    return error.status in (400, 422) and "stream_options" in f"{error} {error.detail}"


def _delay(number: int, retry_after: float | None) -> float:
    """Seconds to wait after try ``number``."""
    backoff: float = FIRST_DELAY_S * 2 ** (number - 1) * (1 + random.random() / 4)
    return backoff if retry_after is None else max(retry_after, backoff if retry_after == 0 else 0.0)
