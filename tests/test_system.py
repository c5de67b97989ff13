from __future__ import annotations

import ctypes
import os
import platform
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from shutil import which

import psutil
import pytest

from chat2anyllm_desktop.system import (
    FileLock,
    display_problem,
    private_folder,
    release_memory,
    replace_file,
    secure_file,
)
from tests.real.screen import Screen

ROOT = Path(__file__).parent.parent
linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="displays are looked for on Linux only"
)


def python(script: str, *arguments: str, stdin: int | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(script), *arguments]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stdin=stdin)


@linux
def test_no_display_at_all_is_told_with_the_way_out() -> None:
    problem = display_problem({})
    assert problem is not None
    assert "neither DISPLAY nor WAYLAND_DISPLAY is set" in problem
    assert "xvfb-run" in problem
    assert "chat2anyllm ask" in problem


@linux
@pytest.mark.parametrize("display", [":987", "localhost:987.0", "nonsense", ":x", "unix:987"])
def test_a_display_that_does_not_answer_is_told(display: str) -> None:
    assert f"The display {display} cannot be reached" in str(display_problem({"DISPLAY": display}))


@linux
def test_a_platform_that_the_user_chose_is_not_questioned() -> None:
    assert display_problem({"QT_QPA_PLATFORM": "offscreen"}) is None


@linux
def test_a_wayland_socket_that_answers_is_a_display(tmp_path: Path) -> None:
    environment = {"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert "wayland-9 cannot be reached" in str(display_problem(environment))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-9"))
        server.listen()
        assert display_problem(environment) is None


@linux
@pytest.mark.skipif(which("Xvfb") is None, reason="Xvfb is not installed")
@pytest.mark.parametrize("guarded", [False, True], ids=["open", "guarded"])
def test_a_real_x_server_is_a_display_unless_it_refuses_us(tmp_path: Path, guarded: bool) -> None:
    cookie = tmp_path / "cookie"
    cookie.write_bytes(b"\x01\x00\x00\x00\x00\x00\x00\x12MIT-MAGIC-COOKIE-1\x00\x10" + os.urandom(16))
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-nolisten", "tcp", "-screen", "0", "64x64x24"]
    command += ["-auth", str(cookie)] if guarded else []
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as answer:
            display = f":{answer.readline().strip()}"
        problem = display_problem({"DISPLAY": display})
        assert ("refuses the connection" in str(problem)) if guarded else problem is None
    finally:
        server.terminate()
        server.wait(20)


@linux
@pytest.mark.parametrize("library", ["libxcb-cursor.so.0", "libEGL.so.1"])
def test_a_library_that_qt_misses_is_named(screen: Screen, library: str) -> None:
    """Qt itself would end the process with a core dump, or Python the import with a traceback."""
    script = """
        import ctypes, sys
        from unittest import mock
        from chat2anyllm_desktop.system import display_problem
        def without(name, *_):
            raise OSError(f"{sys.argv[1]}: cannot open shared object file")
        with mock.patch.object(ctypes, "CDLL", without):
            print(display_problem({"DISPLAY": sys.argv[2]}))
        print(display_problem({"DISPLAY": sys.argv[2]}))
    """
    with python(script, library, screen.display) as process:
        assert process.stdout is not None
        told, well = process.stdout.read().splitlines()
    assert f"missing ({library}: cannot open" in told
    assert ("xcb-util-cursor" in told) is (library == "libxcb-cursor.so.0")
    assert well == "None"


def test_a_file_can_be_made_private(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("x")
    file.chmod(0o644)
    secure_file(file)
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_is_replaced_as_a_whole_and_private(tmp_path: Path) -> None:
    real, link = tmp_path / "real" / "file", tmp_path / "link"
    real.parent.mkdir()
    real.write_text("before")
    if sys.platform == "win32":  # Links are for administrators there.
        link = real
    else:
        link.symlink_to(real)
    for durable in (True, False):
        replace_file(link, f"after\n{durable}", durable=durable)
        assert real.read_bytes() == f"after\n{durable}".encode()
    assert link.is_symlink() is (sys.platform != "win32")
    if sys.platform != "win32":
        assert stat.S_IMODE(real.stat().st_mode) == 0o600
    with pytest.raises(UnicodeEncodeError):
        replace_file(real, "\ud800")
    assert real.read_text() == "after\nFalse"
    assert list(real.parent.iterdir()) == [real]


def test_one_process_has_the_lock_until_it_ends_however_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = python(
        """
        import sys
        from pathlib import Path
        from chat2anyllm_desktop.system import FileLock
        lock = FileLock(Path(sys.argv[1]))
        print(lock.try_acquire(), flush=True)
        sys.stdin.read()
        """,
        str(path),
        stdin=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        lock = FileLock(path)
        assert not lock.try_acquire()
        holder.kill()
        holder.wait(20)
    assert lock.try_acquire()
    assert lock.try_acquire(), "having it already is having it"
    assert not FileLock(path).try_acquire()
    lock.release()
    lock.release()
    assert FileLock(path).try_acquire()


def test_a_lock_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        FileLock(tmp_path / "missing" / "lock").try_acquire()


CHILD = "from chat2anyllm_desktop.system import end_with_parent; end_with_parent(); import time; {work}"
PARENT = """
    import subprocess, sys, time
    child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE)
    print(child.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("work", ["time.sleep(600)", "\nwhile True: pass"], ids=["asleep", "busy"])
def test_a_child_ends_when_its_parent_is_killed(work: str) -> None:
    with python(PARENT, CHILD.format(work=work)) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert gone_within(child, 20)


def test_a_child_ends_when_its_input_is_closed() -> None:
    with python(CHILD.format(work="time.sleep(600)"), stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(20) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM between processes")
def test_a_child_ends_when_its_parent_is_asked_to() -> None:
    with python(PARENT, CHILD.format(work="time.sleep(600)")) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGTERM)
    assert gone_within(child, 20)


def gone_within(process: psutil.Process, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        # Nobody may be there to reap an orphan in a container: a zombie has ended.
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone keeps what is freed")
def test_what_is_freed_goes_back_to_the_system() -> None:
    memory = psutil.Process()
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    size, count = 20_000, 2_000  # Small enough to come from the heap, which the last one pins.
    places = [libc.malloc(size) for _ in range(count)]
    for place in places:
        ctypes.memset(place, 1, size)
    for place in places[:-1]:
        libc.free(place)
    kept = memory.memory_info().rss
    release_memory()
    assert kept - memory.memory_info().rss > 0.9 * size * count
    libc.free(places[-1])


@pytest.mark.skipif(os.name == "nt", reason="the folders of a user are private on Windows")
def test_a_private_folder_is_one_where_nobody_else_can_put_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, for_all = tmp_path / "runtime", tmp_path / "all"
    runtime.mkdir(mode=0o700)
    for_all.mkdir()
    for_all.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(for_all))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert private_folder() == runtime
    runtime.chmod(0o777)
    own = private_folder()
    assert (own.parent, stat.S_IMODE(own.stat().st_mode)) == (for_all, 0o700)
    assert private_folder() == own
    own.rmdir()
    own.symlink_to(runtime)  # Somebody was faster.
    other = private_folder()
    assert (other.parent, stat.S_IMODE(other.lstat().st_mode)) == (for_all, 0o700)
    assert other != own
