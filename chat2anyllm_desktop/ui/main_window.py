"""The window: layout and wiring of its parts, and the menus. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QContextMenuEvent, QGuiApplication, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from chat2anyllm_desktop.ui.desktop import placement
from chat2anyllm_desktop.ui.docks import RolesDock, SessionsDock
from chat2anyllm_desktop.ui.docks.rows import KEY_ROLE
from chat2anyllm_desktop.ui.folding import Folding
from chat2anyllm_desktop.ui.header import Header
from chat2anyllm_desktop.ui.menus import Menus
from chat2anyllm_desktop.ui.notices import NoticeBar
from chat2anyllm_desktop.ui.panels import Panels, first_in
from chat2anyllm_desktop.ui.plan_review import PlanReview
from chat2anyllm_desktop.ui.precedence import Precedence
from chat2anyllm_desktop.ui.theme import Theme

_SIZE = (1120, 760)
_DOCK_WIDTH = 264
_LAYOUT_VERSION = 1
"""Raised when docks are added or renamed, so that an older layout is not applied to them."""


class MainWindow(QMainWindow):
    """Holds ``sessions_dock``, ``roles_dock``, ``header``, ``transcript``, ``middle`` (where that is, or
    what is shown instead while it is empty), ``notices``, ``plan_review``, ``composer``,
    ``menus`` and ``actions_by_id``.

    Signals: ``action_requested(id)`` for every action of the shortcuts table that the window does not carry out by
    itself, and for ``escape``, the key; ``closed`` once it is closed; ``shown_or_hidden``.
    """

    action_requested = Signal(str)
    closed = Signal()
    shown_or_hidden = Signal()

    def __init__(self, theme: Theme, transcript: QWidget, composer: QWidget) -> None:
        super().__init__()
        self._theme = theme
        self.stays: Callable[[], bool] = lambda: False
        """Whether closing puts the window away, and the program goes on without it."""
        self._floated: list[QWidget] = []
        self._layout_away: QByteArray | None = None
        self.transcript, self.composer = transcript, composer
        self.header = Header(theme)
        self.notices = NoticeBar(theme)
        self.notices.left.connect(lambda: composer.setFocus(Qt.FocusReason.OtherFocusReason))
        self.plan_review = PlanReview(theme)
        self.sessions_dock = SessionsDock(theme, self)
        self.roles_dock = RolesDock(theme, self)
        self.setWindowTitle("Chat2AnyLLM")
        self.setDockNestingEnabled(True)
        self.setDockOptions(self.dockOptions() & ~QMainWindow.DockOption.AnimatedDocks)
        self._hairline = QFrame()
        self._hairline.setFixedHeight(1)
        self._hairline.setAutoFillBackground(True)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._hairline)
        self.middle = QStackedWidget()
        self.middle.addWidget(transcript)
        column.addWidget(self.middle, 1)
        column.addWidget(self.notices)
        column.addWidget(self.plan_review)
        column.addWidget(composer)
        self.setCentralWidget(centre)
        left = Qt.DockWidgetArea.LeftDockWidgetArea
        self.addDockWidget(left, self.sessions_dock)
        self.addDockWidget(left, self.roles_dock)
        self._panels = Panels(
            (
                (self.sessions_dock, lambda: self.sessions_dock.list),
                (self.roles_dock, lambda: self.roles_dock.list),
                (self.header, lambda: self.header.model_button),
                (self.middle, lambda: first_in(self.middle)),
                (self.notices, self.notices.entry),
                (self.plan_review, lambda: self.plan_review.list),
                (composer, lambda: composer.focusProxy() or composer),
            )
        )
        self.menus = self._make_menus()
        self.actions_by_id = self.menus.actions
        self._precedence = Precedence(self)
        self._folding = Folding(self, (self.sessions_dock, self.roles_dock), theme)
        size = QSize(*_SIZE) * max(1, theme.text_scale_percent / 100)
        self.resize(size.boundedTo(self.screen().availableSize()))
        self.resizeDocks([self.sessions_dock], [theme.scaled(_DOCK_WIDTH)], Qt.Orientation.Horizontal)
        self.resizeDocks([self.sessions_dock, self.roles_dock], [460, 240], Qt.Orientation.Vertical)
        composer.setFocus()
        self._dress()
        theme.changed.connect(self._dress)

    def restore_state(self, path: Path) -> str:
        """Place the window and its panels as they were; returns the id of the session that was open, or an empty text."""
        kept = QSettings(str(path), QSettings.Format.IniFormat)
        placement.restore(self, kept)
        layout = kept.value("layout")
        if isinstance(layout, QByteArray):
            self.restoreState(layout, _LAYOUT_VERSION)
        return str(kept.value("session", ""))

    def save_state(self, path: Path, session_id: str = "") -> bool:
        """Keep the places for :meth:`restore_state`. False when the file cannot be written."""
        kept = QSettings(str(path), QSettings.Format.IniFormat)
        placement.save(self, kept)
        kept.setValue("layout", self._layout_away or self._folding.layout(_LAYOUT_VERSION))
        kept.setValue("session", session_id)
        kept.sync()
        return kept.status() == QSettings.Status.NoError

    def bring_up(self) -> None:
        """Show the window in front, whatever became of it."""
        self._layout_away = None
        for panel in self._floated:
            panel.show()
        self._floated = []
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    @property
    def is_put_away(self) -> bool:
        return self._layout_away is not None

    def put_away(self) -> None:
        """Hide the window with what floats beside it, until :meth:`bring_up`."""
        self._layout_away = self._folding.layout(_LAYOUT_VERSION)
        self._floated = [
            dock for dock in (self.sessions_dock, self.roles_dock) if dock.isFloating() and dock.isVisible()
        ]
        for panel in self._floated:
            panel.hide()
        self.hide()

    def quit(self) -> None:
        """Close the window and end the program, also where closing would put it away."""
        self.stays = lambda: False
        if self.isVisible():
            self.close()
        else:
            self.closed.emit()

    def _make_menus(self) -> Menus:
        menus = Menus(
            self.menuBar(),
            {
                "toggle_sessions": self.sessions_dock.toggleViewAction(),
                "toggle_roles": self.roles_dock.toggleViewAction(),
                "show_archived": self.sessions_dock.show_archived,
            },
        )
        menus.ticks["float_sessions"] = self.sessions_dock.isFloating
        menus.ticks["float_roles"] = self.roles_dock.isFloating
        menus.ticks["full_screen"] = self.isFullScreen
        menus.requested.connect(self._on_action)
        return menus

    def _on_action(self, wish: str) -> None:
        if wish == "pick_model":
            self.header.open_model_picker()
        elif wish == "pick_role":
            self.roles_dock.show()
            self.roles_dock.focus_list()
        elif wish == "focus_sessions":
            self.sessions_dock.show()
            self.sessions_dock.focus_filter()
        elif wish == "focus_composer":
            self.composer.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif wish == "focus_transcript":
            self.transcript.clearFocus()  # Who has clicked into it goes over to the keyboard: it is told again.
            entry = self.transcript if self.transcript.isVisible() else first_in(self.middle)
            (entry or self.transcript).setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif wish in ("next_panel", "previous_panel"):
            self._panels.go(1 if wish == "next_panel" else -1)
        elif wish in ("float_sessions", "float_roles"):
            dock = self.sessions_dock if wish == "float_sessions" else self.roles_dock
            dock.setFloating(not dock.isFloating())
            dock.show()
        elif wish == "full_screen":
            self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        elif wish == "rename_session":
            self._rename()
        elif wish in ("previous_session", "next_session"):
            neighbour = self.sessions_dock.neighbour(-1 if wish == "previous_session" else 1)
            if neighbour is not None:
                self.sessions_dock.session_requested.emit(neighbour)
        elif wish == "close_window":
            self.close()
        else:
            self.action_requested.emit(wish)

    def _rename(self) -> None:
        """F2 means the row that has the keyboard; elsewhere the open session."""
        for dock, rename in (
            (self.sessions_dock, self.sessions_dock.rename),
            (self.roles_dock, self.roles_dock.edit_requested.emit),
        ):
            if dock.list.hasFocus() and (key := dock.list.currentIndex().data(KEY_ROLE)):
                rename(key)
                return
        self.header.title.edit()

    def _open_context_menu(self) -> None:
        """What the Menu key does, for keyboards without one. Windows does it by itself, macOS has no such custom."""
        if QGuiApplication.platformName() in ("windows", "cocoa"):
            return
        widget = self.focusWidget()
        if widget is not None:
            place = widget.rect().center()
            reason = QContextMenuEvent.Reason.Keyboard
            QApplication.sendEvent(widget, QContextMenuEvent(reason, place, widget.mapToGlobal(place)))

    def _dress(self) -> None:
        ground = self._hairline.palette()
        ground.setColor(self._hairline.backgroundRole(), self._theme.tokens.hairline)
        self._hairline.setPalette(ground)
        self.menus.dress(self._theme)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Only what no widget with the focus wanted for itself comes here.
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self.action_requested.emit("escape")
        elif event.key() == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self._open_context_menu()
        elif event.key() == Qt.Key.Key_F10 and not event.modifiers():
            self.menus.open_first()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.stays():
            event.ignore()
            self.put_away()
            return
        super().closeEvent(event)
        self.closed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown_or_hidden.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.shown_or_hidden.emit()
