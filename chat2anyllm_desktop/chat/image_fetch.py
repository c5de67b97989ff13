"""Loading one image from the web, because somebody wants to see it.

It stands here because it is something that happens at the user's wish, and no talk with a model: of llm it uses the way
out alone (proxy, certificates, paced reading), never the gateway's address or key. Every step of a redirect has a
connection of its own, and what is asked says nothing but the address: no cookies, no authorization, no referrer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit, urlunsplit

from chat2anyllm_desktop.core.errors import ChatError, ImageError
from chat2anyllm_desktop.core.images import FORMATS, MAX_BYTES, image_format
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.llm.address import Address
from chat2anyllm_desktop.llm.client import USER_AGENT
from chat2anyllm_desktop.llm.connection import failure, open_client, proxy_for
from chat2anyllm_desktop.llm.reading import Reading, Stalled

TIME_LIMIT_S = 60.0
"""For one image, redirects included."""
STALL_S = 15.0
REDIRECTS = 3

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEAD = 16
"""Bytes that tell an image from everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """What the settings say of connections. ``proxy`` None means the environment's, an empty string none at all."""

    proxy: str | None = None
    ca_file: str | None = None
    connect_timeout_s: float = 10.0


async def fetch_image(address: str, way: WayOut, *, time_limit_s: float = TIME_LIMIT_S) -> bytes:
    """The bytes behind an http or https address: a PNG, JPEG, GIF or WebP image by its first bytes, whatever the server
    calls it, of at most :data:`~chat2anyllm_desktop.core.images.MAX_BYTES`. Raises ImageError."""
    first = address
    try:
        async with asyncio.timeout(time_limit_s):
            for _ in range(REDIRECTS + 1):
                found = await _step(address, way)
                if isinstance(found, bytes):
                    return found
                address = found
    except TimeoutError:
        raise ImageError(
            tr(
                "{host} takes longer than {seconds:.0f} seconds.",
                host=_target(first)[0].host,
                seconds=time_limit_s,
            )
        ) from None
    raise ImageError(tr("{host} sends from one address to the next.", host=_target(first)[0].host))


async def _step(address: str, way: WayOut) -> bytes | str:
    """One request: the image, or where it is to be found."""
    target, url = _target(address)
    proxy = proxy_for(target, way.proxy)
    client = open_client(
        target,
        connect_timeout_s=way.connect_timeout_s,
        proxy=proxy,
        ca_file=way.ca_file,
        user_agent=USER_AGENT,
    )
    reading = None
    try:
        accepted = ", ".join(f"image/{kind}" for kind in FORMATS)
        request = client.build_request("GET", url, headers={"Accept": accepted})
        reading = Reading(client, request, stall_timeout_s=STALL_S)
        return await _read(reading, target.host, url)
    except ChatError:
        raise
    except Stalled:
        raise ImageError(tr("{host} sends nothing.", host=target.host)) from None
    except Exception as error:  # noqa: BLE001 - the boundary: whatever httpx or httpcore raised, in words.
        words, _ = failure(error, target, proxy, (), name=target.host)
        raise ImageError(str(words), detail=words.detail) from None
    finally:
        if reading is not None:
            reading.close()
            await asyncio.wait((reading.task,))
        await client.aclose()


async def _read(reading: Reading, host: str, url: str) -> bytes | str:
    await reading.head()
    status = reading.status
    if status in _REDIRECTS and (place := reading.headers.get("location")):
        return urljoin(url, place)
    if status != HTTPStatus.OK:
        told = f"{status} ({HTTPStatus(status).phrase})" if status in set(HTTPStatus) else str(status)
        raise ImageError(tr("{host} answers with status {status}.", host=host, status=told))
    length = reading.headers.get("content-length", "")
    body = bytearray()
    while True:
        if len(body) > MAX_BYTES or (length.isdigit() and int(length) > MAX_BYTES):
            raise ImageError(tr("it is larger than {most} MB.", most=MAX_BYTES >> 20))
        piece = await reading.take()
        body += piece
        if (len(body) >= _HEAD or not piece) and not image_format(bytes(body[:_HEAD])):
            formats = f" {tr('or')} ".join(FORMATS.values())
            raise ImageError(tr("what {host} sent is no {formats} image.", host=host, formats=formats))
        if not piece:
            return bytes(body)


def _target(address: str) -> tuple[Address, str]:
    """Where to connect, and what to ask for: without a name and password that stand in the address."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in ("http", "https"):
        raise ImageError(tr("its address is none of the web."))
    shown = f"[{host}]" if ":" in host else host
    if port is not None:
        shown += f":{port}"
    loopback = host == "localhost" or host.endswith(".localhost") or host in ("127.0.0.1", "::1")
    url = urlunsplit((parts.scheme, shown, parts.path, parts.query, ""))
    return Address(root=url, host=shown, secure=parts.scheme == "https", loopback=loopback), url
