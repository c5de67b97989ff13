"""Prompt templates: what is a variable, what stays text, and what comes of values."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat2anyllm_desktop.core.errors import InputError
from chat2anyllm_desktop.core.templates import (
    _PLACE,
    Part,
    Variable,
    filled,
    parse,
    template_name,
    variables,
)

HOSTILE = st.text("{}ab=:| \n-1é", max_size=60)
NAMES = st.sampled_from(["lang", "text", "文", "a-b", "a_1"])
WORDS = st.text("ab c.,é\"'/", max_size=8)
LITERALS = st.text("ab {}=|\n", max_size=8)


def escaped(text: str) -> str:
    """A template that gives exactly this text: braces around what would be a variable are doubled."""
    return _PLACE.sub(lambda found: "{" * len(found[1]) + found[0] + "}" * len(found[5]), text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Explain {text}.", ["Explain ", Variable("text"), "."]),
        ("{lang=Python}", [Variable("lang", "Python")]),
        ("{lang= two words }", [Variable("lang", "two words")]),
        ("{note=}", [Variable("note", "")]),
        ("{tone:short| long |short}", [Variable("tone", "short", ("short", "long"))]),
        ("{tone:|loud}", [Variable("tone", "", ("", "loud"))]),
        ("{语言}{a-b_1}", [Variable("语言"), Variable("a-b_1")]),
        # The first that says more than its name counts everywhere.
        ("{a} {a=1} {a=2}", [Variable("a", "1"), " ", Variable("a", "1"), " ", Variable("a", "1")]),
        # Doubled braces stand for themselves.
        ("{{text}}", ["{text}"]),
        ("{{lang=Python}}", ["{lang=Python}"]),
        ("{{{text}}}", ["{", Variable("text"), "}"]),
        ("{{{{text}}}}", ["{{text}}"]),
        # Everything else stays as it is.
        ('{"a": {"b": 1}}', ['{"a": {"b": 1}}']),
        ("style={{color: 'red'}}", ["style={{color: 'red'}}"]),
        ("{} {1} { text } {a b} {a:b} {a\n}", ["{} {1} { text } {a b} {a:b} {a\n}"]),
        ("{a={b}", ["{a=", Variable("b")]),
        ("}{", ["}{"]),
        ("{text}}", [Variable("text"), "}"]),
        ("", []),
    ],
)
def test_parts(text: str, parts: list[Part]) -> None:
    assert parse(text) == parts


def test_filling_in() -> None:
    parts = parse("{lang=Python}: {text} ({tone:short|long}, {text})")
    assert [each.name for each in variables(parts)] == ["lang", "text", "tone"]
    assert filled(parts, {"text": "{lang}"}) == "Python: {lang} (short, {lang})"
    assert filled(parts, {"text": "x", "lang": "", "tone": "other"}) == ": x (other, x)"
    with pytest.raises(InputError, match="text is not filled in yet"):
        filled(parts, {"lang": "C"})


@given(HOSTILE)
def test_whatever_is_typed_can_be_filled_in(text: str) -> None:
    parts = parse(text)
    values = {each.name: f"<{each.name}>" for each in variables(parts)}
    assert len(filled(parts, values)) <= len(text) + 2 * text.count("{")
    assert not any(isinstance(one, str) and isinstance(other, str) for one, other in pairwise(parts))


@given(HOSTILE)
def test_any_text_can_be_a_template_of_itself(text: str) -> None:
    assert filled(parse(escaped(text)), {}) == text


@given(st.lists(st.one_of(LITERALS, NAMES.map(Variable)), max_size=8), st.dictionaries(NAMES, WORDS))
def test_what_is_written_down_is_read_again(wanted: list[Part], given_values: dict[str, str]) -> None:
    parts = _joined(wanted)
    values = dict.fromkeys(("lang", "text", "文", "a-b", "a_1"), "") | given_values
    template = "".join(
        f" {{{part.name}}} " if isinstance(part, Variable) else escaped(part) for part in parts
    )
    text = "".join(f" {values[part.name]} " if isinstance(part, Variable) else part for part in parts)
    assert filled(parse(template), values) == text


def _joined(parts: list[Part]) -> list[Part]:
    """Texts that meet may make a variable that neither has: escaping is for a whole text."""
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


@pytest.mark.parametrize(
    "text", ["{" * 100_000, "{a" * 50_000, "{a=" * 50_000, "{a:|" * 50_000, "}" * 100_000]
)
def test_hostile_braces_cost_linear_time(text: str) -> None:
    """It ends: tried with every way back, these would take hours."""
    assert "".join(part for part in parse(text) if isinstance(part, str)) == text


def test_names() -> None:
    assert template_name(" /Review ") == "review"
    assert template_name("e\u0301clair") == "éclair"
    assert template_name("code:review") == "code:review"
    for bad in ("", "/", "//", "two words", "a\u2028b", "a" * 41):
        with pytest.raises(InputError):
            template_name(bad)
