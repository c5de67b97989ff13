"""The history in use: opened, watched, tried again while it is away, and changed for another one by the user alone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.errors import StoreDamagedError, StoreError, StoreUnavailableError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.store.journal import settle
from chat2anyllm_desktop.store.threaded import ThreadedStore
from chat2anyllm_desktop.store.watch import RESYNC
from chat2anyllm_desktop.ui.announcer import Announcer
from chat2anyllm_desktop.ui.facts import ConnectionState, Health, Tone
from chat2anyllm_desktop.ui.own_history import open_own, trouble_in_words
from chat2anyllm_desktop.ui.retired import Retired
from chat2anyllm_desktop.ui.watching import Watching
from chat2anyllm_desktop.ui.workshop import Workshop

SETTLE_AGAIN_S = 2.0
"""Pause before leftover answers are tried again in a database that answers and yet cannot save them."""

_NOTICE = "database"
_log = logging.getLogger(__name__)


class History(QObject):
    """Two tasks: ``history`` opens, changes and reopens what is in use; ``history:shared`` tries the database of the
    settings while it is not in use.

    Signals are facts: ``opened`` (another history is in use, read everything), ``changes_seen`` (list of Change),
    ``state_changed`` (a ConnectionState). Wish: ``settings_wanted``.
    """

    opened = Signal()
    changes_seen = Signal(object)
    state_changed = Signal(object)
    settings_wanted = Signal()

    def __init__(self, workshop: Workshop, tasks: Tasks, announcer: Announcer, retired: Retired) -> None:
        super().__init__()
        self._workshop = workshop
        self._tasks = tasks
        self._announcer = announcer
        self._retired = retired
        self._store: ThreadedStore | None = None
        self._shared: ThreadedStore | None = None
        """The database of the settings: in use, or tried, or offered."""
        self._reached = False
        """Whether the shared database answered when it was asked last."""
        self._problem = ""
        """Why it did not."""
        self._own_chosen = False
        """The user chose the history of this computer while the shared one was away."""
        self._lost = False
        self._watching = Watching(workshop)
        self._watching.changes_seen.connect(self.changes_seen)
        self.watch_session = self._watching.show
        self.state = ConnectionState(Health.CONNECTING, tr("Opening the history…"))

    @property
    def store(self) -> ThreadedStore | None:
        """What is in use; None while nothing is open."""
        return self._store

    def open(self) -> None:
        """Open what the settings name. What was in use is let go of first, so that nothing goes to the wrong place."""
        self._tasks.cancel("history:shared")
        self._tasks.start("history", self._open())

    def try_now(self) -> None:
        """Look again whether the database is there, without waiting for the next attempt."""
        if self._shared is not None and self._store is not self._shared:
            self._tasks.start("history:shared", self._reach(self._shared))
        elif self._store is not None:
            self._lost = True
            self._tasks.start("history", self._recover(self._store))
        else:
            self.open()

    def diagnose(self) -> None:
        """Say how things are and what can be done."""
        self._announcer.say_state(_NOTICE, self.state, self.ways_out())

    def on_lost(self) -> None:
        """A call failed because the history is away: it is tried until it is back, and what was missed is read then."""
        if self._store is None:
            return
        self._lost = True
        if not self._tasks.is_running("history"):
            self._tasks.start("history", self._recover(self._store))

    def abandon(self) -> None:
        """Wait no longer for a database that hangs: what is being saved fails at once, and is in the journal."""
        for store in (self._store, self._shared, *self._retired.parts):
            if isinstance(store, ThreadedStore):
                store.abandon()

    async def aclose(self) -> None:
        """Stop watching, and finish what is queued. Tasks must have ended."""
        await self._watching.end()
        away = self.state.health is Health.FAULT
        if self._shared is not None and (away or not self._reached):
            self._shared.abandon()  # Nothing of ours is on its way; a host that does not answer would keep us.
        for store in (self._store, self._shared):
            if store is not None:
                await store.aclose()

    # Opening -------------------------------------------------------------------------------------------------------------
    async def _open(self) -> None:
        await self._tasks.join("history:shared")
        self._announcer.withdraw(_NOTICE)
        await self._watching.end()
        for store in {self._store, self._shared}:
            if store is not None:
                self._retired.add(store)
        self._store = self._shared = None
        self._own_chosen = self._lost = False
        if self._workshop.loaded.settings.database_url:
            self._shared = self._workshop.make_store()
            self._tell(Health.CONNECTING, tr("Opening {name}…", name=self._shared.name))
            self._tasks.start("history:shared", self._reach(self._shared))
        else:
            await self._use_own()

    async def _reach(self, shared: ThreadedStore) -> None:
        """Try the shared database until it answers or says that trying does not help."""
        self._reached, self._problem = False, ""
        try:
            await shared.wait_until_open(self._on_away)
        except StoreError as error:
            self._on_away(error)
            return
        self._reached = True
        if self._own_chosen:
            with contextlib.suppress(StoreError):  # Answers that were written there before.
                await settle(shared, self._workshop.journal)
            self._tell_in_use()
        else:
            self._tasks.start("history", self._use(shared))

    def _on_away(self, problem: StoreError) -> None:
        """The history of the settings cannot be used (yet). Nothing is changed for another one by itself."""
        self._problem = str(problem)
        if self._own_chosen:
            self._tell_in_use()
            return
        self._tell(Health.FAULT, str(problem))
        self._announcer.report(_NOTICE, problem, self.ways_out(), once=True)

    def ways_out(self) -> dict[str, Callable[[], None]]:
        """What can be done about the history as it is now."""
        answers: dict[str, Callable[[], None]] = {}
        shared = self._shared
        if shared is not None and self._own_chosen and self._reached:
            answers[tr("Use {name}", name=shared.name)] = self._choose_shared
        elif self.state.health is Health.FAULT or self._own_chosen:
            answers[tr("Try now")] = self.try_now
        if shared is not None and not self._own_chosen and self.state.health is Health.FAULT:
            answers[tr("Use this computer's history")] = self._choose_own
        answers[tr("Settings")] = self.settings_wanted.emit
        return answers

    # Using ---------------------------------------------------------------------------------------------------------------
    def _choose_own(self) -> None:
        self._own_chosen = True
        self._tasks.start("history", self._use_own())
        if self._shared is not None and not self._tasks.is_running("history:shared"):
            self._tasks.start("history:shared", self._reach(self._shared))

    def _choose_shared(self) -> None:
        self._own_chosen = False
        if self._shared is not None:
            self._tasks.start("history", self._use(self._shared))

    async def _use_own(self) -> None:
        store, trouble = await open_own(self._workshop, self._retired, self._on_away)
        await self._use(store)
        if trouble is not None:
            words = trouble_in_words(trouble)
            if not isinstance(trouble, StoreDamagedError):
                self._tell(Health.ATTENTION, words)
            self._announcer.say(_NOTICE, words, tone=Tone.ATTENTION, detail=trouble.detail)

    async def _use(self, store: ThreadedStore) -> None:
        """Go over to an open history."""
        if self._store is not None and self._store not in (store, self._shared):
            self._retired.add(self._store)
        self._store, self._lost = store, False
        self._announcer.withdraw(_NOTICE)
        await self._watching.end()
        if await self._settle(store):
            self._tell_in_use()
        self.opened.emit()
        await self._watching.begin(store)
        if self._lost:
            await self._recover(store)

    async def _recover(self, store: ThreadedStore) -> None:
        """Try a history that was lost until it is back, and catch up."""
        while self._lost:
            self._lost = False
            try:
                await store.wait_until_open(self._on_away)
            except StoreError as error:
                self._on_away(error)
                return
            if not await self._settle(store):
                await asyncio.sleep(SETTLE_AGAIN_S)
        if self.state.health is Health.FAULT:
            self._announcer.withdraw(_NOTICE)
        self._tell_in_use()
        await self._watching.begin(store)  # Anew: the old one may be waiting for its next attempt.
        self.changes_seen.emit([RESYNC])

    async def _settle(self, store: ThreadedStore) -> bool:
        """Bring answers that were not saved in order. False when the store was lost again meanwhile."""
        try:
            await settle(store, self._workshop.journal)
        except StoreUnavailableError as error:
            self._lost = True
            self._on_away(error)
        except StoreError as error:  # They stay in the journal.
            self._announcer.report("journal", error)
        return not self._lost

    # Telling -------------------------------------------------------------------------------------------------------------
    def _tell_in_use(self) -> None:
        """What is in use; where that is the own history by choice, the shared one is offered when it is back."""
        store, shared = self._store, self._shared
        if store is not None and not self._own_chosen:
            self._tell(Health.OK, tr("History: {name}.", name=store.name))
        elif shared is not None and store not in (None, shared):  # Else it is not in use yet.
            there = tr("{name} can be reached again.", name=shared.name) if self._reached else self._problem
            words = tr("You are using the history of this computer. {more}", more=there).rstrip()
            self._tell(Health.ATTENTION, words)
            if self._reached:
                self._announcer.say(_NOTICE, words, answers=self.ways_out(), once=True)

    def _tell(self, health: Health, sentence: str) -> None:
        if sentence != self.state.sentence:
            _log.info("history: %s", sentence)
        self.state = ConnectionState(health, sentence)
        self.state_changed.emit(self.state)
