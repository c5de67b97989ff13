"""What floats over the conversation: the way back to the end, the address of a link, the find bar."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QLabel, QPushButton

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.buttons import KeyTip
from chat2anyllm_desktop.ui.icons import icon, icon_size
from chat2anyllm_desktop.ui.theme import GRID, RADIUS, FontRole, Theme
from chat2anyllm_desktop.ui.transcript.find_bar import FindBar
from chat2anyllm_desktop.ui.transcript.part import Deed, Spot


class Overlays(QObject):
    """Children of the viewport of ``area``, placed by :meth:`place`. Gone with it, however long the theme lives."""

    def __init__(self, area: QAbstractScrollArea, theme: Theme) -> None:
        super().__init__(area)
        viewport = area.viewport()
        self._area = area
        self._theme = theme
        self.news = False
        """Something came at the end while that was not on screen."""
        self.find_bar = FindBar(theme, viewport)
        self.find_bar.setCursor(Qt.CursorShape.ArrowCursor)
        self.jump = QPushButton(tr("Jump to latest"), viewport)
        self.jump.setObjectName("jump_to_latest")
        self.jump.setCursor(Qt.CursorShape.ArrowCursor)
        self.jump.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.jump.hide()
        KeyTip(self.jump, tr("Jump to latest"), "jump_to_latest")
        self.address = QLabel(viewport)
        self.address.setObjectName("link_address")
        self.address.setTextFormat(Qt.TextFormat.PlainText)
        self.address.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.address.hide()
        self._dress()
        theme.changed.connect(self._dress)

    @property
    def any_visible(self) -> bool:
        return any(widget.isVisible() for widget in (self.jump, self.address, self.find_bar))

    def show_jump(self, at_end: bool) -> None:
        wanted = self.news and not at_end
        if self.jump.isVisibleTo(self._area.viewport()) != wanted:
            self.jump.setVisible(wanted)
            self.place()

    def show_address(self, spot: Spot | None) -> None:
        """Where a link leads, while it is under the mouse."""
        if spot is None or spot.deed is not Deed.LINK:
            self.address.hide()
            return
        width = self._area.viewport().width() - 4 * GRID
        metrics = self.address.fontMetrics()
        self.address.setText(metrics.elidedText(spot.value, Qt.TextElideMode.ElideMiddle, width - 4 * GRID))
        self.address.show()
        self.address.raise_()
        self.place()

    def place(self) -> None:
        viewport = self._area.viewport()
        width, height = viewport.width(), viewport.height()
        self.jump.adjustSize()
        self.jump.move((width - self.jump.width()) // 2, height - self.jump.height() - 3 * GRID)
        self.address.adjustSize()
        self.address.move(GRID, height - self.address.height() - GRID)
        self.find_bar.adjustSize()
        self.find_bar.move(max(0, width - self.find_bar.width() - 3 * GRID), 2 * GRID)

    def _dress(self) -> None:
        theme, tokens = self._theme, self._theme.tokens
        self.jump.setIconSize(icon_size(theme, 16))
        self.jump.setIcon(icon("arrow-down", theme, colour=tokens.text, size=16))
        self.jump.setFont(theme.font(FontRole.UI))
        height = self.jump.fontMetrics().height() + 3 * GRID
        self.jump.setStyleSheet(
            f"#jump_to_latest {{ background: {tokens.surface_raised.name()}; color: {tokens.text.name()};"
            f" border: 1px solid {tokens.control.name()}; border-radius: {height // 2}px; padding: 0 {3 * GRID}px;"
            f" min-height: {height}px; }}"
            f"#jump_to_latest:hover {{ background: {tokens.hover.name()}; }}"
            f"#jump_to_latest:focus {{ border-color: {tokens.accent.name()}; }}"
        )
        self.address.setFont(theme.font(FontRole.SMALL))
        self.address.setStyleSheet(
            f"#link_address {{ background: {tokens.surface_raised.name()}; color: {tokens.text_muted.name()};"
            f" border: 1px solid {tokens.edge.name()}; border-radius: {RADIUS}px;"
            f" padding: {GRID // 2}px {2 * GRID}px; }}"
        )
        self.place()
