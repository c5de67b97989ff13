from __future__ import annotations

import pytest

from chat2anyllm_desktop.llm import client


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client tries again almost at once."""
    monkeypatch.setattr(client, "FIRST_DELAY_S", 0.01)
