"""The editor of a role: a name, and room for its instructions."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Role
from chat2anyllm_desktop.ui.dialogs.named_text import NamedTextEditor
from chat2anyllm_desktop.ui.theme import Theme


class RoleEditor(NamedTextEditor):
    """Emits ``save_requested(role_id or None, name, instructions)``."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.name.setAccessibleName(tr("Name of the role"))
        self.name.setPlaceholderText(tr("Reviewer"))
        self.text_label.setText(tr("Instructions, sent with every message while the role is active"))
        self.instructions = self.written
        self.instructions.setAccessibleName(tr("Instructions"))
        self.instructions.setPlaceholderText(
            tr("You are a careful reviewer. Name what is wrong first, then …")
        )
        self.set_role(None)

    def set_role(self, role: Role | None) -> None:
        """Edit this role; None writes a new one."""
        self.setWindowTitle(tr("Edit role") if role else tr("New role"))
        self.edit(role.id if role else None, role.name if role else "", role.instructions if role else "")
