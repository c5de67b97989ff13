"""The list of models, used by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.models import Model, ModelSource
from chat2anyllm_desktop.ui.model_picker import ModelPicker
from chat2anyllm_desktop.ui.model_rows import MODEL_ROLE, context_words, price_words, words
from chat2anyllm_desktop.ui.theme import Theme

MODELS = [
    Model(
        name="gpt-x",
        provider="openai",
        max_input_tokens=128_000,
        input_cost_per_token=2.5e-6,
        output_cost_per_token=10e-6,
        vision=True,
        tools=True,
        deployments=3,
    ),
    Model(name="gpt-mini", provider="openai"),
    Model(name="opus", provider="anthropic", max_input_tokens=1_000_000, reasoning=True),
    Model(name="tiny", source=ModelSource.EMBEDDED, input_cost_per_token=0.0, output_cost_per_token=0.0),
]


@pytest.fixture
def picker(qtbot: QtBot) -> Iterator[ModelPicker]:
    button = QPushButton("models")
    qtbot.addWidget(button)
    button.show()
    picker = ModelPicker(Theme("light"), button)
    picker.set_models(MODELS, "opus")
    picker.open_below(button)
    yield picker
    picker.close()


def shown(picker: ModelPicker) -> list[str]:
    return [picker.model.index(row).data() for row in range(picker.model.rowCount())]


def test_groups_begin_with_that_of_the_current_model(picker: ModelPicker) -> None:
    assert shown(picker) == ["anthropic", "opus", "openai", "gpt-x", "gpt-mini", "On this computer", "tiny"]
    assert picker.list.currentIndex().data() == "opus"


def test_typing_narrows_by_merit_and_enter_takes_the_best(picker: ModelPicker, qtbot: QtBot) -> None:
    qtbot.keyClicks(picker.filter, "gmin")
    assert shown(picker) == ["gpt-mini"]
    with qtbot.waitSignal(picker.picked) as picked:
        qtbot.keyClick(picker.filter, Qt.Key.Key_Return)
    assert picked.args == ["gpt-mini"]
    assert not picker.isVisible()


def test_a_provider_finds_its_models(picker: ModelPicker, qtbot: QtBot) -> None:
    qtbot.keyClicks(picker.filter, "openai")
    assert sorted(shown(picker)) == ["gpt-mini", "gpt-x"]


def test_arrows_pass_over_headings_and_stop_at_the_ends(picker: ModelPicker, qtbot: QtBot) -> None:
    qtbot.keyClick(picker.filter, Qt.Key.Key_Up)
    assert picker.list.currentIndex().data() == "opus"
    qtbot.keyClick(picker.filter, Qt.Key.Key_Down)
    assert picker.list.currentIndex().data() == "gpt-x"
    qtbot.keyClick(picker.filter, Qt.Key.Key_PageDown)
    assert picker.list.currentIndex().data() == "tiny"
    with qtbot.waitSignal(picker.picked) as picked:
        qtbot.keyClick(picker.filter, Qt.Key.Key_Return)
    assert picked.args == ["tiny"]


def test_nothing_found_is_said_and_enter_does_nothing(picker: ModelPicker, qtbot: QtBot) -> None:
    qtbot.keyClicks(picker.filter, "zzz")
    assert shown(picker) == []
    with qtbot.assertNotEmitted(picker.picked):
        qtbot.keyClick(picker.filter, Qt.Key.Key_Return)
    qtbot.keyClick(picker.filter, Qt.Key.Key_Escape)
    assert len(shown(picker)) == 7
    qtbot.keyClick(picker.filter, Qt.Key.Key_Escape)
    assert not picker.isVisible()


def test_models_that_arrive_while_open_are_shown(picker: ModelPicker, qtbot: QtBot) -> None:
    qtbot.keyClicks(picker.filter, "new")
    picker.set_models([*MODELS, Model(name="brand-new", provider="openai")], "opus")
    assert shown(picker) == ["brand-new"]


def test_a_click_takes_a_model(picker: ModelPicker, qtbot: QtBot) -> None:
    index = next(
        picker.model.index(row)
        for row in range(picker.model.rowCount())
        if picker.model.index(row).data() == "gpt-x"
    )
    assert index.data(MODEL_ROLE) == MODELS[0]
    with qtbot.waitSignal(picker.picked) as picked:
        place = picker.list.visualRect(index).center()
        qtbot.mouseClick(picker.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert picked.args == ["gpt-x"]


@pytest.mark.parametrize(
    ("tokens", "said"),
    [(None, ""), (900, "900"), (8192, "8k"), (128_000, "128k"), (1_048_576, "1.05M"), (2_000_000, "2M")],
)
def test_context_in_few_letters(tokens: int | None, said: str) -> None:
    assert context_words(tokens) == said


def test_prices_per_million() -> None:
    assert price_words(MODELS[0]) == "$2.50 / $10"
    assert price_words(MODELS[1]) == ""
    assert price_words(MODELS[3]) == "free"
    cheap = Model(name="c", input_cost_per_token=2e-8, output_cost_per_token=0.0)
    assert price_words(cheap) == "$0.02 / $0"


def test_a_screen_reader_hears_what_the_columns_show() -> None:
    said = words(MODELS[0])
    for part in ("gpt-x", "128k", "$2.50 / $10 per million", "sees pictures", "uses tools", "3 deployments"):
        assert part in said
    assert "reasons" not in said
