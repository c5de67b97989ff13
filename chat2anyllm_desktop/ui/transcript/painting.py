"""Drawing what is on screen."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from chat2anyllm_desktop.ui.theme import RADIUS_SMALL
from chat2anyllm_desktop.ui.transcript.caret import Caret
from chat2anyllm_desktop.ui.transcript.find import Find
from chat2anyllm_desktop.ui.transcript.keys import Keys
from chat2anyllm_desktop.ui.transcript.layout import Layout, Placed
from chat2anyllm_desktop.ui.transcript.part import Canvas, Deed, Part, Spot
from chat2anyllm_desktop.ui.transcript.pointer import Pointer
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.selection import Selection
from chat2anyllm_desktop.ui.transcript.style import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Lit:
    """What stands out: the message that is hovered or focused, and the spot in one of its parts."""

    rows: tuple[Row, ...] = ()
    focused: Row | None = None
    part: Part | None = None
    spot: Spot | None = None
    by_key: bool = False
    """The spot has the keyboard's focus: a ring goes around it."""
    caret: tuple[Part, int] | None = None
    """Where the keyboard selects."""

    @classmethod
    def by(cls, pointer: Pointer, keys: Keys | None, caret: Caret) -> Lit:
        """What the mouse is over and, where the conversation has the keyboard (``keys``), what that is at."""
        focused = keys.row if keys else None
        at: Pointer | Keys = keys if keys and focused is not None and keys.spot is not None else pointer
        return cls(
            rows=tuple(row for row in (pointer.row, focused) if row is not None),
            focused=focused,
            part=at.part,
            spot=at.spot,
            by_key=at is keys,
            caret=caret.place() if keys else None,
        )


def paint(
    painter: QPainter,
    area: QRect,
    page: Layout,
    style: Style,
    column: int,
    selection: Selection,
    find: Find,
    lit: Lit,
) -> None:
    """Draw what of the page lies in ``area``; ``column`` is the left edge of the text."""
    painter.fillRect(area, style.tokens.background)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for row, top, bottom in _panels(page):
        _paint_panel(painter, style, row, column, top, bottom)
    if lit.focused is not None:
        _paint_focus(painter, style, page, column, lit.focused)
    selecting = not selection.empty
    top, bottom = area.top(), area.bottom()
    for placed in page.placed:
        if placed.y > bottom or placed.y + placed.part.height < top:
            continue
        x, _ = placed.row.place(placed.number)
        matches, current = find.ranges_in(placed)
        canvas = Canvas(
            painter=painter,
            style=style,
            top=top - placed.y,
            bottom=bottom + 1 - placed.y,
            selection=selection.range_in(placed) if selecting else None,
            matches=matches,
            current=current,
            lit=lit.spot if placed.part is lit.part else None,
            active=placed.row in lit.rows,
        )
        painter.save()
        painter.translate(column + x, placed.y)
        placed.part.paint(canvas)
        if lit.by_key and canvas.lit is not None:
            _paint_ring(painter, style, placed, canvas.lit)
        if lit.caret is not None and placed.part is lit.caret[0]:
            _paint_cursor(painter, style, placed, lit.caret[1])
        if placed.row.streaming and placed.row.caret_part() == placed.number:
            _paint_caret(painter, style, placed)
        painter.restore()


def _panels(page: Layout) -> list[tuple[Row, int, int]]:
    """Rows with a ground of their own, and where it begins and ends."""
    found = []
    seen: set[Row] = set()
    for placed in page.placed:
        row = placed.row
        if row.panel is None or row in seen:
            continue
        seen.add(row)
        top = placed.y - row.heights.before(placed.number)
        first, last = row.panel
        found.append((row, top + row.heights.before(first), top + row.heights.before(last + 1)))
    return found


def _paint_panel(painter: QPainter, style: Style, row: Row, column: int, top: int, bottom: int) -> None:
    x, width = row.panel_place()
    tokens = style.tokens
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    outlined = row.entry.local or tokens.high_contrast
    painter.setPen(QPen(tokens.hairline, 1) if outlined else Qt.PenStyle.NoPen)
    painter.setBrush(tokens.surface if row.entry.local else tokens.user_bubble)
    area = QRectF(column + x, top, width, bottom - top).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(area, style.radius + 4, style.radius + 4)
    painter.restore()


def _paint_ring(painter: QPainter, style: Style, placed: Placed, spot: Spot) -> None:
    """The sign of what has the keyboard's focus; of what its box has scrolled out of sight nothing is drawn. It does not
    leave its part, the next one of which may be drawn without it."""
    width = placed.row.place(placed.number)[1]
    ring = style.tokens.ring
    painter.save()
    painter.setClipRect(QRectF(-8, 0, width + 16, placed.part.height), Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(style.tokens.accent, ring))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for area in (spot.area, *spot.more):
        if area is not None:
            aside = 2 + ring / 2 if spot.deed in (Deed.LINK, Deed.FORMULA) else -ring / 2
            inside = area.adjusted(-aside, ring / 2, aside, -ring / 2)
            painter.drawRoundedRect(inside, RADIUS_SMALL, RADIUS_SMALL)
    painter.restore()


def _paint_focus(painter: QPainter, style: Style, page: Layout, column: int, row: Row) -> None:
    """The line beside the message that the keyboard is at."""
    mine = [placed for placed in page.placed if placed.row is row and placed.number > 0]
    if mine:
        top, bottom = mine[0].y, mine[-1].y + mine[-1].part.height
        line = QRectF(column - 4 * style.grid, top, style.tokens.ring + 1, bottom - top)
        painter.fillRect(line, style.tokens.accent)


def _paint_caret(painter: QPainter, style: Style, placed: Placed) -> None:
    rect = placed.part.caret_rect()
    if rect is not None:
        inset = rect.height() * 0.18
        painter.fillRect(rect.adjusted(0, inset, 0, -inset), style.tokens.accent)


def _paint_cursor(painter: QPainter, style: Style, placed: Placed, position: int) -> None:
    rect = placed.part.cursor_rect(position)
    if -1 <= rect.left() <= placed.row.place(placed.number)[1]:  # Else its box was scrolled away from it.
        painter.fillRect(
            QRectF(round(rect.left()) - 1, rect.top() + 1, 2, rect.height() - 2), style.tokens.text
        )
