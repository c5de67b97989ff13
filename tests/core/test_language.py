"""Sentences in the user's language, without Qt."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chat2anyllm_desktop.core.language import mark, sentences, speak, tr


@pytest.fixture
def german() -> Iterator[None]:
    words = {"Send": "Senden", "To {name}": "An {name}", "{n} session(s)": "{n} Sitzungen"}
    speak(lambda text, n: "Eine Sitzung" if n == 1 else words.get(text, text))
    yield
    speak(None)


def test_english_is_what_stands_in_the_code() -> None:
    assert tr("Send") == "Send"
    assert tr("To {name}", name="{x}") == "To {x}"
    assert [tr("{n} session(s)", n=n) for n in (0, 1, 12_000)] == [
        "0 sessions",
        "1 session",
        "12,000 sessions",
    ]
    assert tr("file(s)") == "file(s)"
    assert tr("A {brace} that is no name") == "A {brace} that is no name"


@pytest.mark.usefixtures("german")
def test_another_language() -> None:
    assert tr("Send") == "Senden"
    assert tr(mark("Send")) == "Senden"
    assert tr("To {name}", name="Ada") == "An Ada"
    assert tr("Unknown to it") == "Unknown to it"
    assert [tr("{n} session(s)", n=n) for n in (1, 2, 0)] == ["Eine Sitzung", "2 Sitzungen", "0 Sitzungen"]


def test_sentences_that_follow_each_other() -> None:
    assert sentences() == ""
    assert sentences("", "One {brace}.", "", "Two.", "Three.") == "One {brace}. Two. Three."
    speak(lambda text, n: text.replace(" ", ""))
    assert sentences("一。", "二。") == "一。二。"
    speak(None)
