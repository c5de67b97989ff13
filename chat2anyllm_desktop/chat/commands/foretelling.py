"""What Enter will do, said while a command is typed; and the prompt templates that are laid out to be filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chat2anyllm_desktop.chat.commands.desk import Desk
from chat2anyllm_desktop.chat.commands.parser import split_arguments, split_line
from chat2anyllm_desktop.chat.commands.registry import (
    Command,
    converted,
    find_command,
    named,
    no_such_command,
    wrong_number,
)
from chat2anyllm_desktop.chat.naming import listed
from chat2anyllm_desktop.core.errors import InputError, UnknownCommandError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.templates import Part, filled, variables

_SHOWN = 200
"""Characters of a prompt that are shown before it is sent."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """``sentence`` is what will happen, or what is ``wrong``. ``usage`` is the command and its arguments as they are told
    in help, of which number ``slot`` is being filled in (0, the command itself, for none)."""

    sentence: str
    wrong: bool = False
    usage: tuple[str, ...] = ()
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """A prompt template to be filled in, with the values that there are."""

    parts: tuple[Part, ...]
    values: Mapping[str, str]

    @property
    def finished(self) -> str | None:
        """The text with the values in their places; None while something is missing that must be given."""
        missing = any(each.default is None and each.name not in self.values for each in variables(self.parts))
        return None if missing else filled(self.parts, self.values)


def foretell(
    text: str, cursor: int, desk: Desk, taken: tuple[int, int, str] | None = None
) -> Foretold | None:
    """What Enter will do with this text, once an offer is ``taken``: a range and what is put there. None for a message."""
    slot_text, slot_cursor = text, cursor
    if taken is not None:
        start, end, written = taken
        text = text[:start] + written + text[end:]
        if not start:  # Else the argument that is being chosen is still the one that is being filled in.
            slot_text, slot_cursor = text, len(written)
    line = split_line(text)
    if line is None:
        return None
    try:
        found = find_command(line.name, desk)
    except UnknownCommandError:
        return Foretold(no_such_command(line.name, desk), wrong=True)
    usage = (f"/{found.name}", *(argument.usage for argument in found.arguments))
    slot = _slot(found, slot_text, slot_cursor, line.arguments_start)
    try:
        return Foretold(_sentence(found, text, line.arguments_start, desk), False, usage, slot)
    except InputError as error:
        return Foretold(str(error), True, usage, slot)


def _slot(found: Command, text: str, cursor: int, start: int) -> int:
    """The number of the argument at the cursor, from 1; 0 for none."""
    if cursor <= start or not found.arguments:
        return 0
    before = split_arguments(text[:cursor], start, len(found.arguments))
    return min(len(before) + (not before or before[-1].end < cursor), len(found.arguments))


def lay_out(text: str, desk: Desk, *, always: bool = False) -> Layout | None:
    """The prompt template that a line names, unless (and not ``always``) the line gives all that it asks for; None for every
    other text."""
    line = split_line(text)
    if line is None:
        return None
    try:
        found = find_command(line.name, desk)
    except UnknownCommandError:
        return None
    tokens = split_arguments(text, line.arguments_start, len(found.arguments))
    if found.parts is None or len(tokens) > len(found.arguments):
        return None
    if len(tokens) == len(found.arguments) and not always:
        return None
    return Layout(found.parts, named(found, tokens))


def _sentence(found: Command, text: str, start: int, desk: Desk) -> str:
    """Raises InputError when something cannot be as it is."""
    tokens = split_arguments(text, start, len(found.arguments))
    if len(tokens) > len(found.arguments):
        raise InputError(wrong_number(found, len(tokens)))
    values = converted(found, tokens, desk)
    if found.parts is not None:
        missing = [f"{{{argument.name}}}" for argument in found.arguments[len(tokens) :]]
        given = {argument.name: f"{{{argument.name}}}" for argument in found.arguments}
        prompt = " ".join(filled(found.parts, given | named(found, tokens))[:_SHOWN].split())
        if missing:
            return tr("Asks for {names}, then sends: {prompt}", names=listed(missing), prompt=prompt)
        return tr("Sends: {prompt}", prompt=prompt)
    required = sum(argument.required for argument in found.arguments)
    if found.foretold is None or (required and not values):
        return found.summary
    return found.foretold(desk, *values)
