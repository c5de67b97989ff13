"""What ``doctor`` looks at. Each check is one function that blocks, changes nothing and may take its time."""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from chat2anyllm_desktop import __version__, paths, system
from chat2anyllm_desktop.core.errors import ChatError

if TYPE_CHECKING:
    from chat2anyllm_desktop.llm.router import Discovery
    from chat2anyllm_desktop.secrets import Vault
    from chat2anyllm_desktop.settings import LoadedSettings

ANSWER_S = 6.0
"""Seconds that anything outside this computer is given to answer."""


class State(StrEnum):
    OK = "OK"
    ATTENTION = "attention"
    """Works, but not all of it."""
    FAULT = "fault"
    """What was asked for does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check; ``remedy`` says what can be done about it, empty when nothing needs to be."""

    state: State
    text: str
    remedy: str = ""


Check = Callable[[], Finding]


def all_checks(loaded: LoadedSettings, vault: Vault) -> Mapping[str, Check]:
    """The checks by name, in the order of the report. ``loaded`` has its secrets."""
    return {
        "program": _program,
        "settings": lambda: _settings(loaded),
        "keychain": lambda: _keychain(vault),
        "gateway": lambda: _gateway(loaded),
        "history": lambda: _history(loaded),
        "engine": lambda: _engine(loaded),
        "display": _display,
        "log": _log,
    }


def _program() -> Finding:
    text = f"Chat2AnyLLM Desktop {__version__}, Python {platform.python_version()}, {platform.platform(terse=True)}"
    try:
        qt = importlib.metadata.version("PySide6_Essentials")
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            State.ATTENTION, f"{text}, no Qt", "Install the package PySide6-Essentials to have a window."
        )
    return Finding(State.OK, f"{text}, Qt {qt}")


def _settings(loaded: LoadedSettings) -> Finding:
    variables = ", ".join(sorted(set(loaded.variables.values())))
    text = f"{loaded.file}{'' if loaded.file.exists() else ' (not there; the defaults hold)'}"
    text += f"; from the environment: {variables}" if variables else ""
    if loaded.problems:
        return Finding(State.ATTENTION, text, " ".join(loaded.problems))
    return Finding(State.OK, text)


def _keychain(vault: Vault) -> Finding:
    state = vault.state()
    if state.available:
        return Finding(State.OK, state.sentence)
    remedy = (
        ""
        if os.environ.get("CHAT2ANYLLM_KEYRING")
        else "Install and unlock one, such as GNOME Keyring or KWallet."
    )
    return Finding(State.ATTENTION, state.sentence, remedy)


def _gateway(loaded: LoadedSettings) -> Finding:
    settings = loaded.settings
    if not settings.gateway_url:
        return Finding(
            State.ATTENTION,
            "no gateway is set",
            "Set LITELLM_BASE_URL and LITELLM_API_KEY, or enter them in the settings window.",
        )
    key = f"key {settings.gateway_key}" if settings.gateway_key else "no key"
    place = f"{settings.gateway_url} ({key})"
    begun = time.perf_counter()
    try:
        found = asyncio.run(_discover(loaded))
    except TimeoutError:
        return Finding(
            State.FAULT,
            f"{place} gives no answer within {ANSWER_S:g} seconds",
            "Check the address, the network and whether the gateway runs.",
        )
    except ChatError as error:
        return Finding(State.FAULT, place, str(error))
    took = f"{(time.perf_counter() - begun) * 1000:.0f} ms"
    if found.problems:
        return Finding(State.FAULT, place, str(found.problems[0]))
    names = [model.name for model in found.models]
    if not names:
        return Finding(
            State.FAULT, f"{place} answers in {took} and has no chat models", "Give the key some models."
        )
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    text = f"{place} answers in {took}; {len(names)} models: {shown}"
    if settings.default_model and settings.default_model not in names:
        return Finding(State.ATTENTION, text, f"It does not list the default model {settings.default_model}.")
    return Finding(State.OK, text)


async def _discover(loaded: LoadedSettings) -> Discovery:
    from chat2anyllm_desktop.app import Workshop

    # The gateway alone: the engine has a check of its own.
    models = Workshop(replace(loaded, settings=replace(loaded.settings, local_enabled=False))).make_models()
    try:
        async with asyncio.timeout(ANSWER_S):
            return await models.discover()
    finally:
        await models.aclose()


def _history(loaded: LoadedSettings) -> Finding:
    from chat2anyllm_desktop.store.inspection import inspect_database, inspect_file

    url = loaded.settings.database_url.reveal()
    try:
        found = inspect_database(url) if url else inspect_file(paths.history_file())
    except ChatError as error:
        return Finding(
            State.FAULT, str(loaded.settings.database_url) if url else str(paths.history_file()), str(error)
        )
    text = f"{found.name} ({found.server})"
    if found.version is not None:
        text += f"; schema version {found.version}, {found.sessions} sessions, {found.messages} messages"
    if url and found.missing_triggers:
        return Finding(
            State.ATTENTION,
            f"{text}; triggers are missing or switched off: {', '.join(found.missing_triggers)}",
            "The owner of the tables puts them back with: chat2anyllm db upgrade",
        )
    if url and not found.up_to_date:
        what = (
            "has no tables yet" if found.version is None else f"is older than version {found.current_version}"
        )
        return Finding(
            State.ATTENTION, f"{text}; it {what}", "The first start does it, or: chat2anyllm db upgrade"
        )
    if not url and (problem := _unwritable(paths.history_file())):
        return Finding(State.FAULT, text, problem)
    return Finding(State.OK, text)


def _engine(loaded: LoadedSettings) -> Finding:
    from chat2anyllm_desktop.llm.model_file import find_model

    if not loaded.settings.local_enabled:
        return Finding(State.OK, "switched off in the settings")
    try:
        model = find_model(loaded.settings.local_model_path)
    except ChatError as error:
        return Finding(State.ATTENTION, "no embedded model", str(error))
    try:
        importlib.import_module("xllamacpp")
    except ImportError as error:
        remedy = "Install the package of the system that brings it; docs/install.md names them."
        return Finding(State.ATTENTION, f"xllamacpp cannot be loaded ({error})", remedy)
    version = importlib.metadata.version("xllamacpp")
    return Finding(
        State.OK,
        f"{model.name} ({model.path}), xllamacpp {version}, threads: {loaded.settings.local_threads}",
    )


def _display() -> Finding:
    problem = system.display_problem()
    if problem is not None:
        return Finding(State.ATTENTION, "no window can be opened here", problem)
    names = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY")
    chosen = next((f"{name}={os.environ[name]}" for name in names if os.environ.get(name)), "the system's")
    return Finding(State.OK, chosen)


def _log() -> Finding:
    file = paths.log_file()
    if problem := _unwritable(file):
        return Finding(State.ATTENTION, str(file), problem)
    reports = sorted(file.parent.glob("crash-*.txt"))
    if reports:
        return Finding(
            State.ATTENTION, str(file), f"{len(reports)} crash reports, the last one: {reports[-1]}"
        )
    return Finding(State.OK, str(file))


def _unwritable(file: Path) -> str:
    """Why a file of ours could not be written, empty when it can; creates nothing."""
    place = next(folder for folder in (file, *file.parents) if folder.exists())
    inside = place == file or place.is_dir()
    if inside and os.access(place, os.W_OK):
        return ""
    return f"{place} cannot be written. Make it writable, or set {paths.HOME_VARIABLE} to a folder that is."
