"""Prompt templates on PostgreSQL. Their table may be missing: in a database that was not upgraded by those who may."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chat2anyllm_desktop.core.errors import SchemaError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Template
from chat2anyllm_desktop.store.postgres_address import PostgresAddress
from chat2anyllm_desktop.store.rows import sorted_templates, template_exists, template_from

if TYPE_CHECKING:
    from chat2anyllm_desktop.store.postgres_connection import Connection

_READ = "id::text, name, text, created_at, updated_at"


def every(connection: Connection) -> list[Template]:
    """All of them; none where the table is missing or may not be read: the rest of the history is as good without."""
    import psycopg

    try:
        rows = connection.execute(f"SELECT {_READ} FROM chat2anyllm_templates".encode()).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return []
    return sorted_templates([template_from(row, _time) for row in rows])


def save(connection: Connection, template: Template, address: PostgresAddress) -> Template:
    """Create or update. Raises DuplicateNameError, and SchemaError where there is no table."""
    import psycopg

    try:
        row = connection.execute(
            "INSERT INTO chat2anyllm_templates (id, name, text) VALUES (%s, %s, %s) ON CONFLICT (id) DO UPDATE"
            f" SET name = excluded.name, text = excluded.text, updated_at = now() RETURNING {_READ}".encode(),
            (template.id, template.name, template.text),
        ).fetchone()
    except psycopg.errors.UniqueViolation as error:
        raise template_exists(template.name, detail=str(error)) from error
    except psycopg.errors.UndefinedTable as error:
        raise SchemaError(
            tr(
                '{place} has no place for prompt templates yet, and the user "{user}" may not make it. '
                'Ask the owner of the tables to run: psql -d "{database}" -f schema.sql',
                place=address.name,
                user=address.user,
                database=address.database,
            ),
            detail=str(error),
        ) from error
    return template_from(row, _time)


def delete(connection: Connection, template_id: str) -> None:
    """What is gone is no error."""
    connection.execute("DELETE FROM chat2anyllm_templates WHERE id = %s", (template_id,))


def _time(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
