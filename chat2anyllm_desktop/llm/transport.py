"""httpx's transport over paced connections: what ``httpx.AsyncHTTPTransport`` does, with the network backend that it
does not let one choose. Loaded on first use, because it imports httpx."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator

import httpcore
import httpx

from chat2anyllm_desktop.llm.pacing import PacedBackend

_KEEP_ALIVE_S = 30.0


class GatewayTransport(httpx.AsyncBaseTransport):
    """A pool of connections to one gateway. Raises httpcore's errors as they are; ValueError or TypeError for a proxy
    URL that is none."""

    def __init__(self, *, tls: ssl.SSLContext, proxy: str, proxy_tls: ssl.SSLContext | None) -> None:
        backend = PacedBackend()
        parsed = httpx.Proxy(proxy) if proxy else None
        self._pool: httpcore.AsyncConnectionPool
        if parsed is None:
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=tls, max_connections=None, keepalive_expiry=_KEEP_ALIVE_S, network_backend=backend
            )
        elif parsed.url.scheme in ("socks5", "socks5h"):  # Either way the proxy looks the name up.
            self._pool = httpcore.AsyncSOCKSProxy(
                proxy_url=str(parsed.url),
                proxy_auth=parsed.raw_auth,
                ssl_context=tls,
                max_connections=None,
                keepalive_expiry=_KEEP_ALIVE_S,
                network_backend=backend,
            )
        else:
            self._pool = httpcore.AsyncHTTPProxy(
                proxy_url=str(parsed.url),
                proxy_auth=parsed.raw_auth,
                ssl_context=tls,
                proxy_ssl_context=proxy_tls,
                max_connections=None,
                keepalive_expiry=_KEEP_ALIVE_S,
                network_backend=backend,
            )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        response = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response
        assert isinstance(response.stream, AsyncIterable)
        self._stream = response.stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        await self._response.aclose()
