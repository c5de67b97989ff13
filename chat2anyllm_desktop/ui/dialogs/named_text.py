"""What the editors of roles and of prompt templates have in common: a name, and room for a text."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.dialogs.size import fit
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.primary_button import PrimaryButton
from chat2anyllm_desktop.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XL, FontRole, Theme

_SIZE = (680, 520)


class NamedTextEditor(QDialog):
    """Signals: ``save_requested(id or None, name, text)``; answer it with :meth:`stored` or :meth:`show_error`, which
    keeps what was written. The words that say what is edited are the heir's."""

    save_requested = Signal(object, str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._id: str | None = None
        self._written = ("", "")
        self._sent: tuple[str, str] | None = None
        """What was to be saved, until it is answered."""
        fit(self, _SIZE, theme)
        self.name = QLineEdit()
        self.name.setMaxLength(200)
        self.written = QPlainTextEdit()
        self.written.setProperty("look", "field")
        self.written.setTabChangesFocus(True)
        self.written.setFont(theme.font(FontRole.BODY))
        self.name_label = PlainLabel(tr("Name"))
        self.name_label.setBuddy(self.name)
        self.text_label = PlainLabel()
        self.text_label.setWordWrap(True)
        self.text_label.setBuddy(self.written)
        self._error = PlainLabel()
        self._error.setProperty("look", "fault")
        self._error.setWordWrap(True)
        cancel = QPushButton(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self._save = PrimaryButton(tr("Save"), theme)
        self._save.setDefault(True)
        self._save.clicked.connect(self._on_save)
        self.name.textChanged.connect(self._on_edited)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_M)
        buttons.addWidget(self._error, 1)
        buttons.addWidget(cancel)
        buttons.addWidget(self._save)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_L)
        self.column.setSpacing(SPACE_S)
        self.column.addWidget(self.name_label)
        self.column.addWidget(self.name)
        self.column.addSpacing(SPACE_L)
        self.column.addWidget(self.text_label)
        self.column.addWidget(self.written, 1)
        self.column.addSpacing(SPACE_L)
        self.column.addLayout(buttons)

    def edit(self, id_: str | None, name: str, text: str) -> None:
        """Edit what has this id; None writes something new."""
        self._id = id_
        self.name.setText(name)
        self.written.setPlainText(text)
        self._written, self._sent = self._now(), None
        self._on_edited()
        self.name.setFocus()

    @property
    def is_saving(self) -> bool:
        """Whether an answer is wanted."""
        return self._sent is not None

    def stored(self, id_: str) -> None:
        """What was to be saved is stored under this id. The editor closes, unless more has been written since."""
        if self._sent is None:
            return
        self._id, self._written, self._sent = id_, self._sent, None
        if self._now() == self._written:
            self.accept()
        else:
            self._on_edited()

    def show_error(self, sentence: str) -> None:
        """Saving was refused; what was written stays."""
        self._sent = None
        self._tell(sentence)

    def _tell(self, sentence: str) -> None:
        self._error.setText(sentence)
        self._save.setEnabled(True)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))

    def _now(self) -> tuple[str, str]:
        return self.name.text(), self.written.toPlainText()

    def _on_edited(self) -> None:
        self._error.clear()
        self._save.setEnabled(bool(self.name.text().strip()))

    def _on_save(self) -> None:
        if self.name.text().strip():
            self._save.setEnabled(False)  # until it is answered, or something else is to be saved
            self._sent = self._now()
            self.save_requested.emit(self._id, self.name.text().strip(), self.written.toPlainText().strip())

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._on_save()
            return
        if event.key() == Qt.Key.Key_Escape and self._now() != self._written and not self._error.text():
            self._tell(tr("Not saved yet. Press Esc again to throw the changes away."))
            return
        super().keyPressEvent(event)
