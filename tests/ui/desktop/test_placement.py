"""The window comes back where it was, on screens that are others meanwhile. Each start is a process with its own screens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
_START = """
import json, sys
from PySide6.QtCore import QRect, QSettings, QSize, Qt
from PySide6.QtWidgets import QApplication, QMainWindow
from chat2anyllm_desktop.ui.desktop import placement

app = QApplication(sys.argv[:1])
kept = QSettings(sys.argv[1], QSettings.Format.IniFormat)
window = QMainWindow()
window.setMinimumSize(300, 200)
window.resize(1120, 760)
placement.restore(window, kept)
window.show()
wish = json.loads(sys.argv[2])
if "place" in wish:
    window.setGeometry(QRect(*wish["place"]))
if "state" in wish:
    window.setWindowState(getattr(Qt.WindowState, wish["state"]))
app.processEvents()
screens = [screen.availableGeometry() for screen in app.screens()]
print(json.dumps({
    "place": window.geometry().getRect(),
    "normal": window.normalGeometry().getRect(),
    "state": window.windowState().name,
    "inside": any(screen.adjusted(-2, -2, 2, 2).contains(window.geometry()) for screen in screens),
}))
window.hide()
placement.save(window, kept)
"""

ONE = [(0, 0, 1920, 1080)]
TWO = [(0, 0, 1920, 1080), (1920, 0, 1600, 1200)]
SMALL = [(0, 0, 1024, 600)]
MOVED = [(0, 0, 1600, 1200), (-1920, 0, 1920, 1080)]


@pytest.fixture
def start(tmp_path: Path) -> Any:
    """Start with these screens; returns where the window was, once it was put where it is wished."""

    def run(screens: list[tuple[int, int, int, int]], **wish: object) -> dict[str, Any]:
        config = tmp_path / "screens.json"
        entries = [
            {
                "name": f"S{number}",
                "x": x,
                "y": y,
                "width": width,
                "height": height,
                "logicalDpi": 96,
                "dpr": 1,
            }
            for number, (x, y, width, height) in enumerate(screens)
        ]
        config.write_text(json.dumps({"screens": entries}))
        done = subprocess.run(
            [sys.executable, "-c", _START, str(tmp_path / "window.ini"), json.dumps(wish)],
            env={**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={config}"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return dict(json.loads(done.stdout))

    return run


def test_the_same_screens(start: Any) -> None:
    start(TWO, place=(2000, 300, 900, 700))
    assert start(TWO)["place"] == [2000, 300, 900, 700]


def test_the_screen_is_gone(start: Any) -> None:
    start(TWO, place=(2000, 300, 900, 700))
    now = start(ONE)
    assert now["inside"], now
    assert now["place"][2:] == [900, 700]


@pytest.mark.parametrize("screens", [MOVED, SMALL, [(0, 0, 800, 480)]], ids=["others", "small", "tiny"])
def test_screens_of_quite_another_kind(start: Any, screens: list[tuple[int, int, int, int]]) -> None:
    start(TWO, place=(1950, 100, 1500, 1050))
    now = start(screens)
    assert now["inside"], now


def test_the_first_start_fits_a_small_screen(start: Any) -> None:
    now = start(SMALL)
    assert now["inside"], now
    assert now["place"][2] <= 1024
    assert now["place"][3] <= 600


@pytest.mark.parametrize("state", ["WindowMaximized", "WindowFullScreen"])
@pytest.mark.parametrize("screens", [ONE, SMALL], ids=["same", "smaller"])
def test_a_window_that_filled_its_screen_fills_it_again(
    start: Any, state: str, screens: list[tuple[int, int, int, int]]
) -> None:
    start(ONE, place=(200, 100, 900, 700), state=state)
    assert state in start(screens)["state"]


def test_a_window_that_was_dragged_almost_off_the_screen(start: Any) -> None:
    start(ONE, place=(1900, 1060, 900, 700))
    assert start(ONE)["inside"]


def test_minimised_is_not_how_it_comes_back(start: Any) -> None:
    start(ONE, place=(200, 100, 900, 700), state="WindowMinimized")
    now = start(ONE)
    assert now["state"] == "WindowNoState"
    assert now["place"] == [200, 100, 900, 700]
