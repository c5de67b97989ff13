"""What may follow while a command is typed: the commands themselves, then what their arguments can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from chat2anyllm_desktop.chat.commands.desk import Desk
from chat2anyllm_desktop.chat.commands.parser import QUOTES, Token, split_arguments, split_line
from chat2anyllm_desktop.chat.commands.registry import (
    Argument,
    Command,
    CommandName,
    all_commands,
    find_command,
)
from chat2anyllm_desktop.chat.fuzzy import rank
from chat2anyllm_desktop.chat.naming import latest_titled
from chat2anyllm_desktop.core.errors import UnknownCommandError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Model, Role, Session

LIMIT = 50
"""Offers at most; what comes later in the ranking is found by typing on."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One offer. ``text`` replaces the range of the :class:`Completions`; ``positions`` are the indexes in ``label`` of
    the letters that matched. ``lays_out`` marks a prompt template, whose text takes the place of the line when it is
    chosen."""

    text: str
    label: str
    hint: str = ""
    group: str = ""
    positions: tuple[int, ...] = ()
    lays_out: bool = False


_Offers = tuple[Sequence[str], Callable[[int], tuple[str, str]]]
"""Names, and the hint and the group of one of them: made for the few that are shown, because there may be 10,000."""


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
        return _complete_name(text[1:cursor], line.arguments_start, text[line.arguments_start :], desk)
    try:
        found = find_command(line.name, desk)
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
    blank = text[end : end + 1].isspace()

    def written(name: str) -> str:
        return name if last else _quoted(name) + ("" if blank else " ")

    names, about = _argument_offers(found, found.arguments[place], token.text, desk)
    matches = rank(token.text, names, limit=LIMIT)
    return _grouped(
        token.start,
        end,
        [
            Completion(written(names[match.index]), names[match.index], *about(match.index), match.positions)
            for match in matches
        ],
    )


def _complete_name(query: str, end: int, behind: str, desk: Desk) -> Completions:
    offers = all_commands(desk)
    completions = []
    for match in rank(query, [each.name for each in offers], limit=max(LIMIT, len(offers))):
        each = offers[match.index]
        # Without a space the line is complete, and Enter runs it: that is so where nothing must follow.
        space = " " if any(argument.required for argument in each.arguments) and not behind else ""
        completions.append(
            Completion(
                f"/{each.name}{space}",
                f"/{each.name}",
                each.summary,
                each.group,
                tuple(position + 1 for position in match.positions),
                each.parts is not None,
            )
        )
    return _grouped(0, end, completions)


def _argument_offers(found: Command, argument: Argument, typed: str, desk: Desk) -> _Offers:
    if argument.type is Model:
        models = desk.models()
        return [each.name for each in models], lambda at: (str(models[at].description), models[at].provider)
    if argument.type is Role:
        roles = desk.roles()
        return [each.name for each in roles], lambda at: (_line(roles[at].instructions), tr("Roles"))
    if argument.type is Session:
        sessions = latest_titled(desk.sessions())
        return [each.title for each in sessions], lambda at: (_day(sessions[at]), tr("Sessions"))
    if argument.type is CommandName:
        all_ = all_commands(desk)
        return [each.name for each in all_], lambda at: (all_[at].summary, all_[at].group)
    if found.name == "rename" and not typed:
        session = desk.session()
        return [session.title] if session is not None else [], lambda _: (tr("The title it has"), "")
    return [choice for choice in argument.choices if choice], lambda _: ("", "")


def _line(text: str) -> str:
    return " ".join(text[:200].split())


def _day(session: Session) -> str:
    return f"{session.updated_at.astimezone():%x}"


def _grouped(start: int, end: int, offers: Iterable[Completion]) -> Completions:
    """Members of a group together, in the order in which the groups come first."""
    groups: dict[str, list[Completion]] = {}
    for each in offers:
        groups.setdefault(each.group, []).append(each)
    return Completions(start, end, tuple(each for members in groups.values() for each in members))


def _quoted(name: str) -> str:
    """A name that does not take the rest of the line needs quotes when it has spaces or begins like a quotation."""
    if name[:1] not in QUOTES and not any(letter.isspace() for letter in name):
        return name
    quote = next((quote for quote, closing in QUOTES.items() if closing not in name), '"')
    return f"{quote}{name}{QUOTES[quote]}"
