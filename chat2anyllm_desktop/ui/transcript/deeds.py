"""What clicks, keys and menu entries do."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.transcript import copying
from chat2anyllm_desktop.ui.transcript.announcements import say
from chat2anyllm_desktop.ui.transcript.code_box import CodeBox
from chat2anyllm_desktop.ui.transcript.furniture import Fold
from chat2anyllm_desktop.ui.transcript.layout import Layout
from chat2anyllm_desktop.ui.transcript.part import Deed, LeafPart, Part, Spot
from chat2anyllm_desktop.ui.transcript.picture import Picture
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.runs import allowed
from chat2anyllm_desktop.ui.transcript.table import TableBox

_COPIED_MS = 1500


class Deeds(QObject):
    """Signals are wishes with the id of a message (``retry_requested``, ``continue_requested``, ``edit_requested``,
    ``branch_requested``, ``link_requested`` and, with -1 or 1, ``version_requested``), ``link_open_requested(address)``,
    ``image_load_requested(address)``, ``image_view_requested(Picture)``, and the fact ``unsettled``: the layout has to be
    made again."""

    link_open_requested = Signal(str)
    image_load_requested = Signal(str)
    image_view_requested = Signal(object)
    retry_requested = Signal(str)
    continue_requested = Signal(str)
    edit_requested = Signal(str)
    branch_requested = Signal(str)
    version_requested = Signal(str, int)
    link_requested = Signal(str)
    unsettled = Signal()

    def __init__(self, page: Layout, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page

    def perform(self, row: Row, part: Part, spot: Spot) -> None:
        match spot.deed:
            case Deed.LINK if spot.image:
                self.image_load_requested.emit(spot.value)
            case Deed.LINK:
                if allowed(spot.value):
                    self.link_open_requested.emit(spot.value)
            case Deed.LOAD_IMAGE:
                self.image_load_requested.emit(spot.value)
            case Deed.VIEW_IMAGE if isinstance(part, Picture):
                self.image_view_requested.emit(part)
            case Deed.COPY_CODE if isinstance(part, CodeBox):
                self._copy_code(part)
            case Deed.WRAP_CODE if isinstance(part, CodeBox):
                self._toggle_wrap(row, part)
            case Deed.SHOW_ALL if isinstance(part, TableBox):
                self._hold(row, part)
                row.done.whole.add(part.leaf.key)
                part.show_all = True
                part.measured = False
                self.unsettled.emit()
            case Deed.FOLD:
                self._toggle_fold(row, part)
            case Deed.FORMULA | Deed.DIAGRAM if isinstance(part, LeafPart):
                self.toggle_tex(row, part)
            case _:
                self.on_message(row, spot.deed)

    def on_message(self, row: Row, deed: Deed) -> None:
        """An action on a whole message."""
        match deed:
            case Deed.COPY:
                copy(copying.message_text(row))
            case Deed.COPY_MARKDOWN:
                copy(row.source)
            case Deed.RETRY:
                self.retry_requested.emit(row.id)
            case Deed.CONTINUE:
                self.continue_requested.emit(row.id)
            case Deed.EDIT:
                self.edit_requested.emit(row.id)
            case Deed.BRANCH:
                self.branch_requested.emit(row.id)
            case Deed.PREVIOUS_VERSION | Deed.NEXT_VERSION:
                if row.parts:
                    self._hold(row, row.parts[-1])
                self.version_requested.emit(row.id, 1 if deed is Deed.NEXT_VERSION else -1)

    def _copy_code(self, box: CodeBox) -> None:
        copy(box.text)
        box.copied = True
        self.unsettled.emit()

        def over() -> None:
            box.copied = False
            self.unsettled.emit()

        QTimer.singleShot(_COPIED_MS, self, over)

    def _toggle_wrap(self, row: Row, box: CodeBox) -> None:
        self._hold(row, box)
        box.wrapped = not box.wrapped
        (row.done.wrapped.add if box.wrapped else row.done.wrapped.discard)(box.leaf.key)
        box.measured = False
        self.unsettled.emit()

    def toggle_tex(self, row: Row, part: LeafPart) -> None:
        """Show the formulas or the diagram of a part as source, or drawn again."""
        self._hold(row, part)
        part.as_tex = not part.as_tex
        (row.done.as_tex.add if part.as_tex else row.done.as_tex.discard)(part.leaf.key)
        part.release()
        part.measured = False
        part.change()
        self.unsettled.emit()

    def _toggle_fold(self, row: Row, part: Part) -> None:
        self._hold(row, part)
        if isinstance(part, Fold):
            row.toggle_reasoning()
        elif isinstance(part, LeafPart):
            row.toggle_fold(part.leaf.key, not part.leaf.opened)
        index = self._page.index_of(row)
        if index is not None:
            self._page.row_changed(index)
        self.unsettled.emit()

    def _hold(self, row: Row, part: Part) -> None:
        """What was clicked stays under the mouse."""
        self._page.hold(row, row.parts.index(part))


def copy(text: str) -> None:
    """To the clipboard, as plain text."""
    if text:
        QGuiApplication.clipboard().setText(text)
        say(tr("Copied"))
