"""Streaming: after every piece exactly what a full parse says, at a cost that does not grow."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat2anyllm_desktop.render import nodes as n
from chat2anyllm_desktop.render.dialect import parse
from chat2anyllm_desktop.render.plain import plain_text
from chat2anyllm_desktop.render.stream import IncrementalParser
from tests.render.build import link, p
from tests.render.documents import DOCUMENTS
from tests.render.test_blocks import ALL
from tests.render.test_inlines import CASES

EXAMPLES = int(os.environ.get("CHAT2ANYLLM_TEST_EXAMPLES", "300"))
"""How many documents are made up for each property; 20,000 have been, with ``-o faulthandler_timeout=0``."""

SIZES = st.lists(st.sampled_from([0, 1, 1, 2, 3, 5, 8, 30]), min_size=1, max_size=20).filter(any)


def check(parser: IncrementalParser, piece: str, text: str) -> None:
    before = parser.blocks
    update = parser.append(piece)
    blocks = parser.blocks
    full = parse(text)
    assert blocks == full
    assert [block.span for block in blocks] == [block.span for block in full]
    assert update.blocks == blocks[update.stable :]
    assert len(parser) == len(blocks)
    assert all(old is new for old, new in zip(before[: update.stable], blocks, strict=False))
    assert parser.text == text


@pytest.mark.timeout(0 if EXAMPLES > 300 else 180)
@settings(max_examples=EXAMPLES, deadline=None)
@given(DOCUMENTS)
def test_same_as_a_full_parse_at_every_prefix(text: str) -> None:
    parser = IncrementalParser()
    for end in range(1, len(text) + 1):
        check(parser, text[end - 1 : end], text[:end])


@pytest.mark.timeout(0 if EXAMPLES > 300 else 180)
@settings(max_examples=EXAMPLES, deadline=None)
@given(DOCUMENTS, SIZES)
def test_same_as_a_full_parse_after_pieces_of_any_size(text: str, sizes: list[int]) -> None:
    parser = IncrementalParser()
    position = turn = 0
    while position < len(text):
        size = sizes[turn % len(sizes)]
        check(parser, text[position : position + size], text[: position + size])
        position += size
        turn += 1


@pytest.mark.parametrize("text", [case[0] for case in ALL.values()] + list(CASES), ids=[*ALL, *CASES])
def test_same_as_a_full_parse_after_every_character(text: str) -> None:
    parser = IncrementalParser()
    for end in range(1, len(text) + 1):
        check(parser, text[end - 1 : end], text[:end])


def test_blocks_that_are_done_are_not_made_again() -> None:
    parser = IncrementalParser("# a\n\nb\n\nc")
    update = parser.append(" d")
    assert update.stable == 2
    assert update.blocks == (p("c d"),)


def test_items_that_are_done_are_kept() -> None:
    parser = IncrementalParser("- a\n- b\n- c\n- d\n")
    before = parser.blocks[0]
    (after,) = parser.append("e").blocks
    assert isinstance(before, n.ListBlock)
    assert isinstance(after, n.ListBlock)
    kept = [old is new for old, new in zip(before.items, after.items, strict=True)]
    assert kept == [True, True, True, False]


def test_a_late_definition_changes_what_refers_to_it() -> None:
    parser = IncrementalParser("[a] [b]\n\n[b]\n\nc\n\n- [a]\n\nend\n\n")
    assert parser.blocks[0] == p("[a] [b]")
    update = parser.append("[b]: /x")
    assert update.stable == 0
    assert parser.blocks[:2] == (p("[a] ", link("/x", "b")), p(link("/x", "b")))
    kept = parser.blocks[2:]
    update = parser.append("y\n")
    assert parser.blocks[1] == p(link("/xy", "b"))
    assert all(old is new for old, new in zip(kept, parser.blocks[2:], strict=True))
    update = parser.append("[a]: /z\n\n")
    assert update.stable == 0
    assert parser.blocks[0] == p(link("/z", "a"), " ", link("/xy", "b"))
    assert parser.append("more").stable == len(parser) - 1


def test_nothing_appended_changes_nothing() -> None:
    parser = IncrementalParser("a\n\nb")
    blocks = parser.blocks
    assert parser.append("").stable == 1
    assert all(old is new for old, new in zip(blocks, parser.blocks, strict=True))


# Cost --------------------------------------------------------------------------------------------------------------------
def calls(work: Callable[[], Any]) -> int:
    """How many Python functions ``work`` calls: what it costs, whatever the machine is doing beside it."""
    count = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


MIXED = (
    "## Heading\n\nSome *text* with `code`, a [link](https://a.b) and $x^2$.\nAnother line.\n\n- a\n  - **b**\n- c\n\n"
    "```python\nprint(1)\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n> quote\n\n"
)


OPENED = {"mixed": ("", MIXED), "fence": ("```py\n", "x = 1\n"), "list": ("", "- item with *words*\n")}
OPENED |= {"paragraph": ("", "line of it\n"), "table": ("| a | b |\n|---|---|\n", "| c | *d* |\n")}


@pytest.mark.parametrize(("head", "unit"), OPENED.values(), ids=OPENED)
def test_a_flush_costs_the_same_however_long_the_message_is(head: str, unit: str) -> None:
    def cost_at(size: int) -> int:
        parser = IncrementalParser(head + unit * (size // len(unit)))
        pieces = (unit * 100)[:600]
        return calls(lambda: [parser.append(pieces[at : at + 20]) for at in range(0, 600, 20)])

    assert cost_at(300_000) <= 1.3 * cost_at(3_000)


def test_a_message_of_many_megabytes_can_be_fed_in_slices() -> None:
    text = MIXED * 40
    parser = IncrementalParser()
    for start in range(0, len(text), 1_000):
        parser.append(text[start : start + 1_000])
    assert plain_text(parser.blocks) == plain_text(parse(text))
