"""What a session is called after its first message."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.core.models import DEFAULT_TITLE, TITLE_LENGTH, title_from


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (" \n\t", DEFAULT_TITLE),
        ("Short,\n  and on two lines", "Short, and on two lines"),
        ("x" * TITLE_LENGTH, "x" * TITLE_LENGTH),
        ("x" * (TITLE_LENGTH + 1), "x" * (TITLE_LENGTH - 1) + "…"),
        ("写" * 100, "写" * (TITLE_LENGTH - 1) + "…"),
        ("Look at https://example.org/" + "a" * 60, "Look at https://example.org/" + "a" * 31 + "…"),
        (
            "Write a Python function that adds two numbers, as a code block",
            "Write a Python function that adds two numbers, as a code…",
        ),
        ("a word " * 9, "a word a word a word a word a word a word a word a word a…"),
        (
            "A title that ends with a comma just before the last words, xxxx",
            "A title that ends with a comma just before the last words…",
        ),
    ],
)
def test_a_long_message_is_cut_between_words_and_says_so(text: str, title: str) -> None:
    assert title_from(text) == title
    assert len(title) <= TITLE_LENGTH
