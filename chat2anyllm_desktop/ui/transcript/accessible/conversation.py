"""The conversation for assistive technology: a list whose items are the messages.

A list, because screen readers say of an item that has the keyboard which of how many it is, and because libatspi keeps
no copies of list items, so that none can be out of date. While no assistive technology runs, nothing of this is there.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAbstractScrollArea, QAccessibleWidget

from chat2anyllm_desktop.ui.transcript.accessible.message import MessageNode
from chat2anyllm_desktop.ui.transcript.accessible.node import hold
from chat2anyllm_desktop.ui.transcript.accessible.tree import Tree


class ConversationNode(QAccessibleWidget):
    """The messages, then the widgets that float over them or stand beside them."""

    def __init__(self, view: QAbstractScrollArea, tree: Tree) -> None:
        super().__init__(view, QAccessible.Role.List)
        self._find_tree = ref(tree)
        hold(self)  # For good: Qt frees it with the view, and nobody hears of that in time.

    def _messages(self) -> int:
        tree = self._find_tree()
        return len(tree.page.rows) if tree is not None else 0

    def childCount(self) -> int:
        return self._messages() + super().childCount()

    def child(self, index: int) -> Any:
        tree, count = self._find_tree(), self._messages()
        return (
            tree.message(index) if tree is not None and 0 <= index < count else super().child(index - count)
        )

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        tree = self._find_tree()
        if isinstance(child, MessageNode):
            index = child.index if child.leaving or tree is None else tree.index_of(child.row)
            return -1 if index is None else index
        index = super().indexOfChild(child)
        return -1 if index < 0 else self._messages() + index

    def childAt(self, x: int, y: int) -> Any:
        tree = self._find_tree()
        if tree is None:
            return None
        view, point = tree.view, QPoint(x, y)
        widget = view.childAt(view.mapFromGlobal(point))
        if widget is not None and widget is not view.viewport():
            while (above := widget.parentWidget()) is not None and above is not view:
                widget = above
            return QAccessible.queryAccessibleInterface(widget)
        placed = tree.page.at(view.viewport().mapFromGlobal(point).y())
        return tree.message(placed.index) if widget is not None and placed is not None else None

    def focusChild(self) -> Any:
        tree = self._find_tree()
        if tree is not None and tree.view.hasFocus():
            return tree.focused() or self
        return super().focusChild()
