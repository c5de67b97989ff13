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
    from jeepney.io.asyncio import DBusRouter

_log = logging.getLogger(__name__)

Heard = Callable[[str, tuple[Any, ...]], None]


class BusError(Exception):
    """There is no bus, nobody of that name on it, or the answer was a refusal."""


class SessionBus:
    """Connected when it is first used."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._router: DBusRouter | None = None
        self._opened: asyncio.Future[None] | None = None
        self._heard: dict[tuple[str, str], Heard] = {}
        self._queue: asyncio.Queue[Message] = asyncio.Queue()

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
        from jeepney import DBusAddress, new_method_call
        from jeepney.io.common import RouterClosed
        from jeepney.low_level import MessageType

        router = await self._open()
        message = new_method_call(DBusAddress(path, owner, interface), member, signature or None, body)
        try:
            reply = await router.send_and_get_reply(message)
        except (OSError, EOFError, RouterClosed) as error:
            raise BusError(str(error)) from error
        if reply.header.message_type is MessageType.error:
            raise BusError(str(reply.body))
        return tuple(reply.body)

    async def hear(self, path: str, interface: str, heard: Heard) -> None:
        """From now on ``heard(member, body)`` is called for every signal of an interface. Raises BusError."""
        from jeepney import MatchRule
        from jeepney.bus_messages import message_bus

        router = await self._open()
        if (path, interface) not in self._heard:
            rule = MatchRule(type="signal", path=path, interface=interface)
            router.filter(rule, queue=self._queue)
            self._heard[path, interface] = heard
            wish = message_bus.AddMatch(rule)
            await self.call(
                "org.freedesktop.DBus",
                "/org/freedesktop/DBus",
                "org.freedesktop.DBus",
                "AddMatch",
                "s",
                wish.body,
            )

    async def _open(self) -> DBusRouter:
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()
            self._tasks.start("bus", self._stay_connected(self._opened))
        await asyncio.shield(self._opened)
        if self._router is None:
            raise BusError("no session bus")
        return self._router

    async def _stay_connected(self, opened: asyncio.Future[None]) -> None:
        try:
            from jeepney.io.asyncio import open_dbus_router

            async with open_dbus_router("SESSION") as self._router:
                opened.set_result(None)
                await self._listen()
        # No address in the environment, one of a kind that is not spoken here, nobody there, or the bus is gone.
        except (KeyError, ValueError, RuntimeError, OSError, EOFError) as error:
            _log.info("the session bus is not used: %s", type(error).__name__)
        finally:
            self._router = None
            if not opened.done():
                opened.set_result(None)

    async def _listen(self) -> None:
        from jeepney.low_level import HeaderFields

        while True:
            message = await self._queue.get()
            fields = message.header.fields
            heard = self._heard.get((fields[HeaderFields.path], fields[HeaderFields.interface]))
            if heard is not None:
                heard(fields[HeaderFields.member], tuple(message.body))
