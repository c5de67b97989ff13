"""A gateway's list of models: JSON of ``/v1/model/info`` or ``/v1/models`` -> models that can chat. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from chat2anyllm_desktop.core.models import Model

T = TypeVar("T")

CHAT_MODES = frozenset({"chat", "completion", "responses"})
"""LiteLLM's modes that it serves under /chat/completions (it wraps completion models in a prompt template)."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """What one list held."""

    models: list[Model] = field(default_factory=list)
    wildcards: tuple[str, ...] = ()
    """Names such as ``openai/*``: not pickable themselves; /v1/models lists what they stand for."""
    silent: frozenset[str] = frozenset()
    """Names that the list holds for something else than chat."""


def read_model_info(body: object) -> Catalog | None:
    """LiteLLM's list: one entry per deployment, so several may share a name. None when it is no such list."""
    entries = _entries(body)
    if entries is None:
        return None
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        name = entry.get("model_name")
        info = entry.get("model_info")
        if isinstance(name, str) and name:
            groups.setdefault(name, []).append(info if isinstance(info, dict) else {})
    return _catalog(groups, _from_info)


def read_models(body: object) -> Catalog | None:
    """The list every OpenAI-compatible server has. None when it is no such list."""
    entries = _entries(body)
    if entries is None:
        return None
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        name = entry.get("id") or entry.get("name")
        if isinstance(name, str) and name:
            groups.setdefault(name.removeprefix("models/"), [entry])  # Google's ids carry their collection.
    return _catalog(groups, _from_openai)


def merge(info: Catalog, listed: Catalog) -> list[Model]:
    """``info``'s models, then those only ``listed`` knows: what wildcards stand for."""
    known = {model.name for model in info.models} | info.silent
    merged = list(info.models)
    for model in listed.models:
        if model.name not in known:
            provider = model.name.partition("/")[0] if "/" in model.name else model.provider
            merged.append(replace(model, provider=provider))  # LiteLLM says owned_by "openai" of all of them.
    return merged


def _entries(body: object) -> list[dict[str, Any]] | None:
    if isinstance(body, dict):
        body = body.get("data", body.get("models"))
    if not isinstance(body, list):
        return None
    return [entry for entry in body if isinstance(entry, dict)]


def _catalog(
    groups: Mapping[str, list[Mapping[str, Any]]], make: Callable[[str, list[Mapping[str, Any]]], Model]
) -> Catalog:
    models: list[Model] = []
    wildcards: list[str] = []
    silent: set[str] = set()
    for name, deployments in groups.items():
        chatting = [info for info in deployments if _can_chat(info)]
        if "*" in name:
            wildcards.append(name)
        elif chatting:
            models.append(make(name, chatting))
        else:
            silent.add(name)
    return Catalog(models, tuple(wildcards), frozenset(silent))


def _can_chat(info: Mapping[str, Any]) -> bool:
    mode = info.get("mode")
    return not isinstance(mode, str) or not mode or mode in CHAT_MODES


def _from_info(name: str, deployments: list[Mapping[str, Any]]) -> Model:
    return Model(
        name=name,
        provider=_first(deployments, "litellm_provider", _text) or "",
        description=_first(deployments, "description", _text) or "",
        max_input_tokens=_first(deployments, "max_input_tokens", _count)
        or _first(deployments, "max_tokens", _count),
        max_output_tokens=_first(deployments, "max_output_tokens", _count),
        input_cost_per_token=_first(deployments, "input_cost_per_token", _price),
        output_cost_per_token=_first(deployments, "output_cost_per_token", _price),
        vision=_first(deployments, "supports_vision", _flag),
        tools=_first(deployments, "supports_function_calling", _flag),
        reasoning=_first(deployments, "supports_reasoning", _flag),
        pdf=_first(deployments, "supports_pdf_input", _flag),
        deployments=len(deployments),
    )


def _from_openai(name: str, entries: list[Mapping[str, Any]]) -> Model:
    pricing = entries[0].get("pricing")
    prices = [pricing] if isinstance(pricing, dict) else []
    return Model(
        name=name,
        provider=_first(entries, "owned_by", _text) or (name.partition("/")[0] if "/" in name else ""),
        description=_first(entries, "description", _text) or "",
        max_input_tokens=_first(entries, "max_input_tokens", _count)
        or _first(entries, "context_length", _count)
        or _first(entries, "max_model_len", _count),
        max_output_tokens=_first(entries, "max_output_tokens", _count),
        input_cost_per_token=_first(prices, "prompt", _price),
        output_cost_per_token=_first(prices, "completion", _price),
    )


def _first(
    deployments: Iterable[Mapping[str, Any]], key: str, read: Callable[[object], T | None]
) -> T | None:
    for info in deployments:
        value = read(info.get(key))
        if value is not None:
            return value
    return None


def _text(value: object) -> str | None:
    return " ".join(value.split())[:500] or None if isinstance(value, str) else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _count(value: object) -> int | None:
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _price(value: object) -> float | None:
    """US dollars per token; some servers write it as a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        price = float(value)
    except ValueError:
        return None
    return price if math.isfinite(price) and price >= 0 else None
