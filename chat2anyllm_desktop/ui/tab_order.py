"""Where in the order of Tab things stand that are made late: Qt puts them at the end of the window."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def insert_in_order(place: QWidget, widgets: Iterable[QWidget]) -> None:
    """Tab comes to ``widgets``, in this order, where ``place`` is. That may be something that takes no keyboard itself."""
    before = place
    # Qt inserts nothing behind what takes no keyboard.
    while before.focusPolicy() == Qt.FocusPolicy.NoFocus:
        previous = before.previousInFocusChain()
        if previous is None or previous is place:
            return
        before = previous
    for widget in widgets:
        QWidget.setTabOrder(before, widget)
        before = widget
