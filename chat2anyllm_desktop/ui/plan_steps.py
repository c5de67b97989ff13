"""The steps of a plan as a list that is ticked, edited in place and put in order."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.row_ground import paint_row_ground
from chat2anyllm_desktop.ui.theme import SPACE_M, SPACE_S, FontRole, Theme
from chat2anyllm_desktop.ui.tick_box import EDGE, paint_box

_WRAPPED = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap


def _is_ticked(index: QModelIndex | QPersistentModelIndex) -> bool:
    # Qt hands the state out as a number.
    return Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) is Qt.CheckState.Checked


class StepList(QListWidget):
    """Alt+Up and Alt+Down move the current step, as dragging does; the space bar strikes it out; F2 edits it.

    Signals: ``width_changed``, after which the steps may take other heights.
    """

    width_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(tr("Steps of the plan"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setItemDelegate(_StepDelegate(theme, self))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setMouseTracking(True)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def add_step(self, text: str, row: int | None = None) -> QListWidgetItem:
        """Put a step before ``row``, or at the end."""
        item = QListWidgetItem(text)
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsEditable
            | Qt.ItemFlag.ItemIsUserCheckable
            | Qt.ItemFlag.ItemIsDragEnabled
        )
        item.setCheckState(Qt.CheckState.Checked)
        self.insertItem(self.count() if row is None else row, item)
        return item

    def kept_steps(self) -> list[str]:
        """The steps that are not struck out and not empty, in order."""
        items = [self.item(row) for row in range(self.count())]
        kept = [item.text().strip() for item in items if item.checkState() == Qt.CheckState.Checked]
        return [text for text in kept if text]

    def content_height(self) -> int:
        """Pixels that all steps take."""
        return sum(self.sizeHintForRow(row) for row in range(self.count()))

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.width_changed.emit()

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_F2
        ):
            event.accept()  # In the window F2 renames the session, wherever a widget does not claim it.
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None or not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
            return
        row = self.currentRow()
        if 0 <= row < self.count() and 0 <= row + step < self.count():
            item = self.takeItem(row)
            self.insertItem(row + step, item)
            self.setCurrentItem(item)


class _StepDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: StepList) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    def _indent(self) -> int:
        return SPACE_M + self._theme.scaled(EDGE) + SPACE_M

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        width = max(1, self._view.viewport().width() - self._indent() - SPACE_M)
        metrics = QFontMetrics(self._theme.font(FontRole.UI))
        text = index.data(Qt.ItemDataRole.DisplayRole) or " "
        height = metrics.boundingRect(QRect(0, 0, width, 10_000), _WRAPPED, text).height()
        return QSize(0, max(self._theme.scaled(28), height + 2 * SPACE_S))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tokens = self._theme.tokens
        kept = _is_ticked(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_row_ground(
            painter,
            QRectF(option.rect),
            self._theme,
            chosen=bool(option.state & QStyle.StateFlag.State_Selected),
            hovered=bool(option.state & QStyle.StateFlag.State_MouseOver),
            focused=bool(option.state & QStyle.StateFlag.State_HasFocus),
        )
        edge = self._theme.scaled(EDGE)
        box = QRect(option.rect.left() + SPACE_M, option.rect.center().y() - edge // 2 + 1, edge, edge)
        paint_box(painter, box, kept, self._theme, self._view.devicePixelRatioF())
        font = self._theme.font(FontRole.UI)
        font.setStrikeOut(not kept)
        painter.setFont(font)
        painter.setPen(tokens.text if kept else tokens.text_muted)
        words = option.rect.adjusted(self._indent(), 0, -SPACE_M, 0)
        painter.drawText(words, _WRAPPED, index.data(Qt.ItemDataRole.DisplayRole) or "")
        painter.restore()

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(tr("Step"))
        return editor

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        height = max(option.rect.height(), editor.sizeHint().height())
        left = self._indent() - SPACE_M - 1
        editor.setGeometry(option.rect.left() + left, option.rect.top(), option.rect.width() - left, height)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        by_mouse = (
            isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonRelease
            and event.position().x() < option.rect.left() + self._indent()
        )
        by_key = (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Space
        )
        if not by_mouse and not by_key:
            return False
        kept = _is_ticked(index)
        state = Qt.CheckState.Unchecked if kept else Qt.CheckState.Checked
        return model.setData(index, state, Qt.ItemDataRole.CheckStateRole)
