"""The program among others on a desktop, as processes on a real screen and a real session bus."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.llm.misbehaving import DONE, Server, answer, frame, serve, stream
from tests.real.desktop_bus import DesktopBus, until
from tests.real.screen import ROOT, Program, Screen, wait_until
from tests.real.test_first_run import answers
from tests.real.test_first_run import rows as embedded_rows
from tests.real.test_window_processes import ask, environment

_MENU = "com.canonical.dbusmenu"
_OTHER = """
import sys
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication(["other"])
window = QLabel("Another program", windowTitle="Another program")
window.setGeometry(900, 500, 300, 200)
window.show()
app.exec()
"""


@pytest.fixture
def go_on() -> threading.Event:
    """The second answer ends with this."""
    return threading.Event()


@pytest.fixture
def gateway(go_on: threading.Event) -> Iterator[Server]:
    late = stream(frame("The "), go_on, frame("second answer."), DONE)
    with serve(answer("The answer."), late) as server:
        yield server


@pytest.fixture
def program(screen: Screen, tmp_path: Path, gateway: Server, desktop_bus: DesktopBus) -> Iterator[Program]:
    """Not started yet."""
    program = Program(screen, tmp_path / "user", environment(gateway) | desktop_bus.environment)
    yield program
    program.kill()


@pytest.fixture
def other_window(screen: Screen) -> Iterator[str]:
    """A window of another program; its id."""
    process = subprocess.Popen(
        [sys.executable, "-c", _OTHER], env=screen.environment(), stdout=subprocess.DEVNULL
    )
    try:
        class_ = ("search", "--onlyvisible", "--class", "other")
        wait_until(lambda: xdotool(screen, *class_), "the other window", alive=process)
        yield xdotool(screen, *class_)[0]
    finally:
        process.kill()
        process.wait()


def sessions(program: Program) -> dict[str, str]:
    """Ids by title."""
    return {
        str(title): str(key) for title, key in embedded_rows(program.home, "SELECT title, id FROM sessions")
    }


def two_sessions(screen: Screen, program: Program, gateway: Server) -> dict[str, str]:
    ask(screen, gateway, "First one")
    wait_until(lambda: len(gateway.chats) == 1 and "First one" in sessions(program), "the first answer")
    screen.key("ctrl+n")
    screen.type("Second & last & under_score")
    screen.key("Return")
    wait_until(
        lambda: "Second & last & under_score" in sessions(program),
        "the second session",
        alive=program.process,
    )
    return sessions(program)


def start_again(program: Program, *arguments: str) -> str:
    """A second start, as a click on a link makes it; what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "chat2anyllm_desktop", *arguments],
        cwd=ROOT,
        env=program.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def window_class(screen: Screen, window: str) -> str:
    done = subprocess.run(
        ["xprop", "-id", window, "WM_CLASS"],
        env=screen.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_link_that_is_clicked_elsewhere(screen: Screen, program: Program, gateway: Server) -> None:
    program.start()
    (window,) = screen.windows()
    assert window_class(screen, window) == 'WM_CLASS(STRING) = "chat2anyllm", "chat2anyllm"'
    ids = two_sessions(screen, program, gateway)
    wait_until(lambda: screen.title(window).startswith("Second & last & under_score"), "the second session")
    said = start_again(program, f"chat2anyllm://session/{ids['First one']}")
    assert said == "Chat2AnyLLM is open already; its window was brought to the front."
    wait_until(
        lambda: screen.title(window).startswith("First one"), "the session of the link", alive=program.process
    )
    (message,) = embedded_rows(
        program.home, "SELECT id FROM messages WHERE role = 'user' AND content LIKE 'Second%'"
    )[0]
    start_again(program, f"chat2anyllm://session/{ids['Second & last & under_score']}/message/{message}")
    wait_until(
        lambda: screen.title(window).startswith("Second"), "that of the message", alive=program.process
    )
    start_again(program, "chat2anyllm://session/../../etc/passwd")
    assert len(screen.windows()) == 1
    program.quit()

    program.start(f"chat2anyllm://session/{ids['First one']}")
    wait_until(
        lambda: screen.title(screen.windows()[0]).startswith("First one"),
        "the link at the start",
        alive=program.process,
    )
    program.quit()


def test_a_notification_while_another_program_is_used(
    screen: Screen,
    desktop_bus: DesktopBus,
    program: Program,
    gateway: Server,
    go_on: threading.Event,
    other_window: str,
) -> None:
    service = desktop_bus.notifications("actions", "body")
    program.environment["CHAT2ANYLLM_NOTIFY_AFTER_S"] = "0"
    program.start()
    (window,) = screen.windows()
    ask(screen, gateway, "Seen at once")
    wait_until(
        lambda: answers(program.home) == [("complete", "The answer.")], "the answer", alive=program.process
    )
    screen.key("ctrl+n")
    screen.type("Tell me later")
    screen.key("Return")
    wait_until(
        lambda: ("streaming", "The ") in answers(program.home), "the second answer", alive=program.process
    )
    xdotool(screen, "windowraise", other_window)
    screen.focus(other_window)
    time.sleep(0.5)  # Until the program knows that it has the keyboard no longer.
    assert service.shown == {}
    go_on.set()
    ((number, shown),) = until(lambda: list(service.shown.items()), "the notification")
    assert shown == ("Tell me later", "The answer is complete.")
    assert stack(screen)[-1] == other_window
    service.click(number)
    # Without a window manager nobody takes the keyboard from one window and gives it to another.
    wait_until(lambda: stack(screen)[-1] == window, "the window to come up", alive=program.process)
    screen.focus(window)
    program.quit()


def stack(screen: Screen) -> list[str]:
    """The windows that can be seen, from the bottom to the top."""
    return xdotool(screen, "search", "--onlyvisible", "--name", ".")


def xdotool(screen: Screen, *arguments: str) -> list[str]:
    done = subprocess.run(
        ["xdotool", *arguments], env=screen.environment(), capture_output=True, text=True, check=False
    )
    return done.stdout.split()


class TrayMenu:
    """The menu of the icon, as a panel reads and presses it."""

    def __init__(self, bus: DesktopBus, owner: str) -> None:
        self._bus = bus
        self._owner = owner
        self._path = bus.call(
            owner,
            "/StatusNotifierItem",
            "org.freedesktop.DBus.Properties",
            "Get",
            "ss",
            "org.kde.StatusNotifierItem",
            "Menu",
        )[1]

    def entries(self) -> dict[str, int]:
        """Numbers by words, top to bottom."""
        _, (_, _, children) = self._call("GetLayout", "iias", 0, -1, [])
        found = {}
        for _, (number, values, _) in children:
            if "label" in values:
                # An underscore begins a mnemonic, two are one.
                words = values["label"][1].replace("__", "\0").replace("_", "").replace("\0", "_")
                found[words] = number
        return found

    def press(self, words: str) -> None:
        number = next(number for label, number in self.entries().items() if label == words)
        self._call("Event", "isvu", number, "clicked", ("i", 0), 0)

    def _call(self, member: str, signature: str, *body: object) -> Any:
        return self._bus.call(self._owner, self._path, _MENU, member, signature, *body)


def test_the_tray(screen: Screen, desktop_bus: DesktopBus, program: Program, gateway: Server) -> None:
    watcher = desktop_bus.tray()
    program.environment.update(CHAT2ANYLLM_TRAY="on", CHAT2ANYLLM_CLOSE_TO_TRAY="on")
    program.start()
    (owner,) = until(lambda: watcher.items, "the icon")
    menu = TrayMenu(desktop_bus, owner)
    two_sessions(screen, program, gateway)
    until(lambda: len(menu.entries()) == 5, "the sessions in the menu")
    assert list(menu.entries()) == [
        "Hide the window",
        "New session",
        "Second & last & under_score",
        "First one",
        "Quit",
    ]
    screen.key("ctrl+w")
    wait_until(lambda: not screen.windows(), "the window to go", alive=program.process)
    assert "Show the window" in menu.entries()
    menu.press("First one")
    wait_until(screen.windows, "the window", alive=program.process)
    wait_until(lambda: screen.title(screen.windows()[0]).startswith("First one"), "its session")
    menu.press("Hide the window")
    wait_until(lambda: not screen.windows(), "the window to go", alive=program.process)
    start_again(program)
    wait_until(screen.windows, "the window of a second start", alive=program.process)
    menu.press("Hide the window")
    wait_until(lambda: not screen.windows(), "the window to go", alive=program.process)
    menu.press("Quit")
    assert program.process is not None
    output, _ = program.process.communicate(timeout=30)
    assert (program.process.returncode, output) == (0, "")


def test_where_there_is_no_tray_closing_ends_the_program(
    screen: Screen, program: Program, gateway: Server
) -> None:
    program.environment.update(CHAT2ANYLLM_TRAY="on", CHAT2ANYLLM_CLOSE_TO_TRAY="on")
    program.start()
    wait_until(lambda: any(request.method == "GET" for request in gateway.requests), "the list of models")
    screen.key("ctrl+w")
    assert program.process is not None
    output, _ = program.process.communicate(timeout=30)
    assert (program.process.returncode, output) == (0, "")
