"""The icon in the tray, for those who want one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.desktop.recent import RecentMenu
from chat2anyllm_desktop.ui.icons import app_icon
from chat2anyllm_desktop.ui.tokens import DARK

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.controller import Controller
    from chat2anyllm_desktop.ui.desktop.surroundings import Surroundings
    from chat2anyllm_desktop.ui.main_window import MainWindow

_SIZES = (16, 22, 24, 32, 48, 64)
_TRY_MS, _TRIES = 3_000, 20
"""A program that starts with the desktop may be there before its tray."""


def is_available() -> bool:
    """Whether the desktop has a tray now."""
    return QSystemTrayIcon.isSystemTrayAvailable()


class Tray(QObject):
    """While it is there, a click brings the window up, and its menu leads to the last sessions."""

    def __init__(
        self,
        icon: QSystemTrayIcon,
        window: MainWindow,
        controller: Controller,
        surroundings: Surroundings,
    ) -> None:
        super().__init__(window)
        self._icon = icon
        self._window = window
        self._controller = controller
        self._attention = attention = surroundings.attention
        self._menu = QMenu("Chat2AnyLLM")  # Without a parent: it is there while the window is not.
        self._toggle = self._menu.addAction("", self._on_toggle)
        self._menu.addAction(tr("New session"), self._on_new)
        self._menu.addSeparator()
        end = self._menu.addSeparator()
        self._menu.addAction(tr("Quit"), window.quit)
        RecentMenu(self._menu, surroundings.recent, surroundings.open_session, before=end, numbered=False)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._on_activated)
        self._menu.aboutToShow.connect(self._name_toggle)
        window.shown_or_hidden.connect(self._name_toggle)
        attention.changed.connect(self._dress)
        self._tries = 0
        self._timer = QTimer(self, interval=_TRY_MS)
        self._timer.timeout.connect(self._show)
        self._name_toggle()
        self._dress()

    @property
    def is_shown(self) -> bool:
        """Whether the user can get at it."""
        return self._icon.isVisible() and is_available()

    def set_wanted(self, wanted: bool) -> None:
        """Show it, as soon as there is a tray, or hide it."""
        self._tries = 0
        if wanted:
            self._show()
        else:
            self._timer.stop()
            self._icon.hide()

    def _show(self) -> None:
        if is_available():
            self._timer.stop()
            self._icon.show()
        elif self._tries < _TRIES:
            self._tries += 1
            self._timer.start()
        else:
            self._timer.stop()

    def _on_toggle(self) -> None:
        if self._window.isVisible():
            self._window.put_away()
        else:
            self._window.bring_up()

    def _on_new(self) -> None:
        self._controller.new_session()
        self._window.bring_up()

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self._window.bring_up()

    def _name_toggle(self) -> None:
        self._toggle.setText(tr("Hide the window") if self._window.isVisible() else tr("Show the window"))

    def _dress(self) -> None:
        busy, unread = len(self._attention.busy), len(self._attention.unread)
        said = ["Chat2AnyLLM"]
        if busy:
            said.append(tr("{n} answer(s) being written", n=busy))
        if unread:
            said.append(tr("{n} session(s) with something new", n=unread))
        self._icon.setToolTip("\n".join(said))
        self._icon.setIcon(self._made_icon(ring=bool(busy), dot=bool(unread)))

    def _made_icon(self, *, ring: bool, dot: bool) -> QIcon:
        """The program's icon; with a dot for what is unread, or a ring while an answer is being written."""
        if not ring and not dot:
            return app_icon()
        icon = QIcon()
        for size in _SIZES:
            icon.addPixmap(self._marked(app_icon().pixmap(size, size), size, filled=dot))
        return icon

    def _marked(self, picture: QPixmap, size: int, *, filled: bool) -> QPixmap:
        mark = QRectF(0.5 * size, 0.5 * size, 0.46 * size, 0.46 * size)
        around = 0.07 * size
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        # Cut out: nobody knows the colour of the panel behind it.
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        painter.setBrush(Qt.GlobalColor.black)
        painter.drawEllipse(mark.adjusted(-around, -around, around, around))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        colour = DARK.attention  # It stands on our blue, whatever the theme.
        if filled:
            painter.setBrush(colour)
            painter.drawEllipse(mark)
        else:
            wide = 0.13 * size
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour, wide))
            painter.drawEllipse(mark.adjusted(wide / 2, wide / 2, -wide / 2, -wide / 2))
        painter.end()
        return picture
