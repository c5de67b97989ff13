"""Keys as people read them."""

from __future__ import annotations

import sys

import pytest

from chat2anyllm_desktop.ui.shortcuts import TABLE, Place, key_words, words_of


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS writes signs in place of words")
def test_the_key_that_sends_is_called_enter() -> None:
    assert words_of("send") == "Enter"
    assert key_words("Ctrl+Return") == "Ctrl+Enter"
    assert key_words("") == "" == words_of("archive_session")


@pytest.mark.parametrize("place", Place)
def test_every_place_has_keys_to_tell(place: Place) -> None:
    assert any(words_of(shortcut.id) for shortcut in TABLE if shortcut.place is place)
