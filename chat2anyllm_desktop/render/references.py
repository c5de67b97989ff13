"""What a message defines and refers to by label: link targets and footnotes.

Definitions hold for the whole message, also in front of them. While a message streams, those in its unfinished last
lines may still change: they are kept apart as a *draft* that is replaced with every piece of text.
"""

from __future__ import annotations

import re

from chat2anyllm_desktop.render.characters import encoded_url, unescaped

Target = tuple[str, str]
"""Address and title."""

_LABEL = r"\[((?:[^\\\[\]]|\\.){1,999}+)\]"
LABEL = re.compile(_LABEL, re.S)
_DEFINED = re.compile(_LABEL + r":[ \t]*\n?[ \t]*", re.S)
_BETWEEN = re.compile(r"[ \t]*\n?[ \t]*")
_REST_OF_LINE = re.compile(r"[ \t]*(?:\n|\Z)")
_SPACES = re.compile(r"[ \t\n]+")
_POINTED = re.compile(r"<((?:[^<>\n\\]|\\.)*+)>")
_BARE = re.compile(r"[^ \x00-\x1f\x7f()\\]++|\\[!-/:-@\[-`{-~]|\\")
_TITLE = re.compile(r'"((?:[^"\\]|\\.)*+)"' + r"|'((?:[^'\\]|\\.)*+)'" + r"|\(((?:[^()\\]|\\.)*+)\)", re.S)
_PAREN_LIMIT = 8


def normalized(label: str) -> str:
    """The form under which labels are compared."""
    return _SPACES.sub(" ", label).strip().casefold()


class References:
    """Link targets by normalised label, and footnote numbers by ``^label``; the first definition of each wins."""

    __slots__ = ("_draft", "_drafting", "_final", "_notes", "final_labels")

    def __init__(self) -> None:
        self._final: dict[str, Target | int] = {}
        self._draft: dict[str, Target | int] = {}
        self._drafting = False
        self._notes = 0
        self.final_labels: list[str] = []
        """What is defined for good, in that order: it only grows."""

    def define_link(self, label: str, target: Target) -> None:
        self._define(label, target)

    def define_note(self, label: str) -> int:
        """Registers a footnote; numbers count definitions in the order in which they stand."""
        number = self.note(label)
        if number is None:
            number = self._notes + sum(type(value) is int for value in self._draft.values()) + 1
            self._define("^" + label, number)
        return number

    def _define(self, key: str, value: Target | int) -> None:
        if key in self._final:
            return
        if self._drafting:
            self._draft.setdefault(key, value)
        else:
            self._final[key] = value
            self._notes += type(value) is int
            self.final_labels.append(key)

    def get(self, key: str) -> Target | int | None:
        return self._final.get(key) or self._draft.get(key)

    def link(self, label: str) -> Target | None:
        found = self.get(label)
        return found if isinstance(found, tuple) else None

    def note(self, label: str) -> int | None:
        found = self.get("^" + label)
        return found if isinstance(found, int) else None

    def start_draft(self) -> None:
        """What is defined from here on belongs to the draft."""
        self._drafting = True

    def drop_draft(self) -> dict[str, Target | int]:
        """Forgets the draft and returns it: what follows is defined for good."""
        draft, self._draft = self._draft, {}
        self._drafting = False
        return draft

    @property
    def drafted(self) -> dict[str, Target | int]:
        return self._draft


def destination(text: str, position: int) -> tuple[str, int] | None:
    """The link destination at ``position`` and where it ends; a bare one may be empty."""
    if text.startswith("<", position):
        pointed = _POINTED.match(text, position)
        return (encoded_url(unescaped(pointed[1])), pointed.end()) if pointed else None
    start = position
    depth = 0
    size = len(text)
    while position < size:
        bare = _BARE.match(text, position)
        if bare is not None:
            position = bare.end()
            continue
        character = text[position]
        if character == "(":
            depth += 1
            if depth > _PAREN_LIMIT:
                return None
        elif character == ")" and depth:
            depth -= 1
        else:
            break
        position += 1
    if depth:
        return None
    return encoded_url(unescaped(text[start:position])), position


def title(text: str, position: int) -> tuple[str, int] | None:
    """The link title at ``position`` and where it ends."""
    found = _TITLE.match(text, position)
    if found is None:
        return None
    return unescaped(found[1] or found[2] or found[3] or ""), found.end()


def inline_target(text: str, position: int) -> tuple[str, str, int] | None:
    """Address, title and end of ``(...)``, whose parenthesis stands at ``position``."""
    start = _skip(text, position + 1)
    found = destination(text, start)
    if found is None:
        return None
    address, end = found
    after = _skip(text, end)
    words = ""
    if after > end and (titled := title(text, after)) is not None:
        words, after = titled
        after = _skip(text, after)
    return (address, words, after + 1) if text.startswith(")", after) else None


def _skip(text: str, position: int) -> int:
    found = _SPACES.match(text, position)
    return found.end() if found else position


def take_definitions(text: str, references: References) -> int:
    """Registers the link definitions that a paragraph's text begins with; returns where they end."""
    position = 0
    while text.startswith("[", position):
        end = _definition(text, position, references)
        if end is None:
            break
        position = end
    return position


def _definition(text: str, position: int, references: References) -> int | None:
    head = _DEFINED.match(text, position)
    if head is None or not (label := normalized(head[1])):
        return None
    found = destination(text, head.end())
    if found is None or (found[1] == head.end()):
        return None
    address, end = found
    ends_here = _REST_OF_LINE.match(text, end)
    gap = _BETWEEN.match(text, end)
    words = ""
    result = ends_here.end() if ends_here else None
    if gap is not None and gap.end() > end and (titled := title(text, gap.end())) is not None:
        rest = _REST_OF_LINE.match(text, titled[1])
        if rest is not None:
            words, result = titled[0], rest.end()
    if result is not None:
        references.define_link(label, (address, words))
    return result
