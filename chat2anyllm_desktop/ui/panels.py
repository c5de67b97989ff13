"""The parts of the window that the keyboard goes round, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid


class Panels:
    """``panels`` are parts with the widget in each that gets the keyboard at first, or None for what Tab comes to first.
    Later it comes back to where it was in the part."""

    def __init__(self, panels: Sequence[tuple[QWidget, QWidget | None]]) -> None:
        self._panels = panels
        self._left: dict[QWidget, QWidget] = {}

    def go(self, step: int) -> None:
        """Give the keyboard to the next part that is on show, or with -1 to the previous one."""
        shown = [(panel, entry or _first_in(panel)) for panel, entry in self._panels if panel.isVisible()]
        ways = [(panel, entry) for panel, entry in shown if entry is not None]
        focused = QApplication.focusWidget()
        holds = [
            focused is not None and (panel is focused or panel.isAncestorOf(focused)) for panel, _ in ways
        ]
        here = holds.index(True) if True in holds else -1
        if not ways:
            return
        if focused is not None and here >= 0:
            self._left[ways[here][0]] = focused
        panel, entry = ways[(here + step) % len(ways)] if here >= 0 or step > 0 else ways[-1]
        left = self._left.get(panel)
        if left is not None and isValid(left) and left.isVisible() and panel.isAncestorOf(left):
            entry = left
        entry.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _first_in(panel: QWidget) -> QWidget | None:
    """What Tab comes to first inside."""
    widget = panel.nextInFocusChain()
    while widget is not None and widget is not panel and panel.isAncestorOf(widget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled():
            return widget
        widget = widget.nextInFocusChain()
    return None
