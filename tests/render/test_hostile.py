"""Text made to hurt: no error, no lost text, and work that grows no faster than the text."""

from __future__ import annotations

import re

import pytest

from chat2anyllm_desktop.render.dialect import parse, to_html
from chat2anyllm_desktop.render.plain import plain_text
from chat2anyllm_desktop.render.stream import IncrementalParser
from tests.render.test_stream import calls

# Each grows with the number. What a renderer does in C (a regular expression that goes back) does not show in calls: so
# the texts are long enough that quadratic work of that kind runs into the time limit, too.
HOSTILE = {
    "[": lambda n: "[" * n,
    "![": lambda n: "![" * n,
    "]": lambda n: "[" * n + "]" * n,
    "[[..](": lambda n: "[" * n + "a" + "](b)" * n,
    "![..](": lambda n: "![" * n + "a" + "](b)" * n,
    "[a](": lambda n: "[a](" * n,
    "[a](<b": lambda n: "[a](<b" * n,
    '[a](b "c': lambda n: '[a](b "c' * n,
    "[a][": lambda n: "[a][" * n,
    "> on one line": lambda n: ">" * n,
    "> > on one line": lambda n: "> " * n,
    "- on one line": lambda n: "- " * n,
    "1. on one line": lambda n: "1. " * n,
    "items nested by lines": lambda n: "".join(" " * min(2 * i, 200) + "- a\n" for i in range(n)),
    "quotes of many lines": lambda n: (">" * 50 + "a\n") * (n // 10),
    "growing backticks": lambda n: " ".join("`" * i for i in range(int(n**0.5))),
    "*": lambda n: "*" * n,
    "*a ": lambda n: "*a " * n,
    "*a _b ": lambda n: "*a _b " * n,
    "**a*": lambda n: "**a* " * n,
    "a**b": lambda n: "a**b" * n,
    "*_": lambda n: "*_" * n,
    "*a** b": lambda n: "*a **" * n + "b" + "** *" * n,
    "~~a": lambda n: "~~a" * n,
    "<sub>": lambda n: "<sub>" * n + "a" + "</sub>" * n,
    "[<sub>": lambda n: "[" * n + "<sub>" * n + "]" * n,
    "<": lambda n: "<" * n,
    "<a": lambda n: "<a " * n,
    '<a b="': lambda n: '<a b="' * n,
    "<!--": lambda n: "a <!--" * n,
    "<?": lambda n: "a <?" * n,
    "<![CDATA[": lambda n: "a <![CDATA[" * n,
    "$a": lambda n: "$a " * n,
    "$$a": lambda n: "a $$a " * n,
    "\\(": lambda n: "\\(" * n,
    "\\[ lines": lambda n: "\\[ a\n" * n,
    "$$ lines": lambda n: "$$\n" * n,
    "&": lambda n: "&a" * n,
    "\\": lambda n: "\\" * n,
    "definitions": lambda n: "".join(f"[a{i}]: b\n" for i in range(n)),
    "footnotes": lambda n: "".join(f"[^{i}]: b\n" for i in range(n)),
    "http://": lambda n: "http://a.b" * n,
    "http://(((": lambda n: "http://a.b/" + "(" * n + ")" * n,
    "a@": lambda n: "a@" * n,
    "a": lambda n: "a" * (20 * n) + "@",
    "a b": lambda n: "a b " * (20 * n),
    "spaces": lambda n: "a" + " " * (20 * n) + "b",
    "tabs": lambda n: "a\n" + "\t" * n + "b",
    "empty lines": lambda n: "a" + "\n" * n,
    "carriage returns": lambda n: "a\r" * n,
    "NUL": lambda n: "a\0b\n" * n,
    "bidi": lambda n: "\u202e\u2066a\u2069" * n,
    "table": lambda n: "| a | b |\n|---|---|\n" + "| *x* | `y` |\n" * n,
    "ragged table": lambda n: "|a" * n + "|\n" + "|-" * n + "|\n" + "|x\n" * n,
    "bars": lambda n: "|" * n + "\n" + "|-" * n,
    "underlines": lambda n: "a\n" * n + "===",
    "#": lambda n: "# " + "#" * n + " a",
    "fences": lambda n: "```\n" * n,
    "<details>": lambda n: "<details>\n" * n,
    "</details>": lambda n: "<details>\n" * 30 + "</details>\n" * n,
    "short paragraphs": lambda n: "a *b*\n\n" * n,
    "CJK": lambda n: "**文字：**后" * n,
}


def whole(text: str) -> str:
    """Everything that a view could do with a message."""
    blocks = parse(text)
    repr(blocks)
    hash(blocks)
    assert blocks == parse(text)
    return plain_text(blocks)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", HOSTILE)
def test_work_grows_with_the_text(name: str) -> None:
    make = HOSTILE[name]
    small, large = make(2_000), make(8_000)
    whole(small)
    growth = calls(lambda: plain_text(parse(large))) / calls(lambda: plain_text(parse(small)))
    assert growth <= 1.3 * len(large) / len(small) + 1


ADDRESSES = {
    "[[..](",
    "![..](",
    "definitions",
    "footnotes",
    "</details>",
    "<details>",
    "<sub>",
    "ragged table",
}
"""What is not shown of these is addresses, labels, tags, and cells that no header stands over."""


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", sorted(HOSTILE.keys() - ADDRESSES))
def test_no_letter_is_lost(name: str) -> None:
    text = HOSTILE[name](1_000)
    assert [one for one in whole(text) if one.isalpha()] == [one for one in text if one.isalpha()]


@pytest.mark.timeout(30)
def test_a_line_of_a_megabyte() -> None:
    for text in ("a" * 1_000_000, "a b " * 250_000, "*a* " * 250_000, "[a](" * 250_000, "中" * 1_000_000):
        assert whole(text).rstrip() == text.rstrip()


@pytest.mark.timeout(60)
def test_ten_megabytes_in_slices() -> None:
    text = ("word *word* `word` word\n" * 10 + "\n") * 42_000
    parser = IncrementalParser()
    for start in range(0, len(text), 65_536):
        parser.append(text[start : start + 65_536])
    assert len(parser) == 42_000
    assert parser.text == text


@pytest.mark.timeout(30)
def test_a_table_of_five_thousand_rows() -> None:
    text = "| a | b | c | d |\n|---|---|---|---|\n" + "| *x* | `y` | z | w |\n" * 5_000
    (table,) = parse(text)
    assert plain_text([table]).count("x\ty\tz\tw") == 5_000


def test_nothing_of_a_message_is_markup_in_html() -> None:
    text = (
        "<script>alert(1)</script>\n<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![b](file:///etc/passwd)\n\n"
        '<iframe src="x"></iframe>\n\n&lt;script&gt; `<b>&lt;` \x02amp\x03lt;i\n\n```"><script>\n<script>\n```\n'
        '[c](https://a.b/"onclick=x "<b>")\n'
    )
    html = to_html(text)
    tags = set(re.findall(r"<(/?\w+)[^>]*>", html))
    assert tags <= {"p", "/p", "a", "/a", "pre", "/pre", "code", "/code"}
    assert "alert(1)" in html
    assert "javascript:" not in html
    assert "file:" not in html
    assert "onclick=x" not in html.replace("%22onclick=x", "")


def test_half_a_character() -> None:
    """JSON can carry lone surrogates."""
    text = "[a](\ud83d) \ud83d **\udc00** <http://\ud800> http://a.b/\ud800 `\ud800`\n\n[\ud800]: /\udfff\n\n[\ud800]"
    assert whole(text).startswith("a \ud83d \udc00")
    assert "\udc00" in to_html(text)
    assert len(IncrementalParser(text)) == 2
