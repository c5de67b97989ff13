"""What a row of the transcript consists of: things with a height that draw themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.icons import pixmap
from chat2anyllm_desktop.ui.theme import RADIUS_SMALL
from chat2anyllm_desktop.ui.transcript.lines import Lines, Range
from chat2anyllm_desktop.ui.transcript.outline import Leaf, Marker
from chat2anyllm_desktop.ui.transcript.runs import Look, Run
from chat2anyllm_desktop.ui.transcript.style import Style


class Deed(StrEnum):
    """What a click, or Enter, on a spot does."""

    LINK = "link"
    VIEW_IMAGE = "view_image"
    LOAD_IMAGE = "load_image"
    COPY_CODE = "copy_code"
    WRAP_CODE = "wrap_code"
    SHOW_ALL = "show_all"
    FOLD = "fold"
    FORMULA = "formula"
    DIAGRAM = "diagram"
    COPY = "copy"
    COPY_MARKDOWN = "copy_markdown"
    EDIT = "edit"
    RETRY = "retry"
    CONTINUE = "continue"
    BRANCH = "branch"
    PREVIOUS_VERSION = "previous_version"
    NEXT_VERSION = "next_version"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a part that does something. ``value`` is the address of a link, or the TeX of a formula; ``area`` is in
    the part's own coordinates."""

    deed: Deed
    label: str
    value: str = ""
    area: QRectF | None = None
    range: Range | None = None
    image: bool = False
    """Following the link loads an image into its place."""
    more: tuple[QRectF, ...] = ()
    """Where it goes on, in the lines below."""

    def same(self, other: Spot | None) -> bool:
        return other is not None and (self.deed, self.value, self.range) == (
            other.deed,
            other.value,
            other.range,
        )


@dataclass(slots=True, kw_only=True)
class Canvas:
    """Everything a part needs to draw itself. ``top`` and ``bottom`` bound what is visible, in the part's coordinates;
    ``lit`` is the spot under the mouse or the keyboard's focus; ``active`` whether the message is hovered or focused."""

    painter: QPainter
    style: Style
    top: float
    bottom: float
    selection: Range | None = None
    matches: Sequence[Range] = ()
    current: Range | None = None
    lit: Spot | None = None
    active: bool = False

    def marks(self) -> list[tuple[Range, QColor]]:
        tokens = self.style.tokens
        marks = [(match, tokens.find_match) for match in self.matches]
        if self.current is not None:
            marks.append((self.current, tokens.find_current))
        if self.selection is not None:
            marks.append((self.selection, tokens.selection))
        return marks


class Part(ABC):
    """One piece of a message. Coordinates: x from the left edge of the column, y from the top of the part, which
    includes the gap above it. Heights are whole pixels and include the gap.

    ``measure`` lays out; ``release`` forgets what can be made again; ``height`` is an estimate until ``measured``.
    """

    __slots__ = ("changed_top", "gap", "height", "measured", "style", "version")

    selectable = False

    def __init__(self, style: Style, gap: int) -> None:
        self.style = style
        self.gap = gap
        self.height = gap + style.line
        self.measured = False
        self.version = 0
        """Counts up whenever the same part has to be drawn differently."""
        self.changed_top = 0
        """The height above which the last of these changes left everything as it was."""

    def change(self, top: int = 0) -> None:
        """From the height ``top`` on it has to be drawn differently."""
        self.version += 1
        self.changed_top = top

    @property
    def text(self) -> str:
        """What is shown and can be selected."""
        return ""

    @property
    def whole_text(self) -> str:
        """The text with what would be shown if it were asked for: what is copied where all is selected."""
        return self.text

    @property
    def built(self) -> bool:
        return self.measured

    @property
    def waits(self) -> bool:
        """Drawings of formulas were asked for: when they have come, it has to be measured again."""
        return False

    @abstractmethod
    def measure(self, width: int) -> int:
        """Lay out for this width; returns the height, gap included."""

    def release(self) -> None:  # noqa: B027  Most parts keep nothing worth letting go of.
        """Forget the layout; the height stays."""

    @abstractmethod
    def paint(self, canvas: Canvas) -> None:
        """Draw what the canvas shows of it."""

    def position_at(self, x: float, y: float) -> int:
        return 0

    def top_of(self, position: int) -> int:
        """Top of the line that holds a position."""
        return self.gap

    def cursor_rect(self, position: int) -> QRectF:
        """Where a cursor before the character at a position stands: a pixel wide, as high as the line."""
        return QRectF(0, self.gap, 1, self.style.line)

    def caret_rect(self) -> QRectF | None:
        """Where the next character will come."""
        return None

    def spot_at(self, x: float, y: float) -> Spot | None:
        return next((s for s in self.spots() if s.area is not None and s.area.contains(x, y)), None)

    def spots(self) -> Sequence[Spot]:
        """Everything that can be done here, in reading order, for the keyboard."""
        return ()

    def whole(self, start: int, end: int) -> Range:
        """A range of the text, with what is drawn as one thing and begins or ends in it."""
        return start, end

    def formula_at(self, x: float, y: float) -> Spot | None:
        """The formula, drawn or as TeX, at a point: text for the mouse, a spot for the keyboard."""
        return None

    def scroll_by(self, dx: float, y: float) -> bool:
        """Scroll sideways; False when there is nothing to scroll (further)."""
        return False


class LeafPart(Part):
    """A part that shows a leaf of the message's outline: knows its bars and its marker."""

    __slots__ = ("as_tex", "leaf")

    def __init__(self, leaf: Leaf, style: Style, *, as_tex: bool = False) -> None:
        super().__init__(style, leaf.gap)
        self.leaf = leaf
        self.as_tex = as_tex
        """Formulas and diagrams are shown as their source, because the reader wants to see that."""

    def update(self, leaf: Leaf) -> bool:
        """Show another state of the same leaf; False when that takes another part, or another layout of this one."""
        return False

    def may_hold(self, words: str) -> bool:
        """False where it is known, without making it, that a text in lower case is not in here."""
        return True

    def left(self, width: int) -> int:
        """Deep lists stop moving to the right where the text would have no room."""
        return min(self.leaf.left, max(0, width - 30 * self.style.grid), width // 2)

    def paint_frame(
        self, canvas: Canvas, left: int, baseline: float, *, mirror: int | None = None, rise: int = 0
    ) -> None:
        """Quote bars and the list marker; ``mirror`` is the width where the marker stands at the right, ``rise`` how much
        lower than usual the first line stands."""
        painter, style = canvas.painter, self.style
        for bar in self.leaf.bars:
            top = self.gap if bar.first else 0
            painter.fillRect(QRectF(bar.x, top, 3, self.height - top), style.tokens.hairline)
        if self.leaf.marker is not None:
            _paint_marker(painter, style, self.leaf.marker, left, self.gap + rise, baseline, mirror)


def _paint_marker(
    painter: QPainter,
    style: Style,
    marker: Marker,
    left: int,
    top: int,
    baseline: float,
    mirror: int | None,
) -> None:
    tokens = style.tokens
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = top + style.line / 2
    if marker.checked is not None:
        side = round(style.line * 0.6)
        start = left - style.indent if mirror is None else mirror - left + style.indent - side
        _paint_task(
            painter, style, marker.checked, QRectF(start + 0.5, round(middle - side / 2) + 0.5, side, side)
        )
    elif marker.text:
        painter.setPen(tokens.text_muted)
        painter.setFont(style.body)
        advance = painter.fontMetrics().horizontalAdvance(marker.text)
        edge = left - style.grid * 2 - advance if mirror is None else mirror - left + style.grid * 2
        painter.drawText(QPointF(edge, baseline), marker.text)
    else:
        radius = style.line / 9
        x = left - style.indent / 2
        centre = QPointF(x if mirror is None else mirror - x, middle + 1)
        if marker.depth % 2 == 0:  # A line around the same colour would be drawn for nothing.
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.text_muted)
            radius += 0.6
        else:
            painter.setPen(QPen(tokens.text_muted, 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, radius, radius)
    painter.restore()


def _paint_task(painter: QPainter, style: Style, checked: bool, box: QRectF) -> None:
    tokens = style.tokens
    side = box.width()
    painter.setPen(QPen(tokens.accent if checked else tokens.control, 1))
    painter.setBrush(tokens.accent if checked else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 3, 3)
    if checked:
        tick = QPainterPath(box.topLeft() + QPointF(side * 0.24, side * 0.52))
        tick.lineTo(box.topLeft() + QPointF(side * 0.43, side * 0.71))
        tick.lineTo(box.topLeft() + QPointF(side * 0.78, side * 0.3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.accent_text, max(1.5, side / 8)))
        painter.drawPath(tick)


def link_spot(run: Run, lines: Lines, x: float, y: float) -> Spot:
    """The spot of a link whose lines are drawn at ``(x, y)``."""
    areas = tuple(rect.translated(x, y) for rect in lines.rects(run.start, run.end, tight=True))
    area = areas[0] if areas else None
    image = bool(run.look & Look.IMAGE)
    return Spot(Deed.LINK, run.href, run.href, area, (run.start, run.end), image, areas[1:])


def formula_spot(run: Run, lines: Lines, x: float, y: float, *, as_tex: bool) -> Spot:
    """The spot of a formula whose lines are drawn at ``(x, y)``."""
    area = lines.area_of(run)
    area = area.translated(x, y) if area is not None else None
    label = tr("Show formula") if as_tex else tr("Show TeX source")
    return Spot(Deed.FORMULA, label, run.math.tex if run.math is not None else "", area, (run.start, run.end))


def paint_triangle(canvas: Canvas, middle: QPointF, colour: QColor, *, opened: bool) -> None:
    """The sign of something that folds."""
    side = canvas.style.small_line * 0.2
    corners: tuple[tuple[float, float], ...] = ((-side, -side * 0.6), (side, -side * 0.6), (0.0, side * 0.8))
    if not opened:
        corners = ((-side * 0.6, -side), (-side * 0.6, side), (side * 0.8, 0.0))
    shape = QPainterPath()
    shape.moveTo(middle + QPointF(*corners[0]))
    for corner in corners[1:]:
        shape.lineTo(middle + QPointF(*corner))
    canvas.painter.fillPath(shape, colour)


def paint_icon(canvas: Canvas, name: str, area: QRectF, side: int, colour: QColor, *, lit: bool) -> None:
    """An icon of ``side`` pixels in the middle of what can be clicked."""
    painter, tokens = canvas.painter, canvas.style.tokens
    if lit:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.hover)
        painter.drawRoundedRect(area, RADIUS_SMALL, RADIUS_SMALL)
    picture = pixmap(name, tokens.text if lit else colour, side, painter.device().devicePixelRatio())
    inset = (area.width() - side) / 2
    painter.drawPixmap(QPointF(round(area.left() + inset), round(area.top() + inset)), picture)
