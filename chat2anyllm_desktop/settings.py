"""What can be set: environment over settings file over defaults, as one frozen :class:`Settings`.

What there is to be set stands in :mod:`chat2anyllm_desktop.setting_table`.

Secrets are never written to the file. Loading does not ask the keychain either, which may block: the names in
:meth:`LoadedSettings.missing_secrets` are looked up off the UI thread and handed to :meth:`LoadedSettings.with_secrets`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from chat2anyllm_desktop import paths, settings_file
from chat2anyllm_desktop.core.errors import SettingsError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.setting_table import TABLE, Hidden, Setting, Settings
from chat2anyllm_desktop.setting_types import (
    MASK,
    Secret,
    is_readable_url,
    password_of,
    with_password,
)

__all__ = [
    "TABLE",
    "LoadedSettings",
    "Secret",
    "Setting",
    "Settings",
    "Source",
    "load_settings",
    "save_settings",
    "try_settings",
]


class Source(StrEnum):
    """Who decided a setting."""

    DEFAULT = "default"
    FILE = "settings file"
    ENVIRONMENT = "environment"
    KEYCHAIN = "keychain"


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings with where each came from. ``problems`` are sentences for the user; none of them stops the program."""

    settings: Settings
    sources: Mapping[str, Source]
    variables: Mapping[str, str]
    """The environment variable of each setting that came from one."""
    problems: tuple[str, ...]
    file: Path

    def secret_values(self) -> list[str]:
        """Every secret among the settings as it is, for the log to mask."""
        secrets = []
        for name, row in TABLE.items():
            value = getattr(self.settings, name)
            text = value.reveal() if isinstance(value, Secret) else value
            if isinstance(text, str):
                whole = row.hidden is Hidden.ALL or (
                    row.hidden is Hidden.PASSWORD and not is_readable_url(text)
                )
                secrets.append(text if whole else password_of(text))
        return [secret for secret in secrets if secret]

    def missing_secrets(self) -> list[str]:
        """Settings whose secret part may be in the keychain, under the setting's own name."""
        wanted = []
        for name, setting in TABLE.items():
            value = getattr(self.settings, name)
            if setting.hidden is Hidden.NOTHING or self.sources[name] is Source.ENVIRONMENT:
                continue
            if setting.hidden is Hidden.ALL:
                missing = not value
            else:
                missing = value and is_readable_url(value.reveal()) and not password_of(value.reveal())
            if missing:
                wanted.append(name)
        return wanted

    def with_secrets(self, found: Mapping[str, str]) -> LoadedSettings:
        """The same with what the keychain held for :meth:`missing_secrets`; empty entries change nothing."""
        changes: dict[str, Any] = {}
        for name in self.missing_secrets():
            if not found.get(name):
                continue
            if TABLE[name].hidden is Hidden.ALL:
                changes[name] = Secret(found[name])
            else:
                changes[name] = Secret.url(with_password(getattr(self.settings, name).reveal(), found[name]))
        sources = {
            **self.sources,
            **{name: Source.KEYCHAIN for name in changes if TABLE[name].hidden is Hidden.ALL},
        }
        return replace(self, settings=replace(self.settings, **changes), sources=sources)


def load_settings(environ: Mapping[str, str] | None = None, file: Path | None = None) -> LoadedSettings:
    """Read environment and file. Never raises: a value that cannot be used is named in ``problems``, and the next
    source in order, at last the default, holds in its place."""
    environ = os.environ if environ is None else environ
    file = paths.settings_file() if file is None else file
    table = settings_file.read_table(file)
    problems = list(table.problems)
    values: dict[str, Any] = {}
    sources: dict[str, Source] = dict.fromkeys(TABLE, Source.DEFAULT)
    variables: dict[str, str] = {}
    for name, setting in TABLE.items():
        for variable in setting.variables:
            if environ.get(variable):
                try:
                    values[name] = setting.read(environ[variable])
                except ValueError as error:
                    problems.append(
                        tr(
                            "The environment variable {variable} {error}; it is not used.",
                            variable=variable,
                            error=error,
                        )
                    )
                    continue
                sources[name], variables[name] = Source.ENVIRONMENT, variable
                break
        if name not in table.values:
            continue
        place = settings_file.place_of(file, table.lines.get(name, 1))
        try:
            value = setting.read(table.values[name])
        except ValueError as error:
            problems.append(
                tr(
                    "{place}: {name} {error}; it is not used ({file}).",
                    place=place,
                    name=name,
                    error=error,
                    file=file,
                )
            )
            continue
        if _holds_secret(setting, value):
            problems.append(
                tr(
                    "{place}: {name} holds a secret in readable form. Enter it in the settings window, which keeps it in "
                    "the keychain, and remove it from {file}.",
                    place=place,
                    name=name,
                    file=file,
                )
            )
        if isinstance(value, tuple):
            problems += _strays(name, table.values[name], place, file)
        if name not in values:
            values[name], sources[name] = value, Source.FILE
    for key in table.values.keys() - TABLE.keys():
        # Keys that resemble none of ours may belong to a newer version and are left alone.
        if near := _nearest(key):
            place = settings_file.place_of(file, table.lines.get(key, 1))
            problems.append(
                tr(
                    "{place}: there is no setting {name}; did you mean {near}? ({file})",
                    place=place,
                    name=key,
                    near=near,
                    file=file,
                )
            )
    return LoadedSettings(Settings(**values), sources, variables, tuple(problems), file)


def save_settings(loaded: LoadedSettings, changes: Mapping[str, object]) -> dict[str, str]:
    """Write what the user changed, and return the secrets among it, by name, to be given to the keychain.

    Comments and unknown keys of the file stay. A value equal to what the environment says is not written; a value
    equal to the default removes its line. A broken file is kept beside the new one, as ``settings.toml.bad-<time>``,
    and what could be read of it is written anew. Raises SettingsError, and writes nothing, when a value cannot be used
    or the file cannot be written. Load again to see the effect.
    """
    values: dict[str, object | None] = {}
    secrets: dict[str, str] = {}
    table = settings_file.read_table(loaded.file)
    if table.broken:
        values.update({name: value for name, value in table.values.items() if name in TABLE})
        for name, setting in TABLE.items():
            if setting.hidden is not Hidden.NOTHING:
                values.pop(name, None)
    for name, given in changes.items():
        setting = TABLE[name]
        value = _read(setting, given, getattr(loaded.settings, name))
        if loaded.sources[name] is Source.ENVIRONMENT and value == getattr(loaded.settings, name):
            continue
        if setting.hidden is not Hidden.NOTHING:
            assert isinstance(value, Secret)
            secrets[name] = value.reveal() if setting.hidden is Hidden.ALL else password_of(value.reveal())
        if isinstance(value, tuple):
            changed = _changed(dict(getattr(loaded.settings, name)), dict(value))
            readable = values.get(name)
            entries = {**(readable if isinstance(readable, Mapping) else {}), **changed}
            if entries:
                values[name] = entries
        else:
            values[name] = None if value == setting.default else _written(setting, value)
    if values:
        settings_file.write_table(loaded.file, values, broken=table.broken)
    return secrets


def try_settings(loaded: LoadedSettings, changes: Mapping[str, object]) -> LoadedSettings:
    """The settings as :func:`save_settings` would leave them, with nothing written: for trying a connection out. Raises
    SettingsError when a value cannot be used."""
    values: dict[str, Any] = {}
    for name, given in changes.items():
        setting = TABLE[name]
        values[name] = _read(setting, given, getattr(loaded.settings, name))
    return replace(loaded, settings=replace(loaded.settings, **values))


def _strays(name: str, entries: object, place: str, file: Path) -> list[str]:
    """Settings that were written below the heading of a table, which makes them entries of it."""
    below = entries if isinstance(entries, Mapping) else {}
    return [
        tr(
            "{place}: {stray} stands below [{name}] and is not used; write it above that line ({file}).",
            place=place,
            stray=stray,
            name=name,
            file=file,
        )
        for stray, given in below.items()
        if stray in TABLE and not isinstance(given, list)
    ]


def _nearest(key: str) -> str | None:
    import difflib

    return next(iter(difflib.get_close_matches(key, TABLE, 1, 0.8)), None)


def _read(setting: Setting, given: object, now: object) -> object:
    """What was entered, as a value; ``now`` is the one in force, of which the secret part was shown masked."""
    if given is None:
        return setting.default
    if isinstance(given, Path):
        given = str(given)
    elif isinstance(given, Secret):
        given = given.reveal()
    if isinstance(now, Secret) and isinstance(given, str):
        if now and given in (now.shown, now.reveal()):
            return now
        if setting.hidden is Hidden.PASSWORD:
            if not is_readable_url(given):
                raise SettingsError(
                    tr(
                        "{name} cannot be understood: write %2F for /, %23 for #, %3F for ? and %40 for @ in its password.",
                        name=setting.name,
                    )
                )
            if password_of(given) == MASK:
                given = with_password(given, password_of(now.reveal()))
    try:
        value = setting.read(given)
    except ValueError as error:
        raise SettingsError(tr("{name} {error}.", name=setting.name, error=error)) from error
    if setting.hidden is Hidden.NOTHING and _holds_secret(setting, value) and value != now:
        raise SettingsError(
            tr(
                "{name} must not hold a password, because it is kept in a readable file. The environment variable "
                "{variable} may.",
                name=setting.name,
                variable=setting.variables[-1],
            )
        )
    return value


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object | None]:
    """The entries of a table that are others now; None for those that are gone."""
    gone = dict.fromkeys(before.keys() - after.keys())
    return {**gone, **{name: value for name, value in after.items() if before.get(name) != value}}


def _written(setting: Setting, value: object) -> object | None:
    """The value as the file may hold it; None for what it may not."""
    if setting.hidden is Hidden.ALL:
        return None
    if isinstance(value, Secret):
        return with_password(value.reveal(), "")
    return str(value) if isinstance(value, Path) else value


def _holds_secret(setting: Setting, value: object) -> bool:
    if isinstance(value, Secret):
        return bool(value) if setting.hidden is Hidden.ALL else bool(password_of(value.reveal()))
    return isinstance(value, str) and bool(password_of(value))
