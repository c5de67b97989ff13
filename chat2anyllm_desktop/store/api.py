"""The verbs of remembering: one protocol for every backend.

A backend is *synchronous* and used by one thread at a time; :class:`~chat2anyllm_desktop.store.threaded.ThreadedStore`
gives it a thread and an awaitable face. Every write is an upsert under an id that the client made, so repeating one is
harmless, and so is seeing our own write come back from the database.

Errors: :class:`~chat2anyllm_desktop.core.errors.StoreUnavailableError` when the database cannot be reached (anything may
be tried again), :class:`~chat2anyllm_desktop.core.errors.StoreReadOnlyError`,
:class:`~chat2anyllm_desktop.core.errors.SchemaError`, :class:`~chat2anyllm_desktop.core.errors.NotFoundError` and
:class:`~chat2anyllm_desktop.core.errors.DuplicateNameError`. A backend never raises its driver's own exceptions.

NUL characters (PostgreSQL refuses them) are stored as U+2400 SYMBOL FOR NULL by every backend alike, so that nothing is
lost silently and both stores answer the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from chat2anyllm_desktop.core.errors import NotFoundError
from chat2anyllm_desktop.core.models import Message, Role, Session, Template
from chat2anyllm_desktop.store.search import Hit, Search

PAGE_SIZE = 100
"""Messages read at once for the window: about three screens of short ones."""


class Store(Protocol):
    """Sessions, messages, roles and prompt templates."""

    name: str
    """For people: where the history is (``"This computer"``, or the database's host and name); no secret."""
    key: str
    """The same for the same history, different for another one; no secret. Names the store in the journal."""
    checkpoint_s: float
    """Seconds between two checkpoints of a streaming answer: 0.25 embedded, 2.0 shared."""

    def open(self) -> None:
        """Connect, and create or upgrade the schema. Idempotent: called again after a lost connection."""

    def close(self) -> None:
        """Let go of everything; the store may be opened again."""

    def schema_version(self) -> int:
        """The version of our additions that the database has."""

    # Sessions ------------------------------------------------------------------------------------------------------
    def list_sessions(self, *, archived: bool = False) -> list[Session]:
        """All sessions that are not archived (or only those that are), latest ``updated_at`` first. Not pinned-first:
        grouping is the view's affair."""

    def get_session(self, session_id: str) -> Session:
        """Raises NotFoundError."""

    def save_session(self, session: Session) -> Session:
        """Create or update title, settings, pinned, archived_at and owner; times are the store's. Returns it as
        stored. Changing anything but the title leaves ``updated_at`` alone."""

    def delete_session(self, session_id: str) -> None:
        """Delete it with all its messages. Deleting what is gone is no error."""

    def restore_session(self, session: Session, messages: Sequence[Message]) -> None:
        """Undo of a deletion: put a session and its messages back with their own times, in one transaction."""

    def duplicate_session(self, session_id: str, copy_id: str, *, through: str | None = None) -> Session:
        """Copy a session and its messages (up to and including ``through``; all of them when None) under new ids, in
        one transaction; ``parent_id`` values are mapped to the copies. The title gets " (copy)" appended."""

    # Messages ------------------------------------------------------------------------------------------------------
    def save_message(self, message: Message) -> Message:
        """Create or update. ``created_at`` of a new message is the store's own clock, strictly later than every
        message of the session before it; an update keeps it. Returns the message as stored."""

    def get_messages(self, message_ids: Collection[str]) -> list[Message]:
        """Those that exist, in order of the conversation."""

    def page_messages(
        self, session_id: str, *, before: Message | None = None, limit: int = PAGE_SIZE
    ) -> list[Message]:
        """The last ``limit`` messages (before the given one), in order of the conversation: (created_at, id)."""

    def history(self, session_id: str) -> list[Message]:
        """All messages of a session in order: the context of a turn, an export."""

    def count_messages(self, session_id: str, *, since: Message | None = None) -> int:
        """How many messages the session has, or has from the given one on."""

    def search(self, search: Search) -> list[Hit]:
        """Titles that hold every word, archived sessions among them, then messages; each newest first. Without regard to
        case; messages that stream, roles in front of messages and the data of images are left out. Raises StoreError also
        when it is called off."""

    def delete_messages(self, message_ids: Collection[str]) -> None:
        """Deleting what is gone is no error."""

    def mark_interrupted(self, message_ids: Collection[str]) -> list[Message]:
        """Those of the given messages that still say STREAMING become INTERRUPTED; returns them."""

    # Roles ---------------------------------------------------------------------------------------------------------
    def list_roles(self) -> list[Role]:
        """All roles by name, without regard to case."""

    def save_role(self, role: Role) -> Role:
        """Create or update. Name and instructions are stripped; InputError when one is empty or the name is longer
        than 100 characters; DuplicateNameError when another role has the name (exactly, as the column's UNIQUE)."""

    def delete_role(self, role_id: str) -> None:
        """Deleting what is gone is no error."""

    # Prompt templates ----------------------------------------------------------------------------------------------
    def list_templates(self) -> list[Template]:
        """All prompt templates by name; none where a shared database has no table for them yet, and we may not make it."""

    def save_template(self, template: Template) -> Template:
        """Create or update. Name and text are brought into their stored form; InputError when one cannot be used (see
        ``core/templates.py``); DuplicateNameError when another template has the name."""

    def delete_template(self, template_id: str) -> None:
        """Deleting what is gone is no error."""


def find_session(store: Store, session_id: str) -> Session | None:
    """None for a session that is gone. To be run on the store's thread: so it is no failure there, not even when nobody
    waits for the answer any more."""
    try:
        return store.get_session(session_id)
    except NotFoundError:
        return None
