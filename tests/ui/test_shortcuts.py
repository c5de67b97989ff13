"""The table of actions, and keys as people read them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from chat2anyllm_desktop.ui.shortcuts import (
    KEYS,
    TABLE,
    Place,
    Shortcut,
    key_words,
    title_of,
    with_key,
    words_of,
)


@pytest.fixture(autouse=True)
def _keys_of_the_table() -> Iterator[None]:
    yield
    KEYS.load({})


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS writes signs in place of words")
def test_the_key_that_sends_is_called_enter() -> None:
    assert words_of("send") == "Enter"
    assert key_words("Ctrl+Return") == "Ctrl+Enter"
    assert key_words("") == "" == words_of("archive_session")


@pytest.mark.parametrize("place", Place)
def test_every_place_has_keys_to_tell(place: Place) -> None:
    assert any(words_of(shortcut.id) for shortcut in TABLE if shortcut.place is place)


@pytest.mark.parametrize("mac", [False, True])
@pytest.mark.parametrize("places", [None, Place.COMPOSER, Place.LISTS, Place.TRANSCRIPT])
def test_no_two_rows_share_a_key(mac: bool, places: Place | None) -> None:
    """Menus are one context; each kind of widget is another, inside it."""

    def keys(row: Shortcut) -> tuple[str, ...]:
        return row.mac_keys if mac and row.mac_keys is not None else row.keys

    rows = [row for row in TABLE if (row.in_menu if places is None else row.place is places)]
    shared = [key for key, count in Counter(key for row in rows for key in keys(row)).items() if count > 1]
    assert not shared
    if places is not None:
        menus = {key for row in TABLE if row.in_menu for key in keys(row)}
        assert {key for row in rows for key in keys(row)} & menus <= {"F2"}  # Both mean to rename.


def test_ids_are_unique_and_groups_stand_together() -> None:
    assert max(Counter(row.id for row in TABLE).values()) == 1
    groups = [row.group for row in TABLE if row.group]
    assert groups == sorted(groups, key=groups.index)


def test_texts_are_in_sentence_case() -> None:
    names = {"Chat2AnyLLM", "Desktop", "Markdown"}
    for row in TABLE:
        later = [word for word in row.text.replace("(", " ").split()[1:] if word[:1].isupper()]
        assert set(later) <= names, row.text


def test_tooltips_name_the_key_in_force() -> None:
    assert with_key("New session", "new_session") == f"New session ({key_words('Ctrl+N')})"
    KEYS.load({"new_session": ("F9",)})
    assert with_key("New session", "new_session") == f"New session ({key_words('F9')})"
    KEYS.load({"new_session": ()})
    assert with_key("New session", "new_session") == "New session" == with_key("New session", "")


def test_outside_of_its_menu_an_action_is_called_by_its_group_too() -> None:
    titles = {row.id: title_of(row) for row in TABLE}
    assert titles["theme_dark"] == "Colours: Dark"
    assert titles["settings"] == "Settings"
    shown = [titles[row.id] for row in TABLE if row.in_menu]
    assert len(set(shown)) == len(shown)
