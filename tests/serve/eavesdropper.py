"""A way to a gateway on which every byte that it sends is written down."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Eavesdropper:
    url: str
    heard: bytearray = field(default_factory=bytearray)
    """What came from the gateway, heads and chunks and all."""

    def body(self) -> bytes:
        """The body of the last response, which was sent in chunks."""
        rest = bytes(self.heard).rpartition(b"HTTP/1.1 200 OK\r\n")[2].partition(b"\r\n\r\n")[2]
        found = b""
        while True:
            size, _, rest = rest.partition(b"\r\n")
            if not int(size, 16):
                return found
            found, rest = found + rest[: int(size, 16)], rest[int(size, 16) + 2 :]


@contextlib.contextmanager
def eavesdrop(url: str) -> Iterator[Eavesdropper]:
    """Something to connect to instead of that gateway."""
    there = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        between = Eavesdropper(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    near, _ = listener.accept()
                    far = socket.create_connection((there.hostname or "", there.port or 0))
                    for source, sink, heard in ((near, far, None), (far, near, between.heard)):
                        threading.Thread(target=_pass_on, args=(source, sink, heard), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield between
        listener.shutdown(socket.SHUT_RDWR)


def _pass_on(source: socket.socket, sink: socket.socket, heard: bytearray | None) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if heard is not None:
                heard += data
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
