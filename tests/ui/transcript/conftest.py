from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.transcript.stage import Stage


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    """An empty transcript, 800 by 600 pixels. At the end its books must be in order."""
    result = Stage(qtbot)
    yield result
    result.check()
