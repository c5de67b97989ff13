"""The conversation on screen: a scroll area that draws what is visible of a model's messages."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.plain_text import tooltip
from chat2anyllm_desktop.ui.theme import Theme
from chat2anyllm_desktop.ui.transcript import copying, menu
from chat2anyllm_desktop.ui.transcript.accessible.description import Description
from chat2anyllm_desktop.ui.transcript.announcements import Announcements
from chat2anyllm_desktop.ui.transcript.bar import Bar
from chat2anyllm_desktop.ui.transcript.caret import Caret
from chat2anyllm_desktop.ui.transcript.deeds import Deeds, copy
from chat2anyllm_desktop.ui.transcript.drawings import Drawings
from chat2anyllm_desktop.ui.transcript.find import Find
from chat2anyllm_desktop.ui.transcript.finding import Finding
from chat2anyllm_desktop.ui.transcript.flow import Flow
from chat2anyllm_desktop.ui.transcript.keys import BY_KEY, Keys
from chat2anyllm_desktop.ui.transcript.layout import Layout
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
from chat2anyllm_desktop.ui.transcript.overlays import Overlays
from chat2anyllm_desktop.ui.transcript.painting import Lit, paint
from chat2anyllm_desktop.ui.transcript.part import Deed
from chat2anyllm_desktop.ui.transcript.pictures import Pictures
from chat2anyllm_desktop.ui.transcript.pointer import Pointer, cursor_for, wheel_pixels
from chat2anyllm_desktop.ui.transcript.position import ReadingPosition
from chat2anyllm_desktop.ui.transcript.screen import Screen
from chat2anyllm_desktop.ui.transcript.selection import Selection
from chat2anyllm_desktop.ui.transcript.style import Style


class TranscriptView(QAbstractScrollArea):
    """Shows a :class:`TranscriptModel`. New text never moves what is being read; at the end, the view follows.

    Signals are wishes: ``older_requested``, ``link_open_requested(address)``, and with the id of a message
    ``retry_requested``, ``continue_requested``, ``edit_requested``, ``branch_requested``, ``link_requested`` and, with -1 or
    1, ``version_requested``. ``typed(QEvent)``: a key, or what an input method wrote, that belongs into the message field.
    """

    older_requested = Signal()
    link_open_requested = Signal(str)
    retry_requested = Signal(str)
    continue_requested = Signal(str)
    edit_requested = Signal(str)
    branch_requested = Signal(str)
    version_requested = Signal(str, int)
    link_requested = Signal(str)
    typed = Signal(object)

    def __init__(self, model: TranscriptModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._style = Style.from_theme(theme)
        self._syncing = False
        self._page = Layout(self._style.gap, 8 * self._style.grid)
        self._selection = Selection(self._page)
        self._find = Find(self._page)
        self._pointer = Pointer(self._page, self._selection, self)
        self._deeds = Deeds(self._page, self)
        self._caret = Caret(self._page, self._selection, self)
        self._keys = Keys(self._page, self._caret, self)
        self._drawings = Drawings(self)
        self.pictures = Pictures(self._page, self._deeds, theme, self)
        self._flow = Flow(model, self._page, self._style, self.pictures.gallery, self._drawings, self)
        self._overlays = Overlays(self, theme)
        self._finding = Finding(self._find, self._overlays.find_bar, self)
        self._announcements = Announcements(model, self)
        self._description = Description(
            model, self._page, self._flow, self._keys, self._deeds, self._pointer, self
        )
        self._screen = Screen(self.viewport(), self._page)
        self._set_up_widget()
        self._connect()

    def _set_up_widget(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBar(Bar())
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
        self.setAccessibleName(tr("Conversation"))
        self.setAccessibleDescription(
            tr("J and K go from message to message, Tab to what can be done in each.")
        )
        viewport = self.viewport()
        viewport.setMouseTracking(True)
        viewport.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().valueChanged.connect(self._on_bar_moved)
        self.setMinimumSize(240, 120)

    def _connect(self) -> None:
        flow, deeds, keys, pointer = self._flow, self._deeds, self._keys, self._pointer
        self._theme.changed.connect(self._on_theme_changed)
        flow.replaced.connect(self._on_replaced)
        flow.settled.connect(self._on_settled)
        flow.advanced.connect(self._on_advanced)
        flow.remeasured.connect(self._sync_bar)
        flow.recoloured.connect(self._screen.recolour)
        flow.older_wanted.connect(self.older_requested)
        flow.came.connect(self._on_came)
        self.pictures.unsettled.connect(flow.resettle)
        for name in ("link_open", "retry", "continue", "edit", "branch", "version", "link"):
            getattr(deeds, f"{name}_requested").connect(getattr(self, f"{name}_requested"))
        deeds.unsettled.connect(flow.resettle)
        pointer.spot_clicked.connect(deeds.perform)
        pointer.hover_changed.connect(self._on_hover_changed)
        pointer.ground_changed.connect(self._on_ground_changed)
        pointer.selection_changed.connect(self.viewport().update)
        pointer.edge_dragged.connect(self.scroll_by)
        keys.spot_entered.connect(deeds.perform)
        keys.focus_changed.connect(flow.arrive)
        keys.scroll_requested.connect(self.scroll_by)
        keys.start_requested.connect(lambda: self._scroll_to(0))
        keys.end_requested.connect(self.jump_to_latest)
        keys.copy_requested.connect(self.copy_selection)
        keys.select_all_requested.connect(self.select_all)
        keys.deselect_requested.connect(self.clear_selection)
        keys.typed.connect(self.typed)
        self._caret.scroll_requested.connect(self.scroll_by)
        self._caret.moved.connect(flow.arrive)
        self._overlays.jump.clicked.connect(self.jump_to_latest)
        self._finding.shown.connect(flow.arrive)
        self._finding.told.connect(self._announcements.found)
        self._finding.closed.connect(self._on_find_closed)

    # For the window --------------------------------------------------------------------------------------------------
    def reading_position(self) -> ReadingPosition | None:
        """Where the reader is, for :meth:`restore_position`; None in an empty session."""
        return ReadingPosition.of(self._page)

    def restore_position(self, position: object) -> None:
        """Go back to where a session was left; its messages must be in the model. Anything else goes to the end."""
        if isinstance(position, ReadingPosition) and position.restore(self._page):
            self._flow.arrive()
        else:
            self.jump_to_latest()

    def jump_to_latest(self) -> None:
        """Go to the end and follow what comes."""
        self._page.to_end()
        self._flow.resettle()

    @property
    def follows(self) -> bool:
        """The end is on screen and will stay there."""
        return self._page.follow

    def scroll_by(self, pixels: int) -> None:
        """Towards the end for positive values."""
        self._page.scroll_by(pixels)
        self._flow.advance()

    def flush(self) -> None:
        """Show at once what waits for the next frame."""
        self._flow.flush()

    # Selection ---------------------------------------------------------------------------------------------------------
    def select_all(self) -> None:
        self._selection.select_all()
        self.viewport().update()

    def clear_selection(self) -> None:
        self._caret.hide()
        self._selection.clear()
        self.viewport().update()

    @property
    def has_selection(self) -> bool:
        return not self._selection.empty

    def selected_text(self) -> str:
        """What is selected, as it is shown."""
        return copying.selected_text(self._page, self._selection)

    def selected_markdown(self) -> str:
        """The Markdown of all blocks that are selected, if only in part."""
        return copying.selected_markdown(self._page, self._selection)

    def copy_selection(self) -> None:
        """The selection, or where nothing is selected the focused formula or message, to the clipboard."""
        copy(self._keys.focused_text() if self._selection.empty else self.selected_text())

    def copy_selection_as_markdown(self) -> None:
        focused = self._keys.row.source if self._keys.row is not None else ""
        copy(focused if self._selection.empty else self.selected_markdown())

    # Find --------------------------------------------------------------------------------------------------------------
    def open_find(self) -> None:
        """Show the find bar, with what is selected where that is a word or two."""
        self._finding.open(self.selected_text() if self.has_selection else "")
        self._overlays.place()

    def show_found(self, message_id: str, *texts: str) -> None:
        """Go to a message, with the first of the texts that occurs in it marked."""
        if not any(self._finding.open_in(text, message_id) for text in texts):
            self.restore_position(ReadingPosition(message_id, 0, self._page.height // 3, at_end=False))
        self._overlays.place()

    @property
    def message_read(self) -> str | None:
        """The message that has the keyboard, where one has it that is no output of a command."""
        row = self._keys.row
        return row.id if row is not None and not row.entry.local else None

    def close_find(self) -> None:
        self._finding.close()

    @property
    def finds(self) -> bool:
        """The find bar is open."""
        return self._overlays.find_bar.isVisible()

    def find_text(self, text: str) -> int:
        """Mark every occurrence of ``text`` and go to the last; returns how many there are."""
        return self._finding.search(text)

    def find_step(self, by: int) -> None:
        """Go to the next (+1) or previous (-1) occurrence."""
        self._finding.step(by)

    def _on_find_closed(self, had_focus: bool) -> None:
        if had_focus:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.viewport().update()

    # Reactions ---------------------------------------------------------------------------------------------------------
    def _on_theme_changed(self) -> None:
        self._style = Style.from_theme(self._theme)
        self._place_column()
        self._flow.restyle(self._style)

    def _on_replaced(self) -> None:
        self._selection.clear()
        self._keys.lose()
        self._pointer.leave()
        self._overlays.news = False
        self._finding.recount()

    def _on_came(self) -> None:
        if not self._page.follow:
            self._overlays.news = True

    def _sync_bar(self) -> None:
        page, bar = self._page, self.verticalScrollBar()
        self._syncing = True
        bar.setRange(0, page.maximum)
        bar.setPageStep(page.height)
        bar.setSingleStep(2 * self._style.line)
        bar.setValue(page.offset)
        self._syncing = False

    def _on_settled(self) -> None:
        self._sync_bar()
        self._react()
        self._screen.redraw()

    def _on_advanced(self) -> None:
        self._sync_bar()
        self._react()
        if self._overlays.any_visible:  # What floats over the text would be moved with it.
            self._screen.redraw()
        else:
            self._screen.advance()

    def _react(self) -> None:
        self._keys.refind()
        if self._page.follow:
            self._overlays.news = False
        self._overlays.show_jump(self._page.follow)
        self._flow.ask_for_older()
        if self.viewport().underMouse():
            self._pointer.hover(QPointF(self.viewport().mapFromGlobal(self.cursor().pos())))

    def _on_bar_moved(self, value: int) -> None:
        if not self._syncing:
            self._scroll_to(value)

    def _scroll_to(self, offset: int) -> None:
        self._page.scroll_to(offset)
        self._flow.advance()

    def _on_hover_changed(self) -> None:
        self._on_ground_changed()
        self._overlays.show_address(self._pointer.spot)
        self.viewport().update()

    def _on_ground_changed(self) -> None:
        shape = cursor_for(self._pointer)
        if self.viewport().cursor().shape() != shape:
            self.viewport().setCursor(shape)

    def _place_column(self) -> None:
        style, viewport = self._style, self.viewport()
        width = max(120, min(style.measure, viewport.width() - 2 * style.side))
        self._pointer.column = max(0, (viewport.width() - width) // 2)
        self._page.set_size(width, viewport.height())

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if not self._page.rows:
            painter.fillRect(self.viewport().rect(), self._style.tokens.background)
            painter.end()
            return
        lit = Lit.by(self._pointer, self._keys if self.hasFocus() else None, self._caret)
        column = self._pointer.column
        paint(painter, event.rect(), self._page, self._style, column, self._selection, self._find, lit)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_column()
        self._overlays.place()
        self._flow.resettle()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Nothing: the bar follows the page, and Qt would draw all of the viewport again."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        dx, dy = wheel_pixels(event, 3 * self._style.line)
        if abs(dx) > abs(dy):
            found = self._pointer.placed_at(event.position())
            if found is not None and found[0].part.scroll_by(-dx, found[1].y()):
                self.viewport().update()
        elif dy:
            self.scroll_by(-round(dy))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._keys.forget()
            self._pointer.press(event.position(), extend=extend)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer.move(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pointer.release(event.position())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        # The Menu key comes as this event and as a key.
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        point = event.pos() if by_mouse else self._keys.menu_place(self._pointer.column)
        menu.open_menu(self, self._pointer, self._deeds, point)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._keys.press(event, self._style.line):
            event.ignore()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._keys.compose(event)

    def inputMethodQuery(self, query: Qt.InputMethodQuery) -> object:
        if query == Qt.InputMethodQuery.ImEnabled:
            return self._keys.row is None
        return super().inputMethodQuery(query)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self._keys.tab(1 if forward else -1) or super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in BY_KEY:
            self._keys.enter()
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._keys.leave()
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._pointer.leave()
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            spot = self._pointer.spot
            QToolTip.showText(
                event.globalPos(), tooltip(spot.label) if spot and spot.deed is not Deed.LINK else ""
            )
            return True
        return super().viewportEvent(event)
