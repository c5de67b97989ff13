"""Links to sessions and messages: ``chat2anyllm://session/<id>`` and ``chat2anyllm://session/<id>/message/<id>``.

Anybody can put such a link anywhere, so nothing but these two forms is one, and a link can do no more than show
something.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chat2anyllm_desktop.core.errors import InputError
from chat2anyllm_desktop.core.language import tr

SCHEME = "chat2anyllm"
_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_FORM = re.compile(rf"{SCHEME}://session/({_ID})(?:/message/({_ID}))?", re.IGNORECASE | re.ASCII)
_SHOWN = 80
"""Characters of a wrong link that are repeated to the user."""


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the history. ``str`` gives it as it is written."""

    session_id: str
    message_id: str | None = None

    def __str__(self) -> str:
        message = f"/message/{self.message_id}" if self.message_id else ""
        return f"{SCHEME}://session/{self.session_id}{message}"


def is_link(text: str) -> bool:
    """Whether somebody means a link of ours, right or wrong."""
    return text[: len(SCHEME) + 1].lower() == f"{SCHEME}:"


def parse_link(text: str) -> Link:
    """Read a link. Raises InputError for anything that is none."""
    found = _FORM.fullmatch(text)
    if found is None:
        shown = "".join(
            character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
        )
        raise InputError(
            tr(
                "“{link}” is no link to a session, so nothing was opened. Such links are made by “Copy link to session”.",
                link=shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…",
            )
        )
    session_id, message_id = found.groups()
    return Link(session_id.lower(), message_id.lower() if message_id else None)
