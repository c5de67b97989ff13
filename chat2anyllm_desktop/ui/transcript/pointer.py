"""The mouse over the conversation: what it is over, what it selects, what it clicks."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWheelEvent

from chat2anyllm_desktop.ui.transcript.layout import Layout, Placed
from chat2anyllm_desktop.ui.transcript.part import Deed, Part, Spot
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.runs import units
from chat2anyllm_desktop.ui.transcript.selection import Place, Selection, paragraph_at, word_at

_EDGE_MS = 30


class Pointer(QObject):
    """Signals: ``hover_changed`` (row or spot under the mouse), ``ground_changed`` (text or none),
    ``selection_changed``, ``spot_clicked(Row, Part, Spot)``, ``edge_dragged(pixels)`` while a selection is drawn past the
    top or bottom of the view."""

    hover_changed = Signal()
    ground_changed = Signal()
    selection_changed = Signal()
    spot_clicked = Signal(object, object, object)
    edge_dragged = Signal(int)

    def __init__(self, page: Layout, selection: Selection, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._selection = selection
        self.column = 0
        """Left edge of the column in the view."""
        self.row: Row | None = None
        self.part: Part | None = None
        self.spot: Spot | None = None
        self.over_text = False
        self._pressed: tuple[Row, Part, Spot] | None = None
        self._drawing = False
        self._step = "character"
        self._origin: tuple[Place, Place] | None = None
        self._last = QPointF()
        self._clicks = 0
        self._since = QElapsedTimer()
        self._clicked_at = QPointF()
        self._edge = QTimer(self, interval=_EDGE_MS)
        self._edge.timeout.connect(self._on_edge)

    def placed_at(self, point: QPointF) -> tuple[Placed, QPointF] | None:
        """The part under (or nearest above) a point of the view, and the point in the part's coordinates."""
        placed = self._page.at(point.y())
        if placed is None:
            return None
        x, _ = placed.row.place(placed.number)
        return placed, QPointF(point.x() - self.column - x, point.y() - placed.y)

    def spot_at(self, point: QPointF) -> tuple[Placed, Spot] | None:
        found = self.placed_at(point)
        if found is None or found[1].y() >= found[0].part.height:
            return None
        spot = found[0].part.spot_at(found[1].x(), found[1].y())
        return (found[0], spot) if spot is not None else None

    def place_at(self, point: QPointF) -> Place | None:
        """The position in text nearest to a point."""
        placed = self._page.at(point.y())
        if placed is None:
            return None
        shown = self._page.placed
        at = next(n for n, other in enumerate(shown) if other is placed)
        for number in (*range(at, -1, -1), *range(at + 1, len(shown))):
            near = shown[number]
            where = near.row.locate(near.number) if near.part.selectable else None
            if where is None:
                continue
            x, _ = near.row.place(near.number)
            if number < at:
                offset = units(near.part.text)
            elif number > at:
                offset = 0
            else:
                offset = near.part.position_at(point.x() - self.column - x, point.y() - near.y)
            return Place(near.row, where[0], where[1], offset)
        return None

    # Events, in view coordinates ---------------------------------------------------------------------------------------
    def press(self, point: QPointF, *, extend: bool) -> None:
        self._count_click(point)
        found = self.spot_at(point)
        if found is not None and not extend:
            self._pressed = (found[0].row, found[0].part, found[1])
            if found[1].deed is not Deed.LINK:
                return  # a button; the text of a link can be selected
        place = self.place_at(point)
        if place is None:
            return
        self._drawing = True
        self._last = point
        if extend:
            self._selection.extend(place)
        else:
            self._step = ("character", "word", "paragraph")[min(self._clicks, 3) - 1]
            if self._step == "word":
                place = self._formula_at(point, place)
            self._origin = self._widened(place)
            if self._clicks == 1:
                self._selection.begin(place)
            else:
                self._selection.set(*self._origin)
        self.selection_changed.emit()

    def move(self, point: QPointF) -> None:
        if not self._drawing:
            self.hover(point)
            return
        self._last = point
        self._draw()
        outside = point.y() < 0 or point.y() > self._page.height
        if outside and not self._edge.isActive():
            self._edge.start()
        elif not outside:
            self._edge.stop()

    def release(self, point: QPointF) -> None:
        self._edge.stop()
        pressed, self._pressed = self._pressed, None
        drawing, self._drawing = self._drawing, False
        if pressed is not None and (self._selection.empty or not drawing):
            found = self.spot_at(point)
            if found is not None and found[0].part is pressed[1] and found[1].same(pressed[2]):
                self.spot_clicked.emit(pressed[0], pressed[1], found[1])
        self.hover(point)

    def hover(self, point: QPointF) -> None:
        """The mouse is here, or what is under it has moved."""
        found = self.placed_at(point)
        row = part = spot = None
        over_text = False
        if found is not None:
            placed, inside = found
            row = placed.row
            if 0 <= inside.y() < placed.part.height:
                part = placed.part
                spot = part.spot_at(inside.x(), inside.y())
                over_text = part.selectable and spot is None
        same = spot is None if self.spot is None else part is self.part and self.spot.same(spot)
        same = same and row is self.row
        over_other = over_text != self.over_text
        self.row, self.part, self.spot, self.over_text = row, part, spot, over_text
        if not same:
            self.hover_changed.emit()
        elif over_other:
            self.ground_changed.emit()

    def leave(self) -> None:
        self.row = self.part = self.spot = None
        self.over_text = False
        self.hover_changed.emit()

    def _count_click(self, point: QPointF) -> None:
        hints = QGuiApplication.styleHints()
        near = (point - self._clicked_at).manhattanLength() <= hints.mouseDoubleClickDistance()
        soon = self._since.isValid() and self._since.elapsed() < hints.mouseDoubleClickInterval()
        self._clicks = self._clicks % 3 + 1 if near and soon else 1
        self._clicked_at = point
        self._since.start()

    def _draw(self) -> None:
        place = self.place_at(self._last)
        if place is None or self._origin is None:
            return
        if self._step == "character":
            self._selection.extend(place)
        else:
            first, last = self._widened(place)
            self._selection.set(*self._origin)
            before = self._selection.anchor, self._selection.head
            self._selection.set(first, self._origin[1])
            ends = self._selection.ends()
            if ends is not None and ends[0] is first:
                self._selection.set(self._origin[1], first)
            else:
                assert before[0] is not None
                self._selection.set(before[0], last)
        self.selection_changed.emit()

    def _widened(self, place: Place) -> tuple[Place, Place]:
        if self._step == "character":
            return place, place
        number = place.row.number_of(place.section, place.index)
        if number is None:
            return place, place
        part = place.row.parts[number]
        start, end = (word_at if self._step == "word" else paragraph_at)(part.text, place.offset)
        start, end = part.whole(start, end)
        row, section, index = place.row, place.section, place.index
        return Place(row, section, index, start), Place(row, section, index, end)

    def _formula_at(self, point: QPointF, place: Place) -> Place:
        """The beginning of a formula where a point is in one, whichever end of it is nearer."""
        found = self.placed_at(point)
        formula = found[0].part.formula_at(found[1].x(), found[1].y()) if found is not None else None
        if (
            formula is None
            or formula.range is None
            or not formula.range[0] <= place.offset <= formula.range[1]
        ):
            return place
        return Place(place.row, place.section, place.index, formula.range[0])

    def _on_edge(self) -> None:
        beyond = self._last.y() if self._last.y() < 0 else self._last.y() - self._page.height
        self.edge_dragged.emit(round(beyond))
        self._draw()


def cursor_for(pointer: Pointer) -> Qt.CursorShape:
    if pointer.spot is not None:
        return Qt.CursorShape.PointingHandCursor
    return Qt.CursorShape.IBeamCursor if pointer.over_text else Qt.CursorShape.ArrowCursor


def wheel_pixels(event: QWheelEvent, step: int) -> tuple[float, float]:
    """How far a wheel or touchpad was turned, sideways and up; ``step`` are the pixels of one notch. Shift turns the
    wheel on its side."""
    pixels, angle = event.pixelDelta(), event.angleDelta()
    dx = pixels.x() or angle.x() * step / 120
    dy = pixels.y() or angle.y() * step / 120
    if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not dx:
        return dy, 0.0
    return dx, dy
