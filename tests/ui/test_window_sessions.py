"""Sessions in the window: titles, lists, deletion and Undo, copies, export, long and branched ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import Author, Message, Session, Status
from chat2anyllm_desktop.store.api import PAGE_SIZE, Store
from chat2anyllm_desktop.store.sqlite import SqliteStore
from tests.conftest import LoopRunner
from tests.llm.misbehaving import FOREVER, answer, frame, stream
from tests.store.making import EARLIER, make_message, make_session
from tests.ui.scripted import by_question, gateway
from tests.ui.window_driver import WindowDriver, open_window


def test_the_first_message_gives_the_title(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("How does   a parser work? " + "It is long. " * 10)
            await desk.answered()
            title = desk.window.header.title.text
            assert title.startswith("How does a parser work? It is long.")
            assert len(title) <= 60
            assert titles(desk) == [title]
            # A title of one's own, given before anything is written, stays.
            desk.wiring.controller.new_session()
            await desk.send("/rename My own")
            await desk.send("Another question")
            await desk.answered()
            assert titles(desk)[0] == "My own"
            assert desk.window.windowTitle() == "My own"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_a_session_renamed_while_it_is_opened_shows_its_new_title(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Alpha")
            await desk.answered()
            alpha = desk.conversation.session.id
            desk.wiring.controller.new_session()
            panel = desk.window.sessions_dock
            panel.session_requested.emit(alpha)
            panel.rename_requested.emit(alpha, "First letter")
            await desk.until(lambda: titles(desk) == ["First letter"], "the new title in the list")
            await desk.until(lambda: desk.conversation.session.id == alpha, "the session")
            await desk.until(lambda: desk.window.windowTitle() == "First letter", "the new title")
            assert desk.window.header.title.text == "First letter"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_rename_pin_and_archive_through_the_panel(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            ids = []
            for name in ("Alpha", "Beta", "Gamma"):
                await desk.send(name)
                await desk.answered()
                ids.append(desk.conversation.session.id)
                desk.wiring.controller.new_session()
            alpha, beta, gamma = ids
            assert titles(desk) == ["Gamma", "Beta", "Alpha"]
            await desk.open(beta)
            panel = desk.window.sessions_dock
            panel.rename(beta)
            field = panel.list.findChild(QLineEdit)
            assert field is not None
            field.setText("Second letter")
            desk.press(Qt.Key.Key_Return, "\r", target=field)
            await desk.until(lambda: desk.window.windowTitle() == "Second letter", "the new title")
            assert desk.window.header.title.text == "Second letter"
            # Two changes of one session at the same time: neither is lost.
            panel.pin_requested.emit(alpha, True)
            panel.rename_requested.emit(alpha, "First letter")
            await desk.until(lambda: titles(desk)[0] == "First letter", "the pinned session on top")
            panel.archive_requested.emit(gamma, True)
            await desk.until(lambda: "Gamma" not in titles(desk), "the archived session to go")
            notice = await desk.hears("“Gamma” is archived.")
            assert [action.label for action in notice.actions] == ["Undo"]
            panel.archived_requested.emit(True)
            await desk.until(lambda: titles(desk) == ["Gamma"], "the archive")
            panel.archived_requested.emit(False)
            await desk.until(lambda: len(titles(desk)) == 2, "the others")
            desk.choose("Undo")
            await desk.until(lambda: titles(desk) == ["First letter", "Second letter", "Gamma"], "Gamma")
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: len(titles(again)) == 3, "the sessions")
            assert titles(again)[0] == "First letter"
            stored = {s.title: s for s in again.wiring.controller.library.sessions}
            assert stored["First letter"].pinned
            assert stored["Gamma"].archived_at is None

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_settings_and_title_changed_at_once_are_all_kept(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("Hello")
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.until(lambda: not desk.composer.text, "Enter")
            # While the session is being stored.
            desk.window.header.model_requested.emit("gpt-4o")
            desk.window.header.rename_requested.emit("Renamed early")
            await desk.answered()
            desk.window.header.model_requested.emit("claude-sonnet")
            desk.window.header.rename_requested.emit("Renamed again")
            first = desk.conversation.session.id
            desk.wiring.controller.new_session()
            desk.window.header.model_requested.emit("m")
            store = desk.wiring.controller.connections.store

            async def stored() -> Session:
                return await store.call(Store.get_session, first)

            await desk.until(lambda: not desk.wiring.controller.library.is_changing(first), "the change")
            session = await stored()
            assert session.title == "Renamed again"
            assert session.settings.model == "claude-sonnet"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_a_deleted_session_comes_back_whole(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Precious")
            await desk.answered()
            session = desk.conversation.session.id
            await desk.type("a draft")
            desk.window.actions_by_id["delete_session"].trigger()
            await desk.hears("“Precious” is deleted.")
            assert desk.messages() == []
            assert titles(desk) == []
            assert desk.composer.text == ""
            desk.choose("Undo")
            await desk.until(lambda: desk.conversation.session.id == session, "the session on show again")
            assert [m.content for m in desk.messages()] == ["Precious", "Yes"]
            assert desk.composer.text == "a draft"
            assert titles(desk) == ["Precious"]

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


@pytest.mark.parametrize("shown", [True, False], ids=["on show", "in the background"])
def test_a_session_is_deleted_while_it_streams(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, shown: bool
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("For ever")
            await desk.until(lambda: len(desk.text()) > 10, "some text")
            session = desk.conversation.session.id
            if not shown:
                desk.wiring.controller.new_session()
            desk.window.sessions_dock.delete_requested.emit(session)
            await desk.hears("“For ever” is deleted.")
            assert titles(desk) == []
            assert desk.messages() == []
            assert len(desk.notices) == 1
            assert desk.wiring.controller.connections.database_state.health == "ok"
            desk.choose("Undo")
            await desk.until(lambda: titles(desk) == ["For ever"], "the session")
            await desk.open(session)
            stopped = desk.answer()
            assert stopped is not None
            assert stopped.status is Status.STOPPED
            assert set(stopped.content.split()) == {"on"}

    with gateway(monkeypatch, stream(frame("on "), FOREVER)) as server:
        qt_loop.run(scenario())
        assert server.disconnected.wait(5), "the socket was not closed"


def test_copies_and_branches(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("One")
            await desk.answered()
            await desk.send("Two")
            await desk.answered(2)
            original = desk.conversation.session.id
            desk.shell.view.branch_requested.emit(desk.messages()[1].id)
            await desk.until(lambda: desk.conversation.session.id != original, "the branch")
            assert [m.content for m in desk.messages()] == ["One", "Yes"]
            branch = desk.conversation.session.id
            await desk.send("Three")
            await desk.answered(2)
            desk.window.sessions_dock.duplicate_requested.emit(original)
            await desk.until(lambda: desk.conversation.session.id not in (original, branch), "the copy")
            assert [m.content for m in desk.messages()] == ["One", "Yes", "Two", "Yes"]
            await desk.open(original)
            assert [m.content for m in desk.messages()] == ["One", "Yes", "Two", "Yes"]
            assert len(titles(desk)) == 3

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_a_streaming_session_is_copied_as_far_as_it_has_come(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("For ever")
            await desk.until(lambda: len(desk.text()) > 10, "some text")
            original = desk.conversation.session.id
            desk.window.actions_by_id["duplicate_session"].trigger()
            await desk.until(lambda: desk.conversation.session.id != original, "the copy")
            copied = desk.answer()
            assert copied is not None
            assert copied.status is Status.INTERRUPTED
            assert not desk.conversation.is_busy
            desk.wiring.controller.turns.stop(original)

    with gateway(monkeypatch, stream(frame("on "), FOREVER)):
        qt_loop.run(scenario())


def test_a_session_is_written_to_a_markdown_file(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.window.actions_by_id["export_session"].trigger()
            await desk.hears("Nothing has been written in this session yet.")
            await desk.send("What is *this*?")
            await desk.answered()
            desk.window.actions_by_id["export_session"].trigger()
            file = tmp_path / "session.md"
            await accept(desk, file)
            await desk.hears(f"The session is written to {file}.")
            assert file.read_text(encoding="utf-8") == (
                "# What is *this*?\n\n## You\n\nWhat is *this*?\n\n## m\n\nAn **answer**\n"
            )
            desk.window.actions_by_id["export_session"].trigger()
            await accept(desk, tmp_path / "nowhere" / "session.md", wanted=False)

    with gateway(monkeypatch, answer("An **answer**")):
        qt_loop.run(scenario())


def test_a_file_that_cannot_be_written_is_told(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Hello")
            await desk.answered()
            desk.window.actions_by_id["export_session"].trigger()
            file = tmp_path / "gone.md"
            dialog = await file_dialog(desk)
            dialog.fileSelected.emit(str(tmp_path / "no such folder" / file.name))
            dialog.reject()
            notice = await desk.hears("cannot be written")
            assert "Choose another place." in notice.sentence

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_a_long_session_opens_at_its_end_and_loads_what_is_older(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_session("Long")
    count = 2 * PAGE_SIZE + 30
    store_messages(session, [f"Message {number}" for number in range(count)])

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.until(lambda: titles(desk) == ["Long"], "the session")
            await desk.open(session.id)
            assert desk.messages()[-1].content == f"Message {count - 1}"
            assert len(desk.messages()) < count
            # Wanted again at once, as by a view that a short page does not fill.
            desk.shell.transcript.messages_prepended.connect(lambda _: desk.shell.view.older_requested.emit())
            desk.shell.view.older_requested.emit()
            await desk.until(lambda: not desk.shell.transcript.has_older, "the beginning")
            assert [m.content for m in desk.messages()] == [f"Message {number}" for number in range(count)]

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def test_a_branch_that_begins_before_the_last_page_is_shown_whole(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_session("Branched")
    made = store_messages(session, [f"Old {number}" for number in range(PAGE_SIZE + 50)])
    edited = make_message(session, "Edited", parent_id=made[2], created_at=EARLIER + timedelta(seconds=1000))
    add(edited)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.until(lambda: titles(desk) == ["Branched"], "the session")
            await desk.open(session.id)
            assert [m.content for m in desk.messages()] == ["Old 0", "Old 1", "Old 2", "Edited"]

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def test_opening_one_session_after_another_ends_at_the_last(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = [make_session(f"Session {number}") for number in range(8)]
    for session in sessions:
        store_messages(session, [f"In {session.title}"])

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.until(lambda: len(titles(desk)) == 8, "the sessions")
            for session in sessions:
                desk.window.sessions_dock.session_requested.emit(session.id)
            await desk.until(lambda: desk.window.windowTitle() == "Session 7", "the last")
            assert [m.content for m in desk.messages()] == ["In Session 7"]
            # Going on with the one on show calls off the one that was asked for.
            desk.window.sessions_dock.session_requested.emit(sessions[0].id)
            desk.window.sessions_dock.session_requested.emit(sessions[7].id)
            await desk.settle()
            assert desk.window.windowTitle() == "Session 7"
            # So does beginning a new one.
            desk.window.sessions_dock.session_requested.emit(sessions[0].id)
            desk.wiring.controller.new_session()
            await desk.settle()
            assert desk.messages() == []
            assert desk.notices == []

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def test_enter_and_a_new_session_at_once(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message goes into the session that it was written in, though another is on show before it is sent."""

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("Asked in the first")
            first = desk.conversation.session.id
            desk.composer.submit()
            desk.wiring.controller.new_session()
            await desk.until(lambda: len(server.chats) == 1, "the request")
            await desk.until(lambda: not desk.wiring.controller.turns.is_busy(first), "the answer")
            assert desk.messages() == []
            assert not desk.conversation.is_stored
            assert titles(desk) == ["Asked in the first"]
            await desk.open(first)
            assert [m.content for m in desk.messages()] == ["Asked in the first", "Yes"]

    with gateway(monkeypatch, by_question({})) as server:
        qt_loop.run(scenario())


def titles(desk: WindowDriver) -> list[str]:
    model = desk.window.sessions_dock.model
    return [session.title for key in model.shown() if (session := model.session(key)) is not None]


def store_messages(session: Session, texts: list[str]) -> list[str]:
    """Put a session with these messages into the history of the next window; returns their ids."""
    messages = [
        make_message(
            session,
            text,
            author=Author.ASSISTANT if number % 2 else Author.USER,
            created_at=EARLIER + timedelta(seconds=number),
        )
        for number, text in enumerate(texts)
    ]
    store = SqliteStore(paths.history_file())
    store.open()
    store.restore_session(replace(session), messages)
    store.close()
    return [message.id for message in messages]


def add(message: Message) -> None:
    """Put a message at the end of its session."""
    store = SqliteStore(paths.history_file())
    store.open()
    store.save_message(message)
    store.close()


async def file_dialog(desk: WindowDriver) -> QFileDialog:
    await desk.until(lambda: open_dialogs(desk), "the file dialog")
    return open_dialogs(desk)[0]


def open_dialogs(desk: WindowDriver) -> list[QFileDialog]:
    return [dialog for dialog in desk.window.findChildren(QFileDialog) if dialog.isVisible()]


async def accept(desk: WindowDriver, file: Path, *, wanted: bool = True) -> None:
    dialog = await file_dialog(desk)
    field = dialog.findChild(QLineEdit)
    assert field is not None
    field.setText(str(file))
    if wanted:
        dialog.accept()
    else:
        dialog.reject()
    await desk.until(lambda: not open_dialogs(desk), "the dialog to close")
