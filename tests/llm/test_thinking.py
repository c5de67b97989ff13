from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat2anyllm_desktop.llm.thinking import ThinkSplitter


def split(*pieces: str) -> tuple[str, str]:
    splitter = ThinkSplitter()
    given = [splitter.feed(piece) for piece in pieces] + [splitter.flush()]
    return "".join(text for text, _ in given), "".join(reasoning for _, reasoning in given)


@pytest.mark.parametrize(
    ("content", "text", "reasoning"),
    [
        ("<think>\nwhy\n\nso\n</think>\n\nAnswer", "Answer", "why\n\nso"),
        ("\n <think>why</think>Answer", "Answer", "why"),
        ("<think></think>Answer", "Answer", ""),
        ("Answer about <think>tags</think>", "Answer about <think>tags</think>", ""),
        ("<thinking>x</thinking>", "<thinking>x</thinking>", ""),
        ("<thi", "<thi", ""),
        ("  \n", "  \n", ""),
        ("", "", ""),
        ("<think>never closed < </thi", "", "never closed < </thi"),
        ("<think>a</think>b <think>c</think>", "b <think>c</think>", "a"),
        ("<b>bold</b>", "<b>bold</b>", ""),
    ],
)
def test_whole_and_at_every_cut(content: str, text: str, reasoning: str) -> None:
    assert split(content) == (text, reasoning)
    assert split(*content) == (text, reasoning)
    for cut in range(len(content)):
        assert split(content[:cut], content[cut:]) == (text, reasoning), cut


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "<th", "ink>", "</", " ", "\n", "a", "b"]), max_size=12)
)
def test_pieces_never_change_the_result(pieces: list[str]) -> None:
    assert split(*pieces) == split("".join(pieces))


def test_text_is_given_as_soon_as_it_is_certain() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("<think>be") == ("", "be")
    assert splitter.feed("cause<") == ("", "cause")
    assert splitter.feed("/think>So") == ("So", "")
    assert splitter.feed(" it is") == (" it is", "")
