"""The checklist that a planning model wrote, as steps, and back. Pure functions, tolerant of how models write lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBERED = re.compile(
    r"(?P<indent>[ \t]*)(?:\#{1,6}[ ]+)?(?P<bold>\*\*|__)?"
    r"(?:step[ ]+)?\d{1,3}[.):](?(bold)(?:\*\*|__)?)[ \t]+(?P<text>.*)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?P<indent>[ \t]*)(?P<bold>(?!))?[-*+•][ \t]+(?P<text>.*)")
_CHECKBOX = re.compile(r"\[[ xX]?\][ \t]+")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")


def parse_plan(text: str) -> tuple[str, ...]:
    """The steps of a plan: numbered lines or, where there are none, bullets. Lines that belong to a step (wrapped text,
    nested lists, code) stay with it; an introduction, an end and a fence around the whole list are left out. Empty
    when nothing looks like a list."""
    lines = text.expandtabs(4).splitlines()
    marker = _NUMBERED if any(_NUMBERED.fullmatch(line) for line in lines) else _BULLET
    steps: list[list[str]] = []
    base = 0
    in_code = after_blank = False
    for line in lines:
        found = None if in_code else marker.fullmatch(line)
        if found is not None and (not steps or len(found["indent"]) < base + 2):
            base = len(found["indent"])
            steps.append([_bare(found["text"], bold=found["bold"])])
            after_blank = False
            continue
        indented = len(line) - len(line.lstrip()) > base
        if _FENCE.match(line):
            # A fence at the list's own margin holds the whole list; a deeper one is code of a step.
            if steps and (in_code or indented):
                in_code = not in_code
                steps[-1].append(line[base:])
        elif not line.strip():
            after_blank = not in_code
        elif steps and (in_code or indented or not after_blank):
            steps[-1].append(line[base:])
    return tuple(filter(None, map(_joined, steps)))


def format_plan(steps: Sequence[str]) -> str:
    """The steps as a numbered list in Markdown."""
    return "\n".join(
        f"{number}. " + step.strip().replace("\n", "\n" + " " * (len(str(number)) + 2))
        for number, step in enumerate(steps, start=1)
    )


def _bare(text: str, *, bold: str | None) -> str:
    text = _CHECKBOX.sub("", text, count=1) if _CHECKBOX.match(text) else text
    return text.replace(bold, "", 1) if bold and text.count(bold) % 2 else text


def _joined(lines: list[str]) -> str:
    """A step's own line and its wrapped lines become one; nested lists and code keep their lines."""
    step = lines[0].strip()
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    verbatim = False
    for line in lines[1:]:
        line = line[margin:].rstrip()
        fence = _FENCE.match(line) is not None
        keeps = verbatim or fence or _BULLET.fullmatch(line) or _NUMBERED.fullmatch(line)
        step += ("\n" if keeps else " ") + (line if keeps else line.strip())
        verbatim ^= fence
    return step.strip()
