"""Where the keyboard goes: Tab in reading order, F6 from part to part, back when something closes, and never unasked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from chat2anyllm_desktop.ui.composer.editor import ComposerEditor
from chat2anyllm_desktop.ui.dialogs.role_editor import RoleEditor
from chat2anyllm_desktop.ui.transcript.view import TranscriptView
from tests.conftest import LoopRunner
from tests.llm.misbehaving import Script
from tests.ui.scripted import by_question, gateway, in_steps
from tests.ui.surfaces import SCRIPTS, SURFACES, furnish, on_show, shown
from tests.ui.window_driver import WindowDriver, open_window

MOST = 80
"""More stops than the window has."""


def run(
    qt_loop: LoopRunner,
    monkeypatch: pytest.MonkeyPatch,
    scenario: Callable[[WindowDriver], Awaitable[None]],
    scripts: dict[str, Script] = SCRIPTS,
) -> None:
    async def whole() -> None:
        async with open_window() as desk:
            await furnish(desk)
            await scenario(desk)

    with gateway(monkeypatch, by_question({**SCRIPTS, **scripts})):
        qt_loop.run(whole(), 60)


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


async def press(desk: WindowDriver, key: Qt.Key, text: str = "", *, shift: bool = False) -> QWidget:
    """Press a key where the keyboard is; returns where it is then."""
    modifiers = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    desk.press(key, text, modifiers, focused())
    await asyncio.sleep(0.02)
    return focused()


async def walk(desk: WindowDriver, *, back: bool = False) -> list[QWidget]:
    """Everything that Tab comes to, from the message field round to it again; each once."""
    desk.composer.editor.setFocus()
    found: list[QWidget] = [focused()]
    for _ in range(MOST):
        widget = await press(desk, Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab, "\t", shift=back)
        if widget is found[0]:
            return found
        if widget is not found[-1]:  # In the conversation Tab goes on inside.
            found.append(widget)
    raise AssertionError(f"Tab never comes back: {found}")


def named(widgets: list[QWidget]) -> list[str]:
    found = (QAccessible.queryAccessibleInterface(widget) for widget in widgets)
    return [told.text(QAccessible.Text.Name) if told is not None else "?" for told in found]


def place(desk: WindowDriver, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(desk.window, QPoint(0, 0)), widget.size())


def reads_on(before: QRect, after: QRect) -> bool:
    """``after`` stands further down, or further right in the same line."""
    same_line = before.top() <= after.center().y() <= before.bottom() or (
        after.top() <= before.center().y() <= after.bottom()
    )
    return after.left() > before.left() if same_line else after.top() > before.top()


def test_tab_goes_through_the_window_in_reading_order_and_back(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(desk: WindowDriver) -> None:
        window = desk.window
        (everything,) = [surface for surface in SURFACES if surface.name == "window"]
        window.resize(1600, 1000)  # Where it is narrow, buttons stand below what they would stand beside.
        async with on_show(desk, everything):
            found = await walk(desk)
            back = await walk(desk, back=True)
            assert named([back[0], *reversed(back[1:])]) == named(found)
            parts = [part for part, _ in window._panels._panels]
            order = [
                next(at for at, part in enumerate(parts) if part is widget or part.isAncestorOf(widget))
                for widget in found
            ]
            turn = order.index(min(order))  # The walk begins in the message field.
            order, found = order[turn:] + order[:turn], found[turn:] + found[:turn]
            assert order == sorted(order)
            assert set(order) == set(range(len(parts))), "some part is not reached"
            for part in set(order):
                stops = [place(desk, w) for at, w in zip(order, found, strict=True) if at == part]
                inside = [w for at, w in zip(order, found, strict=True) if at == part]
                if isinstance(inside[0], TranscriptView):  # The others float over it.
                    stops, inside = stops[1:], inside[1:]
                elif isinstance(inside[0], ComposerEditor):  # First what one comes for.
                    continue
                wrong = [
                    (inside[at], inside[at + 1])
                    for at in range(len(stops) - 1)
                    if not reads_on(stops[at], stops[at + 1]) and inside[at + 1] is not window.notices._close
                ]
                assert [named(list(pair)) for pair in wrong] == []

    run(qt_loop, monkeypatch, scenario)


def test_f6_goes_from_part_to_part_and_comes_back_to_where_the_keyboard_was(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(desk: WindowDriver) -> None:
        window = desk.window
        sessions, roles = window.sessions_dock, window.roles_dock

        def go(wish: str) -> QWidget:
            window._on_action(wish)
            return focused()

        desk.composer.editor.setFocus()
        round_trip = [
            sessions.list,
            roles.list,
            window.header.model_button,
            desk.shell.view,
            desk.composer.editor,
        ]
        assert [go("next_panel") for _ in range(5)] == round_trip
        assert [go("previous_panel") for _ in range(5)] == [*round_trip[-2::-1], round_trip[-1]]

        window.header.theme_button.setFocus()
        sessions.focus_filter()
        assert go("previous_panel") is desk.composer.editor
        assert go("next_panel") is sessions._filter
        assert [go("next_panel") for _ in range(2)][1] is window.header.theme_button

        desk.wiring.controller.announcer.say("a", "Something happened.", answers={"Retry": lambda: None})
        await asyncio.sleep(0.05)
        assert go("next_panel") is desk.shell.view
        assert go("next_panel").text() == "Retry"  # type: ignore[attr-defined]  # a button
        assert go("next_panel") is desk.composer.editor
        desk.wiring.controller.announcer.withdraw("a")

        roles.close()
        window.tabifyDockWidget(sessions, roles)
        assert go("next_panel") is sessions._filter
        assert go("next_panel") is window.header.theme_button
        roles.show()
        sessions.raise_()
        await asyncio.sleep(0.05)
        sessions.list.setFocus()
        go("next_panel")
        await asyncio.sleep(0.05)
        assert focused() is roles.list
        assert roles.list.isVisible()
        roles.setFloating(True)
        desk.window.activateWindow()
        await asyncio.sleep(0.05)
        desk.composer.editor.setFocus()
        assert go("next_panel") is sessions.list
        go("next_panel")
        await asyncio.sleep(0.05)
        assert roles.isAncestorOf(focused())
        go("next_panel")
        await asyncio.sleep(0.05)
        assert window.header.isAncestorOf(focused())

    run(qt_loop, monkeypatch, scenario)


def test_the_keyboard_comes_back_when_something_closes(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(desk: WindowDriver) -> None:
        for surface in SURFACES:
            for before in (desk.composer.editor, desk.window.roles_dock.list):
                desk.window.activateWindow()
                before.setFocus()
                async with on_show(desk, surface) as root:
                    over_the_window = root.isWindow() and root is not desk.window
                if (over_the_window and surface.name != "message") or surface.name == "title of the session":
                    assert desk.window.focusWidget() is before, surface.name

    run(qt_loop, monkeypatch, scenario)


def test_the_keyboard_goes_back_to_writing_with_the_last_notice(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(desk: WindowDriver) -> None:
        announcer, notices = desk.wiring.controller.announcer, desk.window.notices
        for key in ("a", "b"):
            announcer.say(key, f"Something happened: {key}.", answers={"Retry": lambda: None})
        await asyncio.sleep(0.05)
        desk.window._on_action("next_panel")
        while not notices.isAncestorOf(focused()):
            desk.window._on_action("next_panel")
        await press(desk, Qt.Key.Key_Space, " ")
        assert notices.notice is not None
        assert notices.isAncestorOf(focused()), "the other notice stands"
        notices._close.setFocus()
        await press(desk, Qt.Key.Key_Space, " ")
        assert focused() is desk.composer.editor
        desk.window.sessions_dock.focus_filter()
        announcer.say("c", "Something happened.")
        announcer.withdraw("c")
        assert focused() is desk.window.sessions_dock._filter

    run(qt_loop, monkeypatch, scenario)


def test_nothing_takes_the_keyboard_from_somebody_who_types(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = {f"Task {number}": in_steps("1. Read\n", "2. Write") for number in range(5)}
    tasks = iter(steps.items())

    async def everything_happens(desk: WindowDriver, typing: Callable[[], Awaitable[None]]) -> None:
        """What may come while somebody types: notices, lists that are read again, and at last a plan."""
        controller, review = desk.wiring.controller, desk.window.plan_review
        task, (_, gates) = next(tasks)
        desk.window.activateWindow()
        desk.composer.editor.setFocus()
        await desk.send(task)
        await desk.until(lambda: controller.conversation.is_busy, "an answer that streams")
        await typing()
        controller.announcer.say("a", "Something happened.", answers={"Retry": lambda: None})
        controller.connections.refresh_models()
        controller.library.sessions_reset.emit(list(controller.library.sessions))
        controller.library.roles_reset.emit(controller.library.roles)
        controller.connections.diagnose("gateway")
        for gate in gates:
            gate.set()
        await desk.until(review.isVisible, "the plan")
        await desk.settle()

    async def plan_dropped(desk: WindowDriver) -> None:
        desk.window.plan_review.dropped.emit()
        await desk.until(lambda: not desk.wiring.controller.conversation.is_busy, "the end")

    async def scenario(desk: WindowDriver) -> None:
        window = desk.window
        await desk.send("/model:plan-mode m gpt-4o")
        await desk.send("/plan-review on")

        await everything_happens(desk, lambda: desk.type("Half a mess"))
        await desk.type("age")
        assert desk.composer.editor.toPlainText() == "Half a message"
        desk.composer.set_text("")
        await plan_dropped(desk)

        async def in_filter() -> None:
            window.sessions_dock.focus_filter()

        await everything_happens(desk, in_filter)
        assert focused() is window.sessions_dock._filter
        await plan_dropped(desk)

        fields: list[QWidget] = []

        async def in_name() -> None:
            window.sessions_dock.rename(desk.conversation.session.id)
            fields.append(focused())
            assert isinstance(fields[0], QLineEdit)

        await everything_happens(desk, in_name)
        assert focused() is fields[0]
        await press(desk, Qt.Key.Key_Escape)
        await plan_dropped(desk)

        async def in_role() -> None:
            window.actions_by_id["new_role"].trigger()
            editor = await shown(desk, RoleEditor)
            assert isinstance(editor, RoleEditor)
            editor.instructions.setFocus()
            fields.append(editor.instructions)

        await everything_happens(desk, in_role)
        assert focused() is fields[1]
        fields[1].window().close()
        await plan_dropped(desk)

        async def nowhere() -> None:
            """Who only waits is taken to the plan."""

        await everything_happens(desk, nowhere)
        assert focused() is window.plan_review.list

    run(qt_loop, monkeypatch, scenario, {task: script for task, (script, _) in steps.items()})
