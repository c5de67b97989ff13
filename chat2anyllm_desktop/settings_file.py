"""The settings file as text: read whatever can be read, write without losing what people wrote in it.

It knows TOML and lines, and nothing of which settings there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chat2anyllm_desktop.core.errors import SettingsError, StoreReadOnlyError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.paths import make_folder
from chat2anyllm_desktop.system import replace_file

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


@dataclass(frozen=True, slots=True)
class Table:
    """What a settings file says. ``broken`` means that it is no TOML as a whole, and single lines were read."""

    values: Mapping[str, object] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each key, counted from 1."""
    problems: tuple[str, ...] = ()
    broken: bool = False


def read_table(file: Path) -> Table:
    """Read the file. Never raises: what is wrong is in ``problems``, as sentences; a missing file is an empty table."""
    import tomllib

    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return Table()
    except OSError as error:
        return Table(
            problems=(
                tr(
                    "The settings file {file} cannot be read ({reason}); it is not used.",
                    file=file,
                    reason=error.strerror,
                ),
            )
        )
    text = raw.decode("utf-8-sig", errors="replace")
    lines = _lines(text)
    try:
        if "\N{REPLACEMENT CHARACTER}" in text:
            raise tomllib.TOMLDecodeError("not UTF-8 text")
        return Table(tomllib.loads(text), lines)
    except (tomllib.TOMLDecodeError, RecursionError):
        return _read_line_by_line(file, text, lines)


def write_table(file: Path, values: Mapping[str, object | None], *, broken: bool) -> Path | None:
    """Set the values (None removes a key), keeping comments, order and unknown keys; of a table those entries that are
    given. Raises SettingsError.

    The file is replaced in one step and readable by its owner only. A ``broken`` file is kept beside the new one; its
    new path is returned.
    """
    import tomlkit
    import tomlkit.exceptions

    try:
        kept_aside = None
        make_folder(file.parent)
        if broken and file.exists():
            kept_aside = file.with_name(f"{file.name}.bad-{datetime.now():%Y%m%d-%H%M%S}")
            file.replace(kept_aside)
        document = tomlkit.parse(file.read_text("utf-8-sig")) if file.exists() else tomlkit.document()
        for key, value in values.items():
            if value is None:
                document.pop(key, None)
            elif isinstance(value, Mapping):
                _write_entries(document, key, value)
            else:
                document[key] = value
        replace_file(file, tomlkit.dumps(document))
    except (StoreReadOnlyError, OSError, UnicodeDecodeError, tomlkit.exceptions.TOMLKitError) as error:
        raise SettingsError(
            tr("The settings could not be saved in {file}. They hold until the program ends.", file=file),
            detail=str(error),
        ) from error
    return kept_aside


def place_of(file: Path, number: int) -> str:
    """A line of the file, as the beginning of a sentence."""
    return tr("{file}, line {number}", file=file.name, number=number)


_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*=""")
_SECTION = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+)\s*\]\s*(#.*)?")


def _lines(text: str) -> dict[str, int]:
    """Where each setting stands. What stands in a table is told by the table's own line."""
    lines: dict[str, int] = {}
    within = False
    for number, line in enumerate(text.splitlines(), 1):
        if section := _SECTION.fullmatch(line):
            lines.setdefault(section[1], number)
            within = True
        elif not within and (match := _KEY.match(line)):
            lines[match[1]] = number
    return lines


def _write_entries(document: TOMLDocument, key: str, entries: Mapping[str, object | None]) -> None:
    import tomlkit

    table = document.get(key)
    if not isinstance(table, MutableMapping):
        document.pop(key, None)
        table = document.setdefault(key, tomlkit.table())
    for name, value in entries.items():
        if value is None:
            table.pop(name, None)
        else:
            table[name] = list(value) if isinstance(value, tuple) else value
    if not table:
        document.pop(key)


def _read_line_by_line(file: Path, text: str, lines: Mapping[str, int]) -> Table:
    """The settings are ``key = value``, a line each, so the sound lines of a broken file still say something."""
    import tomllib

    values: dict[str, object] = {}
    problems = []
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if "\N{REPLACEMENT CHARACTER}" in line:
                raise tomllib.TOMLDecodeError("not UTF-8 text")
            if _SECTION.fullmatch(line):
                section = line
            elif section:
                for name, entries in tomllib.loads(f"{section}\n{line}").items():
                    before = values.get(name)
                    values[name] = {**entries, **(before if isinstance(before, dict) else {})}
            else:
                values = {**tomllib.loads(line), **values}
        except (tomllib.TOMLDecodeError, RecursionError):
            problems.append(
                tr(
                    "{place}: this line cannot be understood and is not used ({file}).",
                    place=place_of(file, number),
                    file=file,
                )
            )
    if not problems:
        problems.append(
            tr(
                "{place}: a setting is given twice; the first one is used ({file}).",
                place=file.name,
                file=file,
            )
        )
    more = len(problems) - 5
    if more > 0:
        words = tr("{file}: {count} more lines cannot be understood.", file=file.name, count=more)
        problems = [*problems[:5], words]
    return Table(values, lines, tuple(problems), broken=True)
