from __future__ import annotations

from chat2anyllm_desktop.core.models import Model, ModelSource
from chat2anyllm_desktop.llm.demo import DEMO_MODEL
from chat2anyllm_desktop.ui.welcome.lines import first_words, welcome_lines


def test_the_demo_says_plainly_what_it_is_and_what_to_do() -> None:
    text = " ".join(welcome_lines(DEMO_MODEL, has_gateway=False))
    for words in ("demo", "no model behind it", "Settings"):
        assert words in text


def test_the_embedded_model_says_that_it_is_small_and_local() -> None:
    model = Model(name="tiny", source=ModelSource.EMBEDDED)
    alone = " ".join(welcome_lines(model, has_gateway=False))
    for words in ("tiny answers", "this computer", "gateway"):
        assert words in alone
    assert "gateway" not in " ".join(welcome_lines(model, has_gateway=True))


def test_a_model_of_the_gateway_is_named() -> None:
    assert welcome_lines(Model(name="gpt-x"), has_gateway=True)[0] == "gpt-x answers."


def test_without_a_model_the_keys_are_there() -> None:
    assert "F1" in " ".join(welcome_lines(None, has_gateway=False))


def test_nothing_has_to_be_set_up_before_typing() -> None:
    for model in (None, DEMO_MODEL, Model(name="tiny", source=ModelSource.EMBEDDED)):
        assert "Type a message below at any time" in first_words(model)
    assert "sample answer" in first_words(DEMO_MODEL)
