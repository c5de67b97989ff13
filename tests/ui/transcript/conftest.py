from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.transcript.stage import Stage


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    """An empty transcript, 800 by 600 pixels."""
    return Stage(qtbot)
