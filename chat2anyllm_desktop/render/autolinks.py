"""Bare addresses in running text: GitHub's autolink extension, with Chinese and Japanese text around them in mind.

Where GitHub reads on to the next space, an address also ends at CJK punctuation, and its host at CJK letters:
``见https://example.com，然后`` and ``打开https://example.com查看`` are written like this by every model. In the path such
letters stay part of the address (``https://zh.wikipedia.org/wiki/中文``).
"""

from __future__ import annotations

import re
from typing import Any

from chat2anyllm_desktop.render.characters import CJK, encoded_url
from chat2anyllm_desktop.render.nodes import Emphasis, Inline, Link, Strike, Strong, Tagged, Text

_STOP = "\\u3000-\\u303f\\uff00-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65\u201c\u201d\u2018\u2019\u2026"
_HOST = rf"(?:(?![{CJK}])[\w-])++(?:\.(?:(?![{CJK}])[\w-])++)*+"
_REST = rf"(?:(?![{CJK}])[^\s<`{_STOP}][^\s<`{_STOP}]*+)?+"
# Spelled out instead of re.IGNORECASE, which takes 25 ms to compile with so wide classes.
_ADDRESS = re.compile(rf"(?:(?:[hH][tT][tT][pP][sS]?|[fF][tT][pP])://|[wW][wW][wW]\.)({_HOST})({_REST})")
_ENTITY_END = re.compile(r"&[A-Za-z0-9]+;\Z")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_TRAILING = "?!.,:*_~'\""
_LOCAL = re.compile(r"[A-Za-z0-9._+-]")
_MAIL_HOST = re.compile(r"[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]++)++")
_MAIL_LIMIT = 254


def address_at(text: str, position: int, in_brackets: bool) -> tuple[Link, int] | None:
    """The bare address that begins at ``position`` with a scheme or ``www.``, and where it ends.

    Backslashes of escapes are left out: some models escape underscores in addresses, too."""
    if position and (text[position - 1].isascii() and text[position - 1].isalnum()):
        return None
    www = text[position] in "wW"
    if www and position and text[position - 1] in "./-@_:":
        return None
    found = _ADDRESS.match(text, position)
    if found is None:
        return None
    host = found[1].split(".")
    if any("_" in part for part in host[-2:]):
        return None
    source = found[0]
    if in_brackets:
        source = source.partition("]")[0]
    source = _trimmed(source)
    if len(source) <= found.start(1) - position:
        return None
    end = position + len(source)
    source = _ESCAPE.sub(r"\1", source)
    return Link(encoded_url(f"http://{source}" if www else source), "", (Text(source),)), end


def _trimmed(source: str) -> str:
    """Without the punctuation that ends the sentence, not the address."""
    surplus = source.count(")") - source.count("(")
    end = len(source)
    while end:
        last = source[end - 1]
        if last in _TRAILING:
            end -= 1
        elif last == ")" and surplus > 0:
            surplus -= 1
            end -= 1
        elif last == ";":
            entity = _ENTITY_END.search(source, max(0, end - 34), end)
            end = entity.start() if entity else end - 1
        else:
            break
    return source[:end]


def with_mail_links(text: str) -> list[Any]:
    """``text`` cut into strings and mail links."""
    parts: list[Any] = []
    done = 0
    at = text.find("@")
    while at >= 0:
        start = at
        floor = max(done, at - _MAIL_LIMIT)
        while start > floor and _LOCAL.match(text[start - 1]):
            start -= 1
        host = _MAIL_HOST.match(text, at + 1)
        if start < at and host is not None:
            end = host.end()
            if text[end - 1].isalpha():  # GitHub: what ends otherwise is none, as in `python@3.12`.
                address = text[start:end]
                if start > done:
                    parts.append(text[done:start])
                parts.append(Link(f"mailto:{address}", "", (Text(address),)))
                done = end
        at = text.find("@", at + 1)
    if done < len(text):
        parts.append(text[done:])
    return parts


def without_links(children: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """``children`` with addresses as text: links hold no links."""
    found: list[Inline] = []
    for child in children:
        if isinstance(child, Link):
            child = child.children[0]
        elif isinstance(child, Emphasis | Strong | Strike):
            child = type(child)(without_links(child.children))
        elif isinstance(child, Tagged):
            child = Tagged(child.tag, without_links(child.children))
        if isinstance(child, Text) and found and isinstance(last := found[-1], Text):
            found[-1] = Text(last.text + child.text)
        else:
            found.append(child)
    return tuple(found)
