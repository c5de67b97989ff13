"""Where in the order of Tab things stand that are made late: Qt puts them at the end of the window."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def insert_in_order(place: QWidget, widgets: Iterable[QWidget]) -> None:
    """Tab comes to ``widgets``, in this order, where ``place`` is. That may be something that takes no keyboard itself.

    Never ask a widget for ``nextInFocusChain`` or ``previousInFocusChain``: PySide takes what they return for its child
    from then on, and when it goes, the other cannot be used from Python any more.
    """
    policy = place.focusPolicy()
    place.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Qt inserts nothing behind what takes no keyboard.
    before = place
    for widget in widgets:
        QWidget.setTabOrder(before, widget)
        before = widget
    place.setFocusPolicy(policy)
