"""TeX to outlines: what a formula looks like, as shapes to fill. Needs no Qt and takes long: not for the thread of a window.

ziamath lays the formula out and writes SVG, of which only what it is known to write for TeX is understood; anything
else is refused, as is what it cannot read. It brings its font along: nothing is opened for what a formula says.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from chat2anyllm_desktop.render import tex_source
from chat2anyllm_desktop.render.drawing_limits import MAX_FORMULA
from chat2anyllm_desktop.render.mathml import mend
from chat2anyllm_desktop.render.outline import INK, Outline, OutlineError, outlines
from chat2anyllm_desktop.render.table_lines import add_lines

if TYPE_CHECKING:
    from ziamath.zmath import Math

MAX_DEPTH = 40
"""Braces, environments and pairs of \\left and \\right within each other."""
MAX_SIZE = 400.0
"""Width, and height above and below the baseline, in em."""

_PIXELS = 24.0
"""Per em, of what ziamath writes; it rounds to a thousandth of a pixel."""
_COMMAND = re.compile(r"\\[A-Za-z]+")
_NESTING = re.compile(r"\\(begin|end|left|right)(?![A-Za-z])|\\.|([{}])", re.S)


class FormulaError(ValueError):
    """It cannot be drawn; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Formula:
    """Everything in em: ``width``, and ``ascent`` above and ``descent`` below the baseline, which is y = 0; x begins at
    0, y grows downwards. The outlines are filled one after another by the winding rule."""

    outlines: tuple[Outline, ...]
    width: float
    ascent: float
    descent: float


@cache
def load() -> None:
    """Import what draws formulas, which takes as long as a dozen of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ziamath.zmath  # noqa: F401  For its font, which it loads at once, in a way that Python 3.11 deprecates.
        from ziamath.config import config

    config.svg2 = False  # Each glyph as a path, not as a reference to one.
    config.math.color = INK


def formula(tex: str, *, display: bool) -> Formula:
    """Lay out a formula that stands by itself (``display``) or in a line of text. Raises FormulaError."""
    if len(tex) > MAX_FORMULA:
        raise FormulaError(f"longer than {MAX_FORMULA:,} characters")
    if _depth(tex) > MAX_DEPTH:
        raise FormulaError(f"nested deeper than {MAX_DEPTH}")
    try:
        math = _laid_out(tex, display)
        box = math.node.bbox
        edges = (box.xmin, box.xmax, box.ymin, box.ymax)
        if not all(isfinite(edge) and abs(edge) <= MAX_SIZE * _PIXELS for edge in edges):
            raise FormulaError("too large")
        drawing = ElementTree.Element("svg")
        math.node.draw(-box.xmin, 0, drawing)
        shapes = outlines(drawing, _PIXELS)
    except (FormulaError, OutlineError) as error:
        raise FormulaError(f"{error}") from error
    except RecursionError as error:
        raise FormulaError("nested too deep") from error
    except MemoryError:
        raise
    except Exception as error:  # Neither library says what it raises: for what it did not expect, anything.
        raise FormulaError(f"not understood ({type(error).__name__})") from error
    if not shapes:
        raise FormulaError("there is nothing to be seen in it")
    width, ascent, descent = box.xmax - box.xmin, max(0.0, box.ymax), max(0.0, -box.ymin)
    return Formula(shapes, width / _PIXELS, ascent / _PIXELS, descent / _PIXELS)


def _depth(tex: str) -> int:
    deepest = depth = 0
    for match in _NESTING.finditer(tex):
        if match[1] in ("begin", "left") or match[2] == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif match[1] or match[2]:
            depth -= 1
    return deepest


def _laid_out(tex: str, display: bool) -> Math:
    load()
    from latex2mathml.converter import convert
    from ziamath.zmath import Math

    source = convert(tex_source.prepared(tex), display="block" if display else "inline")
    mathml = ElementTree.fromstring(tex_source.restored(source))
    mend(mathml, display=display)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        math = Math(mathml, size=_PIXELS)
        add_lines(math.node, _PIXELS)
    for text in mathml.itertext():
        # What latex2mathml does not know it passes on as text.
        if (unknown := _COMMAND.search(text)) is not None:
            raise FormulaError(f"{unknown[0]} is not known")
        for character in text:
            if not character.isspace() and not math.font.glyphindex(character):
                raise FormulaError(f"the font for formulas has no {character}")
    return math
