"""The role editor: nothing that was written is lost by a refusal or a stray Esc."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.models import Role
from chat2anyllm_desktop.ui.dialogs.role_editor import RoleEditor
from chat2anyllm_desktop.ui.theme import Theme

NOW = datetime(2026, 11, 12, tzinfo=UTC)
ROLE = Role(id="r1", name="Reviewer", instructions="Be exact.", created_at=NOW, updated_at=NOW)


@pytest.fixture
def editor(qtbot: QtBot) -> RoleEditor:
    editor = RoleEditor(Theme("light"))
    qtbot.addWidget(editor)
    editor.open()
    return editor


def save_button(editor: RoleEditor) -> QPushButton:
    return next(b for b in editor.findChildren(QPushButton) if b.text() == "Save")


def test_a_new_role_needs_a_name(editor: RoleEditor, qtbot: QtBot) -> None:
    assert not save_button(editor).isEnabled()
    editor.name.setText("  Translator ")
    editor.instructions.setPlainText("Into French.\n\n")
    with qtbot.waitSignal(editor.save_requested) as saved:
        qtbot.mouseClick(save_button(editor), Qt.MouseButton.LeftButton)
    assert saved.args == [None, "Translator", "Into French."]
    assert editor.isVisible()


def test_a_refusal_keeps_what_was_written_and_allows_another_try(editor: RoleEditor, qtbot: QtBot) -> None:
    editor.set_role(ROLE)
    editor.name.setText("Taken")
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not save_button(editor).isEnabled()
    editor.show_error("A role called “Taken” exists already.")
    assert editor.name.text() == "Taken"
    editor.name.setText("Free")
    with qtbot.waitSignal(editor.save_requested) as saved:
        qtbot.mouseClick(save_button(editor), Qt.MouseButton.LeftButton)
    assert saved.args == ["r1", "Free", "Be exact."]


def test_what_is_written_while_it_is_saved_is_not_lost(editor: RoleEditor, qtbot: QtBot) -> None:
    editor.stored("another")  # It was closed before the history answered; this one asked for nothing yet.
    assert editor.isVisible()
    editor.name.setText("Translator")
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    editor.instructions.setPlainText("Into French.")
    editor.stored("r2")
    assert editor.isVisible()
    with qtbot.waitSignal(editor.save_requested) as saved:
        qtbot.mouseClick(save_button(editor), Qt.MouseButton.LeftButton)
    assert saved.args == ["r2", "Translator", "Into French."]
    qtbot.keyClick(editor, Qt.Key.Key_Escape)  # The answer may still come.
    editor.stored("r2")
    assert not editor.isVisible()


def test_escape_closes_at_once_only_when_nothing_would_be_lost(editor: RoleEditor, qtbot: QtBot) -> None:
    editor.set_role(ROLE)
    editor.instructions.setPlainText("Be exact and kind.")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert editor.isVisible()
    with qtbot.waitSignal(editor.finished):
        qtbot.keyClick(editor, Qt.Key.Key_Escape)


def test_an_untouched_role_closes_at_escape(editor: RoleEditor, qtbot: QtBot) -> None:
    editor.set_role(ROLE)
    assert editor.windowTitle() == "Edit role"
    with qtbot.waitSignal(editor.finished):
        qtbot.keyClick(editor, Qt.Key.Key_Escape)
