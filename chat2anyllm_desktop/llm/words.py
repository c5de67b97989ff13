"""A gateway's own words, made fit to be shown: found in any body, shortened, without secrets."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from chat2anyllm_desktop.core.language import tr

LIMIT = 300
"""Characters of the gateway's words that are shown."""

_PREFIXES = re.compile(r"^(?:litellm\.)?(?:proxy\.)?\w*(?:Error|Exception|Timeout)\s*(?::|-)\s*")
_PROVIDER = re.compile(r"\b([A-Z]\w*?)Exception - ")
_TAILS = re.compile(
    r"\n\s*LiteLLM: model group|LiteLLM Retried:|\.? ?Received Model Group=|\n\s*Available Model Group Fallbacks|"
    r"\n\s*Set 'context_window|\nmodel=|\s*Error_str:|\n\s*Deployment Info:",
)
_SECRETS = re.compile(
    r"(?P<bearer>\bbearer\s+)[^\s\"',;]+"
    r"|(?P<named>(?:api[_-]?key|token|secret|password|authorization|key hash \(token\))[\"']?\s*[=:]\s*[\"']?)"
    r"(?!bearer\b)[^\s\"',;}&]{4,}"
    r"|\b(?:sk|pk|rk|gsk|xai|hf|ghp|gho|github_pat|AIza|AKIA)[-_]?[A-Za-z0-9*_.-]{6,}"
    r"|(?P<url>[a-z][a-z0-9+.-]*://)[^/\s@]+@"
    r"|\b[0-9a-f]{40,}\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Words:
    """What an error body said."""

    text: str = ""
    """Its message, cleaned and shortened; empty when it said nothing."""
    kind: str = ""
    """``type`` and ``code`` of the body, such as ``no_db_connection``."""
    provider: str = ""
    """The provider LiteLLM names, such as ``OpenAI``."""
    status: int | None = None
    """An HTTP status in ``code``, as LiteLLM sends it in error frames (as a string)."""
    detail: str = ""
    """The whole message, masked, up to 2,000 characters."""
    all: str = ""
    """Message and kind as sent, for finding known phrases; never shown."""


def mask(text: str, secrets: tuple[str, ...] = ()) -> str:
    """``text`` without the given secrets and without whatever looks like one."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "***")

    def hide(match: re.Match[str]) -> str:
        if match["url"]:
            return match["url"] + "***@"
        return (match["bearer"] or match["named"] or "") + "***"

    return _SECRETS.sub(hide, text)


def read_words(body: object, secrets: tuple[str, ...] = ()) -> Words:
    """From bytes (JSON, plain text or HTML) or from a parsed JSON value."""
    if isinstance(body, bytes):
        text = body.decode("utf-8", "replace").strip()
        try:
            body = json.loads(text)
        except ValueError:
            return _make(text, "", None, secrets)
    message, kind, status = _find(body)
    return _make(message, kind, status, secrets)


def _make(message: str, kind: str, status: int | None, secrets: tuple[str, ...]) -> Words:
    masked = mask(message[:8000], secrets)
    provider = _PROVIDER.search(masked)
    text = _TAILS.split(masked, maxsplit=1)[0].strip()
    if provider:
        text = text[text.find(provider[0]) + len(provider[0]) :] if provider[0] in text else text
    while (shorter := _PREFIXES.sub("", text, count=1)) != text and shorter:
        text = shorter
    if looks_like_page(text.encode(), ""):  # A page that a proxy wrapped into its own message.
        text = page_title(text.encode())
    text = " ".join(text.split())
    if len(text) > LIMIT:
        text = text[: LIMIT - 1].rstrip() + "…"
    return Words(
        text=text,
        kind=kind,
        provider=provider[1] if provider else "",
        status=status,
        detail=masked[:2000],
        all=f"{kind} {message[:8000]}",
    )


def _find(body: object, depth: int = 0) -> tuple[str, str, int | None]:
    """(message, kind, status) in the shapes that servers use: ``{"error": {...}}``, ``{"error": "..."}``,
    ``{"detail": ...}``, ``{"message": ...}``, and lists of these."""
    if isinstance(body, str):
        return body, "", None
    if isinstance(body, list) and body and depth < 4:
        return _find(body[0], depth + 1)
    if not isinstance(body, dict) or depth >= 4:
        return "" if body is None else json.dumps(body)[:LIMIT], "", None
    for key in ("error", "detail", "errors"):
        if isinstance(body.get(key), dict | list) or (body.get(key) and not body.get("message")):
            message, kind, status = _find(body[key], depth + 1)
            return message, kind or _kind(body), status or _status(body)
    for key in ("message", "msg", "error", "detail"):
        if isinstance(body.get(key), str):
            return body[key], _kind(body), _status(body)
    return json.dumps(body)[:LIMIT], _kind(body), _status(body)


def _kind(body: dict[str, object]) -> str:
    return " ".join(
        str(body[key])
        for key in ("type", "code", "status")
        if isinstance(body.get(key), str) and not str(body[key]).isdigit()
    )


def _status(body: dict[str, object]) -> int | None:
    for key in ("code", "status", "status_code"):
        value = body.get(key)
        if isinstance(value, str) and value.isdigit():
            value = int(value)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    return None


def quoted(words: Words) -> str:
    """The gateway's own words as the end of a sentence."""
    return tr(": {words}.", words=words.text.rstrip(".")) if words.text else tr(".")


def as_subject(name: str) -> str:
    """A name at the beginning of a sentence: "the embedded model" gets its capital, a host stays as it is."""
    return name[:1].upper() + name[1:] if " " in name else name


def looks_like_page(body: bytes, content_type: str) -> bool:
    """HTML (or XML), by what it says or by how it begins."""
    return "html" in content_type.lower() or body.lstrip()[:1] == b"<"


def page_title(body: bytes) -> str:
    """The ``<title>`` of a page, on one line, or an empty string."""
    match = re.search(rb"<title[^>]*>(.*?)</title", body[:20_000], re.IGNORECASE | re.DOTALL)
    return " ".join(match[1].decode("utf-8", "replace").split())[:200] if match else ""
