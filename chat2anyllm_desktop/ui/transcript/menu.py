"""The context menu of the conversation."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QMenu

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.transcript import meta
from chat2anyllm_desktop.ui.transcript.code_box import CodeBox
from chat2anyllm_desktop.ui.transcript.deeds import Deeds, copy
from chat2anyllm_desktop.ui.transcript.part import Deed, LeafPart
from chat2anyllm_desktop.ui.transcript.picture import Picture
from chat2anyllm_desktop.ui.transcript.row import Row

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.transcript.pointer import Pointer
    from chat2anyllm_desktop.ui.transcript.view import TranscriptView


def open_menu(view: TranscriptView, pointer: Pointer, deeds: Deeds, point: QPoint) -> None:
    """Offer what can be done with the selection, with what is at a point of the view, and with its message."""
    found, at_spot = pointer.placed_at(QPointF(point)), pointer.spot_at(QPointF(point))
    placed = found[0] if found is not None else None
    spot = at_spot[1] if at_spot is not None else None
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    head = placed.row.entry.head if placed is not None else None
    menu.setAccessibleName(meta.spoken_name(head) if head is not None else view.accessibleName())
    selected = view.has_selection
    menu.addAction(tr("Copy"), view.copy_selection).setEnabled(selected)
    menu.addAction(tr("Copy as Markdown"), view.copy_selection_as_markdown).setEnabled(selected)
    if spot is not None and spot.deed is Deed.LINK:
        menu.addAction(tr("Copy link address"), lambda: copy(spot.value))
        if spot.image:
            menu.addAction(tr("Load image"), lambda: deeds.image_load_requested.emit(spot.value))
            menu.addAction(tr("Open in browser"), lambda: deeds.link_open_requested.emit(spot.value))
    if placed is not None and isinstance(placed.part, Picture):
        view.pictures.add_to_menu(menu, placed.part)
    if found is not None and isinstance(found[0].part, LeafPart):
        _offer_formula(menu, found[0].row, found[0].part, found[1], deeds)
    if placed is not None and isinstance(placed.part, CodeBox):
        box = placed.part
        menu.addAction(tr("Copy code"), lambda: copy(box.text))
    menu.addAction(tr("Select all"), view.select_all)
    if placed is not None:
        row = placed.row
        menu.addSeparator()
        for deed, label in row.actions():
            menu.addAction(label, partial(deeds.on_message, row, deed))
        if not row.entry.local:
            menu.addAction(tr("Copy link to message"), partial(deeds.link_requested.emit, row.id))
    menu.popup(view.viewport().mapToGlobal(point))


def _offer_formula(menu: QMenu, row: Row, part: LeafPart, point: QPointF, deeds: Deeds) -> None:
    formula = part.formula_at(point.x(), point.y())
    if formula is None:
        return
    menu.addAction(tr("Copy TeX"), lambda: copy(formula.value))
    if any(spot.same(formula) for spot in part.spots()):
        menu.addAction(formula.label, lambda: deeds.toggle_tex(row, part))
