"""Draws every stop of the tour: ``python -m tests.ui.gallery FOLDER THEME...``. Scale: ``QT_SCALE_FACTOR``."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import qasync
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.ui.translation import Translation
from tests.ui.tour import Tour, furnish, tour_gateway
from tests.ui.window_driver import open_window


async def draw(folder: Path) -> None:
    """Walk the tour and write a picture of each stop."""
    async with open_window() as driver:
        async for stop in Tour(driver).stops():
            file = folder / f"{stop.name}.png"
            if not stop.picture().save(str(file)):
                raise OSError(f"{file} cannot be written")


def main() -> None:
    theme, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, tour_gateway() as gateway:
        os.environ |= {
            "CHAT2ANYLLM_HOME": home,
            "CHAT2ANYLLM_KEYRING": "off",
            "CHAT2ANYLLM_THEME": theme,
            "CHAT2ANYLLM_LOCAL_ENABLED": "off",
            "LITELLM_BASE_URL": gateway.url,
            "LITELLM_API_KEY": "sk-shown-nowhere",
        }
        shown = furnish()
        paths.make_folder(paths.state_folder())
        QSettings(str(paths.state_folder() / "window.ini"), QSettings.Format.IniFormat).setValue(
            "session", shown
        )
        app = QApplication(sys.argv[:1])
        Translation(app, "en")
        loop = qasync.QEventLoop(app)
        asyncio.set_event_loop(loop)
        with loop:
            loop.run_until_complete(draw(folder))


if __name__ == "__main__":
    main()
