"""The roles panel: choose the instructions that go with every message, or none."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Role
from chat2anyllm_desktop.ui.docks.dock import Dock
from chat2anyllm_desktop.ui.docks.rows import KEY_ROLE, ROW_ROLE, Index, Row, RowList
from chat2anyllm_desktop.ui.plain_text import tooltip
from chat2anyllm_desktop.ui.theme import Theme

_NO_PARENT = QModelIndex()


class RolesDock(Dock):
    """Shows the roles it is given and marks the active one.

    Signals: ``role_requested(id)``, or with None when the active role was chosen again; ``create_requested``,
    ``edit_requested(id)``, ``delete_requested(id)``.
    """

    role_requested = Signal(object)
    create_requested = Signal()
    edit_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("roles_dock", tr("Roles"), tr("New role"), theme, parent, "new_role")
        self.add_requested.connect(self.create_requested)
        self.model = _RoleModel(self)
        self.list = RowList(theme, tr("Roles"))
        self.list.setModel(self.model)
        self.list.empty_text = tr(
            "No roles yet. A role is a set of instructions that goes with every message."
        )
        self.list.opened.connect(self._on_opened)
        self.list.edit_pressed.connect(self.edit_requested)
        self.list.delete_pressed.connect(self.delete_requested)
        self.list.menu_asked.connect(self._open_row_menu)
        self.body.addWidget(self.list, 1)

    def set_roles(self, roles: Iterable[Role]) -> None:
        """Show these, in this order."""
        focused = self.list.currentIndex().data(KEY_ROLE)
        self.model.set_roles(roles)
        index = self.model.index_of(focused)
        if index.isValid():
            self.list.setCurrentIndex(index)

    def set_current(self, role_id: str | None) -> None:
        """Mark the active role; None for no role."""
        self.model.set_current(role_id)
        index = self.model.index_of(role_id)
        if index.isValid():
            self.list.scrollTo(index)

    def focus_list(self) -> None:
        """Give the list the keyboard, at the active role."""
        if not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_opened(self, role_id: str) -> None:
        self.role_requested.emit(None if role_id == self.model.current else role_id)

    def _open_row_menu(self, role_id: str, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(self.model.index_of(role_id).data())
        menu.addAction(
            tr("Use no role") if role_id == self.model.current else tr("Use"),
            lambda: self._on_opened(role_id),
        )
        menu.addAction(tr("Edit…"), "F2", lambda: self.edit_requested.emit(role_id))
        menu.addSeparator()
        menu.addAction(tr("Delete"), "Del", lambda: self.delete_requested.emit(role_id))
        menu.popup(place)


class _RoleModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._roles: list[Role] = []
        self.current: str | None = None

    def set_roles(self, roles: Iterable[Role]) -> None:
        self.beginResetModel()
        self._roles = list(roles)
        self.endResetModel()

    def set_current(self, role_id: str | None) -> None:
        self.current = role_id
        if self._roles:
            self.dataChanged.emit(self.index(0), self.index(len(self._roles) - 1))

    def index_of(self, role_id: str | None) -> QModelIndex:
        for row, role in enumerate(self._roles):
            if role.id == role_id:
                return self.index(row)
        return QModelIndex()

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._roles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self._roles[index.row()]
        chosen = entry.id == self.current
        if role == ROW_ROLE:
            return Row(entry.name, chosen=chosen, checked=chosen)
        if role == KEY_ROLE:
            return entry.id
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return tr("{name}, active", name=entry.name) if chosen else entry.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(entry.instructions)
        return None
