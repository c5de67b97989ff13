"""What is said of an answer when it has ended."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.ui.transcript.announcements import first_words
from tests.ui.transcript.stage import Stage, message


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("", ""),
        ("Paris.", "Paris."),
        (
            "**Yes**, with `a` and [this](https://example.com).\n\n- One\n- Two",
            "Yes, with a and this. - One - Two",
        ),
        (f"It is 3.14, says pi. It {'really ' * 40}is.", "It is 3.14, says pi."),
        (f"# Title\n\n{'word ' * 60}", "Title"),
        (f"是的。{'很' * 300}", "是的。"),
        ("word " * 60, f"{'word ' * 31}word…"),
        ("x" * 500, f"{'x' * 160}…"),
    ],
)
def test_first_words(markdown: str, said: str) -> None:
    assert first_words(markdown) == said


def test_words_about_what_was_found(stage: Stage) -> None:
    stage.reset(message(0, "one two one"), message(1, "one"))
    told: list[str] = []
    stage.view._finding.told.connect(told.append)
    stage.view.open_find()
    stage.view._overlays.find_bar.field.setText("one")
    stage.view.find_step(1)
    stage.view._overlays.find_bar.field.setText("three")
    stage.view._overlays.find_bar.field.clear()
    assert told == ["3 of 3", "1 of 3", "Nothing found", ""]
