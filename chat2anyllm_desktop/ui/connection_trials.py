"""Trying out what the program would connect to, as it was entered and before it is saved. Nothing is changed there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from chat2anyllm_desktop.core.errors import AuthenticationError, ChatError, StoreError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import ModelSource
from chat2anyllm_desktop.llm.address import parse_address
from chat2anyllm_desktop.settings import Settings, try_settings
from chat2anyllm_desktop.store.inspection import Findings
from chat2anyllm_desktop.ui.workshop import Workshop

TRIAL_S = 15.0
"""Seconds after which a trial is given up."""

_LOOKS = 2
"""Databases looked at side by side. A look that nobody waits for any more keeps its thread until the server answers or
is given up, and the threads are few."""


class Trials:
    """Each trial takes settings as the fields have them, and returns the sentence that says what was found. Raises
    ChatError, whose sentence may begin with the name of a setting."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._looks = asyncio.Semaphore(_LOOKS)

    async def gateway(self, values: Mapping[str, object]) -> str:
        """Ask for the models."""
        loaded = try_settings(self._workshop.loaded, values)
        if not loaded.settings.gateway_url:
            return tr("No gateway is set: the models of this computer answer.")
        router = self._workshop.tried_with(loaded).make_models()
        try:
            async with asyncio.timeout(TRIAL_S):
                found = await router.discover()
        except TimeoutError as error:
            raise ChatError(
                tr(
                    "There was no answer within {seconds} seconds. Something listens at this address, and it may be no "
                    "gateway: check the port.",
                    seconds=round(TRIAL_S),
                )
            ) from error
        finally:
            await router.aclose()
        if found.problems:
            raise _beside_the_fields(found.problems[0], loaded.settings)
        count = sum(model.source is ModelSource.GATEWAY for model in found.models)
        if not count:
            return tr("Connected, but this gateway lists no models. Add some to its configuration.")
        return tr("Connected: {n} model(s).", n=count)

    async def database(self, values: Mapping[str, object]) -> str:
        """Connect and look."""
        url = try_settings(self._workshop.loaded, values).settings.database_url.reveal()
        if not url:
            return tr("No database is set: the history stays on this computer.")
        await self._looks.acquire()
        look = asyncio.get_running_loop().run_in_executor(None, _look, url)
        look.add_done_callback(lambda _: self._looks.release())
        try:
            async with asyncio.timeout(TRIAL_S):
                return _in_words(await asyncio.shield(look))
        except TimeoutError as error:
            raise ChatError(
                tr("There was no answer within {seconds} seconds.", seconds=round(TRIAL_S))
            ) from error

    async def engine(self, values: Mapping[str, object]) -> str:
        """Look for the engine and the model file. Nothing is started."""
        from chat2anyllm_desktop.llm.model_file import find_model

        loaded = try_settings(self._workshop.loaded, values)
        variable = loaded.variables.get("local_enabled")
        if variable and not loaded.settings.local_enabled:
            raise ChatError(tr("It is switched off by {variable} in the environment.", variable=variable))
        chosen = loaded.settings.local_model_path
        file = await asyncio.to_thread(find_model, chosen)
        size = await asyncio.to_thread(lambda: file.path.stat().st_size)
        return tr(
            "Ready: {name} ({file}, {size} MB)",
            name=file.name,
            file=file.path.name,
            size=f"{size / 1e6:,.0f}",
        )


def _beside_the_fields(problem: ChatError, settings: Settings) -> ChatError:
    """What else sends people to the settings: here they have the field in front of them."""
    if not isinstance(problem, AuthenticationError):
        return problem
    host = parse_address(settings.gateway_url).host
    if settings.gateway_key:
        words = tr(
            "{host} does not accept the API key: check that it is whole, and meant for this gateway.",
            host=host,
        )
    else:
        words = tr("{host} wants an API key: enter it below.", host=host)
    return AuthenticationError(words, detail=problem.detail, status=problem.status)


def _look(url: str) -> Findings:
    from chat2anyllm_desktop.store.inspection import inspect_database

    return inspect_database(url)


def _in_words(found: Findings) -> str:
    """Raises StoreError for a database that can be reached and not be used."""
    connected = tr(
        "Connected to {database} ({server}, {way}).",
        database=found.name,
        server=found.server,
        way=_way(found),
    )
    if found.version is None:
        if not found.may_change:
            raise StoreError(
                tr(
                    "{connected} It has no tables for the history yet, and this user may not make them. Ask its owner to "
                    "run: psql -d {name} -f schema.sql",
                    connected=connected,
                    name=found.name.rpartition("/")[2],
                )
            )
        return tr("{connected} Its tables are made when it is used.", connected=connected)
    held = tr("{connected} It holds {n} session(s).", n=found.sessions, connected=connected)
    if found.version == 0:
        if not found.may_change:
            raise StoreError(
                tr(
                    "{connected} Its tables are the web edition's and must be extended once, which this user may not do. "
                    "Ask their owner to run: psql -d {name} -f schema.sql",
                    connected=connected,
                    name=found.name.rpartition("/")[2],
                )
            )
        return tr("{held} Its tables are the web edition's; both editions can go on with them.", held=held)
    if not found.up_to_date and found.may_change:
        return tr("{held} Its tables are upgraded when it is used.", held=held)
    return held


def _way(found: Findings) -> str:
    if found.encrypted:
        return tr("encrypted")
    return tr("on this computer") if found.local else tr("not encrypted")
