"""What only a file can do to us: being damaged, read-only, another program's, older, newer, shared."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from chat2anyllm_desktop.core.errors import (
    SchemaError,
    StoreError,
    StoreReadOnlyError,
    StoreUnavailableError,
)
from chat2anyllm_desktop.core.models import Author
from chat2anyllm_desktop.store import sqlite_file
from chat2anyllm_desktop.store.sqlite import SqliteStore
from tests.store.making import make_message, make_session


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "history.sqlite3"


def filled(file: Path) -> SqliteStore:
    store = SqliteStore(file)
    store.save_message(make_message(store.save_session(make_session("kept"))))
    return store


def test_it_is_kept(file: Path) -> None:
    filled(file).close()
    with closing(SqliteStore(file)) as store:
        (session,) = store.list_sessions()
    assert session.title == "kept"


def test_the_settings_of_the_file(file: Path) -> None:
    store = filled(file)
    store.close()
    connection = sqlite_file.connect(file)
    asked = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in
             ("journal_mode", "foreign_keys", "synchronous", "busy_timeout", "user_version", "application_id")}  # fmt: skip
    connection.close()
    assert asked == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 5000,
                     "user_version": 2, "application_id": sqlite_file.APPLICATION_ID}  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the user's folders private by other means")
def test_only_the_owner_can_read_it(file: Path) -> None:
    store = filled(file)
    for path in (file.parent, *file.parent.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    store.close()


def test_rows_of_other_programs_get_the_defaults_that_the_server_gives(file: Path) -> None:
    store = filled(file)
    before = store.list_sessions()[0]
    other = sqlite3.connect(file)
    other.execute("INSERT INTO sessions DEFAULT VALUES")
    other.execute(
        "INSERT INTO messages (session_id, role, content) VALUES (?, 'assistant', 'hi')", (before.id,)
    )
    other.execute("INSERT INTO roles (name, instructions) VALUES ('a', 'b')")
    other.execute("UPDATE roles SET name = 'c'")
    with pytest.raises(sqlite3.IntegrityError):
        other.execute(
            "INSERT INTO messages (session_id, role, content) VALUES (?, 'system', 'hi')", (before.id,)
        )
    other.commit()
    other.close()
    assert {session.title for session in store.list_sessions()} == {"New Chat", "kept"}
    (message,) = [message for message in store.history(before.id) if message.content == "hi"]
    assert message.author is Author.ASSISTANT
    assert store.get_messages([message.id]) == [message]
    touched = store.get_session(before.id)
    assert touched.updated_at >= before.updated_at
    assert [role.name for role in store.list_roles()] == ["c"]
    store.close()


@pytest.mark.parametrize("content", [b"this is no database, but it is somebody's text\n" * 100, b"\0" * 8192])
def test_a_damaged_file_is_set_aside(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    store = SqliteStore(file)
    with pytest.raises(
        StoreError, match=r"damaged and has been set aside as .*history\.damaged-\d+-\d+\.sqlite3"
    ):
        store.open()
    (aside,) = [path for path in file.parent.iterdir() if "damaged" in path.name]
    assert aside.read_bytes() == content
    store.open()
    assert store.list_sessions() == []
    store.close()


def test_damage_in_the_middle_is_told_and_nothing_is_touched(file: Path) -> None:
    store = filled(file)
    session = store.list_sessions()[0]
    store.save_message(make_message(session, "x" * 200_000))
    store.close()
    content = bytearray(file.read_bytes())
    content[40_000:120_000] = b"\xff" * 80_000
    file.write_bytes(content)
    with closing(SqliteStore(file)) as damaged, pytest.raises(StoreError, match="damaged"):
        damaged.history(session.id)
    assert file.read_bytes() == bytes(content)


def test_another_programs_database_is_left_alone(file: Path) -> None:
    file.parent.mkdir()
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE sessions (id INTEGER PRIMARY KEY, cookie TEXT)")
    other.close()
    content = file.read_bytes()
    with pytest.raises(SchemaError, match="another program"):
        SqliteStore(file).open()
    assert file.read_bytes() == content
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_an_upgrade_copies_the_file_first(file: Path) -> None:
    filled(file).close()
    newer = (
        *sqlite_file.MIGRATIONS,
        "ALTER TABLE sessions ADD COLUMN colour TEXT;\nCREATE TABLE palettes (id TEXT);",
    )
    connection = sqlite_file.connect(file, newer)
    assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    assert connection.execute("SELECT colour FROM sessions").fetchall() == [(None,)]
    connection.close()
    (copy,) = [path for path in file.parent.iterdir() if "before-upgrade-from-version-2" in path.name]
    before = SqliteStore(copy)
    assert before.schema_version() == 2
    assert [session.title for session in before.list_sessions()] == ["kept"]
    before.close()


def test_an_upgrade_that_fails_changes_nothing(file: Path) -> None:
    filled(file).close()
    broken = (*sqlite_file.MIGRATIONS, "CREATE TABLE palettes (id TEXT);\nCREATE TABLE palettes (id TEXT);")
    with pytest.raises(StoreError):
        sqlite_file.connect(file, broken)
    connection = sqlite_file.connect(file)
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'palettes'").fetchone() == (0,)
    connection.close()


def test_a_newer_version_is_used_as_it_only_adds(file: Path) -> None:
    filled(file).close()
    sqlite_file.connect(
        file, (*sqlite_file.MIGRATIONS, "ALTER TABLE sessions ADD COLUMN colour TEXT;")
    ).close()
    store = SqliteStore(file)
    assert store.schema_version() == 3
    assert [session.title for session in store.list_sessions()] == ["kept"]
    store.close()
    sqlite_file.connect(
        file, (*sqlite_file.MIGRATIONS, "", "ALTER TABLE sessions RENAME COLUMN pinned TO stuck;")
    ).close()
    with pytest.raises(SchemaError, match="Update this program"):
        SqliteStore(file).open()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreReadOnlyError, match="cannot be"):
        SqliteStore(tmp_path / "file" / "history.sqlite3").open()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
@pytest.mark.parametrize("existing", [False, True])
def test_a_read_only_folder(file: Path, existing: bool) -> None:
    """Asked as another user, because root may write everywhere."""
    file.parent.mkdir()
    if existing:
        filled(file).close()
        file.chmod(0o444)
    file.parent.chmod(0o555)
    if os.geteuid() == 0:
        for parent in file.parents[1:-1]:
            parent.chmod(parent.stat().st_mode | 0o111)
    code = (
        "import os, sys\nfrom pathlib import Path\n"
        "from chat2anyllm_desktop.core.errors import StoreReadOnlyError\n"
        "from chat2anyllm_desktop.store.sqlite import SqliteStore\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "try: SqliteStore(Path(sys.argv[1])).open()\n"
        "except StoreReadOnlyError as error: print('told:', error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=False
    )
    file.parent.chmod(0o755)
    assert done.stdout.startswith("told:"), done.stderr


def test_in_memory_nothing_is_kept() -> None:
    store = SqliteStore(None)
    store.save_session(make_session())
    assert len(store.list_sessions()) == 1
    store.close()
    assert store.list_sessions() == []
    store.close()


def test_two_processes_on_one_file(file: Path) -> None:
    """Both begin at once, on no file at all, and write to one session."""
    session = make_session("shared")
    code = (
        "import sys\nfrom dataclasses import replace\nfrom pathlib import Path\n"
        "from chat2anyllm_desktop.store.sqlite import SqliteStore\n"
        "from chat2anyllm_desktop.core.models import *\n"
        "store = SqliteStore(Path(sys.argv[1]))\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "store.open()\n"
        "store.save_session(Session(id=sys.argv[2], title='shared', created_at=utc_now(), updated_at=utc_now()))\n"
        "for number in range(200):\n"
        "    message = store.save_message(Message(id=new_id(), session_id=sys.argv[2], author=Author.USER,\n"
        "        content=str(number), created_at=utc_now()))\n"
        "    store.save_message(replace(message, content='changed'))\n"
        "store.close()\n"
    )
    with ExitStack() as both:
        processes = [
            both.enter_context(
                subprocess.Popen([sys.executable, "-c", code, str(file), session.id], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
            for _ in range(2)
        ]  # fmt: skip
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        ends = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert ends == [("", 0), ("", 0)]
    store = SqliteStore(file)
    history = store.history(session.id)
    assert len(history) == 400
    assert len({message.created_at for message in history}) == 400
    assert {message.content for message in history} == {"changed"}
    store.close()


def test_the_tables_are_made_elsewhere_while_a_new_file_is_looked_at(file: Path) -> None:
    """Two first starts at once: what the other one has just made is no file of a foreign program."""
    file.parent.mkdir(parents=True)
    connection = sqlite3.connect(file, isolation_level=None)
    others: list[sqlite3.Connection] = []

    def make(statement: str) -> None:
        if "sqlite_master" in statement and not others:
            others.append(sqlite_file.connect(file))

    connection.set_trace_callback(make)
    sqlite_file._prepare(connection)
    connection.close()
    others.pop().close()


def test_a_file_that_another_program_keeps_busy(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "_BUSY_MS", 100)
    store = filled(file)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="Another program is busy"):
        store.save_session(make_session())
    other.execute("ROLLBACK")
    other.close()
    store.save_session(make_session())
    store.close()


def test_a_full_disk(file: Path) -> None:
    filled(file).close()
    connection = sqlite_file.connect(file)
    connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(StoreError, match="is full"), sqlite_file.translated("the history file"):
        connection.execute("UPDATE messages SET content = hex(zeroblob(100000))")
    connection.close()
