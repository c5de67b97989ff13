"""The message field in the window: keys, input methods, drafts, focus."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from chat2anyllm_desktop.ui.welcome.prompts import PromptCards
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.ui.scripted import by_question, gateway, in_steps
from tests.ui.window_driver import WindowDriver, open_window

SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def test_enter_sends_and_shift_enter_breaks_the_line(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("one")
            desk.press(Qt.Key.Key_Return, "\r", SHIFT)
            await desk.type("two")
            assert desk.composer.text == "one\ntwo"
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.answered()
            await desk.type("three")
            desk.press(Qt.Key.Key_Enter, "\r", Qt.KeyboardModifier.KeypadModifier)
            await desk.answered(2)
            await desk.type("four")
            desk.press(Qt.Key.Key_Return, "\r", CTRL)
            await desk.answered(3)
            assert [m.content for m in await desk.history()][::2] == ["one\ntwo", "three", "four"]

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_enter_and_ctrl_enter_can_be_swapped(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT2ANYLLM_SEND_KEY", "ctrl_enter")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            assert desk.composer.hint.text() == "Ctrl+Enter sends"
            await desk.type("one")
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.type("two")
            assert desk.composer.text == "one\ntwo"
            desk.press(Qt.Key.Key_Return, "\r", CTRL)
            await desk.answered()
            assert (await desk.history())[0].content == "one\ntwo"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_nothing_is_sent_while_an_input_method_composes(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("go ")
            compose(desk, "nihong")
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.settle()
            assert desk.messages() == []
            compose(desk, "", commit="日本")
            assert desk.composer.text == "go 日本"
            # An input method that goes away in the middle of a word does not block the key for ever.
            compose(desk, "go")
            desk.window.sessions_dock.focus_filter()
            desk.composer.setFocus()
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.answered()
            assert (await desk.history())[0].content == "go 日本go", "what was begun is not lost"
            # A click means that the word is complete.
            compose(desk, "한")
            desk.composer.button.click()
            await desk.answered(2)
            assert (await desk.history())[2].content == "한"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_up_recalls_the_last_message(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.press(Qt.Key.Key_Up)
            await desk.settle()
            assert desk.composer.text == ""
            await desk.send("First")
            await desk.answered()
            await desk.send("/help")
            await desk.send("Second")
            await desk.answered(2)
            desk.press(Qt.Key.Key_Up)
            await desk.until(lambda: desk.composer.text == "Second", "the last message")
            desk.press(Qt.Key.Key_Up)
            await desk.until(lambda: desk.composer.text == "First", "the one before")
            desk.press(Qt.Key.Key_Up)
            await desk.settle()
            assert desk.composer.text == "First"
            desk.press(Qt.Key.Key_Down)
            await desk.until(lambda: desk.composer.text == "Second", "the last one again")
            # In a text that somebody has gone into the key moves the cursor.
            desk.press(Qt.Key.Key_Left)
            desk.press(Qt.Key.Key_Up)
            await desk.settle()
            assert desk.composer.text == "Second"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_every_session_keeps_its_draft_also_across_a_restart(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("First")
            await desk.answered()
            first = desk.conversation.session.id
            await desk.type("draft of the first")
            desk.wiring.controller.new_session()
            assert desk.composer.text == ""
            await desk.type("draft of a new one")
            await desk.open(first)
            assert desk.composer.text == "draft of the first"
            desk.wiring.controller.new_session()
            assert desk.composer.text == "draft of a new one"
            await desk.open(first)
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: again.composer.text == "draft of the first", "the draft")
            again.wiring.controller.new_session()
            assert again.composer.text == "draft of a new one"
            again.press(Qt.Key.Key_Return, "\r")
            await again.answered()
            again.wiring.controller.new_session()
            assert again.composer.text == "", "a message that was sent is no draft any more"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_who_types_at_the_start_is_not_moved_to_another_session(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("First")
            await desk.answered()
            await desk.type("its draft")
        async with open_window() as again:
            again.composer.editor.insertPlainText("A new thought")
            await again.ready()
            await again.settle()
            assert again.composer.text == "A new thought"
            assert again.messages() == []
            again.press(Qt.Key.Key_Return, "\r")
            await again.answered()
            assert len(again.wiring.controller.library.sessions) == 2

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_what_is_typed_right_after_the_first_message_is_a_draft_of_its_session(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, gates = in_steps("Slow", " answer")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("First")
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.type("and then")
            await desk.shows("Slow")
            first = desk.conversation.session.id
            desk.wiring.controller.new_session()
            assert desk.composer.text == ""
            await desk.open(first)
            assert desk.composer.text == "and then"
            for gate in gates:
                gate.set()
            await desk.answered()

    with gateway(monkeypatch, by_question({"First": script})):
        qt_loop.run(scenario())


def test_a_long_draft_is_measured_and_send_needs_something_to_send(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            composer = desk.composer
            assert not composer.button.isEnabled()
            await desk.type("x")
            assert composer.button.isEnabled()
            height = composer.editor.height()
            composer.set_text("word " * 1000)
            assert composer.hint.text() == "about 1,250 tokens"
            composer.set_text("\n".join(["line"] * 300))
            assert height < composer.editor.height() <= desk.window.height() // 3 + 40
            composer.set_text("")
            assert not composer.button.isEnabled()
            assert composer.editor.height() == height
            await desk.type("by mouse")
            composer.button.click()
            await desk.answered()
            assert composer.editor.hasFocus()

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_the_focus_goes_where_one_writes(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            editor = desk.composer.editor
            assert editor.hasFocus()
            await desk.send("First")
            await desk.answered()
            assert editor.hasFocus()
            first = desk.conversation.session.id
            desk.window.actions_by_id["new_session"].trigger()
            assert editor.hasFocus()
            # Opening a session from the list means to write in it.
            sessions = desk.window.sessions_dock
            desk.window.actions_by_id["focus_sessions"].trigger()
            desk.press(Qt.Key.Key_Down, target=QApplication.focusWidget())
            await desk.until(lambda: sessions.list.hasFocus(), "the list to have the focus")
            desk.press(Qt.Key.Key_Return, "\r", target=sessions.list)
            await desk.until(lambda: desk.conversation.session.id == first, "the session")
            assert editor.hasFocus()
            # Who reads by keyboard goes on reading, also in the next session; in an empty one there is nothing to read.
            desk.wiring.controller.new_session()
            await desk.send("Second")
            await desk.answered()
            desk.window.actions_by_id["focus_transcript"].trigger()
            await desk.open(first)
            assert desk.shell.view.hasFocus()
            desk.wiring.controller.new_session()
            assert editor.hasFocus()
            desk.window.actions_by_id["focus_transcript"].trigger()
            assert not editor.hasFocus()
            desk.window.actions_by_id["focus_composer"].trigger()
            assert editor.hasFocus()
            # A notice never takes the keyboard.
            await desk.send("/xyzzy")
            await desk.hears("There is no command /xyzzy")
            assert editor.hasFocus()

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_tab_goes_through_the_window(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("text")
            desk.press(Qt.Key.Key_Tab)
            await desk.until(lambda: desk.composer.button.hasFocus(), "the button to have the focus")
            seen: list[QWidget] = []
            while len(seen) < 40:
                widget = QApplication.focusWidget()
                assert widget is not None
                if widget is desk.composer.editor:
                    break
                seen.append(widget)
                QCoreApplication.sendEvent(
                    widget, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier)
                )
            header, docks = desk.window.header, desk.window
            wanted = [
                header.model_button,
                docks.sessions_dock.list,
                docks.roles_dock.list,
                *desk.window.middle.findChildren(PromptCards)[0].cards,
            ]
            assert all(widget in seen for widget in wanted)
            assert all(widget.accessibleName() or widget.toolTip() or label(widget) for widget in seen), [
                widget
                for widget in seen
                if not (widget.accessibleName() or widget.toolTip() or label(widget))
            ]

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def test_a_refused_message_goes_in_front_of_what_was_typed_since(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.composer.set_text("/xyzzy")
            desk.composer.submit()
            assert desk.composer.text == "/xyzzy"
            desk.composer.set_text("")
            await desk.type("typed since")
            desk.wiring.controller.text_returned.emit(desk.conversation.session.id, "given back")
            assert desk.composer.text == "given back\ntyped since"

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def compose(desk: WindowDriver, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QCoreApplication.sendEvent(desk.composer.editor, event)


def label(widget: QWidget) -> str:
    text = getattr(widget, "text", "")
    return text() if callable(text) else str(text)
