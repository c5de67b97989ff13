"""The session bus of a desktop, with the services of it that the program speaks to: notifications, settings, the tray.

They are real servers on a real bus, in a thread of the test; what they are told can be read from them, and they can be
told what a user does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.real.process import end_with_parent

NOTIFICATIONS = "org.freedesktop.Notifications"
PORTAL = "org.freedesktop.portal.Desktop"
WATCHER = "org.kde.StatusNotifierWatcher"
_PATIENCE_S = 30.0


class DesktopBus:
    """A bus and, once they are asked for, services on it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._services: list[Service] = []

    @property
    def environment(self) -> dict[str, str]:
        """For a program that is to take part."""
        return {"DBUS_SESSION_BUS_ADDRESS": self.address}

    def notifications(self, *capabilities: str) -> Notifications:
        """A notification service; it shows what it is given in no other way than by its fields."""
        return self._added(Notifications(self.address, capabilities))

    def portal(self, settings: dict[str, dict[str, tuple[str, object]]]) -> Portal:
        """The settings of a desktop: by namespace and key, a D-Bus type and the value."""
        return self._added(Portal(self.address, settings))

    def tray(self) -> Watcher:
        """A desktop with a tray."""
        return self._added(Watcher(self.address))

    def call(
        self, owner: str, path: str, interface: str, member: str, signature: str = "", *body: object
    ) -> Any:
        """Call a method of a program. Raises LookupError when it refuses."""
        from jeepney import DBusAddress, MessageType, new_method_call
        from jeepney.io.blocking import open_dbus_connection

        with open_dbus_connection(self.address) as connection:
            message = new_method_call(DBusAddress(path, owner, interface), member, signature or None, body)
            reply = connection.send_and_get_reply(message, timeout=_PATIENCE_S)
        if reply.header.message_type is MessageType.error:
            raise LookupError(str(reply.body))
        return reply.body[0] if len(reply.body) == 1 else reply.body

    def close(self) -> None:
        for service in self._services:
            service.close()

    def _added(self, service: Any) -> Any:
        self._services.append(service)
        return service


class Service(threading.Thread):
    """One name on the bus."""

    name_on_bus = ""
    path = ""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        from jeepney import message_bus
        from jeepney.io.blocking import open_dbus_connection

        self._connection = open_dbus_connection(address)
        self._connection.send_and_get_reply(message_bus.RequestName(self.name_on_bus))
        self._closed = False
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        """What was called, with what."""
        self.start()

    def answer(self, member: str, body: tuple[Any, ...], sender: str) -> tuple[str, tuple[object, ...]]:
        """The signature and the values of the reply."""
        raise LookupError(member)

    def tell(self, member: str, signature: str, *body: object) -> None:
        """Send a signal."""
        from jeepney import new_signal

        self._connection.send(new_signal(self._address(), member, signature, body))

    def run(self) -> None:
        from jeepney import HeaderFields, MessageType, new_error, new_method_return

        while not self._closed:
            try:
                message = self._connection.receive(timeout=0.1)
            except TimeoutError:
                continue
            except (OSError, EOFError):
                return
            if message.header.message_type is not MessageType.method_call:
                continue
            fields = message.header.fields
            member, sender = fields[HeaderFields.member], fields[HeaderFields.sender]
            self.calls.append((member, tuple(message.body)))
            try:
                signature, body = self.answer(member, tuple(message.body), sender)
                self._connection.send(new_method_return(message, signature or None, body))
            except LookupError:
                self._connection.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))

    def close(self) -> None:
        self._closed = True
        self.join()
        self._connection.close()

    def _address(self) -> Any:
        from jeepney import DBusAddress

        return DBusAddress(self.path, interface=self.name_on_bus)


class Notifications(Service):
    """``shown`` has the last state of each notification that was not closed, by its number."""

    name_on_bus = NOTIFICATIONS
    path = "/org/freedesktop/Notifications"

    def __init__(self, address: str, capabilities: tuple[str, ...]) -> None:
        self._capabilities = list(capabilities)
        self._numbers = 0
        self.shown: dict[int, tuple[str, str]] = {}
        super().__init__(address)

    def answer(self, member: str, body: tuple[Any, ...], sender: str) -> tuple[str, tuple[object, ...]]:
        if member == "GetCapabilities":
            return "as", (self._capabilities,)
        if member == "Notify":
            replaced = body[1]
            if not replaced:
                self._numbers += 1
            number = replaced or self._numbers
            self.shown[number] = (body[3], body[4])
            return "u", (number,)
        if member == "CloseNotification":
            self.shown.pop(body[0], None)
            return "", ()
        raise LookupError(member)

    def click(self, number: int) -> None:
        """What a click on it tells."""
        self.tell("ActivationToken", "us", number, "a-token")
        self.tell("ActionInvoked", "us", number, "default")


class Portal(Service):
    name_on_bus = PORTAL
    path = "/org/freedesktop/portal/desktop"

    def __init__(self, address: str, settings: dict[str, dict[str, tuple[str, object]]]) -> None:
        self._settings = settings
        super().__init__(address)

    def answer(self, member: str, body: tuple[Any, ...], sender: str) -> tuple[str, tuple[object, ...]]:
        if member == "ReadAll":
            return "a{sa{sv}}", ({space: self._settings.get(space, {}) for space in body[0]},)
        raise LookupError(member)

    def change(self, space: str, key: str, kind: str, value: object) -> None:
        """The user sets something in the settings of the desktop."""
        self.tell("SettingChanged", "ssv", space, key, (kind, value))

    def _address(self) -> Any:
        from jeepney import DBusAddress

        return DBusAddress(self.path, interface="org.freedesktop.portal.Settings")


class Watcher(Service):
    """``items`` are the icons in the tray, by the names of their owners."""

    name_on_bus = WATCHER
    path = "/StatusNotifierWatcher"

    def __init__(self, address: str) -> None:
        self.items: list[str] = []
        super().__init__(address)

    def answer(self, member: str, body: tuple[Any, ...], sender: str) -> tuple[str, tuple[object, ...]]:
        if member == "RegisterStatusNotifierItem":
            self.items.append(body[0] if not body[0].startswith("/") else sender)
            return "", ()
        if member == "Get":
            values = {"IsStatusNotifierHostRegistered": ("b", True), "ProtocolVersion": ("i", 0)}
            return "v", (values.get(body[1], ("as", self.items)),)
        if member == "RegisterStatusNotifierHost":
            return "", ()
        raise LookupError(member)


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for something true, and return it."""
    deadline = time.monotonic() + _PATIENCE_S
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {_PATIENCE_S:.0f} s in vain for {what}")
        time.sleep(0.05)
    return found


@pytest.fixture
def desktop_bus() -> Iterator[DesktopBus]:
    """Skips, by name, where D-Bus is not installed."""
    pytest.importorskip("jeepney", reason="jeepney not installed: there is no D-Bus on this system")
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon not installed: no session bus to test on")
    # Sockets have short names, which those of pytest's folders are not.
    with tempfile.TemporaryDirectory(prefix="c2a-") as folder:
        read, write = os.pipe()
        daemon = subprocess.Popen(
            ["dbus-daemon", "--session", f"--print-address={write}", "--nofork", "--nopidfile"],
            # No services of this machine: what is on the bus is what the test puts there.
            env={
                "PATH": os.environ["PATH"],
                "HOME": folder,
                "XDG_RUNTIME_DIR": folder,
                "XDG_DATA_DIRS": folder,
            },
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            address = pipe.readline().strip()
        bus = DesktopBus(address)
        try:
            yield bus
        finally:
            bus.close()
            daemon.terminate()
            daemon.wait()
