"""The plan of the planning model, to be changed and approved before the answering model gets it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.theme import SPACE_M, SPACE_S, SPACE_XL, FontRole, Theme

ROWS_SHOWN = 8


class PlanReview(QWidget):
    """Hidden until :meth:`show_plan`. A step is edited by a double click or F2, moved by dragging or Alt+Up and
    Alt+Down, struck out by its box or the space bar.

    Signals: ``approved(steps)`` with the texts that are left, in order; ``dropped``.
    """

    approved = Signal(list)
    dropped = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._built = False
        self.setVisible(False)

    def show_plan(self, steps: Sequence[str]) -> None:
        """Show these steps and give the first one the keyboard."""
        if not self._built:
            self._build()
        self.list.clear()
        for step in steps:
            self.list.addItem(self._item(step))
        self.list.setCurrentRow(0)
        self._fit()
        self.setVisible(True)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def steps(self) -> list[str]:
        """The steps that are not struck out and not empty, in order."""
        items = [self.list.item(row) for row in range(self.list.count())] if self._built else []
        return [
            i.text().strip() for i in items if i.checkState() == Qt.CheckState.Checked and i.text().strip()
        ]

    def dismiss(self) -> None:
        """Hide it: the plan was answered, or its session is not on show any more."""
        self.setVisible(False)

    def _build(self) -> None:
        """Most sessions never see a plan, so the parts are made with the first one."""
        self._built = True
        self.list = _StepList()
        self.list.itemChanged.connect(self._on_changed)
        self._title = PlainLabel("Review the plan")
        hint = PlainLabel(
            "Untick to leave a step out, double-click to change it, drag or Alt+Up and Alt+Down to move it."
        )
        hint.setProperty("look", "muted")
        hint.setWordWrap(True)
        add = QPushButton("Add a step")
        add.setProperty("look", "quiet")
        add.clicked.connect(self._on_add)
        drop = QPushButton("Drop")
        drop.clicked.connect(self._on_drop)
        self._approve = QPushButton("Approve")
        self._approve.setProperty("look", "primary")
        self._approve.clicked.connect(self._on_approve)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_M)
        buttons.addWidget(add)
        buttons.addStretch(1)
        buttons.addWidget(drop)
        buttons.addWidget(self._approve)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_XL, SPACE_M, SPACE_XL, SPACE_M)
        column.setSpacing(SPACE_S)
        for part in (self._title, hint, self.list):
            column.addWidget(part)
        column.addSpacing(SPACE_S)
        column.addLayout(buttons)
        self.setAutoFillBackground(True)
        self._dress()
        self._theme.changed.connect(self._dress)

    def _item(self, step: str) -> QListWidgetItem:
        item = QListWidgetItem(step)
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsEditable
            | Qt.ItemFlag.ItemIsUserCheckable
            | Qt.ItemFlag.ItemIsDragEnabled
        )
        item.setCheckState(Qt.CheckState.Checked)
        return item

    def _on_changed(self, item: QListWidgetItem) -> None:
        struck = item.checkState() != Qt.CheckState.Checked
        font = item.font()
        if font.strikeOut() != struck:
            font.setStrikeOut(struck)
            item.setFont(font)
        self._approve.setEnabled(bool(self.steps()))

    def _on_add(self) -> None:
        item = self._item("")
        self.list.insertItem(self.list.currentRow() + 1, item)
        self._fit()
        self.list.setCurrentItem(item)
        self.list.editItem(item)

    def _on_approve(self) -> None:
        steps = self.steps()
        if steps:
            self.dismiss()
            self.approved.emit(steps)

    def _on_drop(self) -> None:
        self.dismiss()
        self.dropped.emit()

    def _fit(self) -> None:
        rows = max(2, min(ROWS_SHOWN, self.list.count()))
        self.list.setFixedHeight(rows * max(self._theme.scaled(32), self.list.sizeHintForRow(0)) + SPACE_S)

    def _dress(self) -> None:
        tokens = self._theme.tokens
        ground = self.palette()
        ground.setColor(QPalette.ColorRole.Window, tokens.surface)
        self.setPalette(ground)
        colours = self.list.palette()
        colours.setColor(QPalette.ColorRole.Base, tokens.surface)
        colours.setColor(QPalette.ColorRole.Highlight, tokens.accent_soft)
        self.list.setPalette(colours)
        self._title.setFont(self._theme.font(FontRole.UI_STRONG))
        self.list.setSpacing(2)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, self._theme.tokens.hairline)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier
        ):
            self._on_approve()
        else:
            super().keyPressEvent(event)


class _StepList(QListWidget):
    """The steps; Alt with an arrow moves the one with the keyboard."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Steps of the plan")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setWordWrap(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    # Qt overrides ------------------------------------------------------------------------------------------------------
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
