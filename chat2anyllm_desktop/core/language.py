"""The words of the program in the user's language.

English is what stands in the code. Every layer may say something to the user, so this is the lowest of them and knows no
Qt; the window hands in a way to look sentences up.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

_LookUp = Callable[[str, int], str]


def _as_it_is(text: str, count: int) -> str:
    """English: ``(s)`` is what one thing has not."""
    return text.replace("(s)", "" if count == 1 else "s") if count >= 0 else text


_look_up: _LookUp = _as_it_is


def tr(text: str, /, *, n: int = -1, **values: object) -> str:
    """A sentence in the user's language. ``text`` is its English form, written out at the call (translations are gathered
    from there), with ``{names}`` for the ``values``. ``n`` chooses among plural forms and is ``{n}`` in the text; the
    English form then reads ``"{n} session(s)"``, and is told as one session, two sessions."""
    found = _look_up(text, n)
    if n >= 0:
        return found.format(n=f"{n:,}", **values)
    return found.format(**values) if values else found


def mark(text: str, /) -> str:
    """``text`` itself, to be translated where it is shown: for tables that are made before the language is known."""
    return text


def sentences(*said: str) -> str:
    """Whole sentences that follow each other, empty ones left out: not every language has a blank between them."""
    told = filter(None, said)
    return reduce(lambda first, then: tr("{first} {then}", first=first, then=then), told, next(told, ""))


def speak(look_up: _LookUp | None) -> None:
    """From now on look sentences up by ``look_up(english, n)``; None goes back to English."""
    global _look_up
    _look_up = look_up or _as_it_is
