"""Prompt templates: text with ``{variables}`` that are asked for when it is used.

``{name}`` must be given, ``{name=Python}`` has a default (``{name=}`` may stay empty), ``{name:short|long}`` offers choices
of which the first is the default. Other braces stay as they are, so that JSON and code need nothing: only around what would
be a variable are they doubled, as in ``{{name}}`` for the text ``{name}`` and ``{{{name}}}`` for a value in braces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chat2anyllm_desktop.core.errors import InputError
from chat2anyllm_desktop.core.language import tr

NAME_LENGTH = 40
"""Characters of a template's name."""

TEXT_LENGTH = 20_000
"""Characters of a template's text: what is laid out in the message field is edited there without delay."""

MOST_VARIABLES = 20

# A run of braces is looked at from its beginning alone, and never given back: hostile text costs linear time.
_PLACE = re.compile(r"(?<!\{)(\{++)([^\W\d][\w-]*+)(?:=([^{}\n]*+)|:([^{}\n|]*+(?:\|[^{}\n|]*+)++))?(\}++)")


@dataclass(frozen=True, slots=True)
class Variable:
    """What a template asks for. Without a ``default`` (None) it must be given; ``choices`` are offered, and anything else
    may be given too."""

    name: str
    default: str | None = None
    choices: tuple[str, ...] = ()


Part = str | Variable
"""Text as it is, or the place of a variable."""


def parse(text: str) -> list[Part]:
    """The parts of a template, in order; texts and places alternate only as they come. A variable that stands in several
    places is the same in all: the first that says more than its name counts."""
    parts: list[Part] = []
    told: dict[str, Variable] = {}
    literal = ""
    at = 0
    for found in _PLACE.finditer(text):
        opening, name, default, choices, closing = found.groups()
        literal += text[at : found.start()] + "{" * (len(opening) // 2)
        at = found.end()
        if len(opening) % 2 == 0:
            literal += found[0][len(opening) : -len(closing)] + "}" * (len(closing) - len(closing) // 2)
            continue
        variable = _variable(name, default, choices)
        if variable != Variable(name):
            told.setdefault(name, variable)
        parts += [literal, variable] if literal else [variable]
        literal = "}" * (len(closing) // 2)
    literal += text[at:]
    if literal:
        parts.append(literal)
    return [told.get(part.name, part) if isinstance(part, Variable) else part for part in parts]


def variables(parts: Sequence[Part]) -> list[Variable]:
    """Each variable once, in the order in which they come."""
    return list(dict.fromkeys(part for part in parts if isinstance(part, Variable)))


def filled(parts: Sequence[Part], values: Mapping[str, str]) -> str:
    """The text with the values in their places, exactly as they were given: braces in them mean nothing. Raises InputError
    when one is missing that has no default."""
    for each in variables(parts):
        if each.default is None and each.name not in values:
            raise InputError(tr("{name} is not filled in yet.", name=each.name))
    return "".join(
        part if isinstance(part, str) else values.get(part.name, part.default or "") for part in parts
    )


def template_name(text: str) -> str:
    """The name as it is stored and compared: without its slash, in small letters. Raises InputError with the sentence for
    the user."""
    name = unicodedata.normalize("NFC", text.strip().removeprefix("/").lower())
    if not name:
        raise InputError(tr("A prompt template needs a name."))
    if len(name) > NAME_LENGTH:
        raise InputError(
            tr(
                "A template's name may have up to {most} characters; this one has {length}.",
                most=NAME_LENGTH,
                length=len(name),
            )
        )
    if name.startswith("/") or not all(letter.isprintable() and not letter.isspace() for letter in name):
        raise InputError(
            tr("A template's name is one word without slashes in front or spaces: /{name}", name="review")
        )
    return name


def template_text(text: str) -> str:
    """The text as it is stored. Raises InputError with the sentence for the user."""
    text = text.strip()
    if not text:
        raise InputError(tr("A prompt template needs a text."))
    if len(text) > TEXT_LENGTH:
        raise InputError(
            tr(
                "A template may have up to {most} characters; this one has {length}.",
                most=f"{TEXT_LENGTH:,}",
                length=f"{len(text):,}",
            )
        )
    count = len(variables(parse(text)))
    if count > MOST_VARIABLES:
        raise InputError(
            tr(
                "A template may ask for up to {most} things; this one asks for {count}.",
                most=MOST_VARIABLES,
                count=count,
            )
        )
    return text


def _variable(name: str, default: str | None, choices: str | None) -> Variable:
    if choices is None:
        return Variable(name, default.strip() if default is not None else None)
    offered = tuple(dict.fromkeys(choice.strip() for choice in choices.split("|")))
    return Variable(name, offered[0], offered)
