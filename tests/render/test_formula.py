"""TeX as models write it, laid out for real."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest

from chat2anyllm_desktop.render.drawing_limits import MAX_FORMULA
from chat2anyllm_desktop.render.formula import MAX_DEPTH, Formula, FormulaError, formula
from chat2anyllm_desktop.render.outline import CURVE, CURVE_ON, LINE, MOVE

AS_WRITTEN = Path(__file__).with_name("formulas.txt").read_text(encoding="utf-8").splitlines()


def drawn(tex: str, *, display: bool = True) -> Formula:
    return formula(tex, display=display)


def points(found: Formula) -> list[tuple[float, float]]:
    return [
        point
        for outline in found.outlines
        for point in zip(outline.points[::2], outline.points[1::2], strict=True)
    ]


def same(one: str, other: str) -> bool:
    """Both are drawn alike."""
    return drawn(one).outlines == drawn(other).outlines


@pytest.mark.parametrize("display", [True, False], ids=["display", "inline"])
@pytest.mark.parametrize("tex", AS_WRITTEN)
def test_what_models_write_is_drawn_within_its_bounds(tex: str, display: bool) -> None:
    found = drawn(tex, display=display)
    assert found.width > 0.1
    assert found.ascent + found.descent > 0
    slack = 0.35  # Italics and accents lean out.
    for x, y in points(found):
        assert -slack <= x <= found.width + slack
        assert -found.ascent - slack <= y <= found.descent + slack


@pytest.mark.parametrize("tex", AS_WRITTEN)
def test_outlines_are_whole(tex: str) -> None:
    """Every shape begins with a move, and every curve has its three points."""
    for outline in drawn(tex).outlines:
        assert len(outline.points) == 2 * len(outline.kinds)
        letters = {MOVE: "M", LINE: "L", CURVE: "C", CURVE_ON: "c"}
        word = "".join(letters[kind] for kind in outline.kinds)
        assert re.fullmatch("M(?:M|L|Ccc)*", word)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"a = b \label{eq:1}", "a = b"),
        (r"\begin{equation} a = b \nonumber \end{equation}", "a = b"),
        (r"E = mc^2 \tag{7}", r"E = mc^2 \qquad\text{(7)}"),
        (r"\begin{align} a &= b \\ c &= d \end{align}", r"\begin{align*} a &= b \\ c &= d \end{align*}"),
        (r"\begin{alignedat}{2} a &= b \end{alignedat}", r"\begin{align*} a &= b \end{align*}"),
        (r"\operatorname*{arg\,max}_x f", r"\argmax_x f"),
        (r"x \not= y, x \not\in A", r"x \neq y, x \notin A"),
        (r"\bm{x}", r"\boldsymbol{x}"),
        (r"\text{if $x < 0$}", r"\text{if } x < 0"),
        (r"\text{a {b} c}", r"\text{a b c}"),
        (r"x := 1", r"x \coloneqq 1"),
        (r"||x||", r"\Vert x \Vert"),
        (r"\{a\} \Bigl\{ b \Bigr\}", r"\lbrace a\rbrace \Bigl\{ b \Bigr\}"),
        (r"\colorbox{yellow}{x}", r"\text{x}"),
        (r"\det A", r"\mathrm{det}\,A"),
        (r"\operatorname{rank} A", r"\mathrm{rank}\,A"),
        (r"\operatorname{rank}(A)", r"\mathrm{rank}(A)"),
    ],
)
def test_what_means_the_same_is_drawn_alike(written: str, meant: str) -> None:
    assert same(written, meant)


def test_signs_in_text() -> None:
    assert drawn(r"\text{5 \% \& \{x\} < \$ \_ \#}").width > drawn(r"\text{5 x}").width + 4


def test_an_empty_last_cell_takes_no_row_with_it() -> None:
    assert (
        drawn(r"\begin{matrix} 1 & 2 \\ 3 & \end{matrix}").ascent
        > drawn(r"\begin{matrix} 1 & 2 \end{matrix}").ascent
    )


def test_a_letter_in_mathrm_is_upright() -> None:
    assert not same(r"\mathrm{d}", "d")


def test_the_name_of_an_operator_is_drawn() -> None:
    assert drawn(r"\mathop{\mathrm{argmin}}_x f").width > drawn("f").width * 4


def test_a_sign_behind_a_relation_is_no_sum() -> None:
    assert drawn("a = -b").width < drawn("a - b").width + drawn("=").width + 0.35


def test_lines_between_columns_and_rows() -> None:
    plain = drawn(r"\begin{array}{cc} a & b \\ c & d \end{array}")
    ruled = drawn(r"\begin{array}{c|c} a & b \\ \hline c & d \end{array}")
    framed = drawn(r"\begin{array}{|c|c|} \hline a & b \\ \hline c & d \\ \hline \end{array}")
    assert len(points(ruled)) == len(points(plain)) + 2 * 5
    assert len(points(framed)) == len(points(ruled))


def test_a_tall_bar_is_one_piece() -> None:
    tall = drawn(r"\left| \begin{matrix} a \\ b \\ c \\ d \\ e \\ f \end{matrix} \right|")
    low = drawn(r"\begin{matrix} a \\ b \\ c \\ d \\ e \\ f \end{matrix}")
    assert len(points(tall)) == len(points(low)) + 2 * 5


def test_the_baseline_is_at_zero() -> None:
    letter, hanging = drawn("x"), drawn("y")
    assert letter.descent < 0.03
    assert 0.1 < hanging.descent < 0.4
    assert 0.4 < letter.ascent < 0.6


def test_limits_in_a_fraction_stand_beside_their_sign() -> None:
    assert drawn(r"\frac{1}{\sum_{j=1}^{n}}").width > drawn(r"\frac{1}{\sum}").width + 0.8
    assert drawn(r"\sum_{j=1}^{n}").width < drawn(r"\sum").width + 0.5


def test_a_formula_in_a_line_is_lower() -> None:
    tex = r"\sum_{i=1}^n \frac{1}{i}"
    alone, among = drawn(tex), drawn(tex, display=False)
    assert among.ascent + among.descent < (alone.ascent + alone.descent) * 0.7


def test_colours() -> None:
    assert [outline.colour for outline in drawn(r"\color{red}{x} ").outlines] == ["red"]
    assert [outline.colour for outline in drawn(r"\textcolor{#00ff00}{x} + y").outlines] == ["#00ff00", None]
    assert [outline.colour for outline in drawn(r"\textcolor{black}{x}").outlines] == [None]


@pytest.mark.parametrize(
    ("tex", "why"),
    [
        (r"\ce{H2O}", r"\\ce is not known"),
        (r"x + \undefined", r"\\undefined is not known"),
        (r"\includegraphics{/etc/passwd}", r"\\includegraphics is not known"),
        (r"\text{速度} = v", "the font for formulas has no 速"),
        (r"\frac{1}", "not understood"),
        (r"\left( x", "not understood"),
        (r"\begin{tikzpicture} \draw (0,0) -- (1,1); \end{tikzpicture}", "is not known|not understood"),
        ("", "not understood|nothing"),
        (r"\quad", "nothing to be seen"),
        (r"\textcolor{url(x)}{y}", "a colour is not understood"),
        (r"\rule{99999em}{1em}", "too large"),
        ("x" * (MAX_FORMULA + 1), "longer than 4,000 characters"),
        ("{" * (MAX_DEPTH + 1) + "x" + "}" * (MAX_DEPTH + 1), "nested deeper than 40"),
        (r"\def\a{\a\a}\a", "nested too deep|not understood"),
        ("\\begin{matrix}" + "M&" * 700 + "\\end{matrix}", "too large|too much"),
    ],
)
def test_refused(tex: str, why: str) -> None:
    with pytest.raises(FormulaError, match=why):
        drawn(tex)


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{</mtext></math><script>}",
        r"\text{<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;}",
        r"\style{fill:url(file:///etc/passwd)}{x}",
        r"\class{x}{y} \href{javascript:alert(1)}{x}",
        "\ue000\ue002\uf8ff x",
        "\x00x\x1b[0m",
        r"\unicode{x0} x",
        "%",
        "\\",
        "^_^_",
        "&&&\\\\&&&",
        "$x$ $$y$$",
    ],
)
def test_anything_is_drawn_or_refused(tex: str) -> None:
    with suppress(FormulaError):
        assert drawn(tex).outlines
