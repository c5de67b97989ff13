"""The header shows facts and turns clicks into wishes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.models import Model, PlanModels, Role
from chat2anyllm_desktop.ui.facts import ConnectionState, Health
from chat2anyllm_desktop.ui.header import Header
from chat2anyllm_desktop.ui.theme import Theme

NOW = datetime(2026, 11, 12, tzinfo=UTC)
ROLE = Role(id="r", name="Reviewer", instructions="Be exact.", created_at=NOW, updated_at=NOW)


@pytest.fixture
def header(qtbot: QtBot) -> Header:
    header = Header(Theme("light"))
    qtbot.addWidget(header)
    header.resize(900, 44)
    header.show()
    return header


def test_a_double_click_renames(header: Header, qtbot: QtBot) -> None:
    header.set_title("Old title")
    qtbot.mouseDClick(header.title, Qt.MouseButton.LeftButton)
    editor = header.findChild(QLineEdit)
    assert editor is not None
    assert editor.selectedText() == "Old title"
    qtbot.keyClicks(editor, "New  title ")
    with qtbot.waitSignal(header.rename_requested) as renamed:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert renamed.args == ["New title"]
    assert header.title.text == "Old title"  # until the store has it


def test_escape_keeps_the_title(header: Header, qtbot: QtBot) -> None:
    header.set_title("Old title")
    header.title.edit()
    editor = header.findChild(QLineEdit)
    assert editor is not None
    qtbot.keyClicks(editor, "Other")
    with qtbot.assertNotEmitted(header.rename_requested, wait=50):
        qtbot.keyClick(editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: header.findChild(QLineEdit) is None)
    assert header.title.text == "Old title"


def test_chips_show_only_what_is_on(header: Header, qtbot: QtBot) -> None:
    assert not header.role_chip.isVisible()
    assert not header.plan_chip.isVisible()
    header.set_role(ROLE)
    header.set_plan(PlanModels(planning="big", answering="small"))
    assert header.role_chip.accessibleName() == "Reviewer"
    assert header.plan_chip.accessibleName() == "big → small"
    assert "Be exact." in header.role_chip.toolTip()
    for chip, signal in (
        (header.role_chip, header.role_clear_requested),
        (header.plan_chip, header.plan_clear_requested),
    ):
        assert chip.isVisible()
        cross = chip.findChild(QAbstractButton)
        assert cross is not None
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(cross, Qt.MouseButton.LeftButton)
    header.set_role(None)
    header.set_plan(None)
    assert not header.role_chip.isVisible()
    assert not header.plan_chip.isVisible()


def test_dots_say_their_state_and_ask_for_a_diagnosis(header: Header, qtbot: QtBot) -> None:
    header.set_gateway_state(ConnectionState(Health.FAULT, "cannot be reached"))
    header.set_database_state(ConnectionState(Health.OK, "kept on this computer"))
    assert header.gateway_dot.accessibleName() == "Gateway: cannot be reached"
    assert header.database_dot.accessibleName() == "History: kept on this computer"
    for dot, name in ((header.gateway_dot, "gateway"), (header.database_dot, "database")):
        with qtbot.waitSignal(header.diagnose_requested) as asked:
            qtbot.mouseClick(dot, Qt.MouseButton.LeftButton)
        assert asked.args == [name]


def test_every_state_looks_different(header: Header) -> None:
    pictures = set()
    for health in Health:
        header.set_gateway_state(ConnectionState(health, "state"))
        image = (
            header.gateway_dot.grab()
            .toImage()
            .convertToFormat(header.gateway_dot.grab().toImage().Format.Format_Grayscale8)
        )
        pictures.add(bytes(image.constBits()))
    assert len(pictures) == len(Health)


def test_the_picker_opens_by_call_and_its_choice_is_a_wish(header: Header, qtbot: QtBot) -> None:
    header.set_models([Model(name="one"), Model(name="two")])
    header.set_model("one")
    assert header.model_button.accessibleName() == "Model: one"
    header.open_model_picker()
    popup = QApplication.activePopupWidget()
    assert popup is not None
    field = popup.findChild(QLineEdit)
    assert field is not None
    qtbot.keyClicks(field, "two")
    with qtbot.waitSignal(header.model_requested) as asked:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert asked.args == ["two"]


def test_a_long_model_name_keeps_both_ends(header: Header) -> None:
    header.set_model("vendor/a-very-long-model-name-that-goes-on-and-on-instruct-v2")
    assert header.model_button.text().startswith("vendor/")
    assert header.model_button.text().endswith("instruct-v2")
    assert len(header.model_button.text()) <= 33


def test_the_theme_menu_offers_three(header: Header, qtbot: QtBot) -> None:
    qtbot.mouseClick(header.theme_button, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    checked = [action.text() for action in menu.actions() if action.isChecked()]
    assert checked == ["Light"]
    with qtbot.waitSignal(header.theme_requested) as asked:
        menu.actions()[2].trigger()
    assert asked.args == ["dark"]
    menu.close()


def test_every_button_has_a_name(header: Header) -> None:
    assert all(button.accessibleName() for button in header.findChildren(QAbstractButton))
