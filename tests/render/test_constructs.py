"""The constructs that Markdown renderers get wrong and models write every day, in one list, each by its tree."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.render import nodes as n
from chat2anyllm_desktop.render.dialect import parse
from tests.render.build import code, em, fence, item, link, math, ol, p, quote, row, soft, strong, ul

CONSTRUCTS: dict[str, tuple[str, tuple[n.Block, ...]]] = {
    "a list right after a paragraph": ("Steps:\n- a\n- b", (p("Steps:"), ul("a", "b"))),
    "bullets nested by two spaces": ("- a\n  - b\n    - c", (ul(item("a", ul(item("b", ul("c"))))),)),
    "bullets nested by three spaces": ("- a\n   - b\n- c", (ul(item("a", ul("b")), "c"),)),
    "bullets nested by four spaces": ("- a\n    - b\n- c", (ul(item("a", ul("b")), "c"),)),
    "a fence inside a list": (
        "1. Run:\n   ```bash\n   ls\n   ```\n2. Done",
        (ol(item("Run:", fence("ls\n", "bash")), "Done"),),
    ),
    "a table inside a list": (
        "- a\n  | x |\n  |---|\n  | y |",
        (ul(item("a", n.TableBlock(("",), row("x"), (row("y"),)))),),
    ),
    "a fence that is not closed": ("```py\nx = 1", (fence("x = 1\n", "py", closed=False),)),
    "a fence with a title": ('```python title="x"\na\n```', (fence("a\n", "python", 'python title="x"'),)),
    "nested fences": ("````md\n```py\nx\n```\n````", (fence("```py\nx\n```\n", "md"),)),
    "tabs inside a fence": ("```make\nall:\n\tcc\n```", (fence("all:\n\tcc\n", "make"),)),
    "numbers with a parenthesis": ("1) a\n2) b", (ol("a", "b"),)),
    "a table right after a line": (
        "Here:\n| a |\n|---|\n| b |",
        (p("Here:"), n.TableBlock(("",), row("a"), (row("b"),))),
    ),
    "an escaped bar in code in a cell": (
        "| a |\n|---|\n| `x \\| y` |",
        (n.TableBlock(("",), row("a"), (row(code("x | y")),)),),
    ),
    "CJK: strong before a word": ("**文字：**后续", (p(strong("文字："), "后续"),)),
    "CJK: strong around quotation marks": ("**“重要”**的", (p(strong("“重要”"), "的"),)),
    "CJK: emphasis between words": ("中*斜体*文", (p("中", em("斜体"), "文"),)),
    "money": ("$5 and $10", (p("$5 and $10"),)),
    "a formula in dollars": ("so $x^2$ is", (p("so ", math("x^2"), " is"),)),
    "a formula in parentheses": ("\\(a\\)", (p(math("a")),)),
    "a formula in brackets, in a list": (
        "1. So:\n   \\[ x = 1 \\]\n2. b",
        (ol(item("So:", n.MathBlock("x = 1")), "b"),),
    ),
    "a formula in double dollars on one line": ("$$x$$", (n.MathBlock("x"),)),
    "a formula over lines": ("\\[\nx\n= 1\n\\]", (n.MathBlock("x\n= 1"),)),
    "an address in parentheses": ("(see https://a.b/c_(d))", (p("(see ", link("https://a.b/c_(d)"), ")"),)),
    "an address at the end of a sentence": ("At https://a.b/c.", (p("At ", link("https://a.b/c"), "."),)),
    "a placeholder in a line": ("git clone <url> <dir>", (p("git clone <url> <dir>"),)),
    "a placeholder on its own line": ("<placeholder>", (n.HtmlText("<placeholder>"),)),
    "a type with parameters": ("a Vec<T> of Map<K, V>", (p("a Vec<T> of Map<K, V>"),)),
    "tasks": ("- [x] a\n- [ ] b", (ul(item("a", checked=True), item("b", checked=False)),)),
    "a quote that goes on without its mark": ("> a\nb", (quote(p("a", soft, "b")),)),
    "half a list item below a line": ("Text\n-", (p("Text", soft, "-"),)),
}


@pytest.mark.parametrize(("text", "blocks"), CONSTRUCTS.values(), ids=CONSTRUCTS)
def test_tree(text: str, blocks: tuple[n.Block, ...]) -> None:
    assert parse(text) == blocks


MARKED = {name: case for name, case in CONSTRUCTS.items() if case[0] != "> a\nb"}
"""The one that is left out has a line without a mark, which would get one."""


@pytest.mark.parametrize(("text", "blocks"), MARKED.values(), ids=MARKED)
@pytest.mark.parametrize("mark", ["> ", "- ", "> - "])
def test_tree_inside_of_other_blocks(text: str, blocks: tuple[n.Block, ...], mark: str) -> None:
    indent = mark.replace("-", " ")
    lines = [(mark if not number else indent) + line for number, line in enumerate(text.split("\n"))]
    inner = ul(item(*blocks)) if "-" in mark else quote(*blocks)
    assert parse("\n".join(lines)) == (quote(inner) if mark == "> - " else inner,)
