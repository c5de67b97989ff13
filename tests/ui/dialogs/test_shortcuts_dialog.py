"""The sheet of keys: what it shows, how keys are found, given, taken over, refused and given back, by keys alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.ui.dialogs.key_rows import KeyRow
from chat2anyllm_desktop.ui.dialogs.shortcuts import ShortcutsDialog
from chat2anyllm_desktop.ui.shortcuts import BY_ID, KEYS, TABLE, key_words, title_of
from chat2anyllm_desktop.ui.theme import Theme

_CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def sheet(qtbot: QtBot) -> Iterator[ShortcutsDialog]:
    sheet = ShortcutsDialog(Theme("light"))
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(sheet)
    sheet.open()
    sheet.activateWindow()
    qtbot.waitUntil(sheet.isActiveWindow)
    yield sheet
    KEYS.load({})


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """To whatever has the keyboard."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifiers)


def names(sheet: ShortcutsDialog) -> list[str]:
    return [
        row.shortcut.id for row in sheet.model.rows if isinstance(row, KeyRow) and row.shortcut is not None
    ]


def answers(sheet: ShortcutsDialog) -> list[str]:
    return [
        button.text()
        for button in sheet.panel.findChildren(QPushButton)
        if button.isVisible() and button not in sheet.panel.buttons.values()
    ]


def test_every_row_of_the_table_is_on_the_sheet(sheet: ShortcutsDialog) -> None:
    assert sorted(names(sheet)) == sorted(BY_ID)
    for row in sheet.model.rows:
        if isinstance(row, KeyRow) and row.shortcut is not None:
            assert row.text == title_of(row.shortcut)
            assert row.keys == [key_words(keys) for keys in row.shortcut.platform_keys]
            assert all(keys in row.words for keys in row.keys)
    assert sheet.current is not None
    assert sheet.current.id == TABLE[0].id


def test_it_goes_at_esc(qtbot: QtBot) -> None:
    sheet = ShortcutsDialog(Theme("light"))
    sheet.open()
    with qtbot.waitSignal(sheet.destroyed):
        QTest.keyClick(sheet.field, Qt.Key.Key_Escape)


def test_no_dialog_is_larger_than_its_screen(qtbot: QtBot) -> None:
    sheet = ShortcutsDialog(Theme("light", 200))
    qtbot.addWidget(sheet)
    assert sheet.size() == QSize(1240, 1360).boundedTo(sheet.screen().availableSize()).expandedTo(
        sheet.minimumSizeHint()
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("find sess", {"find"}),
        ("f3", {"find_next", "find_previous"}),
        ("pin", {"pin_session"}),
        ("zzz", set()),
    ],
)
def test_actions_are_found_by_name_and_by_key(sheet: ShortcutsDialog, typed: str, found: set[str]) -> None:
    QTest.keyClicks(sheet.field, typed)
    assert found <= set(names(sheet))
    assert len(names(sheet)) <= len(found) + 2
    assert sheet.panel.buttons["change"].isEnabled() == bool(found)


def test_a_new_key_by_keys_alone(sheet: ShortcutsDialog, qtbot: QtBot) -> None:
    QTest.keyClicks(sheet.field, "new session")
    press(Qt.Key.Key_Return)
    assert sheet.panel.recorder.hasFocus()
    with qtbot.waitSignal(sheet.own_changed) as told:
        press(Qt.Key.Key_9, _CTRL)
    assert told.args == [{"new_session": ("Ctrl+9",)}]
    assert KEYS.of("new_session") == ("Ctrl+9",)
    assert sheet.field.hasFocus()
    assert key_words("Ctrl+9") in sheet.panel.note.text()


def test_a_second_key_none_and_the_first_again(sheet: ShortcutsDialog) -> None:
    sheet.list.setFocus()
    sheet.go_to("new_session")
    sheet.panel.buttons["add"].click()
    press(Qt.Key.Key_F9)
    assert KEYS.of("new_session") == ("Ctrl+N", "F9")
    sheet.panel.buttons["reset"].click()
    assert KEYS.of("new_session") == ("Ctrl+N",)
    assert KEYS.own == {}
    sheet.list.setFocus()
    press(Qt.Key.Key_Delete)
    assert KEYS.of("new_session") == ()
    assert sheet.list.hasFocus()
    assert KEYS.own == {"new_session": ()}


@pytest.mark.parametrize("leave", [Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab])
def test_recording_is_left_by_the_keyboard(sheet: ShortcutsDialog, leave: Qt.Key) -> None:
    sheet.list.setFocus()
    press(Qt.Key.Key_Return)
    assert sheet.panel.is_asking
    press(leave)
    assert not sheet.panel.is_asking
    assert not sheet.panel.recorder.isVisible()
    assert KEYS.own == {}
    assert sheet.isVisible()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.isVisible()


def test_modifiers_alone_are_shown_and_wait_for_their_key(sheet: ShortcutsDialog) -> None:
    sheet.list.setFocus()
    press(Qt.Key.Key_Return)
    recorder = sheet.panel.recorder
    QTest.keyPress(recorder, Qt.Key.Key_Control)
    assert recorder.text() == key_words("Ctrl+A").removesuffix("A") + "…"
    QTest.keyRelease(recorder, Qt.Key.Key_Control, _CTRL)
    assert recorder.text() == ""
    assert sheet.panel.is_asking


@pytest.mark.parametrize(
    ("pressed", "modifiers", "recorded"),
    [
        (Qt.Key.Key_Plus, _CTRL | Qt.KeyboardModifier.ShiftModifier, "Ctrl++"),
        (Qt.Key.Key_5, _CTRL | Qt.KeyboardModifier.KeypadModifier, "Ctrl+5"),
        (Qt.Key.Key_Y, _CTRL | Qt.KeyboardModifier.ShiftModifier, "Ctrl+Shift+Y"),
        (Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier, "Shift+F8"),
    ],
)
def test_what_is_pressed_is_what_is_recorded(
    sheet: ShortcutsDialog, qtbot: QtBot, pressed: Qt.Key, modifiers: Qt.KeyboardModifier, recorded: str
) -> None:
    sheet.list.setFocus()
    press(Qt.Key.Key_Return)
    with qtbot.waitSignal(sheet.panel.recorder.recorded) as told:
        press(pressed, modifiers)
    assert told.args == [recorded]


def test_a_refused_key_says_why_and_another_may_follow(sheet: ShortcutsDialog) -> None:
    sheet.list.setFocus()
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_A)
    assert "is for writing" in sheet.panel.note.text()
    assert sheet.panel.recorder.hasFocus()
    press(Qt.Key.Key_C, _CTRL)
    assert "belongs to the text fields" in sheet.panel.note.text()
    press(Qt.Key.Key_F8)
    assert KEYS.of("new_session") == ("F8",)


def test_a_key_of_another_action_is_taken_over_only_when_that_is_wanted(sheet: ShortcutsDialog) -> None:
    sheet.list.setFocus()
    sheet.go_to("new_session")
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_F, _CTRL)
    assert "Find in session" in sheet.panel.note.text()
    assert answers(sheet) == ["Another key", "Take it over"]
    press(Qt.Key.Key_Escape)
    assert KEYS.own == {}
    assert sheet.isVisible()
    assert sheet.list.hasFocus()

    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_F, _CTRL)
    press(Qt.Key.Key_Space)  # Another key
    assert sheet.panel.recorder.hasFocus()
    press(Qt.Key.Key_F, _CTRL)
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Space)  # Take it over
    assert KEYS.of("new_session") == ("Ctrl+F",)
    assert KEYS.of("find") == ()

    sheet.go_to("find")
    sheet.panel.buttons["reset"].click()  # The way back is asked for in the same way.
    assert "New session" in sheet.panel.note.text()
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Space)
    assert KEYS.of("find") == ("Ctrl+F",)
    assert KEYS.of("new_session") == ()


def test_all_are_reset_after_a_question_and_what_is_not_known_stays(sheet: ShortcutsDialog) -> None:
    KEYS.load({"new_session": ("F8",), "of_a_newer_version": ("F9",), "find": ("no key",)})
    sheet.list.setFocus()
    sheet.panel.show_row(BY_ID["find"])
    sheet.panel.buttons["reset_all"].click()
    assert KEYS.of("new_session") == ("F8",)
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Space)
    assert KEYS.own == {"of_a_newer_version": ("F9",)}
    assert KEYS.of("new_session") == ("Ctrl+N",)


def test_keys_of_the_fields_are_shown_and_not_changed(sheet: ShortcutsDialog) -> None:
    sheet.list.setFocus()
    sheet.go_to("next_message")
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Delete)
    assert not sheet.panel.is_asking
    assert KEYS.own == {}
    assert "cannot be changed" in sheet.panel.note.text()
    assert not any(sheet.panel.buttons[name].isEnabled() for name in ("change", "add", "none", "reset"))


def test_everything_on_it_has_a_name(sheet: ShortcutsDialog) -> None:
    sheet.list.setFocus()
    press(Qt.Key.Key_Return)
    used: list[QWidget] = [sheet.field, sheet.list, sheet.panel.recorder]
    assert all(widget.accessibleName() for widget in used)
    assert sheet.panel.recorder.accessibleDescription()
