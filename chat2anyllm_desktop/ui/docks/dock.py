"""What the panels have in common: a quiet title bar with an add button and a menu."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.buttons import IconButton
from chat2anyllm_desktop.ui.theme import BAR_HEIGHT, GRID, SPACE_L, SPACE_M, FontRole, Theme


class _TitleBar(QWidget):
    """As high as the header of the conversation."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        # A dock asks for this alone, not for the least height.
        wanted = super().sizeHint()
        return QSize(wanted.width(), max(wanted.height(), self._theme.scaled(BAR_HEIGHT)))


class Dock(QDockWidget):
    """A panel that can be moved, floated, tabbed and closed.

    Signals: ``add_requested`` when the plus in the title bar is pressed. ``body`` takes the content; ``extras`` are
    actions that head the title bar's menu.
    """

    add_requested = Signal()

    def __init__(
        self, name: str, title: str, add_text: str, theme: Theme, parent: QWidget | None, add_action: str
    ) -> None:
        # With a parent from the start: under a style sheet, fonts and palettes of its parts would not survive the move.
        super().__init__(title, parent)
        self.theme = theme
        self.extras: list[QAction] = []
        self.setObjectName(name)
        self.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetClosable
            | QDockWidget.DockWidgetFeature.DockWidgetMovable
            | QDockWidget.DockWidgetFeature.DockWidgetFloatable
        )
        self._label = QLabel(title)
        self._more = IconButton("more", tr("{title}: more", title=title), theme)
        self._more.pressed.connect(self._open_menu)
        self._add = IconButton("plus", add_text, theme, action=add_action)
        self._add.clicked.connect(self.add_requested)
        self._bar = _TitleBar(theme)
        row = QHBoxLayout(self._bar)
        row.setContentsMargins(SPACE_L, GRID, SPACE_M, GRID)
        row.setSpacing(0)
        row.addWidget(self._label, 1)
        row.addWidget(self._more)
        row.addWidget(self._add)
        self.setTitleBarWidget(self._bar)
        content = QWidget()
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(GRID)
        self.setWidget(content)
        for surface in (self._bar, content):
            surface.setAutoFillBackground(True)
        self._dress()
        theme.changed.connect(self._dress)

    def _dress(self) -> None:
        self._label.setFont(self.theme.font(FontRole.UI_STRONG))
        self._bar.setMinimumHeight(self.theme.scaled(BAR_HEIGHT))
        ground = self.palette()
        ground.setColor(self.backgroundRole(), self.theme.tokens.surface)
        for surface in (self._bar, self.widget()):
            surface.setPalette(ground)

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(self._more.accessibleName())
        menu.addActions(self.extras)
        menu.addSeparator()
        menu.addAction(
            tr("Put back") if self.isFloating() else tr("Float"),
            lambda: self.setFloating(not self.isFloating()),
        )
        menu.addAction(tr("Close"), self.close)
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))
        self._more.setDown(False)
