"""Documents for property tests, built from what is hard: containers within containers, lines that are lazy, definitions
that come late, line ends of every system, tabs, characters beyond the basic plane, halves of everything."""

from __future__ import annotations

from hypothesis import strategies as st

LABELS = st.sampled_from(["foo", "Bar", "^1", "^n", "ẞ x"])

WORDS = st.sampled_from(
    [
        *(
            "word",
            "*",
            "**",
            "_",
            "~~",
            "`",
            "``",
            "$",
            "$$",
            "\\",
            "\\(",
            "\\)",
            "\\[",
            "\\]",
            "<",
            ">",
            "|",
            "\\|",
            "&",
        ),
        *(
            "*em*",
            "**文字：**后续",
            "~~gone~~",
            "`a | b`",
            "$x_1$",
            "$5 and $10",
            "\\(a\\)",
            "\\[a^2\\]",
            "[x] ",
            "[ ] ",
        ),
        *(
            "[foo]",
            "[Bar]",
            "[a][foo]",
            "[b][]",
            "![foo]",
            "[^1]",
            "[^n]",
            "[ẞ x]",
            "[a](b 'c')",
            "![a](<b c>)",
        ),
        *(
            "[foo]:",
            "[foo]: /u",
            "https://a.b/c_d",
            "(www.a.b)",
            "me@a.org",
            "<http://a.b>",
            "Vec<T>",
            "<br>",
            "<sub>",
        ),
        *(
            "</sub>",
            "<kbd>k</kbd>",
            "<!--",
            "-->",
            "<b c='",
            "&amp;",
            "&#0;",
            "\0",
            "\t",
            "  ",
            "👩‍👩‍👧",
            "𝒜",
            "\u202e\u2066",
            "\ud83d",
        ),
    ]
)
LINES = st.lists(WORDS, min_size=1, max_size=5).flatmap(
    lambda words: st.sampled_from([" ".join(words), "".join(words)])
)
PIECES = st.sampled_from(
    [
        *"\n\r\t -*_`$|>#[]()<&:=1.\\~!\0",
        "\n\n",
        "\r\n",
        "    ",
        "```",
        "---",
        "===",
        "- ",
        "1. ",
        "> ",
        "<details>",
    ]
)


def _joined(lines: list[str]) -> str:
    return "\n".join(lines)


def _fenced(mark: str, info: str, lines: list[str], closed: bool) -> str:
    return _joined([mark + info, *lines, *([mark] if closed else [])])


def _table(cells: list[str], rows: list[list[str]], align: str) -> str:
    head = "|".join(cells)
    return _joined([f"| {head} |", "|" + align * len(cells), *("|".join(row) for row in rows)])


LEAVES = st.one_of(
    st.lists(LINES, min_size=1, max_size=4).map(_joined),
    st.builds(lambda level, line: "#" * level + " " + line, st.integers(1, 7), LINES),
    st.builds(
        lambda line, mark: line + "\n" + mark, LINES, st.sampled_from(["===", "---", "-", "=", "- ", "--  "])
    ),
    st.builds(
        _fenced,
        st.sampled_from(["```", "~~~", "````", " ```"]),
        st.sampled_from(["", "py", "python title='x'", " {.r}"]),
        st.lists(st.one_of(LINES, st.sampled_from(["", "  ", "\tx = 1", "```", "~~~~"])), max_size=4),
        st.booleans(),
    ),
    st.lists(LINES.map(lambda line: "    " + line), min_size=1, max_size=3).map(_joined),
    st.builds(
        _table,
        st.lists(WORDS, min_size=1, max_size=3),
        st.lists(st.lists(WORDS, max_size=4), max_size=3),
        st.sampled_from(["---|", ":-:|", "-:|"]),
    ),
    st.builds(
        lambda mark, lines: _joined([mark[0], *lines, mark[1]]),
        st.sampled_from([("$$", "$$"), ("\\[", "\\]")]),
        st.lists(LINES, max_size=3),
    ),
    st.builds(
        lambda tag, lines, end: _joined([tag, *lines, end]),
        st.sampled_from(["<div>", "<details>", "<details open><summary>s</summary>", "<pre>", "<!--", "<x>"]),
        st.lists(LINES, max_size=3),
        st.sampled_from(["</div>", "</details>", "</pre>", "-->", ""]),
    ),
    st.sampled_from(["***", "- - -", "", " ", "\t"]),
    st.builds(
        lambda label, rest: f"[{label}]:{rest}",
        LABELS,
        st.sampled_from([" /u", " <u v> 't'", "\n/u", " /u\n't'", " /u 't", "", " text\n\n    more"]),
    ),
    st.lists(PIECES, max_size=6).map("".join),
)


def _quoted(text: str, mark: str, lazy: list[bool]) -> str:
    """``text`` with ``mark`` in front of its lines, but for those that are lazy."""
    lines = text.split("\n")
    return _joined([line if n and lazy[n % len(lazy)] else mark + line for n, line in enumerate(lines)])


def _item(text: str, mark: str, lazy: list[bool]) -> str:
    lines = text.split("\n")
    indent = " " * len(mark)
    return _joined(
        [
            mark + line if not n else line if lazy[n % len(lazy)] else indent + line
            for n, line in enumerate(lines)
        ]
    )


LAZY = st.lists(st.booleans(), min_size=1, max_size=4)
MARKS = st.sampled_from(["- ", "* ", "1. ", "2) ", "-   ", "- [ ] ", "-\t", "[^1]: ", "-"])
GAPS = st.sampled_from(["\n", "\n\n", "\n\n\n", "\n \n"])


def _sequence(blocks: list[str], gaps: list[str]) -> str:
    return "".join(block + gaps[n % len(gaps)] for n, block in enumerate(blocks))


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(_quoted, inner, st.sampled_from(["> ", ">", " > "]), LAZY),
        st.builds(_item, inner, MARKS, LAZY),
        st.builds(_sequence, st.lists(inner, min_size=1, max_size=3), st.lists(GAPS, min_size=1, max_size=3)),
    )


def _ended(text: str, ends: list[str]) -> str:
    """``text`` with other line ends, one after the other."""
    lines = text.split("\n")
    return "".join(line + ends[n % len(ends)] for n, line in enumerate(lines[:-1])) + lines[-1]


def _cut(text: str, from_end: int) -> str:
    return text[: len(text) - min(from_end, len(text))]


BLOCKS = st.recursive(LEAVES, _nested, max_leaves=6)
PLAIN = st.builds(_sequence, st.lists(BLOCKS, min_size=1, max_size=4), st.lists(GAPS, min_size=1, max_size=3))
DOCUMENTS = st.one_of(
    PLAIN,
    st.builds(_cut, PLAIN, st.integers(1, 12)),
    st.builds(_ended, PLAIN, st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=1, max_size=3)),
    PLAIN.map(lambda text: text.replace("    ", "\t")),
)
"""Some hundred characters each."""
