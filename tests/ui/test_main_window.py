"""The window: its actions, its panels, and that it comes back as it was left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.models import Role, Session
from chat2anyllm_desktop.ui.main_window import MainWindow
from chat2anyllm_desktop.ui.shortcuts import TABLE
from chat2anyllm_desktop.ui.theme import Theme

NOW = datetime(2026, 11, 12, tzinfo=UTC)
SESSIONS = [Session(id=name, title=name, created_at=NOW, updated_at=NOW) for name in ("c", "b", "a")]


@pytest.fixture
def make(qtbot: QtBot) -> Callable[[], MainWindow]:
    def window() -> MainWindow:
        transcript = QWidget()
        transcript.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        made = MainWindow(Theme("light"), transcript, QPlainTextEdit())
        qtbot.addWidget(made)
        return made

    return window


def test_it_comes_back_as_it_was_left(make: Callable[[], MainWindow], tmp_path: Path) -> None:
    file = tmp_path / "state" / "window.ini"
    first = make()
    first.resize(780, 600)
    first.show()
    first.roles_dock.close()
    first.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, first.sessions_dock)
    assert first.save_state(file, "session-1")

    second = make()
    assert second.restore_state(file) == "session-1"
    second.show()
    assert second.size() == first.size()
    assert second.roles_dock.isHidden()
    assert second.dockWidgetArea(second.sessions_dock) == Qt.DockWidgetArea.RightDockWidgetArea


def test_a_first_start_and_a_broken_file_give_the_default(
    make: Callable[[], MainWindow], tmp_path: Path
) -> None:
    assert make().restore_state(tmp_path / "none.ini") == ""
    broken = tmp_path / "broken.ini"
    broken.write_bytes(b"\x00\xff[geometry\nlayout=@ByteArray(garbage)\ngeometry=@ByteArray(x)")
    window = make()
    window.restore_state(broken)
    window.show()
    assert not window.sessions_dock.isHidden()


def test_a_place_that_cannot_be_written_is_reported(make: Callable[[], MainWindow]) -> None:
    assert not make().save_state(Path("/proc/none/window.ini"))


def test_every_action_tells_its_id_or_is_carried_out(make: Callable[[], MainWindow]) -> None:
    window = make()
    told: list[str] = []
    window.action_requested.connect(told.append)
    carried_out = {
        "pick_model",
        "pick_role",
        "focus_sessions",
        "focus_composer",
        "focus_transcript",
        "rename_session",
        "previous_session",
        "next_session",
        "close_window",
        "toggle_sessions",
        "toggle_roles",
        "float_sessions",
        "float_roles",
        "show_archived",
        "next_panel",
        "previous_panel",
        "full_screen",
    }
    for name, action in window.actions_by_id.items():
        if name not in carried_out:
            action.trigger()
    assert set(told) == {s.id for s in TABLE if s.in_menu} - carried_out
    assert len(told) == len(set(told))


def test_panels_are_shown_and_hidden_by_key(make: Callable[[], MainWindow]) -> None:
    window = make()
    window.show()
    for name, dock in (("toggle_sessions", window.sessions_dock), ("toggle_roles", window.roles_dock)):
        window.actions_by_id[name].trigger()
        assert dock.isHidden()
        window.actions_by_id[name].trigger()
        assert not dock.isHidden()


def test_shift_f10_opens_the_menu_of_what_has_the_keyboard(
    make: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    window = make()
    window.show()
    window.sessions_dock.set_sessions(SESSIONS)
    window.sessions_dock.set_current("b")
    window.sessions_dock.list.setFocus()
    with qtbot.waitSignal(window.sessions_dock.list.menu_asked) as asked:
        qtbot.keyClick(window.sessions_dock.list, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    assert asked.args[0] == "b"
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    menu.close()


def test_no_two_actions_share_a_key(make: Callable[[], MainWindow]) -> None:
    window = make()
    keys = [key.toString() for action in window.actions_by_id.values() for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("shortcut", [s for s in TABLE if s.keys], ids=lambda s: s.id)
def test_every_key_is_one_that_qt_knows(shortcut: object) -> None:
    for keys in (*shortcut.keys, *(shortcut.mac_keys or ())):  # type: ignore[attr-defined]
        assert QKeySequence(keys).toString()


def test_ctrl_down_goes_to_the_session_below(make: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = make()
    window.sessions_dock.set_sessions(SESSIONS)
    window.sessions_dock.set_current("b")
    for action, wanted in (("next_session", "a"), ("previous_session", "c")):
        with qtbot.waitSignal(window.sessions_dock.session_requested) as asked:
            window.actions_by_id[action].trigger()
        assert asked.args == [wanted]


def test_f2_means_the_row_that_has_the_keyboard(make: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = make()
    window.show()
    window.header.set_title("Title")
    window.sessions_dock.set_sessions(SESSIONS)
    window.roles_dock.set_roles([Role(id="r", name="R", instructions="", created_at=NOW, updated_at=NOW)])
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)

    window.sessions_dock.list.setFocus()
    window.sessions_dock.list.setCurrentIndex(window.sessions_dock.model.index_of("b"))
    window.actions_by_id["rename_session"].trigger()
    editor = window.sessions_dock.list.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "b"
    qtbot.keyClick(editor, Qt.Key.Key_Escape)

    window.actions_by_id["pick_role"].trigger()
    assert window.roles_dock.list.hasFocus()
    with qtbot.waitSignal(window.roles_dock.edit_requested) as edited:
        window.actions_by_id["rename_session"].trigger()
    assert edited.args == ["r"]

    window.actions_by_id["focus_composer"].trigger()
    window.actions_by_id["rename_session"].trigger()
    title = window.header.findChild(QLineEdit)
    assert title is not None
    qtbot.keyClick(title, Qt.Key.Key_Return)
    assert window.composer.hasFocus()  # where it was, not at the next in the order of Tab


def test_f2_on_a_step_of_a_plan_means_the_step(make: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = make()
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.plan_review.show_plan(["Read", "Write"])
    steps = window.plan_review.list
    assert steps is not None
    qtbot.waitUntil(steps.hasFocus)
    handle = window.windowHandle()
    assert handle is not None
    QTest.keyClick(handle, Qt.Key.Key_F2)  # to the window, so that its shortcuts are asked as for a real key
    editor = steps.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "Read"
    assert window.header.findChild(QLineEdit) is None


def test_closing_is_told(make: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = make()
    window.show()
    with qtbot.waitSignal(window.closed):
        window.close()


def test_panels_keep_their_ground_when_they_are_moved(qapp: QApplication) -> None:
    theme = Theme("light")
    theme.apply(qapp)
    window = MainWindow(theme, QWidget(), QPlainTextEdit())
    try:
        window.show()
        dock = window.sessions_dock
        for floating in (False, True, False):
            dock.setFloating(floating)
            assert dock.widget().palette().window().color() == theme.tokens.surface
    finally:
        # Before the style sheet: Qt forgets with it whom it dressed, and would dress what is gone by the next one's time.
        shiboken6.delete(window)
        qapp.setStyleSheet("")
