"""What is shown while there is no conversation to show, joined to settings, trials and the message field."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Qt
from PySide6.QtGui import QTextCursor

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import ModelSource
from chat2anyllm_desktop.ui.controller import Controller
from chat2anyllm_desktop.ui.facts import ConnectionState, Health
from chat2anyllm_desktop.ui.preferences import Preferences, show_outcome
from chat2anyllm_desktop.ui.shortcuts import KEYS
from chat2anyllm_desktop.ui.tab_order import insert_in_order
from chat2anyllm_desktop.ui.welcome.lines import first_words, welcome_lines
from chat2anyllm_desktop.ui.welcome.page import EmptyPage, Ways
from chat2anyllm_desktop.ui.welcome.way import Way

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell

_MEMORY = "welcomed"


class Greeting(QObject):
    """Shows the page of an empty session, with the ways on until something was sent, or they were refused, or a gateway is
    set; and again when they are asked for."""

    def __init__(
        self, shell: Shell, controller: Controller, preferences: Preferences, memory: QSettings
    ) -> None:
        super().__init__(shell.window)
        self._window, self._view, self._composer = shell.window, shell.view, shell.composer
        self._theme, self._transcript = shell.theme, shell.transcript
        self._controller, self._preferences, self._memory = controller, preferences, memory
        self._connections = controller.connections
        self._page: EmptyPage | None = None
        self._asked = False
        """The ways on were asked for, whatever is on show."""
        self._settled = not shell.last_session
        """Whether it is known that there is no conversation to show: it is not announced before."""
        self._engine_wanted = False
        """The model of this computer is to answer as soon as it is listed."""
        welcomed = bool(memory.value(_MEMORY, False, bool)) or bool(shell.last_session)
        self._welcoming = not welcomed and not controller.connections.settings.gateway_url

    def start(self) -> None:
        """Say what there is to say, from now on."""
        transcript, conversation = self._transcript, self._controller.conversation
        for changed in (
            transcript.session_replaced,
            transcript.message_inserted,
            transcript.messages_prepended,
            transcript.messages_removed,
            transcript.branch_replaced,
        ):
            changed.connect(self._refresh)
        conversation.session_shown.connect(self._on_session_shown)
        self._controller.turns.message_taken.connect(self._on_message_taken)
        self._controller.library.sessions_reset.connect(self._on_sessions_reset)
        self._controller.selection.changed.connect(self._refresh_words)
        self._connections.models_reset.connect(self._on_models_reset)
        self._connections.gateway_changed.connect(self._on_gateway_changed)
        self._connections.database_changed.connect(self._on_database_changed)
        self._preferences.changed.connect(self._on_settings_changed)
        KEYS.changed.connect(self._refresh_words)
        self._refresh()

    def ask(self) -> None:
        """Show the ways on, over whatever is on show."""
        self._asked = self._settled = True
        self._refresh()
        if self._page is not None and self._page.ways is not None:
            self._page.ways.look.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # What is on show -----------------------------------------------------------------------------------------------------
    def _refresh(self) -> None:
        middle = self._window.middle
        if not self._asked and (not self._settled or len(self._transcript)):
            middle.setCurrentWidget(self._view)
            return
        page = self._page or self._make_page()
        shown = self._asked or self._welcoming
        had_ways = page.ways is not None
        ways = page.show_ways(shown)
        if ways is not None and not had_ways:
            self._join(ways)
            insert_in_order(self._view, page.stops())
        self._refresh_words()
        middle.setCurrentWidget(page)

    def _make_page(self) -> EmptyPage:
        self._page = page = EmptyPage(self._theme, self._window.middle)
        page.prompt_chosen.connect(self._on_prompt_chosen)
        page.left.connect(self._on_left)
        page.typed.connect(self._composer.take)
        self._window.middle.addWidget(page)
        insert_in_order(self._view, page.stops())
        return page

    def _refresh_words(self) -> None:
        if self._page is None:
            return
        model = self._controller.selection.model()
        if self._asked or self._welcoming:
            self._page.show_words(tr("Welcome to Chat2AnyLLM"), (first_words(model),))
        else:
            has_gateway = bool(self._connections.settings.gateway_url)
            self._page.show_words(tr("Type a message below"), welcome_lines(model, has_gateway=has_gateway))

    def _on_session_shown(self) -> None:
        self._asked = False
        self._settled = True
        self._refresh()

    def _on_sessions_reset(self) -> None:
        """The history was read: the session of last time may not be in it any more."""
        if self._controller.library.session(self._controller.last_session) is None:
            self._settled = True
            self._refresh()

    def _on_message_taken(self) -> None:
        self._dismiss()

    def _on_left(self) -> None:
        self._dismiss()
        self._composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def _dismiss(self) -> None:
        """The ways on were seen: from now on they come when they are asked for."""
        if self._welcoming or self._asked:
            self._memory.setValue(_MEMORY, True)
            self._memory.sync()
        self._welcoming = self._asked = False
        self._refresh()

    def _on_prompt_chosen(self, words: str) -> None:
        """In front of what is written already, which is likely to be what the prompt is about."""
        written = self._composer.editor.toPlainText()
        self._composer.editor.replace(0, 0, f"{words}\n\n")
        if written:
            self._composer.editor.moveCursor(QTextCursor.MoveOperation.End)
        self._composer.setFocus(Qt.FocusReason.OtherFocusReason)

    # The ways on ---------------------------------------------------------------------------------------------------------
    def _join(self, ways: Ways) -> None:
        trials = self._preferences.trials
        for name, way, trial, use in (
            ("engine", ways.engine, trials.engine, self._use_engine),
            ("gateway", ways.gateway, trials.gateway, self._use_connection),
            ("database", ways.database, trials.database, self._use_connection),
        ):
            way.trial_wanted.connect(partial(self._on_trial_wanted, name, way, trial))
            way.use_wanted.connect(partial(use, way))
            way.set_values(*self._preferences.shown())
        for way in (ways.gateway, ways.database):
            way.opened.connect(partial(self._on_opened, way))
        ways.engine.try_out()
        self._on_gateway_changed(self._connections.gateway_state)
        self._on_database_changed(self._connections.database_state)

    def _on_trial_wanted(
        self, name: str, way: Way, trial: Callable[[Mapping[str, object]], Awaitable[str]]
    ) -> None:
        # A trial of what was typed before ends with this.
        self._controller.tasks.start(
            f"trial:{name}", show_outcome(partial(trial, way.values()), way.show_result)
        )

    def _on_opened(self, way: Way) -> None:
        async def tell() -> None:
            way.say_kept(await self._preferences.where_secrets_are_kept())

        self._controller.tasks.start("welcome:keychain", tell())

    def _use_connection(self, way: Way) -> None:
        if changes := way.changes():
            way.show_state(None)
            self._save(way, changes)
        else:
            self._on_saved(way)

    def _use_engine(self, way: Way) -> None:
        """The model of this computer answers from now on."""
        changes = way.changes()
        if not self._connections.settings.local_enabled:
            changes["local_enabled"] = True
        self._engine_wanted = True
        if changes:
            self._save(way, changes)
        elif not self._take_engine():
            self._connections.reconnect_gateway()  # It was installed a moment ago.

    def _take_engine(self) -> bool:
        found = next((m for m in self._connections.listed if m.source is ModelSource.EMBEDDED), None)
        if found is None or not self._engine_wanted:
            return False
        self._engine_wanted = False
        self._controller.selection.select_model(found.name)
        self._on_left()
        return True

    def _save(self, way: Way, changes: Mapping[str, object]) -> None:
        self._preferences.save(
            changes, saved=partial(self._on_saved, way), refused=partial(way.show_state, False)
        )

    def _on_saved(self, way: Way) -> None:
        """It is in force; how it goes is told next. Whoever waits for it can write meanwhile."""
        way.set_values(*self._preferences.shown())
        had_focus = way.isAncestorOf(self._window.focusWidget())
        way.set_open(False)
        if had_focus:
            self._composer.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._page is not None and self._page.ways is not None:
            self._page.ways.set_done(True)

    def _on_settings_changed(self, names: set[str]) -> None:
        """Also by the settings window; what is being typed stays."""
        ways = self._page.ways if self._page is not None else None
        if ways is None:
            return
        for way in ways.all:
            if not way.changes():
                way.set_values(*self._preferences.shown())
        if names & {"local_enabled", "local_model_path"}:
            ways.engine.try_out()

    def _on_models_reset(self) -> None:
        self._take_engine()

    def _on_gateway_changed(self, state: ConnectionState) -> None:
        if self._page is not None and self._page.ways is not None:
            _show_state(self._page.ways.gateway, state, in_use=bool(self._connections.settings.gateway_url))

    def _on_database_changed(self, state: ConnectionState) -> None:
        if self._page is not None and self._page.ways is not None:
            _show_state(self._page.ways.database, state, in_use=bool(self._connections.settings.database_url))


def _show_state(way: Way, state: ConnectionState, *, in_use: bool) -> None:
    """How a connection that is in use stands, unless another one is being typed."""
    if in_use and not way.changes():
        trying = state.health is Health.CONNECTING
        way.show_state(None if trying else state.health is Health.OK, state.sentence)
