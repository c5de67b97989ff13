"""The panel over the window: a field to type in, a list that follows what is typed, a line that explains."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QCursor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QApplication,
    QFrame,
    QListView,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from chat2anyllm_desktop.ui.filter_field import FilterField
from chat2anyllm_desktop.ui.palette.rows import PanelRow, RowModel
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.telling import Telling, place_in_list
from chat2anyllm_desktop.ui.theme import GRID, SPACE_L, SPACE_M, Theme

_PASSING = (
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
)
"""Why the focus leaves a field that it will come back to."""


class PanelField(FilterField):
    """Home and End belong to the list where they do not move the cursor. Signals: ``edge(rows)``, ``dismissed``, ``left``
    when the user has gone elsewhere with the keyboard, ``taken`` when the program has given it to something else."""

    edge = Signal(int)
    dismissed = Signal()
    left = Signal()
    taken = Signal()

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Else the conversation behind its round corners would be drawn again with every key. The style sheet, which takes
        # this away, has been at it by now.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.tokens.surface_raised)
        painter.end()
        super().paintEvent(event)

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()  # Before it stops an answer.
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if self.composing:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()
        elif event.key() == Qt.Key.Key_Home and plain and self.cursorPosition() == 0:
            self.edge.emit(-1)
        elif event.key() == Qt.Key.Key_End and plain and self.cursorPosition() == len(self.text()):
            self.edge.emit(1)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return True  # Tab stays: what is behind the panel is out of reach until it is closed.

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() == Qt.FocusReason.OtherFocusReason:
            self.taken.emit()
        elif event.reason() not in _PASSING:
            self.left.emit()


class Panel(QWidget):
    """Covers the window, so that a click beside it closes it; the keyboard goes back to where it was.

    Signals: ``typed(text)``, ``chosen(row)`` once the panel is closed, ``closed``.
    """

    typed = Signal(str)
    chosen = Signal(object)
    closed = Signal()
    width_wanted = 640
    """Pixels at 100 % text, where the window has them."""
    rows_shown = 12

    def __init__(self, theme: Theme, window: QWidget, name: str, delegate: QAbstractItemDelegate) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._before: QWidget | None = None
        self._mouse = QPoint()
        self.behind = False
        """The rows do not belong to what is typed now. Enter waits for those that do; see :meth:`catch_up`."""
        self._entered = self._is_open = False
        self.frame = QFrame(self)
        self.frame.setProperty("look", "popup")
        self.setAccessibleName(name)
        self.frame.setAccessibleName(name)
        self.field = PanelField(theme, name)
        self._telling = Telling(self.field)
        self.model = RowModel(self)
        self.list = QListView(self.frame)
        self.list.setModel(self.model)
        delegate.setParent(self.list)
        self.list.setItemDelegate(delegate)
        self.list.setAccessibleName(name)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.note = PlainLabel(parent=self.frame)
        self.note.setProperty("look", "muted")
        self.note.setWordWrap(True)
        self.note.setContentsMargins(SPACE_M, GRID, SPACE_M, GRID)
        column = QVBoxLayout(self.frame)
        column.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        column.setSpacing(GRID)
        column.addWidget(self.field)
        column.addWidget(self.list)
        column.addWidget(self.note)
        self.hide()
        self._connect()

    def _connect(self) -> None:
        field = self.field
        field.textChanged.connect(self._on_typed)
        field.moved.connect(self._on_moved)
        field.edge.connect(lambda way: self._on_moved(way * len(self.model.rows)))
        field.entered.connect(self._on_entered)
        field.dismissed.connect(self.dismiss)
        field.left.connect(lambda: self._close(back=False))
        field.taken.connect(self._on_taken)
        self.list.clicked.connect(self._choose)
        self.list.entered.connect(self._on_hovered)
        self._theme.changed.connect(self._on_theme_changed)

    def open(self) -> None:
        """Show the panel with the keyboard in its field."""
        for other in self._window.findChildren(Panel):
            other.dismiss()
        if not self._is_open:
            self._before = QApplication.focusWidget()
        self._is_open = True
        self._window.installEventFilter(self)
        self.place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._mouse = QCursor.pos()

    def dismiss(self) -> None:
        """Close, if it is open, without having chosen."""
        self._close(back=True)

    def set_rows(self, rows: Sequence[PanelRow], note: str = "") -> None:
        """Show these rows, and ``note`` below them. Enter takes the first that can be chosen."""
        self.list.setUniformItemSizes(
            all(row.choosable for row in rows)
        )  # Else each is asked how high it is.
        self.model.set_rows(rows)
        self._mouse = QCursor.pos()
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.list.setVisible(bool(rows))
        self.place()
        self._go(self.model.step(-1, 0))

    def catch_up(self) -> None:
        """The rows belong to what is typed again: what Enter was pressed for is done."""
        self.behind, entered, self._entered = False, self._entered, False
        if entered:
            self._choose(self.list.currentIndex())

    def place(self) -> None:
        """In the upper part of the window, as high as its rows."""
        self.setGeometry(self._window.rect())
        theme, side = self._theme, SPACE_L
        width = min(theme.scaled(self.width_wanted), self.width() - 2 * side)
        top = max(side, self.height() // 9)
        room = self.height() - top - side
        self.frame.ensurePolished()
        fixed = self.field.sizeHint().height() + 2 * SPACE_M + 2
        if note := self.note.text():
            inner = width - 4 * SPACE_M - 2
            lines = self.note.fontMetrics().boundingRect(0, 0, inner, 10_000, Qt.TextFlag.TextWordWrap, note)
            self.note.setFixedHeight(lines.height() + 2 * GRID)
            fixed += self.note.height() + GRID
        if self.model.rows:
            fixed += GRID
        heights, most = 0, min(room - fixed, self._most())
        for row in range(len(self.model.rows)):
            height = self.list.sizeHintForRow(row)
            if heights + height > most:
                break  # Whole rows only.
            heights += height
        self.list.setFixedHeight(max(0, heights))
        self.frame.setGeometry((self.width() - width) // 2, top, width, fixed + heights)

    def _most(self) -> int:
        """Pixels that the rows may take."""
        return self._theme.scaled(32) * self.rows_shown

    def _on_typed(self, text: str) -> None:
        self._entered = False
        self.typed.emit(text)

    def _on_entered(self) -> None:
        if self.behind:
            self._entered = True
        else:
            self._choose(self.list.currentIndex())

    def _on_taken(self) -> None:
        """A session that is shown only now, files that have been read: the keyboard goes there once the panel is closed."""
        taker: QWidget | None = self._window.focusWidget()
        if self._is_open and taker is not None and taker is not self.field:
            self._before = taker
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_moved(self, steps: int) -> None:
        self.behind = self._entered = False  # Who goes to a row means that one.
        self._go(self.model.step(self.list.currentIndex().row(), steps))

    def _go(self, row: int) -> None:
        self._telling.tell(self._words)
        if row < 0:
            self.list.setCurrentIndex(QModelIndex())
            return
        index = self.model.index(row)
        self.list.setCurrentIndex(index)
        # What stands above the first row would otherwise stay out of sight.
        self.list.scrollTo(self.model.index(0) if row == self.model.step(-1, 0) else index)

    def _on_hovered(self, index: QModelIndex) -> None:
        """Rows that come under a mouse at rest are not pointed at."""
        if QCursor.pos() != self._mouse and self.model.rows[index.row()].choosable:
            self.list.setCurrentIndex(index)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid() and self.model.rows[index.row()].choosable:
            row = self.model.rows[index.row()]
            self._close(back=True)
            self.chosen.emit(row)

    def _close(self, *, back: bool) -> None:
        if not self._is_open:
            return
        self._is_open = False
        before, self._before = self._before, None
        self._telling.silence()
        self._window.removeEventFilter(self)
        # Hidden first, the field would hand the focus to whatever comes next to it.
        if back and before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self.closed.emit()

    def _words(self) -> str:
        """What is pointed at, for screen readers: the keyboard stays in the field."""
        index = self.list.currentIndex()
        if not index.isValid():
            return self.note.text()
        row = self.model.rows[index.row()]
        choosable = [each for each in self.model.rows if each.choosable]
        return place_in_list(row.words, choosable.index(row) + 1, len(choosable))

    def _on_theme_changed(self) -> None:
        if self.isVisible():
            self.list.doItemsLayout()
            self.place()

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.frame.geometry().contains(event.position().toPoint()):
            self.dismiss()
