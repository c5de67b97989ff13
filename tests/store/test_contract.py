"""What every store promises (see store/api.py), asked of every store."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from chat2anyllm_desktop.core.errors import DuplicateNameError, InputError, NotFoundError
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
from chat2anyllm_desktop.store.api import Store
from tests.store.making import EARLIER, make_message, make_role, make_session

USAGE = Usage(
    prompt_tokens=12,
    completion_tokens=0,
    reasoning_tokens=7,
    cost=0.000123,
    cost_reported=True,
    first_token_s=0.25,
    duration_s=3.5,
    reasoning_s=1.0,
    cached=True,
    finish_reason="stop",
    error="Lost.",
)
SETTINGS = SessionSettings(
    model="gpt-x",
    role_id=new_id(),
    plan=PlanModels(planning="a", answering="b"),
    parameters={"temperature": 0.2, "stop": ["\n", "é"], "nested": {"a": None, "b": True}},
    unknown={"from a newer version": [1, 2]},
)


@pytest.fixture
def session(store: Store) -> Session:
    return store.save_session(make_session("Parser bug"))


# Sessions --------------------------------------------------------------------------------------------------------------
def test_an_empty_store(store: Store) -> None:
    assert store.list_sessions() == []
    assert store.list_sessions(archived=True) == []
    assert store.list_roles() == []
    assert store.schema_version() == 2
    assert store.history(new_id()) == []
    assert store.name
    assert len(store.key) == 32


def test_opening_twice_is_harmless_and_closing_too(store: Store) -> None:
    store.open()
    assert store.list_sessions() == []
    store.close()
    store.close()
    store.open()
    assert store.list_sessions() == []


def test_a_session_gets_the_stores_own_times(store: Store) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    session = store.save_session(make_session("Parser bug", settings=SETTINGS, owner="me"))
    assert session.created_at == session.updated_at
    assert before < session.created_at < datetime.now(UTC) + timedelta(seconds=5)
    assert session.created_at.utcoffset() == timedelta(0)
    assert session.settings == SETTINGS
    assert (session.title, session.owner, session.pinned, session.archived_at) == (
        "Parser bug",
        "me",
        False,
        None,
    )
    assert store.get_session(session.id) == session
    assert store.list_sessions() == [session]


def test_sessions_are_listed_latest_activity_first(store: Store) -> None:
    first, second, third = (store.save_session(make_session(title)) for title in "abc")
    assert [session.title for session in store.list_sessions()] == ["c", "b", "a"]
    store.save_message(make_message(first))
    assert [session.title for session in store.list_sessions()] == ["a", "c", "b"]
    store.save_session(replace(second, title="B"))
    assert [session.title for session in store.list_sessions()] == ["B", "a", "c"]
    assert store.get_session(third.id) == third


def test_only_the_title_and_new_messages_are_activity(store: Store, session: Session) -> None:
    archived_at = EARLIER + timedelta(days=1)
    for changed in (
        replace(session, pinned=True),
        replace(session, archived_at=archived_at),
        replace(session, settings=SETTINGS),
        replace(session, owner="me"),
        replace(session),
    ):
        stored = store.save_session(changed)
        assert stored == changed
    message = store.save_message(make_message(session))
    touched = store.get_session(session.id)
    assert touched.updated_at > session.updated_at
    store.save_message(replace(message, content="changed"))
    assert store.get_session(session.id) == touched
    renamed = store.save_session(replace(session, title="Other", pinned=True))
    assert renamed.updated_at > touched.updated_at
    assert renamed.created_at == session.created_at


def test_archived_sessions_are_listed_apart(store: Store, session: Session) -> None:
    other = store.save_session(make_session("other"))
    archived = store.save_session(replace(session, archived_at=EARLIER))
    assert store.list_sessions() == [other]
    assert store.list_sessions(archived=True) == [archived]
    store.save_session(replace(archived, archived_at=None))
    assert {found.id for found in store.list_sessions()} == {other.id, session.id}


def test_deleting_takes_the_messages_along_and_undo_brings_all_back(store: Store, session: Session) -> None:
    question = store.save_message(make_message(session))
    answer = store.save_message(
        make_message(session, "Hi", author=Author.ASSISTANT, usage=USAGE, parent_id=question.id)
    )
    session = store.get_session(session.id)
    store.delete_session(session.id)
    store.delete_session(session.id)
    with pytest.raises(NotFoundError):
        store.get_session(session.id)
    assert store.get_messages([question.id, answer.id]) == []
    for _ in range(2):  # Repeating any write is harmless.
        store.restore_session(session, [question, answer])
        assert store.get_session(session.id) == session
        assert store.history(session.id) == [question, answer]


def test_a_message_after_an_undo_is_activity_again(store: Store, session: Session) -> None:
    store.delete_session(session.id)
    store.restore_session(session, [])
    store.save_message(make_message(session))
    assert store.get_session(session.id).updated_at > session.updated_at


def test_duplicating(store: Store, session: Session) -> None:
    first = store.save_message(make_message(session, "1"))
    second = store.save_message(
        make_message(session, "2", author=Author.ASSISTANT, usage=USAGE, reasoning="r")
    )
    third = store.save_message(make_message(session, "3", parent_id=first.id, status=Status.STREAMING))
    session = store.save_session(replace(session, pinned=True, settings=SETTINGS))
    copy_id = new_id()
    copy = store.duplicate_session(session.id, copy_id)
    assert (copy.id, copy.title, copy.pinned, copy.settings) == (
        copy_id,
        "Parser bug (copy)",
        False,
        SETTINGS,
    )
    assert copy.updated_at > store.get_session(session.id).updated_at
    copies = store.history(copy_id)
    assert [message.content for message in copies] == ["1", "2", "3"]
    assert [message.created_at for message in copies] == [
        first.created_at,
        second.created_at,
        third.created_at,
    ]
    assert not {message.id for message in copies} & {first.id, second.id, third.id}
    assert copies[1].usage == USAGE
    assert copies[1].reasoning == "r"
    assert copies[2].parent_id == copies[0].id
    assert copies[2].status is Status.INTERRUPTED  # Nobody would ever finish it.
    assert store.history(session.id) == [first, second, third]
    assert store.duplicate_session(session.id, copy_id) == copy
    assert len(store.history(copy_id)) == 3


def test_a_copy_shows_the_same_branch(store: Store, session: Session) -> None:
    messages = [store.save_message(make_message(session, str(number))) for number in range(3)]
    store.save_session(replace(session, settings=replace(SETTINGS, branch=messages[1].id)))
    copy = store.duplicate_session(session.id, new_id())
    assert copy.settings == replace(SETTINGS, branch=store.history(copy.id)[1].id)
    # One that ends with a message shows that; and one of a branch that is gone the newest.
    assert store.duplicate_session(session.id, new_id(), through=messages[0].id).settings == SETTINGS
    store.delete_messages([messages[1].id])
    assert store.duplicate_session(session.id, new_id()).settings == SETTINGS


def test_duplicating_a_part(store: Store, session: Session) -> None:
    messages = [store.save_message(make_message(session, str(number))) for number in range(4)]
    copy = store.duplicate_session(session.id, new_id(), through=messages[1].id)
    assert [message.content for message in store.history(copy.id)] == ["0", "1"]
    missing = new_id()
    with pytest.raises(NotFoundError):
        store.duplicate_session(session.id, missing, through=new_id())
    with pytest.raises(NotFoundError):
        store.get_session(missing)
    with pytest.raises(NotFoundError):
        store.duplicate_session(new_id(), missing)


def test_messages_of_one_moment_keep_their_order_in_a_copy(store: Store, session: Session) -> None:
    store.delete_session(session.id)
    messages = [make_message(session, str(number)) for number in range(30)]
    messages = [
        replace(message, id=id_)
        for message, id_ in zip(messages, sorted(new_id() for _ in messages), strict=True)
    ]
    store.restore_session(session, messages)
    copy = store.duplicate_session(session.id, new_id())
    assert [message.content for message in store.history(copy.id)] == [
        message.content for message in messages
    ]


# Messages --------------------------------------------------------------------------------------------------------------
def test_a_message_comes_back_as_it_was_saved(store: Store, session: Session) -> None:
    message = make_message(
        session,
        "**Hi**",
        author=Author.ASSISTANT,
        parent_id=new_id(),
        kind=Kind.PLAN,
        status=Status.STOPPED,
        model="provider/model:x",
        reasoning="because",
        usage=USAGE,
    )
    stored = store.save_message(message)
    assert stored == replace(message, created_at=stored.created_at)
    assert store.history(session.id) == [stored]
    assert store.get_messages([stored.id, new_id(), "no id"]) == [stored]


def test_an_update_keeps_the_time(store: Store, session: Session) -> None:
    streaming = store.save_message(
        make_message(session, "", author=Author.ASSISTANT, status=Status.STREAMING)
    )
    done = store.save_message(replace(streaming, content="text", status=Status.COMPLETE, created_at=EARLIER))
    assert done == replace(streaming, content="text", status=Status.COMPLETE)
    assert store.history(session.id) == [done]


def test_times_increase_strictly_within_a_session(store: Store, session: Session) -> None:
    messages = [store.save_message(make_message(session, str(number))) for number in range(50)]
    assert all(earlier.created_at < later.created_at for earlier, later in pairwise(messages))
    assert store.history(session.id) == messages


def test_a_new_message_is_later_than_one_from_the_future(store: Store, session: Session) -> None:
    future = datetime.now(UTC) + timedelta(days=400)
    store.delete_session(session.id)
    store.restore_session(session, [make_message(session, created_at=future)])
    assert store.save_message(make_message(session)).created_at == future + timedelta(microseconds=1)


def test_a_message_for_a_session_that_is_gone(store: Store) -> None:
    with pytest.raises(NotFoundError, match="deleted"):
        store.save_message(make_message(make_session()))
    assert store.list_sessions() == []  # And the store goes on working.


def test_pages(store: Store, session: Session) -> None:
    messages = [make_message(session, str(number), created_at=EARLIER) for number in range(7)]
    messages = sorted(messages, key=lambda message: message.id)  # All of one moment: the id decides.
    store.delete_session(session.id)
    store.restore_session(session, messages)
    last = store.page_messages(session.id, limit=3)
    assert last == messages[4:]
    assert store.page_messages(session.id, before=last[0], limit=3) == messages[1:4]
    assert store.page_messages(session.id, before=messages[1], limit=3) == messages[:1]
    assert store.page_messages(session.id, before=messages[0]) == []
    assert store.count_messages(session.id) == 7
    assert store.count_messages(new_id()) == 0
    assert store.get_messages([message.id for message in reversed(messages)]) == messages


def test_deleting_messages(store: Store, session: Session) -> None:
    messages = [store.save_message(make_message(session)) for _ in range(3)]
    store.delete_messages([messages[0].id, messages[2].id, new_id()])
    store.delete_messages([])
    assert store.history(session.id) == [messages[1]]


def test_only_streaming_messages_are_marked_interrupted(store: Store, session: Session) -> None:
    done = store.save_message(make_message(session))
    streaming = [store.save_message(make_message(session, status=Status.STREAMING)) for _ in range(2)]
    expected = [replace(message, status=Status.INTERRUPTED) for message in streaming]
    assert store.mark_interrupted([new_id(), streaming[1].id, done.id, streaming[0].id]) == expected
    assert store.history(session.id) == [done, *expected]
    assert store.mark_interrupted([streaming[0].id]) == []


def test_what_is_no_id_names_nothing(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.get_session("'; DROP TABLE sessions; --")
    with pytest.raises(NotFoundError):
        store.history("")
    store.delete_messages(["x"])
    assert store.mark_interrupted(["x"]) == []


def test_an_id_may_be_written_in_capitals(store: Store, session: Session) -> None:
    assert store.get_session(session.id.upper()) == session


@pytest.mark.parametrize("size", [1_000_000, 10_000_000])
def test_long_messages(store: Store, session: Session, size: int) -> None:
    text = ("The quick brown fox — 狐狸 — jumps. " * (size // 30))[:size]
    stored = store.save_message(make_message(session, text))
    assert stored.content == text
    assert store.history(session.id) == [stored]
    longer = store.save_message(replace(stored, content=text + "!"))
    assert store.page_messages(session.id) == [longer]


def test_characters_that_databases_refuse(store: Store, session: Session) -> None:
    bad, good = "a\0b\ud800c \ud83d\ude00", "a\u2400b\ufffdc \U0001f600"
    usage = Usage(error=bad, cost=float("nan"))
    stored = store.save_message(make_message(session, bad, reasoning=bad, model=bad, usage=usage))
    assert (stored.content, stored.reasoning, stored.model) == (good, good, good)
    assert stored.usage == Usage(error=good)
    assert store.history(session.id) == [stored]
    settings = SessionSettings(model=bad, parameters={bad: [bad]}, unknown={bad: {"x": bad}})
    renamed = store.save_session(replace(session, title=bad, owner=bad, settings=settings))
    assert (renamed.title, renamed.owner) == (good, good)
    assert renamed.settings == SessionSettings(
        model=good, parameters={good: [good]}, unknown={good: {"x": good}}
    )
    role = store.save_role(make_role(bad, bad))
    assert (role.name, role.instructions) == (good, good)


# Roles -----------------------------------------------------------------------------------------------------------------
def test_roles_are_listed_by_name_without_regard_to_case(store: Store) -> None:
    for name in ("beta", "Alpha", "Zoë", "alpha", "élan", "Gamma"):
        store.save_role(make_role(name))
    assert [role.name for role in store.list_roles()] == ["Alpha", "alpha", "beta", "Gamma", "Zoë", "élan"]


def test_a_role_is_stripped_saved_and_changed(store: Store) -> None:
    role = store.save_role(make_role("  Reviewer ", " Review.\n"))
    assert (role.name, role.instructions) == ("Reviewer", "Review.")
    assert role.created_at == role.updated_at
    assert store.list_roles() == [role]
    changed = store.save_role(replace(role, name="Critic"))
    assert changed.created_at == role.created_at
    assert changed.updated_at > role.updated_at
    assert store.list_roles() == [changed]
    store.delete_role(role.id)
    store.delete_role(role.id)
    assert store.list_roles() == []


def test_role_names_are_unique(store: Store) -> None:
    first = store.save_role(make_role("Reviewer"))
    second = store.save_role(make_role("Critic"))
    with pytest.raises(DuplicateNameError, match='"Reviewer"'):
        store.save_role(make_role(" Reviewer"))
    with pytest.raises(DuplicateNameError):
        store.save_role(replace(second, name="Reviewer"))
    store.save_role(replace(first, instructions="changed"))  # Its own name is its own.
    assert [role.name for role in store.list_roles()] == ["Critic", "Reviewer"]


@pytest.mark.parametrize(("name", "instructions"), [("", "x"), (" \n", "x"), ("x", "  "), ("x" * 101, "x")])
def test_roles_that_are_refused(store: Store, name: str, instructions: str) -> None:
    with pytest.raises(InputError):
        store.save_role(make_role(name, instructions))
    assert store.list_roles() == []


def test_it_may_be_used_from_a_thread_that_did_not_open_it(store: Store, session: Session) -> None:
    found: list[Message] = []
    thread = threading.Thread(target=lambda: found.append(store.save_message(make_message(session))))
    thread.start()
    thread.join()
    assert store.history(session.id) == found
