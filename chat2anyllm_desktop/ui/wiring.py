"""Every connection between the window's widgets and the controller: wishes one way, facts the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QGuiApplication

from chat2anyllm_desktop.chat.events import AnswerEnded
from chat2anyllm_desktop.core.models import Session, Status
from chat2anyllm_desktop.paths import state_folder
from chat2anyllm_desktop.store.drafts import Drafts
from chat2anyllm_desktop.ui.collector import Collector
from chat2anyllm_desktop.ui.controller import Controller
from chat2anyllm_desktop.ui.desktop.surroundings import Surroundings
from chat2anyllm_desktop.ui.drafting import Drafting
from chat2anyllm_desktop.ui.facts import Tone
from chat2anyllm_desktop.ui.images import Images
from chat2anyllm_desktop.ui.menu_actions import MenuActions
from chat2anyllm_desktop.ui.palettes import Palettes
from chat2anyllm_desktop.ui.preferences import Preferences
from chat2anyllm_desktop.ui.role_editing import RoleEditing
from chat2anyllm_desktop.ui.shortcuts import KEYS
from chat2anyllm_desktop.ui.talk import Talk
from chat2anyllm_desktop.ui.telling import DeskTelling
from chat2anyllm_desktop.ui.template_editing import TemplateEditing
from chat2anyllm_desktop.ui.warming import warm_up
from chat2anyllm_desktop.ui.welcome.greeting import Greeting

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell
    from chat2anyllm_desktop.ui.workshop import Workshop


class Wiring(QObject):
    """Holds the controller and what joins it to the widgets of a shell."""

    def __init__(self, shell: Shell, workshop: Workshop) -> None:
        super().__init__()
        self._shell = shell
        self._window = shell.window
        self.controller = Controller(workshop, shell.transcript)
        tasks, conversation = self.controller.tasks, self.controller.conversation
        self._drafting = Drafting(shell.composer, conversation, Drafts(state_folder() / "drafts.json"), tasks)
        self.preferences = Preferences(workshop, tasks, self.controller.announcer, shell.theme, shell.window)
        self._role_editing = RoleEditing(self.controller.library, shell.theme, shell.window)
        self._template_editing = TemplateEditing(self.controller.templates, shell.theme, shell.window)
        self._collector = Collector(self)
        self._memory = QSettings(str(state_folder() / "window.ini"), QSettings.Format.IniFormat)
        self._join_library()
        self._join_conversation()
        self._join_header()
        self._join_notices()
        self._greeting = Greeting(shell, self.controller, self.preferences, self._memory)
        self.controller.welcome_wanted.connect(self._greeting.ask)
        self._talk = Talk(shell, self.controller, self._drafting)
        self._images = Images(shell.view.pictures, self.controller, shell.window)
        self.palettes = Palettes(shell, self.controller, self.preferences, self._memory)
        self.surroundings = Surroundings(shell, self.controller)
        self._actions = MenuActions(
            shell, self.controller, self.preferences, self._role_editing, self.palettes, self.surroundings
        )
        self._actions.connect_to(shell.window)
        shell.composer.editor.textChanged.connect(self._collector.stir)
        shell.view.verticalScrollBar().valueChanged.connect(self._collector.stir)
        self.controller.turns.busy_changed.connect(self._collector.set_busy)
        self._telling = DeskTelling(self.controller, shell.window)

    def start(self) -> None:
        """Bring the window to life."""
        self._collector.start()
        self.controller.last_session = self._shell.last_session
        self._talk.reopen_at(self._shell.last_session, str(self._memory.value("place", "")))
        self.controller.is_writing = lambda: self._drafting.is_writing
        self.controller.selection.last_model = str(self._memory.value("model", ""))
        self.preferences.tell_problems()
        self.controller.tasks.start("drafts:load", self._drafting.start())
        self.controller.start()
        self.controller.tasks.start("warm", warm_up())
        self.surroundings.start()
        self._on_selection_changed()
        self._greeting.start()

    async def aclose(self) -> None:
        """Keep what the next start needs, end everything."""
        self._memory.setValue("model", self.controller.selection.last_model)
        self._memory.setValue("place", self._talk.place())
        self.surroundings.stop()
        await self.controller.stop()
        await self._drafting.aclose()
        await self.controller.aclose()
        self._collector.stop()

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
        sessions.duplicate_requested.connect(lambda session_id: self.controller.duplicate(session_id))
        sessions.delete_requested.connect(self.controller.delete_session)
        sessions.archived_requested.connect(library.show_archived)
        library.roles_reset.connect(roles.set_roles)
        roles.role_requested.connect(self.controller.selection.select_role)
        roles.create_requested.connect(self._role_editing.create)
        roles.edit_requested.connect(self._role_editing.edit)
        roles.delete_requested.connect(library.delete_role)

    # The session on show -------------------------------------------------------------------------------------------------
    def _join_conversation(self) -> None:
        conversation, turns = self.controller.conversation, self.controller.turns
        conversation.session_shown.connect(self._on_session_shown)
        conversation.session_changed.connect(self._on_session_changed)
        turns.message_taken.connect(lambda _: self._mark_current())
        turns.busy_changed.connect(self._window.sessions_dock.set_streaming)
        turns.answer_ended.connect(self._on_answer_ended)

    def _on_session_shown(self, session: Session) -> None:
        self.controller.connections.watch_session(session.id)
        self._window.sessions_dock.set_unread(session.id, False)
        self._on_session_changed(session)
        self._mark_current()

    def _on_session_changed(self, session: Session) -> None:
        self._window.header.set_title(session.shown_title)
        # Qt would take [*] for the place of its mark of unsaved changes.
        self._window.setWindowTitle(session.shown_title.replace("[*]", "[*][*]"))

    def _mark_current(self) -> None:
        conversation = self.controller.conversation
        self._window.sessions_dock.set_current(conversation.session.id if conversation.is_stored else None)
        # Remembered at once, not at the end: a program that was killed shows what it showed.
        self._memory.setValue("session", self.controller.session_to_reopen())
        self._memory.sync()

    def _on_answer_ended(self, ended: AnswerEnded) -> None:
        message = ended.message
        if (
            message.session_id != self.controller.conversation.session.id
            and message.status is not Status.STOPPED
        ):
            self._window.sessions_dock.set_unread(message.session_id, True)

    # Header --------------------------------------------------------------------------------------------------------------
    def _join_header(self) -> None:
        header, connections = self._window.header, self.controller.connections
        connections.models_reset.connect(header.set_models)
        connections.gateway_changed.connect(header.set_gateway_state)
        connections.database_changed.connect(header.set_database_state)
        header.set_gateway_state(connections.gateway_state)
        header.set_database_state(connections.database_state)
        header.model_requested.connect(self.controller.selection.select_model)
        header.models_refresh_requested.connect(connections.refresh_models)
        header.role_clear_requested.connect(lambda: self.controller.selection.select_role(None))
        header.plan_clear_requested.connect(lambda: self.controller.selection.set_plan(None))
        header.rename_requested.connect(self.controller.conversation.rename)
        header.diagnose_requested.connect(self.controller.connections.diagnose)
        header.theme_requested.connect(self._on_theme_wanted)
        header.contrast_requested.connect(lambda: self._window.action_requested.emit("high_contrast"))
        self.controller.selection.changed.connect(self._on_selection_changed)
        self.controller.theme_wanted.connect(self._on_theme_wanted)
        self.controller.review_wanted.connect(lambda on: self.preferences.save({"review_plans": on}))
        self.controller.settings_wanted.connect(self.preferences.open)
        self.controller.templates_wanted.connect(self._template_editing.open)
        self.controller.copy_wanted.connect(lambda text: QGuiApplication.clipboard().setText(text))
        self.controller.quit_wanted.connect(self._window.quit)
        self.preferences.changed.connect(self._on_settings_changed)

    def _on_selection_changed(self) -> None:
        header, settings = self._window.header, self.controller.conversation.session.settings
        header.set_model(self.controller.selection.model_name() or None)
        role = self.controller.selection.role()
        header.set_role(role)
        header.set_plan(settings.plan)
        self._window.roles_dock.set_current(role.id if role else None)

    def _on_theme_wanted(self, preference: str) -> None:
        self._shell.theme.set_preference(preference)
        self.preferences.save({"theme": preference})

    def _on_settings_changed(self, names: set[str]) -> None:
        if names & {"keys", "send_key"}:
            own = dict(self.controller.connections.settings.keys)
            KEYS.load(own, send_on_enter=self.controller.connections.settings.send_key == "enter")
        self.preferences.tell_problems()
        settings, theme = self.controller.connections.settings, self._shell.theme
        # Only what was changed: the environment may say otherwise than what was chosen in the window since.
        if "theme" in names:
            theme.set_preference(settings.theme)
        if "contrast" in names:
            theme.set_contrast(settings.contrast)
        if "text_scale_percent" in names:
            theme.set_text_scale(settings.text_scale_percent)
        if "send_key" in names:
            self._shell.composer.set_send_on_enter(settings.send_key == "enter")
        if "paste_markdown" in names:
            self._shell.composer.editor.pastes_markdown = settings.paste_markdown
        if "review_plans" in names:
            self.controller.selection.review_plans = settings.review_plans
        if "default_model" in names:
            self._on_selection_changed()
        self.surroundings.on_settings_changed(names)
        if names & GATEWAY_SETTINGS:
            self.controller.connections.reconnect_gateway()
        if "database_url" in names:
            self.controller.connections.reconnect_store()

    # Notices --------------------------------------------------------------------------------------------------------------
    def _join_notices(self) -> None:
        announcer, notices = self.controller.announcer, self._window.notices
        announcer.posted.connect(notices.post)
        announcer.withdrawn.connect(notices.withdraw)
        notices.action_requested.connect(announcer.answer)
        self._drafting.not_kept.connect(
            lambda error: announcer.say("drafts", str(error), tone=Tone.ATTENTION, seconds=15)
        )


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
