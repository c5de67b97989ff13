"""The editor of a role: a name, and room for its instructions."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chat2anyllm_desktop.core.models import Role
from chat2anyllm_desktop.ui.dialogs.size import fit
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XL, FontRole, Theme

_SIZE = (680, 520)


class RoleEditor(QDialog):
    """Signals: ``save_requested(role_id or None, name, instructions)``; answer it with ``accept()`` or
    :meth:`show_error`, which keeps what was written."""

    save_requested = Signal(object, str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role_id: str | None = None
        self._written = ("", "")
        fit(self, _SIZE, theme)
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the role")
        self.name.setPlaceholderText("Reviewer")
        self.name.setMaxLength(200)
        self.instructions = QPlainTextEdit()
        self.instructions.setProperty("look", "field")
        self.instructions.setAccessibleName("Instructions")
        self.instructions.setPlaceholderText("You are a careful reviewer. Name what is wrong first, then …")
        self.instructions.setTabChangesFocus(True)
        self.instructions.setFont(theme.font(FontRole.BODY))
        name_label = PlainLabel("Name")
        name_label.setBuddy(self.name)
        instructions_label = PlainLabel("Instructions, sent with every message while the role is active")
        instructions_label.setBuddy(self.instructions)
        self._error = PlainLabel()
        self._error.setProperty("look", "fault")
        self._error.setWordWrap(True)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        self._save = QPushButton("Save")
        self._save.setProperty("look", "primary")
        self._save.setDefault(True)
        self._save.clicked.connect(self._on_save)
        self.name.textChanged.connect(self._on_edited)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_M)
        buttons.addWidget(self._error, 1)
        buttons.addWidget(cancel)
        buttons.addWidget(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_L)
        column.setSpacing(SPACE_S)
        column.addWidget(name_label)
        column.addWidget(self.name)
        column.addSpacing(SPACE_L)
        column.addWidget(instructions_label)
        column.addWidget(self.instructions, 1)
        column.addSpacing(SPACE_L)
        column.addLayout(buttons)
        self.set_role(None)

    def set_role(self, role: Role | None) -> None:
        """Edit this role; None writes a new one."""
        self._role_id = role.id if role else None
        self.setWindowTitle("Edit role" if role else "New role")
        self.name.setText(role.name if role else "")
        self.instructions.setPlainText(role.instructions if role else "")
        self._written = (self.name.text(), self.instructions.toPlainText())
        self._on_edited()
        self.name.setFocus()

    def show_error(self, sentence: str) -> None:
        """Saving was refused; what was written stays."""
        self._error.setText(sentence)
        self._save.setEnabled(True)

    def _on_edited(self) -> None:
        self._error.clear()
        self._save.setEnabled(bool(self.name.text().strip()))

    def _on_save(self) -> None:
        if self.name.text().strip():
            self._save.setEnabled(False)  # until it is answered
            self.save_requested.emit(
                self._role_id, self.name.text().strip(), self.instructions.toPlainText().strip()
            )

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._on_save()
            return
        written = (self.name.text(), self.instructions.toPlainText())
        if event.key() == Qt.Key.Key_Escape and written != self._written and not self._error.text():
            self.show_error("Not saved yet. Press Esc again to throw the changes away.")
            return
        super().keyPressEvent(event)
