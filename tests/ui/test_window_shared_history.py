"""A history that others use at the same time: what they do appears in the open window, and disturbs nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat2anyllm_desktop.core.models import Author, Message, Status, new_id, utc_now
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.ui.scripted import gateway, in_steps
from tests.ui.sharing import OtherClient, OtherDesktop, contents, role_names, soon, titles
from tests.ui.window_driver import WindowDriver, open_window

EVEN_LATER_S = 1.2
"""Longer than an echo of an own write takes."""


@pytest.fixture
def web(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> OtherClient:
    """The shared database that the next window uses, and the web edition on it."""
    monkeypatch.setenv("DATABASE_URL", postgres_dsn)
    return OtherClient(postgres_dsn)


async def asked(desk: WindowDriver) -> str:
    """A session with a question and its answer on show; returns its id."""
    await desk.ready()
    await desk.send("First question")
    await desk.answered()
    await desk.until(lambda: titles(desk) == ["First question"], "the session in the panel")
    return desk.conversation.session.id


def test_what_the_web_edition_does_appears_within_a_second(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            session_id = await asked(desk)
            await web.insert_message(session_id, "user", "From the browser")
            await web.insert_message(session_id, "assistant", "Answered there")
            await soon(
                desk, lambda: contents(desk)[2:] == ["From the browser", "Answered there"], "its messages"
            )
            other = await web.insert_session("Made elsewhere")
            await soon(desk, lambda: titles(desk) == ["Made elsewhere", "First question"], "its session")
            await web.execute("UPDATE sessions SET title = 'Renamed' WHERE id = %s", session_id)
            await soon(desk, lambda: titles(desk)[0] == "Renamed", "its title in the panel")
            await soon(desk, lambda: desk.window.windowTitle() == "Renamed", "its title above")
            await web.execute("DELETE FROM sessions WHERE id = %s", other)
            await soon(desk, lambda: titles(desk) == ["Renamed"], "the end of a session")
            await web.execute("INSERT INTO roles (name, instructions) VALUES ('Poet', 'Rhyme.')")
            await soon(desk, lambda: role_names(desk) == ["Poet"], "its role")
            await web.execute("UPDATE roles SET instructions = 'Rhyme well.'")
            roles = desk.wiring.controller.library
            await soon(desk, lambda: roles.roles[0].instructions == "Rhyme well.", "its words")
            await web.execute("DELETE FROM roles")
            await soon(desk, lambda: not role_names(desk), "the end of the role")
            await web.execute("DELETE FROM messages WHERE content = 'Answered there'")
            await soon(desk, lambda: "Answered there" not in contents(desk), "the end of a message")
            assert desk.notices == []

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_what_another_desktop_streams_is_seen_growing(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            session_id = await asked(desk)
            other = OtherDesktop(web.dsn)
            draft = Message(
                id=new_id(),
                session_id=session_id,
                author=Author.ASSISTANT,
                content="",
                created_at=utc_now(),
                status=Status.STREAMING,
                model="m",
            )
            await other.save(draft)
            await soon(desk, lambda: len(desk.messages()) == 3, "its answer")
            for text in ("Some", "Some more", "Some more words"):
                await other.save(replace(draft, content=text))
                await soon(desk, lambda text=text: desk.text() == text, text)  # type: ignore[misc]
            await other.save(replace(draft, content="Some more words.", status=Status.COMPLETE))
            await soon(desk, lambda: desk.messages()[-1].status is Status.COMPLETE, "its end")
            assert contents(desk) == ["First question", "Yes", "Some more words."]
            await other.aclose()

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_reading_and_writing_are_not_disturbed(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            session_id = await asked(desk)
            for number in range(30):
                await web.insert_message(
                    session_id, "assistant" if number % 2 else "user", f"{number}\n\n" * 8
                )
            await desk.until(lambda: len(desk.messages()) == 32, "a long session")
            await desk.settle()
            bar = desk.shell.view.verticalScrollBar()
            bar.setValue(bar.maximum() // 2)
            await desk.type("Half a sentence")
            cursor = desk.composer.editor.textCursor()
            cursor.setPosition(4)
            cursor.setPosition(8, cursor.MoveMode.KeepAnchor)
            desk.composer.editor.setTextCursor(cursor)
            await desk.settle()
            position = desk.shell.view.reading_position()
            assert position is not None
            assert not position.at_end
            await web.insert_message(session_id, "user", "Something new at the end")
            await web.execute("UPDATE sessions SET title = 'Another' WHERE id = %s", session_id)
            await web.execute("UPDATE messages SET content = 'Shorter' WHERE content LIKE '29%%'")
            await soon(desk, lambda: "Something new at the end" in contents(desk), "the message")
            await soon(desk, lambda: "Shorter" in contents(desk), "the change")
            await soon(desk, lambda: desk.window.windowTitle() == "Another", "the title")
            await desk.settle()
            assert desk.shell.view.reading_position() == position
            assert desk.composer.text == "Half a sentence"
            assert desk.composer.editor.textCursor().selectedText() == " a s"[:4]

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_a_running_answer_is_not_disturbed(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, web: OtherClient
) -> None:
    script, (second, end) = in_steps("One ", "two")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Slowly")
            await desk.shows("One ")
            session_id = desk.conversation.session.id
            await web.insert_message(session_id, "user", "Me too")
            await soon(desk, lambda: "Me too" in contents(desk), "the other's message")
            second.set()
            await desk.until(
                lambda: "One two" in contents(desk, Author.ASSISTANT), "the answer as it goes on"
            )
            end.set()
            await desk.until(lambda: not desk.conversation.is_busy, "the end")
            await desk.settle()
            mine = [message for message in desk.messages() if message.author is Author.ASSISTANT]
            assert [(m.content, m.status) for m in mine] == [("One two", Status.COMPLETE)]
            assert await web.count("messages") == 3

    with gateway(monkeypatch, script):
        qt_loop.run(scenario(), 60)


def test_own_writes_are_not_doubled(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await asked(desk)
            removed: list[object] = []
            reset: list[object] = []
            desk.shell.transcript.messages_removed.connect(removed.append)
            desk.shell.transcript.session_replaced.connect(lambda: reset.append(True))
            await desk.send("Second question")
            await desk.answered(2)
            desk.conversation.rename("By hand")
            quiet = desk.wiring.controller.tasks
            await desk.until(lambda: titles(desk) == ["By hand"], "the new title")
            for _ in range(int(EVEN_LATER_S / 0.05)):
                await desk.settle()
            assert not quiet.is_running("follow")
            assert contents(desk) == ["First question", "Yes", "Second question", "Yes"]
            assert titles(desk) == ["By hand"]
            assert desk.window.windowTitle() == "By hand"
            assert (removed, reset) == ([], [])
            assert (await web.count("messages"), await web.count("sessions")) == (4, 1)
            assert desk.notices == []

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_the_session_on_show_is_deleted_elsewhere(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            session_id = await asked(desk)
            await desk.type("Not sent yet")
            await web.execute("DELETE FROM sessions WHERE id = %s", session_id)
            notice = await desk.hears("“First question” was deleted elsewhere")
            assert "new session" in notice.sentence
            assert desk.composer.text == "Not sent yet"
            assert desk.messages() == []
            await desk.until(lambda: titles(desk) == [], "the row to go")
            assert not desk.conversation.is_stored
            await desk.send("!")
            await desk.answered()
            assert contents(desk) == ["Not sent yet!", "Yes"]
            assert await web.count("sessions") == 1
            assert len(desk.notices) == 1

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_the_session_on_show_is_deleted_while_it_is_answered(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, web: OtherClient
) -> None:
    script, _ = in_steps("One ", "two")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Slowly")
            await desk.shows("One ")
            await web.execute("DELETE FROM sessions")
            await desk.hears("“Slowly” was deleted elsewhere")
            await desk.until(lambda: server.disconnected.is_set(), "the end of the generation")
            await desk.settle()
            assert desk.messages() == []
            assert await web.count("messages") == 0
            assert len(desk.notices) == 1

    with gateway(monkeypatch, script) as server:
        qt_loop.run(scenario(), 60)


def test_deleting_here_is_no_news(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            session_id = await asked(desk)
            desk.window.sessions_dock.delete_requested.emit(session_id)
            await desk.hears("“First question” is deleted.")
            for _ in range(int(EVEN_LATER_S / 0.05)):
                await desk.settle()
            assert len(desk.notices) == 1
            desk.choose("Undo")
            await desk.until(lambda: titles(desk) == ["First question"], "the session again")
            await desk.until(lambda: contents(desk) == ["First question", "Yes"], "its messages again")
            assert await web.count("messages") == 2

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_a_row_that_is_being_renamed_stays_open(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, web: OtherClient
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            session_id = await asked(desk)
            dock = desk.window.sessions_dock
            dock.rename(session_id)
            await desk.until(lambda: dock.list.indexWidget(dock.model.index_of(session_id)), "the field")
            await web.insert_session("Made elsewhere")
            await web.execute("""SELECT pg_notify('chat2anyllm', '{"op":"resync"}')""")
            library = desk.wiring.controller.library
            await soon(desk, lambda: len(library.sessions) == 2, "the other session")
            await desk.settle()
            assert dock.list.indexWidget(dock.model.index_of(session_id)) is not None

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)
