"""Where a place in a text is once the text is another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat2anyllm_desktop.ui.transcript.drift import moved

TEXTS = st.text(st.sampled_from("ab *_[]() 中👩"), max_size=30)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("a **b c d", "a b c d e", "c"),
        ("a `b [c d", "a b c (x.y) d", "d"),
        ("[x] and [y] then these words", "x (u) and y then these words", "these words"),
        ("a b c", "a b c d", "b c"),
        ("note[^1] here", "note[1] here", "here"),
        ("word " * 1_000 + "**the end", "word " * 1_000 + "the end", "the end"),
    ],
)
def test_words_are_found_again(old: str, new: str, words: str) -> None:
    start = old.rindex(words)
    begin, end = moved(old, new, start, begins=True), moved(old, new, start + len(words), begins=False)
    assert new[begin:end] == words


def test_what_is_gone_leaves_its_place() -> None:
    assert moved("a [gone](b) c", "a c", 3, begins=True) == 2
    assert moved("a [gone](b) c", "a c", 7, begins=False) == 2
    assert moved("gone", "", 2, begins=True) == moved("gone", "", 2, begins=False) == 0


@given(TEXTS, TEXTS, st.booleans(), st.data())
def test_a_place_stays_inside(old: str, new: str, begins: bool, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(old)))
    assert 0 <= moved(old, new, at, begins=begins) <= len(new)


@given(TEXTS, TEXTS, st.booleans(), st.data())
def test_what_is_added_behind_moves_nothing(old: str, more: str, begins: bool, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(old)))
    assert moved(old, old + more, at, begins=begins) == at
