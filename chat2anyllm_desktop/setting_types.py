"""The kinds of value a setting can have, each read from text of the environment or a value of the settings file.

A reader takes either and returns the value, or raises ValueError with what would be right, as the end of a sentence
that begins with the setting's name: "must be a whole number from 80 to 200".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from chat2anyllm_desktop.core.language import tr

MASK = "••••"
_HOST = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(:\d{0,5})?")

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
        """A URL of which only the password is secret; all of it where nobody can tell what the password is."""
        if not is_readable_url(url):
            return cls(url)
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


def is_readable_url(url: str) -> bool:
    """Whether it can be told what in a URL is what. A password with ``/``, ``#`` or ``?`` in it that should have been
    written as ``%2F``, ``%23`` or ``%3F`` ends the address early; several hosts are fine (PostgreSQL has that)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    hosts = parts.netloc.rpartition("@")[2].split(",")
    return "@" not in parts.path + parts.query and not parts.fragment and all(map(_HOST.fullmatch, hosts))


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
        raise ValueError(tr("must be a text in quotes"))
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
    raise ValueError(tr("must be true or false"))


def path(value: object) -> Path | None:
    written = text(value)
    return Path(written).expanduser() if written else None


def choice(*allowed: str) -> Reader:
    def read(value: object) -> str:
        if isinstance(value, str):
            for choice in allowed:
                if value.strip().lower() == choice.lower():
                    return choice
        raise ValueError(tr("must be one of: {choices}", choices=", ".join(allowed)))

    return read


Lists = tuple[tuple[str, tuple[str, ...]], ...]
"""Names with a list of texts each."""


def lists(value: object) -> Lists:
    """A table of lists of texts, of the file, or from the environment as TOML writes one in a line. What is no text in it
    is taken as it is written: whoever knows what the texts mean says what is wrong with it."""
    import tomllib

    try:
        table = tomllib.loads(f"table = {value}")["table"] if isinstance(value, str) else value
        table = dict(table) if isinstance(table, tuple) else table
    except tomllib.TOMLDecodeError:
        table = None
    if not isinstance(table, Mapping):
        raise ValueError(tr("must be a table such as {example}", example='{ new_session = ["Ctrl+N"] }'))
    return tuple((str(name), _texts(given)) for name, given in table.items())


def _texts(given: object) -> tuple[str, ...]:
    listed = given if isinstance(given, list | tuple) else (given,)
    return tuple(str(each) for each in listed if each != "")


def whole(low: int, high: int) -> Reader:
    def read(value: object) -> int:
        number = _number(value)
        if number is None or number != int(number) or not low <= number <= high:
            raise ValueError(tr("must be a whole number from {low} to {high}", low=low, high=high))
        return int(number)

    return read


def seconds(low: float, high: float) -> Reader:
    def read(value: object) -> float:
        number = _number(value)
        if number is None or not low <= number <= high:
            raise ValueError(tr("must be a number of seconds from {low:g} to {high:g}", low=low, high=high))
        return number

    return read


def url(*schemes: str) -> Reader:
    """A URL without secrets."""

    def read(value: object) -> str:
        written = _address(value, schemes)
        if written and not _leads_to_a_host(written):
            raise ValueError(_form_of(schemes))
        return written.rstrip("/")

    return read


def secret_url(*schemes: str) -> Reader:
    """A URL that may carry a password."""

    def read(value: object) -> Secret:
        written = _address(value, schemes)
        if written and not _leads_to_a_host(written):
            raise ValueError(_form_of(schemes))
        return Secret.url(written)

    return read


def database_url(value: object) -> Secret:
    """The address of a PostgreSQL database, also one on a local socket. One that is not readable is taken as it is: using
    it tells what is wrong with it, where leaving it out would use another history than the user asked for."""
    return Secret.url(_address(value, ("postgresql", "postgres")))


def _address(value: object, schemes: tuple[str, ...]) -> str:
    written = text(value)
    if written and (
        not written.startswith(tuple(f"{scheme}://" for scheme in schemes)) or any(map(str.isspace, written))
    ):
        raise ValueError(_form_of(schemes))
    return written


def _leads_to_a_host(url: str) -> bool:
    return is_readable_url(url) and bool(urlsplit(url).hostname)


def _form_of(schemes: tuple[str, ...]) -> str:
    listed = f" {tr('or')} ".join(f"{scheme}://" for scheme in schemes)
    return tr("must be an address that begins with {schemes}", schemes=listed)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
