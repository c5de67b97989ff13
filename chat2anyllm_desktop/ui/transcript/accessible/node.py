"""One thing that assistive technology can walk to in the conversation, and read, and press.

Qt keeps a bare pointer to every interface that it has handed out. So every node is held here until :meth:`Node.drop`
takes it away from both sides; they know their tree by a weak reference, so that it can go away, and takes them along.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ref

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import (
    QAccessible,
    QAccessibleInterface,
    QColor,
)
from shiboken6 import VoidPtr

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.transcript.accessible.tree import Tree

LONGEST_NAME = 1000
"""Characters; the whole is in the text interface."""

_NO_INTERFACE = VoidPtr(0)
"""What ``interface_cast`` returns for none. None itself ends the program (PySide6 6.11 and 6.12)."""

_Kind = QAccessible.InterfaceType

_held: dict[int, QAccessibleInterface] = {}


def hold(interface: QAccessibleInterface) -> None:
    """Python must not free this: Qt will, or :func:`release` says that it has."""
    _held[id(interface)] = interface


def release(interface: QAccessibleInterface) -> None:
    _held.pop(id(interface), None)


# Where Qt takes a null pointer for "there is none", PySide6 takes None and its stubs do not: such results are Any here.


class Node(QAccessibleInterface):
    """Subclasses say what they are; everything is looked up when it is asked for, because parts come and go with every
    word that streams and with every row that is closed to save memory."""

    def __init__(self, tree: Tree, above: Node | None) -> None:
        super().__init__()
        self._tree: Callable[[], Tree | None] = ref(tree)
        self.above = above
        self.kids: dict[int, Node] = {}
        self._casts: dict[_Kind, object] = {}
        hold(self)

    # For subclasses ----------------------------------------------------------------------------------------------------
    @property
    def tree(self) -> Tree:
        tree = self._tree()
        assert tree is not None  # Nodes are dropped with their tree.
        return tree

    def exists(self) -> bool:
        """What is described is still there."""
        return True

    def name(self) -> str:
        return ""

    def description(self) -> str:
        return ""

    def count(self) -> int:
        """How many children there are."""
        return 0

    def kid(self, index: int) -> Node | None:
        """A child, made where there is none yet; ``index`` is within the count."""
        return None

    def index_of(self, kid: Node) -> int:
        return -1

    def at(self, point: QPoint) -> Node | None:
        """The child at a point of the screen."""
        return None

    def area(self) -> QRect:
        """On the screen."""
        return QRect()

    def kept(self, key: int, make: Callable[[], Node]) -> Node:
        """The child that is known under a key."""
        node = self.kids.get(key)
        if node is None or not node.isValid():
            if node is not None:
                self.tree.bury(node)
            node = self.kids[key] = make()
            self.tree.made()
        return node

    def offer(self, kind: _Kind, interface: object) -> None:
        """Answer to one more of the interfaces."""
        self._casts[kind] = interface

    def drop(self) -> int:
        """Take this and all below away from Qt; returns how many these were."""
        dropped = 1 + sum(kid.drop() for kid in self.kids.values())
        self.kids.clear()
        # Qt tells of the end, and asks for the parent then, which may be half destroyed itself.
        self._tree, self.above = _no_tree, None
        QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(self))
        release(self)
        return dropped

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def isValid(self) -> bool:
        return self._tree() is not None and self.exists()

    def object(self) -> Any:
        return None

    def window(self) -> Any:
        tree = self._tree()
        return tree.view.window().windowHandle() if tree is not None else None

    def parent(self) -> Any:
        tree = self._tree()
        if self.above is not None or tree is None:
            return self.above
        return QAccessible.queryAccessibleInterface(tree.view)

    def childCount(self) -> int:
        return self.count()

    def child(self, index: int) -> Any:
        return self.kid(index) if 0 <= index < self.count() else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return self.index_of(child) if isinstance(child, Node) else -1

    def childAt(self, x: int, y: int) -> Any:
        return self.at(QPoint(x, y))

    def focusChild(self) -> Any:
        node = focused = self.tree.focused()
        while node is not None and node is not self:
            node = node.above
        return focused if node is not None else None

    def rect(self) -> QRect:
        return self.area()

    def text(self, kind: QAccessible.Text) -> str:
        if kind is QAccessible.Text.Name:
            return self.name()
        return self.description() if kind is QAccessible.Text.Description else ""

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        pass

    def relations(self, match: Any = None) -> list[Any]:
        return []

    def foregroundColor(self) -> QColor:
        return QColor()

    def backgroundColor(self) -> QColor:
        return QColor()

    def virtual_hook(self, number: int, data: int) -> None:
        pass

    def interface_cast(self, kind: _Kind) -> Any:
        return self._casts.get(kind, _NO_INTERFACE)


def _no_tree() -> Tree | None:
    return None
