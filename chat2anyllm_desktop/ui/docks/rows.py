"""The rows of the panels: one delegate, one list view, so that both panels look and answer alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QWidget,
)

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.icons import pixmap
from chat2anyllm_desktop.ui.row_ground import paint_row_ground
from chat2anyllm_desktop.ui.theme import GRID, ROW_HEIGHT, SPACE_L, SPACE_M, FontRole, Theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
"""Gives the :class:`Row` of an index."""
KEY_ROLE = Qt.ItemDataRole.UserRole + 2
"""Gives the id behind a row; empty for headings."""

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Row:
    """What is painted: one line of text, something short at its right, a mark."""

    text: str
    detail: str = ""
    heading: bool = False
    busy: bool = False
    """An answer is streaming: a ring."""
    unread: bool = False
    """A dot, and the text in bold."""
    chosen: bool = False
    checked: bool = False
    """A tick at the right."""


class RowDelegate(QStyledItemDelegate):
    """Paints a :class:`Row`. Signals: ``editing_changed`` while a row is being renamed in place."""

    editing_changed = Signal(bool)

    def __init__(self, theme: Theme, view: RowList) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, self._theme.scaled(ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        from PySide6.QtWidgets import QStyle  # 9 ms that an empty list does not need at start

        row: Row = index.data(ROW_ROLE)
        tokens = self._theme.tokens
        rect: QRect = option.rect
        # Where the scroll bar is, it stands in the margin, so that rows keep their width.
        margin = max(0, SPACE_M - self._view.width() + self._view.viewport().width())
        inner = rect.adjusted(SPACE_L, 0, -SPACE_M - margin, 0)
        painter.save()
        if row.heading:
            painter.setFont(self._theme.font(FontRole.SMALL_STRONG))
            painter.setPen(tokens.text_muted)
            inner.setBottom(rect.bottom() - GRID)
            painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, row.text)
            painter.restore()
            return
        state: QStyle.StateFlag = option.state
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(rect.adjusted(SPACE_M, 1, -margin, -1))
        paint_row_ground(
            painter,
            box,
            self._theme,
            chosen=row.chosen,
            hovered=bool(state & QStyle.StateFlag.State_MouseOver),
            focused=bool(state & QStyle.StateFlag.State_HasFocus) and self._view.by_keyboard,
        )
        if row.checked:
            edge = self._theme.scaled(16)
            tick = pixmap("check", tokens.accent, edge, self._view.devicePixelRatioF())
            painter.drawPixmap(inner.right() - edge + 1, inner.center().y() - edge // 2 + 1, tick)
            inner.setRight(inner.right() - edge - SPACE_M)
        elif row.busy or row.unread:
            inner = self._paint_mark(painter, row, inner)
        if row.detail:
            small = self._theme.font(FontRole.SMALL)
            painter.setFont(small)
            painter.setPen(tokens.text_muted)
            painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.detail)
            inner.setRight(inner.right() - QFontMetrics(small).horizontalAdvance(row.detail) - SPACE_M)
        font = self._theme.font(FontRole.UI_STRONG if row.unread else FontRole.UI)
        painter.setFont(font)
        painter.setPen(tokens.text)
        text = QFontMetrics(font).elidedText(row.text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(tr("Name"))
        editor.setMaxLength(200)
        self.editing_changed.emit(True)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            editor.setText(index.data(ROW_ROLE).text)
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        text = editor.text().strip() if isinstance(editor, QLineEdit) else ""
        if text and text != index.data(ROW_ROLE).text:
            model.setData(index, text, Qt.ItemDataRole.EditRole)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        editor.setGeometry(rect.adjusted(SPACE_M - 1, 0, -SPACE_M, 0))

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        super().destroyEditor(editor, index)
        self.editing_changed.emit(False)

    def _paint_mark(self, painter: QPainter, row: Row, inner: QRect) -> QRect:
        """A ring (answering) or a dot (unread) at the right; returns what is left for text."""
        accent = self._theme.tokens.accent
        edge = self._theme.scaled(7)
        mark = QRectF(inner.right() - edge + 1, inner.center().y() - edge / 2 + 0.5, edge, edge)
        painter.setPen(QPen(accent, 1.5) if row.busy else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if row.busy else accent)
        painter.drawEllipse(mark)
        return inner.adjusted(0, 0, -edge - SPACE_M, 0)


class RowList(QListView):
    """A list of :class:`Row`.

    Signals: ``opened`` by click or Enter, ``delete_pressed``, ``edit_pressed`` (F2 on a row that is not edited in
    place), ``menu_asked`` with a place on the screen. All carry the id of the row. ``empty_text`` is said when there is
    nothing to show.
    """

    opened = Signal(str)
    edit_pressed = Signal(str)
    delete_pressed = Signal(str)
    menu_asked = Signal(str, QPoint)

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self.by_keyboard = False
        """Whether the row with the focus is to be outlined: not for somebody who uses the mouse."""
        self.empty_text = ""
        self.setAccessibleName(name)
        self.setItemDelegate(RowDelegate(theme, self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.clicked.connect(lambda index: self._tell(self.opened, index))
        self._row_height = 0
        theme.changed.connect(self._dress)
        self._dress()

    @property
    def delegate(self) -> RowDelegate:
        delegate = self.itemDelegate()
        assert isinstance(delegate, RowDelegate)
        return delegate

    def _dress(self) -> None:
        height = self._theme.scaled(ROW_HEIGHT)
        if height != self._row_height:
            self._row_height = height
            self.setMinimumHeight(3 * height)
            self.doItemsLayout()

    def _tell(self, signal: object, index: QModelIndex) -> None:
        if index.isValid() and (key := index.data(KEY_ROLE)):
            signal.emit(key)  # type: ignore[attr-defined]  # a bound Signal has no type in PySide6's stubs

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        # A screen reader selects a row without going there, and means the same.
        if (indexes := selected.indexes()) and indexes[0] != self.currentIndex():
            self.setCurrentIndex(indexes[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.by_keyboard = True
        if self.state() == QAbstractItemView.State.EditingState:
            # The field that is open in a row has taken Enter, and lets it through all the same.
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._tell(self.opened, self.currentIndex())
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not event.modifiers():
            self._tell(self.delete_pressed, self.currentIndex())
        elif event.key() == Qt.Key.Key_F2 and not self.currentIndex().flags() & Qt.ItemFlag.ItemIsEditable:
            self._tell(self.edit_pressed, self.currentIndex())
        else:
            super().keyPressEvent(event)
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.by_keyboard = False
        super().mousePressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.by_keyboard = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
        )
        super().focusInEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        if index.isValid() and (key := index.data(KEY_ROLE)):
            self.setCurrentIndex(index)
            place = event.pos() if by_mouse else self.visualRect(index).bottomLeft()
            self.menu_asked.emit(key, self.viewport().mapToGlobal(place))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.empty_text and self.model() is not None and self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(self._theme.tokens.text_muted)
            area = self.viewport().rect().adjusted(SPACE_L, SPACE_M, -SPACE_L, 0)
            painter.drawText(area, Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap, self.empty_text)
            painter.end()
