"""What a screen reader gets to see: the accessibility bus of a desktop, spoken to over plain D-Bus."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real.process import end_with_parent
from tests.real.screen import Screen

_SERVICE = Path("/usr/share/dbus-1/services/org.a11y.Bus.service")
_REGISTRY = "org.a11y.atspi.Registry"
_ROOT = "/org/a11y/atspi/accessible/root"
_ACCESSIBLE = "org.a11y.atspi.Accessible"
_TEXT = "org.a11y.atspi.Text"
_EDITABLE = "org.a11y.atspi.EditableText"
_ACTION = "org.a11y.atspi.Action"
_STATES = {
    "checked": 4,
    "editable": 7,
    "enabled": 8,
    "focusable": 11,
    "focused": 12,
    "selected": 23,
    "showing": 25,
}
"""Their bits."""
_PATIENCE_S = 30.0


class Thing:
    """An object on the bus. Raises LookupError for what is gone."""

    def __init__(self, reader: Reader, owner: str, path: str) -> None:
        self._reader = reader
        self._owner = owner
        self._path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing) and (self._owner, self._path) == (other._owner, other._path)

    __hash__ = None  # type: ignore[assignment]  # nobody keeps them

    @property
    def name(self) -> str:
        return str(self._property(_ACCESSIBLE, "Name"))

    @property
    def description(self) -> str:
        return str(self._property(_ACCESSIBLE, "Description"))

    @property
    def role(self) -> str:
        return str(self._call(_ACCESSIBLE, "GetRoleName"))

    @property
    def attributes(self) -> dict[str, str]:
        return dict(self._call(_ACCESSIBLE, "GetAttributes"))

    @property
    def states(self) -> set[str]:
        """Those that matter here."""
        low, _ = self._call(_ACCESSIBLE, "GetState")
        return {name for name, bit in _STATES.items() if low >> bit & 1}

    @property
    def showing(self) -> bool:
        """It can be seen, as far as its window can."""
        return "showing" in self.states

    @property
    def text(self) -> str:
        """All of it; LookupError where there is no text interface."""
        return str(self._call(_TEXT, "GetText", "ii", 0, -1))

    def write(self, text: str) -> None:
        """Put a text in place of what is in a field."""
        assert self._call(_EDITABLE, "SetTextContents", "s", text)

    def insert(self, position: int, text: str) -> None:
        """Put a text into a field; the position is counted in characters."""
        assert self._call(_EDITABLE, "InsertText", "isi", position, text, len(text))

    @property
    def caret(self) -> int:
        """Characters before the text cursor."""
        return int(self._property(_TEXT, "CaretOffset"))

    @caret.setter
    def caret(self, position: int) -> None:
        assert self._call(_TEXT, "SetCaretOffset", "i", position)

    def word_at(self, position: int) -> str:
        """The word around a character."""
        return str(self._call(_TEXT, "GetStringAtOffset", "iu", position, 1)[0])

    def select_text(self, start: int, end: int) -> None:
        """Select characters of a text that has no selection."""
        assert self._call(_TEXT, "AddSelection", "ii", start, end)

    def select_child(self, index: int) -> None:
        """Choose a row of a list."""
        assert self._call("org.a11y.atspi.Selection", "SelectChild", "i", index)

    @property
    def parent(self) -> Thing:
        owner, path = self._property(_ACCESSIBLE, "Parent")
        return Thing(self._reader, owner, path)

    @property
    def index(self) -> int:
        """Among its siblings, as it says itself."""
        return int(self._call(_ACCESSIBLE, "GetIndexInParent"))

    def __len__(self) -> int:
        return int(self._property(_ACCESSIBLE, "ChildCount"))

    def __bool__(self) -> bool:
        return True  # also with nothing in it

    def __getitem__(self, index: int) -> Thing:
        owner, path = self._call(_ACCESSIBLE, "GetChildAtIndex", "i", index)
        return Thing(self._reader, owner, path)

    def __iter__(self) -> Iterator[Thing]:
        return (self[index] for index in range(len(self)))

    def find(self, role: str, name: str = "") -> Thing:
        """The first thing below, in reading order, of this role and with a name that begins so."""
        found = next((t for t in self.below() if t.role == role and t.name.startswith(name)), None)
        if found is None:
            raise LookupError(f"no {role} named {name!r}")
        return found

    def below(self) -> Iterator[Thing]:
        """Everything in it, in reading order. A thing's children are asked for at once: Qt ends the program of a
        QScrollArea that is asked for the second of two after its scroll bar has gone."""
        for owner, path in self._call(_ACCESSIBLE, "GetChildren"):
            child = Thing(self._reader, owner, path)
            yield child
            yield from child.below()

    @property
    def actions(self) -> list[str]:
        """What can be done with it."""
        return [name for name, _, _ in self._call(_ACTION, "GetActions")]

    def press(self) -> None:
        """What a click does. LookupError where nothing is."""
        actions = self.actions
        if "Press" not in actions:
            raise LookupError(f"{self.role} {self.name!r} cannot be pressed: {actions}")
        self._call(_ACTION, "DoAction", "i", actions.index("Press"))

    def grab_focus(self) -> None:
        self._call("org.a11y.atspi.Component", "GrabFocus")

    def _call(self, interface: str, method: str, signature: str = "", *arguments: object) -> Any:
        return self._reader.call(self._owner, self._path, interface, method, signature, *arguments)

    def _property(self, interface: str, name: str) -> Any:
        value = self._call("org.freedesktop.DBus.Properties", "Get", "ss", interface, name)
        return value[1]


class Reader:
    """A client on the accessibility bus that listens to what is told there."""

    def __init__(self, address: str) -> None:
        from jeepney import MatchRule, message_bus
        from jeepney.io.blocking import open_dbus_connection

        self._connection = open_dbus_connection(address)
        rule = MatchRule(type="signal", interface="org.a11y.atspi.Event.Object")
        self._signals = self._connection.filter(rule, bufsize=10_000)
        self._heard = self._signals.__enter__()
        self._connection.send_and_get_reply(message_bus.AddMatch(rule))
        for kind in ("object:announcement", "object:state-changed:focused", "object:children-changed"):
            self.call(
                _REGISTRY,
                "/org/a11y/atspi/registry",
                "org.a11y.atspi.Registry",
                "RegisterEvent",
                "sass",
                kind,
                [],
                "",
            )

    @property
    def programs(self) -> Thing:
        """All programs that take part."""
        return Thing(self, _REGISTRY, _ROOT)

    def events(self, member: str) -> list[tuple[Thing, str, Any]]:
        """What was told since this was asked for last, of one kind: who told, the detail, the value."""
        from jeepney import HeaderFields

        found = []
        kept = []
        self._take_in()
        while self._heard:
            message = self._heard.popleft()
            fields = message.header.fields
            if fields[HeaderFields.member] == member:
                thing = Thing(self, fields[HeaderFields.sender], fields[HeaderFields.path])
                found.append((thing, message.body[0], message.body[3][1]))
            else:
                kept.append(message)
        self._heard.extend(kept)
        return found

    def call(
        self, owner: str, path: str, interface: str, method: str, signature: str, *arguments: object
    ) -> Any:
        from jeepney import DBusAddress, MessageType, new_method_call

        address = DBusAddress(path, bus_name=owner, interface=interface)
        message = new_method_call(address, method, signature or None, arguments)
        reply = self._connection.send_and_get_reply(message, timeout=_PATIENCE_S)
        if reply.header.message_type is MessageType.error:
            raise LookupError(f"{method} of {path}: {reply.body}")
        return reply.body[0] if len(reply.body) == 1 else reply.body

    def close(self) -> None:
        self._signals.__exit__(None, None, None)
        self._connection.close()

    def _take_in(self) -> None:
        """Read what waits; any call does it on its way to the reply."""
        self.programs.name  # noqa: B018


class AccessibilityBus:
    """A session bus with the accessibility bus of the desktop behind it."""

    def __init__(self, session: str, accessibility: str) -> None:
        self._session = session
        self._accessibility = accessibility
        self._readers: list[Reader] = []

    @property
    def environment(self) -> dict[str, str]:
        """For a program that is to take part."""
        return {"DBUS_SESSION_BUS_ADDRESS": self._session}

    def reader(self) -> Reader:
        """Begin to be a screen reader: from now on programs describe themselves."""
        from jeepney import Properties

        for name in ("IsEnabled", "ScreenReaderEnabled"):
            status = Properties(_desktop("org.a11y.Status"))
            _asked(self._session, status.set(name, "b", True))
        self._readers.append(Reader(self._accessibility))
        return self._readers[-1]

    def close(self) -> None:
        """All readers leave."""
        for reader in self._readers:
            reader.close()


def _desktop(interface: str) -> Any:
    """Who knows of accessibility on a session bus, and starts its own bus when asked for it."""
    from jeepney import DBusAddress

    return DBusAddress("/org/a11y/bus", bus_name="org.a11y.Bus", interface=interface)


def _asked(session: str, message: Any) -> Any:
    """The reply on a session bus; LookupError where that is an error."""
    from jeepney import MessageType
    from jeepney.io.blocking import open_dbus_connection

    with open_dbus_connection(session) as connection:
        reply = connection.send_and_get_reply(message, timeout=_PATIENCE_S)
    if reply.header.message_type is MessageType.error:
        raise LookupError(str(reply.body))
    return reply.body[0] if reply.body else None


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for something true, and return it. What is not there (yet) is waited for."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            if found := condition():
                return found
        except LookupError as error:
            what = f"{what} ({error})" if "(" not in what else what
        if time.monotonic() > deadline:
            pytest.fail(f"waited {_PATIENCE_S:.0f} s in vain for {what}")
        time.sleep(0.05)


@pytest.fixture
def accessibility_bus(screen: Screen) -> Iterator[AccessibilityBus]:
    """Skips, by name, where D-Bus, AT-SPI or jeepney is not installed."""
    pytest.importorskip("jeepney", reason="jeepney not installed: no client for the accessibility bus")
    if shutil.which("dbus-daemon") is None or not _SERVICE.exists():
        pytest.skip("dbus-daemon or at-spi2-core not installed: no accessibility bus to test on")
    # Sockets have short names, which those of pytest's folders are not.
    with tempfile.TemporaryDirectory(prefix="c2a-") as folder:
        read, write = os.pipe()
        daemon = subprocess.Popen(
            ["dbus-daemon", "--session", f"--print-address={write}", "--nofork", "--nopidfile"],
            env=screen.environment(HOME=folder, XDG_RUNTIME_DIR=folder),
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # What it starts is ended with it, as a group.
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            address = pipe.readline().strip()
        bus = None
        try:
            bus = _started(address)
            yield bus
        finally:
            if bus is not None:
                bus.close()
            os.killpg(daemon.pid, signal.SIGTERM)
            daemon.wait()


def _started(session: str) -> AccessibilityBus:
    """Skips where the accessibility bus does not start, as in a container that forbids it."""
    from jeepney import new_method_call

    try:
        address = _asked(session, new_method_call(_desktop("org.a11y.Bus"), "GetAddress"))
    except LookupError as error:
        pytest.skip(f"the accessibility bus does not start: {error}")
    return AccessibilityBus(session, str(address))
