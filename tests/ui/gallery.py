"""Draws the pictures of ``docs/design.md``: ``python -m tests.ui.gallery FOLDER THEME``, with ``-high`` behind the theme for
high contrast. Scale: ``QT_SCALE_FACTOR``.

Every stop of the tour becomes a picture in a folder named after the theme; those that belong together become a sheet.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import qasync
from PySide6.QtCore import QPoint, QSettings, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.ui.tokens import Tokens
from chat2anyllm_desktop.ui.translation import Translation
from tests.ui.tour import Tour, furnish, tour_gateway
from tests.ui.window_driver import open_window

SHEETS = {
    "window": ("window",),
    "parts": (
        *("docks", "focus-message", "header", "focus-header", "composer", "chips", "notice-info"),
        *("notice-attention", "notice-fault", "find", "plan"),
    ),
    "lists": ("palette-the", "search_everywhere-softmax", "picker", "completion"),
    "menus": ("menu-session", "menu-message", "menu-theme", "menu-2"),
    "transcript": ("transcript-1", "transcript-2", "transcript-3"),
    "dialogs": ("settings-0", "settings-3", "shortcuts", "role", "templates"),
    "first": ("welcome", "empty", "narrow"),
}
"""What stands on each sheet, row by row."""
WIDTH = 1480
"""Of a sheet, at most, in pixels at 1x."""
_GAP = 16
_COLOURS = 80


def sheet(pictures: Sequence[QImage], tokens: Tokens) -> QImage:
    """The pictures in rows, on the ground that stands out least."""
    ratio = pictures[0].devicePixelRatio()
    places: list[QPoint] = []
    x = y = height = width = 0
    for picture in pictures:
        size = picture.deviceIndependentSize().toSize()
        if x and x + size.width() > WIDTH:
            x, y, height = 0, y + height + _GAP, 0
        places.append(QPoint(x, y))
        x += size.width() + _GAP
        width, height = max(width, x - _GAP), max(height, size.height())
    whole = QImage(QSize(width, y + height) * ratio, QImage.Format.Format_RGB32)
    whole.setDevicePixelRatio(ratio)
    whole.fill(tokens.pressed)
    painter = QPainter(whole)
    for place, picture in zip(places, pictures, strict=True):
        painter.drawImage(place, picture)
    painter.end()
    return whole


def thrifty(picture: QImage, tokens: Tokens) -> QImage:
    """The picture in the colours of the theme, and those that it has most of besides: a third of the bytes, and nothing
    that an eye would miss."""
    pixels = Counter(memoryview(picture.constBits()).cast("B").cast("I"))
    values = (getattr(tokens, field.name) for field in fields(tokens))
    ours = {value.rgb() for value in values if isinstance(value, QColor)} & pixels.keys()
    alike: dict[int, tuple[int, int]] = {}  # To four bits each: the most frequent, and how often it is there.
    for colour, count in pixels.items():
        best = alike.setdefault((colour >> 4) & 0x0F0F0F, (count, colour))
        if count > best[0]:
            alike[(colour >> 4) & 0x0F0F0F] = count, colour
    others = [colour for _, colour in sorted(alike.values(), reverse=True) if colour not in ours]
    table = [*sorted(ours), *others][:_COLOURS]
    return picture.convertToFormat(QImage.Format.Format_Indexed8, table, Qt.ImageConversionFlag.AvoidDither)


async def draw(folder: Path) -> None:
    """Walk the tour; write a picture of each stop, and the sheets."""
    pictures: dict[str, QImage] = {}
    async with open_window() as driver:
        async for stop in Tour(driver).stops():
            pictures[stop.name] = stop.picture()
            write(pictures[stop.name], folder / f"{stop.name}.png")
        tokens = driver.shell.theme.tokens
    for name, stops in SHEETS.items():
        whole = sheet([pictures[stop] for stop in stops], tokens)
        write(thrifty(whole, tokens), folder / f"sheet-{name}.png")


def write(picture: QImage, file: Path) -> None:
    """Write a picture as small as PNG makes it; raises OSError."""
    if not picture.save(str(file), "PNG", 0):  # type: ignore[call-overload]  # its stubs know no format as text
        raise OSError(f"{file} cannot be written")


def main() -> None:
    folder, (theme, _, high) = Path(sys.argv[1]) / sys.argv[2], sys.argv[2].partition("-")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, tour_gateway() as gateway:
        os.environ |= {
            "CHAT2ANYLLM_HOME": home,
            "CHAT2ANYLLM_KEYRING": "off",
            "CHAT2ANYLLM_THEME": theme,
            "CHAT2ANYLLM_CONTRAST": high or "normal",
            "CHAT2ANYLLM_LOCAL_ENABLED": "off",
            "LITELLM_BASE_URL": gateway.url,
            "LITELLM_API_KEY": "sk-shown-nowhere",
        }
        shown = furnish()
        paths.make_folder(paths.state_folder())
        settings = QSettings(str(paths.state_folder() / "window.ini"), QSettings.Format.IniFormat)
        settings.setValue("session", shown)
        settings.sync()
        app = QApplication(sys.argv[:1])
        Translation(app, "en")
        loop = qasync.QEventLoop(app)
        asyncio.set_event_loop(loop)
        with loop:
            loop.run_until_complete(draw(folder))


if __name__ == "__main__":
    main()
