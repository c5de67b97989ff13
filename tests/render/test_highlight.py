"""Highlighting: exact once closed, resumable while open, never a guess."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name

from chat2anyllm_desktop.render.highlight import (
    CODE_LIMIT,
    LINE_LIMIT,
    Highlighter,
    Kind,
    lexer_for,
    warm,
)

SAMPLES = {
    "python": 'import os\n\n@cache\ndef f(x: int) -> str:\n    """Doc\n    more."""\n    return f"{x!r}" + \'a\'  # c\n',
    "json": '{"a": [1, 2, {"b": null}],\n "c": "x y"}\n',
    "yaml": "a:\n  - b: |\n      text here\n      more: x\n  - c: &x 1\n# comment\n",
    "c": '#include <x.h>\nint main(void) {\n  /* multi\n line */ printf("%d\\n", 1u);\n  return 0;\n}\n',
    "bash": 'for i in "$@"; do echo "${i%%x}" | grep -q foo; done <<EOF\nab\nEOF\n',
    "html": '<div class="a">\n<script>let a = `x${1}\n`;</script><!-- c\nd --></div>\n',
    "diff": "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n",
    "console": "$ ls -l\nfoo bar\n$ echo $HOME\n/root\n",
    "ruby": 'x = <<~EOS\n a #{b}\nEOS\ndef f(a) = "x#{a}"\n',
    "javascript": "const a = `x ${b}\n y`; // c\n/* d\n e */ fn(/re/g);\n",
}


def closed(language: str, code: str) -> Highlighter:
    highlighter = Highlighter(language)
    highlighter.append(code)
    highlighter.close()
    highlighter.advance()
    return highlighter


def test_kinds_of_a_python_line() -> None:
    line = 'def area(r): return 3.14 * r ** 2 if r else "none"  # of a circle'
    runs = closed("python", line + "\n").lines[0]
    found = {line[start : start + length]: kind for start, length, kind in runs}
    assert found["def"] is Kind.KEYWORD
    assert found["area"] is Kind.FUNCTION
    assert found["3.14"] is Kind.NUMBER
    assert found['"none"'] is Kind.STRING
    assert found["# of a circle"] is Kind.COMMENT
    assert found["**"] is Kind.OPERATOR


@pytest.mark.parametrize("language", SAMPLES)
def test_exact_once_closed(language: str) -> None:
    code = SAMPLES[language] * 3
    highlighter = Highlighter(language)
    for character in code:
        highlighter.append(character)
        highlighter.advance()
    highlighter.close()
    highlighter.advance()
    assert highlighter.done
    assert highlighter.lines == closed(language, code).lines


@pytest.mark.parametrize("language", SAMPLES)
def test_runs_are_what_pygments_says(language: str) -> None:
    code = SAMPLES[language]
    lines = code.split("\n")
    coloured = "".join(
        lines[number][start : start + length]
        for number, runs in enumerate(closed(language, code).lines)
        for start, length, _ in runs
    )
    assert coloured
    strings = [
        value
        for _, token, value in get_lexer_by_name(language).get_tokens_unprocessed(code)
        if "String.Double" in str(token) and value.strip() and "\n" not in value
    ]
    assert all(value in coloured for value in strings)


@pytest.mark.parametrize("language", SAMPLES)
def test_open_block_is_close_to_exact(language: str) -> None:
    """The lines above the one being written look as they will when the fence closes."""
    code = SAMPLES[language] * 3
    highlighter = Highlighter(language)
    for position in range(0, len(code), 7):
        highlighter.append(code[position : position + 7])
        highlighter.advance()
    exact = closed(language, code).lines
    wrong = sum(a != b for a, b in zip(highlighter.lines, exact, strict=True))
    assert wrong <= len(exact) // 10


def test_the_last_line_needs_no_line_end() -> None:
    for finished in (False, True):
        highlighter = Highlighter("diff")
        highlighter.append("-a\n+b")
        if finished:
            highlighter.close()
        highlighter.advance()
        assert highlighter.lines == [((0, 2, Kind.DELETED),), ((0, 2, Kind.INSERTED),)]


def test_an_open_block_lexes_its_last_lines_only() -> None:
    highlighter = Highlighter("python")
    highlighter.append("x = 1\n" * 5_000)
    highlighter.advance()
    highlighter.append("y = 2\n")
    assert highlighter.advance() == 5_000
    assert highlighter.lines[5_000] == highlighter.lines[0]


def test_work_is_done_in_pieces() -> None:
    code = SAMPLES["python"] * 200
    for finished in (False, True):
        highlighter = Highlighter("python")
        highlighter.append(code)
        if finished:
            highlighter.close()
        pieces = 0
        while not highlighter.done:
            highlighter.advance(0.0)
            pieces += 1
        assert pieces > 10
        assert highlighter.lines[-8:] == closed("python", code).lines[-8:]


@pytest.mark.parametrize(
    "language", ["", "text", "no-such-language", "<script>", "mermaid", "a" * 10_000, "\x00"]
)
def test_unknown_languages_stay_plain(language: str) -> None:
    assert lexer_for(language) is None
    highlighter = closed(language, "import os\n")
    assert highlighter.done
    assert highlighter.tokens(0, 2) == [(), ()]


@pytest.mark.parametrize(
    "name", ["jsonc", "JSONL", "kt", "tsx", "c++", "shell", "yml", "patch", "golang", "vue"]
)
def test_names_that_models_write(name: str) -> None:
    assert lexer_for(name) is not None


def test_very_long_code_and_very_long_lines_stay_plain() -> None:
    assert closed("javascript", "a=1;" * LINE_LIMIT).lines == []
    assert closed("python", "x = 1\n" * CODE_LIMIT).lines == []
    highlighter = Highlighter("python")
    highlighter.append("x = 1\n")
    highlighter.advance()
    highlighter.append("x = 1\n" * CODE_LIMIT)
    highlighter.advance()
    assert highlighter.done
    assert highlighter.tokens(0, 1) != [()]


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="abc \n\t\"'`#{}()[]<>/*-=$:|&\\é中0", max_size=120), st.sampled_from(sorted(SAMPLES))
)
def test_never_raises_and_stays_inside_the_lines(code: str, language: str) -> None:
    highlighter = Highlighter(language)
    for start in range(0, len(code), 5):
        highlighter.append(code[start : start + 5])
        highlighter.advance()
    highlighter.close()
    highlighter.advance()
    lines = code.split("\n")
    for number, runs in enumerate(highlighter.lines):
        end = 0
        for start, length, _ in runs:
            assert end <= start
            assert length > 0
            end = start + length
        assert end <= len(lines[number])


def test_importing_the_module_does_not_import_pygments() -> None:
    script = "import sys, chat2anyllm_desktop.render.highlight; sys.exit('pygments' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_warming_leaves_lexers_loaded() -> None:
    warm(("toml",))
    assert "pygments.lexers.configs" in sys.modules
