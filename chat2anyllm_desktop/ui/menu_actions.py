"""What the actions of the menus do, by the ids of the shortcuts table."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from chat2anyllm_desktop import __version__
from chat2anyllm_desktop.chat.export import file_name_for, session_as_markdown
from chat2anyllm_desktop.core.errors import ChatError, InputError
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.ui.controller import Controller
from chat2anyllm_desktop.ui.facts import Tone
from chat2anyllm_desktop.ui.main_window import MainWindow
from chat2anyllm_desktop.ui.preferences import Preferences
from chat2anyllm_desktop.ui.role_editing import RoleEditing

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell

TEXT_STEP = 10
"""Percent that one press makes all text larger or smaller."""


class MenuActions(QObject):
    """Carries out ``MainWindow.action_requested``. An action that makes no sense now says so in the notice bar."""

    def __init__(
        self, shell: Shell, controller: Controller, preferences: Preferences, role_editing: RoleEditing
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
            "edit_message": self._edit_last,
            "find": shell.view.open_find,
            "text_larger": lambda: self._scale(TEXT_STEP),
            "text_smaller": lambda: self._scale(-TEXT_STEP),
            "text_normal": lambda: self._scale(0),
            "pin_session": self._pin,
            "duplicate_session": lambda: controller.duplicate(self._stored()),
            "archive_session": lambda: controller.library.archive(self._stored(), True),
            "delete_session": lambda: controller.delete_session(self._stored()),
            "clear_role": lambda: controller.selection.select_role(None),
            "regenerate": controller.desk.retry_answer,
            "continue_answer": controller.desk.continue_answer,
            "stop": controller.desk.stop_answer,
            "escape": self._escape,
            "refresh_models": controller.connections.refresh_models,
            "shortcuts": self._open_shortcuts,
            "diagnose": self._diagnose,
            "about": self._open_about,
        }

    def connect_to(self, window: MainWindow) -> None:
        """Answer the wishes of this window."""
        window.action_requested.connect(self._on_action_requested)
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
        dialog = QFileDialog(self._shell.window, "Export session", str(Path.home() / file_name_for(session)))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("Markdown (*.md)")
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
            raise ChatError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
        self._controller.announcer.say("export", f"The session is written to {path}.", seconds=8)

    def _on_action_requested(self, action_id: str) -> None:
        try:
            self._actions[action_id]()
        except InputError as error:
            self._controller.announcer.say("action", str(error), tone=Tone.ATTENTION, seconds=6)

    def _stored(self) -> str:
        conversation = self._controller.conversation
        if not conversation.is_stored:
            raise InputError("Nothing has been written in this session yet.")
        return conversation.session.id

    def _edit_last(self) -> None:
        message = self._controller.conversation.last_question()
        if message is None:
            raise InputError("There is no message to edit yet.")
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

    def _scale(self, step: int) -> None:
        theme = self._shell.theme
        theme.set_text_scale(theme.text_scale_percent + step if step else 100)
        self._preferences.save({"text_scale_percent": theme.text_scale_percent})

    def _diagnose(self) -> None:
        self._controller.connections.diagnose("gateway")
        self._controller.connections.diagnose("database")

    def _open_shortcuts(self) -> None:
        from chat2anyllm_desktop.ui.dialogs.shortcuts import ShortcutsDialog

        ShortcutsDialog(self._shell.theme, self._shell.window).open()

    def _open_about(self) -> None:
        box = QMessageBox(self._shell.window)
        box.setWindowTitle("About Chat2AnyLLM Desktop")
        box.setText(f"Chat2AnyLLM Desktop {__version__}")
        box.setInformativeText(
            "A desktop chat client for LiteLLM and every OpenAI-compatible gateway.\n\nMIT licence. Built with Qt for "
            "Python (LGPL), httpx, psycopg, Pygments and Python-Markdown."
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
