"""The line above the conversation: what session this is, who answers it, and how the connections stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from chat2anyllm_desktop.core.language import mark, tr
from chat2anyllm_desktop.core.models import Model, PlanModels, Role
from chat2anyllm_desktop.ui.buttons import IconButton
from chat2anyllm_desktop.ui.chip import Chip
from chat2anyllm_desktop.ui.facts import ConnectionState
from chat2anyllm_desktop.ui.icons import pixmap
from chat2anyllm_desktop.ui.plain_text import tooltip
from chat2anyllm_desktop.ui.session_title import ROOM, SessionTitle
from chat2anyllm_desktop.ui.shortcuts import KEYS, with_key
from chat2anyllm_desktop.ui.state_dot import StateDot
from chat2anyllm_desktop.ui.theme import BAR_HEIGHT, GRID, SPACE_L, SPACE_M, Theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionToolButton

    from chat2anyllm_desktop.ui.model_picker import ModelPicker

_LONGEST_NAME = 32
_NARROWEST = 152
"""Pixels of the model's button at 100 % text."""
_THEMES = {
    "system": ("half", mark("As the system")),
    "light": ("sun", mark("Light")),
    "dark": ("moon", mark("Dark")),
}


class Header(QWidget):
    """Shows facts about the open session; every click is a wish.

    Signals: ``rename_requested(title)``, ``model_requested(name)``, ``models_refresh_requested``,
    ``role_clear_requested``, ``plan_clear_requested``, ``diagnose_requested("gateway" | "database")``,
    ``theme_requested("system" | "light" | "dark")``, ``contrast_requested`` for the other contrast than now.
    """

    rename_requested = Signal(str)
    model_requested = Signal(str)
    models_refresh_requested = Signal()
    role_clear_requested = Signal()
    plan_clear_requested = Signal()
    diagnose_requested = Signal(str)
    theme_requested = Signal(str)
    contrast_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._models: Sequence[Model] = ()
        self._model: str | None = None
        self._picker: ModelPicker | None = None
        self.title = SessionTitle(theme)
        self.title.rename_requested.connect(self.rename_requested)
        self.model_button = _PickerButton(theme)
        self.model_button.clicked.connect(self.open_model_picker)
        self.role_chip = Chip("person", tr("Use no role"), theme, action="clear_role")
        self.role_chip.cleared.connect(self.role_clear_requested)
        self.plan_chip = Chip("plan", tr("Leave plan mode"), theme, widest=264, action="plan_mode")
        self.plan_chip.cleared.connect(self.plan_clear_requested)
        self.gateway_dot = StateDot("gateway", tr("Gateway"), theme, action="diagnose_gateway")
        self.gateway_dot.clicked.connect(lambda: self.diagnose_requested.emit("gateway"))
        self.database_dot = StateDot("database", tr("History"), theme, action="diagnose_database")
        self.database_dot.clicked.connect(lambda: self.diagnose_requested.emit("database"))
        self.theme_button = IconButton("half", tr("Theme"), theme)
        self.theme_button.clicked.connect(self._open_theme_menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_L - ROOM, GRID, SPACE_M, GRID)
        row.setSpacing(GRID)
        row.addWidget(self.title, 1)
        row.addSpacing(SPACE_M)
        for part in (self.model_button, self.role_chip, self.plan_chip):
            row.addWidget(part)
        row.addSpacing(SPACE_M)
        for button in (self.gateway_dot, self.database_dot, self.theme_button):
            row.addWidget(button)
        self.set_model(None)
        self._dress()
        theme.changed.connect(self._dress)
        KEYS.changed.connect(self._show_keys)

    def set_title(self, title: str) -> None:
        self.title.set_text(title)

    def set_models(self, models: Sequence[Model]) -> None:
        """What there is to pick from; an open picker shows it at once."""
        self._models = models
        if self._picker is not None:
            self._picker.set_models(models, self._model)

    def set_model(self, name: str | None) -> None:
        """The model that answers; None while there is none."""
        self._model = name
        label = name or tr("No model")
        if len(label) > _LONGEST_NAME:
            label = f"{label[: _LONGEST_NAME // 2]}…{label[-_LONGEST_NAME // 2 + 1 :]}"
        self.model_button.setText(label.replace("&", "&&"))
        self.model_button.setAccessibleName(tr("Model: {name}", name=name) if name else tr("No model"))
        self._show_keys()

    def _show_keys(self) -> None:
        words = with_key(tr("Click to pick another."), "pick_model")
        self.model_button.setToolTip(tooltip(f"{self._model or tr('No model')}\n{words}"))
        self.model_button.setAccessibleDescription(words)

    def set_role(self, role: Role | None) -> None:
        """The active role; None hides the chip."""
        self.role_chip.show_text(role.name if role else "", role.instructions if role else "")

    def set_plan(self, plan: PlanModels | None) -> None:
        """The models of plan mode; None hides the chip."""
        text = f"{plan.planning} → {plan.answering}" if plan else ""
        self.plan_chip.show_text(
            text,
            tr(
                "Plan mode: {planning} plans, {answering} answers.",
                planning=plan.planning,
                answering=plan.answering,
            )
            if plan
            else "",
        )

    def set_gateway_state(self, state: ConnectionState) -> None:
        self.gateway_dot.set_state(state)

    def set_database_state(self, state: ConnectionState) -> None:
        self.database_dot.set_state(state)

    def open_model_picker(self) -> None:
        """Open the list of models under its button, ready for typing."""
        if self._picker is None:
            from chat2anyllm_desktop.ui.model_picker import ModelPicker

            self._picker = ModelPicker(self._theme, self)
            self._picker.picked.connect(self.model_requested)
            self._picker.refresh_requested.connect(self.models_refresh_requested)
        self._picker.set_models(self._models, self._model)
        self._picker.open_below(self.model_button)

    def _open_theme_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(self.theme_button.accessibleName())
        choices = QActionGroup(menu)
        for preference, (_, words) in _THEMES.items():
            action = QAction(tr(words), menu, checkable=True, checked=preference == self._theme.preference)
            action.triggered.connect(lambda _=False, wish=preference: self.theme_requested.emit(wish))
            choices.addAction(action)
            menu.addAction(action)
        menu.addSeparator()
        contrast = QAction(
            tr("High contrast"), menu, checkable=True, checked=self._theme.tokens.high_contrast
        )
        contrast.triggered.connect(lambda: self.contrast_requested.emit())
        menu.addAction(contrast)
        corner = self.theme_button.mapToGlobal(self.theme_button.rect().bottomRight())
        menu.popup(corner - QPoint(menu.sizeHint().width() - 1, 0))

    def _dress(self) -> None:
        self.setMinimumHeight(self._theme.scaled(BAR_HEIGHT))
        self.theme_button.set_icon(_THEMES[self._theme.preference][0])


class _PickerButton(QToolButton):
    """The name of the model with an arrow behind it; the name gives way where room is short."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._room: int | None = None
        """Pixels for the text while it is painted; what is asked for at other times is the whole text."""
        self.setProperty("look", "picker")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def minimumSizeHint(self) -> QSize:
        full = self.sizeHint()
        return QSize(min(full.width(), self._theme.scaled(_NARROWEST)), full.height())

    def initStyleOption(self, option: QStyleOptionToolButton) -> None:
        super().initStyleOption(option)
        if self._room is not None:
            option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self._room)

    def paintEvent(self, event: QPaintEvent) -> None:
        full = self.sizeHint().width()
        if self.width() < full:  # Only then: rounded to pixels, a text may be a little wider than itself.
            self._room = self.width() - full + self.fontMetrics().horizontalAdvance(self.text())
        super().paintEvent(event)
        self._room = None
        edge = self._theme.scaled(16)
        arrow = pixmap("chevron-down", self._theme.tokens.text_muted, edge, self.devicePixelRatioF())
        painter = QPainter(self)
        painter.drawPixmap(self.width() - edge - SPACE_M, (self.height() - edge) // 2, arrow)
        painter.end()
