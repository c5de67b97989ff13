"""A session as one Markdown document."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chat2anyllm_desktop.core.branches import active_path, newest_below
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Author, Kind, Message, Session
from chat2anyllm_desktop.core.prompts import split_role_prefix

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


def file_name_for(session: Session) -> str:
    """A name that every file system takes, made of the session's title."""
    return f"{_NOT_IN_NAMES.sub(' ', session.title).strip(' .')[:80] or tr('Session')}.md"


def session_as_markdown(session: Session, messages: Sequence[Message], *, branch: str | None = None) -> str:
    """Title and messages of a branch, under headings that say who wrote them. Texts stand as they are. ``branch`` is one
    of its messages; None, or one that is gone, means the branch of the newest."""
    parts = [f"# {session.title}"]
    for message in active_path(messages, leaf=newest_below(messages, branch)):
        parts.append(f"## {_heading(message)}")
        parts.append(
            split_role_prefix(message.content)[1] if message.author is Author.USER else message.content
        )
    return "\n\n".join(parts) + "\n"


def _heading(message: Message) -> str:
    role, _ = split_role_prefix(message.content)
    if message.author is Author.USER:
        return tr("You ({role})", role=role) if role else tr("You")
    model = message.model or tr("Assistant")
    if message.kind is Kind.PLAN:
        return tr("Plan of {model}", model=model)
    return tr("Implementation by {model}", model=model) if message.kind is Kind.IMPLEMENTATION else model
