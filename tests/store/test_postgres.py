"""What only a server can do to us: going away, refusing, being slow, telling secrets."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.errors import (
    ChatError,
    StoreError,
    StoreReadOnlyError,
    StoreUnavailableError,
)
from chat2anyllm_desktop.core.models import Message, new_id
from chat2anyllm_desktop.store.postgres import PostgresStore
from chat2anyllm_desktop.store.postgres_address import PostgresAddress
from chat2anyllm_desktop.store.postgres_connection import PostgresConnection
from tests.real.postgres import OwnServer, execute
from tests.store.conftest import OpenPostgres
from tests.store.making import make_message, make_session

SCHEMA = paths.resource("schema.sql")
SECRET = "s3cret/p@ss word"
KILL_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def failure(dsn: str) -> ChatError:
    with pytest.raises(ChatError) as caught:
        PostgresStore(dsn, SCHEMA).open()
    return caught.value


def test_the_module_needs_no_driver() -> None:
    code = (
        "import sys, chat2anyllm_desktop.store.postgres as p; "
        "p.PostgresStore('postgresql://h/d', None); print('psycopg' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# Going away ------------------------------------------------------------------------------------------------------------
def test_a_connection_that_was_cut_is_made_again_unnoticed(
    postgres_dsn: str, open_postgres: OpenPostgres, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_postgres(postgres_dsn)
    session = store.save_session(make_session())
    saved: list[Message] = []
    for number in range(3):
        execute(postgres_dsn, KILL_OTHERS)
        saved.append(store.save_message(make_message(session, str(number))))
    assert store.history(session.id) == saved
    execute(postgres_dsn, KILL_OTHERS)
    assert store.duplicate_session(session.id, new_id()).title == "New Chat (copy)"
    execute(postgres_dsn, KILL_OTHERS)
    store.open()
    assert caplog.records == []


def test_a_socket_that_the_driver_finds_broken_before_libpq_does(postgres_dsn: str) -> None:
    """psycopg's own words for an end of file that it met while polling; its connection still counts as open."""
    link = PostgresConnection(PostgresAddress(postgres_dsn), SCHEMA)
    used: list[object] = []

    def asked(connection: psycopg.Connection[tuple[object, ...]]) -> object:
        used.append(connection)
        if len(used) == 1:
            raise psycopg.OperationalError("connection socket closed")
        return connection.execute("SELECT 1").fetchone()

    assert link.run(asked) == (1,)
    first, second = used
    assert first is not second
    with pytest.raises(StoreUnavailableError, match="was lost"):
        link.run(lambda connection: used.clear() or asked(connection))
    link.close()


def test_a_server_that_goes_away_and_comes_back(
    postgres_server: OwnServer, postgres_dsn: str, open_postgres: OpenPostgres
) -> None:
    store = open_postgres(postgres_dsn)
    session = store.save_session(make_session())
    message = make_message(session, "not lost")
    postgres_server.stop()
    try:
        for _ in range(2):
            with pytest.raises(StoreUnavailableError, match="No database answers at"):
                store.save_message(message)
    finally:
        postgres_server.start()
    stored = store.save_message(message)
    assert store.history(session.id) == [stored]


def test_a_connection_cut_in_the_middle_of_a_statement(
    postgres_dsn: str, open_postgres: OpenPostgres
) -> None:
    store = open_postgres(postgres_dsn)
    session = store.save_session(make_session())
    done: list[Message] = []
    with psycopg.connect(postgres_dsn) as holder:
        holder.execute("SELECT FROM sessions WHERE id = %s FOR UPDATE", (session.id,))
        saving = threading.Thread(target=lambda: done.append(store.save_message(make_message(session))))
        saving.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        with psycopg.connect(postgres_dsn, autocommit=True) as other:
            while other.execute(waiting.encode()).fetchone() != (1,):
                assert saving.is_alive()
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database()"
            )
    saving.join(20)
    assert store.history(session.id) == done


# Refusals --------------------------------------------------------------------------------------------------------------
def test_a_wrong_password(postgres_server: OwnServer) -> None:
    error = failure(postgres_server.dsn("postgres", password=SECRET))
    assert not isinstance(error, StoreUnavailableError)
    assert "refuses the user name or password" in str(error)
    assert SECRET not in str(error) + error.detail


def test_an_unknown_user(postgres_server: OwnServer) -> None:
    assert "refuses the user name or password" in str(
        failure(postgres_server.dsn("postgres", user="nobody-here"))
    )


def test_a_missing_database(postgres_server: OwnServer) -> None:
    error = failure(postgres_server.dsn("not_there"))
    assert 'There is no database "not_there"' in str(error)
    assert not isinstance(error, StoreUnavailableError)


def test_tls_that_the_server_does_not_have(postgres_dsn: str) -> None:
    assert "offers no encrypted connection" in str(failure(f"{postgres_dsn}?sslmode=require"))


def test_a_host_that_is_not_known() -> None:
    error = failure("postgresql://me:word@no-such-host.invalid/chat")
    assert isinstance(error, StoreUnavailableError)
    assert 'The database host "no-such-host.invalid" is not known' in str(error)


def test_a_port_where_nobody_answers() -> None:
    error = failure("host=127.0.0.1 port=1 dbname=chat user=me password=hidden-word")
    assert isinstance(error, StoreUnavailableError)
    assert "No database answers at 127.0.0.1:1/chat" in str(error)


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://me:hidden-word@host:notaport/chat",
        "postgresql://me:hidden-word@host/chat?colour=red",
        "postgresql://me:hidden%2-word@host/chat",
        "me:hidden-word@host/chat",
        "host=x password='hidden-word",
        "hidden-word",
        "postgresql://me:hidden/w@rd@host/chat",
        "postgresql://me:hidden#w@rd@host/chat",
        "postgresql://[me:hidden-word@host",
        "host=h\0x password=hidden-word",
    ],
)
def test_an_address_that_cannot_be_read_is_never_repeated(dsn: str) -> None:
    error = failure(dsn)
    assert "database address cannot be read" in str(error)
    chain: BaseException | None = error
    while chain is not None:
        assert "hidden" not in f"{chain} {chain!r} {getattr(chain, 'detail', '')}"
        chain = chain.__cause__
    assert "hidden" not in repr(PostgresStore(dsn, SCHEMA)) + PostgresStore(dsn, SCHEMA).name


@pytest.mark.parametrize(
    ("dsn", "name"),
    [
        ("postgresql://me:pw@db.example.com/chat", "db.example.com/chat"),
        ("postgres://me@db.example.com:6432/chat?sslmode=require", "db.example.com:6432/chat"),
        ("postgresql:///chat", "localhost/chat"),
        ("postgresql://u:p@[::1]:5433/c%20d", "::1:5433/c d"),
        ("host=db dbname='my chat' user=me password='a b'", "db/my chat"),
        ("postgresql://me@db", "db/me"),
        ("", "localhost"),
    ],
)
def test_the_name_of_an_address(dsn: str, name: str) -> None:
    assert PostgresAddress(dsn).name == name


def test_an_option_that_cannot_be_used() -> None:
    error = failure("host=127.0.0.1 password=hidden-word sslmode=perhaps")
    assert "an option" in str(error)
    assert "hidden" not in error.detail


def test_the_key_does_not_depend_on_who_asks() -> None:
    one, two = PostgresAddress("postgresql://a:b@h/d"), PostgresAddress("host=h dbname=d user=c password=x")
    assert one.key == two.key != PostgresAddress("postgresql://a:b@h/e").key


def test_a_database_that_is_read_only(postgres_dsn: str, open_postgres: OpenPostgres) -> None:
    open_postgres(postgres_dsn).close()
    execute(
        postgres_dsn,
        f'ALTER DATABASE "{postgres_dsn.rpartition("/")[2]}" SET default_transaction_read_only = on',
    )
    store = open_postgres(postgres_dsn)
    assert store.list_sessions() == []
    with pytest.raises(StoreReadOnlyError, match="accepts no changes"):
        store.save_session(make_session())


def test_tables_that_vanish(postgres_dsn: str, open_postgres: OpenPostgres) -> None:
    store = open_postgres(postgres_dsn)
    execute(postgres_dsn, "DROP TABLE messages CASCADE")
    with pytest.raises(StoreError, match="not as they should be"):
        store.history(new_id())
    store.close()
    store.open()  # Put right, as the sentence says.
    assert store.history(new_id()) == []


def test_a_locked_table_does_not_stop_the_start_for_ever(postgres_dsn: str, tmp_path: Path) -> None:
    execute(postgres_dsn, "CREATE TABLE roles (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL UNIQUE,"
        " instructions text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),"
        " updated_at timestamptz NOT NULL DEFAULT now())")  # fmt: skip
    text = SCHEMA.read_text().replace("interval '15 seconds'", "interval '0.3 seconds'")
    assert text != SCHEMA.read_text()
    impatient = tmp_path / "schema.sql"
    impatient.write_text(text)
    with psycopg.connect(postgres_dsn) as holder:
        holder.execute("LOCK TABLE roles IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreUnavailableError, match="busy"):
            PostgresStore(postgres_dsn, impatient).open()
    execute(postgres_dsn, "SELECT FROM roles")


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("53100", StoreError, "disk of the database server 127.0.0.1 is full"),
        ("57014", StoreUnavailableError, "took too long"),
        ("40001", StoreUnavailableError, "changing the same rows"),
        ("54000", StoreError, "too long for the database"),
        ("P0001", StoreError, "refused: {odd} words"),
    ],
)
def test_what_the_server_says_becomes_a_sentence(
    postgres_dsn: str, open_postgres: OpenPostgres, code: str, kind: type[StoreError], words: str
) -> None:
    store = open_postgres(postgres_dsn)
    session = store.save_session(make_session())
    execute(postgres_dsn, "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{{odd}} words' USING ERRCODE = '{code}'; END $$;"
        " CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION refuse()")  # fmt: skip
    with pytest.raises(StoreError, match=words) as caught:
        store.save_message(make_message(session))
    assert type(caught.value) is kind
    execute(postgres_dsn, "DROP TRIGGER refuse ON messages")
    assert store.history(session.id) == []  # And the connection goes on working.
    store.save_message(make_message(session))


# Together --------------------------------------------------------------------------------------------------------------
def test_times_increase_strictly_when_several_write_to_one_session(
    postgres_dsn: str, open_postgres: OpenPostgres
) -> None:
    stores = [open_postgres(postgres_dsn) for _ in range(4)]
    session = stores[0].save_session(make_session())
    threads = [
        threading.Thread(
            target=lambda store=store: [store.save_message(make_message(session)) for _ in range(40)]
        )
        for store in stores
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = stores[0].history(session.id)
    assert len(history) == 160
    assert all(earlier.created_at < later.created_at for earlier, later in pairwise(history))


def test_ten_thousand_messages_are_restored_and_copied_in_a_moment(
    postgres_dsn: str, open_postgres: OpenPostgres
) -> None:
    # Each message touches its session: 10,000 row versions in one transaction, each found through all before it.
    store = open_postgres(postgres_dsn)
    session = store.save_session(make_session())
    messages = [make_message(session, "x" * 100) for _ in range(10_000)]
    store.delete_session(session.id)
    store.restore_session(session, messages)
    copy = store.duplicate_session(session.id, new_id())
    assert store.count_messages(session.id) == store.count_messages(copy.id) == 10_000
    assert store.get_session(session.id) == session
    with psycopg.connect(postgres_dsn) as connection:
        pages = connection.execute("SELECT pg_relation_size('sessions')").fetchone()
    assert pages == (8192,)  # One page: no version of the row was made for each message.


def test_saving_again_moves_nothing(postgres_dsn: str, open_postgres: OpenPostgres) -> None:
    store = open_postgres(postgres_dsn)
    session = store.save_session(make_session())
    assert store.save_session(replace(session)) == session
