"""Answers that were asked for again and questions that were edited: the ones before are gone back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import Author, Change, Message, Operation, Session, Status, Table
from chat2anyllm_desktop.store.api import PAGE_SIZE, Store
from chat2anyllm_desktop.store.sqlite import SqliteStore
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.store.making import EARLIER, make_message, make_session
from tests.ui.scripted import gateway, in_steps
from tests.ui.window_driver import WindowDriver, open_window


def _contents(desk: WindowDriver) -> list[str]:
    return [message.content for message in desk.messages()]


def _numbers(desk: WindowDriver) -> list[tuple[int, int] | None]:
    """What the switchers say, message by message."""
    return [entry.version for entry in desk.shell.transcript if not entry.local]


def _spot(desk: WindowDriver, label: str, at: int = -1) -> QPoint:
    """The middle of a spot of a message, in the viewport."""
    view = desk.shell.view
    row = view._page.rows[at]
    for placed in view._page.placed:
        for spot in placed.part.spots():
            if placed.row is row and spot.label == label and spot.area is not None:
                x = view._pointer.column + row.place(placed.number)[0]
                return (spot.area.center() + QPointF(x, placed.y)).toPoint()
    raise AssertionError(f"{label!r} is not on screen")


def _click(desk: WindowDriver, qtbot: QtBot, label: str, at: int = -1) -> None:
    viewport = desk.shell.view.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=_spot(desk, label, at))


async def _ask(desk: WindowDriver, text: str, count: int) -> Message:
    await desk.send(text)
    await desk.until(lambda: text in _contents(desk), text)
    return await desk.answered(count)


async def _again(desk: WindowDriver, message: Message, text: str) -> Message:
    """Retry, and wait for this answer."""
    desk.shell.view.retry_requested.emit(message.id)
    await desk.shows(text)
    return await desk.answered()


async def _edit(desk: WindowDriver, message: Message, text: str, shown: str) -> None:
    desk.shell.view.edit_requested.emit(message.id)
    desk.composer.set_text("")
    await desk.send(text)
    await desk.shows(shown)
    await desk.answered()


def test_an_answer_is_gone_back_to_and_gone_on_with(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            first = await _ask(desk, "Toss a coin", 1)
            assert _numbers(desk) == [None, None]
            await _again(desk, await _again(desk, first, "Tails"), "On its edge")
            assert _numbers(desk) == [None, (3, 3)]
            _click(desk, qtbot, "Previous version")
            assert _contents(desk) == ["Toss a coin", "Tails"]
            _click(desk, qtbot, "Previous version")
            assert _contents(desk) == ["Toss a coin", "Heads"]
            assert _numbers(desk) == [None, (1, 3)]
            await _ask(desk, "And now?", 2)
            assert _contents(desk) == ["Toss a coin", "Heads", "And now?", "Still heads"]
            stored = await desk.history()
            assert [m.content for m in stored[-2:]] == ["And now?", "Still heads"]
            assert stored[-2].parent_id == first.id
            assert desk.conversation.session.settings.branch is None  # It is the newest again.

    scripts = [answer(text) for text in ("Heads", "Tails", "On its edge", "Still heads")]
    with gateway(monkeypatch, *scripts) as server:
        qt_loop.run(scenario())
        sent = [message["content"] for message in server.chats[3].json["messages"]]
        assert sent == ["Toss a coin", "Heads", "And now?"]


def test_a_question_is_gone_back_to_with_all_that_followed_it(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await _ask(desk, "What is a cat?", 1)
            await _ask(desk, "And its tail?", 2)
            await _edit(desk, desk.messages()[0], "What is a dog?", "A dog.")
            assert _contents(desk) == ["What is a dog?", "A dog."]
            assert _numbers(desk) == [(2, 2), None]
            cats = ["What is a cat?", "A cat.", "And its tail?", "Long."]
            _click(desk, qtbot, "Previous version", 0)
            assert _contents(desk) == cats
            await desk.settle()
            session = desk.conversation.session.id
            # Another session and back; and after a restart.
            desk.wiring.controller.new_session()
            assert desk.conversation.session.settings.branch is None
            await desk.open(session)
            assert _contents(desk) == cats
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: again.messages(), "the session")
            assert _contents(again) == cats
            assert _numbers(again) == [(1, 2), None, None, None]
            # A copy of it shows the same; what is sent in it stays there.
            again.window.actions_by_id["duplicate_session"].trigger()
            await again.until(lambda: again.conversation.session.id != session, "the copy")
            assert _contents(again) == cats
            assert _numbers(again) == [(1, 2), None, None, None]
            await again.open(session)
            _click(again, qtbot, "Next version", 0)
            assert _contents(again) == ["What is a dog?", "A dog."]
            await again.settle()
            store = again.wiring.controller.connections.store
            assert (await store.call(Store.get_session, session)).settings.branch is None

    with gateway(monkeypatch, answer("A cat."), answer("Long."), answer("A dog.")):
        qt_loop.run(scenario())


def test_a_stream_stays_with_its_branch(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    script, gates = in_steps("Tails,", " I think", ".")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            first = await _ask(desk, "Toss a coin", 1)
            desk.shell.view.retry_requested.emit(first.id)
            await desk.shows("Tails,")
            assert _numbers(desk) == [None, (2, 2)]
            _click(desk, qtbot, "Previous version")
            assert _contents(desk) == ["Toss a coin", "Heads"]
            assert desk.conversation.is_busy
            gates[0].set()
            turns, session = desk.wiring.controller.turns, desk.conversation.session.id
            await desk.until(lambda: "think" in getattr(turns.partial(session), "content", ""), "more of it")
            assert _contents(desk) == ["Toss a coin", "Heads"]
            _click(desk, qtbot, "Next version")
            assert _contents(desk) == ["Toss a coin", "Tails, I think"]
            _click(desk, qtbot, "Previous version")
            gates[1].set()
            gates[2].set()
            await desk.until(lambda: not desk.conversation.is_busy, "the end of the answer")
            assert _contents(desk) == ["Toss a coin", "Heads"]
            _click(desk, qtbot, "Next version")
            assert _contents(desk) == ["Toss a coin", "Tails, I think."]
            assert desk.messages()[-1].status is Status.COMPLETE

    with gateway(monkeypatch, answer("Heads"), script):
        qt_loop.run(scenario())


@pytest.mark.parametrize("back", [True, False])
def test_a_message_that_waits_goes_where_it_was_written(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, back: bool
) -> None:
    script, gates = in_steps("Tails", ".")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            first = await _ask(desk, "Toss a coin", 1)
            desk.shell.view.retry_requested.emit(first.id)
            await desk.shows("Tails")
            if back:
                _click(desk, qtbot, "Previous version")
            await desk.send("Why?")
            await desk.hears("Your message is sent when this answer has ended.")
            for gate in gates:
                gate.set()
            await desk.until(lambda: "Because" in _contents(desk), "the answer")
            await desk.answered(2)
            assert _contents(desk) == ["Toss a coin", "Heads" if back else "Tails.", "Why?", "Because"]

    with gateway(monkeypatch, answer("Heads"), script, answer("Because")):
        qt_loop.run(scenario())


def test_what_another_client_writes_throws_nobody_out_of_the_branch(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            first = await _ask(desk, "Toss a coin", 1)
            tails = await _again(desk, first, "Tails")
            store, session = desk.wiring.controller.connections.store, desk.conversation.session

            async def elsewhere(
                text: str, parent: str | None = None, author: Author = Author.USER
            ) -> Message:
                message = make_message(session, text, author=author, parent_id=parent)
                saved = await store.call(Store.save_message, message)
                change = Change(
                    table=Table.MESSAGES, operation=Operation.UPSERT, id=saved.id, session_id=session.id
                )
                desk.conversation.follow([change])
                await desk.settle()
                return saved

            # Below what is shown: it appears. In another branch: only the number tells.
            more = await elsewhere("And then?")
            assert _contents(desk) == ["Toss a coin", "Tails", "And then?"]
            await elsewhere("Another again", first.parent_id or desk.messages()[0].id, Author.ASSISTANT)
            assert _contents(desk) == ["Toss a coin", "Tails", "And then?"]
            assert _numbers(desk) == [None, (2, 3), None]
            desk.conversation.follow([Change(table=Table.MESSAGES, operation=Operation.RESYNC)])
            await desk.settle()
            assert _contents(desk) == ["Toss a coin", "Tails", "And then?"]
            # What is asked here goes on from here.
            await _ask(desk, "What now?", 2)
            assert _contents(desk) == ["Toss a coin", "Tails", "And then?", "What now?", "Tails"]
            asked = next(m for m in await desk.history() if m.content == "What now?")
            assert asked.parent_id == more.id
            # The end of the branch is deleted elsewhere: what is left of it stays.
            gone = desk.messages()[2:]
            await store.call(Store.delete_messages, [m.id for m in gone])
            desk.conversation.follow(
                [
                    Change(table=Table.MESSAGES, operation=Operation.DELETE, id=m.id, session_id=session.id)
                    for m in gone
                ]
            )
            assert [m.id for m in desk.messages()][1] == tails.id

    with gateway(monkeypatch, answer("Heads"), answer("Tails")):
        qt_loop.run(scenario())


def test_the_branch_on_show_is_what_is_exported(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, tmp_path: Path
) -> None:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)

    async def exported(desk: WindowDriver, session_id: str, name: str) -> str:
        desk.window.sessions_dock.export_requested.emit(session_id)
        await desk.until(lambda: desk.window.findChild(QFileDialog), "the dialog")
        dialog = desk.window.findChild(QFileDialog)
        assert dialog is not None
        field = dialog.findChild(QLineEdit)
        assert field is not None
        field.setText(str(tmp_path / name))
        dialog.accept()
        await desk.hears(f"The session is written to {tmp_path / name}.")
        await desk.until(lambda: desk.window.findChild(QFileDialog) is None, "the dialog to close")
        return (tmp_path / name).read_text(encoding="utf-8")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            first = await _ask(desk, "Toss a coin", 1)
            await _again(desk, first, "Tails")
            session = desk.conversation.session.id
            assert "Tails" in await exported(desk, session, "one.md")
            _click(desk, qtbot, "Previous version")
            text = await exported(desk, session, "two.md")
            assert "Heads" in text
            assert "Tails" not in text
            await desk.settle()
            desk.wiring.controller.new_session()
            assert await exported(desk, session, "three.md") == text

    with gateway(monkeypatch, answer("Heads"), answer("Tails")):
        qt_loop.run(scenario())


def test_the_switcher_stays_under_the_mouse_and_has_the_keyboard(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    long = "\n\n".join(f"Line {number}." for number in range(30))

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            for count in range(1, 4):
                first = await _ask(desk, f"Question {count}", count)
            await _again(desk, first, "Short")
            view = desk.shell.view
            before = _spot(desk, "Previous version")
            _click(desk, qtbot, "Previous version")
            await desk.settle()
            assert desk.text() == long
            assert _spot(desk, "Next version").y() == before.y()
            _click(desk, qtbot, "Next version")
            await desk.settle()
            assert desk.text() == "Short"
            assert _spot(desk, "Previous version").y() == before.y()
            # By keyboard: the arrow that was pressed keeps the focus, at the end the other one gets it.
            desk.window.actions_by_id["focus_transcript"].trigger()
            view.focusNextPrevChild(True)
            spots = []
            for _ in range(3):
                assert view._keys.spot is not None
                spots.append((view._keys.spot.label, desk.text()))
                qtbot.keyClick(view, Qt.Key.Key_Return)
                await desk.settle()
            assert spots == [
                ("Previous version", "Short"),
                ("Next version", long),
                ("Previous version", "Short"),
            ]
            assert view.hasFocus()

    with gateway(monkeypatch, answer(long), answer(long), answer(long), answer("Short")):
        qt_loop.run(scenario())


def test_outputs_of_commands_stay(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            first = await _ask(desk, "Toss a coin", 1)
            await desk.send("/help")
            await desk.until(desk.cards, "the output")
            await _again(desk, first, "Tails")
            assert len(desk.cards()) == 1
            for label, text in (("Previous version", "Heads"), ("Next version", "Tails")):
                place = next(at for at, entry in enumerate(desk.shell.transcript) if entry.version)
                desk.shell.view._page.show(desk.shell.view._page.rows[place], 0, 0)
                desk.shell.view.flush()
                _click(desk, qtbot, label, place)
                assert desk.text() == text
                assert len(desk.cards()) == 1
                orders = [entry.order for entry in desk.shell.transcript]
                assert orders == sorted(orders)

    with gateway(monkeypatch, answer("Heads"), answer("Tails")):
        qt_loop.run(scenario())


def test_plans_and_what_came_of_them(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("/model:plan-mode m gpt-4o")
            await desk.send("/plan-review off")
            await desk.send("Build it")
            await desk.until(lambda: len(desk.messages()) == 3, "plan and implementation")
            await desk.answered(2)
            await _again(desk, desk.messages()[-1], "print(2)")
            assert _numbers(desk) == [None, None, (2, 2)]
            _click(desk, qtbot, "Previous version")
            assert _contents(desk)[-1] == "print(1)"

    with gateway(monkeypatch, answer("1. Write it"), answer("print(1)"), answer("print(2)")):
        qt_loop.run(scenario())


# Long sessions -------------------------------------------------------------------------------------------------------
def _stored(session: Session, messages: Sequence[Message]) -> None:
    store = SqliteStore(paths.history_file())
    store.open()
    store.restore_session(session, messages)
    store.close()


def _long(session: Session, count: int) -> list[Message]:
    return [
        make_message(
            session,
            f"Message {number}",
            author=Author.ASSISTANT if number % 2 else Author.USER,
            created_at=EARLIER + timedelta(seconds=number),
        )
        for number in range(count)
    ]


def test_a_long_session_without_branches_is_not_read_as_a_whole(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_session("Long")
    messages = _long(session, 10_000)
    _stored(session, messages)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.until(lambda: desk.wiring.controller.library.session(session.id), "the session")
            await desk.open(session.id)
            await desk.send("One more")
            await desk.answered(PAGE_SIZE // 2)
            assert len(desk.conversation._loaded) <= 3 * PAGE_SIZE
            assert _numbers(desk) == [None] * len(desk.messages())

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_the_first_message_that_was_read_is_edited(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the new one follows has not been read: then all is."""
    session = make_session("Long")
    _stored(session, _long(session, 4 * PAGE_SIZE))

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.until(lambda: desk.wiring.controller.library.session(session.id), "the session")
            await desk.open(session.id)
            before = len(desk.conversation._loaded)
            assert before < 4 * PAGE_SIZE
            first = next(message for message in desk.messages() if message.author is Author.USER)
            number = int(first.content.removeprefix("Message "))
            inserted: list[int] = []
            desk.shell.transcript.message_inserted.connect(inserted.append)
            await _edit(desk, first, "Changed", "Yes")
            expected = [f"Message {n}" for n in range(number)] + ["Changed", "Yes"]
            await desk.until(lambda: _contents(desk) == expected, "the branch from its beginning")
            assert _numbers(desk)[number] == (2, 2)
            assert len(inserted) <= 2  # Not one by one: of 10,000 messages that takes 12 s.
            assert not desk.shell.transcript.has_older

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_an_answer_that_is_continued_leaves_what_follows_it(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older version is on show behind it: it stays."""
    session = make_session("Cut off")
    messages = _long(session, 4)
    messages[1] = replace(messages[1], status=Status.STOPPED)
    edited = make_message(
        session, "Edited", parent_id=messages[1].id, created_at=EARLIER + timedelta(seconds=50)
    )
    session = replace(session, settings=replace(session.settings, branch=messages[3].id))
    _stored(session, [*messages, edited])

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.until(lambda: desk.wiring.controller.library.session(session.id), "the session")
            await desk.open(session.id)
            assert _contents(desk) == [f"Message {n}" for n in range(4)]
            desk.shell.view.continue_requested.emit(messages[1].id)
            expected = ["Message 0", "Message 1 and on", "Message 2", "Message 3"]
            await desk.until(lambda: _contents(desk) == expected, "the rest of it")
            await desk.answered(2)
            assert _contents(desk) == expected

    with gateway(monkeypatch, answer(" and on")):
        qt_loop.run(scenario())


def test_a_branch_at_the_beginning_of_a_long_session(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    """Remembered, far from the newest page; and as long as the rest."""
    session = make_session("Long")
    messages = _long(session, 3_000)
    edited = make_message(
        session, "Edited", parent_id=messages[1].id, created_at=EARLIER + timedelta(seconds=5_000)
    )
    session = replace(session, settings=replace(session.settings, branch=messages[-1].id))
    _stored(session, [*messages, edited])

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.until(lambda: desk.wiring.controller.library.session(session.id), "the session")
            await desk.open(session.id)
            assert len(desk.messages()) == 3_000
            assert _numbers(desk)[2] == (1, 2)
            view = desk.shell.view
            qtbot.keyClick(view, Qt.Key.Key_Home)
            _click(desk, qtbot, "Next version", 2)
            assert _contents(desk) == ["Message 0", "Message 1", "Edited"]
            _click(desk, qtbot, "Previous version", 2)
            assert len(desk.messages()) == 3_000
            assert any(placed.row is view._page.rows[2] for placed in view._page.placed)

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_a_remembered_branch_that_is_gone_is_the_newest(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_session("Short")
    messages = _long(session, 4)
    again = make_message(
        session, "Again", parent_id=messages[2].id, created_at=EARLIER + timedelta(seconds=50)
    )
    session = replace(session, settings=replace(session.settings, branch=messages[3].id))
    _stored(session, [*messages[:3], again])

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.until(lambda: desk.wiring.controller.library.session(session.id), "the session")
            await desk.open(session.id)
            assert _contents(desk) == ["Message 0", "Message 1", "Message 2", "Again"]

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())
