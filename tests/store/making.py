"""Sessions, messages and roles for tests, with what does not matter filled in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chat2anyllm_desktop.core.models import Author, Message, Role, Session, new_id

EARLIER = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)


def make_session(title: str = "New Chat", **values: Any) -> Session:
    return Session(**{"id": new_id(), "title": title, "created_at": EARLIER, "updated_at": EARLIER, **values})


def make_message(session: Session, content: str = "Hello", **values: Any) -> Message:
    return Message(
        **{
            "id": new_id(),
            "session_id": session.id,
            "author": Author.USER,
            "content": content,
            "created_at": EARLIER,
            **values,
        }
    )


def make_role(name: str, instructions: str = "Be brief.", **values: Any) -> Role:
    return Role(
        **{
            "id": new_id(),
            "name": name,
            "instructions": instructions,
            "created_at": EARLIER,
            "updated_at": EARLIER,
            **values,
        }
    )
