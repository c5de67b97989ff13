"""The parts of the window that the keyboard goes round, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget


class Panels:
    """``panels`` are parts with the widget in each that gets the keyboard at first, or None for what Tab comes to first.
    Later it comes back to where it was in the part."""

    def __init__(self, panels: Sequence[tuple[QWidget, QWidget | None]]) -> None:
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


def first_in(panel: QWidget) -> QWidget | None:
    """What Tab comes to first in a part."""
    return next((widget for widget in _in_order(panel) if _takes_keyboard(widget)), None)


def _target(panel: QWidget, entry: QWidget | None) -> QWidget | None:
    """What gets the keyboard in a panel; None where nothing does."""
    if isinstance(panel, QDockWidget):
        if not panel.toggleViewAction().isChecked():
            return None
    elif not panel.isVisible():
        return None
    last = [panel.focusWidget(), entry]  # Qt remembers it for every widget, if there was one.
    wanted = (
        widget for widget in (*last, *_in_order(panel)) if widget is not None and _takes_keyboard(widget)
    )
    return next(wanted, entry)


def _holds(panel: QWidget, widget: QWidget | None) -> bool:
    return widget is not None and (panel is widget or panel.isAncestorOf(widget))


def _in_order(panel: QWidget) -> Iterator[QWidget]:
    """All that is in it, as Tab goes through it."""
    widget = panel.nextInFocusChain()
    while widget is not None and widget is not panel:
        if panel.isAncestorOf(widget):
            yield widget
        widget = widget.nextInFocusChain()


def _takes_keyboard(widget: QWidget) -> bool:
    by_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return by_tab and widget.isEnabled() and widget.isVisible()
