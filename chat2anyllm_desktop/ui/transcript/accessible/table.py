"""A table, as assistive technology walks through it: rows of cells. Its links stand behind the rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAccessible

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.ui.transcript.accessible.node import Node
from chat2anyllm_desktop.ui.transcript.accessible.part import PartNode, shortened
from chat2anyllm_desktop.ui.transcript.runs import LINE_SEPARATOR, runs_of
from chat2anyllm_desktop.ui.transcript.table import TableBox

_Role = QAccessible.Role


class TableNode(PartNode):
    """The rows that are shown, then "Show all" and the links."""

    @property
    def table(self) -> TableBox:
        part = self.part
        assert isinstance(part, TableBox)
        return part

    @property
    def rows(self) -> Sequence[tuple[nodes.Cell, ...]]:
        return self.table.rows

    def role(self) -> QAccessible.Role:
        return _Role.Table

    def name(self) -> str:
        rows = self.rows
        return tr("Table, {columns:,} columns, {rows:,} rows", columns=len(rows[0]), rows=len(rows) - 1)

    def before(self) -> int:
        return len(self.rows)

    def kid_before(self, index: int) -> Node | None:
        return self.kept(index, lambda: RowNode(self, index))

    def at(self, point: QPoint) -> Node | None:
        rows = (self.kid(index) for index in range(self.before()))
        return super().at(point) or next((row for row in rows if row and row.area().contains(point)), None)

    def cell_area(self, row: int, column: int) -> QRect:
        self.tree.measured(self.row, self.number)
        area = self.table.cell_area(row, column).toAlignedRect()
        return area.translated(self.area().topLeft()).intersected(self.area())


class RowNode(Node):
    """One row; the first is the header."""

    def __init__(self, table: TableNode, number: int) -> None:
        super().__init__(table.tree, table)
        self.table = table
        self.number = number

    @property
    def cells(self) -> Sequence[nodes.Cell]:
        return self.table.rows[self.number]

    def exists(self) -> bool:
        return self.table.isValid() and self.number < len(self.table.rows)

    def role(self) -> QAccessible.Role:
        return _Role.Row

    def name(self) -> str:
        return shortened(", ".join(cell_text(cell) for cell in self.cells))

    def state(self) -> QAccessible.State:
        return self.table.state()

    def count(self) -> int:
        return len(self.cells)

    def kid(self, index: int) -> Node | None:
        return self.kept(index, lambda: CellNode(self, index))

    def index_of(self, kid: Node) -> int:
        return kid.column if isinstance(kid, CellNode) else -1

    def area(self) -> QRect:
        last = self.table.cell_area(self.number, self.count() - 1)
        return self.table.cell_area(self.number, 0).united(last)

    def at(self, point: QPoint) -> Node | None:
        cells = (self.kid(index) for index in range(self.count()))
        return next((cell for cell in cells if cell and cell.area().contains(point)), None)


class CellNode(Node):
    """One cell, described by the head of its column."""

    def __init__(self, row: RowNode, column: int) -> None:
        super().__init__(row.tree, row)
        self._row = row
        self.column = column

    def exists(self) -> bool:
        return self._row.isValid() and self.column < self._row.count()

    def role(self) -> QAccessible.Role:
        return _Role.Cell if self._row.number else _Role.ColumnHeader

    def name(self) -> str:
        return shortened(cell_text(self._row.cells[self.column]))

    def description(self) -> str:
        return cell_text(self._row.table.rows[0][self.column]) if self._row.number else ""

    def state(self) -> QAccessible.State:
        return self._row.state()

    def area(self) -> QRect:
        return self._row.table.cell_area(self._row.number, self.column)


def cell_text(cell: nodes.Cell) -> str:
    return runs_of(cell.inlines)[0].replace(LINE_SEPARATOR, "\n")
