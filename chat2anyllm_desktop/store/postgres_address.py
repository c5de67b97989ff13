"""Where a shared history is, from its connection string: its name for people, its key, and the secrets to leave out.

Needs no driver: the window shows the name before psycopg is loaded.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from urllib.parse import parse_qs, unquote, urlsplit

_MASK = "•••"


class PostgresAddress:
    """A libpq connection string, as URI or as ``key=value`` words. Never raises: what cannot be read has no parts."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        parts = _parts(dsn)
        self.host = parts.get("host") or parts.get("hostaddr") or "localhost"
        self.port = parts.get("port") or "5432"
        self.user = parts.get("user") or ""
        self.database = parts.get("dbname") or self.user
        self._secrets = sorted(
            {
                secret
                for name in ("password", "sslpassword")
                for value in (parts.get(name), parts.get(f"{name}.raw"))
                if (secret := value)
            }
            | {secret for secret in (os.environ.get("PGPASSWORD"),) if secret},
            key=len,
            reverse=True,
        )

    def __repr__(self) -> str:
        return f"PostgresAddress({self.name!r})"

    @property
    def name(self) -> str:
        """For people, without secrets: ``db.example.com/chat``."""
        port = "" if self.port == "5432" else f":{self.port}"
        return f"{self.host}{port}/{self.database}" if self.database else f"{self.host}{port}"

    @property
    def key(self) -> str:
        """The same for the same database, whoever asks: a hash of host, port and database."""
        return hashlib.sha256(f"postgres:{self.host}:{self.port}/{self.database}".encode()).hexdigest()[:32]

    def mask(self, text: str) -> str:
        """The text without the password: libpq repeats a connection string that it cannot read."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return text


def _parts(dsn: str) -> dict[str, str]:
    try:
        if dsn.startswith(("postgresql://", "postgres://")):
            return _uri_parts(dsn)
        words = (word.partition("=") for word in shlex.split(dsn))
        return {key.strip(): value for key, separator, value in words if separator}
    except ValueError:
        # It cannot be read, so it cannot be known what in it is the password: nothing of it may be shown.
        return {"password": dsn}


def _uri_parts(dsn: str) -> dict[str, str]:
    address = urlsplit(dsn)
    parts = {key: values[-1] for key, values in parse_qs(address.query).items()}
    login, separator, place = address.netloc.rpartition("@")
    if separator:
        user, _, password = login.partition(":")
        parts |= {"user": unquote(user), "password": unquote(password), "password.raw": password}
    if place:
        host, separator, port = place.rpartition(":")
        if not separator or port.endswith("]"):
            host, port = place, ""
        parts["host"] = unquote(host).strip("[]")
        parts |= {"port": port} if port else {}
    if address.path.strip("/"):
        parts["dbname"] = unquote(address.path[1:])
    return parts
