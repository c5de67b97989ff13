"""TeX as models write it, brought to what latex2mathml reads. Nothing is put differently that would look different."""

from __future__ import annotations

import re

_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([A-Za-z]+\*?)\}(?:(?<=at\})\s*\{\d+\})?")
_ENVIRONMENTS = {
    "align": "align*",  # Without numbers.
    "aligned": "align*",
    "alignedat": "align*",
    "alignat": "align*",
    "alignat*": "align*",
    "flalign": "align*",
    "flalign*": "align*",
    "eqnarray": "align*",
    "eqnarray*": "align*",
    "split": "align*",
    "gather": "matrix",
    "gather*": "matrix",
    "gathered": "matrix",
    "multline": "matrix",
    "multline*": "matrix",
    "dcases": "cases",
    "equation": "",
    "equation*": "",
    "displaymath": "",
    "math": "",
}

_NOTHING = re.compile(r"\\(?:label\s*\{[^{}]*\}|(?:nonumber|notag|displaylimits|allowbreak)(?![A-Za-z]))")
_LAST_CELL = re.compile(r"&(?=\s*\\end\s*\{)")
"""An empty one; latex2mathml would take it for the end of an empty row, and leave that out."""
_TAG = re.compile(r"\\tag(\*?)\s*\{([^{}]*)\}")
_NAME = re.compile(r"\\operatorname\s*(\*?)\s*\{([^{}]*)\}")
_SPACE = re.compile(r"\\[,;:! ]|~|\s")
_TEXT = re.compile(r"\\(text(?:bf|it|md|normal|rm|sf|tt|up)?|mbox|hbox)\s*\{")
_NOT = re.compile(r"\\not\s*(=|\\(?:in|subset|subseteq|equiv|sim|exists|mid|parallel)(?![A-Za-z]))")
_OWN_COMMANDS = re.compile(r"\\(?:(?:re)?newcommand|def)(?![A-Za-z])")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_SYNONYMS = {
    "N": r"\mathbb{N}",
    "Q": r"\mathbb{Q}",
    "R": r"\mathbb{R}",
    "Z": r"\mathbb{Z}",
    "arg": r"\operatorname{arg}\,",
    "bm": r"\boldsymbol",
    "bmod": r"\;\mathrm {mod}\;",
    "hdots": r"\dots",
    "mathbbm": r"\mathbb",
    "mathds": r"\mathbb",
    "mathrm": r"\mathrm ",  # latex2mathml sets a single letter upright only where it does not touch the brace.
    "nicefrac": r"\tfrac",
}
_NEGATED = {"=": r"\neq ", r"\in": r"\notin "}

_SIGNS = "<>&{}%$#_^~\\"
"""In text; each travels as another character through what would understand it as something else."""
_STAND_INS = {ord(sign): chr(0xE000 + number) for number, sign in enumerate(_SIGNS)}
_RESTORED = {0xE000 + number: f"&#{ord(sign)};" for number, sign in enumerate(_SIGNS)}
_FOREIGN = re.compile("[\ue000-\uf8ff]")
_ESCAPED = re.compile(r"\\([%$&#_{} ])")


def prepared(tex: str) -> str:
    """The same formula for latex2mathml; its result is to be :func:`restored`. The number of an equation is kept, a few
    spaces behind it."""
    tex = _texts(_FOREIGN.sub("", tex))
    tex = _NOTHING.sub("", tex)
    tags = [found[2] if found[1] else f"({found[2]})" for found in _TAG.finditer(tex)]
    tex = _ENVIRONMENT.sub(_environment, _TAG.sub("", tex)) + "".join(
        rf"\qquad\text{{{tag}}}" for tag in tags
    )
    tex = _NAME.sub(_name, _LAST_CELL.sub(r"&\\phantom{0}", tex))
    tex = _NOT.sub(lambda found: _NEGATED.get(found[1], rf"\n{found[1][1:]} "), tex)
    if _OWN_COMMANDS.search(tex) is None:
        tex = _COMMAND.sub(lambda found: _SYNONYMS.get(found[1], found[0]), tex)
    return tex.replace("||", r"\Vert ").replace(":=", r"\coloneqq ")


def restored(mathml: str) -> str:
    """With the signs back that text holds."""
    return mathml.translate(_RESTORED)


def _environment(found: re.Match[str]) -> str:
    name = _ENVIRONMENTS.get(found[2])
    if name is None:
        return found[0]
    return rf"\{found[1]}{{{name}}}" if name else ""


def _name(found: re.Match[str]) -> str:
    """Of a function; latex2mathml knows letters only."""
    letters = _SPACE.sub("", found[2])
    if letters in ("argmax", "argmin"):
        return rf"\{letters} "
    if letters.isascii() and letters.isalpha():
        return rf"\operatorname{found[1]}{{{letters}}}" if letters == found[2] else rf"\mathrm{{{found[2]}}}"
    return rf"\text{{{found[2]}}}" if "\\" not in found[2] else rf"\mathrm{{{found[2]}}}"


def _texts(tex: str) -> str:
    """Words within a formula: as they are, and with formulas of their own set apart."""
    out: list[str] = []
    at = 0
    while (found := _TEXT.search(tex, at)) is not None:
        end = _closing(tex, found.end())
        out.append(tex[at : found.start()])
        command = found[1] if found[1].startswith("text") else "text"
        body = _ESCAPED.sub(lambda escaped: escaped[1].translate(_STAND_INS), tex[found.end() : end])
        for number, piece in enumerate(body.split("$")):
            if number % 2:
                out.append(f"{{{piece}}}")
            elif "\\" in piece:
                out.append(
                    rf"\{command}{{{piece}}}"
                )  # Something is set within, which nobody here understands.
            elif piece:
                words = piece.replace("{", "").replace("}", "").replace("~", "\u00a0")
                out.append(rf"\{command}{{{words.translate(_STAND_INS)}}}")
        at = end + 1
    out.append(tex[at:])
    return "".join(out)


def _closing(tex: str, start: int) -> int:
    """Where the brace is closed whose inside begins at ``start``."""
    depth, at = 1, start
    while at < len(tex):
        if tex[at] == "\\":
            at += 1
        elif tex[at] in "{}":
            depth += 1 if tex[at] == "{" else -1
            if not depth:
                return at
        at += 1
    return at
