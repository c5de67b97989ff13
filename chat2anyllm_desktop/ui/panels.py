"""The parts of the window that the keyboard goes round, one after the other, from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.main_window import MainWindow


def go_round(window: MainWindow, step: int) -> None:
    """Give the keyboard to the next part that is on show, or with -1 to the previous one."""
    entries: dict[QWidget, QWidget | None] = {
        window.sessions_dock: None,
        window.roles_dock: window.roles_dock.list,
        window.header: window.header.model_button,
        window.transcript: window.transcript,
        window.notices: _first_in(window.notices),
        window.plan_review: window.plan_review.list,
        window.composer: window.composer,
    }
    parts = [part for part in entries if part.isVisible()]
    focused = window.focusWidget()
    here = next((at for at, part in enumerate(parts) if part is focused or part.isAncestorOf(focused)), -1)
    part = parts[(here + step) % len(parts)]
    if part is window.sessions_dock:
        window.sessions_dock.focus_filter()
    elif part is window.roles_dock:
        window.roles_dock.focus_list()
    elif (entry := entries[part]) is not None:
        entry.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _first_in(panel: QWidget) -> QWidget | None:
    """What Tab comes to first inside."""
    widget = panel.nextInFocusChain()
    while widget is not panel and panel.isAncestorOf(widget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled():
            return widget
        widget = widget.nextInFocusChain()
    return None
