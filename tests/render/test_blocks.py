"""Blocks: the constructs that models write and Markdown renderers get wrong, each by its tree."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.render import nodes as n
from chat2anyllm_desktop.render.dialect import parse
from tests.render.build import (
    br,
    code,
    em,
    fence,
    h,
    item,
    lazy,
    link,
    math,
    ol,
    p,
    quote,
    row,
    soft,
    strong,
    ul,
)


def table(align: tuple[n.Align, ...], *rows: tuple[n.Cell, ...]) -> n.TableBlock:
    return n.TableBlock(align, rows[0], rows[1:])


LISTS = {
    "right after a paragraph": ("text\n- a\n- b", (p("text"), ul("a", "b"))),
    "numbered, right after a paragraph": ("text\n1. a\n2. b", (p("text"), ol("a", "b"))),
    "a number that is no list": ("It was\n1984. Really.", (p("It was", soft, "1984. Really."),)),
    "nested by two": ("- a\n  - b\n    - c\n- d", (ul(item("a", ul(item("b", ul("c")))), "d"),)),
    "nested by three under a bullet": ("- a\n   - b", (ul(item("a", ul("b"))),)),
    "nested under a number": ("1. a\n   - b\n2. c", (ol(item("a", ul("b")), "c"),)),
    "with a parenthesis": ("1) a\n2) b", (ol("a", "b"),)),
    "beginning elsewhere": ("7. a\n8. b", (ol("a", "b", start=7),)),
    "bullets that change": ("- a\n* b", (ul("a"), ul("b"))),
    "loose": ("- a\n\n- b", (ul("a", "b", tight=False),)),
    "loose inside, tight outside": (
        "- a\n  1. b\n\n     c\n- d",
        (ul(item("a", ol(item("b", "c"), tight=False)), "d"),),
    ),
    "tight although a fence has empty lines": (
        "- ```\n  a\n\n  b\n  ```\n- c",
        (ul(item(fence("a\n\nb\n")), "c"),),
    ),
    "lazy": ("- a\nb", (ul(item(p("a", soft, "b"))),)),
    "ended by text": ("- a\n\nb", (ul("a"), p("b"))),
    "a fence inside": (
        "1. Run:\n\n   ```bash\n   ls\n   ```\n\n2. Done",
        (ol(item("Run:", fence("ls\n", "bash")), "Done", tight=False),),
    ),
    "a fence that is not indented ends it": (
        "1. a\n```\nx\n```\n2. b",
        (ol("a"), fence("x\n"), ol("b", start=2)),
    ),
    "a table inside": (
        "- a\n\n  | x |\n  |---|\n  | y |",
        (ul(item("a", table(("",), row("x"), row("y"))), tight=False),),
    ),
    "tasks": (
        "- [x] a\n- [ ] b\n- [X] **c**\n- [y] d\n- [ ]",
        (
            ul(
                item("a", checked=True),
                item("b", checked=False),
                item(p(strong("c")), checked=True),
                item("[y] d"),
                item("[ ]"),
            ),
        ),
    ),
    "a task without words": ("- [ ] \n  a", (ul(item(p("[ ]", soft, "a"))),)),
    "an empty item": ("- a\n-\n- c", (ul("a", item(), "c"),)),
    "an empty item before an empty line": ("- a\n-\n\n- c", (ul("a", item(), "c", tight=False),)),
    "code in an item": ("- a\n\n      b", (ul(item("a", n.CodeBlock("b\n", fenced=False)), tight=False),)),
    "after a rule": ("- a\n***\n- b", (ul("a"), n.Rule(), ul("b"))),
    "an underline is no item": ("a\n-\n", (h(2, "a"),)),
    "half an item is no underline": ("a\n-", (p("a", soft, "-"),)),
    "half an item below an item": ("- a\n  -", (ul(item(p("a", soft, "-"))),)),
}

FENCES = {
    "with attributes": ('```python title="x"\na\n```', (fence("a\n", "python", 'python title="x"'),)),
    "in braces": ("```{.python .numberLines}\na\n```", (fence("a\n", "python", "{.python .numberLines}"),)),
    "attributes alone": ('```title="x"\na\n```', (fence("a\n", "", 'title="x"'),)),
    "language with a path": ("```js:src/app.js\na\n```", (fence("a\n", "js", "js:src/app.js"),)),
    "capital letters": ("```C++\na\n```", (fence("a\n", "c++", "C++"),)),
    "nested": ("````md\n```py\nx\n```\n````", (fence("```py\nx\n```\n", "md"),)),
    "tildes around backticks": ("~~~\n```\n~~~", (fence("```\n"),)),
    "not closed": ("```\na\n\nb", (fence("a\n\nb\n", closed=False),)),
    "not closed and empty": ("```py", (fence("", "py", closed=False),)),
    "an indented empty line inside, in an item": (
        "1. a\n   ```py\n   b\n   \n       \n  \n   c\n   ```",
        (ol(item("a", fence("b\n\n    \n\nc\n", "py"))),),
    ),
    "tabs inside": ("```make\nall:\n\tcc\n```", (fence("all:\n\tcc\n", "make"),)),
    "tabs inside, in an item": ("- ```make\n  \tcc\n  ```", (ul(item(fence("\tcc\n", "make"))),)),
    "indented": ("  ```\n  a\n b\n   c\n  ```", (fence("a\nb\n c\n"),)),
    "right after a paragraph": ("a\n```\nb\n```\nc", (p("a"), fence("b\n"), p("c"))),
    "in a quote, closed by its end": ("> ```\n> a\nb", (quote(fence("a\n", closed=False)), p("b"))),
    "backticks in the info string": ("``` a`b\nc", (p(n.Text("``` a`b"), soft, "c"),)),
    "indented code": ("a\n\n    b\n\n    c\nd", (p("a"), n.CodeBlock("b\n\nc\n", fenced=False), p("d"))),
}

TABLES = {
    "plain": ("| a | b |\n|---|:-:|\n| c | d |", (table(("", "center"), row("a", "b"), row("c", "d")),)),
    "without outer bars": (
        "a | b\n-: | :-\nc | d",
        (table(("right", "left"), row("a", "b"), row("c", "d")),),
    ),
    "right after a line": (
        "Here:\n| a | b |\n|---|---|\n| c | d |",
        (p("Here:"), table(("", ""), row("a", "b"), row("c", "d"))),
    ),
    "bars in code": ("| a |\n|---|\n| `x \\| y` |", (table(("",), row("a"), row(code("x | y"))),)),
    "bars in text": ("| a |\n|---|\n| x \\| y |", (table(("",), row("a"), row("x | y")),)),
    "short and long rows": (
        "| a | b |\n|---|---|\n| c |\n| d | e | f |",
        (table(("", ""), row("a", "b"), row("c", ""), row("d", "e")),),
    ),
    "empty cells": ("| | a |\n|---|---|\n| b | |", (table(("", ""), row("", "a"), row("b", "")),)),
    "breaks": (
        "| a |\n|---|\n| b<br>c |",
        (n.TableBlock(("",), row("a"), ((n.Cell(lazy("b", br, "c")),),)),),
    ),
    "ended by a list": ("| a |\n|---|\n- b", (table(("",), row("a")), ul("b"))),
    "too few columns": ("| a | b |\n|---|", (p("| a | b |", soft, "|---|"),)),
    "dashes alone are an underline": ("Pros | Cons\n---\n| a |\n---", (h(2, "Pros | Cons"), h(2, "| a |"))),
    "in a quote": ("> | a |\n> |---|\n> | b |", (quote(table(("",), row("a"), row("b"))),)),
}

MATH = {
    "dollars": ("$$\nx\n$$", (n.MathBlock("x"),)),
    "dollars on one line": ("$$x$$", (n.MathBlock("x"),)),
    "brackets": ("\\[\nx = 1\n\\]", (n.MathBlock("x = 1"),)),
    "brackets on one line": ("\\[ x = 1 \\]", (n.MathBlock("x = 1"),)),
    "in an item": ("1. So:\n   \\[\n   x\n   \\]\n2. b", (ol(item("So:", n.MathBlock("x")), "b"),)),
    "in an item, on one line": ("- $$x$$", (ul(item(n.MathBlock("x"))),)),
    "right after a line": ("So\n$$\nx\n$$\nand", (p("So"), n.MathBlock("x"), p("and"))),
    "lines that look like lists": ("$$\na\n- b\n+ c\n$$", (n.MathBlock("a\n- b\n+ c"),)),
    "begun on the line of the mark": (
        "\\[\\begin{aligned}\na\n+ b\n\\end{aligned}\\]",
        (n.MathBlock("\\begin{aligned}\na\n+ b\n\\end{aligned}"),),
    ),
    "text behind": ("$$\nx\n$$ so", (n.MathBlock("x"), p("so"))),
    "not closed": ("$$\nx", (n.MathBlock("x", closed=False),)),
    "an escaped bracket": ("\\[a](b)\n\nc", (p("[a](b)"), p("c"))),
    "escaped brackets": ("\\[1\\]", (p("[1]"),)),
    "inside a line": ("a $$x$$ b", (p("a ", math("x", True), " b"),)),
}

DETAILS = {
    "folded": (
        "<details>\n<summary>More *here*</summary>\n\n- a\n\n```py\nb\n```\n</details>\nc",
        (n.Details(lazy("More ", em("here")), (ul("a"), fence("b\n", "py"))), p("c")),
    ),
    "open, on one line": (
        "<details open><summary>S</summary>\na\n</details>",
        (n.Details(lazy("S"), (p("a"),), True),),
    ),
    "summary over lines": (
        "<details>\n<summary>\nS\n</summary>\na\n</details>",
        (n.Details(lazy("S"), (p("a"),)),),
    ),
    "no summary": ("<details>\na\n</details>", (n.Details(lazy(), (p("a"),)),)),
    "nested": (
        "<details>\n<summary>A</summary>\n<details>\n<summary>B</summary>\nx\n</details>\ny\n</details>\nz",
        (n.Details(lazy("A"), (n.Details(lazy("B"), (p("x"),)), p("y"))), p("z")),
    ),
    "not closed": ("<details>\n<summary>A</summary>\nx", (n.Details(lazy("A"), (p("x"),)),)),
    "text behind": ("<details>\na\n</details> b\nc", (n.Details(lazy(), (p("a"),)), p("b", soft, "c"))),
    "its end in code": (
        "<details>\n```\n</details>\n```\n</details>",
        (n.Details(lazy(), (fence("</details>\n"),)),),
    ),
    "an end without beginning": ("</details>", (n.HtmlText("</details>"),)),
}

OTHER = {
    "headings": ("# a #\n## b ##c\n#d", (h(1, "a"), h(2, "b ##c"), p("#d"))),
    "underlined headings": ("a\n==\nb\n--", (h(1, "a"), h(2, "b"))),
    "rules": ("***\n- - -\n_____", (n.Rule(), n.Rule(), n.Rule())),
    "a lazy quote": ("> a\nb\n\nc", (quote(p("a", soft, "b")), p("c"))),
    "quotes in quotes": (">> a\n> b", (quote(quote(p("a", soft, "b"))),)),
    "a list in a quote": ("> - a\n> - b", (quote(ul("a", "b")),)),
    "raw HTML is text": ("<div>\n*a*\n</div>\n\nb", (n.HtmlText("<div>\n*a*\n</div>"), p("b"))),
    "a placeholder is text": ("<placeholder>\n\nb", (n.HtmlText("<placeholder>"), p("b"))),
    "a tag goes on with a lazy line": (
        "> a\n</source>\nb\n\n- c\n<placeholder>",
        (quote(p("a", soft, "</source>", soft, "b")), ul(item(p("c", soft, "<placeholder>")))),
    ),
    "a comment is text": ("<!-- a\n\nb -->\nc", (n.HtmlText("<!-- a\n\nb -->"), p("c"))),
    "a break alone": ("<br>\na", (p(br, "a"),)),
    "footnotes": (
        "a[^x] b[^1] c[^no]\n\n[^1]: one\n[^x]: two\n\n    - more\n",
        (
            p("a", n.FootnoteReference("x", 2), " b", n.FootnoteReference("1", 1), " c[^no]"),
            n.FootnoteDefinition("1", 1, (p("one"),)),
            n.FootnoteDefinition("x", 2, (p("two"), ul("more"))),
        ),
    ),
    "definitions": (
        "[a] [B] [c][a]\n\n[a]: /x 'T'\n[b]: <y z>\nd",
        (p(link("/x", "a", title="T"), " ", link("y%20z", "B"), " ", link("/x", "c", title="T")), p("d")),
    ),
    "a definition in a quote": ("[a]\n\n> [a]: /x", (p(link("/x", "a")), quote())),
    "NUL": ("a\0b", (p("a\ufffdb"),)),
    "line ends of other systems": ("a\r\n\r\nb\rc", (p("a"), p("b", soft, "c"))),
    "nothing": (" \n\t\n", ()),
}

ALL = {
    f"{group}: {name}": case
    for group, cases in {
        "lists": LISTS,
        "fences": FENCES,
        "tables": TABLES,
        "math": MATH,
        "details": DETAILS,
        "other": OTHER,
    }.items()
    for name, case in cases.items()
}


@pytest.mark.parametrize(("text", "blocks"), ALL.values(), ids=ALL)
def test_tree(text: str, blocks: tuple[n.Block, ...]) -> None:
    assert parse(text) == blocks


@pytest.mark.parametrize("text", [case[0] for case in ALL.values()], ids=ALL)
def test_spans_are_the_source(text: str) -> None:
    """Each block by itself parses to itself; spans follow each other; nothing but empty lines and definitions is left."""
    end = 0
    for block in parse(text):
        start, stop = block.span
        assert end <= start < stop <= len(text)
        end = stop
        assert not text[start:stop].endswith("\n")
        if "[" not in text and not (isinstance(block, n.Paragraph) and text[start:stop].startswith(" ")):
            assert parse(text[start : stop + 1])[0] == block


def test_spans_of_a_message() -> None:
    text = "# a\n\n  b\nc\n| d |\n|---|\n\n\n- e\n\n  f\n\n```\ng\n\n"
    assert [text[slice(*block.span)] for block in parse(text)] == [
        "# a",
        "  b\nc",
        "| d |\n|---|",
        "- e\n\n  f",
        "```\ng\n\n".rstrip("\n") + "\n",
    ]


def test_containers_are_capped() -> None:
    for text in (">" * 1000 + "a", "- " * 1000 + "a", "> - " * 500 + "a"):
        blocks, depth = parse(text), 0
        while not isinstance(blocks[0], n.Paragraph):
            outer = blocks[0]
            assert isinstance(outer, n.Quote | n.ListBlock)
            blocks = outer.children if isinstance(outer, n.Quote) else outer.items[0].children
            depth += 1
        assert depth == 40
        assert blocks[0].content.source.endswith("a")


def test_inlines_are_parsed_when_they_are_read() -> None:
    (paragraph,) = parse("*a*")
    assert isinstance(paragraph, n.Paragraph)
    assert paragraph.content._parsed is None
    assert paragraph.inlines == (em("a"),)
    assert paragraph.inlines is paragraph.inlines
