"""The keyboard in the conversation: scrolling, going from message to message, and to what can be done in each."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence

from chat2anyllm_desktop.ui.transcript.layout import Layout
from chat2anyllm_desktop.ui.transcript.part import LeafPart, Part, Spot
from chat2anyllm_desktop.ui.transcript.row import Row

_Key = Qt.Key

_PARTS = 200


class Keys(QObject):
    """Signals: ``focus_changed`` (message or spot), ``spot_entered(Row, Part, Spot)``, and the wishes
    ``scroll_requested(pixels)``, ``start_requested``, ``end_requested``, ``copy_requested``, ``select_all_requested``,
    ``released`` for Esc."""

    focus_changed = Signal()
    spot_entered = Signal(object, object, object)
    scroll_requested = Signal(int)
    start_requested = Signal()
    end_requested = Signal()
    copy_requested = Signal()
    select_all_requested = Signal()
    released = Signal()

    def __init__(self, page: Layout, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self.row: Row | None = None
        """The message that has the keyboard's focus."""
        self.part: Part | None = None
        self.spot: Spot | None = None

    def press(self, event: QKeyEvent, line: int) -> bool:
        """Handle a key; False when it means nothing here."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all_requested.emit()
        elif event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            return False
        else:
            return self._press_plain(event, line)
        return True

    def _press_plain(self, event: QKeyEvent, line: int) -> bool:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        page = max(line, self._page.height - 2 * line)
        match event.key():
            case _Key.Key_Up:
                self.scroll_requested.emit(-2 * line)
            case _Key.Key_Down:
                self.scroll_requested.emit(2 * line)
            case _Key.Key_Left:
                return self._sideways(-2 * line)
            case _Key.Key_Right:
                return self._sideways(2 * line)
            case _Key.Key_PageUp:
                self.scroll_requested.emit(-page)
            case _Key.Key_PageDown:
                self.scroll_requested.emit(page)
            case _Key.Key_Home:
                self.start_requested.emit()
            case _Key.Key_End:
                self.end_requested.emit()
            case _Key.Key_J:
                self.go(1)
            case _Key.Key_K:
                self.go(-1)
            case _Key.Key_Space if self.spot is None:
                self.scroll_requested.emit(-page if shift else page)
            case _Key.Key_Return | _Key.Key_Enter | _Key.Key_Space:
                return self._enter()
            case _Key.Key_Escape:
                return self._release()
            case _:
                return False
        return True

    def go(self, by: int) -> None:
        """Put the focus on the next or previous message, from the one that has it or the first on screen."""
        rows = self._page.rows
        if not rows:
            return
        index = self._page.index_of(self.row) if self.row is not None else None
        if index is None:
            shown = [placed.index for placed in self._page.placed if placed.y >= 0] or [len(rows) - 1]
            index = shown[0] if by > 0 else shown[-1]
        else:
            index = max(0, min(len(rows) - 1, index + by))
        self.focus(rows[index])

    def focus(self, row: Row) -> None:
        """Put the focus on a message and bring it on screen."""
        self.row = row
        self.part = self.spot = None
        self.reveal(row, 0)
        self.focus_changed.emit()

    def tab(self, by: int) -> bool:
        """Go to the next or previous thing that can be done in the focused message; False past the ends, where the
        focus leaves the conversation as in any other widget."""
        row = self.row
        if row is None or not row.opened:
            return False
        # Of a very long message only what is on screen is gone through: the rest would have to be laid out for it.
        numbers = range(len(row.parts))
        if len(numbers) > _PARTS:
            numbers = range(*self._page.numbers_of(row))
        stops = [(number, spot) for number in numbers for spot in self._page.measured(row, number).spots()]
        here = -1 if by > 0 else len(stops)
        for at, (number, spot) in enumerate(stops):
            if row.parts[number] is self.part and spot.same(self.spot):
                here = at
        at = here + by
        if not 0 <= at < len(stops):
            self.part = self.spot = None
            self.focus_changed.emit()
            return False
        number, self.spot = stops[at]
        self.part = row.parts[number]
        self.reveal(row, number, self.spot)
        self.focus_changed.emit()
        return True

    def reveal(self, row: Row, number: int, spot: Spot | None = None) -> None:
        """Scroll as little as it takes to show the top of a part, or a spot in it."""
        inside = round(spot.area.top()) if spot is not None and spot.area is not None else 0
        for placed in self._page.placed:
            if (
                placed.row is row
                and placed.number == number
                and 0 <= placed.y + inside < self._page.height - 60
            ):
                return
        self._page.show(row, number, -inside + (self._page.height // 3 if inside else 0))

    def forget(self) -> None:
        self.row = self.part = self.spot = None

    def menu_place(self, column: int) -> QPoint:
        """Where in the view the menu of what has the focus opens; ``column`` is the left edge of the text."""
        for placed in self._page.placed:
            if placed.row is self.row and placed.part is (self.part or placed.part):
                return QPoint(column + 8, max(8, placed.y + 40))
        return QPoint(column + 8, 20)

    def refind(self) -> None:
        """Parts were made anew, by what Enter did or by more text: the focus goes to the one that does the same."""
        row, part, spot = self.row, self.part, self.spot
        if row is None or part is None or spot is None or part in row.parts:
            return
        alike = [
            (new, other)
            for new in row.parts
            if type(new) is type(part) and _key(new) == _key(part)
            for other in new.spots()
            if other.same(spot)
        ]
        self.part, self.spot = alike[0] if alike else (None, None)

    def _sideways(self, by: int) -> bool:
        """Scroll the box that has the focus, else the first of its message that is on screen and wide enough."""
        for placed in self._page.placed:
            mine = placed.row is (self.row or placed.row) and placed.part is (self.part or placed.part)
            if mine and placed.part.scroll_by(by, placed.part.height):
                self.focus_changed.emit()
                return True
        return False

    def _enter(self) -> bool:
        self.refind()
        if self.row is None or self.part is None or self.spot is None:
            return False
        self.spot_entered.emit(self.row, self.part, self.spot)
        return True

    def _release(self) -> bool:
        had = self.row is not None
        self.forget()
        self.released.emit()
        self.focus_changed.emit()
        return had


def _key(part: Part) -> tuple[int, int] | None:
    """Which leaf of its message a part shows; None for furniture."""
    return part.leaf.key if isinstance(part, LeafPart) else None
