"""Between rows and models: what both backends do to rows, text, ids, JSON and role names, so that both answer the same.

Reading is lenient: what a newer version or another program wrote (an unknown kind, a JSON of another shape) is read as
the nearest thing this version knows, never refused.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, replace
from datetime import datetime
from sys import intern
from typing import Any, TypeVar, cast

from chat2anyllm_desktop.core.errors import DuplicateNameError, InputError, NotFoundError, StoreError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import (
    Author,
    Kind,
    Message,
    PlanModels,
    Role,
    Session,
    SessionSettings,
    Status,
    Template,
    Usage,
)
from chat2anyllm_desktop.core.templates import template_name, template_text

SESSION_COLUMNS = "id, title, created_at, updated_at, settings, pinned, archived_at, owner"
MESSAGE_COLUMNS = (
    "id, session_id, role, content, created_at, parent_id, kind, model, status, reasoning, usage"
)
ROLE_COLUMNS = "id, name, instructions, created_at, updated_at"
TEMPLATE_COLUMNS = "id, name, text, created_at, updated_at"

ROLE_NAME_LENGTH = 100
"""Characters of a role's name."""

_TOLERABLE_DEPTH = 100
_NO_SETTINGS = SessionSettings()
_NO_USAGE = Usage()
_KINDS = {kind.value: kind for kind in Kind}
_STATUSES = {status.value: status for status in Status}

T = TypeVar("T")


# Rows ------------------------------------------------------------------------------------------------------------------
# Of the columns above, in their order; ids and JSON as text. ``moment`` reads a time as the database gives it.
def session_from(row: Any, moment: Callable[[Any], datetime]) -> Session:
    return Session(
        id=row[0], title=row[1], created_at=moment(row[2]), updated_at=moment(row[3]), settings=settings_from(row[4]),
        pinned=bool(row[5]), archived_at=moment(row[6]) if row[6] else None, owner=row[7],
    )  # fmt: skip


def message_from(row: Any, moment: Callable[[Any], datetime]) -> Message:
    # Every message of a session repeats these two: of 10,000 loaded, their copies would take 2 MB.
    session_id, model = intern(row[1]), intern(row[7]) if row[7] else row[7]
    return Message(
        id=row[0], session_id=session_id, author=Author(row[2]), content=row[3], created_at=moment(row[4]), parent_id=row[5],
        kind=kind_from(row[6]), model=model, status=status_from(row[8]), reasoning=row[9], usage=usage_from(row[10]),
    )  # fmt: skip


def role_from(row: Any, moment: Callable[[Any], datetime]) -> Role:
    return Role(
        id=row[0], name=row[1], instructions=row[2], created_at=moment(row[3]), updated_at=moment(row[4])
    )


def template_from(row: Any, moment: Callable[[Any], datetime]) -> Template:
    return Template(id=row[0], name=row[1], text=row[2], created_at=moment(row[3]), updated_at=moment(row[4]))


# Text ------------------------------------------------------------------------------------------------------------------
def clean_text(text: str) -> str:
    """Text as every backend can keep it: NUL becomes U+2400, a lone surrogate U+FFFD (a pair, its character)."""
    if "\0" in text:
        text = text.replace("\0", "\u2400")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def clean_message(message: Message) -> Message:
    """The message as it will be stored, but for its time. Raises NotFoundError for ids that are none."""
    return replace(
        message,
        id=canonical_id(message.id),
        session_id=canonical_id(message.session_id),
        parent_id=canonical_id(message.parent_id) if message.parent_id else None,
        content=clean_text(message.content),
        reasoning=clean_text(message.reasoning),
        model=clean_text(message.model) if message.model is not None else None,
        usage=usage_from(usage_json(message.usage)),
    )


def clean_role(role: Role) -> Role:
    """The role as it will be stored, but for its times. Raises InputError with the sentence for the user."""
    name = clean_text(role.name).strip()
    instructions = clean_text(role.instructions).strip()
    if not name:
        raise InputError(tr("A role needs a name."))
    if len(name) > ROLE_NAME_LENGTH:
        raise InputError(
            tr(
                "A role's name may have up to {most} characters; this one has {length}.",
                most=ROLE_NAME_LENGTH,
                length=len(name),
            )
        )
    if not instructions:
        raise InputError(tr('The role "{name}" needs instructions.', name=name))
    return replace(role, id=canonical_id(role.id), name=name, instructions=instructions)


def clean_template(template: Template) -> Template:
    """The template as it will be stored, but for its times. Raises InputError with the sentence for the user."""
    return replace(
        template,
        id=canonical_id(template.id),
        name=template_name(clean_text(template.name)),
        text=template_text(clean_text(template.text)),
    )


def role_exists(name: str, *, detail: str = "") -> DuplicateNameError:
    return DuplicateNameError(
        tr('There is a role named "{name}" already. Choose another name.', name=name), detail=detail
    )


def session_gone(*, detail: str = "") -> NotFoundError:
    return NotFoundError(tr("The session is gone: it was deleted elsewhere."), detail=detail)


def message_gone() -> NotFoundError:
    return NotFoundError(tr("The message is gone: it was deleted elsewhere."))


def template_exists(name: str, *, detail: str = "") -> DuplicateNameError:
    return DuplicateNameError(
        tr("There is a prompt template /{name} already. Choose another name.", name=name), detail=detail
    )


def sorted_templates(templates: Collection[Template]) -> list[Template]:
    """By name; sorted here, because every database has a collation of its own."""
    return sorted(templates, key=lambda template: template.name)


def sorted_roles(roles: Collection[Role]) -> list[Role]:
    """By name without regard to case: sorted here, because every database has a collation of its own."""
    return sorted(roles, key=lambda role: (role.name.casefold(), role.name))


# Ids -------------------------------------------------------------------------------------------------------------------
def canonical_id(text: str) -> str:
    """The id in canonical form. Raises NotFoundError: what is no id names nothing."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise NotFoundError(tr('There is nothing with the id "{id}".', id=text[:60])) from None


def canonical_ids(texts: Collection[str]) -> list[str]:
    """Those that are ids, in canonical form."""
    found = []
    for text in texts:
        try:
            found.append(str(uuid.UUID(text)))
        except ValueError:
            continue
    return found


# JSON ------------------------------------------------------------------------------------------------------------------
def settings_json(settings: SessionSettings) -> str:
    """The value of ``sessions.settings``; keys in ``unknown`` are written back. Raises StoreError when it is no JSON."""
    known = {
        "model": settings.model,
        "role_id": settings.role_id,
        "plan": {"planning": settings.plan.planning, "answering": settings.plan.answering}
        if settings.plan
        else None,
        "branch": settings.branch,
        "parameters": dict(settings.parameters) or None,
    }
    return _dump({**settings.unknown, **{key: value for key, value in known.items() if value is not None}})


def settings_from(text: str) -> SessionSettings:
    if text == "{}":
        return _NO_SETTINGS
    values = _load(text)
    plan = values.pop("plan", None)
    parameters = values.pop("parameters", None)
    return SessionSettings(
        model=_as(str, values.pop("model", None)),
        role_id=_as(str, values.pop("role_id", None)),
        plan=_plan_from(plan),
        branch=_as(str, values.pop("branch", None)),
        parameters=cast(Mapping[str, object], parameters) if isinstance(parameters, dict) else {},
        unknown=values,
    )


def of_copy(settings: SessionSettings, copies: Mapping[str, str], through: str | None) -> SessionSettings:
    """The settings of a copied session: the branch on show is that of the copied messages, whose new ids ``copies`` has. A
    copy that ends with a message shows the way to that."""
    branch = copies.get(settings.branch) if settings.branch is not None and through is None else None
    return replace(settings, branch=branch)


def usage_json(usage: Usage) -> str:
    """The value of ``messages.usage``: only what is known."""
    if usage == _NO_USAGE:
        return "{}"
    values = {field.name: getattr(usage, field.name) for field in fields(Usage)}
    return _dump({key: value for key, value in values.items() if value is not None and value is not False})


def usage_from(text: str) -> Usage:
    if text == "{}":
        return _NO_USAGE
    values = _load(text)
    return Usage(
        prompt_tokens=_as(int, values.get("prompt_tokens")),
        completion_tokens=_as(int, values.get("completion_tokens")),
        reasoning_tokens=_as(int, values.get("reasoning_tokens")),
        cost=_number(values.get("cost")),
        cost_reported=values.get("cost_reported") is True,
        first_token_s=_number(values.get("first_token_s")),
        duration_s=_number(values.get("duration_s")),
        reasoning_s=_number(values.get("reasoning_s")),
        cached=values.get("cached") is True,
        finish_reason=_as(str, values.get("finish_reason")),
        error=_as(str, values.get("error")),
    )


def kind_from(text: str) -> Kind:
    return _KINDS.get(text, Kind.CHAT)


def status_from(text: str) -> Status:
    return _STATUSES.get(text, Status.COMPLETE)


def _plan_from(value: object) -> PlanModels | None:
    if not isinstance(value, dict):
        return None
    planning, answering = value.get("planning"), value.get("answering")
    if isinstance(planning, str) and isinstance(answering, str):
        return PlanModels(planning=planning, answering=answering)
    return None


def _dump(values: Mapping[str, object]) -> str:
    try:
        return json.dumps(_cleaned(values, 0), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise StoreError(
            tr("These settings cannot be kept: they hold a value that is no JSON."), detail=str(error)
        ) from error


def _cleaned(value: object, depth: int) -> object:
    """JSON that PostgreSQL takes: no NUL, no lone surrogate; a number that is none (NaN) is not known."""
    if depth > _TOLERABLE_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean_text(str(key)): _cleaned(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item, depth + 1) for item in value]
    return value


def _load(text: str) -> dict[str, object]:
    try:
        values = json.loads(text)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _as(kind: type[T], value: object) -> T | None:
    return value if isinstance(value, kind) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
