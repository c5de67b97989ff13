"""The keyboard in the conversation: scrolling, going from message to message, and to what can be done in each."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QKeySequence

from chat2anyllm_desktop.ui.transcript import copying
from chat2anyllm_desktop.ui.transcript.caret import Caret
from chat2anyllm_desktop.ui.transcript.layout import Layout
from chat2anyllm_desktop.ui.transcript.part import Deed, LeafPart, Part, Spot
from chat2anyllm_desktop.ui.transcript.row import Row

_Key = Qt.Key
_Modifier = Qt.KeyboardModifier

_SHIFTS = _Modifier.ShiftModifier | _Modifier.KeypadModifier | _Modifier.GroupSwitchModifier
_ALT_GR = _Modifier.ControlModifier | _Modifier.AltModifier
"""As Windows tells it."""
_PARTS = 200
_VERSIONS = {Deed.PREVIOUS_VERSION, Deed.NEXT_VERSION}

BY_KEY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
"""How the focus comes to who uses the keyboard."""


class Keys(QObject):
    """Messages have the keyboard, one after the other, once it was brought here by a key. Else, after a click, what is
    typed belongs into the message field.

    Signals: ``focus_changed`` (message or spot), ``spot_entered(Row, Part, Spot)``, ``typed(QEvent)``, and the wishes
    ``scroll_requested(pixels)``, ``start_requested``, ``end_requested``, ``copy_requested``, ``select_all_requested``,
    ``deselect_requested``."""

    focus_changed = Signal()
    spot_entered = Signal(object, object, object)
    scroll_requested = Signal(int)
    start_requested = Signal()
    end_requested = Signal()
    copy_requested = Signal()
    select_all_requested = Signal()
    deselect_requested = Signal()
    typed = Signal(object)

    def __init__(self, page: Layout, caret: Caret, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._caret = caret
        self._reading = False
        """Messages have the keyboard: when the one that has it goes away, another gets it."""
        self.row: Row | None = None
        """The message that has the keyboard's focus."""
        self.part: Part | None = None
        self.spot: Spot | None = None
        self._index = 0
        """Of the message, when it was seen last."""
        self._composing = False

    def press(self, event: QKeyEvent, line: int) -> bool:
        """Handle a key; False when it means nothing here."""
        if self._caret.press(event, self.row, line):
            return True
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all_requested.emit()
        elif event.matches(QKeySequence.StandardKey.Paste) or (self.row is None and _writes(event)):
            self.typed.emit(event)
        elif event.modifiers() & ~_SHIFTS:
            return False
        else:
            return self._press_plain(event, line)
        return True

    def _press_plain(self, event: QKeyEvent, line: int) -> bool:
        shift = bool(event.modifiers() & _Modifier.ShiftModifier)
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
        rows, placed = self._page.rows, self._page.placed
        if not rows:
            return
        on_screen = any(part.row is self.row for part in placed)
        index = self._page.index_of(self.row) if self.row is not None and on_screen else None
        if index is None:
            shown = [part.index for part in placed if part.y >= 0] or [len(rows) - 1]
            index = shown[0] if by > 0 else shown[-1]
        else:
            index = max(0, min(len(rows) - 1, index + by))
        self.focus(rows[index])

    def focus(self, row: Row) -> None:
        """Put the focus on a message and bring it on screen."""
        self._take(row)
        self.reveal(row, 0)
        self.focus_changed.emit()

    def enter(self) -> None:
        """The keyboard was brought here by a key: the message in view gets it, and nothing moves."""
        self._reading = True
        shown = [placed.row for placed in self._page.placed]
        if shown and self.row not in shown:
            inside = [placed.row for placed in self._page.placed if placed.y >= 0]
            self._take(shown[-1] if self._page.follow or not inside else inside[0])
            self.focus_changed.emit()

    def _take(self, row: Row) -> None:
        self._reading = True
        self.lose()
        self.row = row
        _admit_input_method()

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

    def focus_spot(self, row: Row, number: int, spot: Spot) -> None:
        """Put the focus on something that can be done in a part of an open row, and bring it on screen."""
        self._take(row)
        self.part, self.spot = row.parts[number], spot
        self.reveal(row, number, spot)
        self.focus_changed.emit()

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
        """No message has the keyboard any more."""
        had = self.row is not None
        self._reading = False
        self.lose()
        if had:
            self.focus_changed.emit()

    def lose(self) -> None:
        """The message that had the keyboard has it no more; another may get it."""
        self.row = self.part = self.spot = None
        self._caret.hide()
        _admit_input_method()

    def compose(self, event: QInputMethodEvent) -> None:
        """What an input method writes, as far as it has come."""
        self._composing = bool(event.preeditString())
        self.typed.emit(event)

    def leave(self) -> None:
        """The keyboard goes elsewhere. Input methods complete their word or give it up before; one that did neither would
        leave it unfinished in the message field."""
        if self._composing:
            self.compose(QInputMethodEvent())

    def focused_text(self) -> str:
        """What Copy takes where nothing is selected: the formula that has the focus, else its message."""
        spot, part = self.spot, self.part
        if spot is not None and part is not None and spot.deed is Deed.FORMULA and spot.range is not None:
            return copying.part_text(part, *spot.range)
        return copying.message_text(self.row) if self.row is not None else ""

    def menu_place(self, column: int) -> QPoint:
        """Where in the view the menu of what has the focus opens; ``column`` is the left edge of the text."""
        for placed in self._page.placed:
            if placed.row is self.row and placed.part is (self.part or placed.part):
                if self.spot is not None and self.spot.area is not None:
                    middle = self.spot.area.center().toPoint()
                    return QPoint(column + placed.row.place(placed.number)[0], placed.y) + middle
                return QPoint(column + 8, max(8, placed.y + 40))
        return QPoint(column + 8, 20)

    def refind(self) -> None:
        """Parts were made anew, by what Enter did or by more text: the focus goes to the one that does the same."""
        page, row, part, spot = self._page, self.row, self.part, self.spot
        index = page.index_of(row) if row is not None else None
        if row is not None and index is None and page.rows:
            # It is gone: what stands in its place has the focus now, another version or the next message.
            index = min(self._index, len(page.rows) - 1)
            self.row = row = page.rows[index]
            self._caret.hide()
        elif self._reading and index is None:
            self.lose()
            self.enter()
            return
        self._index = index or 0
        if row is None or part is None or spot is None or part in row.parts:
            return
        alike = [
            (new, other)
            for new in row.parts
            if type(new) is type(part) and _key(new) == _key(part)
            for other in new.spots()
            if other.same(spot) or {other.deed, spot.deed} == _VERSIONS  # The last one has no next.
        ]
        alike.sort(key=lambda found: not found[1].same(spot))
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
        """One thing at a time, the nearest first."""
        if self._caret.holds:
            self.deselect_requested.emit()
        elif self.row is not None:
            self.forget()
        else:
            return False
        return True


def _key(part: Part) -> tuple[int, int] | None:
    """Which leaf of its message a part shows; None for furniture."""
    return part.leaf.key if isinstance(part, LeafPart) else None


def _admit_input_method() -> None:
    """Where a message has the keyboard, keys are what they are called; else they write, in any language."""
    QGuiApplication.inputMethod().update(Qt.InputMethodQuery.ImEnabled)


def _writes(event: QKeyEvent) -> bool:
    """Whether a key writes something, or begins to: an accent that waits for its letter. Space scrolls."""
    key, others = event.key(), event.modifiers() & ~_SHIFTS
    if others and others != _ALT_GR and not (sys.platform == "darwin" and others == _Modifier.AltModifier):
        return False
    if key == _Key.Key_Multi_key or _Key.Key_Dead_Grave <= key <= _Key.Key_Dead_Longsolidusoverlay:
        return True
    return key != _Key.Key_Space and event.text()[:1].isprintable() and bool(event.text())
