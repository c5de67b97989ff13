"""What differs between operating systems, in one place: displays, file locks, children that end with us.

Nothing here imports Qt, and everything can be called before anything else is set up.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

_CONNECT_S = 3.0
# The short probe before may itself have made a server without other clients reset, which takes some milliseconds.
_XCB_ATTEMPTS, _XCB_PAUSE_S = 4, 0.1


# Files -----------------------------------------------------------------------------------------------------------------
def secure_file(path: Path) -> None:
    """Make a file readable and writable by its owner only. On Windows the user's folders are private already."""
    if os.name != "nt":
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)


def private_folder() -> Path:
    """A folder where nobody else can put anything, the same one for every start of this user where that can be had: for what
    is known by a name that can be guessed. Raises OSError."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and _is_private(Path(runtime)):
        return Path(runtime)
    import tempfile  # 5 ms that the start does not need where there is such a folder

    temporary = Path(tempfile.gettempdir())
    if _is_private(temporary):
        return temporary
    own = temporary / f"chat2anyllm-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        own.mkdir(mode=0o700)
    return own if _is_private(own) else Path(tempfile.mkdtemp(prefix="chat2anyllm-"))


def _is_private(folder: Path) -> bool:
    if sys.platform == "win32":
        return os.access(folder, os.W_OK)  # Those of a user are.
    try:
        found = folder.lstat()
    except OSError:
        return False
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return ours and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and os.access(folder, os.W_OK)


def replace_file(path: Path, text: str, *, durable: bool = True) -> None:
    """Write a file in one step, readable by its owner only: whoever reads it finds the old text or the new one.

    ``durable`` waits for the disk, so that this holds after a power cut too. A link is followed and stays one. May be
    called by several threads and processes at once: one of them is the last. Raises OSError.
    """
    path = Path(os.path.realpath(path))
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable and os.name != "nt":  # The name is in the folder, which is written by itself.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


# Display ---------------------------------------------------------------------------------------------------------------
def display_problem(environ: Mapping[str, str] | None = None) -> str | None:
    """Why no window can be opened, as a sentence with the way out; None when one can.

    Qt aborts the process (with a core dump) when it finds no display or misses a library, so this is asked before
    QApplication is made. The display is really connected to, and Qt's part for it really loaded. A platform that the
    user chose with ``QT_QPA_PLATFORM`` is not questioned. Takes a few milliseconds, at most some seconds for a display on
    a host that does not answer.
    """
    environ = os.environ if environ is None else environ
    if not sys.platform.startswith("linux") or environ.get("QT_QPA_PLATFORM"):
        return None
    display = environ.get("DISPLAY", "")
    if environ.get("WAYLAND_DISPLAY") and _wayland_answers(environ):
        problem = _plugin_problem("wayland")
        if problem is None or not display:
            return problem
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
    return _plugin_problem("xcb") or _refusal(display)


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


def _plugin_problem(platform: str) -> str | None:
    """Load Qt's plugin for a platform: PySide6 carries it and Qt, but not what lies under them."""
    import ctypes
    import importlib.util

    package = importlib.util.find_spec("PySide6")
    if package is None or not package.submodule_search_locations:
        return "The package PySide6-Essentials is not installed: without it there is no window"
    plugin = Path(package.submodule_search_locations[0], "Qt", "plugins", "platforms", f"libq{platform}.so")
    if not plugin.exists():  # A distribution's own PySide6 depends on what it needs.
        return None
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        remedy = "docs/install.md lists the packages of each system"
        if "libxcb-cursor" in str(error):  # The one that even desktops lack.
            remedy = (
                "On Debian and Ubuntu: sudo apt-get install libxcb-cursor0; on Fedora: sudo dnf install xcb-util-cursor; "
                "on Arch: sudo pacman -S xcb-util-cursor"
            )
        return f"A system library that Qt needs is missing ({error}). {remedy}"
    return None


def _refusal(display: str) -> str | None:
    """Ask with the library that Qt asks with: it knows the cookies of xauth."""
    import ctypes

    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    for attempt in range(_XCB_ATTEMPTS):
        if attempt:
            time.sleep(_XCB_PAUSE_S)
        connection = xcb.xcb_connect(display.encode(), None)
        if not xcb.xcb_connection_has_error(connection):
            # Left open until the process ends: an X server resets when its last client leaves (xvfb-run has no other)
            # and drops whoever connects meanwhile, which would be Qt.
            return None
        xcb.xcb_disconnect(connection)
    return (
        f"The display {display} refuses the connection: it belongs to another user or XAUTHORITY is not set. "
        "Start it as the user who is logged in, or with xvfb-run"
    )


# Motion ----------------------------------------------------------------------------------------------------------------
def wants_less_motion() -> bool:
    """Whether Windows or macOS is set to move less. Quick; Linux is asked over D-Bus, see ``ui/desktop/motion.py``."""
    if sys.platform == "win32":
        import ctypes

        get_client_area_animation = 0x1042
        animated = ctypes.c_int(1)
        ctypes.windll.user32.SystemParametersInfoW(get_client_area_animation, 0, ctypes.byref(animated), 0)
        return not animated.value
    if sys.platform == "darwin":
        import ctypes
        import ctypes.util

        runtime = ctypes.CDLL(ctypes.util.find_library("objc"))
        runtime.objc_getClass.restype = runtime.sel_registerName.restype = ctypes.c_void_p
        runtime.objc_getClass.argtypes = runtime.sel_registerName.argtypes = [ctypes.c_char_p]
        send = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(("objc_msgSend", runtime))
        ask = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p)(("objc_msgSend", runtime))
        # Qt has loaded AppKit, which has this class; without it the answer is nil, and that is False.
        workspace = send(runtime.objc_getClass(b"NSWorkspace"), runtime.sel_registerName(b"sharedWorkspace"))
        return bool(ask(workspace, runtime.sel_registerName(b"accessibilityDisplayShouldReduceMotion")))
    return False


# Memory ----------------------------------------------------------------------------------------------------------------
def release_memory() -> None:
    """Give the system back what has been freed: glibc keeps it for itself, other systems' libraries do not. About 1 ms."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # Musl has none, and needs none.
    if trim is not None:
        trim(0)


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
OWN_FOLDER = Path(__file__).parents[1]
"""Where :func:`own_command` is to be run, so that ``-m`` finds this program and not something in the user's folder."""


def own_command(*arguments: str) -> list[str]:
    """How this program is started once more, from a checkout, an installation or a frozen build."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "chat2anyllm_desktop", *arguments]


def end_with_parent(*, watch_input: bool = True) -> None:
    """Called first thing in a child process: it ends when the parent does, also when the parent is killed.

    Works everywhere when the parent keeps the child's standard input open as a pipe and writes nothing to it: the
    system closes the pipe with the parent, and the child leaves at once. A child that is written to reads its input
    itself, and leaves at its end (``watch_input`` False). On Linux the kernel is asked besides, which
    also ends a child that hangs in a C call holding the interpreter; there the child counts as orphaned when the
    *thread* that started it ends, so start it from one that lives as long as the program.
    """
    if sys.platform.startswith("linux"):
        _end_by_kernel()
    if watch_input:
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
