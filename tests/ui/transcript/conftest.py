from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.transcript.stage import Stage


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    """An empty transcript, 800 by 600 pixels. At the end its books must be in order. Images are decoded in a thread, and
    nothing of Qt's may be collected there."""
    gc.disable()
    result = Stage(qtbot)
    yield result
    result.check()
    qtbot.waitUntil(lambda: not result.view.pictures.gallery.busy)
    gc.enable()
