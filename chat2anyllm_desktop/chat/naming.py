"""Finding the model or the role that somebody named."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from operator import attrgetter
from typing import TypeVar

from chat2anyllm_desktop.core.errors import InputError
from chat2anyllm_desktop.core.language import mark, sentences, tr
from chat2anyllm_desktop.core.models import Model, Role, Session

T = TypeVar("T")

_COMPARED = 200
"""Names: comparing one takes up to 0.05 ms, and it is done while somebody types."""


def find_model(name: str, models: Sequence[Model]) -> Model:
    """The model of that name, or the only one whose name begins with or contains it, whatever the case. A name that a
    gateway's wildcard (``openai/*``) covers is taken as it is. Raises InputError that names what is near."""
    if not models:
        raise InputError(tr("No models are known yet: the gateway has not been reached."))
    exact = [model for model in models if model.name == name]
    if not exact and "*" not in name:
        for model in models:
            if "*" in model.name and fnmatchcase(name, model.name):
                return Model(name=name, provider=model.provider, source=model.source)
    return exact[0] if exact else _only(name, models, lambda model: model.name, _MODEL)


def find_role(name: str, roles: Sequence[Role]) -> Role:
    """The role of that name; looked for as :func:`find_model` does. Raises InputError that names what is near."""
    if not roles:
        raise InputError(tr("There is no role {name}: no roles have been made yet.", name=_quoted(name)))
    return _only(name, roles, lambda role: role.name, _ROLE)


def find_titled(title: str, sessions: Sequence[Session]) -> Session:
    """The session of that title; looked for as :func:`find_model` does. Of several with the same title the one that was used
    last. Raises InputError that names what is near."""
    return _only(title, latest_titled(sessions), lambda session: session.title, _SESSION)


def latest_titled(sessions: Sequence[Session]) -> list[Session]:
    """Those that their title is enough to name, what was used last first."""
    by_title: dict[str, Session] = {}
    for session in sorted(sessions, key=attrgetter("updated_at"), reverse=True):
        by_title.setdefault(session.title, session)
    return list(by_title.values())


def nearest(name: str, names: Sequence[str], count: int = 3) -> list[str]:
    """Names that may have been meant, the most alike first; looked for among the first of them."""
    by_fold = {each.casefold(): each for each in reversed(names[:_COMPARED])}
    return [by_fold[fold] for fold in difflib.get_close_matches(name.casefold(), by_fold, count, 0.5)]


_MODEL = (mark("There is no model {name}."), mark("{name} fits several models: {models}."))
_ROLE = (mark("There is no role {name}."), mark("{name} fits several roles: {roles}."))
_SESSION = (mark("There is no session {name}."), mark("{name} fits several sessions: {sessions}."))


def _only(name: str, things: Sequence[T], name_of: Callable[[T], str], words: tuple[str, str]) -> T:
    exact = next((thing for thing in things if name_of(thing) == name), None)
    if exact is not None:
        return exact
    wanted = name.strip().casefold()
    folded = [(name_of(thing).casefold(), thing) for thing in things]
    for fits in (
        [thing for fold, thing in folded if fold == wanted],
        [thing for fold, thing in folded if wanted and fold.startswith(wanted)],
        [thing for fold, thing in folded if wanted and wanted in fold],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            several = listed(list(map(name_of, fits)))
            raise InputError(
                tr(words[1], name=_quoted(name), models=several, roles=several, sessions=several)
            )
    near = nearest(name, [name_of(thing) for thing in things])
    hint = tr("Did you mean {names}?", names=listed(near, tr("or"))) if near else ""
    raise InputError(sentences(tr(words[0], name=_quoted(name)), hint))


def _quoted(name: str) -> str:
    return f"“{name if len(name) <= 60 else name[:59] + '…'}”"


def listed(names: Sequence[str], conjunction: str = "") -> str:
    """``a, b and c``; of many names the first five."""
    conjunction = conjunction or tr("and")
    comma = tr(", ")
    if len(names) > 5:
        first = comma.join(names[:5])
        return tr(
            "{names} {conjunction} {count} more", names=first, conjunction=conjunction, count=len(names) - 5
        )
    return f" {conjunction} ".join(filter(None, [comma.join(names[:-1]), names[-1]]))
