"""The HTTP connection to a gateway: proxy, TLS, timeouts; and what its failures mean.

httpx costs 75 ms to import and a default SSL context 20-50 ms to make, so both happen on first use, and a plain http
gateway never pays for certificates.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chat2anyllm_desktop.core.errors import (
    GatewayError,
    GatewayUnreachableError,
    ProtocolError,
    SettingsError,
)
from chat2anyllm_desktop.core.language import mark, tr
from chat2anyllm_desktop.llm.address import Address
from chat2anyllm_desktop.llm.words import as_subject, mask

if TYPE_CHECKING:
    import httpx


_PROXY_SCHEMES = ("http://", "https://", "socks5://", "socks5h://")


def open_client(
    address: Address, *, connect_timeout_s: float, proxy: str, ca_file: str | None, user_agent: str
) -> httpx.AsyncClient:
    """A client that follows no redirects (they would carry the key away) and has no read timeout (qasync keeps a
    cancelled timer alive until it expires; see :class:`~chat2anyllm_desktop.llm.reading.Reading`). Opens no
    connection yet. ``proxy`` as from :func:`proxy_for`. Raises SettingsError for an unusable proxy or CA file."""
    import httpx

    from chat2anyllm_desktop.llm.transport import GatewayTransport

    if proxy and (" " in proxy or not proxy.lower().startswith(_PROXY_SCHEMES) or not _host_of(proxy)):
        raise _bad_proxy(proxy)
    tls = _tls_context(ca_file) if address.secure else _no_authorities()
    proxy_tls = _tls_context(ca_file) if proxy.lower().startswith("https://") else None
    try:
        transport = GatewayTransport(tls=tls, proxy=proxy, proxy_tls=proxy_tls)
    except (ValueError, TypeError, RuntimeError, httpx.InvalidURL):  # RuntimeError: SOCKS without socksio.
        raise _bad_proxy(proxy) from None
    return httpx.AsyncClient(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(None, connect=connect_timeout_s),
        headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
    )


def proxy_for(address: Address, proxy: str | None) -> str:
    """The proxy to use, or an empty string: ``proxy`` when it is given (empty means none), else the environment's
    or the system's, which are never used for this machine itself."""
    if proxy is not None:
        text = proxy.strip()
        return f"http://{text}" if text and "://" not in text else text
    if address.loopback:
        return ""
    from urllib.request import getproxies, proxy_bypass

    if proxy_bypass(address.host):
        return ""
    known = getproxies()
    found = known.get("https" if address.secure else "http") or known.get("all") or ""
    return f"http://{found}" if found and "://" not in found else found


def failure(
    error: Exception, address: Address, proxy: str, secrets: tuple[str, ...], *, name: str = ""
) -> tuple[GatewayError, bool]:
    """(the error for the user, whether another attempt can help) for what was raised before a response began. ``name``
    is what people know the other end by when it is no gateway of theirs: then there is nothing they could set."""
    import httpcore

    connecting = isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout)
    if name:
        sentence = tr("{who} cannot be reached.", who=as_subject(name))
        return GatewayUnreachableError(sentence, detail=_detail(error, secrets)), not connecting
    host = address.host
    causes = list(_causes(error))
    certificate = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    transient = False
    if certificate is not None:
        sentence = tr(
            "The certificate of {host} is not trusted ({reason}). If your organisation has its own certificate authority, "
            "name its CA file in Settings (or SSL_CERT_FILE).",
            host=host,
            reason=certificate.verify_message,
        )
    elif any(isinstance(cause, ssl.SSLError) for cause in causes):
        sentence = tr(
            "{host} does not speak TLS as expected. If it is a plain http gateway, write http:// in the base URL in "
            "Settings.",
            host=host,
        )
    elif isinstance(error, httpcore.ProxyError) or (proxy and connecting):
        words = (
            mark(
                "The proxy {proxy} cannot be reached on the way to {host}: check the proxy in Settings (or HTTPS_PROXY)."
            )
            if connecting
            else mark(
                "The proxy {proxy} does not connect us to {host}: check the proxy in Settings (or HTTPS_PROXY)."
            )
        )
        sentence = tr(words, proxy=_host_of(proxy), host=host)
    elif isinstance(error, httpcore.ConnectTimeout):
        sentence = tr(
            "{host} does not answer. Check the base URL in Settings, the network, and whether the gateway runs.",
            host=host,
        )
    elif any(isinstance(cause, socket.gaierror) for cause in causes):
        sentence = tr(
            "The host name {host} cannot be found. Check the base URL in Settings and the network.", host=host
        )
        transient = True
    elif connecting:
        refused = any(_is_refusal(cause) for cause in causes)
        words = (
            mark(
                "No gateway can be reached at {host} (connection refused). Start it, or check the base URL in Settings."
            )
            if refused
            else mark("No gateway can be reached at {host}. Start it, or check the base URL in Settings.")
        )
        sentence = tr(words, host=host)
        transient = True
    elif isinstance(error, httpcore.NetworkError) or "disconnected" in str(error):
        sentence = tr(
            "{host} closed the connection without an answer. Try again; if it stays so, look at the gateway's log.",
            host=host,
        )
        transient = True
    else:  # h11 found no HTTP.
        return ProtocolError(
            tr("{host} does not answer as an HTTP gateway does: check the base URL in Settings.", host=host),
            detail=_detail(error, secrets),
        ), False
    return GatewayUnreachableError(sentence, detail=_detail(error, secrets)), transient


def _is_refusal(error: BaseException) -> bool:
    """Also where asyncio lists the failures of several addresses in one error's text."""
    return isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(error)


def _detail(error: Exception, secrets: tuple[str, ...]) -> str:
    return mask(f"{type(error).__name__}: {error}", secrets)[:500]


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.extend(cause for cause in (current.__cause__, current.__context__) if cause is not None)


def _no_authorities() -> ssl.SSLContext:
    """For a plain http gateway: trusts nobody, so whatever should try TLS after all fails safely; costs no time."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    """The system's authorities (companies install theirs there; SSL_CERT_FILE is honoured), those of certifi (frozen
    builds find no system ones), and ``ca_file``."""
    import certifi

    context = ssl.create_default_context()
    # From Python 3.13 on by default, and refuses the certificates of many a company that browsers and curl accept
    # (without an authority key identifier, for one).
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_verify_locations(certifi.where())
    extra = ca_file or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if extra:
        path = os.path.expanduser(extra)
        try:
            context.load_verify_locations(**{"capath" if os.path.isdir(path) else "cafile": path})
        except (OSError, ssl.SSLError):
            raise SettingsError(
                tr(
                    "The CA file {file} cannot be used: it must be a readable file of certificates in PEM form.",
                    file=extra,
                )
            ) from None
    return context


def _host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]


def _bad_proxy(url: str) -> SettingsError:
    return SettingsError(
        tr(
            "The proxy address “{address}” cannot be used: it must begin with http://, https:// or socks5://, such as "
            "http://proxy.example.com:3128.",
            address=mask(url)[:80],
        )
    )
