"""Where a place in a text is once the text is another: markup that is closed, or a link that is defined, takes characters
out of it. No Qt."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import islice

_TOKEN = re.compile(r"\w+|[^\w\s]")
_MOST = 400
"""Words and signs that are compared; what is behind has moved as far as the last of these."""


def moved(old: str, new: str, at: int, *, begins: bool) -> int:
    """Where in ``new`` that is which begins at ``at`` in ``old``, or else ends there."""
    same = next(
        (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    if same == len(old) or at < same or (at == same and not begins):
        return at
    start = same
    while start and (old[start - 1].isalnum() or old[start - 1] == "_"):
        start -= 1
    before = list(islice(_TOKEN.finditer(old, start), _MOST))
    after = list(islice(_TOKEN.finditer(new, start), _MOST))
    matcher = SequenceMatcher(None, [one[0] for one in before], [one[0] for one in after], autojunk=False)
    pairs = [
        (before[block.a + number], after[block.b + number])
        for block in matcher.get_matching_blocks()
        for number in range(block.size)
    ]
    if pairs and len(before) == _MOST and at > before[-1].end():
        return min(len(new), at + pairs[-1][1].end() - pairs[-1][0].end())
    if begins:
        one, other = next((pair for pair in pairs if pair[0].end() > at), (None, None))
        return len(new) if one is None or other is None else other.start() + max(0, at - one.start())
    one, other = next((pair for pair in reversed(pairs) if pair[0].start() < at), (None, None))
    return same if one is None or other is None else other.end() - max(0, one.end() - at)
