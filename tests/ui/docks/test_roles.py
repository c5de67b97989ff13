"""The roles panel: choose, choose again, edit, delete."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.models import Role
from chat2anyllm_desktop.ui.docks.roles import RolesDock
from chat2anyllm_desktop.ui.docks.rows import ROW_ROLE
from chat2anyllm_desktop.ui.plain_text import TOOLTIP_LENGTH
from chat2anyllm_desktop.ui.theme import Theme

NOW = datetime(2026, 11, 12, tzinfo=UTC)
ROLES = [
    Role(
        id=name, name=name.title(), instructions=f"Be {name}.\n<b>Always</b>.", created_at=NOW, updated_at=NOW
    )
    for name in ("brief", "exact", "kind")
]


@pytest.fixture
def dock(qtbot: QtBot) -> RolesDock:
    dock = RolesDock(Theme("light"))
    qtbot.addWidget(dock)
    dock.set_roles(ROLES)
    dock.resize(260, 300)
    dock.show()
    return dock


def click(dock: RolesDock, qtbot: QtBot, role_id: str) -> list[object] | None:
    dock.list.doItemsLayout()
    place = dock.list.visualRect(dock.model.index_of(role_id)).center()
    with qtbot.waitSignal(dock.role_requested) as asked:
        qtbot.mouseClick(dock.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    return asked.args


def test_a_click_chooses_and_a_second_one_clears(dock: RolesDock, qtbot: QtBot) -> None:
    assert click(dock, qtbot, "exact") == ["exact"]
    dock.set_current("exact")
    assert dock.model.index_of("exact").data(ROW_ROLE).checked
    assert click(dock, qtbot, "kind") == ["kind"]
    assert click(dock, qtbot, "exact") == [None]


def test_keys_choose_edit_and_delete(dock: RolesDock, qtbot: QtBot) -> None:
    dock.focus_list()
    qtbot.keyClick(dock.list, Qt.Key.Key_Down)
    with qtbot.waitSignal(dock.role_requested) as chosen:
        qtbot.keyClick(dock.list, Qt.Key.Key_Return)
    with qtbot.waitSignal(dock.edit_requested) as edited:
        qtbot.keyClick(dock.list, Qt.Key.Key_F2)
    with qtbot.waitSignal(dock.delete_requested) as deleted:
        qtbot.keyClick(dock.list, Qt.Key.Key_Delete)
    assert chosen.args == edited.args == deleted.args == ["exact"]


def test_the_tooltip_shows_instructions_as_they_are_written(dock: RolesDock) -> None:
    tip = dock.model.index_of("brief").data(Qt.ItemDataRole.ToolTipRole)
    assert "Be brief.\n&lt;b&gt;Always" in tip
    dock.set_roles([Role(id="long", name="Long", instructions="x" * 9000, created_at=NOW, updated_at=NOW)])
    assert dock.model.index_of("long").data(Qt.ItemDataRole.ToolTipRole).count("x") == TOOLTIP_LENGTH


def test_a_new_list_keeps_the_focused_role(dock: RolesDock) -> None:
    dock.list.setCurrentIndex(dock.model.index_of("kind"))
    dock.set_roles(ROLES[1:])
    assert dock.list.currentIndex() == dock.model.index_of("kind")


def test_screen_readers_hear_which_is_active(dock: RolesDock) -> None:
    dock.set_current("kind")
    assert dock.model.index_of("kind").data(Qt.ItemDataRole.AccessibleTextRole) == "Kind, active"
    assert dock.list.accessibleName() == "Roles"
