"""Inlines: emphasis, links, math and the rest, each by its tree."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.render import nodes as n
from chat2anyllm_desktop.render.inlines import INLINE_LIMIT
from chat2anyllm_desktop.render.plain import inline_text
from tests.render.build import Words, br, code, em, inlines, link, math, of, soft, strike, strong

CASES: dict[str, tuple[Words, ...]] = {
    # Emphasis
    "*a **b** c* ***d***": (em("a ", strong("b"), " c"), " ", em(strong("d"))),
    "**a*b*c** snake_case_name _x_": (strong("a", em("b"), "c"), " snake_case_name ", em("x")),
    "5*3*2 2 * 3 * 4": ("5", em("3"), "2 2 * 3 * 4"),
    "~~a~~ ~b~ 10~20, 30~40 ~~~c~~~": (strike("a"), " ~b~ 10~20, 30~40 ~~~c~~~"),
    "**`a`**: b": (strong(code("a")), ": b"),
    "**a": ("**a",),
    # Chinese, Japanese, Korean
    "**文字：**后续": (strong("文字："), "后续"),
    "他说**“重要”**的话": ("他说", strong("“重要”"), "的话"),
    "这是**「引用」**内容": ("这是", strong("「引用」"), "内容"),
    "**(a)**的": (strong("(a)"), "的"),
    "**重要です。**これは": (strong("重要です。"), "これは"),
    "**한국어(Korean)**은": (strong("한국어(Korean)"), "은"),
    "中*斜体*文": ("中", em("斜体"), "文"),
    "**标题**：内容": (strong("标题"), "：内容"),
    # Code
    "`` a`b `` ` `` `": (code("a`b"), " ", code("``")),
    "`a": ("`a",),
    "`<b>` `*a*` `\\`": (code("<b>"), " ", code("*a*"), " ", code("\\")),
    # Links and images
    '[a](b "t") [c](<d e>) [f](g(h)i)': (
        link("b", "a", title="t"),
        " ",
        link("d%20e", "c"),
        " ",
        link("g(h)i", "f"),
    ),
    "![a *b*](c)": (n.Image("c", "", "a b"),),
    "[![a](b)](c)": (n.Link("c", "", (n.Image("b", "", "a"),)),),
    "[a [b](c) d](e)": ("[a ", link("c", "b"), " d](e)"),
    "[a](javascript:x)": (link("javascript:x", "a"),),
    "[a] [b]() [c](d": ("[a] ", n.Link("", "", (n.Text("b"),)), " [c](d"),
    "<http://a.b> <a@b.c> <a:b>": (
        link("http://a.b"),
        " ",
        link("mailto:a@b.c", "a@b.c"),
        " ",
        "<a:b>",
    ),
    # Bare addresses
    "(see https://a.b/c_(d)) and https://e.f.": (
        "(see ",
        link("https://a.b/c_(d)"),
        ") and ",
        link("https://e.f"),
        ".",
    ),
    "http://localhost:3000/x?y=1&z=2#k!": (link("http://localhost:3000/x?y=1&z=2#k"), "!"),
    "**https://a.b/c_d_e**": (strong(link("https://a.b/c_d_e")),),
    "www.a.b/c, a.www.b": (link("http://www.a.b/c", "www.a.b/c"), ", a.www.b"),
    "me@a.org, x@y": (link("mailto:me@a.org", "me@a.org"), ", x@y"),
    "python@3.12 react@18.2.0 a@b.c1 a@b.c-": ("python@3.12 react@18.2.0 a@b.c1 a@b.c-",),
    "[https://a.b](https://c.d)": (link("https://c.d", "https://a.b"),),
    "[x https://a.b] y": ("[x ", link("https://a.b"), "] y"),
    "见https://a.com，然后": ("见", link("https://a.com"), "，然后"),
    "打开https://a.com查看": ("打开", link("https://a.com"), "查看"),
    "https://zh.wikipedia.org/wiki/中文。": (
        link("https://zh.wikipedia.org/wiki/%E4%B8%AD%E6%96%87", "https://zh.wikipedia.org/wiki/中文"),
        "。",
    ),
    "xhttps://a.b": ("xhttps://a.b",),
    "https://a.b/x\\_y": (link("https://a.b/x_y"),),
    # Math and money
    "$x^2$ and \\(a\\)": (math("x^2"), " and ", math("a")),
    "$5 and $10": ("$5 and $10",),
    "costs $5-$10, US$3 or $HOME/$USER": ("costs $5-$10, US$3 or $HOME/$USER",),
    "$5 for $x$": ("$5 for ", math("x")),
    "设$x$为": ("设", math("x"), "为"),
    "`$a` and $b$": (code("$a"), " and ", math("b")),
    "a \\[x^2\\] b, $$y$$ c": ("a ", math("x^2", True), " b, ", math("y", True), " c"),
    "see \\[1\\] and \\[optional\\]": ("see [1] and [optional]",),
    "$\\$5$": (math("\\$5"),),
    "$a*b*c$ *d*": (math("a*b*c"), " ", em("d")),
    # HTML
    "Vec<T> and <placeholder> and a < b": ("Vec<T> and <placeholder> and a < b",),
    "a<br>b<br/>c<BR />\nd": ("a", br, "b", br, "c", br, "d"),
    "H<sub>2</sub>O x<sup>*y*</sup>": (
        "H",
        n.Tagged("sub", (n.Text("2"),)),
        "O x",
        n.Tagged("sup", (em("y"),)),
    ),
    "<kbd>Ctrl</kbd>+<kbd>C": (n.Tagged("kbd", (n.Text("Ctrl"),)), "+<kbd>C"),
    "</sub> <sub>a *b</sub> c*": ("</sub> ", n.Tagged("sub", inlines(("a *b",))), " c*"),
    '<a href="x*y*">z</a>': ('<a href="x*y*">z</a>',),
    "<script>alert(1)</script>": ("<script>alert(1)</script>",),
    # Characters
    "&amp; &lt;b&gt; &#65; &nope; &copy; AT&T": ("& <b> A &nope; © AT&T",),
    "\\* \\_ \\` \\# \\a": ("* _ ` # \\a",),
    "a  \nb\\\nc\nd": ("a", br, "b", br, "c", soft, "d"),
}


@pytest.mark.parametrize(("text", "words"), CASES.items(), ids=CASES)
def test_tree(text: str, words: tuple[Words, ...]) -> None:
    # A word in front of what would begin a block by itself keeps every case a paragraph.
    found = of("§" + text) if text.startswith(("<placeholder", "<script", "<a ", "</")) else of(text)
    expected = inlines(words)
    if found[0] == n.Text("§"):
        found = found[1:]
    elif isinstance(found[0], n.Text) and found[0].text.startswith("§"):
        found = (n.Text(found[0].text[1:]), *found[1:])
    assert _joined(found) == _joined(expected)


def _joined(found: tuple[n.Inline, ...]) -> tuple[n.Inline, ...]:
    """Neighbouring texts as one: the parser never makes two, a case may."""
    out: list[n.Inline] = []
    for inline in found:
        if isinstance(inline, n.Text) and out and isinstance(last := out[-1], n.Text):
            out[-1] = n.Text(last.text + inline.text)
        else:
            out.append(inline)
    return tuple(out)


def test_emphasis_is_capped() -> None:
    text = "*a " * 200 + "b" + "*" * 200
    found = of(text)
    depth = 0
    level: tuple[n.Inline, ...] = found
    while nested := [inline for inline in level if isinstance(inline, n.Emphasis | n.Strong)]:
        depth += 1
        level = nested[0].children
    assert 1 <= depth <= 40
    assert inline_text(found).count("a ") == 200


def test_an_endless_paragraph_is_plain() -> None:
    text = "*a* `b` " * (INLINE_LIMIT // 8 + 1)
    found = of(text)
    assert len(found) == 1
    assert inline_text(found) == text.rstrip()
