"""Icons beside words are drawn for the screen that they are on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_SCREENS = [
    {
        "name": name,
        "x": x,
        "y": 0,
        "width": 800,
        "height": 600,
        "logicalDpi": 96,
        "logicalBaseDpi": 96,
        "dpr": 1,
    }
    for name, x in (("one", 0), ("two", 800))
]
_MOVED = """
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from chat2anyllm_desktop.ui.symbol import Symbol
from chat2anyllm_desktop.ui.theme import Theme

app = QApplication([])
theme = Theme("light")
window = QWidget()
symbol = Symbol(theme, 20)
symbol.set_icon("fault", theme.tokens.fault)
QVBoxLayout(window).addWidget(symbol)
for screen, left in zip(app.screens(), (100, 900)):
    window.hide()
    window.setScreen(screen)
    window.setGeometry(left, 100, 200, 100)
    window.show()
    QTest.qWait(50)
    image = symbol.grab().toImage()
    # What was enlarged has pairs of the same pixels.
    pairs = [(x, y) for x in range(0, image.width(), 2) for y in range(image.height())]
    fine = any(image.pixel(x, y) != image.pixel(x + 1, y) for x, y in pairs)
    print(screen.name(), image.width(), fine)
"""


def test_a_window_that_moves_to_a_finer_screen_shows_finer_icons(tmp_path: Path) -> None:
    screens = tmp_path / "screens.json"
    screens.write_text(json.dumps({"screens": _SCREENS}), encoding="utf-8")
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": f"offscreen:configfile={screens}",
        "QT_SCREEN_SCALE_FACTORS": "one=1;two=2",
    }
    done = subprocess.run(
        [sys.executable, "-c", _MOVED], env=environment, text=True, capture_output=True, check=True
    )
    assert done.stdout.splitlines() == ["one 20 True", "two 40 True"]
