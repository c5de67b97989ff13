"""The sessions written in last, in the menu; the window put away and brought back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.ui.desktop.tray import Tray
from chat2anyllm_desktop.ui.shortcuts import Place
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.ui.scripted import gateway, in_steps
from tests.ui.window_driver import WindowDriver, open_window

LONG = "A title that is much longer than what a menu should ever be wide, and then some"


def entries(desk: WindowDriver) -> list[QAction]:
    """Of the menu in the menu."""
    menus = desk.window.menus.by_place[Place.SESSION].findChildren(QMenu) + desk.window.findChildren(QMenu)
    return next(menu for menu in menus if menu.title() == "Recent sessions").actions()


def titles(desk: WindowDriver) -> list[str]:
    return [action.text() for action in entries(desk)]


def test_the_menu_follows_what_becomes_of_sessions(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.until(lambda: titles(desk) == ["No sessions yet"], "an empty menu")
            assert not entries(desk)[0].isEnabled()
            ids = []
            for text in ("First & oldest", "Second"):
                desk.wiring.controller.new_session()
                await desk.send(text)
                await desk.answered()
                ids.append(desk.conversation.session.id)
            await desk.until(lambda: titles(desk) == ["&1  Second", "&2  First && oldest"], "both")
            library = desk.wiring.controller.library
            library.rename(ids[1], "Renamed")
            await desk.until(
                lambda: "Renamed" in titles(desk)[0] or "Renamed" in titles(desk)[1], "the title"
            )
            library.rename(ids[0], LONG)
            await desk.until(lambda: any("A title" in title for title in titles(desk)), "the long title")
            long = next(title for title in titles(desk) if "A title" in title)
            assert long.endswith("…")
            assert len(long) < len(LONG)
            library.show_archived(
                True
            )  # The list of the dock is another one now; what was recent is so still.
            await desk.settle()
            assert len(titles(desk)) == 2
            library.show_archived(False)
            await desk.settle()
            next(action for action in entries(desk) if "A title" in action.text()).trigger()
            await desk.until(lambda: desk.conversation.session.id == ids[0], "the session")
            desk.wiring.controller.delete_session(ids[1])
            await desk.until(lambda: len(titles(desk)) == 1, "the deleted session to go")

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_put_away_with_what_floats_and_brought_back_with_it(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            window = desk.window
            window.stays = lambda: True
            window.sessions_dock.setFloating(True)
            window.sessions_dock.show()
            window.close()
            assert not window.isVisible()
            assert not window.sessions_dock.isVisible()
            await desk.send("Written while nobody looks")
            await desk.answered()
            window.bring_up()
            assert window.isVisible()
            assert window.sessions_dock.isVisible()
            window.close()
            window.quit()
        assert paths.state_folder().joinpath("window.ini").exists()
        async with open_window() as again:
            assert again.window.sessions_dock.isVisible()
            assert again.window.sessions_dock.isFloating()

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_without_a_tray_the_setting_does_nothing(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT2ANYLLM_TRAY", "on")
    monkeypatch.setenv("CHAT2ANYLLM_CLOSE_TO_TRAY", "on")
    assert not QSystemTrayIcon.isSystemTrayAvailable()

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            assert not desk.window.stays()
            desk.window.actions_by_id["settings"].trigger()
            await desk.until(lambda: desk.wiring.preferences._dialog, "the settings")
            dialog = desk.wiring.preferences._dialog
            assert dialog is not None
            await desk.until(dialog.isVisible, "the settings")
            editor = dialog.fields["close_to_tray"]
            assert not editor.isHidden()
            hints = [label.text() for label in dialog.fields["tray"].findChildren(type(dialog._error))]
            assert any("shows no tray" in hint or "CHAT2ANYLLM_TRAY" in hint for hint in hints)
            dialog.reject()

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_the_icon_tells_of_answers(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it looks like: whether there is a tray to show it or not."""
    monkeypatch.setenv("CHAT2ANYLLM_TRAY", "on")

    def picture(tray: Tray) -> bytes:
        image = tray._icon.icon().pixmap(32, 32).toImage()
        return bytes(image.constBits())

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            tray, attention = desk.wiring.surroundings.tray, desk.wiring.surroundings.attention
            assert tray is not None
            quiet = picture(tray)
            await desk.send("Go")
            await desk.until(lambda: attention.busy, "the answer to begin")
            busy = picture(tray)
            assert tray._icon.toolTip().startswith("Chat2AnyLLM\n1 answer")
            desk.wiring.controller.new_session()
            go_on.set()
            await desk.until(lambda: attention.unread, "the answer to end")
            assert tray._icon.toolTip().startswith("Chat2AnyLLM\n1 session")
            assert len({quiet, busy, picture(tray)}) == 3

    script, (go_on,) = in_steps("Half")
    with gateway(monkeypatch, script):
        qt_loop.run(scenario(), 60)


def test_minimised_it_comes_up(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            desk.window.setWindowState(Qt.WindowState.WindowMaximized | Qt.WindowState.WindowMinimized)
            desk.shell.on_called("", "")
            assert desk.window.windowState() == Qt.WindowState.WindowMaximized

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)
