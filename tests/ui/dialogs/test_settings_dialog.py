"""The settings window: what it shows, what it locks, what it says was changed."""

from __future__ import annotations

from dataclasses import fields

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QListWidget, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.setting_types import MASK
from chat2anyllm_desktop.settings import Secret, Settings
from chat2anyllm_desktop.ui.dialogs.setting_names import LABELS, PAGES
from chat2anyllm_desktop.ui.dialogs.settings import SettingsDialog
from chat2anyllm_desktop.ui.theme import Theme


def defaults(**changes: object) -> dict[str, object]:
    values: dict[str, object] = {f.name: f.default for f in fields(Settings)}
    shown = {
        name: "" if value is None or isinstance(value, Secret) else value for name, value in values.items()
    }
    return {**shown, **changes}


@pytest.fixture
def dialog(qtbot: QtBot) -> SettingsDialog:
    dialog = SettingsDialog(Theme("light"))
    qtbot.addWidget(dialog)
    dialog.set_values(defaults(), {})
    dialog.open_page()
    return dialog


def editor(dialog: SettingsDialog, name: str) -> QLineEdit:
    found = dialog.fields[name].findChild(QLineEdit)
    assert found is not None
    return found


def press(dialog: SettingsDialog, qtbot: QtBot, text: str) -> None:
    found = next(b for b in dialog.findChildren(QPushButton) if b.text() == text)
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def test_only_what_was_changed_is_saved(dialog: SettingsDialog, qtbot: QtBot) -> None:
    editor(dialog, "gateway_url").setText(" http://localhost:4000 ")
    editor(dialog, "text_scale_percent").setText("120")
    dialog.fields["review_plans"].set_value(True)
    dialog.fields["theme"].set_value("dark")
    with qtbot.waitSignal(dialog.save_requested) as saved:
        press(dialog, qtbot, "Save")
    assert saved.args == [
        {
            "gateway_url": "http://localhost:4000",
            "text_scale_percent": 120,
            "review_plans": True,
            "theme": "dark",
        }
    ]
    assert dialog.isVisible()  # until saving has worked
    dialog.show_error("gateway_url must be an address.")
    assert dialog.isVisible()


def test_what_is_typed_while_it_is_being_saved_is_not_lost(dialog: SettingsDialog, qtbot: QtBot) -> None:
    editor(dialog, "gateway_url").setText("http://localhost:4000")
    press(dialog, qtbot, "Save")
    dialog.fields["theme"].set_value("dark")  # The keychain waits to be unlocked.
    dialog.on_saved()
    assert dialog.isVisible()
    with qtbot.waitSignal(dialog.save_requested) as saved:
        press(dialog, qtbot, "Save")
    assert saved.args == [{"theme": "dark"}]
    with qtbot.waitSignal(dialog.finished):
        dialog.on_saved()


def test_nothing_changed_just_closes(dialog: SettingsDialog, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(dialog.save_requested), qtbot.waitSignal(dialog.finished):
        press(dialog, qtbot, "Save")


def test_every_setting_goes_through_the_fields_unchanged(dialog: SettingsDialog, qtbot: QtBot) -> None:
    values = defaults(
        gateway_url="https://gw.example.org/v1",
        gateway_key=MASK,
        database_url=f"postgresql://me:{MASK}@db.example.org/chat?sslmode=require",
        connect_timeout_s=2.5,
        stall_timeout_s=90.0,
        local_enabled=False,
        local_threads=4,
        send_key="ctrl_enter",
        theme="light",
    )
    dialog.set_values(values, {})
    assert {name: field.value() for name, field in dialog.fields.items()} == {
        name: values[name] for name in dialog.fields
    }
    with qtbot.assertNotEmitted(dialog.save_requested), qtbot.waitSignal(dialog.finished):
        press(dialog, qtbot, "Save")


def test_the_environment_locks_its_fields_and_says_so(dialog: SettingsDialog) -> None:
    names = {
        "gateway_url": "LITELLM_BASE_URL",
        "database_url": "DATABASE_URL",
        "local_enabled": "CHAT2ANYLLM_LOCAL_ENABLED",
    }
    dialog.set_values(defaults(gateway_url="http://env:4000"), names)
    assert editor(dialog, "gateway_url").isReadOnly()
    assert dialog.fields["gateway_url"].locked
    assert dialog.database_password.locked
    tick = dialog.fields["local_enabled"].findChild(QAbstractButton)
    assert tick is not None
    assert not tick.isEnabled()
    labels = [label.text() for label in dialog.fields["gateway_url"].findChildren(type(dialog._error))]
    assert "Set by LITELLM_BASE_URL in the environment." in labels
    said = editor(dialog, "gateway_url").accessibleDescription()
    assert said == "Set by LITELLM_BASE_URL in the environment."
    dialog.set_values(defaults(), {})
    assert not editor(dialog, "gateway_url").isReadOnly()
    assert editor(dialog, "gateway_url").accessibleDescription().startswith("Address of your LiteLLM gateway")


def test_secrets_are_dots_until_asked_for(dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.set_values(defaults(gateway_key=MASK), {})
    key = editor(dialog, "gateway_key")
    assert key.echoMode() == QLineEdit.EchoMode.Password
    assert key.text() == MASK
    eye = dialog.fields["gateway_key"].findChild(QAbstractButton)
    assert eye is not None
    qtbot.mouseClick(eye, Qt.MouseButton.LeftButton)
    assert key.echoMode() == QLineEdit.EchoMode.Normal
    dialog.fields["gateway_key"].hide()
    dialog.fields["gateway_key"].show()
    assert key.echoMode() == QLineEdit.EchoMode.Password


@pytest.mark.parametrize(("place", "typed", "left"), [(0, "x", "x"), (2, "x", "x"), (4, "\b", "")])
def test_half_a_mask_is_no_secret(
    dialog: SettingsDialog, qtbot: QtBot, place: int, typed: str, left: str
) -> None:
    dialog.set_values(defaults(gateway_key=MASK), {})
    key = editor(dialog, "gateway_key")
    key.setCursorPosition(place)
    if typed == "\b":
        qtbot.keyClick(key, Qt.Key.Key_Backspace)
    else:
        qtbot.keyClicks(key, typed)
    with qtbot.waitSignal(dialog.save_requested) as saved:
        press(dialog, qtbot, "Save")
    assert saved.args == [{"gateway_key": left}]


@pytest.mark.parametrize(
    ("url", "password", "given"),
    [
        ("postgresql://me@host/db", "s3cret/@", "postgresql://me:s3cret%2F%40@host/db"),
        ("postgresql://me@host/db", "", "postgresql://me@host/db"),
        ("postgresql://me:typed@host/db", MASK, "postgresql://me:typed@host/db"),
        ("", "left over", ""),
    ],
)
def test_the_database_password_has_a_field_of_its_own(
    dialog: SettingsDialog, qtbot: QtBot, url: str, password: str, given: str
) -> None:
    editor(dialog, "database_url").setText(url)
    dialog.database_password.set_value(password)
    with qtbot.waitSignal(dialog.test_database_requested) as asked:
        dialog.database_test.button.click()
    assert asked.args is not None
    assert asked.args[0]["database_url"] == given


def test_a_stored_password_shows_as_its_mask_and_stays(dialog: SettingsDialog, qtbot: QtBot) -> None:
    stored = f"postgresql://me:{MASK}@host/db"
    dialog.set_values(defaults(database_url=stored), {})
    assert editor(dialog, "database_url").text() == "postgresql://me@host/db"
    editor(dialog, "database_url").setText("postgresql://me@other/db")
    with qtbot.waitSignal(dialog.save_requested) as saved:
        press(dialog, qtbot, "Save")
    assert saved.args == [{"database_url": f"postgresql://me:{MASK}@other/db"}]


def test_the_keyboard_stays_at_the_button_of_a_test_unless_the_user_goes_on(
    dialog: SettingsDialog, qtbot: QtBot
) -> None:
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    button = dialog.gateway_test.button
    for goes_on in (False, True):
        button.setFocus()
        button.click()
        if goes_on:
            editor(dialog, "gateway_url").setFocus()
        dialog.show_gateway_result(False, "No gateway can be reached.")
        assert button.hasFocus() is not goes_on


def test_what_came_of_a_test_is_shown_until_something_changes(dialog: SettingsDialog) -> None:
    dialog.gateway_test.button.click()
    assert not dialog.gateway_test.button.isEnabled()
    dialog.show_gateway_result(True, "Connected: 3 models.")
    assert dialog.gateway_test.sentence == "Connected: 3 models."
    assert dialog.gateway_test.button.isEnabled()
    editor(dialog, "gateway_url").setText("http://other")
    assert dialog.gateway_test.sentence == ""
    dialog.gateway_test.button.click()
    editor(dialog, "gateway_key").setText("another")
    dialog.show_gateway_result(True, "Connected with the old key.")
    assert dialog.gateway_test.sentence == ""
    dialog.database_test.button.click()
    dialog.show_database_result(False, "The database refuses the password.")
    assert dialog.database_test.sentence == "The database refuses the password."


def test_arrow_keys_change_numbers(dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.open_page("appearance")
    qtbot.keyClick(editor(dialog, "text_scale_percent"), Qt.Key.Key_Up)
    assert dialog.fields["text_scale_percent"].value() == 110
    editor(dialog, "text_scale_percent").setText("big")
    assert dialog.fields["text_scale_percent"].value() == "big"  # refused by name when it is saved


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_by_name_and_their_fields_have_names(dialog: SettingsDialog, page: str) -> None:
    dialog.open_page(page)
    shown = [field for field in dialog.fields.values() if field.isVisible()]
    assert shown
    for field in shown:
        named = field.findChildren(QLineEdit) + field.findChildren(QAbstractButton)
        assert all(part.accessibleName() or part.isHidden() or part.text() for part in named)


def test_it_goes_with_the_size_of_text(qtbot: QtBot) -> None:
    theme = Theme("light")
    dialog = SettingsDialog(theme)
    qtbot.addWidget(dialog)
    dialog.set_values(defaults(), {})
    small = dialog.size()
    theme.set_text_scale(150)
    assert dialog.width() > small.width()
    pages = dialog.findChild(QListWidget)
    assert pages is not None
    for row in range(pages.count()):
        words = pages.fontMetrics().horizontalAdvance(pages.item(row).text())
        assert pages.item(row).sizeHint().height() == theme.scaled(32)
        assert words < pages.width()


def test_a_secret_is_hidden_again_when_the_dialog_is_filled_anew(dialog: SettingsDialog) -> None:
    eye = dialog.fields["gateway_key"].findChild(QToolButton)
    assert eye is not None
    eye.click()
    assert editor(dialog, "gateway_key").echoMode() is QLineEdit.EchoMode.Normal
    dialog.set_values(defaults(gateway_key=MASK), {})
    assert editor(dialog, "gateway_key").echoMode() is QLineEdit.EchoMode.Password


def test_every_field_is_named_in_the_table_that_the_palette_reads(dialog: SettingsDialog) -> None:
    assert set(LABELS) == set(dialog.fields)
    assert {name: label for name, (_, label) in LABELS.items()} == {
        name: field.label for name, field in dialog.fields.items()
    }


@pytest.mark.parametrize("name", list(LABELS))
def test_opened_at_a_setting_that_setting_has_the_keyboard(dialog: SettingsDialog, name: str) -> None:
    dialog.open_page(name)
    field, focused = dialog.fields[name], dialog.focusWidget()
    assert field.isVisible()
    assert focused is not None
    assert focused is not field
    assert field.isAncestorOf(focused)


def test_boxes_and_marks_stand_in_line_with_what_is_beside_them(dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.set_values(defaults(), {})
    dialog.show()
    dialog.gateway_test.button.click()
    dialog.show_gateway_result(True, "Connected.")
    qtbot.wait(20)
    mark, words = dialog.gateway_test._verdict._icon, dialog.gateway_test._verdict._sentence
    middles = [widget.mapTo(dialog, widget.rect().center()).y() for widget in (mark, words)]
    assert abs(middles[0] - middles[1]) <= 1
    dialog.open_page("local")
    qtbot.wait(20)
    field = dialog.fields["local_enabled"]
    box = field.findChild(QAbstractButton)
    assert box is not None
    picture = field.grab().toImage()
    assert picture.pixelColor(0, box.geometry().center().y()) != picture.pixelColor(0, field.height() - 1)


def test_a_refusal_leads_to_the_field_that_it_is_about(dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.set_values(defaults(), {})
    dialog.open_page("chat")
    field = dialog.fields["text_scale_percent"]
    field.set_value("huge")
    dialog.show_error("text_scale_percent must be a whole number from 80 to 200.")
    assert dialog.error == "“Text size” must be a whole number from 80 to 200."
    assert field.isVisible()
    focused = dialog.focusWidget()
    assert focused is not None
    assert field.isAncestorOf(focused)


def test_a_connection_is_tried_out_whatever_stands_on_other_pages(
    dialog: SettingsDialog, qtbot: QtBot
) -> None:
    dialog.set_values(defaults(), {})
    dialog.fields["text_scale_percent"].set_value("huge")
    with qtbot.waitSignal(dialog.test_gateway_requested) as asked:
        dialog.gateway_test.button.click()
    assert asked.args is not None
    assert set(asked.args[0]) == {name for name, (page, _) in LABELS.items() if page == "gateway"}


@pytest.mark.parametrize("way", ["accept", "reject"])
def test_a_secret_that_was_typed_does_not_stay_behind_a_closed_window(
    dialog: SettingsDialog, way: str
) -> None:
    dialog.set_values(defaults(), {})
    dialog.open_page("gateway")
    dialog.fields["gateway_key"].set_value("sk-typed")
    dialog.fields["database_url"].set_value("postgresql://me:typed@host/db")
    dialog.fields["proxy_url"].set_value("http://me:typed@proxy")
    getattr(dialog, way)()
    assert [line.text() for line in dialog.findChildren(QLineEdit) if "typed" in line.text()] == []
