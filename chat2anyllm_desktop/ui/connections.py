"""Gateway and database as the window knows them: which are in use, how they are, and what is done when one is away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.errors import ChatError, StoreError, StoreReadOnlyError, StoreUnavailableError
from chat2anyllm_desktop.core.models import Change, Model, ModelSource
from chat2anyllm_desktop.llm.router import ModelRouter
from chat2anyllm_desktop.settings import LoadedSettings, Settings
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.journal import Journal, settle
from chat2anyllm_desktop.store.threaded import ThreadedStore
from chat2anyllm_desktop.store.watch import RESYNC, Watcher
from chat2anyllm_desktop.ui.announcer import Announcer
from chat2anyllm_desktop.ui.facts import ConnectionState, Health, Tone
from chat2anyllm_desktop.ui.workshop import Workshop

GATHER_S = 0.1
"""Changes told by the database are gathered this long before the rows are read again."""

REDISCOVER_S = (3.0, 10.0, 30.0, 60.0)
"""Waits between two attempts to list models while the gateway is away; the last one repeats."""


class Connections(QObject):
    """Signals are facts: ``gateway_changed`` and ``database_changed`` (a ConnectionState), ``models_reset`` (list of Model),
    ``store_opened`` (another store is in use, read everything), ``changes_seen`` (list of Change)."""

    gateway_changed = Signal(object)
    database_changed = Signal(object)
    models_reset = Signal(object)
    store_opened = Signal()
    changes_seen = Signal(object)

    def __init__(self, workshop: Workshop, tasks: Tasks, announcer: Announcer) -> None:
        super().__init__()
        self._workshop = workshop
        self._tasks = tasks
        self._announcer = announcer
        self._router: ModelRouter | None = None
        self._store: ThreadedStore | None = None
        self._watcher: Watcher | None = None
        self._gathered: list[Change] = []
        self._shown = ""
        self.listed: Sequence[Model] = ()
        """The models last found."""
        self.gateway_state = ConnectionState(Health.CONNECTING, "Looking for models…")
        self.database_state = ConnectionState(Health.CONNECTING, "Opening the history…")

    # What is in use ------------------------------------------------------------------------------------------------------
    @property
    def settings(self) -> Settings:
        return self._workshop.loaded.settings

    @property
    def loaded(self) -> LoadedSettings:
        """The settings in force, and where they came from."""
        return self._workshop.loaded

    @property
    def journal(self) -> Journal:
        return self._workshop.journal

    @property
    def has_store(self) -> bool:
        """Whether a history has been opened."""
        return self._store is not None

    @property
    def store(self) -> ThreadedStore:
        """The store in use. Raises StoreUnavailableError while there is none."""
        if self._store is None:
            raise StoreUnavailableError(
                "The history is not open yet, so nothing can be saved. What you wrote is still in the message field."
            )
        return self._store

    @property
    def models(self) -> ModelRouter:
        """All models, to be asked."""
        if self._router is None:
            self._router = self._workshop.make_models()
        return self._router

    def model(self, name: str | None) -> Model | None:
        """A listed model by its name."""
        return next((model for model in self.listed if model.name == name), None)

    def diagnose(self, part: str) -> None:
        """The dot of ``gateway`` or ``database`` was clicked: say how it is and what can be done."""
        gateway = part == "gateway"
        state = self.gateway_state if gateway else self.database_state
        again = self.refresh_models if gateway else self.reconnect_store
        tone = {Health.FAULT: Tone.FAULT, Health.ATTENTION: Tone.ATTENTION}.get(state.health, Tone.INFO)
        answers = {"Settings": lambda: self.settings_wanted.emit(part)}
        if gateway or state.health is Health.FAULT:
            answers = {"Try again": again} | answers
        self._announcer.say(
            part, state.sentence, tone=tone, seconds=None if tone is Tone.FAULT else 12, answers=answers
        )

    # Starting ------------------------------------------------------------------------------------------------------------
    async def connect_all(self) -> None:
        """Secrets first, then models and history side by side."""
        problem = await self._workshop.load_secrets()
        if problem and self.settings.gateway_url and not self.settings.gateway_key:
            self._announcer.say("keychain", problem, tone=Tone.ATTENTION, seconds=15)
        self._tasks.start("models", self._discover_until_found())
        self._tasks.start("store", self._open_configured())

    def reconnect_gateway(self) -> None:
        """Look for models again, with the settings as they are now."""

        async def renew() -> None:
            old, self._router = self._router, None
            if old is not None:
                await old.aclose()
            await self._discover_until_found()

        self._tasks.start("models", renew())

    def refresh_models(self) -> None:
        """Ask for the models again."""
        self._tasks.start("models", self._discover_until_found())

    def reconnect_store(self) -> None:
        """Open the history that the settings name."""
        self._tasks.start("store", self._open_configured())

    async def aclose(self) -> None:
        """Stop watching, finish what is queued for the store, end the embedded engine. Tasks must have ended."""
        if self._watcher is not None:
            await self._watcher.stop()
        if self._store is not None:
            await self._store.aclose()
        if self._router is not None:
            await self._router.aclose()
        self.journal.close()

    # Models --------------------------------------------------------------------------------------------------------------
    async def _discover_until_found(self) -> None:
        for attempt in range(1_000_000):
            if await self._discover():
                return
            await asyncio.sleep(REDISCOVER_S[min(attempt, len(REDISCOVER_S) - 1)])

    async def _discover(self) -> bool:
        """One look. True when nothing is left to be found by looking again."""
        self._tell_gateway(Health.CONNECTING, "Looking for models…")
        found = await self.models.discover()
        self.listed = found.models
        self.models_reset.emit(found.models)
        here = sum(model.source is ModelSource.GATEWAY for model in found.models)
        if found.problems:
            problem = found.problems[0]
            self._tell_gateway(Health.FAULT, str(problem))
            self._announcer.report(
                "gateway", problem, {"Settings": self._open_settings, "Try again": self.refresh_models}
            )
            return False
        self._announcer.withdraw("gateway")
        if self.settings.gateway_url:
            count = f"{here} model{'' if here == 1 else 's'}"
            self._tell_gateway(
                Health.OK if here else Health.ATTENTION, f"Connected to {self.settings.gateway_url}: {count}."
            )
        elif any(model.source is ModelSource.EMBEDDED for model in found.models):
            self._tell_gateway(Health.OFF, "No gateway is set. The small model on this computer answers.")
        else:
            self._tell_gateway(Health.OFF, "No gateway is set. Only the offline demo is there.")
        return True

    def _tell_gateway(self, health: Health, sentence: str) -> None:
        self.gateway_state = ConnectionState(health, sentence)
        self.gateway_changed.emit(self.gateway_state)

    settings_wanted = Signal(str)

    def _open_settings(self) -> None:
        self.settings_wanted.emit("gateway")

    # History -------------------------------------------------------------------------------------------------------------
    async def _open_configured(self) -> None:
        store = self._workshop.make_store()
        shared = bool(self.settings.database_url)
        self._tell_database(Health.CONNECTING, f"Opening {store.name}…")
        if shared:
            await store.wait_until_open(lambda problem: self._on_shared_away(store, problem))
            self._announcer.withdraw("database")
            if self._store is not None and self._store.key != store.key:
                self._offer_shared(store)
                return
        else:
            try:
                await store.call(Store.open)
            except StoreReadOnlyError as error:
                await store.aclose()
                store = self._workshop.make_embedded_store(in_memory=True)
                await store.call(Store.open)
                await self._use(store)
                self._tell_database(Health.ATTENTION, str(error))
                self._announcer.say(
                    "database",
                    f"{error} This window's conversations are kept in memory, until it is closed.",
                    tone=Tone.ATTENTION,
                    detail=error.detail,
                )
                return
        await self._use(store)

    def _on_shared_away(self, store: ThreadedStore, problem: StoreError) -> None:
        """The configured database does not answer. Nothing is switched by itself."""
        self._tell_database(Health.FAULT, str(problem))
        answers = {"Try now": self.reconnect_store, "Settings": lambda: self.settings_wanted.emit("database")}
        if self._store is None:
            answers = {"Use this computer's history": self._use_embedded} | answers
        self._announcer.report("database", problem, answers)

    def _use_embedded(self) -> None:
        """The user chose the embedded history while the shared one is away; the shared one is still tried."""

        async def use() -> None:
            store = self._workshop.make_embedded_store()
            await store.call(Store.open)
            await self._use(store)
            self._tell_database(
                Health.ATTENTION,
                f"Using the history of this computer; {self._configured_name()} is still tried.",
            )

        self._tasks.start("embedded", use())

    def _configured_name(self) -> str:
        return self._workshop.make_store().name

    def _offer_shared(self, store: ThreadedStore) -> None:
        """The shared database is back while the embedded history is in use."""

        def switch() -> None:
            self._tasks.start("store", self._use(store))

        self._announcer.say(
            "database",
            f"{store.name} can be reached again. You are using the history of this computer.",
            answers={f"Use {store.name}": switch},
        )

    async def _use(self, store: ThreadedStore) -> None:
        if self._watcher is not None:
            await self._watcher.stop()
            self._watcher = None
        old, self._store = self._store, store
        if old is not None and old is not store:
            await old.aclose()
        await settle(store, self.journal)
        self._tell_database(Health.OK, f"History: {store.name}.")
        self.store_opened.emit()
        self._watcher = self._workshop.make_watcher(store)
        self._watcher.show([self._shown] if self._shown else [])
        self._watcher.start(self._on_change)

    def on_store_lost(self, error: ChatError) -> None:
        """A call failed because the database is away: say so once, try in the background, catch up when it is back."""
        store = self._store
        if store is None or self._tasks.is_running("reopen"):
            return
        self._tell_database(Health.FAULT, str(error))
        self._announcer.report("database", error)

        async def reopen() -> None:
            await store.wait_until_open(lambda problem: self._tell_database(Health.FAULT, str(problem)))
            self._announcer.withdraw("database")
            self._tell_database(Health.OK, f"History: {store.name}.")
            await settle(store, self.journal)
            self.changes_seen.emit([RESYNC])

        self._tasks.start("reopen", reopen())

    def _tell_database(self, health: Health, sentence: str) -> None:
        self.database_state = ConnectionState(health, sentence)
        self.database_changed.emit(self.database_state)

    # What others change --------------------------------------------------------------------------------------------------
    def watch_session(self, session_id: str) -> None:
        """The session on show is another one."""
        self._shown = session_id
        if self._watcher is not None:
            self._watcher.show([session_id])

    def _on_change(self, change: Change) -> None:
        self._gathered.append(change)
        if len(self._gathered) == 1:
            asyncio.get_running_loop().call_later(GATHER_S, self._tell_changes)

    def _tell_changes(self) -> None:
        changes, self._gathered = self._gathered, []
        self.changes_seen.emit(changes)
