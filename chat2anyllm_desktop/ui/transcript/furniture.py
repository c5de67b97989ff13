"""What stands around the text of a message: labels, the fold of its reasoning, its end, its meta line and actions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.theme import RADIUS
from chat2anyllm_desktop.ui.transcript.lines import Lines
from chat2anyllm_desktop.ui.transcript.meta import SEPARATOR
from chat2anyllm_desktop.ui.transcript.part import Canvas, Deed, Part, Spot, paint_icon, paint_triangle
from chat2anyllm_desktop.ui.transcript.runs import visible
from chat2anyllm_desktop.ui.transcript.style import Style
from chat2anyllm_desktop.ui.transcript.switcher import Switcher

_ICONS = {
    Deed.COPY: "copy",
    Deed.COPY_MARKDOWN: "markdown",
    Deed.EDIT: "pencil",
    Deed.RETRY: "refresh",
    Deed.BRANCH: "branch",
}

_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_LONGEST_ROLE = 40
"""Characters."""


class Space(Part):
    """Nothing, of a given height."""

    __slots__ = ()

    def __init__(self, style: Style, height: int) -> None:
        super().__init__(style, height)
        self.height = height
        self.measured = True

    def measure(self, width: int) -> int:
        self.measured = True
        return self.height

    def paint(self, canvas: Canvas) -> None:
        pass


class Label(Part):
    """A quiet line over a message: what it is, and by whom."""

    __slots__ = ("_name", "_rest", "_width")

    def __init__(self, style: Style, name: str, rest: str = "") -> None:
        super().__init__(style, 0)
        self._name = name
        self._rest = rest
        self._width = 0

    def measure(self, width: int) -> int:
        self._width = width
        self.height = self.style.small_line + 2 * self.style.grid
        self.measured = True
        return self.height

    def paint(self, canvas: Canvas) -> None:
        painter, style = canvas.painter, self.style
        width = style.text_width(self._name, style.small_strong)
        row = QRectF(0, 0, self._width, style.small_line)
        painter.setPen(style.tokens.text_muted)
        painter.setFont(style.small_strong)
        painter.drawText(row, _MIDDLE, self._name)
        if self._rest:
            painter.setFont(style.small)
            row.setLeft(width + 2 * style.grid)
            rest = painter.fontMetrics().elidedText(
                self._rest, Qt.TextElideMode.ElideMiddle, int(row.width())
            )
            painter.drawText(row, _MIDDLE, rest)


class Chip(Part):
    """The role under which the web edition stored a message."""

    __slots__ = ("_name", "_width")

    def __init__(self, style: Style, name: str) -> None:
        super().__init__(style, 0)
        name = visible(" ".join(name.split()))
        self._name = name if len(name) <= _LONGEST_ROLE else f"{name[: _LONGEST_ROLE - 1]}…"
        self._width = 0

    def measure(self, width: int) -> int:
        self._width = width
        self.height = self.style.small_line + 3 * self.style.grid
        self.measured = True
        return self.height

    @property
    def natural_width(self) -> int:
        return min(self.style.text_width(self._name) + 4 * self.style.grid, self._width)

    def paint(self, canvas: Canvas) -> None:
        painter, style = canvas.painter, self.style
        area = QRectF(0, 0, self.natural_width, style.small_line + style.grid)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.tokens.accent_soft)
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        painter.setPen(style.tokens.text)
        painter.setFont(style.small)
        room = int(area.width()) - 4 * style.grid + 1
        name = painter.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, name)


class Fold(Part):
    """The line that opens and closes the reasoning."""

    __slots__ = ("_width", "label", "opened")

    def __init__(self, style: Style, label: str, *, opened: bool) -> None:
        super().__init__(style, 0)
        self.label = label
        self.opened = opened
        self._width = 0

    def measure(self, width: int) -> int:
        self._width = width
        self.height = self.style.small_line + 3 * self.style.grid
        self.measured = True
        return self.height

    def paint(self, canvas: Canvas) -> None:
        painter, style, tokens = canvas.painter, self.style, self.style.tokens
        lit = canvas.lit is not None and canvas.lit.deed is Deed.FOLD
        colour = tokens.text if lit else tokens.text_muted
        area = QRectF(0, 0, self._width, style.small_line + style.grid)
        painter.setPen(colour)
        painter.setFont(style.small)
        painter.drawText(area.adjusted(style.small_line * 0.9, 0, 0, 0), _MIDDLE, self.label)
        paint_triangle(canvas, QPointF(style.small_line * 0.3, area.center().y()), colour, opened=self.opened)

    def spots(self) -> Sequence[Spot]:
        width = self.style.text_width(self.label) + self.style.small_line + self.style.grid
        area = QRectF(0, 0, width, self.style.small_line + self.style.grid)
        return (Spot(Deed.FOLD, tr("Hide reasoning") if self.opened else tr("Show reasoning"), area=area),)


class Waiting(Part):
    """The line on which the first word will appear."""

    __slots__ = ()

    def measure(self, width: int) -> int:
        self.height = self.style.line
        self.measured = True
        return self.height

    def paint(self, canvas: Canvas) -> None:
        pass

    def caret_rect(self) -> QRectF | None:
        return QRectF(0, 0, 6, self.style.line)


class Ending(Part):
    """Why an answer is not whole, and what can be done about it."""

    __slots__ = ("_actions", "_colour", "_lines", "_text", "_width")

    def __init__(self, style: Style, text: str, colour: QColor, actions: Sequence[tuple[Deed, str]]) -> None:
        super().__init__(style, 2 * style.grid)
        self._text = text
        self._colour = colour
        self._actions = tuple(actions)
        self._width = 0
        self._lines: Lines | None = None

    def measure(self, width: int) -> int:
        style = self.style
        self._width = width
        if self._lines is None:
            self._lines = Lines(
                self._text, (), style, font=style.small, line=style.small_line, colour=self._colour
            )
        text = self._lines.lay_out(width - 3 * style.grid)
        self.height = self.gap + text + self._button + style.grid
        self.measured = True
        return self.height

    @property
    def _button(self) -> int:
        return self.style.small_line + 3 * self.style.grid if self._actions else 0

    def paint(self, canvas: Canvas) -> None:
        painter, style, tokens = canvas.painter, self.style, self.style.tokens
        if self._lines is None:
            return
        painter.fillRect(QRectF(0, self.gap, 2, self._lines.height), self._colour)
        self._lines.paint(painter, 3 * style.grid, self.gap)
        painter.setFont(style.small)
        for spot in self.spots():
            assert spot.area is not None
            painter.setPen(tokens.control)
            painter.setBrush(tokens.hover if spot.same(canvas.lit) else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(spot.area.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
            painter.setPen(tokens.text)
            painter.drawText(spot.area, Qt.AlignmentFlag.AlignCenter, spot.label)

    def spots(self) -> Sequence[Spot]:
        style = self.style
        x = 3.0 * style.grid
        top = self.gap + (self._lines.height if self._lines is not None else 0) + style.grid
        found = []
        for deed, label in self._actions:
            width = style.text_width(label) + 6 * style.grid
            area = QRectF(x, top, width, style.small_line + 2 * style.grid)
            found.append(Spot(deed, label, area=area))
            x += width + 2 * style.grid
        return found


class Foot(Part):
    """Under a message: which version it is, where there are several, what is known about it, and, while it is hovered or
    focused, what can be done with it. ``mirrored`` where the message stands at the right."""

    __slots__ = ("_actions", "_mirrored", "_switcher", "_text", "_width")

    def __init__(
        self,
        style: Style,
        text: str,
        actions: Sequence[tuple[Deed, str]],
        version: tuple[int, int] | None = None,
        *,
        mirrored: bool = False,
    ) -> None:
        super().__init__(style, style.grid)
        self._text = text
        self._actions = tuple(actions)
        self._switcher = Switcher(style, *version) if version is not None else None
        self._mirrored = mirrored
        self._width = 0

    @property
    def meta(self) -> str:
        """All of it in words."""
        version = self._switcher.words if self._switcher is not None else ""
        return SEPARATOR.join(part for part in (version, self._text) if part)

    def measure(self, width: int) -> int:
        self._width = width
        self.height = self.gap + self.style.small_line + 2 * self.style.grid
        self.measured = True
        return self.height

    def paint(self, canvas: Canvas) -> None:
        painter, style, tokens = canvas.painter, self.style, self.style.tokens
        left, right = 0.0, float(self._width)
        if self._switcher is not None:
            at = self._switcher_left(self._switcher)
            self._switcher.paint(canvas, at, self.gap)
            left = 0.0 if self._mirrored else at + self._switcher.width
        if canvas.active:
            for spot in self._action_spots():
                assert spot.area is not None
                lit = spot.same(canvas.lit)
                paint_icon(canvas, _ICONS[spot.deed], spot.area, self._icon, tokens.text_muted, lit=lit)
                right = min(right, spot.area.left() - 2 * style.grid)
        if self._text and right > left:
            painter.setFont(style.small)
            painter.setPen(tokens.text_muted)
            room = QRectF(left, self.gap, right - left, style.small_line + 2 * style.grid)
            mode = Qt.TextElideMode.ElideRight
            painter.drawText(
                room, _MIDDLE, painter.fontMetrics().elidedText(self._text, mode, int(room.width()))
            )

    @property
    def _icon(self) -> int:
        return self.style.small_line - 2

    def _switcher_left(self, switcher: Switcher) -> float:
        return self._width + switcher.overhang - switcher.width if self._mirrored else -switcher.overhang

    def spots(self) -> Sequence[Spot]:
        actions, switcher = self._action_spots(), self._switcher
        if switcher is None:
            return actions
        found = switcher.spots(self._switcher_left(switcher), self.gap)
        return [*actions, *found] if self._mirrored else [*found, *actions]

    def _action_spots(self) -> list[Spot]:
        side = self.style.small_line + 2 * self.style.grid
        right = float(self._width + (side - self._icon) // 2)
        if self._mirrored and self._switcher is not None:
            right = self._switcher_left(self._switcher) - self.style.grid
        found = []
        for deed, label in reversed(self._actions):
            found.append(Spot(deed, label, area=QRectF(right - side, self.gap, side, side)))
            right -= side
        found.reverse()
        return found
