"""The parts of the window that the keyboard goes round, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

Entry = Callable[[], QWidget | None]


class Panels:
    """``panels`` are parts, each with a way to ask what in it gets the keyboard at first. Later it comes back to where it
    was in the part."""

    def __init__(self, panels: Sequence[tuple[QWidget, Entry]]) -> None:
        self._panels = panels

    def go(self, step: int) -> None:
        """Give the keyboard to the next part that is on show, or with -1 to the previous one, round and round."""
        ways = [
            (panel, target) for panel, entry in self._panels if (target := _target(panel, entry)) is not None
        ]
        if not ways:
            return
        focused = QApplication.focusWidget()
        here = next((at for at, (panel, _) in enumerate(ways) if _holds(panel, focused)), None)
        if here is None:
            panel, target = ways[0 if step > 0 else -1]
        else:
            panel, target = ways[(here + step) % len(ways)]
        if isinstance(panel, QDockWidget):
            panel.raise_()  # It may stand behind another one.
        target.window().activateWindow()  # A floating panel is a window of its own.
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _target(panel: QWidget, entry: Entry) -> QWidget | None:
    """What gets the keyboard in a panel; None where nothing does."""
    if isinstance(panel, QDockWidget):
        if not panel.toggleViewAction().isChecked():
            return None
    elif not panel.isVisible():
        return None
    first = entry()
    # Qt remembers the last one for every widget, if there was one.
    return next(filter(_takes_keyboard, (panel.focusWidget(), first)), first)


def first_in(panel: QWidget) -> QWidget | None:
    """What stands first in a panel of all that takes the keyboard now: whatever was made first."""

    def place(widget: QWidget) -> tuple[int, int]:
        corner = widget.mapTo(panel, QPoint(0, 0))
        return corner.y(), corner.x()

    return min(filter(_takes_keyboard, panel.findChildren(QWidget)), key=place, default=None)


def _holds(panel: QWidget, widget: QWidget | None) -> bool:
    return widget is not None and (panel is widget or panel.isAncestorOf(widget))


def _takes_keyboard(widget: QWidget | None) -> bool:
    if widget is None or not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        return False
    return widget.isEnabled() and widget.isVisible()
