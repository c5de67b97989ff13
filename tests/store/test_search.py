"""Words in everything that is stored, in every store; and how a search is called off."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chat2anyllm_desktop.core.errors import StoreError
from chat2anyllm_desktop.core.models import Author, Message, Session, Status
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.search import TITLES, Hit, Search
from chat2anyllm_desktop.store.sqlite import SqliteStore
from chat2anyllm_desktop.store.threaded import ThreadedStore
from tests.real.postgres import Server, execute
from tests.store.conftest import OpenPostgres
from tests.store.making import EARLIER, make_message, make_session


@pytest.fixture
def session(store: Store) -> Session:
    return store.save_session(make_session("Notes"))


def found(store: Store, text: str, limit: int = 100) -> list[str]:
    """The excerpts of the messages that are found."""
    return [hit.excerpt for hit in store.search(Search(text, limit=limit)) if hit.message_id]


def write(store: Store, session: Session, *texts: str) -> list[Message]:
    return [store.save_message(make_message(session, text)) for text in texts]


def test_messages_come_newest_first_with_what_is_known_of_them(store: Store, session: Session) -> None:
    (question,) = write(store, session, "Which cache does the stream use?")
    answer = store.save_message(
        make_message(session, "The stream uses the page **cache**.", author=Author.ASSISTANT, model="gpt-x")
    )
    write(store, session, "Thanks.")
    assert store.search(Search("cache")) == [
        Hit(
            session_id=session.id,
            title="Notes",
            archived=False,
            at=message.created_at,
            message_id=message.id,
            author=message.author,
            model=message.model,
            excerpt=message.content,
        )
        for message in (answer, question)
    ]


def test_every_word_must_be_there_in_any_order_and_quotes_hold_words_together(
    store: Store, session: Session
) -> None:
    write(store, session, "a parser bug", "bug of the parser", "a parser", "a bug")
    assert found(store, "parser  bug ") == ["bug of the parser", "a parser bug"]
    assert found(store, '"parser bug"') == ["a parser bug"]
    assert found(store, '"parser bug') == ["a parser bug"]
    assert found(store, 'a "bug"') == ["a bug", "bug of the parser", "a parser bug"]
    assert found(store, "") == found(store, ' " ') == found(store, "nothing of it") == []


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("The Cache", "cACHE"),
        ("先做数据库迁移，再测试。", "迁移"),
        ("先做数据库迁移，再测试。", "数据库 测试"),
        ("日本語の要約", "要約"),
        ("한국어 요약", "요약"),
        ("École", "école"),
        ("école", "ÉCOLE"),
        ("Привет, мир", "привет"),
        ("ПРИВЕТ", "привет"),
        ("Straße", "straße"),
        ("a\n\n  line of\tcode", "code"),
        ("👩‍👩‍👧 family", "👩‍👩‍👧"),
        ("it's \\d+ or C:\\temp", "c:\\TEMP"),
        ("it's \\d+ or C:\\temp", "it's"),
    ],
)
def test_text_of_every_kind(store: Store, session: Session, text: str, sought: str) -> None:
    write(store, session, "something else", text)
    assert found(store, sought) == [" ".join(text.split())]


def test_percent_and_underscore_are_plain_characters(store: Store, session: Session) -> None:
    write(store, session, "500 of 5", "50% done", "a_b", "aXb", "back\\slash")
    assert found(store, "50%") == ["50% done"]
    assert found(store, "%") == ["50% done"]
    assert found(store, "a_b") == ["a_b"]
    assert found(store, "\\") == ["back\\slash"]
    assert found(store, "\0") == []


def test_titles_come_first_newest_first_archived_ones_too(store: Store) -> None:
    for number in range(TITLES + 2):
        store.save_session(make_session(f"Parser {number}"))
    last = store.save_session(make_session("The parser", archived_at=EARLIER))
    write(store, store.save_session(make_session("Other")), "the parser again")
    hits = store.search(Search("PARSER"))
    assert [hit.message_id == "" for hit in hits] == [True] * TITLES + [False]
    assert hits[0] == Hit(session_id=last.id, title="The parser", archived=True, at=last.updated_at)
    assert [hit.title for hit in hits[1:TITLES]] == [f"Parser {n}" for n in range(TITLES + 1, 2, -1)]


def test_messages_of_archived_sessions_say_so(store: Store, session: Session) -> None:
    write(store, session, "here it is")
    store.save_session(replace(session, archived_at=EARLIER))
    assert [hit.archived for hit in store.search(Search("here"))] == [True]


def test_no_more_than_the_newest_are_given(store: Store, session: Session) -> None:
    messages = [
        make_message(session, f"word {n}", created_at=EARLIER + timedelta(seconds=n)) for n in range(30)
    ]
    store.restore_session(session, messages)
    assert found(store, "word", limit=3) == ["word 29", "word 28", "word 27"]


def test_what_streams_is_left_out_until_it_has_ended(store: Store, session: Session) -> None:
    streaming = store.save_message(
        make_message(session, "half a word", author=Author.ASSISTANT, status=Status.STREAMING)
    )
    assert found(store, "word") == []
    store.save_message(replace(streaming, status=Status.STOPPED))
    assert found(store, "word") == ["half a word"]


def test_the_role_in_front_and_the_data_of_images_are_not_looked_at(store: Store, session: Session) -> None:
    image = f"![a chart](data:image/png;base64,{'QUJDabcd' * 400}) and words"
    write(store, session, "[[ROLE:Critic]]\nBe strict.\n---\nIs this well?", image)
    assert found(store, "strict") == []
    assert found(store, "critic") == []
    assert found(store, "well") == ["Is this well?"]
    assert found(store, "dabcdQ") == []
    assert found(store, "chart words") == ["![a chart]() and words"]


def test_an_excerpt_shows_the_first_word_found_on_one_line(store: Store, session: Session) -> None:
    write(store, session, "before " * 200 + "the\nneedle\n\nin it " + "after " * 200)
    (excerpt,) = found(store, "needle")
    assert excerpt.startswith("…before ")
    assert "the needle in it after" in excerpt
    assert excerpt.index("needle") < 60
    assert len(excerpt) < 330


def test_messages_are_counted_from_one_on(store: Store, session: Session) -> None:
    messages = write(store, session, "a", "b", "c")
    assert store.count_messages(session.id) == 3
    assert [store.count_messages(session.id, since=message) for message in messages] == [3, 2, 1]


# Called off --------------------------------------------------------------------------------------------------------------
def slow_store(open_postgres: OpenPostgres, new_database: Callable[[Server], str], server: Server) -> Store:
    """A shared history in which a search takes a minute."""
    dsn = new_database(server)
    store = open_postgres(dsn)
    write(store, store.save_session(make_session()), "word")
    execute(dsn, "ALTER TABLE messages RENAME TO fast_messages")
    execute(dsn, "CREATE VIEW messages AS SELECT * FROM fast_messages WHERE pg_sleep(60) IS NOT NULL")
    return store


def test_a_search_that_is_called_off_lets_the_next_call_through(
    open_postgres: OpenPostgres, new_database: Callable[[Server], str], postgres_server: Server
) -> None:
    backend = slow_store(open_postgres, new_database, postgres_server)

    async def run() -> float:
        store = ThreadedStore(backend)
        search = asyncio.ensure_future(store.search(Search("word")))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
        assert len(await store.call(Store.list_sessions)) == 1
        took = time.monotonic() - began
        await store.aclose()
        return took

    assert asyncio.run(run()) < 20


def test_an_embedded_search_ends_in_the_middle_and_the_connection_goes_on() -> None:
    store = SqliteStore(None)
    store.open()
    session = store.save_session(make_session())
    store.restore_session(session, [make_message(session, f"word {n}") for n in range(500)])
    search = Search("word")

    def call_off() -> int:
        search.call_off()
        return 0

    assert store._connection is not None
    store._connection.set_progress_handler(call_off, 100)
    with pytest.raises(StoreError):
        store.search(search)
    store._connection.set_progress_handler(None, 0)
    search.call_off()  # Nothing runs any more: nothing is hit.
    assert len(found(store, "word")) == 100
    store.close()


def test_a_search_that_is_called_off_before_its_turn_is_not_begun() -> None:
    search = Search("word")
    search.call_off()
    assert ThreadedStore(SqliteStore(None))._searched(search) == []


def test_the_index_of_the_schema_is_used(
    open_postgres: OpenPostgres, new_database: Callable[[Server], str], system_postgres_server: Server
) -> None:
    """Where the server offers trigrams, as Debian's does."""
    dsn = new_database(system_postgres_server)
    execute(dsn, f"ALTER DATABASE {dsn.rpartition('/')[2]} SET enable_seqscan = off")
    store = open_postgres(dsn)
    session = store.save_session(make_session())
    store.restore_session(session, [make_message(session, f"some words {n}") for n in range(50)])
    assert found(store, "words 17") == ["some words 17"]
    store.close()  # Its counts are told with that.
    scans = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'idx_messages_content_trgm'"
    deadline = time.monotonic() + 10
    while (counted := execute(dsn, scans)) == [(0,)] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert counted
    assert counted[0][0] > 0
