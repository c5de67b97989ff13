"""Words that the checks of the self-test speak: a check answers with what it saw, or raises one of these."""

from __future__ import annotations


class Failed(Exception):
    """It does not work; the text says what was seen."""


class Skipped(Exception):
    """It cannot be tried here; the text says why."""


def expect(condition: object, text: str) -> None:
    """Raises Failed with ``text`` unless the condition holds."""
    if not condition:
        raise Failed(text)
