"""Which keys are in force: the table's, the user's own, and what happens when they meet."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.ui.keys import Keys
from chat2anyllm_desktop.ui.shortcuts import TABLE


@pytest.fixture
def keys() -> Keys:
    return Keys(TABLE)


def test_the_users_own_go_before_those_of_the_table(keys: Keys, qtbot: QtBot) -> None:
    with qtbot.waitSignal(keys.changed):
        keys.load({"new_role": ("Ctrl+N",), "quit": (), "find": ("Ctrl+F", "F7")})
    assert keys.of("new_role") == ("Ctrl+N",)
    assert keys.of("new_session") == ()  # Its key was given away.
    assert keys.of("quit") == ()
    assert keys.of("find") == ("Ctrl+F", "F7")
    assert keys.owner("Ctrl+N") == "new_role"
    assert keys.owner("F7") == "find"
    assert keys.owner("Ctrl+Q") == ""
    assert keys.is_own("quit")
    assert not keys.is_own("new_session")
    with qtbot.waitSignal(keys.changed):
        keys.load({})
    assert keys.of("new_session") == ("Ctrl+N",)


def test_nothing_is_told_when_nothing_changes(keys: Keys, qtbot: QtBot) -> None:
    keys.load({"quit": ()})
    with qtbot.assertNotEmitted(keys.changed):
        keys.load({"quit": (), "of_a_newer_version": ("Ctrl+1",)})


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"find": ("Ctrl+Foo",)}, "“Ctrl+Foo” is no key"),
        ({"find": ("Ctrl+K, Ctrl+S",)}, "is no key"),
        ({"find": ("F7", "5")}, "is for writing"),
        ({"find": ("Ctrl+C",)}, "belongs to the text fields"),
        ({"next_message": ("F7",)}, "cannot be changed"),
        ({"quit": ("F7",), "find": ("F7",)}, "already that of “Quit”"),
    ],
)
def test_what_cannot_be_used_is_said_and_the_table_holds(
    keys: Keys, own: dict[str, tuple[str, ...]], words: str
) -> None:
    keys.load(own)
    (problem,) = keys.problems
    assert words in problem
    *_, broken = own
    row = next(row for row in TABLE if row.id == broken)
    assert keys.of(broken) == row.platform_keys
    assert keys.own == own  # As it was written: nothing of the file is lost.


def test_giving_a_key_takes_it_from_whoever_had_it(keys: Keys) -> None:
    keys.load({"find": ("F7", "F8"), "of_a_newer_version": ("F9",)})
    own = keys.given("quit", ("F7",))
    assert own == {"find": ("F8",), "of_a_newer_version": ("F9",), "quit": ("F7",)}
    keys.load(own)
    assert keys.of("find") == ("F8",)
    assert keys.problems == ()
    # The keys of the table are nobody's own: they are not written down.
    assert keys.given("quit", ("Ctrl+Q",)) == {"find": ("F8",), "of_a_newer_version": ("F9",)}
    assert keys.unchanged() == {"of_a_newer_version": ("F9",)}


def test_what_sends_is_told_as_it_is_set(keys: Keys) -> None:
    keys.load({}, send_on_enter=False)
    assert keys.of("send") == ("Ctrl+Return",)
    assert keys.of("break_line") == ("Return",)
    keys.load({})
    assert keys.of("send") == ("Return",)
