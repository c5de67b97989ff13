"""What CommonMark asks of characters: escapes, entities, punctuation, width of scripts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html.entities import html5
from urllib.parse import quote

ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
REPLACEMENT = "\ufffd"

CJK = (
    "\u1100-\u11ff\u2e80-\u2fdf\u2ff0-\u303f\u3040-\u30ff\u3100-\u31ef\u31f0-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003fffd"
)
"""Chinese, Japanese and Korean, with their punctuation and full-width forms, for use inside ``[...]``."""

_IS_CJK = re.compile(f"[{CJK}]")
_ENTITY = r"&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
ENTITY = re.compile(_ENTITY)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])|" + _ENTITY)
_SAFE_URL = re.compile(r"[A-Za-z0-9\-_.+!*'(),%#@?=;:/&$~]*\Z")


@lru_cache(maxsize=4096)
def is_cjk(character: str) -> bool:
    return _IS_CJK.match(character) is not None


@lru_cache(maxsize=4096)
def is_punctuation(character: str) -> bool:
    """Unicode punctuation or symbol, as CommonMark 0.31 defines it."""
    return character in ASCII_PUNCTUATION or unicodedata.category(character)[0] in "PS"


def entity(reference: str) -> str | None:
    """The character that ``&...;`` stands for, None where there is no such entity."""
    if reference[1] != "#":
        return html5.get(reference[1:])
    body = reference[2:-1]
    code = int(body[1:], 16) if body[0] in "xX" else int(body)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return REPLACEMENT
    return chr(code)


def _unescape(found: re.Match[str]) -> str:
    if found[1] is not None:
        return found[1]
    return entity(found[0]) or found[0]


def unescaped(text: str) -> str:
    """``text`` with backslash escapes and entities resolved, as in link destinations, titles and info strings."""
    return _ESCAPED.sub(_unescape, text) if "\\" in text or "&" in text else text


def encoded_url(url: str) -> str:
    """``url`` percent-encoded where it must be; what is encoded already stays as it is."""
    if _SAFE_URL.match(url):
        return url
    return quote(url.encode("utf-8", "replace"), safe="-_.+!*'(),%#@?=;:/&$~")
