"""Finding the model or the role that somebody named."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

from chat2anyllm_desktop.core.errors import InputError
from chat2anyllm_desktop.core.models import Model, Role

T = TypeVar("T")


def find_model(name: str, models: Sequence[Model]) -> Model:
    """The model of that name, or the only one whose name begins with or contains it, whatever the case. A name that a
    gateway's wildcard (``openai/*``) covers is taken as it is. Raises InputError that names what is near."""
    if not models:
        raise InputError("No models are known yet: the gateway has not been reached.")
    exact = [model for model in models if model.name == name]
    if not exact and "*" not in name:
        for model in models:
            if "*" in model.name and fnmatchcase(name, model.name):
                return Model(name=name, provider=model.provider, source=model.source)
    return exact[0] if exact else _only(name, models, lambda model: model.name, "model")


def find_role(name: str, roles: Sequence[Role]) -> Role:
    """The role of that name; looked for as :func:`find_model` does. Raises InputError that names what is near."""
    if not roles:
        raise InputError(f"There is no role {_quoted(name)}: no roles have been made yet.")
    return _only(name, roles, lambda role: role.name, "role")


def nearest(name: str, names: Sequence[str], count: int = 3) -> list[str]:
    """Names that may have been meant, the most alike first."""
    by_fold = {each.casefold(): each for each in reversed(names)}
    return [by_fold[fold] for fold in difflib.get_close_matches(name.casefold(), by_fold, count, 0.5)]


def _only(name: str, things: Sequence[T], name_of: Callable[[T], str], noun: str) -> T:
    wanted = name.strip().casefold()
    folded = [(name_of(thing).casefold(), thing) for thing in things]
    for fits in (
        [thing for thing in things if name_of(thing) == name],
        [thing for fold, thing in folded if fold == wanted],
        [thing for fold, thing in folded if wanted and fold.startswith(wanted)],
        [thing for fold, thing in folded if wanted and wanted in fold],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            raise InputError(f"{_quoted(name)} fits several {noun}s: {_listed(list(map(name_of, fits)))}.")
    near = nearest(name, [name_of(thing) for thing in things])
    hint = f" Did you mean {_listed(near, 'or')}?" if near else ""
    raise InputError(f"There is no {noun} {_quoted(name)}.{hint}")


def _quoted(name: str) -> str:
    return f"“{name if len(name) <= 60 else name[:59] + '…'}”"


def _listed(names: Sequence[str], conjunction: str = "and") -> str:
    if len(names) > 5:
        return ", ".join(names[:5]) + f" {conjunction} {len(names) - 5} more"
    return f" {conjunction} ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
