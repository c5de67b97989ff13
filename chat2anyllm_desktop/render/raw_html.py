"""Raw HTML: what begins and ends a block of it, and which elements are honoured. All else is shown as the text it is."""

from __future__ import annotations

import re
from collections.abc import Callable

TAG = re.compile(
    r"<(?:[A-Za-z][A-Za-z0-9-]*+"
    r"(?:[ \t\n]++[A-Za-z_:][A-Za-z0-9_.:-]*+"
    r"(?:[ \t\n]*+=[ \t\n]*+(?:[^ \t\n\"'=<>`]++|'[^']*+'|\"[^\"]*+\"))?+)*+[ \t\n]*+/?>"
    r"|/[A-Za-z][A-Za-z0-9-]*+[ \t\n]*+>)"
)
KNOWN_TAG = re.compile(r"<(?:(/?)(sub|sup|kbd)\s*|(br)\s*/?\s*)>", re.I)

DETAILS = re.compile(r"<details(\s[^<>]*)?>[ \t]*", re.I)
DETAILS_END = re.compile(r"</details\s*>[ \t]*", re.I)
SUMMARY = re.compile(r"<summary(?:\s[^<>]*)?>[ \t]*", re.I)
SUMMARY_END = re.compile(r"[ \t]*</summary\s*>[ \t]*", re.I)

_BLOCK_NAMES = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|"
    "menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|"
    "track|ul"
)
BLANK = re.compile(r"[ \t]*\Z")
"""Ends a block of HTML that ends at an empty line."""

# The start conditions of CommonMark 1-6, each with what ends the block; the seventh is `starts_html`'s own.
_CONDITIONS = [
    (r"<(?:script|pre|textarea|style)(?:[ \t>]|\Z)", r"</(?:script|pre|textarea|style)>"),
    (r"<!--", r"-->"),
    (r"<\?", r"\?>"),
    (r"<![A-Za-z]", r">"),
    (r"<!\[CDATA\[", r"\]\]>"),
]
_STARTS = [(re.compile(start, re.I), re.compile(end, re.I)) for start, end in _CONDITIONS]
_STARTS.append((re.compile(rf"</?(?:{_BLOCK_NAMES})(?:[ \t]|/?>|\Z)", re.I), BLANK))


def starts_html(text: str, position: int, in_paragraph: bool) -> re.Pattern[str] | None:
    """What ends the block of raw HTML that begins at ``position``, None where none begins."""
    for start, end in _STARTS:
        if start.match(text, position):
            return end
    if in_paragraph or KNOWN_TAG.match(text, position):
        return None
    tag = TAG.match(text, position)
    return BLANK if tag is not None and BLANK.match(text, tag.end()) else None


def inline_html_end(text: str, start: int, find: Callable[[str, int], int]) -> int:
    """Where the raw HTML at ``start`` ends, 0 if there is none. ``find`` is ``text.find`` that remembers failures."""

    def past(end: str, after: int) -> int:
        found = find(end, after)
        return found + len(end) if found >= 0 else 0

    tag = TAG.match(text, start)
    if tag is not None:
        return tag.end()
    if text.startswith("<!--", start):
        if text.startswith((">", "->"), start + 4):
            return text.index(">", start) + 1
        return past("-->", start + 4)
    if text.startswith("<?", start):
        return past("?>", start + 2)
    if text.startswith("<![CDATA[", start):
        return past("]]>", start + 9)
    if text.startswith("<!", start) and text[start + 2 : start + 3].isalpha():
        return past(">", start + 2)
    return 0
