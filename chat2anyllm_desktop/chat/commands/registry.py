"""The table of slash commands, and how a line becomes a call of one.

A command is a function ``(desk, ...) -> str`` under :func:`command`. Its signature is all there is to say about its
arguments: their names, which may be left out, and, by annotation, what they mean (a Model, a Role, one of a Literal's
words, or plain text). Usage, help, conversion and completion are read from it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from chat2anyllm_desktop.chat.commands.desk import Desk
from chat2anyllm_desktop.chat.commands.parser import Token, split_arguments, split_line
from chat2anyllm_desktop.chat.naming import find_model, find_role, nearest
from chat2anyllm_desktop.core.errors import InputError, UnknownCommandError
from chat2anyllm_desktop.core.models import Model, Role


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
    """One argument of a command. ``choices`` are the words that may be given, when they are fixed."""

    name: str
    type: type
    required: bool
    choices: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        words = "|".join(self.choices) or (f"<{self.name}>" if self.required else self.name)
        return words if self.required else f"[{words}]"


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. ``name`` has no slash; ``summary`` is one line, ``description`` the rest of the docstring."""

    name: str
    group: str
    arguments: tuple[Argument, ...]
    summary: str
    description: str
    call: Callable[..., str]

    @property
    def usage(self) -> str:
        return " ".join([f"/{self.name}", *(argument.usage for argument in self.arguments)])


Function: TypeAlias = Callable[..., str]
_COMMANDS: dict[str, Command] = {}


def command(name: str, *more_names: str, group: str) -> Callable[[Function], Function]:
    """Register a function as ``/name`` (and under other names, as commands of their own)."""

    def register(function: Function) -> Function:
        summary, _, description = inspect.cleandoc(function.__doc__ or "").partition("\n\n")
        for each in (name, *more_names):
            _COMMANDS[each] = Command(each, group, _arguments(function), summary, description, function)
        return function

    return register


def commands() -> Sequence[Command]:
    """All commands in the order of help."""
    return list(_COMMANDS.values())


def find_command(name: str) -> Command:
    """The command of that name (with or without its slash, in any case). Raises UnknownCommandError."""
    wanted = name.removeprefix("/").lower()
    table = {each.name: each for each in commands()}
    if wanted in table:
        return table[wanted]
    near = nearest(wanted, list(table), 1)
    hint = f" Did you mean /{near[0]}?" if near else " /help lists them."
    shown = wanted if len(wanted) <= 40 else wanted[:39] + "…"
    raise UnknownCommandError(
        f"There is no command /{shown}; nothing was sent.{hint} To send text that begins with a slash, begin it with //."
    )


def interpret(text: str, desk: Desk) -> Sending | Reply:
    """Run what was typed when it is a command; otherwise say what is to be sent. A text that begins with ``//`` is sent
    with one slash. Raises InputError (UnknownCommandError among them), and then nothing has been done."""
    line = split_line(text)
    if line is None:
        return Sending(text[1:] if text.startswith("//") else text)
    if not line.name:
        raise UnknownCommandError(
            "A slash begins a command: /help lists them. To send text that begins with a slash, begin it with //."
        )
    found = find_command(line.name)
    tokens = split_arguments(text, line.arguments_start, len(found.arguments))
    if not sum(each.required for each in found.arguments) <= len(tokens) <= len(found.arguments):
        raise InputError(_wrong(found, tokens))
    given = zip(found.arguments, tokens, strict=False)
    values = [_converted(found, argument, token, desk) for argument, token in given]
    return Reply(found.call(desk, *values))


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
    if argument.type is CommandName:
        return CommandName(find_command(token.text).name)
    if argument.choices:
        word = token.text.lower()
        if word not in argument.choices:
            raise InputError(
                f"“{token.text[:60]}” is none of {', '.join(argument.choices)}. Usage: {found.usage}"
            )
        return word
    return token.text


def _wrong(found: Command, tokens: Sequence[Token]) -> str:
    if not found.arguments:
        return f"/{found.name} takes no arguments."
    missing = [_with_article(each.name) for each in found.arguments[len(tokens) :] if each.required]
    return f"/{found.name} needs {' and '.join(missing)}. Usage: {found.usage}"


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'aeio' else 'a'} {name.replace('_', ' ')}"
