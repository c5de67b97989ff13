"""A real X screen for the tests: Xvfb, keys from xdotool, pictures of what is on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.real.process import end_with_parent

ROOT = Path(__file__).resolve().parents[2]
SIZE = (1280, 820)
_GRAB = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication(sys.argv[:1])
saved = app.primaryScreen().grabWindow(0).save(sys.argv[1])
sys.exit(0 if saved else 1)
"""


_OPENBOX = """\
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew></focus>
  <placement><policy>Smart</policy><center>yes</center></placement>
  <theme><name>Clearlooks</name></theme>
  <desktops><number>1</number></desktops>
</openbox_config>
"""


class Screen:
    """A display that nobody looks at. Without a window manager (``managed``) whoever starts a program gives its window
    the keyboard, and dialogs do not get it."""

    def __init__(self, display: str) -> None:
        self.display = display
        self.managed = False

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a program that is to appear here, and of nothing else of this user."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        return kept | {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"} | more

    def key(self, *keys: str) -> None:
        """Press keys, named as xdotool names them (``Return``, ``ctrl+k``)."""
        self._xdotool("key", "--clearmodifiers", *keys)

    def type(self, text: str) -> None:
        """Type text."""
        self._xdotool("type", "--delay", "15", text)

    def windows(self) -> list[str]:
        """Ids of the windows of our program that can be seen."""
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--class", "chat2anyllm"],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        return found.stdout.split()

    def title(self, window: str) -> str:
        """The title of a window."""
        return self._xdotool("getwindowname", window).strip()

    def focus(self, window: str) -> None:
        """Give a window the keyboard, as a window manager would."""
        self._xdotool("windowfocus", "--sync", window)

    def has_manager(self) -> bool:
        """Whether a window manager is at work."""
        try:
            self._xdotool("get_num_desktops")
        except subprocess.CalledProcessError:
            return False
        return True

    def grab(self, path: Path) -> Path:
        """Save what is on the screen as a PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", _GRAB, str(path)]
        subprocess.run(command, env=self.environment(), check=True, capture_output=True, timeout=30)
        return path

    def _xdotool(self, *arguments: str) -> str:
        command = ["xdotool", *arguments]
        return subprocess.run(
            command, env=self.environment(), check=True, capture_output=True, text=True, timeout=30
        ).stdout


class Program:
    """The program, started as users start it: ``python -m chat2anyllm_desktop`` in an empty home."""

    def __init__(
        self, screen: Screen, home: Path, environment: Mapping[str, str], arguments: Sequence[str] = ()
    ) -> None:
        self.screen = screen
        self._arguments = arguments
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self.environment = screen.environment(
            HOME=str(home),
            CHAT2ANYLLM_HOME=str(home / "c2a"),
            CHAT2ANYLLM_KEYRING="off",
            XDG_RUNTIME_DIR=str(home),
        ) | dict(environment)
        self.process: subprocess.Popen[str] | None = None

    def start(self, *arguments: str) -> None:
        """Start it, and wait for its window."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chat2anyllm_desktop", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )
        wait_until(lambda: self.screen.windows(), "the window", alive=self.process)
        if not self.screen.managed:
            self.screen.focus(self.screen.windows()[0])

    def ask(self, text: str, taken: Callable[[], object]) -> None:
        """Type a message and press Enter, as somebody does who was too quick: again until it is ``taken``. Before the
        models are known nothing is sent, and the text is in the composer again."""
        self.screen.type(text)

        def pressed() -> object:
            if not taken():
                self.screen.key("Return")
                time.sleep(0.5)
            return taken()

        wait_until(pressed, "the message to be taken", alive=self.process)

    def quit(self) -> str:
        """Ctrl+Q; returns what it printed. Fails when the exit status is not 0."""
        self.screen.key("ctrl+q")
        return self.ended()

    def ended(self) -> str:
        """Wait until it has ended; returns what it printed. Fails when the exit status is not 0."""
        assert self.process is not None
        output, _ = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, output
        return output

    def kill(self) -> None:
        """End it without a word, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()


def wait_until(
    condition: Callable[[], object],
    what: str,
    seconds: float = 60,
    *,
    alive: subprocess.Popen[str] | None = None,
) -> None:
    """Poll until ``condition`` holds; fails naming ``what``, and at once when the process ``alive`` has ended."""
    deadline = time.monotonic() + seconds
    while not condition():
        if alive is not None and alive.poll() is not None:
            pytest.fail(f"the program ended with {alive.returncode} before {what}: {alive.communicate()[0]}")
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.05)


@pytest.fixture
def screen() -> Iterator[Screen]:
    """A fresh Xvfb. Skips, by name, where Xvfb or xdotool is not installed."""
    missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed: no real screen to test on")
    read, write = os.pipe()
    server = subprocess.Popen(
        [
            "Xvfb",
            "-displayfd",
            str(write),
            "-screen",
            "0",
            f"{SIZE[0]}x{SIZE[1]}x24",
            "-nolisten",
            "tcp",
            "-noreset",
        ],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
        preexec_fn=end_with_parent if sys.platform == "linux" else None,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    try:
        yield Screen(f":{number}")
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def desktop(screen: Screen, tmp_path: Path) -> Iterator[Screen]:
    """A screen with a window manager that has no keys of its own. Skips, by name, where Openbox is not installed."""
    if shutil.which("openbox") is None:
        pytest.skip("openbox not installed: no window manager to test with")
    configuration = tmp_path / "openbox.xml"
    configuration.write_text(_OPENBOX, encoding="utf-8")
    manager = subprocess.Popen(
        ["openbox", "--config-file", str(configuration)],
        env=screen.environment(HOME=str(tmp_path), XDG_RUNTIME_DIR=str(tmp_path)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=end_with_parent if sys.platform == "linux" else None,
    )
    try:
        wait_until(screen.has_manager, "the window manager")
        screen.managed = True
        yield screen
    finally:
        manager.terminate()
        manager.wait()
