"""Every connection between the window's widgets and the controller: wishes one way, facts the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from chat2anyllm_desktop.chat.events import PlanReady
from chat2anyllm_desktop.core.models import Message, Session
from chat2anyllm_desktop.core.prompts import split_role_prefix
from chat2anyllm_desktop.paths import state_folder
from chat2anyllm_desktop.store.drafts import Drafts
from chat2anyllm_desktop.ui.controller import Controller
from chat2anyllm_desktop.ui.drafting import Drafting
from chat2anyllm_desktop.ui.menu_actions import MenuActions
from chat2anyllm_desktop.ui.preferences import Preferences
from chat2anyllm_desktop.ui.role_editing import RoleEditing
from chat2anyllm_desktop.ui.warming import warm_up

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell
    from chat2anyllm_desktop.ui.workshop import Workshop

_OPENED_SCHEMES = frozenset({"http", "https", "mailto"})


class Wiring(QObject):
    """Holds the controller and what joins it to the widgets of a shell."""

    def __init__(self, shell: Shell, workshop: Workshop) -> None:
        super().__init__()
        self._shell = shell
        self._window = shell.window
        self.controller = Controller(workshop, shell.transcript)
        tasks, conversation = self.controller.tasks, self.controller.conversation
        self._drafting = Drafting(shell.composer, conversation, Drafts(state_folder() / "drafts.json"), tasks)
        self.preferences = Preferences(workshop, tasks, shell.theme, shell.window)
        self._role_editing = RoleEditing(self.controller.library, shell.theme, shell.window)
        self._positions: dict[str, object] = {}
        self._memory = QSettings(str(state_folder() / "window.ini"), QSettings.Format.IniFormat)
        self._join_library()
        self._join_conversation()
        self._join_header()
        self._join_composer()
        self._join_notices()
        self._actions = MenuActions(shell, self.controller, self.preferences, self._role_editing)
        self._actions.connect_to(shell.window)

    def start(self) -> None:
        """Bring the window to life."""
        self.controller.last_session = self._shell.last_session
        self.controller.last_model = str(self._memory.value("model", ""))
        for problem in self.controller.connections.loaded.problems:
            self.controller.announcer.say("settings", problem)
        self.controller.tasks.start("drafts:load", self._drafting.start())
        self.controller.start()
        self.controller.tasks.start("warm", warm_up())
        self._on_selection_changed()

    async def aclose(self) -> None:
        """Keep what the next start needs, end everything."""
        self._memory.setValue("model", self.controller.last_model)
        await self._drafting.aclose()
        await self.controller.aclose()

    # Docks ---------------------------------------------------------------------------------------------------------------
    def _join_library(self) -> None:
        library, conversation = self.controller.library, self.controller.conversation
        sessions, roles = self._window.sessions_dock, self._window.roles_dock
        library.sessions_reset.connect(sessions.set_sessions)
        library.sessions_reset.connect(lambda _: self._mark_current())
        library.session_upserted.connect(sessions.upsert_session)
        library.session_removed.connect(sessions.remove_session)
        sessions.session_requested.connect(conversation.show)
        sessions.new_requested.connect(self.controller.new_session)
        sessions.rename_requested.connect(library.rename)
        sessions.pin_requested.connect(library.pin)
        sessions.archive_requested.connect(library.archive)
        sessions.duplicate_requested.connect(
            lambda session_id: library.duplicate(session_id, then=lambda copy: conversation.show(copy.id))
        )
        sessions.delete_requested.connect(self.controller.delete_session)
        sessions.archived_requested.connect(library.show_archived)
        library.roles_reset.connect(roles.set_roles)
        roles.role_requested.connect(self.controller.select_role)
        roles.create_requested.connect(self._role_editing.create)
        roles.edit_requested.connect(self._role_editing.edit)
        roles.delete_requested.connect(library.delete_role)

    # Transcript ----------------------------------------------------------------------------------------------------------
    def _join_conversation(self) -> None:
        conversation, view, sessions = (
            self.controller.conversation,
            self._shell.view,
            self._window.sessions_dock,
        )
        conversation.session_left.connect(self._on_session_left)
        conversation.session_shown.connect(self._on_session_shown)
        conversation.session_changed.connect(self._on_session_changed)
        conversation.message_taken.connect(lambda _: self._remember_session())
        conversation.busy_changed.connect(self._on_busy_changed)
        conversation.answer_ended.connect(self._on_answer_ended)
        conversation.plan_changed.connect(self._on_plan_changed)
        conversation.busy_changed.connect(sessions.set_streaming)
        view.older_requested.connect(conversation.load_older)
        view.retry_requested.connect(self.controller.retry)
        view.continue_requested.connect(self.controller.continue_)
        view.branch_requested.connect(self.controller.branch)
        view.edit_requested.connect(self._on_edit_requested)
        view.link_open_requested.connect(self._on_link_open_requested)
        review = self._window.plan_review
        review.approved.connect(conversation.decide_plan)
        review.dropped.connect(lambda: conversation.decide_plan(None))

    def _on_session_left(self, session_id: str) -> None:
        self._positions[session_id] = self._shell.view.reading_position()

    def _on_session_shown(self, session: Session) -> None:
        position = self._positions.get(session.id)
        if position is not None:
            self._shell.view.restore_position(position)
        self.controller.connections.watch_session(session.id)
        self._window.sessions_dock.set_unread(session.id, False)
        self._shell.composer.set_busy(self.controller.conversation.is_busy(session.id))
        self._on_session_changed(session)
        self._mark_current()
        self._remember_session()

    def _remember_session(self) -> None:
        """At once, not at the end: a program that was killed shows what it showed."""
        self._memory.setValue("session", self.controller.session_to_reopen())
        self._memory.sync()

    def _on_session_changed(self, session: Session) -> None:
        self._window.header.set_title(session.title)
        self._window.setWindowTitle(session.title)

    def _mark_current(self) -> None:
        conversation = self.controller.conversation
        self._window.sessions_dock.set_current(conversation.session.id if conversation.is_stored else None)

    def _on_busy_changed(self, session_id: str, busy: bool) -> None:
        if session_id == self.controller.conversation.session.id:
            self._shell.composer.set_busy(busy)
            self._mark_current()

    def _on_answer_ended(self, message: Message) -> None:
        if message.session_id != self.controller.conversation.session.id:
            self._window.sessions_dock.set_unread(message.session_id, True)

    def _on_plan_changed(self, ready: PlanReady | None) -> None:
        review = self._window.plan_review
        if ready is None:
            review.dismiss()
        else:
            review.show_plan(ready.steps)

    def _on_edit_requested(self, message_id: str) -> None:
        text = split_role_prefix(self._shell.transcript.text_of(message_id))[1]
        self._shell.composer.begin_edit(message_id, text)

    def _on_link_open_requested(self, address: str) -> None:
        url = QUrl(address)
        if url.scheme().lower() in _OPENED_SCHEMES:
            QDesktopServices.openUrl(url)

    # Header --------------------------------------------------------------------------------------------------------------
    def _join_header(self) -> None:
        header, connections = self._window.header, self.controller.connections
        connections.models_reset.connect(header.set_models)
        connections.gateway_changed.connect(header.set_gateway_state)
        connections.database_changed.connect(header.set_database_state)
        header.set_gateway_state(connections.gateway_state)
        header.set_database_state(connections.database_state)
        header.model_requested.connect(self.controller.select_model)
        header.models_refresh_requested.connect(connections.refresh_models)
        header.role_clear_requested.connect(lambda: self.controller.select_role(None))
        header.plan_clear_requested.connect(lambda: self.controller.set_plan(None))
        header.rename_requested.connect(self.controller.conversation.rename)
        header.diagnose_requested.connect(self.controller.connections.diagnose)
        header.theme_requested.connect(self._on_theme_wanted)
        self.controller.selection_changed.connect(self._on_selection_changed)
        self.controller.theme_wanted.connect(self._on_theme_wanted)
        self.controller.settings_wanted.connect(self.preferences.open)
        self.controller.copy_wanted.connect(lambda text: QGuiApplication.clipboard().setText(text))
        self.controller.quit_wanted.connect(self._window.close)
        self.preferences.changed.connect(self._on_settings_changed)

    def _on_selection_changed(self) -> None:
        header, settings = self._window.header, self.controller.conversation.session.settings
        header.set_model(self.controller.model_name() or None)
        role = self.controller.role()
        header.set_role(role)
        header.set_plan(settings.plan)
        self._window.roles_dock.set_current(role.id if role else None)

    def _on_theme_wanted(self, preference: str) -> None:
        self._shell.theme.set_preference(preference)
        self.preferences.save({"theme": preference})

    def _on_settings_changed(self, names: set[str]) -> None:
        settings = self.controller.connections.settings
        self._shell.theme.set_preference(settings.theme)
        self._shell.theme.set_text_scale(settings.text_scale_percent)
        self._shell.composer.set_send_on_enter(settings.send_key == "enter")
        self.controller.set_review_plans(settings.review_plans)
        if names & GATEWAY_SETTINGS:
            self.controller.connections.reconnect_gateway()
        if "database_url" in names:
            self.controller.connections.reconnect_store()

    # Composer and notices ------------------------------------------------------------------------------------------------
    def _join_composer(self) -> None:
        composer = self._shell.composer
        composer.set_completer(self.controller.complete)
        composer.send_requested.connect(self._on_send_requested)
        composer.edit_sent.connect(self.controller.edit)
        composer.stop_requested.connect(self.controller.conversation.stop)
        composer.recall_requested.connect(self._on_recall_requested)
        self.controller.text_refused.connect(self._drafting.take_back)

    def _on_send_requested(self, text: str) -> None:
        # Emptied before anything else happens, so that what is typed next is never part of it.
        self._shell.composer.set_text("")
        self._drafting.sent()
        self.controller.send(text)

    def _on_recall_requested(self) -> None:
        recalled = self.controller.conversation.last_question()
        if recalled is not None:
            self._shell.composer.set_text(split_role_prefix(recalled.content)[1])

    def _join_notices(self) -> None:
        announcer, notices = self.controller.announcer, self._window.notices
        announcer.posted.connect(notices.post)
        announcer.withdrawn.connect(notices.withdraw)
        notices.action_requested.connect(announcer.answer)


GATEWAY_SETTINGS = frozenset(
    {
        "gateway_url",
        "gateway_key",
        "ca_file",
        "proxy_url",
        "connect_timeout_s",
        "stall_timeout_s",
        "local_enabled",
        "local_model_path",
        "local_threads",
        "local_context_tokens",
        "local_idle_minutes",
    }
)
"""Settings that go into the making of the models."""
