"""What a node can do besides being there: be pressed, be read by the word, say how deep it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

from PySide6.QtCore import QPoint, QRect, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleActionInterface,
    QAccessibleAttributesInterface,
    QAccessibleTextInterface,
)

from chat2anyllm_desktop.ui.transcript.accessible.node import Node
from chat2anyllm_desktop.ui.transcript.runs import cut, units

_PRESS = QAccessibleActionInterface.pressAction()
_SET_FOCUS = QAccessibleActionInterface.setFocusAction()


class Press(QAccessibleActionInterface):
    """What can be done with a node: pressed, where ``press`` is given, and given the keyboard."""

    def __init__(
        self, node: Node, press: Callable[[], None] | None, focus: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        self._node = ref(node)
        self._deeds = {_PRESS: press, _SET_FOCUS: focus}

    def actionNames(self) -> list[str]:
        return [name for name, deed in self._deeds.items() if deed is not None]

    def doAction(self, name: str) -> None:
        """Later: what is done may take this very interface away, and Qt is not done with it here."""
        node, deed = self._node(), self._deeds.get(name)
        if node is not None and deed is not None and node.isValid():
            QTimer.singleShot(0, node.tree, lambda: deed() if node.isValid() else None)

    def keyBindingsForAction(self, name: str) -> list[str]:
        return []

    def localizedActionName(self, name: str) -> str:
        return name

    def localizedActionDescription(self, name: str) -> str:
        return ""


class Reading(QAccessibleTextInterface):
    """The text of a node, by character, word or line, in UTF-16 code units as Qt counts. What is selected is not told:
    PySide6 cannot return it. ``place`` finds where a position is on the screen, ``position`` that of a point."""

    def __init__(
        self, text: Callable[[], str], place: Callable[[int], QRect], position: Callable[[QPoint], int]
    ) -> None:
        super().__init__()
        self._text = text
        self._place = place
        self._position = position

    def characterCount(self) -> int:
        return units(self._text())

    def text(self, start: int, end: int) -> str:
        text = self._text()
        return cut(text, max(0, start), units(text) if end < 0 else end)

    def cursorPosition(self) -> int:
        return 0

    def selectionCount(self) -> int:
        return 0

    def characterRect(self, offset: int) -> QRect:
        return self._place(offset)

    def offsetAtPoint(self, point: QPoint) -> int:
        return self._position(point)

    def addSelection(self, start: int, end: int) -> None:
        pass

    def removeSelection(self, index: int) -> None:
        pass

    def setSelection(self, index: int, start: int, end: int) -> None:
        pass

    def setCursorPosition(self, position: int) -> None:
        pass

    def scrollToSubstring(self, start: int, end: int) -> None:
        pass


class Level(QAccessibleAttributesInterface):
    """How deep a heading or a list item is."""

    def __init__(self, level: Callable[[], int]) -> None:
        super().__init__()
        self._level = level

    def attributeKeys(self) -> list[QAccessible.Attribute]:
        return [QAccessible.Attribute.Level] if self._level() else []

    def attributeValue(self, key: QAccessible.Attribute) -> Any:
        return self._level() if key is QAccessible.Attribute.Level else None
