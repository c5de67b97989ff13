"""The pictures of ``docs/design.md``: ``python -m tests.ui.gallery FOLDER`` draws all of them into a folder.

With ``THEME SCALE`` behind it, one variant alone is drawn into ``FOLDER/THEME-SCALEx``: every stop of the tour, and sheets
of those that belong together. ``-high`` at the end of a theme is high contrast.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import fields
from pathlib import Path

import qasync
from PySide6.QtCore import QPoint, QSettings, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.ui.dialogs.setting_names import PAGES
from chat2anyllm_desktop.ui.shortcuts import Place
from chat2anyllm_desktop.ui.tokens import Tokens
from chat2anyllm_desktop.ui.translation import Translation
from tests.ui.surfaces import SURFACES, on_show
from tests.ui.swatches import SETS, colours, controls, fonts, picture_of
from tests.ui.tour import CONSTRUCTS, Stop, Tour, furnish, tour_gateway
from tests.ui.window_driver import WindowDriver, open_window

SHEETS = {
    "tokens": ("colours", "fonts", "controls"),
    "window": ("window",),
    "parts": (
        *("docks", "roles", "name of a session", "find", "focus-message", "header", "focus-header"),
        *("title of the session", "composer", "chips", "notice-info", "notice-attention", "notice-fault"),
        *("plan", "step of a plan"),
    ),
    "transcript": ("transcript-1", "transcript-2", "transcript-3", "transcript-end"),
    "lists": ("palette: before", "palette", "search", "models", "completions", "completions: model"),
    "menus": (
        *(f"menu {place}" for place in tuple(Place)[:6]),
        *("session", "role", "message", "theme", "sessions: more", "roles: more", "tray"),
    ),
    "settings": tuple(f"settings: {page}" for page in PAGES),
    "dialogs": ("keys", "new role", "templates", "new template", "about", "picture", "attachment"),
    "first": ("welcome", "empty session", "narrow"),
}
"""What stands on each sheet, row by row: stops of the tour, surfaces of the table, and swatches."""
VARIANTS = (("light", 1), ("dark", 1), ("light-high", 1), ("dark-high", 1), ("light", 2), ("dark", 2))
"""Theme and scale. Of high contrast only what it changes most is kept."""
KEPT_OF_HIGH_CONTRAST = ("tokens", "window", "parts")
WIDTH = 1480
"""Of a sheet, at most, in pixels at 1x."""
_GAP = 16
_COLOURS = 64
_PLACES = (tempfile.gettempdir(), str(Path.home()), str(Path.cwd()), "/etc/", "/usr/")
_TOLD = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
)
"""What the settings would tell of this machine."""


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


def thrifty(picture: QImage, themes: Sequence[Tokens], count: int) -> QImage:
    """The picture in the colours of the themes, and those that it has most of besides: a third of the bytes, and nothing
    that an eye would miss."""
    pixels = Counter(memoryview(picture.constBits()).cast("B").cast("I"))
    values = (getattr(tokens, field.name) for tokens in themes for field in fields(tokens))
    ours = {value.rgb() for value in values if isinstance(value, QColor)} & pixels.keys()
    alike: dict[int, tuple[int, int]] = {}  # To four bits each: the most frequent, and how often it is there.
    for colour, often in pixels.items():
        bin_ = (colour >> 4) & 0x0F0F0F
        alike[bin_] = max(alike.get(bin_, (0, 0)), (often, colour))
    others = [colour for _, colour in sorted(alike.values(), reverse=True) if colour not in ours]
    table = [*sorted(ours), *others][:count]
    return picture.convertToFormat(QImage.Format.Format_Indexed8, table, Qt.ImageConversionFlag.AvoidDither)


async def draw(folder: Path) -> None:
    """Walk the tour; write a picture of each stop, and the sheets."""
    pictures: dict[str, QImage] = {}
    async with open_window() as driver:
        async for stop in _stops(driver):
            _check(stop)
            pictures[stop.name] = stop.picture()
        theme = driver.shell.theme
        tokens, ratio = theme.tokens, driver.window.devicePixelRatioF()
        pictures |= {"colours": colours(theme, ratio), "fonts": fonts(theme, ratio)}
        board = controls(theme)
        board.show()
        board.activateWindow()
        await asyncio.sleep(0.1)
        pictures["controls"] = await picture_of(board)
        board.close()
    for name, picture in pictures.items():
        write(picture, folder / file_name(name))
    for name, stops in SHEETS.items():
        whole = sheet([pictures[stop] for stop in stops], tokens)
        small = thrifty(whole, SETS, 256) if name == "tokens" else thrifty(whole, (tokens,), _COLOURS)
        write(small, folder / f"sheet-{name}.webp")


async def _stops(driver: WindowDriver) -> AsyncIterator[Stop]:
    """Those of the tour, and what else is in the table of surfaces."""
    seen = set()
    async for stop in Tour(driver).stops():
        seen.add(stop.name)
        yield stop
    shown = next(s for s in driver.wiring.controller.library.sessions if s.title == CONSTRUCTS)
    await driver.open(shown.id)  # A picture is in it.
    view = driver.shell.view
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    await driver.until(
        lambda: not any(placed.part.waits for placed in view._page.placed), "what is drawn beside"
    )
    for surface in SURFACES:
        if surface.name not in seen:
            async with on_show(driver, surface) as root:
                await asyncio.sleep(0.2)
                yield Stop(surface.name, (root,))


def _check(stop: Stop) -> None:
    """Raise ValueError if a path of this machine is on the picture."""
    for widget in stop.widgets:
        for part in (widget, *widget.findChildren(QWidget)):
            for ask in ("text", "placeholderText", "toPlainText", "currentText"):
                said = getattr(part, ask, "")
                said = str(said() if callable(said) else said) if part.isVisible() else ""
                if any(place in said for place in _PLACES):
                    raise ValueError(f"{stop.name} tells {said!r}")


def file_name(name: str) -> str:
    """Of the picture of a stop or a surface."""
    return name.replace(": ", "-").replace(" ", "-") + ".webp"


def write(picture: QImage, file: Path) -> None:
    """Write a picture as WebP without loss; raises OSError."""
    writer = QImageWriter(str(file), b"webp")
    writer.setQuality(100)  # This is how Qt asks WebP to lose nothing.
    if not writer.write(picture):
        raise OSError(f"{file}: {writer.errorString()}")


def run(folder: Path, theme: str, scale: int) -> Path:
    """Draw a variant in a process of its own, on a screen of 2560 by 1600; returns its folder."""
    screen = {"name": "gallery", "x": 0, "y": 0, "width": 2560 * scale, "height": 1600 * scale}
    screen |= {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    drawn = folder / f"{theme}-{scale}x"
    drawn.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        screens = Path(place) / "screens.json"
        screens.write_text(json.dumps({"windowFrameMargins": False, "screens": [screen]}))
        environment = os.environ | {
            "QT_QPA_PLATFORM": f"offscreen:configfile={screens}",
            "QT_SCALE_FACTOR": str(scale),
        }
        command = [sys.executable, "-m", "tests.ui.gallery", str(folder), theme, str(scale)]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=240, check=False
        )
    if done.returncode:
        raise RuntimeError(f"{theme} at {scale}x was not drawn:\n{done.stderr}")
    return drawn


def run_all(folder: Path) -> None:
    """Draw every variant; keep the sheets."""
    for theme, scale in VARIANTS:
        with tempfile.TemporaryDirectory() as place:
            drawn = run(Path(place), theme, scale)
            for name in SHEETS if "-" not in theme else KEPT_OF_HIGH_CONTRAST:
                shutil.copyfile(drawn / f"sheet-{name}.webp", folder / f"{name}-{theme}-{scale}x.webp")


def main() -> None:
    if len(sys.argv) == 2:
        run_all(Path(sys.argv[1]))
        return
    folder, (theme, _, high) = Path(sys.argv[1]), sys.argv[2].partition("-")
    folder = folder / f"{sys.argv[2]}-{sys.argv[3]}x"
    for name in _TOLD:
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
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
