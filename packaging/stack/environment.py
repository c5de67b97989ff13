"""The environment files of the stack: made of the committed examples, with random secrets, and never overwritten."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

NAMES = ("postgres", "redis", "litellm", "openwebui", "desktop")
_SECRET = re.compile(r"<([A-Z0-9_]+)>")


class StackError(Exception):
    """The sentence tells what is wrong and what to do."""


def prepare(root: Path) -> list[Path]:
    """Make the files that are missing; returns them. The same name has the same value in all files: those of existing
    files are taken over. Raises StackError."""
    known: dict[str, str] = {}
    for name in NAMES:
        file = root / f".env.{name}"
        if file.exists():
            known.update(_secrets_of(_example(root, name), read(file)))
    made = []
    for name in NAMES:
        file = root / f".env.{name}"
        if file.exists():
            continue
        text = _SECRET.sub(
            lambda found: known.setdefault(found[1], secrets.token_hex(24)), _example(root, name)
        )
        if name == "desktop":
            text = _with_ports(text)
        try:
            # Readable for its owner alone from the first moment on.
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue  # Somebody else made it meanwhile.
        except OSError as error:
            raise StackError(f"{file} cannot be written: {error.strerror}.") from None
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
        made.append(file)
    return made


def read(file: Path) -> dict[str, str]:
    """The variables of an environment file. Raises StackError where it is missing or cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        raise StackError(f"{file} cannot be read: make stack-up makes it of {file.name}.example.") from None
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = value.strip()
    return found


def _with_ports(text: str) -> str:
    """The addresses that the desktop uses, where the stack listens to other ports than usual."""
    for variable, usual in (("STACK_LITELLM_PORT", "4000"), ("STACK_POSTGRES_PORT", "5432")):
        text = text.replace(f"127.0.0.1:{usual}", f"127.0.0.1:{os.environ.get(variable) or usual}")
    return text


def _example(root: Path, name: str) -> str:
    file = root / f".env.{name}.example"
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise StackError(f"{file} cannot be read: {error.strerror}.") from None


def _secrets_of(example: str, values: dict[str, str]) -> dict[str, str]:
    """The values that stand in a file where its example has names."""
    found: dict[str, str] = {}
    for line in example.splitlines():
        name, equals, pattern = line.partition("=")
        if not equals or name.startswith("#") or not _SECRET.search(pattern):
            continue
        pieces = _SECRET.split(pattern)
        expression = "".join(
            f"(?P<{piece}>[^\\s@:/]+)" if number % 2 else re.escape(piece)
            for number, piece in enumerate(pieces)
        )
        match = re.fullmatch(expression, values.get(name, ""))
        if match is not None:
            found.update(match.groupdict())
    return found
