"""MathML as latex2mathml writes it, brought to what ziamath draws as TeX would."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from chat2anyllm_desktop.render.outline import INK

_THIN, _MEDIUM, _THICK = "0.167em", "0.222em", "0.278em"
_BINARY = frozenset("∩∪∨∧∖⊕⊗⊖⊙⊎⊓⊔×÷⋅∘∗±∓")
_RELATIONS = frozenset("∼⟹⟸⟺⟶⟵⟼∣⊢⊨⊥∥:")
_SIGNS = frozenset("+−±∓")
_CLOSING = frozenset(")]}|‖⟩⌉⌋!′″%∞∅…⋯")
"""Operators, by name only, that something is added to; behind any other one a sign belongs to what follows."""
_STIFF = frozenset("⟨⟩↑↓⟹⟸⟺⟶⟵⟼∑∏∐∫∬∭∮⋃⋂⋁⋀⨁⨂⨀")
"""They grow with what they stand beside only where that was asked for."""
_SET_OFF = frozenset(("lim", "max", "min"))
"""Names that ziamath has among its operators."""
_VARIANTS = {"monospace": "mono", "sans-serif": "sans", "double-struck": "double"}
_ACCENTS = {"^": ("\u02c6", "\u0302"), "~": ("\u02dc", "\u0303")}
"""As narrow as one letter, and as wide as what is below."""
_LONG = {"→": "⟶", "←": "⟵", "↔": "⟷", "⇒": "⟹", "⇐": "⟸", "⇔": "⟺", "↦": "⟼"}
"""Arrows with something written above or below."""
_SCRIPTS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}


def mend(math: Element, *, display: bool) -> None:
    """Change it in place; ``display`` as for the formula."""
    elements = [*math.iter()]
    for element in elements:
        element.tag = _name(element)
        variant = element.get("mathvariant", "")
        element.attrib.update({"mathvariant": _VARIANTS[variant]} if variant in _VARIANTS else {})
        if element.attrib.pop("mathbackground", "") == "black":  # A \rule; a ground would fit one theme only.
            element.set("mathbackground", INK)
        if element.tag == "mtable":
            spacing = element.get("columnspacing", "0.8em")
            element.set("rowspacing", element.get("rowspacing", "0.45em"))
            element.set("columnspacing", "0em 1.5em" if spacing.startswith("0em 2em") else spacing)
        if element is not math:
            _unwrap(element)
    for element in elements:
        if element.tag in ("mover", "munderover"):
            _mend_accent(element)
        elif display and element.tag in _SCRIPTS and element[0].tag == "mo" and len(element[0]):
            element.tag = _SCRIPTS[element.tag]  # What \mathop has made an operator.
        _mend_row(element)
        if element.tag == "mfrac":
            _set_in_text_style(element)


def _set_in_text_style(fraction: Element) -> None:
    """As TeX sets the parts of a fraction: limits stand beside their sign, where there is room for them."""
    for number, part in enumerate([*fraction]):
        if part.tag != "mstyle":
            fraction[number] = Element("mstyle", displaystyle="false")
            fraction[number].append(part)


def _unwrap(parent: Element) -> None:
    """Rows of one thing, which every brace makes: for each row around it ziamath lays a thing out twice. A sign alone in
    its row is no operator, and stays so."""
    for number, child in enumerate([*parent]):
        while len(child) == 1 and not child.attrib and _name(child) == "mrow" and _name(child[0]) != "mo":
            parent[number] = child = child[0]


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _mend_accent(element: Element) -> None:
    base, accent = element[0], element[-1]
    if base.tag == "mstyle" and len(base) == 1 and base[0].text in _LONG:
        base[0].text = _LONG[base[0].text]
    if accent.tag == "mo" and accent.text in _ACCENTS:
        narrow = element.get("accent") == "true" or accent.get("stretchy") == "false"
        accent.text = _ACCENTS[accent.text][0 if narrow else 1]


def _mend_row(row: Element) -> None:
    before: Element | None = None
    for number in range(len(row) - 2, -1, -1):
        if _is_function(row[number]) and row[number + 1].tag != "mo":
            row.insert(number + 1, Element("mspace", width=_THIN))
    for number, element in enumerate([*row]):
        if element.tag == "mi" and element.text in ("~", ":"):
            element.tag, element.text = "mo", "∼" if element.text == "~" else ":"
        if element.tag == "mo" and len(element):
            element.tag = "mrow"  # An operator that is a row of letters is not drawn.
        elif element.tag in ("mo", "mi") and element.text:
            _mend_operator(element, element.text, before)
        elif element.tag == "mfrac" and element.get("linethickness") == "0":
            for bracket in (*row[max(0, number - 1) : number], *row[number + 1 : number + 2]):
                bracket.attrib.pop("minsize", None)
                bracket.attrib.pop("maxsize", None)
        before = element


def _is_function(element: Element) -> bool:
    """A name, alone or with something above or below, that ziamath does not set off from what follows."""
    if element.tag == "mo" and not element.get("rspace"):
        return len(element.text or "") > 1 and (element.text or "").isalpha() and element.text not in _SET_OFF
    if element.tag not in ("msub", "msup", "msubsup", "munder", "mover", "munderover"):
        return False
    base = element[0]
    named = len(base.text or "") > 1 and (base.text or "").replace("\u2009", "").isalpha()
    return named and (base.tag == "mi" or base.get("movablelimits") == "true")


def _mend_operator(element: Element, sign: str, before: Element | None) -> None:
    if sign in ("\\{", "\\}"):
        element.text = sign = sign[1]
    if sign in _STIFF and element.get("fence") != "true":
        element.set("stretchy", "false")
    if sign == "!":
        element.set("form", "postfix")
    elif before is None:
        return
    elif sign in _SIGNS and before.tag == "mo" and before.text not in _CLOSING:
        element.set("form", "prefix")
    elif sign in _BINARY or sign in _RELATIONS:
        space = _MEDIUM if sign in _BINARY else _THICK
        element.tag = "mo"
        element.attrib.update({"form": "infix", "lspace": space, "rspace": space})
