"""Where the places of a prompt template are in a text that is being edited. Pure: positions are characters of that text."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

from chat2anyllm_desktop.chat.commands import Layout
from chat2anyllm_desktop.core.templates import Variable

REMEMBERED = 100
"""Texts whose fields are known again when undo, redo or another session brings them back."""


@dataclass(slots=True)
class Field:
    """One place, from ``start`` to ``end``. While it is not ``filled`` its label stands there, or nothing."""

    variable: Variable
    start: int
    end: int
    filled: bool

    @property
    def label(self) -> str:
        return f"{{{self.variable.name}}}"

    @property
    def labelled(self) -> bool:
        """Whether what stands there is the label, to be replaced as a whole."""
        return not self.filled and self.end > self.start


@dataclass(frozen=True, slots=True)
class Edit:
    """What else is to be changed in the text, in order."""

    start: int
    end: int
    text: str


class Fields:
    """The text of a template with its fields; places of the same variable always say the same."""

    def __init__(self, layout: Layout, typed: str = "", before: Fields | None = None) -> None:
        self.text = ""
        self.typed = typed
        """What the template was called by."""
        self.all: list[Field] = []
        for part in layout.parts:
            if isinstance(part, str):
                self.text += part
                continue
            value = layout.values.get(part.name) or part.default or ""
            field = Field(part, len(self.text), 0, filled=bool(value))
            self.text += value or field.label
            field.end = len(self.text)
            self.all.append(field)
        self._known: dict[str, tuple[str, list[Field]]] = before._known if before is not None else {}
        self._remember()

    @property
    def stops(self) -> list[Field]:
        """The first place of each variable: where Tab goes."""
        first: dict[Variable, Field] = {}
        for field in self.all:
            first.setdefault(field.variable, field)
        return list(first.values())

    @property
    def missing(self) -> Field | None:
        """The first that must be filled in and is not."""
        return next((each for each in self.all if not each.filled and each.variable.default is None), None)

    @property
    def finished(self) -> str:
        """The text as it is sent: what may stay empty and was not filled in is left out."""
        text = self.text
        for field in sorted(self.all, key=lambda each: each.start, reverse=True):
            if not field.filled:
                text = text[: field.start] + text[field.end :]
        return text

    def content(self, field: Field) -> str:
        """What is filled in; empty for a label."""
        return self.text[field.start : field.end] if field.filled else ""

    def at(self, position: int, current: Field | None = None) -> Field | None:
        """The field that a cursor here is in: the ``current`` one also at its edges, others as they would take what is
        typed."""
        if any(field is current and field.start <= position <= field.end for field in self.all):
            return current
        return self._owner(position, position, None)

    def recall(self, text: str) -> bool:
        """Go back to the fields as they were when the text was this one; False when it never was."""
        known = self._known.get(text)
        if known is None:
            return False
        self.text, self.typed, self.all = text, known[0], [copy(field) for field in known[1]]
        return True

    def rest(self) -> None:
        """There are no fields, unless a text that is known brings them back."""
        self.all = []

    def edited(
        self, text: str, cursor: int, current: Field | None, selected: tuple[int, int] = (0, 0)
    ) -> list[Edit]:
        """The text has become this one, with the cursor behind what was changed; ``selected`` is the range that was selected
        before. The answer is what must follow."""
        if text == self.text or self.recall(text):
            return []
        start, end = _change(self.text, text, cursor)
        if selected[0] <= start and end <= selected[1]:
            start, end = selected  # Also where what was written begins or ends as what it replaces.
        inserted = text[start : len(text) - len(self.text) + end]
        self.text = text
        owner = self._owner(start, end, current)
        label = owner is not None and owner.labelled
        self._move(start, end, len(inserted), owner)
        edits: list[Edit] = []
        if owner is not None:
            content = inserted if label else text[owner.start : owner.end]
            self._put(owner, content, edits)
            for other in self.all:
                if other is not owner and other.variable == owner.variable:
                    self._put(other, content or other.label, edits)
                    other.filled = bool(content)
            owner.filled = bool(content)
        self._remember()
        return edits

    def left(self, field: Field) -> list[Edit]:
        """The cursor is elsewhere now: what is empty shows its label again."""
        edits: list[Edit] = []
        if not field.filled and not field.labelled:
            self._put(field, field.label, edits)
            self._remember()
        return edits

    def _remember(self) -> None:
        self._known.pop(self.text, None)
        self._known[self.text] = (self.typed, [copy(field) for field in self.all])
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

    def _owner(self, start: int, end: int, current: Field | None) -> Field | None:
        """The field in which a change happens. What is written beside a label stays beside it."""
        found = [
            field
            for field in self.all
            if field.start <= start <= end <= field.end
            and not (field.labelled and start == end and start in (field.start, field.end))
        ]
        return current if any(field is current for field in found) else next(iter(found), None)

    def _put(self, field: Field, content: str, edits: list[Edit]) -> None:
        start, end = field.start, field.end
        if self.text[start:end] == content:
            return
        edits.append(Edit(start, end, content))
        self.text = self.text[:start] + content + self.text[end:]
        self._move(start, end, len(content), field)

    def _move(self, start: int, end: int, length: int, owner: Field | None) -> None:
        """What stood from ``start`` to ``end`` is now ``length`` long, and part of the ``owner``."""
        delta = length - (end - start)
        kept: list[Field] = []
        seen_owner = owner is None
        for field in self.all:
            if field is owner:
                field.end += delta
                seen_owner = True
            elif field.start >= end and (field.start > start or seen_owner):
                field.start += delta
                field.end += delta
            elif field.end > start and field.start < end:
                continue  # Overwritten, if only in part: what is left is the user's text now.
            kept.append(field)
        self.all = kept


def _change(old: str, new: str, cursor: int) -> tuple[int, int]:
    """The range of the old text that was replaced."""
    behind = len(new) - cursor
    if not old.endswith(
        new[cursor:]
    ):  # Not typed: something else than what is in front of the cursor has changed.
        behind = _common(old[::-1], new[::-1])
    end, stop = len(old) - behind, len(new) - behind
    return _common(old[:end], new[:stop]), end


def _common(one: str, other: str) -> int:
    """Length of the beginning that both have."""
    most = min(len(one), len(other))
    return next((index for index in range(most) if one[index] != other[index]), most)
