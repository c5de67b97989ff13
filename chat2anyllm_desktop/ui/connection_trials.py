"""Trying out a gateway or a database as it was entered, before it is saved. Nothing is changed there."""

from __future__ import annotations

import asyncio

from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.core.models import ModelSource
from chat2anyllm_desktop.ui.workshop import Workshop

TRIAL_S = 15.0
"""Seconds after which a trial is given up."""


async def try_gateway(workshop: Workshop) -> str:
    """Ask for the models. The sentence that says what was found; raises ChatError."""
    if not workshop.loaded.settings.gateway_url:
        return "No gateway is set: the models of this computer answer."
    router = workshop.make_models()
    try:
        async with asyncio.timeout(TRIAL_S):
            found = await router.discover()
    except TimeoutError as error:
        raise _no_answer() from error
    finally:
        await router.aclose()
    if found.problems:
        raise found.problems[0]
    count = sum(model.source is ModelSource.GATEWAY for model in found.models)
    return f"Connected: {count} model{'' if count == 1 else 's'}."


async def try_database(url: str) -> str:
    """Connect and look. The sentence that says what was found; raises ChatError."""
    if not url:
        return "No database is set: the history stays on this computer."
    try:
        async with asyncio.timeout(TRIAL_S):
            return await asyncio.to_thread(_look, url)
    except TimeoutError as error:
        raise _no_answer() from error


def _look(url: str) -> str:
    from chat2anyllm_desktop.store.inspection import inspect_database

    found = inspect_database(url)
    connected = f"Connected to {found.name} ({found.server})"
    if found.version is None:
        return f"{connected}. Its tables are made when it is used."
    sessions = f"{connected}: {found.sessions} session{'' if found.sessions == 1 else 's'}."
    return sessions if found.up_to_date else f"{sessions} Its tables are upgraded when it is used."


def _no_answer() -> ChatError:
    return ChatError(f"No answer within {TRIAL_S:.0f} seconds.")
