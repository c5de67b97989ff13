"""The role editor, joined to the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.ui.library import Library
from chat2anyllm_desktop.ui.theme import Theme

if TYPE_CHECKING:
    from chat2anyllm_desktop.core.models import Role
    from chat2anyllm_desktop.ui.dialogs.role_editor import RoleEditor


class RoleEditing(QObject):
    """Opens one editor at a time; it closes when the role is stored, and stays open with what was written when not."""

    def __init__(self, library: Library, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._library = library
        self._theme = theme
        self._window = window
        self._editor: RoleEditor | None = None
        library.role_saved.connect(self._on_role_saved)
        library.role_refused.connect(self._on_role_refused)

    def create(self) -> None:
        """Write a new role."""
        self._open(None)

    def edit(self, role_id: str) -> None:
        """Change a role."""
        role = self._library.role(role_id)
        if role is not None:
            self._open(role)

    def _open(self, role: Role | None) -> None:
        from chat2anyllm_desktop.ui.dialogs.role_editor import RoleEditor

        editor = RoleEditor(self._theme, self._window)
        editor.set_role(role)
        editor.save_requested.connect(self._library.save_role)
        editor.finished.connect(self._on_finished)
        self._editor = editor
        editor.open()

    def _on_role_saved(self, role: Role) -> None:
        if self._editor is not None:
            self._editor.stored(role.id)

    def _on_role_refused(self, sentence: str) -> None:
        if self._editor is not None and self._editor.is_saving:  # Not of one that was closed since.
            self._editor.show_error(sentence)

    def _on_finished(self, _: int) -> None:
        if self._editor is not None:
            self._editor.deleteLater()
            self._editor = None
