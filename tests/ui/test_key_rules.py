"""Which keys an action can have, and why not."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtGui import QKeySequence

from chat2anyllm_desktop.ui.key_rules import normal, refusal
from chat2anyllm_desktop.ui.shortcuts import BY_ID, TABLE, Shortcut

_ROLE = BY_ID["new_role"]
_MAC_EDITING = {
    *("Ctrl+X", "Ctrl+C", "Ctrl+V", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+A", "Ctrl+Left", "Ctrl+Right", "Ctrl+Up"),
    *("Ctrl+Down", "Ctrl+Shift+Left", "Ctrl+Shift+Right", "Ctrl+Shift+Up", "Ctrl+Shift+Down", "Alt+Left"),
    *(
        "Alt+Right",
        "Alt+Up",
        "Alt+Down",
        "Alt+Shift+Left",
        "Alt+Shift+Right",
        "Alt+Backspace",
        "Ctrl+Backspace",
    ),
}
"""What text fields answer on macOS, by the documentation of Qt."""
_MENU_ROWS = [row for row in TABLE if row.in_menu]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("ctrl+n", "Ctrl+N"),
        ("Ctrl+Enter", "Ctrl+Return"),
        ("Num+5", "5"),
        ("Ctrl++", "Ctrl++"),
        ("Ctrl+Foo", ""),
        ("Ctrl+K, Ctrl+S", ""),
        ("Ctrl", ""),
        ("", ""),
        ("True", ""),
    ],
)
def test_a_key_is_written_in_one_way(written: str, key: str) -> None:
    assert normal(written) == key


@pytest.mark.parametrize(
    "keys",
    [
        *"A5.é中",
        "Shift+A",
        "Space",
        "Shift+Space",
        "Tab",
        "Return",
        "Left",
        "Shift+Home",
        "Del",
        "Esc",
        "Menu",
    ],
)
def test_what_writes_and_moves_is_refused(keys: str) -> None:
    assert normal(keys)
    assert refusal(normal(keys), _ROLE)


@pytest.mark.parametrize(
    "keys", ["Ctrl+C", "Ctrl+V", "Ctrl+Z", "Ctrl+A", "Ctrl+Return", "Alt+Up", "F10", "Shift+F10", "F2"]
)
def test_what_fields_and_lists_answer_is_refused(keys: str) -> None:
    assert refusal(keys, _ROLE)


def test_an_action_may_keep_what_it_has_in_the_table() -> None:
    assert refusal("F2", BY_ID["rename_session"]) == ""
    assert refusal("F2", BY_ID["quit"])


@pytest.mark.skipif(sys.platform == "darwin", reason="Alt opens no menus on macOS")
@pytest.mark.parametrize("letter", "FEVSMH")
def test_the_letters_of_the_menus_are_refused(letter: str) -> None:
    assert "menu" in refusal(f"Alt+{letter}", _ROLE)


@pytest.mark.parametrize(
    ("platform", "keys"),
    [
        ("linux", "Alt+F4"),
        ("linux", "Meta+L"),
        ("linux", "Ctrl+Shift+U"),
        ("win32", "Alt+Tab"),
        ("win32", "Meta+D"),
        ("win32", "Ctrl+Alt+Q"),
        ("darwin", "Ctrl+H"),
        ("darwin", "Ctrl+Shift+4"),
        ("darwin", "Alt+L"),
    ],
)
def test_what_the_system_answers_is_refused(platform: str, keys: str) -> None:
    assert refusal(keys, _ROLE, platform)


@pytest.mark.parametrize(
    "keys", ["Ctrl+E", "Ctrl+D", "Ctrl+Shift+Y", "F7", "Shift+F7", "Alt+F7", "Ctrl+1", "Ctrl+Alt+F"]
)
def test_what_is_free_may_be_had(keys: str) -> None:
    assert refusal(keys, _ROLE, "linux") == ""


@pytest.mark.parametrize("row", _MENU_ROWS, ids=lambda row: row.id)
@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_the_table_keeps_its_own_rules(row: Shortcut, platform: str) -> None:
    keys = row.keys if platform != "darwin" or row.mac_keys is None else row.mac_keys
    for key in keys:
        assert normal(key) == key
        if key != "F2":  # Means the row in lists, and elsewhere the session.
            assert refusal(key, _ROLE if row is not _ROLE else BY_ID["quit"], platform) == ""
        assert platform != "darwin" or key not in _MAC_EDITING


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.id)
def test_every_key_of_the_table_is_one_that_qt_knows(row: Shortcut) -> None:
    for keys in (*row.keys, *(row.mac_keys or ())):
        assert QKeySequence(keys).toString() == keys
