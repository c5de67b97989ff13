"""One window for one folder of data: a second start hands over what it was started with, and goes.

A lock file decides who is first, at no cost for the start; the socket over which the second start knocks is opened when
the event loop runs.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from chat2anyllm_desktop.system import private_folder

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

_KNOCK_S = 1.0
"""Seconds that a second start tries to reach the first, which may be about to open its socket."""
_TOLD_MS = 2_000
"""Milliseconds that it stays for its words to be heard; what was sent arrives without it, too."""
_MOST_BYTES = 16_384
_ENDING_S = 10.0
"""Seconds that it waits then: a first that does not answer is about to end, and may be saving."""
_log = logging.getLogger(__name__)


class SingleInstance(QObject):
    """``key`` says what there is to be one of: the path of the data folder. Needs a QCoreApplication.

    Signals: ``raise_requested(link, activation token)`` in the first when another was started; empty texts for none."""

    raise_requested = Signal(str, str)

    def __init__(self, key: str, *, ending_s: float = _ENDING_S) -> None:
        super().__init__()
        self._ending_s = ending_s
        name = f"chat2anyllm-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        try:
            folder = private_folder()
        except OSError:
            folder = Path(name)  # There is none: nor will there be a lock.
        self._lock = QLockFile(str(folder / f"{name}.lock"))
        # Links go over it: anybody could have made one of this name in the folder for all, where Qt would look.
        self._socket = name if sys.platform == "win32" else str(folder / name)
        self._lock.setStaleLockTime(0)  # stale when its process is gone, however long it runs
        self._server: QLocalServer | None = None
        self._closed = False

    def acquire(self, link: str = "", token: str = "") -> bool:
        """True for the first, at once. False when there is one already: it has been asked to come up, and has been given
        the link that we were started with, and what lets it come up under Wayland. One that is about to end is waited for.
        """
        if self._lock.tryLock(0):
            QTimer.singleShot(0, self, self._listen)
            return True
        if self._lock.error() != QLockFile.LockError.LockFailedError:
            _log.info("no lock file can be written, so a second window would not be noticed")
            return True
        if self._knock(json.dumps([link, token]).encode() + b"\n"):
            return False
        if self._lock.tryLock(int(1000 * self._ending_s)):
            QTimer.singleShot(0, self, self._listen)
            return True
        _log.info("the first window holds the lock but does not answer")
        return False

    def close_door(self) -> None:
        """The window is closed: it cannot be brought up any more. Another start waits until we have let go."""
        self._closed = True
        if self._server is not None:
            self._server.close()
            self._server = None

    def release(self) -> None:
        """Let another be the first."""
        self.close_door()
        self._lock.unlock()

    def _listen(self) -> None:
        from PySide6.QtNetwork import (
            QLocalServer,
        )  # after the first paint: it costs as much as a hundred widgets

        if self._closed or not self._lock.isLocked():
            return
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._on_knocked)
        if not server.listen(self._socket):
            # Whoever left it there is dead: we hold the lock.
            QLocalServer.removeServer(self._socket)
            if not server.listen(self._socket):
                _log.info("a second start cannot raise this window: %s", server.errorString())
                return
        self._server = server

    def _on_knocked(self) -> None:
        if self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda: self._on_told(socket))
            self._on_told(socket)

    def _on_told(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine() and socket.bytesAvailable() < _MOST_BYTES:
            return
        link, token = _read(bytes(socket.readLine(_MOST_BYTES).data()))
        socket.readyRead.disconnect()
        socket.disconnectFromServer()
        self.raise_requested.emit(link, token)

    def _knock(self, words: bytes) -> bool:
        from PySide6.QtNetwork import QLocalSocket

        end = time.monotonic() + _KNOCK_S
        while time.monotonic() < end:
            socket = QLocalSocket()
            socket.connectToServer(self._socket)
            if socket.waitForConnected(100):
                socket.write(words)
                socket.waitForDisconnected(_TOLD_MS)
                return True
            time.sleep(0.02)
        return False


def _read(words: bytes) -> tuple[str, str]:
    """The link and the token that a second start has sent; empty texts for anything else."""
    try:
        link, token = json.loads(words)
    except (ValueError, TypeError):
        return "", ""
    return (link, token) if isinstance(link, str) and isinstance(token, str) else ("", "")
