"""What stands around the text of a message, as assistive technology walks through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAccessible

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.ui.transcript import meta
from chat2anyllm_desktop.ui.transcript.accessible.interfaces import Press
from chat2anyllm_desktop.ui.transcript.accessible.node import Node
from chat2anyllm_desktop.ui.transcript.accessible.part import PartNode, shortened
from chat2anyllm_desktop.ui.transcript.furniture import Fold, Foot
from chat2anyllm_desktop.ui.transcript.part import LeafPart, Part, Spot

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.transcript.accessible.message import MessageNode

_Role = QAccessible.Role
_Kind = QAccessible.InterfaceType


class FoldNode(PartNode):
    """Something that opens and closes: the reasoning, or ``<details>``."""

    def __init__(self, message: MessageNode, number: int) -> None:
        super().__init__(message, number)
        self.offer(_Kind.ActionInterface, Press(self, self._press, self._focus))

    def exists(self) -> bool:
        return super().exists() and folds(self.part)

    def role(self) -> QAccessible.Role:
        return _Role.Button

    def name(self) -> str:
        part = self.part
        return part.label if isinstance(part, Fold) else shortened(part.text)

    def state(self) -> QAccessible.State:
        state, part = super().state(), self.part
        state.selectableText = False
        opened = part.opened if isinstance(part, Fold) else isinstance(part, LeafPart) and part.leaf.opened
        state.focusable = state.expandable = True
        state.expanded, state.collapsed = opened, not opened
        state.focused = self.tree.focused() is self
        return state

    def count(self) -> int:
        return 0

    def kid_of(self, spot: Spot | None) -> Node | None:
        return self

    def at(self, point: QPoint) -> Node | None:
        return None

    def _press(self) -> None:
        for spot in self.spots():
            self.tree.perform(self.row, self.number, spot)

    def _focus(self) -> None:
        for spot in self.spots():
            self.tree.focus(self.row, self.number, spot)


class EndingNode(PartNode):
    """Why an answer is not whole, with what can be done about it."""

    def name(self) -> str:
        return meta.status_line(self.row.entry.head)


class FootNode(PartNode):
    """What is known about a message, with what can be done with it."""

    def role(self) -> QAccessible.Role:
        return _Role.ToolBar

    def name(self) -> str:
        return tr("Actions")

    def description(self) -> str:
        part = self.part
        return part.meta if isinstance(part, Foot) else ""


def folds(part: Part) -> bool:
    return isinstance(part, Fold) or (
        isinstance(part, LeafPart) and isinstance(part.leaf.node, nodes.Details)
    )
