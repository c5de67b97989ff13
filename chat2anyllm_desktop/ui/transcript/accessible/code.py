"""A box of code, as assistive technology walks through it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAccessible

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.transcript.accessible.interfaces import Reading
from chat2anyllm_desktop.ui.transcript.accessible.node import Node
from chat2anyllm_desktop.ui.transcript.accessible.part import PartNode, shortened
from chat2anyllm_desktop.ui.transcript.code_box import CodeBox

_Role = QAccessible.Role
_Kind = QAccessible.InterfaceType


class CodeNode(PartNode):
    """A box of code: its text is the first child, its buttons follow."""

    def name(self) -> str:
        part = self.part
        assert isinstance(part, CodeBox)
        count = part.text.count("\n") + 1
        lines = tr("{n} line(s)", n=count)
        return tr(", ").join(word for word in (part.noun, part.language, lines) if word)

    def before(self) -> int:
        return 1

    def kid_before(self, index: int) -> Node | None:
        return self.kept(0, lambda: CodeTextNode(self))

    def at(self, point: QPoint) -> Node | None:
        return super().at(point) or self.kid(0)


class CodeTextNode(Node):
    """The code in a box."""

    def __init__(self, box: CodeNode) -> None:
        super().__init__(box.tree, box)
        self._box = box
        self.offer(_Kind.TextInterface, Reading(self._text, self._place, self._position))

    def exists(self) -> bool:
        return self._box.isValid()

    def role(self) -> QAccessible.Role:
        return _Role.StaticText

    def name(self) -> str:
        return shortened(self._text())

    def state(self) -> QAccessible.State:
        state = self._box.state()
        state.multiLine = True
        return state

    def area(self) -> QRect:
        return self._box.area()

    def _text(self) -> str:
        return self._box.part.text

    def _place(self, offset: int) -> QRect:
        rect = self.tree.measured(self._box.row, self._box.number).cursor_rect(offset)
        return rect.toAlignedRect().translated(self.area().topLeft())

    def _position(self, point: QPoint) -> int:
        inside = point - self.area().topLeft()
        return self.tree.measured(self._box.row, self._box.number).position_at(inside.x(), inside.y())
