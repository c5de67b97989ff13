"""Notifications of the desktop, one for a session at most."""

from __future__ import annotations

import html
import os
from abc import abstractmethod
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QSystemTrayIcon

from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.desktop.application import DESKTOP_FILE
from chat2anyllm_desktop.ui.desktop.bus import BusError, SessionBus
from chat2anyllm_desktop.ui.icons import app_icon

_SERVICE = ("org.freedesktop.Notifications", "/org/freedesktop/Notifications")
_INTERFACE = "org.freedesktop.Notifications"
_ICON_SIZE = 64
_SHOWN_MS = 10_000


class Notifications(QObject):
    """Signal: ``chosen(session id)`` when somebody clicked one."""

    chosen = Signal(str)

    @abstractmethod
    def show(self, session_id: str, title: str, text: str) -> None:
        """Show one, in the place of what is shown of this session."""

    def withdraw(self, session_id: str) -> None:
        """Take it away: the session was looked at. Where this is not possible it goes away by itself."""


class BusNotifications(Notifications):
    """Those of the desktops on Linux, which need no tray. Without a service for them nothing happens."""

    def __init__(self, bus: SessionBus, tasks: Tasks) -> None:
        super().__init__()
        self._bus = bus
        self._tasks = tasks
        self._wishes: dict[str, tuple[str, str] | None] = {}
        self._shown: dict[str, int] = {}
        self._abilities: tuple[str, ...] | None = None

    def show(self, session_id: str, title: str, text: str) -> None:
        self._wish(session_id, (title, text))

    def withdraw(self, session_id: str) -> None:
        self._wish(session_id, None)

    def _wish(self, session_id: str, words: tuple[str, str] | None) -> None:
        """One thing after the other: what is taken away must have been shown, and its number come."""
        self._wishes[session_id] = words
        if not self._tasks.is_running(f"notify:{session_id}"):
            self._tasks.start(f"notify:{session_id}", self._grant(session_id))

    async def _grant(self, session_id: str) -> None:
        while session_id in self._wishes:
            words = self._wishes.pop(session_id)
            if words is not None:
                await self._show(session_id, *words)
            elif (number := self._shown.pop(session_id, None)) is not None:
                await self._withdraw(number)

    async def _show(self, session_id: str, title: str, text: str) -> None:
        try:
            if self._abilities is None:
                await self._bus.hear(_SERVICE[1], _INTERFACE, self._on_signal)
                (abilities,) = await self._bus.call(*_SERVICE, _INTERFACE, "GetCapabilities")
                self._abilities = tuple(abilities)
            body = html.escape(text, quote=False) if "body-markup" in self._abilities else text
            actions = ["default", tr("Show")] if "actions" in self._abilities else []
            hints = {"desktop-entry": ("s", DESKTOP_FILE), "category": ("s", "im.received")}
            values = (
                "Chat2AnyLLM",
                self._shown.get(session_id, 0),
                DESKTOP_FILE,
                title,
                body,
                actions,
                hints,
                -1,
            )
            (number,) = await self._bus.call(*_SERVICE, _INTERFACE, "Notify", "susssasa{sv}i", values)
        except BusError:
            return  # The task bar still tells.
        self._shown[session_id] = number

    async def _withdraw(self, number: int) -> None:
        try:
            await self._bus.call(*_SERVICE, _INTERFACE, "CloseNotification", "u", (number,))
        except BusError:
            return  # It was gone already.

    def _on_signal(self, member: str, body: tuple[object, ...]) -> None:
        session_id = next((key for key, number in self._shown.items() if body and number == body[0]), None)
        if session_id is None:
            return  # of another program
        if member == "ActivationToken":
            # Wayland lets only those windows come up that somebody clicked something for; Qt reads the proof from here.
            os.environ["XDG_ACTIVATION_TOKEN"] = str(body[1])
        elif member == "ActionInvoked":
            self.chosen.emit(session_id)
        elif member == "NotificationClosed":
            del self._shown[session_id]


class TrayNotifications(Notifications):
    """Those of Windows and macOS. They belong to an icon in the tray: where the user wants none, one stands there while
    there is something to tell."""

    def __init__(self, icon: Callable[[], QSystemTrayIcon], stays: Callable[[], bool]) -> None:
        """``icon`` is made when it is first needed; ``stays`` tells whether it is there in any case."""
        super().__init__()
        self._make_icon = icon
        self._stays = stays
        self._icon: QSystemTrayIcon | None = None
        self._session_id = ""
        self._over = QTimer(self, singleShot=True, interval=_SHOWN_MS)
        self._over.timeout.connect(self._let_go)

    def show(self, session_id: str, title: str, text: str) -> None:
        if self._icon is None:
            self._icon = self._make_icon()
            self._icon.messageClicked.connect(self._on_clicked)
        if not self._icon.isVisible():
            self._icon.setIcon(app_icon())
            self._icon.show()
        self._session_id = session_id
        self._icon.showMessage(title, text, app_icon(), _SHOWN_MS)
        self._over.start()

    def _on_clicked(self) -> None:
        self._let_go()
        self.chosen.emit(self._session_id)

    def _let_go(self) -> None:
        if self._icon is not None and not self._stays():
            self._icon.hide()
