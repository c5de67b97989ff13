"""The pictures of the README are those of the program: ``make pictures`` puts them there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from chat2anyllm_desktop.ui.theme import Theme

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "pictures"


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_window_in_use(theme: str, scale: int) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    file = PICTURES / f"window-{theme}-{scale}x.png"
    command = [sys.executable, "-m", "tests.ui.showcase", theme, str(file)]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(scale)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    picture = QImage(str(file))
    assert (picture.width(), picture.height()) == (1160 * scale, 1010 * scale)
    ground = Theme(theme).tokens.background
    middle = [picture.pixelColor(1120 * scale, y) for y in range(200 * scale, 700 * scale, 7)]
    assert all(colour == ground for colour in middle), (
        "something stands where the margin of the text should be"
    )
    assert picture.pixelColor(0, 0) != QColor("black") or theme == "dark"
