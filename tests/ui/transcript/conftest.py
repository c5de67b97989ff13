from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.ui.transcript.gallery import _worker
from tests.ui.transcript.stage import Stage


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    """An empty transcript, 800 by 600 pixels. At the end its books must be in order. Images are decoded in a thread, and
    nothing of Qt's may be collected there."""
    gc.disable()
    result = Stage(qtbot)
    yield result
    result.check()
    _worker().submit(int).result()  # Behind whatever is still being decoded.
    gc.enable()
