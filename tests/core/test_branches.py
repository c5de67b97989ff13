"""Which message follows which, and which branch is on show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat2anyllm_desktop.core.branches import active_path, newest_below, parents, versions
from chat2anyllm_desktop.core.models import Author, Message, utc_now


def message(name: str, parent: str | None = None) -> Message:
    """A user's message for names that begin with u, an answer for the others; the text is the name."""
    author = Author.USER if name.startswith("u") else Author.ASSISTANT
    return Message(
        id=name, session_id="s", author=author, content=name, created_at=utc_now(), parent_id=parent
    )


def ids(messages: list[Message]) -> list[str]:
    return [each.id for each in messages]


PLAIN = [message("u1"), message("a1"), message("u2"), message("a2")]


@pytest.mark.parametrize(
    ("messages", "path"),
    [
        ([], []),
        (PLAIN, ["u1", "a1", "u2", "a2"]),
        # Retried: the newest answer to u2 is on show, and what follows follows it.
        ([*PLAIN, message("b2", "u2")], ["u1", "a1", "u2", "b2"]),
        ([*PLAIN, message("b2", "u2"), message("u3")], ["u1", "a1", "u2", "b2", "u3"]),
        # The second message edited, then the first.
        ([*PLAIN, message("u3", "a1"), message("a3")], ["u1", "a1", "u3", "a3"]),
        ([*PLAIN, message("u3", "u3"), message("a3")], ["u3", "a3"]),
        # A branch of a branch, and back to the first one.
        (
            [*PLAIN, message("b2", "u2"), message("c2", "u2"), message("u3", "a2")],
            ["u1", "a1", "u2", "a2", "u3"],
        ),
        # Two clients wrote at the same time: both follow, in order.
        ([message("u1"), message("u2"), message("a1"), message("a2")], ["u1", "u2", "a1", "a2"]),
        # The parent was deleted, or lies before the page: the previous one is followed.
        ([message("a1", "gone"), message("u2", "gone"), message("a2")], ["a1", "u2", "a2"]),
        # A parent that comes later is damage; nothing hangs.
        ([message("u1", "a1"), message("a1", "a1"), message("u2", "u3"), message("u3")], ["a1", "u2", "u3"]),
    ],
)
def test_active_path(messages: list[Message], path: list[str]) -> None:
    assert ids(active_path(messages)) == path
    assert ids(active_path(active_path(messages))) == path


def test_a_leaf_chooses_another_branch() -> None:
    messages = [*PLAIN, message("b2", "u2"), message("u3")]
    assert ids(active_path(messages, leaf="a2")) == ["u1", "a1", "u2", "a2"]
    assert ids(active_path(messages, leaf="u2")) == ["u1", "a1", "u2"]
    assert active_path(messages, leaf="gone") == []


def test_a_page_of_the_latest_has_the_same_path_as_the_whole() -> None:
    messages = [*PLAIN, message("b2", "u2"), message("u3"), message("a3"), message("u4", "u4"), message("a4")]
    whole = ids(active_path(messages))
    for start in range(len(messages)):
        part = ids(active_path(messages[start:]))
        assert part == whole[-len(part) :]


TREE = [
    *PLAIN,
    message("b2", "u2"),  # u2 answered again
    message("u3"),
    message("v2", "a1"),  # u2 edited
    message("c2"),
    message("w1", "w1"),  # u1 edited
    message("d1"),
]


@pytest.mark.parametrize(
    ("start", "end"),
    [("u2", "u3"), ("a2", "a2"), ("b2", "u3"), ("v2", "c2"), ("w1", "d1"), ("u1", "c2"), ("x", None)],
)
def test_how_far_a_branch_has_come(start: str, end: str | None) -> None:
    assert newest_below(TREE, start) == end


def test_what_stands_in_the_place_of_what() -> None:
    path = active_path(TREE, leaf="u3")
    assert ids(path) == ["u1", "a1", "u2", "b2", "u3"]
    assert versions(TREE, path) == {"u1": ["u1", "w1"], "u2": ["u2", "v2"], "b2": ["a2", "b2"]}
    assert versions(TREE, active_path(TREE)) == {"w1": ["u1", "w1"]}
    assert versions(PLAIN, PLAIN) == {}


@given(st.lists(st.tuples(st.integers(-3, 12), st.booleans()), max_size=12))
def test_every_message_is_on_the_path_that_leads_to_it(drawn: list[tuple[int, bool]]) -> None:
    """Whatever parents there are, also impossible ones: each is reached by choosing among versions from the newest."""
    messages = [message(str(n), None if plain else str(parent)) for n, (parent, plain) in enumerate(drawn)]
    follows = parents(messages)
    assert all(-1 <= parent < at for at, parent in enumerate(follows))
    for wanted in messages:
        leaf = None
        for _ in messages:
            path = active_path(messages, leaf=leaf)
            if wanted in path:
                break
            beside, way = versions(messages, path), active_path(messages, leaf=wanted.id)
            fork = next(at for at, one in enumerate(way) if one not in path)
            assert way[fork].id in beside[path[fork].id]
            leaf = newest_below(messages, way[fork].id)
        assert wanted in active_path(messages, leaf=leaf)
