"""The sessions panel with real widgets: order, marks, keys, renaming in place, many rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.models import Session
from chat2anyllm_desktop.ui.docks.rows import KEY_ROLE, ROW_ROLE
from chat2anyllm_desktop.ui.docks.sessions import SessionsDock
from chat2anyllm_desktop.ui.theme import Theme

NOW = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)


def session(name: str, age: timedelta = timedelta(0), title: str = "") -> Session:
    moment = NOW - age
    return Session(id=name, title=title or name.title(), created_at=moment, updated_at=moment)


FIVE = [session(name, timedelta(days=day)) for day, name in enumerate(("ann", "bob", "cid", "dan", "eve"))]


@pytest.fixture
def dock(qtbot: QtBot) -> SessionsDock:
    dock = SessionsDock(Theme("light"), clock=lambda: NOW, zone=ZoneInfo("UTC"))
    qtbot.addWidget(dock)
    dock.resize(260, 500)
    dock.show()
    return dock


def rows(dock: SessionsDock) -> list[str]:
    indexes = [dock.model.index(row) for row in range(dock.model.rowCount())]
    return [index.data(KEY_ROLE) or f"[{index.data(ROW_ROLE).text}]" for index in indexes]


def select(dock: SessionsDock, session_id: str) -> None:
    dock.list.setFocus()
    dock.list.setCurrentIndex(dock.model.index_of(session_id))


def test_rows_stand_in_their_groups(dock: SessionsDock) -> None:
    dock.set_sessions(FIVE)
    assert rows(dock) == ["[Today]", "ann", "[Yesterday]", "bob", "[Previous 7 days]", "cid", "dan", "eve"]


def test_a_changed_session_moves_alone(dock: SessionsDock, qtbot: QtBot) -> None:
    dock.set_sessions(FIVE)
    select(dock, "dan")
    with qtbot.assertNotEmitted(dock.model.modelReset):
        dock.upsert_session(replace(FIVE[2], updated_at=NOW + timedelta(minutes=1)))
    assert rows(dock) == ["[Today]", "cid", "ann", "[Yesterday]", "bob", "[Previous 7 days]", "dan", "eve"]
    assert dock.list.currentIndex().data(KEY_ROLE) == "dan"


def test_a_new_title_repaints_one_row(dock: SessionsDock, qtbot: QtBot) -> None:
    dock.set_sessions(FIVE)
    with (
        qtbot.assertNotEmitted(dock.model.rowsInserted),
        qtbot.assertNotEmitted(dock.model.rowsRemoved),
        qtbot.waitSignal(dock.model.row_changed) as changed,
    ):
        dock.upsert_session(replace(FIVE[1], title="Renamed"))
    assert changed.args is not None
    assert changed.args[0].data(KEY_ROLE) == "bob"
    assert changed.args[0].data(ROW_ROLE).text == "Renamed"


def test_headings_come_and_go(dock: SessionsDock) -> None:
    dock.set_sessions(FIVE[:1])
    dock.upsert_session(replace(FIVE[1], pinned=True))
    assert rows(dock) == ["[Pinned]", "bob", "[Today]", "ann"]
    dock.remove_session("ann")
    assert rows(dock) == ["[Pinned]", "bob"]
    dock.remove_session("bob")
    assert rows(dock) == []
    dock.remove_session("nobody")
    assert rows(dock) == []


def test_many_changes_at_once_give_the_same_order_as_a_fresh_list(dock: SessionsDock) -> None:
    sessions = [session(f"s{n:03}", timedelta(hours=n)) for n in range(200)]
    dock.set_sessions(sessions)
    changed = [replace(s, updated_at=NOW + timedelta(seconds=n)) for n, s in enumerate(sessions[::2])]
    dock.upsert_sessions(changed)
    moved = rows(dock)
    dock.set_sessions([*changed, *sessions[1::2]])
    assert moved == rows(dock)


def test_marks_follow_the_facts(dock: SessionsDock) -> None:
    dock.set_sessions(FIVE)
    dock.set_streaming("bob", True)
    dock.set_unread("cid", True)
    dock.set_current("ann")
    assert dock.model.index_of("bob").data(ROW_ROLE).busy
    assert dock.model.index_of("cid").data(ROW_ROLE).unread
    assert dock.model.index_of("ann").data(ROW_ROLE).chosen
    said = dock.model.index_of("bob").data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("Bob")
    assert "answering" in said
    dock.set_streaming("bob", False)
    assert not dock.model.index_of("bob").data(ROW_ROLE).busy


def test_a_click_opens_a_session_and_a_heading_nothing(dock: SessionsDock, qtbot: QtBot) -> None:
    dock.set_sessions(FIVE)
    dock.list.doItemsLayout()
    place = dock.list.visualRect(dock.model.index_of("bob")).center()
    with qtbot.waitSignal(dock.session_requested) as opened:
        qtbot.mouseClick(dock.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.args == ["bob"]
    heading = dock.list.visualRect(dock.model.index(0)).center()
    with qtbot.assertNotEmitted(dock.session_requested):
        qtbot.mouseClick(dock.list.viewport(), Qt.MouseButton.LeftButton, pos=heading)


def test_arrows_pass_over_headings_and_enter_opens(dock: SessionsDock, qtbot: QtBot) -> None:
    dock.set_sessions(FIVE)
    select(dock, "ann")
    qtbot.keyClick(dock.list, Qt.Key.Key_Down)
    with qtbot.waitSignal(dock.session_requested) as opened:
        qtbot.keyClick(dock.list, Qt.Key.Key_Return)
    assert opened.args == ["bob"]


def test_delete_asks_for_the_focused_session(dock: SessionsDock, qtbot: QtBot) -> None:
    dock.set_sessions(FIVE)
    select(dock, "cid")
    with qtbot.waitSignal(dock.delete_requested) as deleted:
        qtbot.keyClick(dock.list, Qt.Key.Key_Delete)
    assert deleted.args == ["cid"]
    assert "cid" in rows(dock)  # it goes when the store says so


def test_renaming_in_place_is_a_wish(dock: SessionsDock, qtbot: QtBot) -> None:
    dock.set_sessions(FIVE)
    select(dock, "bob")
    qtbot.keyClick(dock.list, Qt.Key.Key_F2)
    editor = dock.list.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "Bob"
    # Another session moves to the top meanwhile; the editor stays where it is.
    dock.upsert_session(replace(FIVE[4], updated_at=NOW + timedelta(minutes=1)))
    assert editor.isVisible()
    qtbot.keyClicks(editor, "Robert")
    with (
        qtbot.assertNotEmitted(dock.session_requested),
        qtbot.waitSignal(dock.rename_requested) as renamed,
    ):
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert renamed.args == ["bob", "Robert"]
    assert dock.model.index_of("bob").data(ROW_ROLE).text == "Bob"
    qtbot.waitUntil(lambda: rows(dock)[:2] == ["[Today]", "eve"])


def test_an_unchanged_or_empty_title_is_no_wish(dock: SessionsDock, qtbot: QtBot) -> None:
    dock.set_sessions(FIVE)
    select(dock, "bob")
    with qtbot.assertNotEmitted(dock.rename_requested):
        for text in ("Bob", "   "):
            dock.rename("bob")
            editor = [e for e in dock.list.findChildren(QLineEdit) if e.isVisible()][-1]
            editor.setText(text)
            qtbot.keyClick(editor, Qt.Key.Key_Return)
            qtbot.waitUntil(lambda: not dock.list.findChildren(QLineEdit))


def test_the_filter_takes_all_words_and_enter_opens_the_first(dock: SessionsDock, qtbot: QtBot) -> None:
    dock.set_sessions([*FIVE, session("fox", title="The quick brown Fox"), session("fog", title="Brown fog")])
    dock.focus_filter()
    field = dock.findChild(QLineEdit)
    assert field is not None
    qtbot.keyClicks(field, "fo BROWN")
    assert sorted(dock.model.shown()) == ["fog", "fox"]
    with qtbot.waitSignal(dock.session_requested) as opened:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert opened.args == [dock.model.shown()[0]]
    qtbot.keyClicks(field, " nothing")
    assert rows(dock) == []
    assert "nothing" in dock.list.empty_text
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert len(dock.model.shown()) == 7


def test_neighbours_are_those_on_show(dock: SessionsDock) -> None:
    dock.set_sessions(FIVE)
    assert dock.neighbour(1) == "ann"
    dock.set_current("bob")
    assert (dock.neighbour(-1), dock.neighbour(1)) == ("ann", "cid")
    dock.set_current("eve")
    assert dock.neighbour(1) is None


def test_the_current_session_stays_in_view_when_it_moves(dock: SessionsDock) -> None:
    sessions = [session(f"s{n:03}", timedelta(hours=n)) for n in range(300)]
    dock.set_sessions(sessions)
    dock.set_current("s200")
    area = dock.list.viewport().rect()
    assert area.intersects(dock.list.visualRect(dock.model.index_of("s200")))
    dock.upsert_session(replace(sessions[200], updated_at=NOW + timedelta(minutes=1)))
    assert area.intersects(dock.list.visualRect(dock.model.index_of("s200")))


def test_what_a_title_says_is_never_taken_for_html(dock: SessionsDock) -> None:
    dock.set_sessions([session("evil", title='<img src="file:///etc/passwd"> & more')])
    tip = dock.model.index_of("evil").data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip
    assert "&lt;img" in tip


def test_ten_thousand_sessions_are_all_there(dock: SessionsDock) -> None:
    dock.set_sessions(session(f"s{n:05}", timedelta(minutes=n)) for n in range(10_000))
    assert len(dock.model.shown()) == 10_000
    dock.upsert_session(session("new", timedelta(minutes=-1)))
    assert dock.model.shown()[0] == "new"
    assert dock.list.uniformItemSizes()


def test_buttons_and_lists_have_names(dock: SessionsDock) -> None:
    assert dock.list.accessibleName() == "Sessions"
    reachable = [b for b in dock.findChildren(QToolButton) if b.focusPolicy() != Qt.FocusPolicy.NoFocus]
    named = [button.accessibleName() for button in reachable]
    assert all(named)
    assert "New session" in named


def test_the_switch_for_archived_sessions_tells(dock: SessionsDock, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dock.archived_requested) as asked:
        dock.extras[0].trigger()
    assert asked.args == [True]


def open_menu() -> QMenu:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


@pytest.mark.parametrize(
    ("text", "signal", "wish"),
    [
        ("Pin", "pin_requested", ["bob", True]),
        ("Duplicate", "duplicate_requested", ["bob"]),
        ("Export…", "export_requested", ["bob"]),
        ("Archive", "archive_requested", ["bob", True]),
        ("Delete", "delete_requested", ["bob"]),
    ],
)
def test_the_menu_of_a_row_asks(
    dock: SessionsDock, qtbot: QtBot, text: str, signal: str, wish: list[object]
) -> None:
    dock.set_sessions(FIVE)
    dock.list.menu_asked.emit("bob", QPoint(10, 10))
    menu = open_menu()
    action = next(action for action in menu.actions() if action.text() == text)
    with qtbot.waitSignal(getattr(dock, signal)) as asked:
        action.trigger()
    assert asked.args == wish
    menu.close()


def test_the_menu_of_a_pinned_and_archived_row_undoes_both(dock: SessionsDock) -> None:
    dock.set_sessions([replace(FIVE[1], pinned=True, archived_at=NOW)])
    dock.list.menu_asked.emit("bob", QPoint(10, 10))
    menu = open_menu()
    words = [action.text() for action in menu.actions()]
    assert "Unpin" in words
    assert "Bring back from the archive" in words
    menu.close()


def test_the_title_bar_has_a_menu_to_float_and_close(dock: SessionsDock, qtbot: QtBot) -> None:
    more = next(b for b in dock.findChildren(QToolButton) if b.accessibleName() == "Sessions: more")
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    menu = open_menu()
    assert [action.text() for action in menu.actions() if action.text()] == [
        "Show archived",
        "Put back",
        "Close",
    ]
    menu.actions()[-1].trigger()
    assert dock.isHidden()
    menu.close()
