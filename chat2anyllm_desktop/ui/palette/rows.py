"""Rows of a panel, and the model that a list shows them from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from chat2anyllm_desktop.ui.docks.rows import Index

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
"""Gives the row itself."""
_NO_PARENT = QModelIndex()


@dataclass(slots=True)
class PanelRow:
    """A heading, unless it is something more."""

    text: str

    @property
    def words(self) -> str:
        """All that the row shows, for screen readers."""
        return self.text

    @property
    def choosable(self) -> bool:
        return False


class RowModel(QAbstractListModel):
    """Rows as they were handed over. Headings, and what cannot be chosen now, are passed over by :meth:`step`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: Sequence[PanelRow] = ()

    def set_rows(self, rows: Sequence[PanelRow]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def step(self, row: int, steps: int) -> int:
        """The row so many that can be chosen away from ``row``, held at the ends; -1 without any. From -1 the first."""
        choosable = [at for at, each in enumerate(self.rows) if each.choosable]
        if not choosable:
            return -1
        position = choosable.index(row) + steps if row in choosable else 0
        return choosable[max(0, min(position, len(choosable) - 1))]

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or not self.rows[index.row()].choosable:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.words
        return None
