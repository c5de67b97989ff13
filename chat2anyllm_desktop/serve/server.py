"""Serving until the program is told to end."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from chat2anyllm_desktop.core.errors import SettingsError
from chat2anyllm_desktop.serve.services import Services

_FAREWELL_S = 10
"""Seconds for responses that run when the program ends; answers of sessions are ended, and saved, at once."""


class Server(uvicorn.Server):
    """Ends running turns first when it is told to end, so that nothing has to be waited for."""

    def __init__(self, application: Starlette, services: Services, started: Callable[[int], None]) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                log_config=None,
                access_log=False,
                server_header=False,
                ws="none",
                timeout_graceful_shutdown=_FAREWELL_S,
            )
        )
        self._services = services
        self._started = started
        self._ending: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            self._started(sockets[0].getsockname()[1])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._services.end())


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen: one address, looked up once, so that what is allowed is what is listened to."""

    host: str
    port: int
    family: socket.AddressFamily
    address: str

    @property
    def is_loopback(self) -> bool:
        """Whether nobody but this computer can reach it."""
        return ipaddress.ip_address(self.address.partition("%")[0]).is_loopback


def find_place(host: str, port: int) -> Place:
    """The address of that name. Raises SettingsError where there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise SettingsError(
            f"There is no address “{host}” on this computer: choose another --host."
        ) from None
    family, _, _, _, address = found[0]
    return Place(host, port, family, str(address[0]))


def listen(place: Place) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises SettingsError."""
    # With its protocol named: else asyncio does not know it for TCP and lets small pieces wait for each other (40 ms).
    listener = socket.socket(place.family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # Elsewhere it would let two programs share the port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((place.address, place.port))
        listener.listen(2048)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"Port {place.port} of {place.host} cannot be listened to ({error.strerror}): choose another --port."
        ) from None
    return listener
