"""A message, as assistive technology meets it: whose it is, what it says, and its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAccessible

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.transcript import meta
from chat2anyllm_desktop.ui.transcript.accessible.code import CodeNode
from chat2anyllm_desktop.ui.transcript.accessible.furniture import EndingNode, FoldNode, FootNode, folds
from chat2anyllm_desktop.ui.transcript.accessible.interfaces import Press
from chat2anyllm_desktop.ui.transcript.accessible.node import Node
from chat2anyllm_desktop.ui.transcript.accessible.part import SILENT, LeafNode, PartNode
from chat2anyllm_desktop.ui.transcript.accessible.table import TableNode
from chat2anyllm_desktop.ui.transcript.announcements import spoken_text
from chat2anyllm_desktop.ui.transcript.code_box import CodeBox
from chat2anyllm_desktop.ui.transcript.furniture import Ending, Foot
from chat2anyllm_desktop.ui.transcript.part import Part, Spot
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.table import TableBox

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.transcript.accessible.tree import Tree

_LONGEST = 4000
"""Characters of a message that are read out when one comes to it."""


class MessageNode(Node):
    """An item of the list: its name says whose it is and how it ended, its description is what it says. Screen readers
    say both when the keyboard comes to it."""

    def __init__(self, tree: Tree, row: Row) -> None:
        super().__init__(tree, None)
        self.row = row
        self.index = -1
        """In the conversation, when it was looked up last."""
        self.leaving = False
        """It is being told that it goes; its row has gone already."""
        self.told = (self.name(), row.streaming)
        """Name and whether it is being written, as far as that is known."""
        self.offer(QAccessible.InterfaceType.ActionInterface, Press(self, None, self._focus))

    def exists(self) -> bool:
        return self.leaving or self.tree.index_of(self.row) is not None

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def name(self) -> str:
        entry = self.row.entry
        if entry.local:
            return tr("Output of a command")
        ending = meta.status_line(entry.head)
        name = meta.spoken_name(entry.head)
        return tr("{what}: {words}", what=name, words=ending) if ending else name

    def description(self) -> str:
        source = self.row.source
        text = source[:_LONGEST] if self.row.is_user else spoken_text(source, _LONGEST)
        return text if len(source) <= _LONGEST else f"{text}…"

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.focusable = True  # Not readOnly: Orca says that of each paragraph.
        state.focused = self.tree.focused() is self
        state.busy = self.row.streaming
        state.offscreen = not self.tree.on_screen(self.row)
        return state

    def area(self) -> QRect:
        return self.tree.row_area(self.row)

    def numbers(self) -> list[int]:
        """Parts that say something."""
        return [number for number, part in enumerate(self.tree.parts(self.row)) if not _silent(part)]

    def count(self) -> int:
        return len(self.numbers())

    def kid(self, index: int) -> Node | None:
        numbers = self.numbers()
        return self.part_node(numbers[index]) if index < len(numbers) else None

    def part_node(self, number: int) -> PartNode:
        """The node of a part that is not silent."""
        node = self.kept(number, lambda: _kind(self.tree.parts(self.row)[number])(self, number))
        assert isinstance(node, PartNode)
        return node

    def index_of(self, kid: Node) -> int:
        numbers = self.numbers()
        return numbers.index(kid.number) if isinstance(kid, PartNode) and kid.number in numbers else -1

    def at(self, point: QPoint) -> Node | None:
        number = self.tree.part_at(self.row, point)
        if number is None or _silent(self.tree.parts(self.row)[number]):
            return None
        return self.part_node(number)

    def spot_node(self, part: Part, spot: Spot) -> Node | None:
        """The node of something that can be done in the message."""
        parts = self.tree.parts(self.row)
        return self.part_node(parts.index(part)).kid_of(spot) if part in parts else None

    def _focus(self) -> None:
        self.tree.focus_message(self.row)


def _silent(part: Part) -> bool:
    if isinstance(part, Foot):
        return not part.meta and not part.spots()
    return isinstance(part, SILENT)


def _kind(part: Part) -> type[PartNode]:
    if folds(part):
        return FoldNode
    match part:
        case CodeBox():
            return CodeNode
        case TableBox():
            return TableNode
        case Ending():
            return EndingNode
        case Foot():
            return FootNode
    return LeafNode
