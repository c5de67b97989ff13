"""A narrow window belongs to the conversation: panels beside it fold away, and come back with the room."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

from chat2anyllm_desktop.ui.theme import Theme

NARROW = 680
"""Pixels at 100 % text below which a window has no room for panels beside the conversation."""


class Folding(QObject):
    """Folds panels that stand in the window, not those that float. One that is opened in a narrow window all the same
    stays open there."""

    def __init__(self, window: QMainWindow, panels: Sequence[QDockWidget], theme: Theme) -> None:
        super().__init__(window)
        self._window, self._panels, self._theme = window, panels, theme
        self._folded: list[QDockWidget] = []
        self._widths: dict[QDockWidget, int] = {}
        """What the folded ones had, in pixels, before the window became narrow."""
        self._narrow = False
        self._folds = False
        for panel in panels:
            panel.visibilityChanged.connect(partial(self._on_visibility_changed, panel))
        theme.changed.connect(self._fit)
        window.installEventFilter(self)

    def layout(self, version: int) -> QByteArray:
        """The layout of the window as it is where there is room, for ``QMainWindow.saveState``."""
        folded = list(self._folded)
        self._show(folded)
        state = self._window.saveState(version)
        self._fold(folded)
        return state

    def _fit(self) -> None:
        narrow = self._window.width() < self._theme.scaled(NARROW)
        if narrow == self._narrow:
            return
        self._narrow = narrow
        if narrow:
            self._widths = {panel: panel.width() for panel in self._panels}
            self._fold([panel for panel in self._panels if not panel.isHidden() and not panel.isFloating()])
        else:
            self._show(self._folded)
            self._folded = []

    def _fold(self, panels: Sequence[QDockWidget]) -> None:
        self._folded = list(panels)
        self._folds = True
        for panel in panels:
            panel.hide()
        self._folds = False

    def _show(self, panels: Sequence[QDockWidget]) -> None:
        self._folds = True
        for panel in panels:
            panel.show()
        widths = [self._widths[panel] for panel in panels]
        self._window.resizeDocks(panels, widths, Qt.Orientation.Horizontal)
        self._folds = False

    def _on_visibility_changed(self, panel: QDockWidget, visible: bool) -> None:
        if visible and not self._folds and panel in self._folded:
            self._folded.remove(panel)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._fit()
        return False
