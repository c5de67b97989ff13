"""The parts of this package, joined to the window and to each other."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from chat2anyllm_desktop.core.errors import InputError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.links import Link, parse_link
from chat2anyllm_desktop.settings import Settings
from chat2anyllm_desktop.ui.controller import Controller
from chat2anyllm_desktop.ui.desktop.attention import Attention
from chat2anyllm_desktop.ui.desktop.bus import SessionBus
from chat2anyllm_desktop.ui.desktop.motion import Motion
from chat2anyllm_desktop.ui.desktop.notifications import BusNotifications, Notifications, TrayNotifications
from chat2anyllm_desktop.ui.desktop.recent import RecentMenu, RecentSessions
from chat2anyllm_desktop.ui.desktop.tray import Tray
from chat2anyllm_desktop.ui.facts import Health, Tone
from chat2anyllm_desktop.ui.shortcuts import Place
from chat2anyllm_desktop.ui.transcript.deeds import copy

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell


class Surroundings(QObject):
    """Holds ``attention``, ``motion``, ``notifications``, ``recent`` and, where the user wants one, ``tray``."""

    def __init__(self, shell: Shell, controller: Controller) -> None:
        super().__init__()
        self._window = shell.window
        self._controller = controller
        self._bus = SessionBus(controller.tasks)
        self._awaited: Link | None = None
        self.tray: Tray | None = None
        self.motion = Motion(self._settings().motion, self._window)
        self.recent = RecentSessions(controller.library)
        self.notifications: Notifications = (
            BusNotifications(self._bus, controller.tasks)
            if sys.platform == "linux"
            else TrayNotifications(lambda: self._icon, lambda: self._settings().tray)
        )
        self.attention = Attention(controller, self._window, self.notifications, self._settings)
        self._window.stays = self._stays
        self._add_recent_menu()
        self.notifications.chosen.connect(self.open_session)
        controller.connections.store_opened.connect(self._on_store_opened)
        self._window.sessions_dock.link_requested.connect(self.copy_session_link)
        shell.view.link_requested.connect(self.copy_message_link)

    def start(self) -> None:
        """When the loop runs."""
        if sys.platform == "linux":
            self._controller.tasks.start("motion", self.motion.follow(self._bus))
        self._sync_tray()

    def stop(self) -> None:
        """The program ends: nothing is told any more, and nothing left to click."""
        self.attention.stop()
        if self.tray is not None:
            self.tray.set_wanted(False)

    def on_settings_changed(self, names: set[str]) -> None:
        """These are others now."""
        if "motion" in names:
            self.motion.set_preference(self._settings().motion)
        if "tray" in names:
            self._sync_tray()

    # Links ---------------------------------------------------------------------------------------------------------------
    def open_link(self, address: str) -> None:
        """Show what a link leads to, as soon as the history is open. Anything else is refused in the notice bar."""
        try:
            link = parse_link(address)
        except InputError as error:
            self._controller.announcer.say("link", str(error), tone=Tone.ATTENTION)
            return
        self._controller.last_session = ""  # The start shows this, and not what was on show last.
        if self._controller.connections.database_state.health is Health.OK:
            self._follow(link)
        else:
            self._awaited = link

    def open_session(self, session_id: str) -> None:
        """Show a session in the window, in front."""
        self._controller.conversation.show(session_id)
        self._window.bring_up()

    def copy_session_link(self, session_id: str) -> None:
        """Put the link to a session on the clipboard."""
        self._copy(Link(session_id))

    def copy_message_link(self, message_id: str) -> None:
        """Put the link to a message of the session on show on the clipboard."""
        self._copy(Link(self._controller.conversation.session.id, message_id))

    def _copy(self, link: Link) -> None:
        copy(str(link))
        self._controller.announcer.say("link", tr("The link is copied: {link}", link=link), seconds=5)

    def _follow(self, link: Link) -> None:
        if link.message_id is None:
            self._controller.conversation.show(link.session_id)
        else:
            self._controller.conversation.show_message(link.message_id)

    def _on_store_opened(self) -> None:
        link, self._awaited = self._awaited, None
        if link is not None:
            self._follow(link)

    # Tray ------------------------------------------------------------------------------------------------------------------
    @cached_property
    def _icon(self) -> QSystemTrayIcon:
        return QSystemTrayIcon(self)

    def _sync_tray(self) -> None:
        wanted = self._settings().tray
        if wanted and self.tray is None:
            self.tray = Tray(self._icon, self._window, self._controller, self)
        if self.tray is not None:
            self.tray.set_wanted(wanted)

    def _stays(self) -> bool:
        """Whether closing the window leaves the program in the tray: only where it can be got at there."""
        return self._settings().close_to_tray and self.tray is not None and self.tray.is_shown

    def _add_recent_menu(self) -> None:
        menu = QMenu(tr("Recent sessions"), self._window)
        menu.setAccessibleName(tr("Recent sessions"))
        RecentMenu(menu, self.recent, self.open_session)
        place = self._window.menus.by_place[Place.SESSION]
        place.addSeparator()
        place.addMenu(menu)
        if sys.platform == "darwin":
            menu.setAsDockMenu()

    def _settings(self) -> Settings:
        return self._controller.connections.settings
