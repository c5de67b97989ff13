"""Slack's slash commands for roles.

Requests are signed as https://docs.slack.dev/authentication/verifying-requests-from-slack says: HMAC-SHA256 over
``v0:timestamp:body`` with the body exactly as it came, and no older than five minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qs

from chat2anyllm_desktop.chat.naming import find_role
from chat2anyllm_desktop.core.errors import InputError
from chat2anyllm_desktop.core.models import Role
from chat2anyllm_desktop.serve.refusals import Refusal

WINDOW_S = 300
"""Seconds by which a request may be old, or the clocks apart."""
_SHOWN = 100
"""Roles in one answer."""


class Signatures:
    """Checks that a request comes from Slack."""

    def __init__(self, secret: str, *, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret.encode()
        self._clock = clock

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises Refusal (401). ``headers`` are looked up in lower case."""
        stamp = headers.get("x-slack-request-timestamp", "")
        signature = headers.get("x-slack-signature", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16) or not signature:
            raise _unsigned()
        if abs(self._clock() - int(stamp)) > WINDOW_S:
            raise _unsigned()
        expected = hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={expected}".encode(), signature.encode("utf-8", "replace")):
            raise _unsigned()


def command_of(body: bytes) -> tuple[str, str]:
    """The command and what stands behind it, out of a form; both empty where Slack only looks whether somebody is
    there. Raises Refusal."""
    try:
        form = parse_qs(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=100)
    except ValueError:
        raise Refusal(400, "The body is no form.") from None
    command = form.get("command", [""])[0].strip()
    if not command and form.get("ssl_check") == ["1"]:
        return "", ""
    if not command:
        raise Refusal(400, "The form names no command.", field="command")
    text = form.get("text", [""])[0].strip()
    # Slack escapes these three in what is typed.
    return command, text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def reply(command: str, text: str, roles: Sequence[Role]) -> str:
    """What who typed the command gets to see."""
    match command:
        case "/roles":
            return _list(roles)
        case "/role":
            if not text:
                return "Which role? Type `/role` and its name; `/roles` lists them."
            try:
                role = find_role(text, roles)
            except InputError as error:
                return _plain(str(error))
            return f"Role *{_plain(role.name)}* is there:\n>>> {_plain(role.instructions[:2500])}"
    return "Known here are `/roles`, which lists the roles, and `/role` with a name."


def _list(roles: Sequence[Role]) -> str:
    if not roles:
        return "There are no roles yet."
    lines = [f"• {_plain(role.name)}" for role in roles[:_SHOWN]]
    if len(roles) > _SHOWN:
        lines.append(f"… and {len(roles) - _SHOWN:,} more")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Text in which Slack sees no links and no mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unsigned() -> Refusal:
    return Refusal(401, "The request is not signed as Slack signs it, or is too old.")
