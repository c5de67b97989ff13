"""Models and history as the rest of the window knows them, and what a turn is given of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.chat.parts import Parts
from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.errors import StoreUnavailableError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Model
from chat2anyllm_desktop.llm.router import ModelRouter
from chat2anyllm_desktop.settings import LoadedSettings, Settings
from chat2anyllm_desktop.store.journal import Journal
from chat2anyllm_desktop.store.threaded import ThreadedStore
from chat2anyllm_desktop.ui.announcer import Announcer
from chat2anyllm_desktop.ui.facts import ConnectionState, Tone
from chat2anyllm_desktop.ui.gateway import Gateway
from chat2anyllm_desktop.ui.history import History
from chat2anyllm_desktop.ui.retired import Retired
from chat2anyllm_desktop.ui.workshop import Workshop


class Connections(QObject):
    """Signals are facts: ``gateway_changed`` and ``database_changed`` (a ConnectionState), ``models_reset`` (list of Model),
    ``store_opened`` (another history is in use, read everything), ``changes_seen`` (list of Change). Wish:
    ``settings_wanted`` (page)."""

    gateway_changed = Signal(object)
    database_changed = Signal(object)
    models_reset = Signal(object)
    store_opened = Signal()
    changes_seen = Signal(object)
    settings_wanted = Signal(str)

    def __init__(self, workshop: Workshop, tasks: Tasks, announcer: Announcer) -> None:
        super().__init__()
        self._workshop = workshop
        self._tasks = tasks
        self._announcer = announcer
        self._retired = Retired(tasks)
        self._gateway = Gateway(workshop, tasks, announcer, self._retired)
        self._gateway.state_changed.connect(self.gateway_changed)
        self._gateway.models_reset.connect(self.models_reset)
        self._gateway.settings_wanted.connect(lambda: self.settings_wanted.emit("gateway"))
        self._history = History(workshop, tasks, announcer, self._retired)
        self._history.state_changed.connect(self.database_changed)
        self._history.opened.connect(self.store_opened)
        self._history.changes_seen.connect(self.changes_seen)
        self._history.settings_wanted.connect(lambda: self.settings_wanted.emit("database"))
        self.watch_session = self._history.watch_session
        self.on_store_lost = self._history.on_lost
        self.reconnect_store = self._history.open
        self.ways_out = self._history.ways_out
        self.reconnect_gateway = self._gateway.renew
        self.refresh_models = self._gateway.look

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
        return self._history.store is not None

    @property
    def store(self) -> ThreadedStore:
        """The store in use. Raises StoreUnavailableError while there is none."""
        if self._history.store is None:
            raise StoreUnavailableError(tr("The history is not open yet, so nothing can be saved."))
        return self._history.store

    @property
    def models(self) -> ModelRouter:
        """All models, to be asked."""
        return self._gateway.router

    @property
    def listed(self) -> Sequence[Model]:
        """The models last found."""
        return self._gateway.listed

    def model(self, name: str | None) -> Model | None:
        """A listed model by its name."""
        return next((model for model in self.listed if model.name == name), None)

    def for_turn(self) -> Parts:
        """What a turn is given: what is in use when it begins stays its own to the end, whatever is changed meanwhile."""
        return _OfTurn(self)

    # States --------------------------------------------------------------------------------------------------------------
    @property
    def gateway_state(self) -> ConnectionState:
        return self._gateway.state

    @property
    def database_state(self) -> ConnectionState:
        return self._history.state

    def diagnose(self, part: str) -> None:
        """The dot of ``gateway`` or ``database`` was clicked: say how it is and what can be done."""
        (self._gateway if part == "gateway" else self._history).diagnose()

    # Life ----------------------------------------------------------------------------------------------------------------
    async def connect_all(self) -> None:
        """Open the history and look for models, side by side; what needs the keychain waits for it."""
        waits = "database_url" in self.loaded.missing_secrets()
        if not waits:
            self._history.open()
        problem = await self._workshop.load_secrets()
        if problem and self.settings.gateway_url and not self.settings.gateway_key:
            self._announcer.say("keychain", problem, tone=Tone.ATTENTION, seconds=15)
        self._gateway.look()
        if waits:
            self._history.open()

    def abandon_store(self) -> None:
        """The program ends, and the database hangs: wait for it no longer."""
        self._history.abandon()

    async def aclose(self) -> None:
        """Stop watching, finish what is queued for the history, end the embedded engine. Tasks must have ended."""
        await self._retired.aclose()
        await self._history.aclose()
        await self._gateway.aclose()
        self.journal.close()


class _OfTurn:
    """Keeps :class:`~chat2anyllm_desktop.chat.parts.Parts`; taken at the first use, inside the turn's own task."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._store: ThreadedStore | None = None
        self._models: ModelRouter | None = None

    @property
    def store(self) -> ThreadedStore:
        if self._store is None:
            self._store = self._connections.store
        return self._store

    @property
    def journal(self) -> Journal:
        return self._connections.journal

    @property
    def models(self) -> ModelRouter:
        if self._models is None:
            self._models = self._connections.models
        return self._models
