"""The context menu of the conversation."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from chat2anyllm_desktop.ui.transcript.code_box import CodeBox
from chat2anyllm_desktop.ui.transcript.deeds import Deeds, copy
from chat2anyllm_desktop.ui.transcript.layout import Placed
from chat2anyllm_desktop.ui.transcript.part import Deed, Spot

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.transcript.view import TranscriptView


def open_menu(
    view: TranscriptView, placed: Placed | None, spot: Spot | None, deeds: Deeds, where: QPoint
) -> None:
    """Offer what can be done with the selection, with what is under the mouse, and with its message."""
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    selected = view.has_selection
    menu.addAction("Copy", view.copy_selection).setEnabled(selected)
    menu.addAction("Copy as Markdown", view.copy_selection_as_markdown).setEnabled(selected)
    if spot is not None and spot.deed is Deed.LINK:
        menu.addAction("Copy Link Address", lambda: copy(spot.value))
    if placed is not None and isinstance(placed.part, CodeBox):
        box = placed.part
        menu.addAction("Copy Code", lambda: copy(box.text))
    menu.addAction("Select All", view.select_all)
    if placed is not None:
        row = placed.row
        menu.addSeparator()
        for deed, label in row.actions():
            menu.addAction(label, partial(deeds.on_message, row, deed))
    menu.popup(where)
