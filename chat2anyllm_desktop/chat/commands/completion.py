"""What may follow while a command is typed: the commands themselves, then what their arguments can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chat2anyllm_desktop.chat.commands.desk import Desk
from chat2anyllm_desktop.chat.commands.parser import QUOTES, Token, split_arguments, split_line
from chat2anyllm_desktop.chat.commands.registry import Argument, CommandName, commands, find_command
from chat2anyllm_desktop.chat.fuzzy import rank
from chat2anyllm_desktop.core.errors import UnknownCommandError
from chat2anyllm_desktop.core.models import Model, Role

LIMIT = 50
"""Offers at most; what comes later in the ranking is found by typing on."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One offer. ``text`` replaces the range of the :class:`Completions`; ``positions`` are the indexes in ``label`` of
    the letters that matched."""

    text: str
    label: str
    hint: str = ""
    group: str = ""
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Completions:
    """Offers for the range ``start`` to ``end`` of the text. Members of a group stand together, the group of the best
    offer first. Without ``items`` there is nothing to offer."""

    start: int
    end: int
    items: tuple[Completion, ...] = ()


def complete(text: str, cursor: int, desk: Desk) -> Completions:
    """What may stand at the cursor. Fast enough for every key; asks nothing but what the desk has at hand."""
    line = split_line(text)
    if line is None or not 1 <= cursor <= len(text):
        return Completions(cursor, cursor)
    if cursor <= line.arguments_start:
        return _ranked(text[1:cursor], 0, line.arguments_start, _command_offers(text[line.arguments_start :]))
    try:
        found = find_command(line.name)
    except UnknownCommandError:
        return Completions(cursor, cursor)
    tokens = split_arguments(text[:cursor], line.arguments_start, len(found.arguments))
    if not tokens or (tokens[-1].end < cursor and len(tokens) < len(found.arguments)):
        tokens.append(Token("", cursor, cursor))
    place = len(tokens) - 1
    if place >= len(found.arguments):
        return Completions(cursor, cursor)
    token = tokens[-1]
    # The token may go on behind the cursor; what is taken is replaced as a whole.
    whole = split_arguments(text, line.arguments_start, len(found.arguments))
    end = max([cursor, *(each.end for each in whole if each.start == token.start)])
    last = place == len(found.arguments) - 1
    offers = _argument_offers(found.arguments[place], desk, last=last, blank=text[end : end + 1].isspace())
    return _ranked(token.text, token.start, end, offers)


def _command_offers(behind: str) -> Iterable[Completion]:
    for each in commands():
        # Without a space the line is complete, and Enter runs it: that is so where nothing must follow.
        space = " " if any(argument.required for argument in each.arguments) and not behind else ""
        yield Completion(f"/{each.name}{space}", each.name, each.summary, each.group)


def _argument_offers(argument: Argument, desk: Desk, *, last: bool, blank: bool) -> Iterable[Completion]:
    offers: list[tuple[str, str, str]] = []
    if argument.type is Model:
        offers = [(model.name, model.description, model.provider) for model in desk.models()]
    elif argument.type is Role:
        offers = [(role.name, " ".join(role.instructions[:200].split()), "Roles") for role in desk.roles()]
    elif argument.type is CommandName:
        offers = [(each.name, each.summary, each.group) for each in commands()]
    elif argument.choices:
        offers = [(choice, "", "") for choice in argument.choices]
    for name, hint, group in offers:
        yield Completion(name if last else _quoted(name) + ("" if blank else " "), name, hint, group)


def _ranked(query: str, start: int, end: int, offers: Iterable[Completion]) -> Completions:
    listed = list(offers)
    groups: dict[str, list[Completion]] = {}
    for match in rank(query, [each.label for each in listed], limit=LIMIT):
        each = listed[match.index]
        best = Completion(each.text, each.label, each.hint, each.group, match.positions)
        groups.setdefault(each.group, []).append(best)
    return Completions(start, end, tuple(each for members in groups.values() for each in members))


def _quoted(name: str) -> str:
    """A name that does not take the rest of the line needs quotes when it has spaces or begins like a quotation."""
    if name[:1] not in QUOTES and not any(letter.isspace() for letter in name):
        return name
    quote = "'" if '"' in name else '"'
    return f"{quote}{name}{quote}"
