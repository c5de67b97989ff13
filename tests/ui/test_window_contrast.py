"""High contrast, chosen in the window and in its settings: put on at once, and worn again at the next start."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.ui.high_contrast import HIGH_DARK
from chat2anyllm_desktop.ui.theme import DARK
from tests.conftest import LoopRunner
from tests.ui.window_driver import open_window


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT2ANYLLM_LOCAL_ENABLED", "off")


def test_high_contrast_is_put_on_kept_and_taken_off(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.wiring.controller.theme_wanted.emit("dark")
            desk.window.action_requested.emit("high_contrast")
            assert desk.shell.theme.tokens is HIGH_DARK
            await desk.wiring.controller.tasks.join("settings:save")
        async with open_window() as again:
            await again.ready()
            assert again.shell.theme.tokens is HIGH_DARK
            again.window.header.contrast_requested.emit()
            assert again.shell.theme.tokens is DARK
            assert again.shell.theme.contrast == "normal"
            await again.wiring.controller.tasks.join("settings:save")
            again.wiring.preferences.save({"contrast": "high"})
            await again.until(lambda: again.shell.theme.tokens is HIGH_DARK, "what the settings say")

    qt_loop.run(scenario())
