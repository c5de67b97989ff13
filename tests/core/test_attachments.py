"""Attachments in the text of a message: written, and read again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat2anyllm_desktop.core.attachments import (
    Attachment,
    attached,
    joined,
    merged,
    taken_apart,
    without_contents,
)

TEXT = st.text(st.sampled_from("`a:\n \r#日😀\u2028"), max_size=60)


def test_a_file_stands_behind_the_text_under_its_name() -> None:
    message = joined("Look:", [attached("a b.py", "x = 1\n"), attached("notes.txt", "one\r\ntwo")])
    assert message == "Look:\n\na b.py:\n````py\nx = 1\n````\n\nnotes.txt:\n````\none\ntwo\n````"


def test_a_fence_is_longer_than_any_inside() -> None:
    inside = "```py\nx\n```\n``````\n"
    message = joined("", [attached("a.md", inside)])
    assert message.startswith("a.md:\n```````md\n")
    assert taken_apart(message) == ("", (Attachment("a.md", inside.removesuffix("\n")),))


@given(TEXT, st.lists(st.builds(attached, TEXT, TEXT), max_size=4))
@example("", [attached("", "")])
@example("text\n\n", [attached("x", "\n")])
@example("a:\n````\nx\n````", [])
def test_what_was_put_together_is_taken_apart(text: str, attachments: list[Attachment]) -> None:
    message = joined(text, attachments)
    found, pieces = taken_apart(message)
    assert joined(found, pieces) == message
    if not text.rstrip("`").endswith(
        "\n"
    ):  # Else what was typed itself ends like something attached, or nearly.
        assert (found, list(pieces)) == (text, attachments)


@given(TEXT)
def test_any_other_text_stays_what_it_is(text: str) -> None:
    found, pieces = taken_apart(text)
    assert joined(found, pieces) == text


@pytest.mark.parametrize(
    "typed",
    [
        "`x.py`\n```py\nx\n```",
        "a.py:\n```py\nx\n```",
        "see ````",
        "````",
        "````\nx\n````",
        "no name\n````\nx\n````",
        "behind text a.py:\n````\nx\n````\nand more",
    ],
)
def test_what_people_type_is_no_attachment(typed: str) -> None:
    assert taken_apart(typed) == (typed, ())


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a\nb.py", "a b.py"),
        ("  ", "text"),
        ("``x``", "x"),
        ("x:y.py", "x:y.py"),
        ("日本 語.txt", "日本 語.txt"),
    ],
)
def test_names_are_one_line(given: str, name: str) -> None:
    piece = attached(given, "x")
    assert piece.name == name
    assert taken_apart(joined("", [piece])) == ("", (piece,))


@pytest.mark.parametrize(
    ("name", "info"),
    [("a.py", "py"), ("a.H", "c"), ("a", ""), ("a.b c", ""), ("Makefile", ""), ("x.log", "")],
)
def test_the_language_is_told_by_the_name(name: str, info: str) -> None:
    assert f"{name}:\n````{info}\nx\n" in joined("", [attached(name, "x")])


def test_titles_tell_what_was_typed_or_the_names() -> None:
    pieces = [attached("a.py", "x"), attached("b.py", "y")]
    assert without_contents(joined("Explain", pieces)) == "Explain"
    assert without_contents(joined("", pieces)) == "a.py, b.py"
    assert without_contents("plain") == "plain"


def test_many_attachments_take_no_time() -> None:
    pieces = [attached(f"{n}.py", "line\n" * 2_000) for n in range(200)]
    assert taken_apart(joined("x", pieces)) == ("x", tuple(pieces))


def test_two_messages_become_one_with_everything_attached_behind_it() -> None:
    a, b = attached("a.py", "x"), attached("b.py", "y")
    assert merged(joined("one", [a]), joined("two", [b])) == joined("one\ntwo", [a, b])
    assert merged(joined("", [a]), "two") == joined("two", [a])
    assert merged("", "") == ""


def test_text_without_a_name_stands_as_it_is() -> None:
    assert joined("one", [Attachment("", "long"), attached("a", "x")]) == "one\n\nlong\n\na:\n````\nx\n````"
