"""Where a gateway is: what people type as a base URL, made exact."""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from chat2anyllm_desktop.core.errors import SettingsError
from chat2anyllm_desktop.core.language import tr

_PASTED = ("/chat/completions", "/completions", "/models", "/model/info", "/ui", "/docs")
"""Endings of addresses that people copy out of documentation or a browser."""
_VERSION = re.compile(r"v\d+[a-z0-9]*", re.IGNORECASE)
_PRIVATE_ENDINGS = (".localhost", ".local", ".lan", ".internal", ".home", ".home.arpa", ".test")


@dataclass(frozen=True, slots=True)
class Address:
    """The API's root, without a trailing slash and without credentials."""

    root: str
    """For example ``https://gateway.example.com/v1``."""
    host: str
    """For sentences: host name and, where one was given, port."""
    secure: bool
    loopback: bool
    basic_auth: str = field(default="", repr=False)
    """The ``Authorization`` value for a user and password that stood in the URL; empty without."""


def parse_address(base_url: str) -> Address:
    """``base_url`` with or without scheme, ``/v1``, slashes and spaces. A missing scheme means http for this machine
    and private networks and https for all else. Raises SettingsError when it cannot be an address."""
    text = base_url.strip()
    if not text:
        raise SettingsError(
            tr("The gateway's base URL is empty: enter an address such as http://localhost:4000.")
        )
    if re.search(r"[\s\x00-\x1f]", text):  # urlsplit() drops line breaks and tabs without a word.
        raise _nonsense(text)
    guessed = "://" not in text
    try:
        parts = urlsplit(f"http://{text}" if guessed else text)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        raise _nonsense(text) from None
    if not name or re.search(r"[<>\"\\^`{|}]", parts.netloc + parts.path):
        raise _nonsense(text)
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https"):
        raise SettingsError(
            tr(
                "The gateway's base URL begins with {scheme}://, but a gateway is reached by http:// or https://.",
                scheme=scheme,
            )
        )
    address = _ip_address(name)
    if guessed and not _is_private(name, address):
        scheme = "https"
    shown = f"[{name}]" if ":" in name else name
    if port is not None:
        shown += f":{port}"
    return Address(
        root=f"{scheme}://{shown}{_api_path(parts.path)}",
        host=shown,
        secure=scheme == "https",
        loopback=name == "localhost" or name.endswith(".localhost") or bool(address and address.is_loopback),
        basic_auth=_basic_auth(parts.username, parts.password),
    )


def with_scheme(base_url: str) -> str:
    """What was typed, with the scheme that :func:`parse_address` takes where none was; anything else as it is."""
    if not base_url or "://" in base_url:
        return base_url
    try:
        secure = parse_address(base_url).secure
    except SettingsError:
        return base_url
    return f"{'https' if secure else 'http'}://{base_url}"


def _nonsense(text: str) -> SettingsError:
    shown = re.sub(r"//[^/@]*@", "//", text)[:80]
    return SettingsError(
        tr(
            "The gateway's base URL “{address}” is not an address: enter one such as http://localhost:4000.",
            address=shown,
        )
    )


def _api_path(path: str) -> str:
    """The path with ``/v1`` appended, unless a version is in it (``/v1``, Google's ``/v1beta/openai``)."""
    path = path.rstrip("/")
    for ending in _PASTED:
        path = path.removesuffix(ending).rstrip("/")
    if any(_VERSION.fullmatch(segment) for segment in path.split("/")):
        return path
    return path + "/v1"


def _ip_address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _is_private(name: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    if address is not None:
        return address.is_private or address.is_loopback or address.is_link_local
    return "." not in name or name.endswith(_PRIVATE_ENDINGS)


def _basic_auth(user: str | None, password: str | None) -> str:
    if not user and not password:
        return ""
    pair = f"{unquote(user or '')}:{unquote(password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
