"""The table of slash commands, and how a line becomes a call of one.

A command is a function ``(desk, ...) -> str`` under :func:`command`. Its signature is all there is to say about its
arguments: their names, which may be left out, and, by annotation, what they mean (a Model, a Role, a Session, one of a
Literal's words, or plain text). Usage, help, conversion and completion are read from it. The user's prompt templates are
commands too, whose arguments are their variables; a command of the program goes before a template of its name.
"""

from __future__ import annotations

import inspect
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from chat2anyllm_desktop.chat.commands.desk import Desk
from chat2anyllm_desktop.chat.commands.parser import Token, split_arguments, split_line
from chat2anyllm_desktop.chat.naming import find_model, find_role, find_titled, listed, nearest
from chat2anyllm_desktop.core.errors import InputError, UnknownCommandError
from chat2anyllm_desktop.core.language import mark, sentences, tr
from chat2anyllm_desktop.core.models import Model, Role, Session, Template
from chat2anyllm_desktop.core.templates import Part, filled, parse, variables

TEMPLATES = mark("Prompt templates")
"""The group of the commands that the user has made."""


class CommandName(str):
    """An argument that names a command, without its slash."""


@dataclass(frozen=True, slots=True)
class Sending:
    """This text goes to the model."""

    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A command has been run. ``markdown`` is for the eyes of this user only: never stored, never sent; may be empty."""

    markdown: str


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a command. ``choices`` are the words that may be given, when they are fixed; where it is ``open``
    they are offered, and anything else may be given too."""

    name: str
    type: type
    required: bool
    choices: tuple[str, ...] = ()
    open: bool = False

    @property
    def usage(self) -> str:
        words = "|".join(self.choices) or (f"<{self.name}>" if self.required else self.name)
        return words if self.required else f"[{words}]"


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. ``name`` has no slash; ``english`` are its summary and its description. ``foretold`` says from the
    arguments so far, at least one where any is required, what the call will do. Of a prompt template there are the
    ``parts``, and no call."""

    name: str
    english_group: str
    arguments: tuple[Argument, ...]
    english: tuple[str, str]
    call: Callable[..., str]
    foretold: Callable[..., str] | None = None
    parts: tuple[Part, ...] | None = None

    @property
    def group(self) -> str:
        return tr(self.english_group)

    @property
    def summary(self) -> str:
        """What it does, in one line."""
        return tr(self.english[0]) if self.parts is None else self.english[0]

    @property
    def description(self) -> str:
        """What else is to be said; may be empty."""
        return tr(self.english[1]) if self.english[1] and self.parts is None else self.english[1]

    @property
    def usage(self) -> str:
        return " ".join([f"/{self.name}", *(argument.usage for argument in self.arguments)])


Function: TypeAlias = Callable[..., str]
_COMMANDS: dict[str, Command] = {}


def command(
    name: str,
    *more_names: str,
    group: str,
    summary: str,
    description: str = "",
    foretold: Function | None = None,
) -> Callable[[Function], Function]:
    """Register a function as ``/name`` (and under other names, as commands of their own)."""

    def register(function: Function) -> Function:
        for each in (name, *more_names):
            _COMMANDS[each] = Command(
                each, group, _arguments(function), (summary, description), function, foretold
            )
        return function

    return register


def commands() -> Sequence[Command]:
    """The commands of the program, in the order of help."""
    return list(_COMMANDS.values())


def all_commands(desk: Desk) -> Sequence[Command]:
    """The commands of the program and those that the user has made."""
    return list(_table(desk).values())


def refuse_taken(name: str) -> None:
    """Raises InputError when a command of the program has this name (of a prompt template, as it is stored)."""
    if name in _COMMANDS:
        raise InputError(tr("/{name} is a command of the program. Choose another name.", name=name))


def find_command(name: str, desk: Desk) -> Command:
    """The command of that name (with or without its slash, in any case). Raises UnknownCommandError."""
    found = _table(desk).get(_lowered(name))
    if found is not None:
        return found
    sentence = tr("There is no command /{name}; nothing was sent.", name=_shortened(name))
    raise UnknownCommandError(sentences(sentence, nearest_command(name, desk), _how_to_send()))


def no_such_command(name: str, desk: Desk) -> str:
    """That there is no command of this name, as it is said while it is typed."""
    if not name:
        return sentences(tr("A slash begins a command: /help lists them."), _how_to_send())
    sentence = tr("There is no command /{name}.", name=_shortened(name))
    return sentences(sentence, nearest_command(name, desk), _how_to_send())


def nearest_command(name: str, desk: Desk) -> str:
    """Which command may have been meant, or where they are listed."""
    near = nearest(_lowered(name), list(_table(desk)), 1)
    return tr("Did you mean /{name}?", name=near[0]) if near else tr("/help lists them.")


def _table(desk: Desk) -> dict[str, Command]:
    mine = {each.name: _of_template(each) for each in desk.templates() if each.name not in _COMMANDS}
    return {**_COMMANDS, **mine}


@lru_cache(maxsize=256)
def _of_template(template: Template) -> Command:
    parts = tuple(parse(template.text))
    arguments = tuple(
        Argument(each.name, str, each.default is None, each.choices, open=True) for each in variables(parts)
    )
    summary, _, description = template.text.partition("\n")
    return Command(template.name, TEMPLATES, arguments, (summary, description), _not_called, None, parts)


def _not_called(desk: Desk) -> str:
    raise AssertionError("a prompt template is sent, not called")


def _lowered(name: str) -> str:
    return unicodedata.normalize("NFC", name.removeprefix("/").lower())


def _shortened(name: str) -> str:
    name = _lowered(name)
    return name if len(name) <= 40 else name[:39] + "…"


def _how_to_send() -> str:
    return tr("To send text that begins with a slash, begin it with //.")


def interpret(text: str, desk: Desk) -> Sending | Reply:
    """Run what was typed when it is a command; otherwise say what is to be sent. A text that begins with ``//`` is sent
    with one slash. Raises InputError (UnknownCommandError among them), and then nothing has been done."""
    line = split_line(text)
    if line is None:
        return Sending(text[1:] if text.startswith("//") else text)
    if not line.name:
        raise UnknownCommandError(no_such_command("", desk))
    found = find_command(line.name, desk)
    tokens = split_arguments(text, line.arguments_start, len(found.arguments))
    too_few = any(each.required for each in found.arguments[len(tokens) :])
    if too_few or len(tokens) > len(found.arguments):
        raise InputError(wrong_number(found, len(tokens)))
    values = converted(found, tokens, desk)
    if found.parts is not None:
        return Sending(filled(found.parts, named(found, tokens)))
    return Reply(found.call(desk, *values))


def converted(found: Command, tokens: Sequence[Token], desk: Desk) -> list[object]:
    """What the tokens mean as arguments of a command. Raises InputError."""
    given = zip(found.arguments, tokens, strict=False)
    return [_converted(found, argument, token, desk) for argument, token in given]


def named(found: Command, tokens: Sequence[Token]) -> dict[str, str]:
    """The tokens by the names of the arguments."""
    return {argument.name: token.text for argument, token in zip(found.arguments, tokens, strict=False)}


def typed(text: str) -> str:
    """What is to be typed so that this text is sent: :func:`interpret` the other way round."""
    return f"/{text}" if text.startswith("/") else text


def _arguments(function: Function) -> tuple[Argument, ...]:
    hints = get_type_hints(function)
    arguments = []
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        hint: Any = hints[parameter.name]
        choices = tuple(map(str, get_args(hint))) if get_origin(hint) is Literal else ()
        # A default is always "" here: an argument that is left out is empty text.
        required = parameter.default is inspect.Parameter.empty
        arguments.append(Argument(parameter.name, str if choices else hint, required, choices))
    return tuple(arguments)


def _converted(found: Command, argument: Argument, token: Token, desk: Desk) -> object:
    if argument.type is Model:
        return find_model(token.text, desk.models())
    if argument.type is Role:
        return find_role(token.text, desk.roles())
    if argument.type is Session:
        return find_titled(token.text, desk.sessions())
    if argument.type is CommandName:
        return CommandName(find_command(token.text, desk).name)
    if argument.choices and not argument.open:
        word = token.text.lower()
        if word not in argument.choices:
            raise InputError(
                tr(
                    "“{word}” is none of {choices}. Usage: {usage}",
                    word=token.text[:60],
                    choices=", ".join(argument.choices),
                    usage=found.usage,
                )
            )
        return word
    return token.text


def wrong_number(found: Command, count: int) -> str:
    """What to say of too few or too many arguments."""
    if not found.arguments:
        return tr("/{name} takes no arguments.", name=found.name)
    missing = [each for each in found.arguments[count:] if each.required]
    words = [
        tr(_NEEDED.get(each.name, each.usage)) if found.parts is None else each.usage for each in missing
    ]
    return tr(
        "/{name} needs {arguments}. Usage: {usage}",
        name=found.name,
        arguments=listed(words),
        usage=found.usage,
    )


_NEEDED = {
    "name": mark("a name"),
    "title": mark("a title"),
    "planning_model": mark("a planning model"),
    "answering_model": mark("an answering model"),
    "switch": mark("a switch"),
    "colours": mark("a choice of colours"),
}
