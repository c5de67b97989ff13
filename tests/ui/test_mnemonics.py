"""Letters of menus: one for each entry, in every language."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence

from chat2anyllm_desktop.ui.mnemonics import with_mnemonics
from chat2anyllm_desktop.ui.shortcuts import TABLE, Place


def test_initials_before_other_letters() -> None:
    assert with_mnemonics(["Find next", "Find previous", "Next", "X & Y"]) == [
        "&Find next",
        "Find &previous",
        "&Next",
        "&X && Y",
    ]


def test_other_languages_keep_the_letter_of_the_english_words() -> None:
    english = ["File", "New session…", "Rename"]
    assert with_mnemonics(english, ["文件", "新建会话…", "Umbenennen"]) == [
        "文件(&F)",
        "新建会话(&N)…",
        "Umbenennen(&R)",
    ]


def test_more_entries_than_letters_leave_some_without() -> None:
    assert with_mnemonics(["A", "A", "A"]) == ["&A", "A", "A"]


@pytest.mark.parametrize(
    "place", [place for place in Place if any(r.place is place and r.in_menu for r in TABLE)]
)
def test_every_entry_of_a_menu_has_a_letter_of_its_own(place: Place) -> None:
    texts: dict[str, None] = {}
    for row in TABLE:
        if row.place is place:
            texts.setdefault(row.group or row.text)
    letters = [QKeySequence.mnemonic(text).toString() for text in with_mnemonics(list(texts))]
    assert all(letters)
    assert len(set(letters)) == len(letters)


def test_the_menus_have_the_letters_that_people_know() -> None:
    assert with_mnemonics(["File", "Edit", "View", "Session", "Model", "Help"]) == [
        "&File",
        "&Edit",
        "&View",
        "&Session",
        "&Model",
        "&Help",
    ]
