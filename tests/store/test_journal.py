"""Answers in flight survive the death of the program and the absence of the database."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chat2anyllm_desktop.core.errors import StoreError
from chat2anyllm_desktop.core.models import Author, Kind, Message, Session, Status, Usage, new_id
from chat2anyllm_desktop.store.journal import Journal, settle
from chat2anyllm_desktop.store.sqlite import SqliteStore
from chat2anyllm_desktop.store.threaded import ThreadedStore
from tests.store.making import make_message, make_session

KEY = "somewhere"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "turns"


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[SqliteStore]:
    embedded = SqliteStore(tmp_path / "history.sqlite3")
    embedded.open()
    yield embedded
    embedded.close()


@pytest.fixture
def session(embedded: SqliteStore) -> Session:
    return embedded.save_session(make_session())


def streaming(session: Session, content: str = "so far") -> Message:
    return make_message(session, content, author=Author.ASSISTANT, status=Status.STREAMING)


def settled(embedded: SqliteStore, journal: Journal) -> list[Message]:
    async def run() -> list[Message]:
        threaded = ThreadedStore(embedded)
        try:
            return await settle(threaded, journal)
        finally:
            await threaded.aclose()

    return asyncio.run(run())


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_an_answer_that_ends_leaves_nothing(root: Path) -> None:
    journal = Journal(root)
    message = streaming(make_session())
    journal.begin(message, KEY)
    assert len(files(root)) == 2  # The lock, and the entry.
    journal.end(message.id)
    journal.end(message.id)
    journal.close()
    assert list(root.iterdir()) == []


def test_a_living_process_is_left_alone(root: Path) -> None:
    living, other = Journal(root), Journal(root)
    living.begin(streaming(make_session()), KEY)
    assert other.recover() == []
    living.close()
    assert [leftover.store_key for leftover in other.recover()] == [KEY]
    other.close()


def test_a_killed_process_leaves_its_answers_to_the_next(
    root: Path, embedded: SqliteStore, session: Session
) -> None:
    in_flight, unsaved = embedded.save_message(streaming(session)), streaming(session, "kept")
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from chat2anyllm_desktop.core.models import *\n"
        "from chat2anyllm_desktop.store.journal import Journal\n"
        "journal, key = Journal(Path(sys.argv[1])), sys.argv[2]\n"
        "message = Message(id=sys.argv[3], session_id=sys.argv[5], author=Author.ASSISTANT, content='kept',\n"
        "                  created_at=utc_now(), status=Status.STREAMING)\n"
        "journal.begin(message, key)\n"
        "journal.keep(replace(message, id=sys.argv[4]), key)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    ).replace("import sys, time", "import sys, time\nfrom dataclasses import replace")
    arguments = [str(root), embedded.key, in_flight.id, unsaved.id, session.id]
    with subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"ready"
        journal = Journal(root)
        assert journal.recover() == []
        process.kill()
        process.wait()
    assert {message.id for message in settled(embedded, journal)} == {in_flight.id, unsaved.id}
    history = embedded.history(session.id)
    assert [message.content for message in history] == ["so far", "kept"]
    assert {message.status for message in history} == {Status.INTERRUPTED}
    assert files(root) == []
    journal.close()


def test_a_kept_message_comes_back_whole(root: Path, embedded: SqliteStore, session: Session) -> None:
    message = make_message(
        session, "text\0 \ud800 — é", author=Author.ASSISTANT, kind=Kind.PLAN, status=Status.FAILED, model="m",
        reasoning="r", parent_id=new_id(), usage=Usage(cost=0.1, error="Lost."),
    )  # fmt: skip
    journal = Journal(root)
    assert journal.keep(message, embedded.key)
    journal.close()
    (stored,) = settled(embedded, Journal(root))
    expected = replace(message, content="text\u2400 \ufffd — é", created_at=stored.created_at)
    assert stored == expected
    embedded.open()
    assert embedded.history(session.id) == [expected]


def test_what_this_process_could_not_save_is_settled_too(
    root: Path, embedded: SqliteStore, session: Session
) -> None:
    journal = Journal(root)
    running, ended = streaming(session), replace(streaming(session, "all of it"), status=Status.COMPLETE)
    for message in (running, ended):
        journal.begin(message, embedded.key)
        journal.keep(message, embedded.key)
    assert [message.content for message in settled(embedded, journal)] == ["all of it"]
    assert [
        leftover.message_id for leftover in journal.recover()
    ] == []  # The running answer is our own, and alive.
    journal.close()
    assert [leftover.message_id for leftover in Journal(root).recover()] == [running.id]


def test_a_later_checkpoint_is_not_overwritten(root: Path, embedded: SqliteStore, session: Session) -> None:
    message = streaming(session, "early")
    journal = Journal(root)
    journal.keep(message, embedded.key)
    embedded.save_message(replace(message, content="early and late"))
    journal.close()
    assert [found.content for found in settled(embedded, Journal(root))] == ["early and late"]
    embedded.open()
    assert [(found.content, found.status) for found in embedded.history(session.id)] == [
        ("early and late", Status.INTERRUPTED)
    ]


def test_what_was_finished_elsewhere_is_left_as_it_is(
    root: Path, embedded: SqliteStore, session: Session
) -> None:
    message = streaming(session)
    journal = Journal(root)
    journal.keep(message, embedded.key)
    journal.close()
    done = embedded.save_message(replace(message, status=Status.COMPLETE))
    assert settled(embedded, Journal(root)) == []
    embedded.open()
    assert embedded.history(session.id) == [done]


def test_entries_of_another_store_stay(root: Path, embedded: SqliteStore, session: Session) -> None:
    journal = Journal(root)
    journal.begin(streaming(session), "another store")
    journal.begin(embedded.save_message(streaming(session)), embedded.key)
    journal.close()
    later = Journal(root)
    assert len(settled(embedded, later)) == 1
    assert [leftover.store_key for leftover in later.recover()] == ["another store"]
    later.close()
    assert len(Journal(root).recover()) == 1


def test_an_answer_of_a_deleted_session_is_let_go(root: Path, embedded: SqliteStore) -> None:
    journal = Journal(root)
    journal.keep(replace(streaming(make_session()), status=Status.COMPLETE), embedded.key)
    assert settled(embedded, journal) == []
    assert journal.recover() == []
    journal.close()


def test_a_store_that_fails_again_loses_nothing(root: Path, tmp_path: Path, session: Session) -> None:
    (tmp_path / "file").touch()
    broken = SqliteStore(tmp_path / "file" / "history.sqlite3")
    journal = Journal(root)
    journal.keep(replace(streaming(session), status=Status.COMPLETE), broken.key)
    with pytest.raises(StoreError):
        settled(broken, journal)
    assert len(journal.recover()) == 1
    journal.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the user's folders private by other means")
def test_only_the_owner_can_read_it(root: Path) -> None:
    journal = Journal(root)
    journal.keep(streaming(make_session()), KEY)
    for path in (root, *root.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    journal.close()


@pytest.mark.expects_warnings
def test_where_nothing_can_be_written_it_says_so_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    journal = Journal(tmp_path / "file" / "turns")
    message = streaming(make_session())
    journal.begin(message, KEY)
    assert not journal.keep(message, KEY)
    journal.end(message.id)
    assert journal.recover() == []
    journal.close()


def test_of_an_entry_that_a_power_cut_emptied_the_name_is_enough(
    root: Path, embedded: SqliteStore, session: Session
) -> None:
    journal, message = Journal(root), embedded.save_message(streaming(session))
    journal.begin(message, embedded.key)
    journal.begin(streaming(make_session()), "another store")
    journal.close()
    for entry in root.glob("*/*.json"):
        entry.write_bytes(b"")
    later = Journal(root)
    assert settled(embedded, later) == [replace(message, status=Status.INTERRUPTED)]
    embedded.open()
    assert settled(embedded, later) == []
    assert len(later.recover()) == 1, "what is not in this store may be in another"
    later.close()


def test_a_broken_entry_harms_nobody(root: Path, embedded: SqliteStore, session: Session) -> None:
    journal = Journal(root)
    message = embedded.save_message(streaming(session))
    journal.begin(message, embedded.key)
    journal.close()
    (folder,) = root.iterdir()
    (folder / "broken.json").write_text("")
    (folder / "odd.json").write_text('{"id": 1, "store": "x", "message": {}}')
    later = Journal(root)
    assert [found.id for found in settled(embedded, later)] == [message.id]
    assert later.recover() == []
    later.close()
    assert (folder / "broken.json").exists()
