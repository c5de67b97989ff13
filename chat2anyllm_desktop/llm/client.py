"""The gateway client: LiteLLM, and so any OpenAI-compatible server, as a source of models."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Callable

from chat2anyllm_desktop import __version__
from chat2anyllm_desktop.core.errors import GatewayError, SettingsError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Model
from chat2anyllm_desktop.llm.api import ChatRequest, Delta, RetryHook
from chat2anyllm_desktop.llm.attempt import Attempt
from chat2anyllm_desktop.llm.catalog import Catalog, merge, read_model_info, read_models
from chat2anyllm_desktop.llm.channel import Channel
from chat2anyllm_desktop.llm.faults import Fault
from chat2anyllm_desktop.llm.reading import NAP_S, Stalled
from chat2anyllm_desktop.llm.relay import Relay
from chat2anyllm_desktop.llm.words import looks_like_page

TRIES = 3
FIRST_DELAY_S = 0.5
"""Seconds before the second try, doubled for the third, with up to a quarter of jitter on top."""
LONGEST_DELAY_S = 30.0
"""Seconds of ``Retry-After`` that are waited for; a server that asks for more gets the error at once."""
USER_AGENT = f"chat2anyllm-desktop/{__version__}"

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
        name: str | None = None,
        nap_s: float = NAP_S,
    ) -> None:
        """``proxy`` None means the environment's, an empty string none at all. ``name`` is what errors call the other
        end, by default its host. ``nap_s`` is how long pieces of a quick answer may be gathered. Raises SettingsError for
        a base URL or key that cannot be used."""
        self._channel = Channel(
            base_url,
            key,
            connect_timeout_s=connect_timeout_s,
            stall_timeout_s=stall_timeout_s,
            proxy=proxy,
            ca_file=ca_file,
            user_agent=user_agent,
            name=name,
            nap_s=nap_s,
        )
        self._knows_stream_options = True

    @property
    def host(self) -> str:
        """Host and port, for people."""
        return self._channel.host

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
            raise self._channel.faults.not_json(json.dumps(body)[:2000].encode())
        return merge(info, listed) if info is not None else listed.models

    async def stream_chat(
        self,
        request: ChatRequest,
        *,
        on_retry: RetryHook | None = None,
        tap: Callable[[bytes], None] | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """The answer. Tried again, at most :data:`TRIES` times in all, only before the first delta and only for
        429, 502, 503, 504 and connections that were refused or failed. ``tap`` gets the bytes of the answer as they
        come, to their very end, which may be after the last delta and is told by ``b""``; once it has got some, nothing
        is tried again."""
        attempt, delta = await self._begin(request, on_retry, tap)
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
        await self._channel.aclose()

    def relay(self, path: str, body: bytes | None = None, *, accept: str = "application/json") -> Relay:
        """Send a request to be passed on: a GET, or a POST where there is a body."""
        return Relay(self._channel, path, body, accept)

    async def _begin(
        self, request: ChatRequest, on_retry: RetryHook | None, tap: Callable[[bytes], None] | None
    ) -> tuple[Attempt, Delta | None]:
        """Send until an answer begins; gives the running attempt and its first delta."""
        number = 1
        while True:
            attempt = Attempt(self._channel, request.model, self._body(request), tap)
            try:
                return attempt, await attempt.next()
            except Fault as fault:
                attempt.close()
                if self._knows_stream_options and _refuses_stream_options(fault.error):
                    self._knows_stream_options = False
                    continue
                delay_s = _delay(number, fault.retry_after)
                if attempt.tapped or not fault.transient or number >= TRIES or delay_s > LONGEST_DELAY_S:
                    raise fault.error from None
                number += 1
                if on_retry is not None:
                    on_retry(fault.error, number, delay_s)
                await asyncio.sleep(delay_s)
            except BaseException:
                attempt.close()
                raise

    async def _get_json(self, path: str) -> object:
        reading = self._channel.get(path)
        try:
            await reading.head()
            body = bytearray()
            while len(body) < _LIST_LIMIT and (piece := await reading.take()):
                body += piece
        except Stalled:
            raise self._channel.faults.stalled(self._channel.stall_timeout_s, begun=False) from None
        except Exception as error:  # noqa: BLE001 - the boundary: whatever httpx raised, in words.
            raise self._channel.failure(error)[0] from None
        finally:
            reading.close(finished=True)
        data = bytes(body)
        if reading.status != 200:
            raise self._channel.faults.from_response(reading.status, reading.headers, data).error
        if looks_like_page(data, reading.headers.get("content-type", "")):
            raise self._channel.faults.page(data, status=200)
        try:
            found: object = json.loads(data)
        except ValueError:
            raise self._channel.faults.not_json(data, status=200) from None
        return found

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
                tr(
                    "The session's model parameters cannot be sent: only text, numbers, true, false and lists can."
                )
            ) from None
        return text.encode("utf-8", "replace")  # A lone surrogate from a paste becomes "?".


def _refuses_stream_options(error: GatewayError) -> bool:
    return error.status in (400, 422) and "stream_options" in f"{error} {error.detail}"


def _delay(number: int, retry_after: float | None) -> float:
    """Seconds to wait after try ``number``."""
    backoff: float = FIRST_DELAY_S * 2 ** (number - 1) * (1 + random.random() / 4)
    return backoff if retry_after is None else max(retry_after, backoff if retry_after == 0 else 0.0)
