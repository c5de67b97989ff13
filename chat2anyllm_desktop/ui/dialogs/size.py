"""How large a dialog opens."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog

from chat2anyllm_desktop.ui.theme import Theme


def fit(dialog: QDialog, size: tuple[int, int], theme: Theme) -> None:
    """Give it ``size``, in pixels at 100 % text, as far as its screen has room for it."""
    wanted = QSize(*(theme.scaled(edge) for edge in size))
    room = dialog.screen().availableSize()
    if (parent := dialog.parentWidget()) is not None:
        room -= parent.window().frameSize() - parent.window().size()  # It gets such a frame as well.
    dialog.resize(wanted.boundedTo(room))
