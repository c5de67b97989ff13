"""The palette and the search in all sessions, in the real window."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import Author, Message, Session
from chat2anyllm_desktop.store.api import PAGE_SIZE, Store
from chat2anyllm_desktop.store.sqlite import SqliteStore
from chat2anyllm_desktop.ui.dialogs.settings import SettingsDialog
from chat2anyllm_desktop.ui.palette.panel import Panel
from chat2anyllm_desktop.ui.shortcuts import TABLE
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.store.making import EARLIER, make_message, make_session
from tests.ui.scripted import gateway
from tests.ui.window_driver import WindowDriver, open_window

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key to whatever has the keyboard, through the shortcuts of the window."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifiers)


async def opened(desk: WindowDriver) -> Panel:
    await desk.until(lambda: panels(desk), "the panel")
    return panels(desk)[0]


def panels(desk: WindowDriver) -> list[Panel]:
    return [panel for panel in desk.window.findChildren(Panel) if panel.isVisible()]


async def settings(desk: WindowDriver) -> SettingsDialog:
    def found() -> list[SettingsDialog]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, SettingsDialog) and w.isVisible()]

    await desk.until(found, "the settings")
    return found()[0]


def rows(panel: Panel) -> list[str]:
    return [row.text for row in panel.model.rows]


def fill(*histories: tuple[Session, list[str]]) -> dict[str, str]:
    """Write sessions before the window opens; gives the ids of the messages by their texts."""
    ids: dict[str, str] = {}
    store = SqliteStore(paths.history_file())
    store.open()
    for session, texts in histories:
        messages = [
            make_message(
                session,
                text,
                author=Author.ASSISTANT if number % 2 else Author.USER,
                created_at=EARLIER + timedelta(seconds=number),
                model="gpt-x" if number % 2 else None,
            )
            for number, text in enumerate(texts)
        ]
        store.restore_session(session, messages)
        ids |= {message.content: message.id for message in messages}
    store.close()
    return ids


def current_match(desk: WindowDriver) -> tuple[str, str]:
    """Id of the message and text of the part that the find bar is at."""
    current = desk.shell.view._find._current
    assert current is not None
    assert current.row.body is not None
    return current.row.id, current.row.body.parts[current.index].text


def test_everything_of_the_menus_is_in_the_palette(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            press(Qt.Key.Key_K, CONTROL)
            panel = await opened(desk)
            QTest.keyClicks(panel.field, ">")
            palette = desk.wiring.palettes.palette
            offered = {row.offer.key.removeprefix("action:") for row in palette.rows if row.offer}
            assert offered == {row.id for row in TABLE if row.in_menu} - {"palette"}
            assert offered | {"palette"} == set(desk.window.actions_by_id)
            press(Qt.Key.Key_K, CONTROL)
            assert not panels(desk)
            assert desk.composer.editor.hasFocus()

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_actions_that_make_no_sense_now_are_not_to_be_chosen(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            palette = desk.wiring.palettes.palette

            def enabled() -> dict[str, bool]:
                palette.toggle()
                palette.panel.field.setText(">")
                found = {row.offer.key: row.choosable for row in palette.rows if row.offer}
                palette.toggle()
                return found

            before = enabled()
            of_answers = (
                "copy_answer",
                "regenerate",
                "edit_message",
                "export_session",
                "delete_session",
                "find",
            )
            for name in (*of_answers, "stop", "clear_role"):
                assert not before[f"action:{name}"], name
            assert before["action:new_session"]
            await desk.send("Hello")
            await desk.answered()
            after = enabled()
            for name in of_answers:
                assert after[f"action:{name}"], name
            assert not after["action:stop"]

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_sessions_roles_models_settings_and_actions_by_a_few_letters(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        fill((make_session("Parser bug"), ["one"]), (make_session("Release notes"), ["two"]))
        async with open_window() as desk:
            await desk.ready()
            library = desk.wiring.controller.library
            library.save_role(None, "Reviewer", "Be brief.")
            await desk.until(lambda: library.roles, "the role")

            async def choose(text: str) -> None:
                press(Qt.Key.Key_K, CONTROL)
                QTest.keyClicks((await opened(desk)).field, text)
                press(Qt.Key.Key_Return)
                assert not panels(desk)

            await choose("pars")
            await desk.until(lambda: desk.conversation.session.title == "Parser bug", "the session")
            assert desk.composer.editor.hasFocus()
            await choose("@rev")
            assert desk.conversation.session.settings.role_id == library.roles[0].id
            await choose(":model-b")
            assert desk.conversation.session.settings.model == "model-b"
            await choose("/models")  # Nothing more is needed: it is done at once.
            await desk.until(desk.cards, "the list")
            await choose("/rename")
            assert desk.composer.text == "/rename "
            await choose("/role")  # What is written stays.
            await desk.hears("type /role")
            assert desk.composer.text == "/rename "
            desk.composer.clear()
            await choose("text size")
            dialog = await settings(desk)
            focused = dialog.focusWidget()
            assert focused is not None
            assert dialog.fields["text_scale_percent"].isAncestorOf(focused)
            dialog.reject()
            desk.window.activateWindow()
            await desk.until(desk.composer.editor.hasFocus, "the keyboard")
            await choose("new sess")
            assert not desk.conversation.is_stored
            press(Qt.Key.Key_K, CONTROL)
            assert rows(await opened(desk))[:5] == [
                "Chosen lately",
                "New session",
                "Text size",
                "/role",
                "/rename",
            ]

    with gateway(monkeypatch, answer("Yes"), models=("model-a", "model-b")):
        qt_loop.run(scenario())


def test_a_session_that_comes_late_leaves_the_keyboard_to_the_palette(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        fill((make_session("Parser bug"), ["one"]), (make_session("Release notes"), ["two"]))
        async with open_window() as desk:
            await desk.ready()
            await desk.settle()
            controller = desk.wiring.controller
            gate = threading.Event()
            slow = asyncio.ensure_future(controller.connections.store.run(gate.wait))
            other = next(
                each for each in controller.library.sessions if each.id != desk.conversation.session.id
            )
            controller.conversation.show(other.id)
            press(Qt.Key.Key_K, CONTROL)
            panel = await opened(desk)
            QTest.keyClicks(panel.field, "Rel")
            gate.set()
            await slow
            await desk.until(lambda: desk.conversation.session.id == other.id, "the session")
            focused = QApplication.focusWidget()
            assert focused is not None
            QTest.keyClicks(focused, "ease")
            assert (panel.field.text(), desk.composer.text) == ("Release", "")
            press(Qt.Key.Key_Escape)
            assert desk.composer.editor.hasFocus()

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_the_key_of_an_action_closes_what_is_open_over_the_window(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        fill((make_session("Parser bug"), ["one"]))
        async with open_window() as desk:
            await desk.ready()
            await desk.settle()
            press(Qt.Key.Key_K, CONTROL)
            await opened(desk)
            press(Qt.Key.Key_N, CONTROL)
            assert not panels(desk)
            assert desk.composer.editor.hasFocus()
            await desk.open(desk.wiring.controller.library.sessions[0].id)
            press(Qt.Key.Key_F, CONTROL | SHIFT)
            await opened(desk)
            press(Qt.Key.Key_F2)
            assert not panels(desk)
            focused = QApplication.focusWidget()
            assert isinstance(focused, QLineEdit)
            assert focused.text() == "Parser bug"
            press(Qt.Key.Key_Escape)
            press(Qt.Key.Key_K, CONTROL)
            await opened(desk)
            press(Qt.Key.Key_Plus, CONTROL)
            assert panels(desk)

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_a_command_that_cannot_be_done_is_not_written_into_the_message(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("a draft")
            press(Qt.Key.Key_K, CONTROL)
            QTest.keyClicks((await opened(desk)).field, "/retry")
            press(Qt.Key.Key_Return)
            await desk.hears("There is no answer to retry yet.")
            assert desk.composer.text == "a draft"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


# Search everywhere -------------------------------------------------------------------------------------------------------
async def opened_search(desk: WindowDriver) -> Panel:
    press(Qt.Key.Key_F, CONTROL | SHIFT)
    return await opened(desk)


async def look_for(desk: WindowDriver, text: str, count: int) -> Panel:
    """Open the search, type, wait for so many messages and titles."""
    panel = await opened_search(desk)
    panel.field.setText(text)
    await desk.until(lambda: sum(row.choosable for row in panel.model.rows) == count, f"{count} hits")
    return panel


def test_a_message_far_up_in_another_session_is_opened_and_marked(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        long = [f"question {n}\n\nand more of it" for n in range(6 * PAGE_SIZE)]
        long[31] = "First words.\n\nThen the **page** cache, a 数据库迁移 and a needle.\n\nLast words."
        ids = fill(
            (make_session("Long", archived_at=EARLIER), long),
            (make_session("Short"), ["a needle here", "none"]),
        )
        async with open_window() as desk:
            await desk.ready()
            panel = await look_for(desk, "needle", 2)
            assert rows(panel) == ["Messages", "Long", "Short"]
            assert "archived · gpt-x" in panel.model.rows[1].words
            press(Qt.Key.Key_Return)
            await desk.until(lambda: desk.shell.view.finds, "the find bar")
            assert desk.conversation.session.title == "Long"
            assert current_match(desk) == (ids[long[31]], "Then the page cache, a 数据库迁移 and a needle.")
            assert any(placed.row.id == ids[long[31]] for placed in desk.shell.view._page.placed)
            assert PAGE_SIZE < len(desk.messages()) <= len(long)
            press(Qt.Key.Key_Escape)
            assert not desk.shell.view.finds
            # Again, in the session on show, by words that do not stand together: the first of them is marked.
            panel = await look_for(desk, "迁移 page", 1)
            press(Qt.Key.Key_Return)
            await desk.until(lambda: desk.shell.view.finds, "the find bar")
            assert desk.shell.view._overlays.find_bar.field.text() == "迁移"
            # What was looked for last is there again.
            press(Qt.Key.Key_F, CONTROL | SHIFT)
            panel = await opened(desk)
            assert panel.field.selectedText() == "迁移 page"
            assert panel.model.rows

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_enter_takes_what_was_typed_and_never_what_was_found_before(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        fill((make_session("First"), ["an alpaca"]), (make_session("Second"), ["a zebra"]))
        async with open_window() as desk:
            await desk.ready()
            panel = await look_for(desk, "alpaca", 1)
            # Nothing has been found for these letters yet: Enter waits.
            panel.field.selectAll()
            QTest.keyClicks(panel.field, "zebra")
            press(Qt.Key.Key_Return)
            await desk.until(lambda: desk.conversation.session.title == "Second", "the session")
            assert not panels(desk)
            await look_for(desk, "alpaca", 1)
            press(Qt.Key.Key_Escape)
            # From the palette, too: of what was looked for last nothing is left, and nothing wrong is said.
            press(Qt.Key.Key_K, CONTROL)
            QTest.keyClicks((await opened(desk)).field, "a zeb")
            press(Qt.Key.Key_Return)
            panel = await opened(desk)
            assert (rows(panel), panel.note.text()) == ([], "")
            press(Qt.Key.Key_Return)
            find_bar = desk.shell.view._overlays.find_bar
            await desk.until(lambda: find_bar.field.text() == "a zeb", "what was found")
            assert desk.conversation.session.title == "Second"
            # Who goes to one of the rows while they are behind means that one.
            panel = await look_for(desk, "alpaca", 1)
            await desk.until(lambda: rows(panel) == ["Messages", "First"], "the message")
            QTest.keyClicks(panel.field, "x")
            press(Qt.Key.Key_Down)
            press(Qt.Key.Key_Return)
            await desk.until(lambda: desk.conversation.session.title == "First", "the session")

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_a_search_that_is_never_answered_is_not_waited_for_in_another_history(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        fill((make_session("Session"), ["a zebra"]))
        async with open_window() as desk:
            await desk.ready()
            connections = desk.wiring.controller.connections
            gate, before = threading.Event(), connections.store
            hanging = asyncio.ensure_future(before.run(gate.wait))
            panel = await opened_search(desk)
            panel.field.setText("zebra")
            await desk.until(lambda: panel.note.text() == "Looking…", "patience")
            connections.reconnect_store()
            await desk.until(lambda: rows(panel) == ["Messages", "Session"], "what is in the new one")
            assert connections.store is not before
            gate.set()
            await hanging

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


@pytest.mark.expects_warnings
def test_a_search_that_fails_in_an_unforeseen_way_is_over(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        fill((make_session("Session"), ["a zebra"]))
        async with open_window() as desk:
            await desk.ready()
            store = desk.wiring.controller.connections.store.backend
            assert isinstance(store, SqliteStore)
            panel = await opened_search(desk)
            with monkeypatch.context() as fault:
                fault.setattr(store, "search", lambda _: 1 // 0)
                panel.field.setText("zebra")
                await desk.hears("Something went wrong inside the program")
            await asyncio.sleep(0.6)  # Longer than one is patient.
            assert (rows(panel), panel.note.text()) == ([], "")
            panel.field.setText("zebr")
            await desk.until(lambda: rows(panel) == ["Messages", "Session"], "the message")

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_a_title_opens_its_session_and_nothing_found_is_said(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        fill((make_session("Parser bug"), ["one"]), (make_session("Other"), ["two"]))
        async with open_window() as desk:
            await desk.ready()
            panel = await look_for(desk, "parser", 1)
            assert rows(panel) == ["Titles", "Parser bug"]
            panel.field.setText("nowhere")
            await desk.until(lambda: "nowhere" in panel.note.text(), "words")
            assert rows(panel) == []
            panel.field.clear()
            await desk.until(lambda: "quotes" in panel.note.text(), "words")
            panel.field.setText("bug pars")
            await desk.until(lambda: rows(panel), "the title")
            press(Qt.Key.Key_Return)
            await desk.until(lambda: desk.conversation.session.title == "Parser bug", "the session")

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_from_the_palette_to_the_messages(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        fill((make_session("Session"), ["a zebra"]))
        async with open_window() as desk:
            await desk.ready()
            press(Qt.Key.Key_K, CONTROL)
            QTest.keyClicks((await opened(desk)).field, "zebra")
            press(Qt.Key.Key_Return)
            panel = await opened(desk)
            assert panel.field.text() == "zebra"
            await desk.until(lambda: rows(panel), "the message")
            press(Qt.Key.Key_Escape)
            assert desk.composer.editor.hasFocus()

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_a_message_in_another_branch_is_shown_in_that_branch(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        session = make_session("Versions")
        question = make_message(session, "the question", created_at=EARLIER)
        answers: list[Message] = [
            make_message(
                session,
                text,
                author=Author.ASSISTANT,
                created_at=EARLIER + timedelta(seconds=number),
                parent_id=question.id,
            )
            for number, text in enumerate(("an old needle", "a new answer"), 1)
        ]
        store = SqliteStore(paths.history_file())
        store.open()
        store.restore_session(replace(session), [question, *answers])
        store.close()
        async with open_window() as desk:
            await desk.ready()
            await desk.open(session.id)
            assert [message.content for message in desk.messages()] == ["the question", "a new answer"]
            await look_for(desk, "needle", 1)
            press(Qt.Key.Key_Return)
            await desk.until(lambda: desk.shell.view.finds, "the find bar")
            assert [message.content for message in desk.messages()] == ["the question", "an old needle"]
            # Looking at it decides nothing: opened again, the session shows what it did.
            stored = await desk.wiring.controller.connections.store.call(Store.get_session, session.id)
            assert stored.settings.branch is None

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_a_message_that_was_deleted_meanwhile_is_said_to_be_gone(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        ids = fill((make_session("Session"), ["a needle"]))
        async with open_window() as desk:
            await desk.ready()
            await look_for(desk, "needle", 1)
            await desk.wiring.controller.connections.store.call(Store.delete_messages, list(ids.values()))
            press(Qt.Key.Key_Return)
            await desk.hears("The message is gone")

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())
