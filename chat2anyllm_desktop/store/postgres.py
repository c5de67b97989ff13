"""The shared history: a PostgreSQL database that the web edition and other desktops may use at the same time.

Verbs that need several statements send them as one pipeline, so that each costs one round trip: what goes through a
pipeline in autocommit mode is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chat2anyllm_desktop.core.errors import NotFoundError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Message, Role, Session, Template, new_id
from chat2anyllm_desktop.store import postgres_search, postgres_templates
from chat2anyllm_desktop.store.api import PAGE_SIZE
from chat2anyllm_desktop.store.postgres_address import PostgresAddress
from chat2anyllm_desktop.store.postgres_connection import PostgresConnection
from chat2anyllm_desktop.store.rows import (
    MESSAGE_COLUMNS,
    SESSION_COLUMNS,
    canonical_id,
    canonical_ids,
    clean_message,
    clean_role,
    clean_template,
    clean_text,
    message_from,
    message_gone,
    of_copy,
    role_exists,
    role_from,
    session_from,
    session_gone,
    settings_json,
    sorted_roles,
    usage_json,
)
from chat2anyllm_desktop.store.search import Hit, Search

if TYPE_CHECKING:
    from chat2anyllm_desktop.store.postgres_connection import Connection

# As text, uuid and jsonb need no conversion here: that is twice as fast as the driver's objects.
_READ_MESSAGE = (
    "id::text, session_id::text, role, content, created_at, parent_id::text, kind, model, status, reasoning,"
    " usage::text"
)
_READ_SESSION = "id::text, title, created_at, updated_at, settings::text, pinned, archived_at, owner"
_READ_ROLE = "id::text, name, instructions, created_at, updated_at"

# Read by the triggers of schema.sql: this transaction sets updated_at itself and tells other windows by itself.
_BULK = "SELECT set_config('chat2anyllm.bulk', 'on', true)"
_ONE_BY_ONE = "SELECT set_config('chat2anyllm.bulk', 'off', true)"


class PostgresStore:
    """The Store protocol on PostgreSQL 13 or newer.

    Synchronous; used by one thread at a time. A lost connection is made again at the next verb.
    """

    checkpoint_s = 2.0

    def __init__(self, dsn: str, schema_file: Path) -> None:
        self.address = PostgresAddress(dsn)
        self.name = self.address.name
        self.key = self.address.key
        self._connection = PostgresConnection(self.address, schema_file)

    def __repr__(self) -> str:
        return f"PostgresStore({self.name!r})"

    def open(self) -> None:
        self._connection.open()

    def close(self) -> None:
        self._connection.close()

    def schema_version(self) -> int:
        row = self._one("SELECT max(version) FROM chat2anyllm_schema", ())
        return int(row[0] or 0)

    # Sessions ------------------------------------------------------------------------------------------------------
    def list_sessions(self, *, archived: bool = False) -> list[Session]:
        state = "IS NOT NULL" if archived else "IS NULL"
        rows = self._all(
            f"SELECT {_READ_SESSION} FROM sessions WHERE archived_at {state} ORDER BY updated_at DESC, sessions.id DESC",
            (),
        )
        return [session_from(row, _time) for row in rows]

    def get_session(self, session_id: str) -> Session:
        session_id = canonical_id(session_id)
        return self._connection.run(lambda connection: _get_session(connection, session_id))

    def save_session(self, session: Session) -> Session:
        session_id = canonical_id(session.id)
        values = (session_id, clean_text(session.title), *_view_state(session))

        def save(connection: Connection) -> Session:
            with connection.pipeline():
                connection.execute(
                    "INSERT INTO sessions (id, title, settings, pinned, archived_at, owner) VALUES (%s, %s, %s, %s, %s, %s)"
                    " ON CONFLICT (id) DO UPDATE SET title = excluded.title, settings = excluded.settings,"
                    " pinned = excluded.pinned, archived_at = excluded.archived_at, owner = excluded.owner"
                    # Saving what is there already is no change, and so no activity.
                    " WHERE (sessions.title, sessions.settings, sessions.pinned, sessions.archived_at, sessions.owner)"
                    " IS DISTINCT FROM (excluded.title, excluded.settings, excluded.pinned, excluded.archived_at,"
                    " excluded.owner)",
                    values,
                )
                return _get_session(connection, session_id)

        return self._connection.run(save)

    def delete_session(self, session_id: str) -> None:
        session_id = canonical_id(session_id)

        def delete(connection: Connection) -> None:
            with connection.pipeline():
                connection.execute(_BULK)  # The session's notification says it all.
                connection.execute("DELETE FROM sessions WHERE id = %s", (session_id,))

        self._connection.run(delete)

    def restore_session(self, session: Session, messages: Sequence[Message]) -> None:
        values = (
            canonical_id(session.id), clean_text(session.title), session.created_at, session.updated_at,
            *_view_state(session),
        )  # fmt: skip
        rows = [_values(clean_message(message)) for message in messages]

        def restore(connection: Connection) -> None:
            with connection.transaction():
                connection.execute(_BULK)
                connection.execute(
                    f"INSERT INTO sessions ({SESSION_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
                    " ON CONFLICT (id) DO NOTHING",
                    values,
                )
                with connection.cursor() as cursor:
                    cursor.executemany(
                        f"INSERT INTO messages ({MESSAGE_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
                        " ON CONFLICT (id) DO NOTHING",
                        rows,
                    )
                connection.execute("""SELECT pg_notify('chat2anyllm', '{"op":"resync"}')""")

        self._connection.run(restore)

    def duplicate_session(self, session_id: str, copy_id: str, *, through: str | None = None) -> Session:
        session_id, copy_id = canonical_id(session_id), canonical_id(copy_id)
        through = canonical_id(through) if through is not None else None

        def duplicate(connection: Connection) -> Session:
            with connection.transaction():
                connection.execute(_BULK)
                created = connection.execute(
                    f"INSERT INTO sessions ({SESSION_COLUMNS}) SELECT %s, title || %s::text, now(), now(), settings, false,"
                    " NULL, owner FROM sessions WHERE id = %s ON CONFLICT (id) DO NOTHING",
                    (copy_id, tr(" (copy)"), session_id),
                ).rowcount
                if created:  # Else it was asked twice, or there is nothing to copy.
                    copies = _copy_messages(connection, session_id, copy_id, through)
                    settings = _get_session(connection, copy_id).settings
                    if settings.branch is not None:
                        connection.execute(_ONE_BY_ONE)
                        connection.execute(
                            "UPDATE sessions SET settings = %s WHERE id = %s",
                            (settings_json(of_copy(settings, copies, through)), copy_id),
                        )
                return _get_session(connection, copy_id)

        return self._connection.run(duplicate)

    # Messages ------------------------------------------------------------------------------------------------------
    def save_message(self, message: Message) -> Message:
        message = clean_message(message)
        values = _values(message)

        def save(connection: Connection) -> Message:
            with connection.pipeline():
                # One at a time in a session, or two clients would see the same latest time. Then a statement of its
                # own, because a statement sees what was there when it began.
                connection.execute(
                    "SELECT FROM sessions WHERE id = %s FOR NO KEY UPDATE", (message.session_id,)
                )
                cursor = connection.execute(
                    f"INSERT INTO messages ({MESSAGE_COLUMNS}) VALUES (%s, %s, %s, %s, greatest(clock_timestamp(),"
                    " (SELECT max(created_at) FROM messages WHERE session_id = %s) + interval '1 microsecond'),"
                    " %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET role = excluded.role,"
                    " content = excluded.content, parent_id = excluded.parent_id, kind = excluded.kind,"
                    " model = excluded.model, status = excluded.status, reasoning = excluded.reasoning,"
                    " usage = excluded.usage RETURNING created_at, session_id::text",
                    (*values[:4], message.session_id, *values[5:]),
                )
            created_at, session_id = _row(cursor.fetchone())
            return replace(message, created_at=_time(created_at), session_id=session_id)

        return self._connection.run(save)

    def get_messages(self, message_ids: Collection[str]) -> list[Message]:
        rows = self._all(
            f"SELECT {_READ_MESSAGE} FROM messages WHERE id = ANY(%s::uuid[]) ORDER BY created_at, messages.id",
            (canonical_ids(message_ids),),
        )
        return [message_from(row, _time) for row in rows]

    def page_messages(
        self, session_id: str, *, before: Message | None = None, limit: int = PAGE_SIZE
    ) -> list[Message]:
        values: list[object] = [canonical_id(session_id)]
        condition = ""
        if before is not None:
            condition = "AND (created_at, id) < (%s, %s::uuid)"
            values += [before.created_at, canonical_id(before.id)]
        rows = self._all(
            f"SELECT {_READ_MESSAGE} FROM messages WHERE session_id = %s {condition}"
            " ORDER BY created_at DESC, messages.id DESC LIMIT %s",
            (*values, limit),
        )
        return [message_from(row, _time) for row in reversed(rows)]

    def history(self, session_id: str) -> list[Message]:
        rows = self._all(
            f"SELECT {_READ_MESSAGE} FROM messages WHERE session_id = %s ORDER BY created_at, messages.id",
            (canonical_id(session_id),),
        )
        return [message_from(row, _time) for row in rows]

    def count_messages(self, session_id: str, *, since: Message | None = None) -> int:
        values: list[object] = [canonical_id(session_id)]
        condition = ""
        if since is not None:
            condition = "AND (created_at, id) >= (%s, %s::uuid)"
            values += [since.created_at, canonical_id(since.id)]
        return int(self._one(f"SELECT count(*) FROM messages WHERE session_id = %s {condition}", values)[0])

    def search(self, search: Search) -> list[Hit]:
        return self._connection.run(lambda connection: postgres_search.hits(connection, search))

    def delete_messages(self, message_ids: Collection[str]) -> None:
        ids = canonical_ids(message_ids)
        self._connection.run(
            lambda connection: connection.execute("DELETE FROM messages WHERE id = ANY(%s::uuid[])", (ids,))
        )

    def mark_interrupted(self, message_ids: Collection[str]) -> list[Message]:
        rows = self._all(
            "UPDATE messages SET status = 'interrupted' WHERE id = ANY(%s::uuid[]) AND status = 'streaming'"
            f" RETURNING {_READ_MESSAGE}",
            (canonical_ids(message_ids),),
        )
        return sorted(
            (message_from(row, _time) for row in rows), key=lambda message: (message.created_at, message.id)
        )

    # Roles ---------------------------------------------------------------------------------------------------------
    def list_roles(self) -> list[Role]:
        return sorted_roles(
            [role_from(row, _time) for row in self._all(f"SELECT {_READ_ROLE} FROM roles", ())]
        )

    def save_role(self, role: Role) -> Role:
        role = clean_role(role)

        def save(connection: Connection) -> Role:
            import psycopg

            try:
                cursor = connection.execute(
                    "INSERT INTO roles (id, name, instructions) VALUES (%s, %s, %s) ON CONFLICT (id) DO UPDATE"
                    f" SET name = excluded.name, instructions = excluded.instructions RETURNING {_READ_ROLE}",
                    (role.id, role.name, role.instructions),
                )
            except psycopg.errors.UniqueViolation as error:
                raise role_exists(role.name, detail=str(error)) from error
            return role_from(_row(cursor.fetchone()), _time)

        return self._connection.run(save)

    def delete_role(self, role_id: str) -> None:
        role_id = canonical_id(role_id)
        self._connection.run(
            lambda connection: connection.execute("DELETE FROM roles WHERE id = %s", (role_id,))
        )

    # Prompt templates ----------------------------------------------------------------------------------------------
    def list_templates(self) -> list[Template]:
        return self._connection.run(postgres_templates.every)

    def save_template(self, template: Template) -> Template:
        template = clean_template(template)
        return self._connection.run(
            lambda connection: postgres_templates.save(connection, template, self.address)
        )

    def delete_template(self, template_id: str) -> None:
        template_id = canonical_id(template_id)
        self._connection.run(lambda connection: postgres_templates.delete(connection, template_id))

    # Statements ----------------------------------------------------------------------------------------------------
    def _all(self, query: str, values: Sequence[object]) -> list[Any]:
        fetch: Callable[[Connection], list[Any]] = lambda connection: connection.execute(  # noqa: E731
            query.encode(), values
        ).fetchall()
        return self._connection.run(fetch)

    def _one(self, query: str, values: Sequence[object]) -> Any:
        return self._all(query, values)[0]


def _get_session(connection: Connection, session_id: str) -> Session:
    row = connection.execute(
        f"SELECT {_READ_SESSION} FROM sessions WHERE id = %s".encode(), (session_id,)
    ).fetchone()
    if row is None:
        raise session_gone()
    return session_from(row, _time)


def _copy_messages(
    connection: Connection, session_id: str, copy_id: str, through: str | None
) -> dict[str, str]:
    """Returns the ids of the copies by those of the originals."""
    ids = [
        str(row[0])
        for row in connection.execute(
            "SELECT id::text FROM messages WHERE session_id = %s ORDER BY created_at, messages.id",
            (session_id,),
        )
    ]
    if through is not None:
        if through not in ids:
            raise message_gone()
        ids = ids[: ids.index(through) + 1]
    # Ascending like the originals: ids decide the order of messages with the same time.
    copies = sorted(new_id() for _ in ids)
    connection.execute(
        "WITH copies AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[]) AS pair (old, new))"
        f" INSERT INTO messages ({MESSAGE_COLUMNS}) SELECT copies.new, %s, role, content, created_at,"
        " coalesce(parents.new, parent_id), kind, model,"
        # Nobody would ever finish the copy of a running answer.
        " CASE status WHEN 'streaming' THEN 'interrupted' ELSE status END, reasoning, usage"
        " FROM messages JOIN copies ON copies.old = messages.id LEFT JOIN copies parents ON parents.old = parent_id",
        (ids, copies, copy_id),
    )
    return dict(zip(ids, copies, strict=True))


def _view_state(session: Session) -> tuple[object, ...]:
    owner = clean_text(session.owner) if session.owner is not None else None
    return settings_json(session.settings), session.pinned, session.archived_at, owner


def _values(message: Message) -> tuple[object, ...]:
    return (
        message.id, message.session_id, message.author.value, message.content, message.created_at, message.parent_id,
        message.kind.value, message.model, message.status.value, message.reasoning, usage_json(message.usage),
    )  # fmt: skip


def _row(row: Any) -> Any:
    if row is None:
        raise NotFoundError(tr("The row is gone: it was deleted elsewhere."))
    return row


def _time(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
