"""The prompt templates, to be made, changed and deleted."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Template
from chat2anyllm_desktop.ui.dialogs.size import fit
from chat2anyllm_desktop.ui.docks.rows import KEY_ROLE, ROW_ROLE, Row, RowList
from chat2anyllm_desktop.ui.plain_text import tooltip
from chat2anyllm_desktop.ui.theme import SPACE_L, SPACE_M, SPACE_XL, FontRole, Theme

_SIZE = (680, 440)


class TemplatesDialog(QDialog):
    """Stands beside the window, which can be used meanwhile: what was deleted comes back by the notice there.

    Signals are wishes: ``create_requested``, ``edit_requested(id)``, ``delete_requested(id)``.
    """

    create_requested = Signal()
    edit_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Prompt templates"))
        fit(self, _SIZE, theme)
        self._theme = theme
        self._templates: dict[str, Template] = {}
        self.list = RowList(theme, tr("Prompt templates"))
        self.list.setModel(QStandardItemModel(self))
        self.list.empty_text = tr(
            "No prompt templates yet. One that is named review is used by typing /review."
        )
        self.list.opened.connect(self._on_opened)
        self.list.doubleClicked.connect(self._on_edit)
        self.list.edit_pressed.connect(self.edit_requested)
        self.list.delete_pressed.connect(self.delete_requested)
        self.list.selectionModel().currentChanged.connect(self._on_current_changed)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setProperty("look", "field")
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("Prompt"))
        new = QPushButton(tr("New…"))
        new.clicked.connect(self.create_requested)
        self._edit = QPushButton(tr("Edit…"))
        self._edit.clicked.connect(self._on_edit)
        self._delete = QPushButton(tr("Delete"))
        self._delete.clicked.connect(lambda: self.delete_requested.emit(self._current()))
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.close)
        for button in (new, self._edit, self._delete, close):
            button.setAutoDefault(False)  # Enter is the list's.
        columns = QHBoxLayout()
        columns.setSpacing(SPACE_M)
        columns.addWidget(self.list, 2)
        columns.addWidget(self.text, 3)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_M)
        for button in (new, self._edit, self._delete):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_L)
        column.setSpacing(SPACE_L)
        column.addLayout(columns, 1)
        column.addLayout(buttons)
        self.set_templates(())
        theme.changed.connect(self._dress)  # The size of text may be changed meanwhile.
        self._dress()

    def set_templates(self, templates: Iterable[Template]) -> None:
        """Show these, in this order; the current one stays current."""
        before = self._current()
        row = max(0, self.list.currentIndex().row())
        self._templates = {template.id: template for template in templates}
        model = self.list.model()
        assert isinstance(model, QStandardItemModel)
        model.clear()
        for template in self._templates.values():
            item = QStandardItem(f"/{template.name}")
            item.setEditable(False)
            item.setData(Row(f"/{template.name}"), ROW_ROLE)
            item.setData(template.id, KEY_ROLE)
            item.setToolTip(tooltip(template.text))
            model.appendRow(item)
        ids = list(self._templates)
        if ids:
            at = ids.index(before) if before in self._templates else min(row, len(ids) - 1)
            self.list.setCurrentIndex(model.index(at, 0))
        self._on_current_changed()

    def choose(self, template_id: str) -> None:
        """Make this template the current one."""
        if template_id in self._templates:
            self.list.setCurrentIndex(self.list.model().index(list(self._templates).index(template_id), 0))

    def _dress(self) -> None:
        self.text.setFont(self._theme.font(FontRole.BODY))

    def _current(self) -> str:
        return str(self.list.currentIndex().data(KEY_ROLE) or "")

    def _on_current_changed(self) -> None:
        template = self._templates.get(self._current())
        for row in range(self.list.model().rowCount()):
            index = self.list.model().index(row, 0)
            chosen = index == self.list.currentIndex()
            self.list.model().setData(index, Row(index.data(), chosen=chosen), ROW_ROLE)
        self.text.setPlainText(template.text if template else "")
        self._edit.setEnabled(template is not None)
        self._delete.setEnabled(template is not None)

    def _on_opened(self, template_id: str) -> None:
        """Enter edits; a click only chooses."""
        if self.list.by_keyboard:
            self.edit_requested.emit(template_id)

    def _on_edit(self) -> None:
        if self._current():
            self.edit_requested.emit(self._current())
