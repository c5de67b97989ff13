"""Math among text: what is TeX and what is money, a variable or an escaped bracket."""

from __future__ import annotations

import re

_DOLLAR_BODY = re.compile(r"(?:[^$\\]|\\.)*+", re.S)
_SIGN = re.compile(r"[\\^_={}+<>|/*]|\d[ \t]*-|-[ \t]*\d")


def is_display(body: str) -> bool:
    """Whether ``\\[body\\]`` is a formula. ``\\[1\\]`` and ``\\[optional\\]`` are brackets that someone escaped."""
    if not body.strip(" \t\n\\"):
        return False
    return bool(_SIGN.search(body)) or (body[0].isspace() and body[-1].isspace())


def is_inline(body: str) -> bool:
    """Whether ``\\(body\\)`` is a formula."""
    return bool(body.strip(" \t\n\\"))


def is_dollars(body: str) -> bool:
    """Whether ``$$body$$`` is a formula. Backticks around dollars are shell code cut in two."""
    return bool(body.strip()) and "`" not in body


def dollar_end(text: str, start: int) -> int:
    """Where the ``$`` stands that closes the one at ``start``: 0 if it closes nothing, -1 if there is no other.

    Money and variables are told apart as Pandoc does, and a little stricter: no space inside the dollars, no letter or
    digit outside them, and the next dollar or none."""
    body = _DOLLAR_BODY.match(text, start + 1)
    assert body is not None
    end = body.end()
    if not text.startswith("$", end):
        return -1
    inner, before, after = body[0], text[start - 1 : start], text[end + 1 : end + 2]
    if not inner or inner[0].isspace() or inner[-1].isspace() or "`" in inner:
        return 0
    if (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum()) or after == "$":
        return 0
    return end
