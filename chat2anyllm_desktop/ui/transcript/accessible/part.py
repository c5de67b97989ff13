"""What a message consists of, as assistive technology walks through it: text, code, tables, links, buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAccessible

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.ui.transcript.accessible.interfaces import Level, Press, Reading
from chat2anyllm_desktop.ui.transcript.accessible.node import LONGEST_NAME, Node
from chat2anyllm_desktop.ui.transcript.figures import Figure
from chat2anyllm_desktop.ui.transcript.furniture import Chip, Label, Space, Waiting
from chat2anyllm_desktop.ui.transcript.part import Deed, LeafPart, Part, Spot
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.runs import LINE_SEPARATOR, cut

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.transcript.accessible.message import MessageNode

_Role = QAccessible.Role
_Kind = QAccessible.InterfaceType

_WITH_ADDRESS = (Deed.LINK, Deed.LOAD_IMAGE)

SILENT = (Space, Waiting, Label, Chip)
"""Parts that say nothing; what labels and chips say is in the name of the message."""


class PartNode(Node):
    """Part ``number`` of a message. Its children are what can be done there."""

    def __init__(self, message: MessageNode, number: int) -> None:
        super().__init__(message.tree, message)
        self.message = message
        self.number = number
        self._type = type(self.part)

    @property
    def row(self) -> Row:
        return self.message.row

    @property
    def part(self) -> Part:
        return self.tree.parts(self.row)[self.number]

    def spots(self) -> Sequence[Spot]:
        return self.tree.measured(self.row, self.number).spots()

    def exists(self) -> bool:
        if not self.message.isValid():
            return False
        parts = self.tree.parts(self.row)
        return self.number < len(parts) and type(parts[self.number]) is self._type

    def area(self) -> QRect:
        return self.tree.part_area(self.row, self.number)

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.selectableText = self.part.selectable
        state.offscreen = not self.tree.on_screen(self.row, self.number)
        return state

    def role(self) -> QAccessible.Role:
        return _Role.Grouping

    def before(self) -> int:
        """How many children there are in front of what can be done."""
        return 0

    def kid_before(self, index: int) -> Node | None:
        return None

    def count(self) -> int:
        return self.before() + len(self.spots())

    def kid(self, index: int) -> Node | None:
        before = self.before()
        if index < before:
            return self.kid_before(index)
        # Known from the end of a table's rows on, which grow.
        return self.kept(before - 1 - index, lambda: SpotNode(self, index - before))

    def index_of(self, kid: Node) -> int:
        key = next((key for key, other in self.kids.items() if other is kid), None)
        if key is None:
            return -1
        return key if key >= 0 else self.before() - 1 - key

    def at(self, point: QPoint) -> Node | None:
        inside = point - self.area().topLeft()
        part = self.tree.measured(self.row, self.number)
        return self.kid_of(part.spot_at(inside.x(), inside.y()))

    def kid_of(self, spot: Spot | None) -> Node | None:
        """The child that does what a spot does."""
        same = (index for index, other in enumerate(self.spots()) if other.same(spot))
        index = next(same, None)
        return self.kid(self.before() + index) if index is not None else None


class LeafNode(PartNode):
    """A paragraph, a heading, an item of a list: text, with its links as children."""

    def __init__(self, message: MessageNode, number: int) -> None:
        super().__init__(message, number)
        self.offer(_Kind.TextInterface, Reading(self._text, self._place, self._position))
        self.offer(_Kind.AttributesInterface, Level(self._level))

    @property
    def leaf(self) -> LeafPart:
        part = self.part
        assert isinstance(part, LeafPart)
        return part

    def role(self) -> QAccessible.Role:
        match self.leaf.leaf.node:
            case nodes.Heading():
                return _Role.Heading
            case nodes.MathBlock():
                return _Role.Equation
            case nodes.Rule():
                return _Role.Separator
            case Figure():
                return _Role.Graphic
        return _Role.Paragraph if self.leaf.leaf.marker is None else _Role.ListItem

    def name(self) -> str:
        return shortened(self._text())

    def _text(self) -> str:
        return self._marker() + self.part.text.replace(LINE_SEPARATOR, "\n")

    def _marker(self) -> str:
        marker = self.leaf.leaf.marker
        if marker is None:
            return ""
        if marker.checked is not None:
            return f"{tr('Done:') if marker.checked else tr('To do:')} "
        return f"{marker.text or '•'} "

    def _level(self) -> int:
        leaf = self.leaf.leaf
        if isinstance(leaf.node, nodes.Heading):
            return leaf.node.level
        return leaf.marker.depth + 1 if leaf.marker is not None else 0

    def _place(self, offset: int) -> QRect:
        part = self.tree.measured(self.row, self.number)
        rect = part.cursor_rect(max(0, offset - len(self._marker())))
        return rect.toAlignedRect().translated(self.area().topLeft())

    def _position(self, point: QPoint) -> int:
        inside = point - self.area().topLeft()
        part = self.tree.measured(self.row, self.number)
        return len(self._marker()) + part.position_at(inside.x(), inside.y())


class SpotNode(Node):
    """A link or a button."""

    def __init__(self, part: PartNode, index: int) -> None:
        super().__init__(part.tree, part)
        self._part = part
        self._index = index
        self.offer(_Kind.ActionInterface, Press(self, self._press, self._focus))

    def _spot(self) -> Spot | None:
        spots = self._part.spots()
        return spots[self._index] if self._index < len(spots) else None

    def exists(self) -> bool:
        return self._part.isValid() and self._spot() is not None

    def role(self) -> QAccessible.Role:
        spot = self._spot()
        return _Role.Link if spot is not None and spot.deed is Deed.LINK else _Role.Button

    def name(self) -> str:
        spot = self._spot()
        if spot is None:
            return ""
        if spot.deed is Deed.LINK and spot.range is not None:
            return shortened(cut(self._part.part.text, *spot.range))
        return spot.label

    def description(self) -> str:
        spot = self._spot()
        return shortened(spot.value) if spot is not None and spot.deed in _WITH_ADDRESS else ""

    def state(self) -> QAccessible.State:
        state, spot = QAccessible.State(), self._spot()
        state.focusable = True
        state.focused = self.tree.focused() is self
        state.linked = spot is not None and spot.deed is Deed.LINK
        state.offscreen = not self.tree.on_screen(self._part.row, self._part.number)
        return state

    def area(self) -> QRect:
        spot = self._spot()
        if spot is None or spot.area is None:
            return QRect()
        return spot.area.toRect().translated(self._part.area().topLeft())

    def _press(self) -> None:
        if (spot := self._spot()) is not None:
            self.tree.perform(self._part.row, self._part.number, spot)

    def _focus(self) -> None:
        if (spot := self._spot()) is not None:
            self.tree.focus(self._part.row, self._part.number, spot)


def shortened(text: str) -> str:
    """Fit for a name."""
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"
