"""What differs between operating systems, in one place: displays, file locks, children that end with us.

Nothing here imports Qt, and everything can be called before anything else is set up.
"""

from __future__ import annotations

import os
import socket
import stat
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

_CONNECT_S = 3.0


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def secure_file(path: Path) -> None:
    """Make a file readable and writable by its owner only. On Windows the user's folders are private already."""
    if os.name != "nt":
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)


# Display ---------------------------------------------------------------------------------------------------------------
def display_problem(environ: Mapping[str, str] | None = None) -> str | None:
    """Why no window can be opened, as a sentence with the way out; None when one can.

    Qt aborts the process (with a core dump) when it finds no display, so this is asked before QApplication is made. The
    display is really connected to. A platform that the user chose with ``QT_QPA_PLATFORM`` is not questioned. Takes
    a few milliseconds, at most some seconds for a display on a host that does not answer.
    """
    environ = os.environ if environ is None else environ
    if not sys.platform.startswith("linux") or environ.get("QT_QPA_PLATFORM"):
        return None
    if environ.get("WAYLAND_DISPLAY") and _wayland_answers(environ):
        return None
    display = environ.get("DISPLAY", "")
    if not display and not environ.get("WAYLAND_DISPLAY"):
        return (
            "No display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set): start it from a desktop session, "
            'use ssh -X or xvfb-run, or ask without a window: chat2anyllm ask "..."'
        )
    name = display or environ["WAYLAND_DISPLAY"]
    if not display or not _x_answers(display):
        return (
            f"The display {name} cannot be reached: start it from a desktop session, use ssh -X or xvfb-run, "
            'or ask without a window: chat2anyllm ask "..."'
        )
    return _xcb_problem(display)


def _wayland_answers(environ: Mapping[str, str]) -> bool:
    path = Path(environ.get("XDG_RUNTIME_DIR", "/")) / environ["WAYLAND_DISPLAY"]
    return _connects(socket.AF_UNIX, str(path))


def _x_answers(display: str) -> bool:
    host, _, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if not number.isdigit():
        return False
    if host in ("", "unix") or host.startswith("/"):
        path = f"/tmp/.X11-unix/X{number}"
        return _connects(socket.AF_UNIX, path) or _connects(socket.AF_UNIX, f"\0{path}")
    return _connects(socket.AF_INET, (host, 6000 + int(number)))


def _connects(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    try:
        if family == socket.AF_INET and isinstance(address, tuple):
            socket.create_connection(address, timeout=_CONNECT_S).close()
            return True
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(_CONNECT_S)
            connection.connect(address)
    except OSError:
        return False
    return True


def _xcb_problem(display: str) -> str | None:
    """Ask as Qt will: with its library (which knows the cookies of xauth), and with what its X11 plugin links to."""
    import ctypes

    try:
        # Not carried by PySide6, and missing on many systems; Qt aborts without it.
        ctypes.CDLL("libxcb-cursor.so.0")
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        return (
            f"A system library that Qt needs is missing ({error}). On Debian and Ubuntu: "
            "sudo apt-get install libxcb-cursor0; on Fedora: sudo dnf install xcb-util-cursor; "
            "on Arch: sudo pacman -S xcb-util-cursor"
        )
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    if refused:
        return (
            f"The display {display} refuses the connection: it belongs to another user or XAUTHORITY is not set. "
            "Start it as the user who is logged in, or with xvfb-run"
        )
    return None


# Locks -----------------------------------------------------------------------------------------------------------------
class FileLock:
    """A lock that one process at a time can hold, and that the system releases when the process ends, however it ends.

    The file stays; only the lock on it counts. Not re-entrant; one object per process and file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock; False when another process has it. Raises OSError when the file cannot be made."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _lock(descriptor)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let go of it; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(*error.args) from error

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


# Children that end with us ---------------------------------------------------------------------------------------------
def end_with_parent() -> None:
    """Called first thing in a child process: it ends when the parent does, also when the parent is killed.

    Works everywhere when the parent keeps the child's standard input open as a pipe and writes nothing to it: the
    system closes the pipe with the parent, and the child leaves at once. On Linux the kernel is asked besides, which
    also ends a child that hangs in a C call holding the interpreter; there the child counts as orphaned when the
    *thread* that started it ends, so start it from one that lives as long as the program.
    """
    if sys.platform.startswith("linux"):
        _end_by_kernel()
    threading.Thread(target=_leave_when_closed, name="parent-watch", daemon=True).start()


def _leave_when_closed() -> None:
    # Not sys.stdin: a buffered reader would hold its lock at interpreter shutdown.
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    os._exit(0)


def _end_by_kernel() -> None:
    import ctypes
    import signal

    parent = os.getppid()
    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # It ended before the kernel was asked.
        os._exit(0)
