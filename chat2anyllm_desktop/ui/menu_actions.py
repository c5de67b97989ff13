"""What the actions of the menus do, by the ids of the shortcuts table."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from chat2anyllm_desktop import __version__
from chat2anyllm_desktop.chat.export import file_name_for, session_as_markdown
from chat2anyllm_desktop.core.errors import ChatError, InputError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import PlanModels, SessionSettings
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.ui.controller import Controller
from chat2anyllm_desktop.ui.desktop.surroundings import Surroundings
from chat2anyllm_desktop.ui.docks.rows import KEY_ROLE
from chat2anyllm_desktop.ui.facts import Notice, Tone
from chat2anyllm_desktop.ui.main_window import MainWindow
from chat2anyllm_desktop.ui.palettes import Palettes
from chat2anyllm_desktop.ui.preferences import Preferences
from chat2anyllm_desktop.ui.role_editing import RoleEditing
from chat2anyllm_desktop.ui.theme import PREFERENCES

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell

TEXT_STEP = 10
"""Percent that one press makes all text larger or smaller."""

_PLAN = "/model:plan-mode"


class MenuActions(QObject):
    """Carries out ``MainWindow.action_requested``. An action that makes no sense now says so in the notice bar."""

    def __init__(
        self,
        shell: Shell,
        controller: Controller,
        preferences: Preferences,
        role_editing: RoleEditing,
        palettes: Palettes,
        surroundings: Surroundings,
    ) -> None:
        super().__init__()
        self._shell = shell
        self._controller = controller
        self._preferences = preferences
        self._actions: dict[str, Callable[[], object]] = {
            "new_session": controller.new_session,
            "new_role": role_editing.create,
            "export_session": lambda: self.export(self._stored()),
            "settings": preferences.open,
            "quit": controller.quit_wanted.emit,
            "copy_answer": controller.desk.copy_answer,
            "copy_message_link": lambda: surroundings.copy_message_link(self._message()),
            "edit_message": self._edit_last,
            "paste_plain": shell.composer.paste_plain,
            "attach_files": shell.composer.attach_requested.emit,
            "find": shell.view.open_find,
            "search_everywhere": palettes.toggle_search,
            "palette": palettes.toggle_palette,
            "find_next": lambda: self._find(1),
            "find_previous": lambda: self._find(-1),
            "jump_to_latest": shell.view.jump_to_latest,
            "answer_notice": self._answer_notice,
            "close_notice": self._close_notice,
            **{f"theme_{name}": partial(controller.theme_wanted.emit, name) for name in PREFERENCES},
            "high_contrast": self._toggle_contrast,
            "text_larger": lambda: self._scale(TEXT_STEP),
            "text_smaller": lambda: self._scale(-TEXT_STEP),
            "text_normal": lambda: self._scale(0),
            "pin_session": self._pin,
            "duplicate_session": lambda: controller.duplicate(self._stored()),
            "copy_session_link": lambda: surroundings.copy_session_link(self._stored()),
            "archive_session": self._archive,
            "delete_session": lambda: controller.delete_session(self._stored()),
            "clear_role": lambda: controller.selection.select_role(None),
            "edit_role": lambda: role_editing.edit(self._role()),
            "delete_role": lambda: controller.library.delete_role(self._role()),
            "templates": controller.templates_wanted.emit,
            "plan_mode": self._toggle_plan_mode,
            "review_plans": lambda: controller.set_review_plans(not controller.selection.review_plans),
            "regenerate": controller.desk.retry_answer,
            "continue_answer": controller.desk.continue_answer,
            "stop": controller.desk.stop_answer,
            "escape": self._escape,
            "refresh_models": controller.connections.refresh_models,
            "shortcuts": self._open_shortcuts,
            "welcome": controller.welcome_wanted.emit,
            "diagnose_gateway": lambda: controller.connections.diagnose("gateway"),
            "diagnose_database": lambda: controller.connections.diagnose("database"),
            "about": self._open_about,
        }
        preferences.keys_wanted.connect(self._open_shortcuts)
        self._plan: PlanModels | None = None
        """The models that plan mode had last, to go back to."""
        controller.selection.changed.connect(self._on_selection_changed)

    def connect_to(self, window: MainWindow) -> None:
        """Answer the wishes of this window."""
        window.action_requested.connect(self._on_action_requested)
        for name in PREFERENCES:
            window.menus.ticks[f"theme_{name}"] = partial(self._wears, name)
        window.menus.ticks["high_contrast"] = lambda: self._shell.theme.tokens.high_contrast
        window.menus.ticks["plan_mode"] = lambda: self._settings().plan is not None
        window.menus.ticks["review_plans"] = lambda: self._controller.selection.review_plans
        window.sessions_dock.export_requested.connect(self.export)

    def export(self, session_id: str) -> None:
        """Ask for a file, and write the session into it as Markdown."""
        self._controller.tasks.start("export", self._export(session_id))

    async def _export(self, session_id: str) -> None:
        store = self._controller.connections.store
        session = await store.call(Store.get_session, session_id)
        messages = await store.call(Store.history, session_id)
        conversation = self._controller.conversation
        branch = conversation.leaf if session_id == conversation.session.id else session.settings.branch
        dialog = QFileDialog(
            self._shell.window, tr("Export session"), str(Path.home() / file_name_for(session))
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(tr("Markdown (*.md)"))
        dialog.setDefaultSuffix("md")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def write(name: str) -> None:
            self._controller.tasks.start(
                "export:write",
                self._write(Path(name), session_as_markdown(session, messages, branch=branch)),
            )

        dialog.fileSelected.connect(write)
        dialog.open()

    async def _write(self, path: Path, text: str) -> None:
        try:
            await asyncio.to_thread(path.write_text, text, encoding="utf-8", errors="replace")
        except OSError as error:
            sentence = tr(
                "{path} cannot be written: {reason}. Choose another place.", path=path, reason=error.strerror
            )
            raise ChatError(sentence) from error
        self._controller.announcer.say(
            "export", tr("The session is written to {path}.", path=path), seconds=8
        )

    def _on_action_requested(self, action_id: str) -> None:
        try:
            self._actions[action_id]()
        except InputError as error:
            self._controller.announcer.say("action", str(error), tone=Tone.ATTENTION, seconds=6)

    def _stored(self) -> str:
        conversation = self._controller.conversation
        if not conversation.is_stored:
            raise InputError(tr("Nothing has been written in this session yet."))
        return conversation.session.id

    def _message(self) -> str:
        """The message that has the keyboard, else the last one."""
        read = self._shell.view.message_read
        if read is not None:
            return read
        last = next((entry.id for entry in reversed(list(self._shell.transcript)) if not entry.local), None)
        if last is None:
            raise InputError(tr("Nothing has been written in this session yet."))
        return last

    def _edit_last(self) -> None:
        message = self._controller.conversation.last_question()
        if message is None:
            raise InputError(tr("There is no message to edit yet."))
        self._shell.view.edit_requested.emit(message.id)

    def _escape(self) -> None:
        """What nothing with the focus wanted for itself: one thing at a time, the answer last. From the conversation, where
        nothing is left to end, back to writing."""
        if self._shell.view.finds:
            self._shell.view.close_find()
        elif not self._controller.stop_answer() and self._shell.view.hasFocus():
            self._shell.composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def _pin(self) -> None:
        session = self._controller.library.session(self._stored())
        if session is not None:
            self._controller.library.pin(session.id, not session.pinned)

    def _toggle_contrast(self) -> None:
        theme = self._shell.theme
        theme.set_contrast("normal" if theme.tokens.high_contrast else "high")
        self._preferences.save({"contrast": theme.contrast})

    def _scale(self, step: int) -> None:
        theme = self._shell.theme
        theme.set_text_scale(theme.text_scale_percent + step if step else 100)
        self._preferences.save({"text_scale_percent": theme.text_scale_percent})

    def _wears(self, preference: str) -> bool:
        return self._shell.theme.preference == preference

    def _archive(self) -> None:
        session = self._controller.library.session(self._stored())
        if session is not None:
            self._controller.library.archive(session.id, session.archived_at is None)

    def _find(self, step: int) -> None:
        if self._shell.view.finds:
            self._shell.view.find_step(step)
        else:
            self._shell.view.open_find()

    def _role(self) -> str:
        """The row of the roles that has the keyboard; else the role in use."""
        roles = self._shell.window.roles_dock.list
        row = roles.currentIndex().data(KEY_ROLE) if roles.hasFocus() else None
        role = self._controller.selection.role()
        if row is None and role is None:
            raise InputError(tr("No role is in use. Go to the roles and choose one."))
        return str(row) if row is not None or role is None else role.id

    # Plan mode -----------------------------------------------------------------------------------------------------------
    def _settings(self) -> SessionSettings:
        return self._controller.conversation.session.settings

    def _on_selection_changed(self) -> None:
        self._plan = self._settings().plan or self._plan

    def _toggle_plan_mode(self) -> None:
        """Off, or on with the models it had last; the first time it is asked for them where commands are written."""
        if self._settings().plan is not None:
            self._controller.selection.set_plan(None)
        elif self._plan is not None:
            self._controller.selection.set_plan(self._plan)
        elif not self._shell.composer.begin_command(f"{_PLAN} "):
            raise InputError(
                tr(
                    "Plan mode needs two models. Send or clear what is written, then type {command}.",
                    command=_PLAN,
                )
            )

    # Notices -------------------------------------------------------------------------------------------------------------
    def _notice(self) -> Notice:
        notice = self._shell.window.notices.notice
        if notice is None:
            raise InputError(tr("There is no notice."))
        return notice

    def _answer_notice(self) -> None:
        notice = self._notice()
        if not notice.actions:
            raise InputError(tr("The notice offers nothing."))
        self._shell.window.notices.action_requested.emit(notice.key, notice.actions[0].id)

    def _close_notice(self) -> None:
        self._notice()
        self._shell.window.notices.close_shown()

    # Windows of their own --------------------------------------------------------------------------------------------------
    def _open_shortcuts(self) -> None:
        from chat2anyllm_desktop.ui.dialogs.shortcuts import ShortcutsDialog

        # From the settings too, which stay open behind it.
        dialog = ShortcutsDialog(self._shell.theme, QApplication.activeModalWidget() or self._shell.window)
        dialog.own_changed.connect(lambda own: self._preferences.save({"keys": tuple(own.items())}))
        dialog.open()

    def _open_about(self) -> None:
        box = QMessageBox(self._shell.window)
        box.setWindowTitle(tr("About Chat2AnyLLM Desktop"))
        box.setText(f"Chat2AnyLLM Desktop {__version__}")
        box.setInformativeText(
            tr(
                "A desktop chat client for LiteLLM and every OpenAI-compatible gateway.\n\nMIT licence. Built with Qt for "
                "Python (LGPL), httpx, psycopg, Pygments and Python-Markdown."
            )
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
