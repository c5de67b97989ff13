"""The kinds of value a setting can have, each read from text of the environment or a value of the settings file.

A reader takes either and returns the value, or raises ValueError with what would be right, as the end of a sentence
that begins with the setting's name: "must be a whole number from 80 to 200".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

MASK = "••••"

Reader = Callable[[object], object]


class Secret:
    """A value that shows itself only through :meth:`reveal`: not in ``str``, ``repr``, f-strings, logs or dumps.

    Deliberately no ``str``: joining, adding and JSON would let a string out. False when empty.
    """

    __slots__ = ("_value", "shown")

    def __init__(self, value: str = "", *, shown: str | None = None) -> None:
        self._value = value
        self.shown = shown if shown is not None else (MASK if value else "")
        """What may be shown in its place."""

    @classmethod
    def url(cls, url: str) -> Secret:
        """A URL of which only the password is secret."""
        return cls(url, shown=with_password(url, MASK, quoted=False) if password_of(url) else url)

    def reveal(self) -> str:
        """The value itself. Call it where it goes over the wire, and nowhere earlier."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"Secret({self.shown})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not to be pickled")

    def __deepcopy__(self, _memo: object) -> Secret:
        return self

    def __copy__(self) -> Secret:
        return self


def password_of(url: str) -> str:
    """The password inside a URL, unquoted; empty when there is none."""
    try:
        return unquote(urlsplit(url).password or "")
    except ValueError:
        return ""


def with_password(url: str, password: str, *, quoted: bool = True) -> str:
    """The URL with another password; without one when it is empty."""
    parts = urlsplit(url)
    _, at, place = parts.netloc.rpartition("@")
    if not at and not password:
        return url
    user = parts.netloc.rpartition("@")[0].partition(":")[0]
    secret = quote(password, safe="") if quoted else password
    return urlunsplit(parts._replace(netloc=f"{user}{':' if secret else ''}{secret}@{place}"))


def text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text in quotes")
    return value.strip()


def secret(value: object) -> Secret:
    return Secret(text(value))


def flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise ValueError("must be true or false")


def path(value: object) -> Path | None:
    written = text(value)
    return Path(written).expanduser() if written else None


def choice(*allowed: str) -> Reader:
    def read(value: object) -> str:
        if isinstance(value, str) and value.strip().lower() in allowed:
            return value.strip().lower()
        raise ValueError(f"must be one of: {', '.join(allowed)}")

    return read


def whole(low: int, high: int) -> Reader:
    def read(value: object) -> int:
        number = _number(value)
        if number is None or number != int(number) or not low <= number <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(number)

    return read


def seconds(low: float, high: float) -> Reader:
    def read(value: object) -> float:
        number = _number(value)
        if number is None or not low <= number <= high:
            raise ValueError(f"must be a number of seconds from {low:g} to {high:g}")
        return number

    return read


def url(*schemes: str) -> Reader:
    """A URL without secrets."""

    def read(value: object) -> str:
        return _checked_url(value, schemes).rstrip("/")

    return read


def secret_url(*schemes: str) -> Reader:
    """A URL that may carry a password."""

    def read(value: object) -> Secret:
        return Secret.url(_checked_url(value, schemes))

    return read


def _checked_url(value: object, schemes: tuple[str, ...]) -> str:
    written = text(value)
    if not written:
        return written
    forms = " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(written)
        well_formed = parts.scheme in schemes and bool(parts.netloc) and (parts.port or 0) >= 0
    except ValueError:
        well_formed = False
    if not well_formed or any(character.isspace() for character in written):
        raise ValueError(f"must be an address that begins with {forms}")
    return written


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
