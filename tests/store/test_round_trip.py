"""Whatever is written comes back, and both kinds of store answer the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat2anyllm_desktop.core.models import (
    Author,
    Kind,
    Message,
    PlanModels,
    Session,
    SessionSettings,
    Status,
    Usage,
    new_id,
)
from chat2anyllm_desktop.store.postgres import PostgresStore
from chat2anyllm_desktop.store.rows import clean_text
from chat2anyllm_desktop.store.sqlite import SqliteStore
from tests.real.postgres import OwnServer, Server
from tests.store.conftest import OpenPostgres
from tests.store.making import EARLIER, make_session

# Everything Python can hold in a string, lone surrogates and NUL too.
TEXT = st.text(st.characters(), max_size=60) | st.text(
    st.sampled_from("\0\ud83d\ude00\ufffea\r\n'\"\\%{}"), max_size=20
)
WORD = st.none() | TEXT
COUNT = st.none() | st.integers(0, 2**53)
NUMBER = st.none() | st.floats(0, 1e15, allow_nan=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15, allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
IDS = st.uuids().map(str)
KNOWN = {"model", "role_id", "plan", "branch", "parameters"}

USAGES = st.builds(
    Usage, prompt_tokens=COUNT, completion_tokens=COUNT, reasoning_tokens=COUNT, cost=NUMBER, cost_reported=st.booleans(),
    first_token_s=NUMBER, duration_s=NUMBER, reasoning_s=NUMBER, cached=st.booleans(), finish_reason=WORD, error=WORD,
)  # fmt: skip
MESSAGES = st.builds(
    Message, id=st.just(""), session_id=st.just(""), author=st.sampled_from(Author), content=TEXT,
    created_at=st.just(EARLIER),
    parent_id=st.none() | IDS, kind=st.sampled_from(Kind), status=st.sampled_from(Status), model=WORD, reasoning=TEXT,
    usage=USAGES,
)  # fmt: skip
SETTINGS = st.builds(
    SessionSettings, model=WORD, role_id=st.none() | IDS, branch=st.none() | IDS,
    plan=st.none() | st.builds(PlanModels, planning=TEXT, answering=TEXT),
    parameters=st.dictionaries(TEXT, JSON, max_size=3),
    unknown=st.dictionaries(TEXT.filter(lambda key: clean_text(key) not in KNOWN), JSON, max_size=3),
)  # fmt: skip
SESSIONS = st.builds(
    Session, id=st.just(""), title=TEXT, created_at=st.just(EARLIER), updated_at=st.just(EARLIER), settings=SETTINGS,
    pinned=st.booleans(), archived_at=st.none() | st.just(EARLIER), owner=WORD,
)  # fmt: skip

Stores = tuple[SqliteStore, PostgresStore]


@pytest.fixture
def stores(
    postgres_server: OwnServer, new_database: Callable[[Server], str], open_postgres: OpenPostgres
) -> Iterator[Stores]:
    embedded = SqliteStore(None)
    embedded.open()
    yield embedded, open_postgres(new_database(postgres_server))
    embedded.close()


several = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@several
@given(message=MESSAGES)
def test_messages(stores: Stores, message: Message) -> None:
    session = make_session()
    message = replace(message, id=new_id(), session_id=session.id)
    stored = []
    for store in stores:
        store.save_session(session)
        saved = store.save_message(message)
        assert store.history(session.id) == [saved]
        stored.append(replace(saved, created_at=EARLIER))
    assert stored[0] == stored[1]
    assert stored[0].content == clean_text(message.content)
    assert len(stored[0].content) <= len(message.content)
    if clean_text(message.content) == message.content:
        assert stored[0].content == message.content


@several
@given(session=SESSIONS)
def test_sessions(stores: Stores, session: Session) -> None:
    session = replace(session, id=new_id())
    stored = []
    for store in stores:
        saved = store.save_session(session)
        assert store.get_session(session.id) == saved
        stored.append(replace(saved, created_at=EARLIER, updated_at=EARLIER))
        store.delete_session(session.id)
        store.restore_session(session, [])
        stored.append(store.get_session(session.id))
        assert store.save_session(stored[-1]) == stored[-1]
    assert len({repr(session) for session in stored}) <= 2  # A JSON's keys may come in another order.
    assert stored[0] == stored[1] == stored[2] == stored[3]
    assert stored[0].title == clean_text(session.title)


def test_clean_text() -> None:
    assert clean_text("plain") == "plain"
    assert clean_text("\0") == "\u2400"
    assert clean_text("\ud83d\ude00 \ud83d \ude00") == "\U0001f600 \ufffd \ufffd"
    assert clean_text("\ufeff\uffff\U0010ffff") == "\ufeff\uffff\U0010ffff"
