"""schema.sql on real databases: empty, the web edition's, another program's, from many clients at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.errors import ChatError, SchemaError, StoreError
from chat2anyllm_desktop.core.models import Author, new_id
from chat2anyllm_desktop.store.inspection import inspect_database
from chat2anyllm_desktop.store.postgres import PostgresStore
from tests.real.postgres import OwnServer, Server, execute, least_privileged
from tests.store.conftest import OpenPostgres
from tests.store.making import make_message, make_role, make_session

WEB_SESSION = "7b0d3a52-64a4-4d51-9c35-1c2f0c9a7e01"
SCHEMA = paths.resource("schema.sql")

STRUCTURE = """
SELECT 'column', table_name || '.' || column_name, data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid)
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
UNION ALL SELECT 'grant', table_name || ' ' || grantee, privilege_type
  FROM information_schema.table_privileges WHERE table_schema = 'public'
UNION ALL SELECT 'version', version::text, applied_at::text FROM chat2anyllm_schema
ORDER BY 1, 2, 3
"""


def structure(dsn: str) -> list[tuple[object, ...]]:
    return execute(dsn, STRUCTURE)


def test_an_empty_database_gets_what_the_web_edition_has(
    postgres_dsn: str,
    open_postgres: OpenPostgres,
    new_database: Callable[[Server], str],
    postgres_server: OwnServer,
) -> None:
    open_postgres(postgres_dsn)
    web = new_database(postgres_server)
    execute(web, (Path(__file__).parent / "web_edition.sql").read_text())
    execute(web, "CREATE TABLE chat2anyllm_schema (version integer, applied_at timestamptz)")
    ours, theirs = (
        {row[:2]: row[2] for row in structure(dsn) if row[0] != "grant"} for dsn in (postgres_dsn, web)
    )
    for what, definition in theirs.items():
        if "chat2anyllm_schema" not in str(what[1]):
            assert str(ours[what]).split() == str(definition).split()


def test_running_it_again_changes_nothing(web_edition_dsn: str) -> None:
    execute(web_edition_dsn, SCHEMA.read_text())
    once = structure(web_edition_dsn)
    execute(web_edition_dsn, SCHEMA.read_text())
    assert structure(web_edition_dsn) == once


def test_the_web_editions_objects_stand(web_edition_dsn: str) -> None:
    execute(
        web_edition_dsn,
        "CREATE TABLE chat2anyllm_schema (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
    )
    before = structure(web_edition_dsn)
    oids = "SELECT oid::text, relfilenode::text FROM pg_class WHERE relname IN ('sessions', 'messages', 'roles') ORDER BY 1"
    files = execute(web_edition_dsn, oids)
    execute(web_edition_dsn, SCHEMA.read_text())
    assert set(before) <= set(structure(web_edition_dsn))
    assert execute(web_edition_dsn, oids) == files  # Not even rewritten.


def test_a_web_database_opens_with_its_rows_and_goes_on_taking_the_web_editions(
    web_edition_dsn: str, open_postgres: OpenPostgres
) -> None:
    store = open_postgres(web_edition_dsn)
    assert [role.name for role in store.list_roles()] == ["architect", "Reviewer"]
    assert [(session.id, session.title) for session in store.list_sessions()] == [
        (WEB_SESSION, "From the browser")
    ]
    assert [message.author for message in store.history(WEB_SESSION)] == [Author.USER, Author.ASSISTANT]
    execute(web_edition_dsn, "INSERT INTO sessions DEFAULT VALUES")
    execute(
        web_edition_dsn,
        f"INSERT INTO messages (session_id, role, content) VALUES ('{WEB_SESSION}', 'user', 'more')",
    )
    execute(web_edition_dsn, "INSERT INTO roles (name, instructions) VALUES ('new', 'x')")
    assert [session.title for session in store.list_sessions()] == ["From the browser", "New Chat"]
    assert store.history(WEB_SESSION)[-1].content == "more"
    assert len(store.list_roles()) == 3


def test_with_contrib_the_extensions_are_used(
    system_postgres_server: OwnServer, new_database: Callable[[Server], str], open_postgres: OpenPostgres
) -> None:
    dsn = new_database(system_postgres_server)
    available = {row[0] for row in execute(dsn, "SELECT name FROM pg_available_extensions")}
    if not available >= {"pgcrypto", "pg_trgm"}:
        pytest.skip("this system's PostgreSQL has no contrib (Debian: apt-get install postgresql-contrib)")
    open_postgres(dsn)
    assert {row[0] for row in execute(dsn, "SELECT extname FROM pg_extension")} >= {"pgcrypto", "pg_trgm"}
    assert execute(dsn, "SELECT 1 FROM pg_indexes WHERE indexname = 'idx_messages_content_trgm'") == [(1,)]


def test_eight_clients_may_open_an_empty_database_at_once(postgres_dsn: str) -> None:
    stores = [PostgresStore(postgres_dsn, SCHEMA) for _ in range(8)]
    failures: list[BaseException] = []
    together = threading.Barrier(len(stores))

    def open_and_write(store: PostgresStore) -> None:
        together.wait()
        try:
            store.open()
            store.save_message(make_message(store.save_session(make_session())))
        except ChatError as error:
            failures.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=open_and_write, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert execute(postgres_dsn, "SELECT count(*) FROM messages") == [(8,)]
    assert execute(postgres_dsn, "SELECT version FROM chat2anyllm_schema") == [(2,)]


@pytest.mark.parametrize(
    "table",
    [
        "CREATE TABLE sessions (id bigint PRIMARY KEY, payload bytea)",
        "CREATE TABLE roles (id uuid PRIMARY KEY, name text)",
        "CREATE VIEW messages AS SELECT 1 AS id",
    ],
)
def test_another_programs_tables_are_left_alone(postgres_dsn: str, table: str) -> None:
    execute(postgres_dsn, table)
    names = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
    before = execute(postgres_dsn, names)
    store = PostgresStore(postgres_dsn, SCHEMA)
    with pytest.raises(SchemaError, match=r"not one of Chat2AnyLLM: its column .* Choose another database"):
        store.open()
    assert execute(postgres_dsn, names) == before
    assert execute(
        postgres_dsn, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'chat2anyllm%'"
    ) == [(0,)]


def test_a_newer_version_is_used_as_it_only_adds(postgres_dsn: str, open_postgres: OpenPostgres) -> None:
    open_postgres(postgres_dsn).close()
    execute(
        postgres_dsn,
        "ALTER TABLE messages ADD COLUMN attachments jsonb; INSERT INTO chat2anyllm_schema VALUES (9)",
    )
    execute(postgres_dsn, "INSERT INTO sessions (id) VALUES (gen_random_uuid())")
    before = structure(postgres_dsn)
    store = open_postgres(postgres_dsn)
    session = store.list_sessions()[0]
    execute(
        postgres_dsn,
        "INSERT INTO messages (session_id, role, content, kind, status)"
        f" VALUES ('{session.id}', 'user', 'x', 'poll', 'odd')",
    )
    assert [message.content for message in store.history(session.id)] == ["x"]
    assert store.schema_version() == 9
    assert structure(postgres_dsn) == before
    with pytest.raises(psycopg.Error, match="newer"):
        execute(postgres_dsn, SCHEMA.read_text())


def test_a_newer_version_that_took_something_away(postgres_dsn: str, open_postgres: OpenPostgres) -> None:
    open_postgres(postgres_dsn).close()
    execute(
        postgres_dsn,
        "ALTER TABLE messages RENAME COLUMN usage TO expense; INSERT INTO chat2anyllm_schema VALUES (9)",
    )
    with pytest.raises(SchemaError, match="newer version"):
        open_postgres(postgres_dsn)


def test_what_was_removed_by_hand_is_put_back(postgres_dsn: str, open_postgres: OpenPostgres) -> None:
    open_postgres(postgres_dsn).close()
    before = structure(postgres_dsn)
    execute(postgres_dsn, "ALTER TABLE messages DROP COLUMN usage")
    open_postgres(postgres_dsn)
    assert structure(postgres_dsn) == before


def test_triggers_that_were_removed_are_put_back(postgres_dsn: str, open_postgres: OpenPostgres) -> None:
    open_postgres(postgres_dsn).close()
    before = structure(postgres_dsn)
    execute(
        postgres_dsn,
        "DROP TRIGGER trg_messages_touch_session ON messages; DROP TRIGGER trg_roles_notify ON roles",
    )
    found = inspect_database(postgres_dsn)
    assert found.missing_triggers == ["trg_messages_touch_session", "trg_roles_notify"]
    assert not found.up_to_date
    open_postgres(postgres_dsn)
    assert structure(postgres_dsn) == before
    assert inspect_database(postgres_dsn).up_to_date


def test_tables_are_made_where_the_web_editions_are(
    web_edition_dsn: str, open_postgres: OpenPostgres
) -> None:
    """By default the search path begins with a schema of the user's own name, where there is one."""
    execute(web_edition_dsn, "CREATE SCHEMA postgres")
    store = open_postgres(web_edition_dsn)
    assert [session.title for session in store.list_sessions()] == ["From the browser"]
    assert execute(
        web_edition_dsn, "SELECT count(*) FROM pg_class WHERE relnamespace = 'postgres'::regnamespace"
    ) == [(0,)]


def test_nobody_is_blocked_while_an_upgrade_waits(web_edition_dsn: str) -> None:
    """Also not one who holds a table that we want and then wants one that we would hold."""
    store = PostgresStore(web_edition_dsn, SCHEMA)
    upgrade = threading.Thread(target=store.open)
    with psycopg.connect(web_edition_dsn) as web:
        web.execute("SELECT FROM messages")
        upgrade.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
        while execute(web_edition_dsn, waiting) != [(1,)]:
            assert upgrade.is_alive()
        execute(
            web_edition_dsn,
            "SET lock_timeout = '5s'; INSERT INTO sessions DEFAULT VALUES; SELECT FROM messages",
        )
        web.execute("UPDATE sessions SET title = 'changed'")
        assert upgrade.is_alive()
    upgrade.join()
    assert store.schema_version() == 2
    assert {session.title for session in store.list_sessions()} == {"changed"}
    store.close()


def test_a_role_without_rights_says_what_the_owner_must_do(
    web_edition_dsn: str, postgres_server: OwnServer
) -> None:
    dsn = least_privileged(web_edition_dsn, postgres_server)
    with pytest.raises(
        SchemaError, match=r"Ask the owner of the tables to run: psql .* -f schema\.sql"
    ) as caught:
        PostgresStore(dsn, SCHEMA).open()
    assert "for tests" not in str(caught.value) + caught.value.detail


def test_a_role_without_rights_works_once_the_owner_has_upgraded(
    web_edition_dsn: str, postgres_server: OwnServer, open_postgres: OpenPostgres
) -> None:
    dsn = least_privileged(web_edition_dsn, postgres_server)
    execute(web_edition_dsn, SCHEMA.read_text())
    before = structure(web_edition_dsn)
    store = open_postgres(dsn)
    session = store.save_session(make_session("mine"))
    message = store.save_message(make_message(session))
    assert store.save_session(replace(store.get_session(session.id), pinned=True)).pinned
    copy = store.duplicate_session(session.id, new_id())
    store.delete_session(session.id)
    store.restore_session(session, [message])
    assert store.history(session.id) == [message]
    assert {found.id for found in store.list_sessions()} == {session.id, copy.id, WEB_SESSION}
    store.delete_role(store.save_role(make_role("mine")).id)
    assert structure(web_edition_dsn) == before


def test_a_role_that_may_not_make_triggers_works_without(
    web_edition_dsn: str, postgres_server: OwnServer, open_postgres: OpenPostgres
) -> None:
    dsn = least_privileged(web_edition_dsn, postgres_server)
    execute(web_edition_dsn, SCHEMA.read_text() + "DROP TRIGGER trg_messages_notify ON messages")
    before = structure(web_edition_dsn)
    store = open_postgres(dsn)
    message = store.save_message(make_message(store.get_session(WEB_SESSION)))
    assert store.history(WEB_SESSION)[-1] == message
    assert structure(web_edition_dsn) == before
    assert inspect_database(dsn).missing_triggers == ["trg_messages_notify"]


def test_a_role_that_may_only_read_is_told_so(
    web_edition_dsn: str, postgres_server: OwnServer, open_postgres: OpenPostgres
) -> None:
    dsn = least_privileged(web_edition_dsn, postgres_server)
    execute(
        web_edition_dsn,
        SCHEMA.read_text() + "REVOKE INSERT, UPDATE, DELETE ON sessions, messages, roles FROM chat_app",
    )
    store = open_postgres(dsn)
    assert len(store.list_sessions()) == 1
    with pytest.raises(
        StoreError, match='GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, messages, roles TO "chat_app"'
    ):
        store.save_session(make_session())


def test_it_runs_under_psql(web_edition_dsn: str) -> None:
    program = shutil.which("psql")
    if program is None:
        pytest.skip("psql is not installed (Debian: apt-get install postgresql-client)")
    command = [program, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", web_edition_dsn, "-f", str(SCHEMA)]
    for _ in range(2):
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]}
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
