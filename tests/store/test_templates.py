"""Prompt templates in every store, in databases that were made before there were any, and told to other windows."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.errors import DuplicateNameError, InputError, SchemaError
from chat2anyllm_desktop.core.models import Change, Operation, Table, Template, new_id
from chat2anyllm_desktop.store import sqlite_file
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.inspection import inspect_database
from chat2anyllm_desktop.store.postgres import PostgresStore
from chat2anyllm_desktop.store.sqlite import SqliteStore
from chat2anyllm_desktop.store.watch import RESYNC
from tests.real.postgres import OwnServer, execute, least_privileged
from tests.store.conftest import OpenPostgres
from tests.store.making import EARLIER, make_role, make_session
from tests.store.test_watch import watched

SCHEMA = paths.resource("schema.sql")
BACK_TO_VERSION_1 = "DROP TABLE chat2anyllm_templates; UPDATE chat2anyllm_schema SET version = 1"
GRANTS = (
    "SELECT grantee::text, privilege_type::text FROM information_schema.table_privileges"
    " WHERE table_name = 'chat2anyllm_templates' AND grantee <> current_user ORDER BY 1, 2"
)


def make_template(name: str, text: str = "Explain {text}") -> Template:
    return Template(id=new_id(), name=name, text=text, created_at=EARLIER, updated_at=EARLIER)


# What every store promises -----------------------------------------------------------------------------------------------
def test_a_template_is_stored_as_it_will_be_used(store: Store) -> None:
    assert store.list_templates() == []
    saved = store.save_template(make_template(" /Explain ", "\n Explain {text}\0 \n"))
    assert (saved.name, saved.text) == ("explain", "Explain {text}\u2400")
    assert saved.created_at == saved.updated_at > EARLIER
    assert store.list_templates() == [saved]
    changed = store.save_template(replace(saved, name="解释", text="Explain {text} to {whom=me}"))
    assert (changed.created_at, changed.updated_at > saved.updated_at) == (saved.created_at, True)
    assert store.list_templates() == [changed]
    assert store.save_template(changed).name == "解释"


def test_templates_are_listed_by_name(store: Store) -> None:
    for name in ("translate", "Explain", "Überblick", "commit"):
        store.save_template(make_template(name))
    assert [each.name for each in store.list_templates()] == ["commit", "explain", "translate", "überblick"]


def test_names_are_unique_whatever_their_case(store: Store) -> None:
    store.save_template(make_template("explain"))
    other = store.save_template(make_template("translate"))
    with pytest.raises(DuplicateNameError, match="There is a prompt template /explain already"):
        store.save_template(make_template("EXPLAIN"))
    with pytest.raises(DuplicateNameError):
        store.save_template(replace(other, name="/Explain"))
    assert [each.name for each in store.list_templates()] == ["explain", "translate"]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("", "x", "needs a name"),
        ("/", "x", "needs a name"),
        ("two words", "x", "one word"),
        ("//x", "x", "one word"),
        ("a\nb", "x", "one word"),
        ("y" * 41, "x", "up to 40 characters; this one has 41"),
        ("x", " \n ", "needs a text"),
        ("x", "y" * 20_001, "up to 20,000 characters"),
        ("x", "".join(f"{{a{number}}}" for number in range(21)), "up to 20 things; this one asks for 21"),
    ],
)
def test_what_cannot_be_a_template_is_refused(store: Store, name: str, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        store.save_template(make_template(name, text))
    assert store.list_templates() == []


def test_deleting_twice_and_undo(store: Store) -> None:
    saved = store.save_template(make_template("explain"))
    store.delete_template(saved.id)
    store.delete_template(saved.id)
    assert store.list_templates() == []
    assert store.save_template(saved).id == saved.id


# Databases of before ----------------------------------------------------------------------------------------------------
def test_a_file_of_before_is_upgraded_and_an_older_program_goes_on_using_it(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    sqlite_file.connect(file, sqlite_file.MIGRATIONS[:1]).close()
    with closing(SqliteStore(file)) as store:
        store.save_session(make_session("kept"))
        store.save_template(make_template("explain"))
    sqlite_file.connect(file, sqlite_file.MIGRATIONS[:1]).close()
    with closing(SqliteStore(file)) as again:
        assert [session.title for session in again.list_sessions()] == ["kept"]
        assert [each.name for each in again.list_templates()] == ["explain"]


def test_a_database_of_before_is_upgraded(web_edition_dsn: str, open_postgres: OpenPostgres) -> None:
    execute(web_edition_dsn, SCHEMA.read_text() + BACK_TO_VERSION_1)
    found = inspect_database(web_edition_dsn)
    assert (found.version, found.up_to_date) == (1, False)
    store = open_postgres(web_edition_dsn)
    assert store.schema_version() == 2
    assert store.save_template(make_template("explain")) in store.list_templates()
    assert len(store.list_roles()) == 2
    assert inspect_database(web_edition_dsn).up_to_date
    # As it stands for those who may use the roles.
    assert execute(web_edition_dsn, GRANTS) == [
        ("chat_app", right) for right in ("DELETE", "INSERT", "SELECT", "UPDATE")
    ]


def test_who_may_not_upgrade_goes_on_without_templates(
    web_edition_dsn: str, postgres_server: OwnServer, open_postgres: OpenPostgres
) -> None:
    dsn = least_privileged(web_edition_dsn, postgres_server)
    execute(web_edition_dsn, SCHEMA.read_text() + BACK_TO_VERSION_1)
    store = open_postgres(dsn)
    assert len(store.list_sessions()) == 1
    assert store.list_templates() == []
    with pytest.raises(SchemaError, match=r"no place for prompt templates yet.* -f schema\.sql"):
        store.save_template(make_template("explain"))
    store.delete_role(store.save_role(make_role("mine")).id)
    # The owner upgrades, and this very window can make templates.
    execute(web_edition_dsn, SCHEMA.read_text())
    saved = store.save_template(make_template("explain"))
    assert store.list_templates() == [saved]
    execute(web_edition_dsn, "REVOKE SELECT ON chat2anyllm_templates FROM chat_app")
    assert store.list_templates() == []


def test_another_programs_table_is_left_alone(postgres_dsn: str) -> None:
    execute(postgres_dsn, "CREATE TABLE chat2anyllm_templates (id bigint, name text)")
    with pytest.raises(
        SchemaError, match='"chat2anyllm_templates" of this database is not one of Chat2AnyLLM'
    ):
        PostgresStore(postgres_dsn, SCHEMA).open()


# Other windows ----------------------------------------------------------------------------------------------------------
def test_changes_of_templates_are_told(web_edition_dsn: str) -> None:
    async def run() -> None:
        async with watched(PostgresStore(web_edition_dsn, SCHEMA)) as (store, _, seen):
            other = PostgresStore(web_edition_dsn, SCHEMA)
            saved = await asyncio.to_thread(other.save_template, make_template("explain"))
            told = Change(table=Table.TEMPLATES, operation=Operation.UPSERT, id=saved.id)
            await seen.until(told)
            assert await store.call(Store.list_templates) == [saved]
            await asyncio.to_thread(other.delete_template, saved.id)
            await seen.until(replace(told, operation=Operation.DELETE))
            other.close()

    asyncio.run(run())


def test_without_triggers_templates_are_looked_at_too(
    web_edition_dsn: str, postgres_server: OwnServer
) -> None:
    run_here = partial(execute, web_edition_dsn)
    run_here(SCHEMA.read_text() + "DROP TRIGGER trg_chat2anyllm_templates_notify ON chat2anyllm_templates")

    async def run() -> None:
        dsn = least_privileged(web_edition_dsn, postgres_server)
        async with watched(PostgresStore(dsn, SCHEMA)) as (_, _, seen):
            for change in (
                "INSERT INTO chat2anyllm_templates (name, text) VALUES ('a', 'b')",
                "UPDATE chat2anyllm_templates SET text = 'c'",
                "DELETE FROM chat2anyllm_templates",
                # A table that is gone, and one that is there again, end nothing.
                BACK_TO_VERSION_1,
                "INSERT INTO sessions DEFAULT VALUES",
                SCHEMA.read_text(),
            ):
                await asyncio.sleep(1.0)
                seen.changes.clear()
                await asyncio.to_thread(run_here, change)
                await seen.until(RESYNC, within_s=2)

    asyncio.run(run())
