"""Ranking of completions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat2anyllm_desktop.chat.fuzzy import Candidates, rank


def ranked(query: str, *candidates: str) -> list[str]:
    return [candidates[match.index] for match in rank(query, candidates)]


def marked(query: str, candidate: str) -> str:
    (match,) = rank(query, [candidate])
    return "".join(
        letter.upper() if index in match.positions else letter for index, letter in enumerate(candidate)
    )


def test_order() -> None:
    assert ranked("mod", "xmod", "a mod", "models", "mod", "m-o-d", "mxoxd", "mxoxxxd", "dom") == [
        "mod",
        "models",
        "a mod",
        "m-o-d",
        "xmod",
        "mxoxd",
        "mxoxxxd",
    ]


def test_signs_around_it_do_not_make_another_text() -> None:
    candidates = Candidates(["roles", "/roles", "/role"])
    assert [match.index for match in candidates.rank("role")] == [2, 0, 1]


def test_shorter_first_and_equals_stay_in_order() -> None:
    assert ranked("gpt", "gpt-long", "gpt-b", "gpt-a") == ["gpt-b", "gpt-a", "gpt-long"]


def test_words_in_any_order_and_letters_of_words() -> None:
    assert ranked("bug par", "a bug partly", "parser bug", "bugpar", "the parbug", "pug bar") == [
        "a bug partly",
        "parser bug",
        "bugpar",
        "the parbug",
    ]
    assert ranked("ns", "sessions", "New session", "no rest", "nest") == [
        "New session",
        "sessions",
        "nest",
        "no rest",
    ]
    assert ranked("nst", "a b n x s y t", "n t s") == ["a b n x s y t"]


def test_chinese_whole_apart_and_by_words() -> None:
    assert ranked("迁移", "数据库迁移方案", "迁移", "移迁", "东迁西移") == [
        "迁移",
        "数据库迁移方案",
        "东迁西移",
    ]
    assert ranked("方案 数据", "数据库迁移方案", "方案") == ["数据库迁移方案"]
    assert marked("库案", "数据库方案") == "数据库方案"


def test_without_shorter_first_equals_stay_as_they_were_given() -> None:
    candidates = Candidates(["par three", "par", "a par", "parser one", "parser"])
    assert [match.index for match in candidates.rank("par")] == [1, 0, 3, 4, 2]
    assert [match.index for match in candidates.rank("par", limit=2)] == [1, 0]
    assert len(candidates) == 5


def test_no_text_makes_it_slow() -> None:
    hostile = ["a " * 5_000, "a" * 10_000, "b a " * 2_500]
    assert rank("aaaaaaaaaaaaaaab c", hostile) == rank("a" * 30 + "z", hostile) == []


def test_an_empty_query_takes_all_as_they_stand() -> None:
    assert ranked(" ", "b", "a") == ["b", "a"]
    assert rank("", ["a", "b", "c"], limit=2) == rank("", ["a", "b"])


@pytest.mark.parametrize(
    ("query", "candidate", "picture"),
    [
        ("mini", "gpt-mini", "gpt-MINI"),
        ("GPT", "gpt", "GPT"),
        ("pm", "model:plan-mode", "model:Plan-Mode"),
        ("on", "no-on", "no-ON"),
        ("claude 4", "claude-sonnet-4", "CLAUDE-sonnet-4"),
        ("a.b", "xa.bx", "xA.Bx"),
        ("ns", "new session", "New Session"),
        ("bug par", "parser bug", "PARser BUG"),
        ("rsr bg", "the parser bug", "the paRSeR BuG"),
        ("nes", "new session", "NEw Session"),
    ],
)
def test_positions(query: str, candidate: str, picture: str) -> None:
    assert marked(query, candidate) == picture


def test_letters_that_grow_in_lower_case_do_not_shift_positions() -> None:
    (match,) = rank("x", ["İİx"])
    assert match.positions == (2,)


_FEW = st.text(st.sampled_from("aAb -数"), max_size=9)


@given(st.lists(_FEW, max_size=12), st.lists(st.text(st.sampled_from("ab 数"), max_size=5), max_size=6))
def test_what_was_asked_before_changes_nothing(candidates: list[str], queries: list[str]) -> None:
    asked = Candidates(candidates)
    for query in [text[:end] for text in queries for end in range(len(text) + 1)]:
        assert asked.rank(query, limit=5) == Candidates(candidates).rank(query, limit=5)


@given(st.text(max_size=6), st.lists(st.text(max_size=12), max_size=8))
def test_matches_are_matches(query: str, candidates: list[str]) -> None:
    found = rank(query, candidates)
    assert len({match.index for match in found}) == len(found)
    for match in found:
        assert list(match.positions) == sorted(set(match.positions))
        letters = [candidates[match.index][position].lower() for position in match.positions]
        if candidates[match.index].isascii() and query.isascii():
            assert "".join("".join(letters).split()) == "".join(query.lower().split())
