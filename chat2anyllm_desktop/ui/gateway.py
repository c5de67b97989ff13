"""The models that can be asked: the gateway's and those of this computer, looked for until the gateway answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Model, ModelSource
from chat2anyllm_desktop.llm.router import Discovery, ModelRouter
from chat2anyllm_desktop.setting_types import with_password
from chat2anyllm_desktop.ui.announcer import Announcer
from chat2anyllm_desktop.ui.facts import ConnectionState, Health
from chat2anyllm_desktop.ui.retired import Retired
from chat2anyllm_desktop.ui.workshop import Workshop

LOOK_AGAIN_S = (3.0, 10.0, 30.0, 60.0)
"""Waits between two attempts to list models while the gateway is away; the last one repeats."""

_NOTICE = "gateway"


class Gateway(QObject):
    """Signals are facts: ``models_reset`` (list of Model), ``state_changed`` (a ConnectionState). Wish:
    ``settings_wanted``."""

    models_reset = Signal(object)
    state_changed = Signal(object)
    settings_wanted = Signal()

    def __init__(self, workshop: Workshop, tasks: Tasks, announcer: Announcer, retired: Retired) -> None:
        super().__init__()
        self._workshop = workshop
        self._tasks = tasks
        self._announcer = announcer
        self._retired = retired
        self._router: ModelRouter | None = None
        self.listed: Sequence[Model] = ()
        """The models last found."""
        self.state = ConnectionState(Health.CONNECTING, tr("Looking for models…"))

    @property
    def router(self) -> ModelRouter:
        """All models, to be asked."""
        if self._router is None:
            self._router = self._workshop.make_models()
        return self._router

    def look(self) -> None:
        """Ask for the models, until nothing is left to be found."""
        self._tasks.start("models", self._look_until_found())

    def renew(self) -> None:
        """The settings are others: look again with these. Answers that are being written go on with the old ones."""
        if self._router is not None:
            self._retired.add(self._router)
            self._router = None
        self._announcer.withdraw(_NOTICE)
        self.look()

    def diagnose(self) -> None:
        """Say how things are and what can be done."""
        self._announcer.say_state(_NOTICE, self.state, self._ways_out())

    async def aclose(self) -> None:
        """End the embedded engine. Tasks must have ended."""
        if self._router is not None:
            await self._router.aclose()

    async def _look_until_found(self) -> None:
        attempt = 0
        while not await self._look():
            await asyncio.sleep(LOOK_AGAIN_S[min(attempt, len(LOOK_AGAIN_S) - 1)])
            attempt += 1

    async def _look(self) -> bool:
        """One look. True when nothing is left to be found by looking again."""
        self._tell(Health.CONNECTING, tr("Looking for models…"))
        try:
            found = await self.router.discover()
        except ChatError as error:  # The settings cannot be used; looking again does not help.
            self._tell_problem(error)
            return True
        self.listed = found.models
        self.models_reset.emit(found.models)
        if found.problems:
            self._tell_problem(found.problems[0])
            return False
        self._announcer.withdraw(_NOTICE)
        self._tell_found(found)
        return True

    def _tell_problem(self, problem: ChatError) -> None:
        self._tell(Health.FAULT, str(problem))
        self._announcer.report(_NOTICE, problem, self._ways_out(), once=True)

    def _tell_found(self, found: Discovery) -> None:
        here = sum(model.source is ModelSource.GATEWAY for model in found.models)
        url = self._workshop.loaded.settings.gateway_url
        if url:
            url = with_password(url, "")
            words = tr("Connected to {url}: {n} model(s).", n=here, url=url)
            self._tell(Health.OK if here else Health.ATTENTION, words)
        elif any(model.source is ModelSource.EMBEDDED for model in found.models):
            self._tell(Health.OFF, tr("No gateway is set. The small model on this computer answers."))
        else:
            self._tell(Health.OFF, tr("No gateway is set. Only the offline demo is there."))

    def _ways_out(self) -> dict[str, Callable[[], None]]:
        return {tr("Settings"): self.settings_wanted.emit, tr("Try again"): self.look}

    def _tell(self, health: Health, sentence: str) -> None:
        self.state = ConnectionState(health, sentence)
        self.state_changed.emit(self.state)
