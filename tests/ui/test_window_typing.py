"""Typing while the conversation has the keyboard: after a click it writes, by keyboard it goes from message to message."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QInputMethodQueryEvent, QKeyEvent
from pytestqt.qtbot import QtBot

from tests.conftest import LoopRunner
from tests.llm.misbehaving import DONE, FOREVER, frame, stream
from tests.ui.scripted import gateway
from tests.ui.window_driver import WindowDriver, open_window

Scenario = Callable[[WindowDriver], Coroutine[Any, Any, None]]


@pytest.fixture
def in_window(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], None]:
    """Run a scenario in a window with one question and its answer, the focus in the message field."""

    def run(scenario: Scenario) -> None:
        async def opened() -> None:
            async with open_window() as desk:
                await desk.ready()
                desk.window.activateWindow()
                await desk.send("A question")
                await desk.answered()
                await scenario(desk)

        with gateway(monkeypatch, stream(frame("An answer, and then some."), DONE)):
            qt_loop.run(opened())

    return run


def _click(desk: WindowDriver, qtbot: QtBot) -> None:
    """Into the text of the conversation, as to select some of it."""
    view = desk.shell.view
    placed = next(p for p in view._page.placed if "An answer" in p.part.text)
    point = QPoint(view._pointer.column + 40, placed.y + placed.part.gap + 8)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert view.hasFocus()
    assert view._keys.row is None


def _type(character: str) -> None:
    """Any character, to whatever has the keyboard."""
    key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_unknown, Qt.KeyboardModifier.NoModifier, character)
    QCoreApplication.sendEvent(QGuiApplication.focusObject(), key)


def test_what_is_typed_after_a_click_is_written(in_window: Callable[[Scenario], None], qtbot: QtBot) -> None:
    async def scenario(desk: WindowDriver) -> None:
        view, editor = desk.shell.view, desk.composer.editor
        for text in ("just", "kind", "/m", "Über", "日本", "7"):
            _click(desk, qtbot)
            for character in text:
                _type(character)
            assert editor.toPlainText() == text
            assert editor.hasFocus()
            assert editor.completion_open is (text == "/m")
            editor.clear()
        _click(desk, qtbot)
        qtbot.keyClicks(view, "J")
        assert editor.toPlainText() == "J"

    in_window(scenario)


def test_it_goes_to_where_writing_was_left(in_window: Callable[[Scenario], None], qtbot: QtBot) -> None:
    async def scenario(desk: WindowDriver) -> None:
        await desk.type("one three")
        editor = desk.composer.editor
        cursor = editor.textCursor()
        cursor.setPosition(4)
        editor.setTextCursor(cursor)
        _click(desk, qtbot)
        qtbot.keyClicks(desk.shell.view, "t")
        qtbot.keyClicks(editor, "wo ")
        assert editor.toPlainText() == "one two three"

    in_window(scenario)


def test_pasting_goes_to_the_message_field(in_window: Callable[[Scenario], None], qtbot: QtBot) -> None:
    async def scenario(desk: WindowDriver) -> None:
        editor = desk.composer.editor
        QGuiApplication.clipboard().setText("pasted\ntext")
        _click(desk, qtbot)
        qtbot.keyClick(desk.shell.view, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert editor.toPlainText() == "pasted\ntext"
        assert editor.hasFocus()
        long = "x" * 200_000
        QGuiApplication.clipboard().setText(long)
        _click(desk, qtbot)
        qtbot.keyClick(desk.shell.view, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert desk.composer.text.endswith(f"{long}\n````")
        desk.composer.set_text("")
        QGuiApplication.clipboard().clear()

    in_window(scenario)


def test_other_keys_are_not_written(in_window: Callable[[Scenario], None], qtbot: QtBot) -> None:
    async def scenario(desk: WindowDriver) -> None:
        view, key, none = desk.shell.view, Qt.Key, Qt.KeyboardModifier.NoModifier
        _click(desk, qtbot)
        qtbot.keyClick(view, key.Key_Home)
        modifier = Qt.KeyboardModifier
        others = [(k, none) for k in (key.Key_Space, key.Key_Up, key.Key_Return, key.Key_Backspace)]
        held = (modifier.ControlModifier, modifier.AltModifier, modifier.MetaModifier)
        others += [(key.Key_X, modifiers) for modifiers in held]
        for pressed, modifiers in others:
            qtbot.keyClick(view, pressed, modifiers)
            assert view.hasFocus()
        assert desk.composer.text == ""

    in_window(scenario)


def test_an_accent_that_waits_for_its_letter_brings_the_keyboard(
    in_window: Callable[[Scenario], None], qtbot: QtBot
) -> None:
    async def scenario(desk: WindowDriver) -> None:
        _click(desk, qtbot)
        qtbot.keyClick(desk.shell.view, Qt.Key.Key_Dead_Acute)
        assert desk.composer.editor.hasFocus()

    in_window(scenario)


def test_a_word_of_an_input_method_is_written_whole(
    in_window: Callable[[Scenario], None], qtbot: QtBot
) -> None:
    async def scenario(desk: WindowDriver) -> None:
        view, editor = desk.shell.view, desk.composer.editor
        _click(desk, qtbot)
        for begun in ("n", "ni", "nihao"):
            QCoreApplication.sendEvent(view, QInputMethodEvent(begun, []))
            assert view.hasFocus()  # The input method would give up what it has begun.
            assert editor.composing
        done = QInputMethodEvent()
        done.setCommitString("你好")
        QCoreApplication.sendEvent(view, done)
        assert editor.toPlainText() == "你好"
        assert editor.hasFocus()
        assert not editor.composing
        # One that is left in the middle of a word does not keep the field from sending.
        _click(desk, qtbot)
        QCoreApplication.sendEvent(view, QInputMethodEvent("n", []))
        desk.window.sessions_dock.focus_filter()
        assert not editor.composing
        assert not editor.hasFocus()

    in_window(scenario)


def test_input_methods_work_where_writing_is_meant(
    in_window: Callable[[Scenario], None], qtbot: QtBot
) -> None:
    async def scenario(desk: WindowDriver) -> None:
        view = desk.shell.view

        def admitted() -> object:
            query = QInputMethodQueryEvent(Qt.InputMethodQuery.ImEnabled)
            QCoreApplication.sendEvent(view, query)
            return query.value(Qt.InputMethodQuery.ImEnabled)

        _click(desk, qtbot)
        assert admitted() is True
        desk.window.actions_by_id["focus_composer"].trigger()
        desk.window.actions_by_id["focus_transcript"].trigger()
        assert admitted() is False

    in_window(scenario)


@pytest.mark.parametrize("how", ["tab", "back", "shortcut"])
def test_by_keyboard_the_message_in_view_has_the_focus_at_once(
    in_window: Callable[[Scenario], None], qtbot: QtBot, how: str
) -> None:
    async def scenario(desk: WindowDriver) -> None:
        view = desk.shell.view
        if how == "shortcut":
            desk.window.actions_by_id["focus_transcript"].trigger()
        else:
            reason = Qt.FocusReason.TabFocusReason if how == "tab" else Qt.FocusReason.BacktabFocusReason
            view.setFocus(reason)
        answer, question = view._page.rows[-1], view._page.rows[0]
        assert view._keys.row is answer
        qtbot.keyClick(view, Qt.Key.Key_K)
        assert view._keys.row is question
        qtbot.keyClick(view, Qt.Key.Key_J)
        assert view._keys.row is answer
        assert desk.composer.text == ""
        with qtbot.waitSignal(view.edit_requested):
            qtbot.keyClick(view, Qt.Key.Key_K)
            for _ in range(2):  # Copy, Edit
                view.focusNextPrevChild(True)
            qtbot.keyClick(view, Qt.Key.Key_Return)

    in_window(scenario)


def test_the_keyboard_stays_in_the_conversation_when_another_session_is_shown(
    in_window: Callable[[Scenario], None], qtbot: QtBot
) -> None:
    async def scenario(desk: WindowDriver) -> None:
        first = desk.conversation.session.id
        desk.window.actions_by_id["new_session"].trigger()
        desk.composer.setFocus()
        await desk.send("Another question")
        await desk.answered()
        desk.window.actions_by_id["focus_transcript"].trigger()
        await desk.open(first)
        view = desk.shell.view
        assert view.hasFocus()
        assert view._keys.row is view._page.rows[-1]
        qtbot.keyClick(view, Qt.Key.Key_K)
        assert view._keys.row is view._page.rows[0]
        assert desk.composer.text == ""

    in_window(scenario)


def test_escape_leads_back_to_writing(in_window: Callable[[Scenario], None], qtbot: QtBot) -> None:
    async def scenario(desk: WindowDriver) -> None:
        view, editor = desk.shell.view, desk.composer.editor
        desk.window.actions_by_id["focus_transcript"].trigger()
        qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
        view.open_find()
        view.setFocus()
        states = []
        for _ in range(4):
            states.append((view.has_selection, view._keys.row is not None, view.finds, editor.hasFocus()))
            qtbot.keyClick(view, Qt.Key.Key_Escape)
        assert states == [
            (True, True, True, False),
            (False, True, True, False),
            (False, False, True, False),
            (False, False, False, False),
        ]
        assert editor.hasFocus()

    in_window(scenario)


def test_escape_in_the_conversation_stops_the_answer_before_it_leads_away(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("For ever")
            await desk.until(lambda: len(desk.text()) > 20, "some text")
            desk.window.actions_by_id["focus_transcript"].trigger()
            view = desk.shell.view
            qtbot.keyClick(view, Qt.Key.Key_Escape)
            assert desk.conversation.is_busy
            qtbot.keyClick(view, Qt.Key.Key_Escape)
            await desk.answered()
            assert view.hasFocus()
            qtbot.keyClick(view, Qt.Key.Key_Escape)
            assert desk.composer.editor.hasFocus()

    with gateway(monkeypatch, stream(frame("on "), FOREVER)):
        qt_loop.run(scenario())
