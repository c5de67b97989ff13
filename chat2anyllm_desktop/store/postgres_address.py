"""Where a shared history is, from its connection string: its name for people, its key, and the secrets to leave out.

Needs no driver: the window shows the name before psycopg is loaded.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from urllib.parse import parse_qs, unquote, urlsplit

from chat2anyllm_desktop.setting_types import is_readable_url

_MASK = "•••"


class PostgresAddress:
    """A libpq connection string, as URI or as ``key=value`` words. Never raises."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.readable = True
        """False when it cannot be told what in it is the password: then nothing of it may be shown."""
        try:
            parts = _parts(dsn)
        except ValueError:
            parts = {}
            self.readable = False
        self.host = parts.get("host") or parts.get("hostaddr") or "localhost"
        self.port = parts.get("port") or "5432"
        self.user = parts.get("user") or ""
        self.database = parts.get("dbname") or self.user
        secrets = {value for name, value in parts.items() if "password" in name}
        secrets |= {unquote(secret) for secret in secrets} | {os.environ.get("PGPASSWORD", ""), dsn}
        self._secrets = sorted(secrets - {""}, key=len, reverse=True)

    def __repr__(self) -> str:
        return f"PostgresAddress({self.name!r})"

    @property
    def name(self) -> str:
        """For people, without secrets: ``db.example.com/chat``."""
        if not self.readable:
            return "PostgreSQL"
        place = self.host if self.port == "5432" else f"{self.host}:{self.port}"
        return self.mask(f"{place}/{self.database}" if self.database else place)

    @property
    def key(self) -> str:
        """The same for the same database, whoever asks: a hash of host, port and database."""
        place = f"{self.host}:{self.port}/{self.database}" if self.readable else self.dsn
        return hashlib.sha256(f"postgres:{place}".encode(errors="replace")).hexdigest()[:32]

    def mask(self, text: str) -> str:
        """The text without the password, which libpq repeats in some of its complaints."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return text


def _parts(dsn: str) -> dict[str, str]:
    if not dsn.isprintable():
        raise ValueError
    if dsn.startswith(("postgresql://", "postgres://")):
        return _uri_parts(dsn)
    words = shlex.split(dsn)
    if not all("=" in word for word in words):
        raise ValueError
    return {key: value for key, _, value in (word.partition("=") for word in words)}


def _uri_parts(dsn: str) -> dict[str, str]:
    if not is_readable_url(dsn):
        raise ValueError
    address = urlsplit(dsn)
    parts = {key: values[-1] for key, values in parse_qs(address.query).items()}
    login, separator, place = address.netloc.rpartition("@")
    if separator:
        user, _, password = login.partition(":")
        parts |= {"user": unquote(user), "password": password}
    host, separator, port = place.rpartition(":")
    if not separator or port.endswith("]"):
        host, port = place, ""
    if host:
        parts["host"] = unquote(host).strip("[]")
    if port:
        parts["port"] = port
    if len(address.path) > 1:
        parts["dbname"] = unquote(address.path[1:])
    return parts
