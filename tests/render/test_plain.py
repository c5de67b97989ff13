"""Blocks as plain text."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.render.dialect import parse
from chat2anyllm_desktop.render.plain import plain_text

CASES = {
    "# A *b*\n\nc `d`\ne  \nf": "A b\n\nc d e\nf",
    "[a](b) ![c](d) <https://e.f> $g$ &amp;": "a c https://e.f g &",
    "- a\n- b\n  1. c\n  2. d\n\n9. e\n10. f": "- a\n- b\n  1. c\n  2. d\n\n9. e\n10. f",
    "- a\n\n- b": "- a\n\n- b",
    "- [x] a\n- [ ] b": "- [x] a\n- [ ] b",
    "> a\n>\n> b": "> a\n>\n> b",
    "```py\na\n\nb\n```": "a\n\nb",
    "$$\nx\n$$\n\n---": "x\n\n---",
    "| a | b |\n|---|---|\n| *c* | d<br>e |": "a\tb\nc\td e",
    "a[^1]\n\n[^1]: b\n\n    c": "a[1]\n\n[1] b\n\n    c",
    "<details><summary>a</summary>\n\nb\n</details>": "a\n\nb",
    "<div>\na\n</div>": "<div>\na\n</div>",
    "": "",
}


@pytest.mark.parametrize(("text", "plain"), CASES.items(), ids=repr)
def test_plain_text(text: str, plain: str) -> None:
    assert plain_text(parse(text)) == plain
