"""What the nodes of one conversation share: making and forgetting them, where things are, and telling what changes."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

from PySide6.QtCore import QObject, QPoint, QRect, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleStateChangeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication

from chat2anyllm_desktop.ui.transcript.accessible.message import MessageNode
from chat2anyllm_desktop.ui.transcript.accessible.node import Node
from chat2anyllm_desktop.ui.transcript.deeds import Deeds
from chat2anyllm_desktop.ui.transcript.flow import Flow
from chat2anyllm_desktop.ui.transcript.keys import Keys
from chat2anyllm_desktop.ui.transcript.layout import Layout
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
from chat2anyllm_desktop.ui.transcript.part import Part, Spot
from chat2anyllm_desktop.ui.transcript.pointer import Pointer
from chat2anyllm_desktop.ui.transcript.row import Row

_NODES = 4000
"""Nodes kept, those asked for last."""
_TOLD = 100
"""Messages that are reported one by one when a page of them comes."""
_SETTLE_MS = 50

_Event = QAccessible.Event


class Tree(QObject):
    """The nodes of one view, and what they need to know of it."""

    def __init__(
        self,
        model: TranscriptModel,
        page: Layout,
        flow: Flow,
        keys: Keys,
        deeds: Deeds,
        pointer: Pointer,
        view: QAbstractScrollArea,
    ) -> None:
        super().__init__(view)
        self.view = view
        self.page = page
        self._keys = keys
        self._deeds = deeds
        self._pointer = pointer
        self._messages: OrderedDict[str, MessageNode] = OrderedDict()
        self._buried: list[Node] = []
        self._count = 0
        self._focused: Node | None = None
        self._settle_timer = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle_timer.timeout.connect(flow.resettle)
        self._sweep_timer = QTimer(self, singleShot=True, interval=0)
        self._sweep_timer.timeout.connect(self._sweep)
        # Flow has heard of each change before: rows and model agree.
        flow.replaced.connect(self._on_replaced)
        model.messages_prepended.connect(lambda count: self._tell_new(0, count))
        model.message_inserted.connect(lambda index: self._tell_new(index, index + 1))
        model.message_changed.connect(self._on_message_changed)
        model.messages_removed.connect(self._on_messages_removed)
        model.branch_replaced.connect(self._on_branch_replaced)
        keys.focus_changed.connect(self._on_focus_changed)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_widget_focus_changed)
        self.destroyed.connect(partial(_drop_all, self._messages, self._buried))

    # For the nodes -----------------------------------------------------------------------------------------------------
    def message(self, index: int) -> MessageNode:
        row = self.page.rows[index]
        node = self._messages.get(row.id)
        if node is None or node.row is not row:
            if node is not None:
                self.bury(node)
            node = self._messages[row.id] = MessageNode(self, row)
            self.made()
        self._messages.move_to_end(row.id)
        node.index = index
        return node

    def index_of(self, row: Row) -> int | None:
        index = self.page.index_of(row)
        return index if index is not None and self.page.rows[index] is row else None

    def parts(self, row: Row) -> list[Part]:
        """The parts of a row, opened where it is not."""
        if not row.opened or row.width != self.page.width:
            self.page.opened(row)
            self._settle_timer.start()
        return row.parts

    def measured(self, row: Row, number: int) -> Part:
        """A part, laid out where it is not."""
        part = self.parts(row)[number]
        if not part.measured or not part.built:
            self._settle_timer.start()
            self.page.measured(row, number)
        return part

    def on_screen(self, row: Row, number: int | None = None) -> bool:
        return any(
            placed.row is row and (number is None or placed.number == number) for placed in self.page.placed
        )

    def row_area(self, row: Row) -> QRect:
        index = self.index_of(row)
        if index is None:
            return QRect()
        top = self.page.top + self.page.heights.before(index) - self.page.offset
        return self._on_display(QRect(self._pointer.column, top, self.page.width, row.height))

    def part_area(self, row: Row, number: int) -> QRect:
        """Where a part is, or would be, on the screen."""
        part, area = self.parts(row)[number], self.row_area(row)
        x, width = row.place(number)
        return QRect(area.x() + x, area.y() + row.heights.before(number), width, part.height)

    def part_at(self, row: Row, point: QPoint) -> int | None:
        """The part of a row at a point of the screen."""
        inside = point.y() - self.row_area(row).y()
        return row.heights.at(inside) if self.parts(row) and 0 <= inside < row.height else None

    def focused(self) -> Node | None:
        """The message, or the link or button in it, that has the keyboard."""
        keys = self._keys
        index = self.index_of(keys.row) if keys.row is not None and self.view.hasFocus() else None
        if index is None:
            return None
        message = self.message(index)
        if keys.part is None or keys.spot is None:
            return message
        return message.spot_node(keys.part, keys.spot) or message

    def perform(self, row: Row, number: int, spot: Spot) -> None:
        self._deeds.perform(row, self.measured(row, number), spot)

    def focus_message(self, row: Row) -> None:
        self.view.setFocus()
        self._keys.focus(row)

    def focus(self, row: Row, number: int, spot: Spot) -> None:
        self.view.setFocus()
        self._keys.focus_spot(row, number, spot)

    # Making and forgetting ---------------------------------------------------------------------------------------------
    def made(self) -> None:
        """There is one node more. Some may be too many, and are forgotten when nobody is in the middle of a walk."""
        self._count += 1
        if self._count > _NODES:
            self._sweep_timer.start()

    def bury(self, node: Node) -> None:
        """Forget a node soon: who asks for another may still hold it."""
        self._buried.append(node)
        self._sweep_timer.start()

    def _sweep(self) -> None:
        while self._buried:
            self._count -= self._buried.pop().drop()
        if self._count > _NODES:
            if self._focused is not None and self._keys.row is not None:
                self._messages.move_to_end(self._keys.row.id)
            while self._count > _NODES * 3 // 4 and len(self._messages) > 1:
                self._count -= self._messages.popitem(last=False)[1].drop()

    # Telling -----------------------------------------------------------------------------------------------------------
    def _tell(self, node: Node, kind: QAccessible.Event) -> None:
        QAccessible.updateAccessibility(QAccessibleEvent(node, kind))

    def _tell_new(self, first: int, end: int) -> None:
        if QAccessible.isActive():
            for index in range(max(first, end - _TOLD), end):
                self._tell(self.message(index), _Event.ObjectCreated)

    def _forget(self, names: list[str]) -> None:
        for name in names:
            node = self._messages.pop(name)
            if QAccessible.isActive():
                node.leaving = True
                self._tell(node, _Event.ObjectDestroyed)
                node.leaving = False
            self.bury(node)

    def _on_replaced(self) -> None:
        self._focused = None
        self._forget(list(self._messages))
        self._tell_new(0, len(self.page.rows))

    def _on_messages_removed(self, _rows: list[int]) -> None:
        self._forget([name for name, node in self._messages.items() if not node.isValid()])

    def _on_branch_replaced(self, index: int) -> None:
        self._on_messages_removed([])
        self._tell_new(index, len(self.page.rows))

    def _on_message_changed(self, index: int) -> None:
        node = self._messages.get(self.page.rows[index].id)
        if node is None or not QAccessible.isActive():
            return
        # Not that its text is another: who is at it would hear all of that.
        before, node.told = node.told, (node.name(), node.row.streaming)
        if node.told[0] != before[0]:
            self._tell(node, _Event.NameChanged)
        if node.told[1] != before[1]:
            changed = QAccessible.State()
            changed.busy = True
            QAccessible.updateAccessibility(QAccessibleStateChangeEvent(node, changed))
        if node.kids:
            last = max(node.kids)
            for number in node.numbers():
                if number > last:
                    self._tell(node.part_node(number), _Event.ObjectCreated)

    def _on_widget_focus_changed(self) -> None:
        if QAccessible.isActive():  # Qt tells of the widget after this signal.
            QTimer.singleShot(0, self, self._on_focus_changed)

    def _on_focus_changed(self) -> None:
        if not QAccessible.isActive():
            return
        before, self._focused = self._focused, self.focused()
        if self._focused is before:
            return
        if self._focused is not None:
            self._tell(self._focused, _Event.Focus)
        elif self.view.hasFocus():
            QAccessible.updateAccessibility(QAccessibleEvent(self.view, _Event.Focus))

    def _on_display(self, area: QRect) -> QRect:
        return area.translated(self.view.viewport().mapToGlobal(QPoint()))


def _drop_all(messages: dict[str, MessageNode], buried: list[Node]) -> None:
    """The tree goes away. Qt would keep pointers to nodes that nobody holds any more."""
    for node in (*messages.values(), *buried):
        node.drop()
    messages.clear()
    buried.clear()
