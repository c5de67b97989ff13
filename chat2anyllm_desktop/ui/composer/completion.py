"""The list that opens above the composer while a slash command is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from chat2anyllm_desktop.chat.commands import Completion, Foretold
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.composer.foretold import ForetoldLines
from chat2anyllm_desktop.ui.matched_text import paint_matched
from chat2anyllm_desktop.ui.row_ground import paint_row_ground
from chat2anyllm_desktop.ui.telling import Telling, place_in_list
from chat2anyllm_desktop.ui.theme import GRID, FontRole, Theme

ROWS_SHOWN = 8
ROW_HEIGHT = 32
GROUP_HEIGHT = 24
"""Pixels at 100 % text."""
_PADDING = 12


Foreteller = Callable[[Completion | None], Foretold | None]
"""What Enter will do when this offer is highlighted, or when there is none."""


def _nothing(_: Completion | None) -> None:
    """For lists that foretell nothing."""


class CompletionModel(QAbstractListModel):
    """Offers, flat; the first of each group carries the group's name above it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: Sequence[Completion] = ()

    def set_rows(self, rows: Sequence[Completion]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def heading(self, row: int) -> str:
        """The group's name if ``row`` is the first of its group, else empty."""
        group = self.rows[row].group
        return group if row == 0 or self.rows[row - 1].group != group else ""

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return tr(", ").join((row.label, row.hint)) if row.hint else row.label
        return None


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QListView) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        model = index.model()
        assert isinstance(model, CompletionModel)
        heading = self._theme.scaled(GROUP_HEIGHT) if model.heading(index.row()) else 0
        return QSize(200, self._theme.scaled(ROW_HEIGHT) + heading)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model = index.model()
        assert isinstance(model, CompletionModel)
        row = model.rows[index.row()]
        tokens = self._theme.tokens
        painter.save()
        area = QRect(option.rect)
        heading = model.heading(index.row())
        if heading:
            top = area.adjusted(_PADDING, 0, -_PADDING, 0)
            top.setHeight(self._theme.scaled(GROUP_HEIGHT))
            painter.setFont(self._theme.font(FontRole.SMALL_STRONG))
            painter.setPen(tokens.text_muted)
            painter.drawText(top, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, heading)
            area.setTop(area.top() + top.height())
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        paint_row_ground(painter, QRectF(area.adjusted(GRID, 1, -GRID, -1)), self._theme, chosen=chosen)
        area.adjust(_PADDING, 0, -_PADDING, 0)
        taken = paint_matched(
            painter, area, row.label, row.positions, self._theme, Qt.TextElideMode.ElideRight
        )
        if row.hint:
            area.setLeft(area.left() + taken + 2 * _PADDING)
            painter.setFont(self._theme.font(FontRole.UI))
            painter.setPen(tokens.text_muted)
            hint = painter.fontMetrics().elidedText(row.hint, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, hint)
        painter.restore()


class CompletionPopup(QFrame):
    """Shows offers above a widget, and below them what Enter will do, without ever taking the focus from it.

    Signals: ``chosen`` (row, run): the row was accepted, by Tab or click (``run`` False) or by Enter (``run`` True).
    """

    chosen = Signal(object, bool)

    def __init__(self, theme: Theme, anchor: QWidget) -> None:
        super().__init__(anchor.window())
        self._theme = theme
        self._anchor = anchor
        self.setProperty("look", "popup")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view = QListView(self)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setFrameShape(QFrame.Shape.NoFrame)
        self._view.setMouseTracking(True)
        self._view.viewport().setAutoFillBackground(False)
        self._view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._view.setAccessibleName(tr("Completions"))
        self._model = CompletionModel(self)
        self._view.setModel(self._model)
        self._view.setItemDelegate(_RowDelegate(theme, self._view))
        self._view.clicked.connect(self._on_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(0)
        self._foretold = ForetoldLines(theme, self)
        self._foreteller: Foreteller = _nothing
        self._telling = Telling(self)
        layout.addWidget(self._view, 1)
        layout.addWidget(self._foretold)
        self.hide()

    @property
    def rows(self) -> Sequence[Completion]:
        """The offers, as they stand from the top."""
        return self._model.rows

    @property
    def current(self) -> Completion | None:
        """The highlighted offer."""
        index = self._view.currentIndex()
        return self._model.rows[index.row()] if self.isVisible() and index.isValid() else None

    @property
    def foretold(self) -> Foretold | None:
        """What is said below the offers."""
        return self._foretold.foretold if self.isVisible() else None

    @property
    def has_offers(self) -> bool:
        """Whether the keys of the list are wanted."""
        return self.isVisible() and bool(self._model.rows)

    def offer(self, rows: Sequence[Completion], foreteller: Foreteller = _nothing) -> None:
        """Show these, and what is foretold; hides itself when there is neither."""
        self._foreteller = foreteller
        foretold = foreteller(rows[0] if rows else None)
        if not rows and foretold is None:
            self.hide()
            return
        self._model.set_rows(rows)
        self._view.setVisible(bool(rows))
        self._view.setCurrentIndex(self._model.index(0))
        self._foretold.tell(foretold)
        self._telling.tell(self._words)
        self._place()
        self.show()
        self.raise_()

    def follow(self) -> None:
        """The widget below has moved, or has another size."""
        if self.isVisible():
            self._place()

    def handle_key(self, key: int) -> None:
        """A key of :data:`~chat2anyllm_desktop.ui.composer.editor.COMPLETION_KEYS` while the list is open."""
        row = self._view.currentIndex().row()
        steps = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -ROWS_SHOWN,
            Qt.Key.Key_PageDown: ROWS_SHOWN,
        }
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._select((row + steps[Qt.Key(key)]) % len(self._model.rows))
        elif key in steps:
            self._select(max(0, min(row + steps[Qt.Key(key)], len(self._model.rows) - 1)))
        elif key == Qt.Key.Key_Escape:
            self.hide()
        elif self.current is not None:
            self.chosen.emit(self.current, key != Qt.Key.Key_Tab)

    def _select(self, row: int) -> None:
        self._view.setCurrentIndex(self._model.index(row))
        self._view.scrollTo(self._model.index(row))
        self._foretold.tell(self._foreteller(self._model.rows[row]))
        self._telling.tell(self._words)
        self._place()

    def _words(self) -> str:
        foretold, row = self.foretold, self.current
        if row is None:
            return foretold.sentence if foretold is not None else ""
        place = place_in_list(row.label, self._view.currentIndex().row() + 1, len(self._model.rows))
        words = foretold.sentence if foretold is not None else row.hint
        return tr("{place}. {words}", place=place, words=words)

    def _place(self) -> None:
        shown = min(len(self._model.rows), ROWS_SHOWN)
        rows = sum(self._view.sizeHintForRow(row) for row in range(shown))
        below = self._foretold.height_for(self._anchor.width() - 2)
        height = rows + below + 10
        window = self._anchor.window()
        if self.parent() is not window:
            self.setParent(window)
        top_left = self._anchor.mapTo(window, QPoint(0, 0))
        height = min(
            height, max(below + 10 + (self._theme.scaled(ROW_HEIGHT) if shown else 0), top_left.y() - 8)
        )
        self.setGeometry(top_left.x(), top_left.y() - height - 4, self._anchor.width(), height)

    def _on_clicked(self, index: QModelIndex) -> None:
        self.chosen.emit(self._model.rows[index.row()], False)
