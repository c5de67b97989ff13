"""The plan of the planning model, to be changed and approved before the answering model gets it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.primary_button import PrimaryButton
from chat2anyllm_desktop.ui.shortcuts import key_words
from chat2anyllm_desktop.ui.tab_order import insert_in_order
from chat2anyllm_desktop.ui.theme import SPACE_L, SPACE_M, SPACE_S, FontRole, Theme

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.plan_steps import StepList

TALLEST = 240
"""Pixels of the list at 100 % text; longer plans scroll."""


class PlanReview(QWidget):
    """Hidden until :meth:`show_plan`. Signals: ``approved(steps)`` with the texts that are left, in order; ``dropped``."""

    approved = Signal(list)
    dropped = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.list: StepList | None = None
        self.setVisible(False)

    def show_plan(self, steps: Sequence[str], struck: Collection[int] = (), *, focus: bool = True) -> None:
        """Show these steps, some of them struck out; with ``focus`` the first one gets the keyboard."""
        listed = self.list or self._build()
        listed.clear()
        for number, step in enumerate(steps):
            item = listed.add_step(step)
            item.setCheckState(Qt.CheckState.Unchecked if number in struck else Qt.CheckState.Checked)
        listed.setCurrentRow(0)
        self.setVisible(True)
        self._on_changed()
        if focus:
            listed.setFocus(Qt.FocusReason.OtherFocusReason)

    def state(self) -> tuple[list[str], set[int]]:
        """All steps as they stand, and which of them are struck out: for :meth:`show_plan`."""
        if self.list is None:
            return [], set()
        items = [self.list.item(row) for row in range(self.list.count())]
        struck = {row for row, item in enumerate(items) if item.checkState() != Qt.CheckState.Checked}
        return [item.text() for item in items], struck

    def steps(self) -> list[str]:
        """The steps that are not struck out and not empty, in order."""
        return self.list.kept_steps() if self.list is not None else []

    def dismiss(self) -> None:
        """Hide it: the plan was answered, or its session is not on show any more."""
        self.setVisible(False)

    def _build(self) -> StepList:
        """Most sessions never see a plan, so the parts are made with the first one."""
        from chat2anyllm_desktop.ui.plan_steps import StepList

        self.list = StepList(self._theme, self)
        self.list.width_changed.connect(self._fit)
        self.list.model().dataChanged.connect(self._on_changed)
        self._title = PlainLabel(tr("Review the plan"), self)
        hint = PlainLabel(
            tr(
                "Untick what is to be left out. Double-click to change a step, {up} and {down} to move it.",
                up=key_words("Alt+Up"),
                down=key_words("Alt+Down"),
            )
        )
        hint.setProperty("look", "muted")
        hint.setWordWrap(True)
        add = QPushButton(tr("Add a step"))
        add.setProperty("look", "quiet")
        add.clicked.connect(self._on_add)
        drop = QPushButton(tr("Drop"))
        drop.clicked.connect(self._on_drop)
        self._approve = PrimaryButton(tr("Approve"), self._theme)
        self._approve.setToolTip(key_words("Ctrl+Return"))
        self._approve.clicked.connect(self._on_approve)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_M)
        buttons.addWidget(add)
        buttons.addStretch(1)
        buttons.addWidget(drop)
        buttons.addWidget(self._approve)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_M)
        column.setSpacing(SPACE_S)
        for part in (self._title, hint, self.list):
            column.addWidget(part)
        column.addLayout(buttons)
        insert_in_order(self, (self.list, add, drop, self._approve))
        self.setAutoFillBackground(True)
        self._dress()
        self._theme.changed.connect(self._dress)
        return self.list

    def _on_changed(self) -> None:
        self._approve.setEnabled(bool(self.steps()))
        self._fit()

    def _on_add(self) -> None:
        if self.list is not None:
            item = self.list.add_step("", self.list.currentRow() + 1)
            self._fit()
            self.list.setCurrentItem(item)
            self.list.editItem(item)

    def _on_approve(self) -> None:
        if steps := self.steps():
            self.dismiss()
            self.approved.emit(steps)

    def _on_drop(self) -> None:
        self.dismiss()
        self.dropped.emit()

    def _fit(self) -> None:
        if self.list is not None:
            self.list.setFixedHeight(min(self.list.content_height() + SPACE_S, self._theme.scaled(TALLEST)))

    def _dress(self) -> None:
        ground = self.palette()
        ground.setColor(QPalette.ColorRole.Window, self._theme.tokens.surface)
        self.setPalette(ground)
        self._title.setFont(self._theme.font(FontRole.UI_STRONG))
        self._fit()

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, self._theme.tokens.hairline)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._on_approve()
        else:
            super().keyPressEvent(event)
