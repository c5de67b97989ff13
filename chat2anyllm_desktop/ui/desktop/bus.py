"""The D-Bus of the user's session, on Linux. Spoken through asyncio: Qt for Python cannot send the unsigned numbers that
these interfaces ask for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chat2anyllm_desktop.chat.tasks import Tasks

if TYPE_CHECKING:
    from jeepney import Message
    from jeepney.io.asyncio import DBusConnection

_BUS = "org.freedesktop.DBus"
_log = logging.getLogger(__name__)

Heard = Callable[[str, tuple[Any, ...]], None]


class BusError(Exception):
    """There is no bus, nobody of that name on it, or the answer was a refusal."""


class SessionBus:
    """Connected when it is first used."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._connection: DBusConnection | None = None
        self._opened: asyncio.Future[None] | None = None
        self._replies: dict[int, asyncio.Future[Message | None]] = {}
        self._heard: dict[tuple[str, str], Heard] = {}

    async def call(
        self,
        owner: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: tuple[object, ...] = (),
    ) -> tuple[Any, ...]:
        """Call a method. Raises BusError."""
        from jeepney import DBusAddress, MessageType, new_method_call

        connection = await self._open()
        message = new_method_call(DBusAddress(path, owner, interface), member, signature or None, body)
        serial = next(connection.outgoing_serial)
        self._replies[serial] = asyncio.get_running_loop().create_future()
        try:
            await connection.send(message, serial=serial)
            reply = await self._replies[serial]
        except OSError as error:
            raise BusError(str(error)) from error
        finally:
            del self._replies[serial]
        if reply is None:
            raise BusError("the session bus is gone")
        if reply.header.message_type is MessageType.error:
            raise BusError(str(reply.body))
        return tuple(reply.body)

    async def hear(self, path: str, interface: str, heard: Heard) -> None:
        """From now on ``heard(member, body)`` is called for every signal of an interface. Raises BusError."""
        from jeepney import MatchRule

        rule = MatchRule(type="signal", path=path, interface=interface).serialise()
        self._heard[path, interface] = heard
        await self.call(_BUS, "/org/freedesktop/DBus", _BUS, "AddMatch", "s", (rule,))

    async def _open(self) -> DBusConnection:
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()
            self._tasks.start("bus", self._stay_connected(self._opened))
        await asyncio.shield(self._opened)
        if self._connection is None:
            raise BusError("no session bus")
        return self._connection

    async def _stay_connected(self, opened: asyncio.Future[None]) -> None:
        try:
            from jeepney.io.asyncio import open_dbus_connection

            async with await open_dbus_connection("SESSION") as self._connection:
                opened.set_result(None)
                while True:
                    self._take(await self._connection.receive())
        # No address in the environment, one of a kind that is not spoken here, nobody there, or the bus is gone.
        except (KeyError, ValueError, RuntimeError, OSError, EOFError) as error:
            _log.info("the session bus is not used: %s", type(error).__name__)
        finally:
            self._connection = None
            if not opened.done():
                opened.set_result(None)
            for reply in self._replies.values():
                if not reply.done():
                    reply.set_result(None)

    def _take(self, message: Message) -> None:
        from jeepney import HeaderFields, MessageType

        fields = message.header.fields
        reply = self._replies.get(fields.get(HeaderFields.reply_serial, 0))
        if reply is not None and not reply.done():
            reply.set_result(message)
        elif message.header.message_type is MessageType.signal:
            heard = self._heard.get((fields[HeaderFields.path], fields[HeaderFields.interface]))
            if heard is not None:
                heard(fields[HeaderFields.member], tuple(message.body))
