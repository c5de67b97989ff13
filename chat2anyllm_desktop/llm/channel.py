"""The way to one gateway: its address, our key, the HTTP client, and the requests that run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from chat2anyllm_desktop.core.errors import GatewayError, SettingsError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.llm.address import parse_address
from chat2anyllm_desktop.llm.connection import failure, open_client, proxy_for
from chat2anyllm_desktop.llm.faults import Faults
from chat2anyllm_desktop.llm.reading import NAP_S, Aborted, Reading

if TYPE_CHECKING:
    import httpx


class Channel:
    """Sends requests with our key and tells their failures in words. Belongs to one event loop."""

    def __init__(
        self,
        base_url: str,
        key: str | None,
        *,
        connect_timeout_s: float,
        stall_timeout_s: float,
        proxy: str | None,
        ca_file: str | None,
        user_agent: str,
        name: str | None,
        nap_s: float = NAP_S,
    ) -> None:
        self.stall_timeout_s = stall_timeout_s
        self._nap_s = nap_s
        self._address = parse_address(base_url)
        key = (key or "").strip()
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise SettingsError(
                tr(
                    "The gateway's API key holds characters that no key has (spaces, line breaks, accents): copy it again."
                )
            )
        basic = self._address.basic_auth
        self._authorization = f"Bearer {key}" if key else basic
        self._secrets = tuple(secret for secret in (key, basic.removeprefix("Basic ")) if secret)
        self.host = self._address.host
        self.faults = Faults(name or self.host, secrets=self._secrets, with_key=bool(self._authorization))
        self._name = name or ""
        self._connect_timeout_s = connect_timeout_s
        self._proxy = proxy
        self._proxy_url = ""
        self._ca_file = ca_file
        self._user_agent = user_agent
        self._client: httpx.AsyncClient | None = None
        self._readings: set[Reading] = set()
        self._closed = False

    def open(self) -> httpx.AsyncClient:
        """The HTTP client, made on first use. Raises SettingsError for an unusable proxy or CA file."""
        if self._client is None:
            self._proxy_url = proxy_for(self._address, self._proxy)
            self._client = open_client(
                self._address,
                connect_timeout_s=self._connect_timeout_s,
                proxy=self._proxy_url,
                ca_file=self._ca_file,
                user_agent=self._user_agent,
            )
        return self._client

    def get(self, path: str) -> Reading:
        """Start reading a JSON document; ``path`` follows the API's root."""
        return self._send("GET", path, {"Accept": "application/json"}, None)

    def post(
        self,
        path: str,
        body: bytes,
        *,
        accept: str = "text/event-stream",
        tap: Callable[[bytes], None] | None = None,
    ) -> Reading:
        """Start a request with a JSON body, by default one that a stream of events answers. ``tap`` as
        :class:`~chat2anyllm_desktop.llm.reading.Reading` has it."""
        headers = {"Accept": accept, "Content-Type": "application/json"}
        return self._send("POST", path, headers, body, tap)

    def failure(self, error: Exception) -> tuple[GatewayError, bool]:
        """What was raised before a response began, in words, and whether another attempt can help."""
        if isinstance(error, Aborted):
            return self.faults.cut(begun=False, reason="closed"), False
        return failure(error, self._address, self._proxy_url, self._secrets, name=self._name)

    async def aclose(self) -> None:
        """End every request and close every connection. A request that is begun later fails."""
        self._closed = True
        tasks = [reading.task for reading in self._readings]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _send(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | None,
        tap: Callable[[bytes], None] | None = None,
    ) -> Reading:
        if self._closed:  # A retry may have been waiting meanwhile; nobody would close what it opens.
            raise self.faults.cut(begun=False, reason="closed")
        client = self.open()
        if self._authorization:
            headers["Authorization"] = self._authorization
        request = client.build_request(method, self._address.root + path, headers=headers, content=body)
        reading = Reading(client, request, stall_timeout_s=self.stall_timeout_s, nap_s=self._nap_s, tap=tap)
        self._readings.add(reading)
        reading.task.add_done_callback(lambda _task: self._readings.discard(reading))
        return reading
