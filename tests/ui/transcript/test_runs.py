"""The text of inlines, as it is shown and copied."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.render.dialect import parse
from chat2anyllm_desktop.ui.transcript.runs import runs_of


@pytest.mark.parametrize(
    ("source", "copied"),
    [
        (r"\(a\) and \( b \)", "$a$ and $b$"),
        (r"the \(n\)th, f\(x\)", r"the \(n\)th, f\(x\)"),
        (r"\(a\)\(b\)1", r"\(a\)\(b\)1"),
        (r"\(\text{a $x$ b}\), \(`y`\) 😀\(z\)", r"\(\text{a $x$ b}\), \(`y`\) 😀$z$"),
    ],
)
def test_a_copied_formula_is_one_where_it_is_pasted(source: str, copied: str) -> None:
    (block,) = parse(source)
    assert isinstance(block, nodes.Paragraph)
    text, runs = runs_of(block.inlines)
    assert text == copied
    (pasted,) = parse(text)
    assert isinstance(pasted, nodes.Paragraph)
    assert [run.math for run in runs_of(pasted.inlines)[1]] == [run.math for run in runs]
