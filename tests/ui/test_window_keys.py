"""Keys in the real window: every action is carried out and can be reached, tooltips tell the key in force, own keys last."""

from __future__ import annotations

import ast
import asyncio
import inspect
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QWidget

from chat2anyllm_desktop.paths import settings_file
from chat2anyllm_desktop.ui import key_rules, main_window
from chat2anyllm_desktop.ui.dialogs.settings import SettingsDialog
from chat2anyllm_desktop.ui.dialogs.shortcuts import ShortcutsDialog
from chat2anyllm_desktop.ui.shortcuts import BY_ID, KEYS, TABLE, key_words, words_of
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.ui.scripted import gateway
from tests.ui.window_driver import WindowDriver, open_window

Write = Callable[[str], Path]
_CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def _keys_of_the_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CHAT2ANYLLM_LOCAL_ENABLED", "off")
    yield
    KEYS.load({})


async def outside(act: Callable[[], object]) -> None:
    """Do it between the tasks: a key through Qt's tests lets other events go first, and the step of another task that
    came among them would be lost."""
    done = asyncio.get_running_loop().create_future()

    def run() -> None:
        act()
        done.set_result(None)

    asyncio.get_running_loop().call_soon(run)
    await done


async def click(
    widget: QWidget, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """A key for this widget."""
    await outside(lambda: QTest.keyClick(widget, key, modifiers))


async def press(
    desk: WindowDriver, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """A key for the window, so that its shortcuts are asked first, as for a real key."""
    handle = desk.window.windowHandle()
    assert handle is not None
    await outside(lambda: QTest.keyClick(handle, key, modifiers))


async def activate(desk: WindowDriver) -> None:
    """Give the message field the keyboard."""
    desk.window.activateWindow()
    desk.composer.setFocus()
    await desk.until(desk.composer.editor.hasFocus, "the keyboard")


async def sheet_of(desk: WindowDriver) -> ShortcutsDialog:
    desk.window.actions_by_id["shortcuts"].trigger()

    def shown() -> list[ShortcutsDialog]:
        return [sheet for sheet in desk.window.findChildren(ShortcutsDialog) if sheet.isVisible()]

    await desk.until(shown, "the sheet of keys")
    return shown()[0]


def entries(menu: QMenu) -> Iterator[tuple[QMenu, QAction]]:
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from entries(inner)
        else:
            yield menu, action


def test_every_row_is_carried_out_by_the_window_or_by_what_is_joined_to_it(qt_loop: LoopRunner) -> None:
    tree = ast.parse(inspect.getsource(main_window))
    in_window = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            joined = set(desk.wiring._actions._actions)
            rows = {row.id for row in TABLE if row.in_menu}
            assert rows == set(desk.window.actions_by_id)
            dead = rows - joined - in_window
            assert not dead, f"nothing happens for {dead}"
            assert joined - rows == {"escape"}, "carried out and in no menu"
            told: list[str] = []
            desk.window.action_requested.connect(told.append)
            assert all(row in joined for row in told)
            assert {row.id for row in TABLE if row.checkable} == {
                name for name, action in desk.window.actions_by_id.items() if action.isCheckable()
            }
            unticked = {row.id for row in TABLE if row.checkable} - set(desk.window.menus.ticks)
            assert unticked == {"toggle_sessions", "toggle_roles", "show_archived"}  # Their own actions know.

    qt_loop.run(scenario())


def test_every_action_is_reached_by_a_key_or_by_the_letters_of_the_menus(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            menus = [action.menu() for action in desk.window.menuBar().actions()]
            titles = [
                QKeySequence.mnemonic(action.text()).toString() for action in desk.window.menuBar().actions()
            ]
            assert all(titles)
            assert len(set(titles)) == len(titles)
            found = [entry for menu in menus if isinstance(menu, QMenu) for entry in entries(menu)]
            ours = set(desk.window.actions_by_id.values())
            assert ours <= {action for _, action in found}
            letters = [
                (menu, QKeySequence.mnemonic(action.text()).toString())
                for menu, action in found
                if action in ours
            ]
            assert all(letter for _, letter in letters)
            assert len(set(letters)) == len(letters)

    qt_loop.run(scenario())


def test_f10_and_the_arrow_keys_lead_through_the_menus(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await activate(desk)
            await press(desk, Qt.Key.Key_F10)
            await desk.until(QApplication.activePopupWidget, "a menu")
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu)
            await click(menu, Qt.Key.Key_N)
            await desk.until(lambda: QApplication.activePopupWidget() is None, "the end of the menu")
            await desk.until(desk.composer.editor.hasFocus, "the keyboard back")

    qt_loop.run(scenario())


def buttons(desk: WindowDriver) -> dict[str, QWidget]:
    """What is pressed in the window, by the action that does the same."""
    header = desk.window.header
    return {
        "new_session": desk.window.sessions_dock._add,
        "new_role": desk.window.roles_dock._add,
        "pick_model": header.model_button,
        "clear_role": header.role_chip._cross,
        "plan_mode": header.plan_chip._cross,
        "diagnose_gateway": header.gateway_dot,
        "diagnose_database": header.database_dot,
        "close_notice": desk.window.notices._close,
        "jump_to_latest": desk.shell.view._overlays.jump,
    }


def test_tooltips_and_menus_tell_the_key_that_is_in_force_now(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            for name, button in buttons(desk).items():
                if keys := words_of(name):
                    assert f"({keys})" in button.toolTip(), name
            own = {name: (f"Ctrl+Alt+{at}",) for at, name in enumerate(buttons(desk))}
            KEYS.load(own)
            for name, button in buttons(desk).items():
                assert f"({key_words(own[name][0])})" in button.toolTip(), name
                assert desk.window.actions_by_id[name].shortcuts() == [QKeySequence(own[name][0])]
            KEYS.load(dict.fromkeys(own, ()))
            for name, button in buttons(desk).items():
                assert "(" not in button.toolTip(), name
                assert desk.window.actions_by_id[name].shortcuts() == []

    qt_loop.run(scenario())


def test_a_key_of_ones_own_lasts(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def first() -> None:
        async with open_window() as desk:
            await desk.ready()
            sheet = await sheet_of(desk)
            await outside(lambda: QTest.keyClicks(sheet.field, "copy last"))
            await click(sheet.field, Qt.Key.Key_Return)
            await click(sheet.panel.recorder, Qt.Key.Key_F, _CTRL)  # That of "Find in session".
            await click(sheet.panel, Qt.Key.Key_Escape)
            await click(sheet.field, Qt.Key.Key_Return)
            await click(sheet.panel.recorder, Qt.Key.Key_8, _CTRL)
            await desk.until(lambda: settings_file().exists(), "the settings file")
            sheet.close()

    async def second() -> None:
        async with open_window() as desk:
            await desk.ready()
            assert desk.window.actions_by_id["copy_answer"].shortcut().toString() == "Ctrl+8"
            assert desk.window.actions_by_id["find"].shortcut().toString() == "Ctrl+F"
            await desk.send("Hello")
            await desk.answered()
            QApplication.clipboard().clear()
            await press(desk, Qt.Key.Key_8, _CTRL)
            await desk.until(lambda: QApplication.clipboard().text() == "Yes", "the copy")
            sheet = await sheet_of(desk)
            sheet.go_to("copy_answer")
            sheet.panel.buttons["reset"].click()
            assert desk.window.actions_by_id["copy_answer"].shortcut().toString() == "Ctrl+Shift+C"
            await desk.until(lambda: "Ctrl+8" not in settings_file().read_text(), "the settings file")

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(first())
        assert tomllib.loads(settings_file().read_text()) == {"keys": {"copy_answer": ["Ctrl+8"]}}
        KEYS.load({})
        qt_loop.run(second())
    assert "keys" not in tomllib.loads(settings_file().read_text())


def test_what_cannot_be_used_in_the_file_is_told_and_kept(qt_loop: LoopRunner, write_settings: Write) -> None:
    file = write_settings('[keys]\nfind = ["Ctrl+Foo"]\nquit = "F12"\nof_a_newer_version = ["F9"]\n')

    async def scenario() -> None:
        async with open_window() as desk:
            notice = await desk.hears("“Ctrl+Foo” is no key")
            assert "Find in session" in notice.sentence
            assert desk.window.actions_by_id["find"].shortcut().toString() == "Ctrl+F"
            assert desk.window.actions_by_id["quit"].shortcut().toString() == "F12"
            sheet = await sheet_of(desk)
            sheet.list.setFocus()
            sheet.go_to("find")
            await click(sheet.list, Qt.Key.Key_Delete)
            await desk.until(lambda: "Ctrl+Foo" not in file.read_text(), "the settings file")
            await desk.until(lambda: desk.window.notices.notice is None, "the end of the notice")

    qt_loop.run(scenario())
    assert tomllib.loads(file.read_text())["keys"] == {
        "find": [],
        "quit": "F12",
        "of_a_newer_version": ["F9"],
    }


def test_a_key_of_the_window_goes_before_what_a_field_would_do(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On X11 fields clear the rest of their line at Ctrl+K; here a key that they answer on every system stands for it."""
    monkeypatch.setattr(key_rules, "refusal", lambda *_: "")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            told: list[str] = []
            desk.window.action_requested.connect(told.append)
            await activate(desk)
            for taken in (False, True):
                KEYS.load({"find_next": ("Ctrl+Backspace",)} if taken else {})
                desk.composer.set_text("one two")
                await press(desk, Qt.Key.Key_Backspace, _CTRL)
                assert desk.composer.text == ("one two" if taken else "one ")
                assert told == (["find_next"] if taken else [])

    qt_loop.run(scenario())


def test_what_sends_is_on_the_sheet_as_it_is_set(qt_loop: LoopRunner, write_settings: Write) -> None:
    write_settings('send_key = "ctrl_enter"\n')

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            assert words_of("send") == key_words("Ctrl+Return")
            desk.wiring.preferences.save({"send_key": "enter"})
            await desk.until(lambda: words_of("send") == key_words("Return"), "the other key")

    qt_loop.run(scenario())


def test_plan_mode_is_asked_for_once_and_then_switched(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            toggle = desk.window.actions_by_id["plan_mode"]
            await desk.type("Draft")
            toggle.trigger()
            await desk.hears("Plan mode needs two models")
            assert desk.composer.text == "Draft"
            desk.composer.set_text("")
            toggle.trigger()
            assert desk.composer.text == "/model:plan-mode "
            desk.composer.set_text("")
            name = desk.wiring.controller.connections.listed[0].name
            await desk.send(f"/model:plan-mode {name} {name}")
            settings = desk.conversation
            await desk.until(lambda: settings.session.settings.plan is not None, "plan mode")
            toggle.trigger()
            await desk.until(lambda: settings.session.settings.plan is None, "the end of plan mode")
            toggle.trigger()
            await desk.until(lambda: settings.session.settings.plan is not None, "plan mode again")

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_notices_are_answered_and_closed_by_actions(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            answered: list[str] = []
            announcer = desk.wiring.controller.announcer
            announcer.say("one", "One.", answers={"Undo": lambda: answered.append("one")})
            announcer.say("two", "Two.")
            desk.window.actions_by_id["close_notice"].trigger()
            assert desk.window.notices.notice is not None
            assert desk.window.notices.notice.key == "one"
            desk.window.actions_by_id["answer_notice"].trigger()
            assert answered == ["one"]

    qt_loop.run(scenario())


def test_panels_float_and_the_window_fills_the_screen_by_actions(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            actions = desk.window.actions_by_id
            actions["float_roles"].trigger()
            assert desk.window.roles_dock.isFloating()
            actions["float_roles"].trigger()
            assert not desk.window.roles_dock.isFloating()
            actions["full_screen"].trigger()
            assert desk.window.isFullScreen()
            desk.window.menus.by_place[BY_ID["full_screen"].place].aboutToShow.emit()
            assert actions["full_screen"].isChecked()
            actions["full_screen"].trigger()
            assert not desk.window.isFullScreen()

    qt_loop.run(scenario())


def test_the_settings_lead_to_the_keys(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.wiring.preferences.open("send_key")

            def shown(kind: type[QWidget]) -> list[QWidget]:
                return [widget for widget in desk.window.findChildren(kind) if widget.isVisible()]

            await desk.until(lambda: shown(SettingsDialog), "the settings")
            (settings,) = shown(SettingsDialog)
            button = next(b for b in settings.findChildren(QPushButton) if b.text() == "Keyboard shortcuts…")
            button.click()
            await desk.until(lambda: shown(ShortcutsDialog), "the sheet of keys")
            (sheet,) = shown(ShortcutsDialog)
            sheet.close()
            await desk.until(lambda: not shown(ShortcutsDialog), "the end of the sheet")
            assert settings.isVisible()

    qt_loop.run(scenario())
