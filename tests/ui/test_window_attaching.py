"""Files in the window: read, refused, sent, kept across sessions and restarts. Recall. Words in the making."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QInputMethodEvent
from PySide6.QtWidgets import QFileDialog

from chat2anyllm_desktop.core.models import Author, Message, Session, new_id, utc_now
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.ui.scripted import by_question, gateway, in_steps
from tests.ui.window_driver import WindowDriver, open_window


def names(desk: WindowDriver) -> list[str]:
    return [piece.name for piece in desk.composer.chips.attachments]


def drop(desk: WindowDriver, *files: Path) -> bool:
    """On the middle of the window, as a file manager does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    where, target = QPoint(300, 300), desk.window
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where, copy, data, left, none)
    QCoreApplication.sendEvent(target, enter)
    if enter.isAccepted():
        QCoreApplication.sendEvent(
            target, QDropEvent(where.toPointF(), copy, data, left, none, QEvent.Type.Drop)
        )
    return enter.isAccepted()


def test_a_file_is_read_sent_as_code_and_told_to_the_model(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "parser.py"
    file.write_text("def parse():\n    '''```'''\n", encoding="utf-8")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("Explain")
            assert drop(desk, file)
            await desk.until(lambda: names(desk) == ["parser.py"], "the chip")
            desk.press(Qt.Key.Key_Return, "\r")
            await desk.answered()
            assert names(desk) == []
            sent = "Explain\n\nparser.py:\n````py\ndef parse():\n    '''```'''\n````"
            assert (await desk.history())[0].content == sent
            assert server.chats[0].json["messages"][0]["content"] == sent
            row = desk.shell.view._page.rows[0]
            assert "def parse():" in [getattr(part, "text", "").split("\n")[0] for part in row.parts]

    with gateway(monkeypatch, answer("Yes")) as server:
        qt_loop.run(scenario())


def test_a_message_of_files_alone_names_its_session(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("x = 1", encoding="utf-8")
    (tmp_path / "b.py").write_text("y = 1", encoding="utf-8")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            drop(desk, tmp_path / "a.py", tmp_path / "b.py")
            await desk.until(lambda: names(desk) == ["a.py", "b.py"], "the chips")
            desk.composer.submit()
            await desk.answered()
            assert desk.conversation.session.title == "a.py, b.py"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_what_cannot_be_attached_is_said(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0")
    (tmp_path / "good.txt").write_text("good", encoding="utf-8")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("typed")
            drop(desk, tmp_path / "picture.png", tmp_path, tmp_path / "good.txt", tmp_path / "missing")
            notice = await desk.hears("picture.png is not text")
            assert "is a folder" in notice.sentence
            assert "missing cannot be read" in notice.sentence
            assert names(desk) == ["good.txt"]
            assert desk.composer.editor.toPlainText() == "typed"
            desk.composer.picture_pasted.emit()
            await desk.hears("Pictures cannot be attached")

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def test_files_are_chosen_by_key(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.window.actions_by_id["attach_files"].trigger()
            dialog = desk.window.findChild(QFileDialog)
            assert dialog is not None
            dialog.filesSelected.emit([str(tmp_path / "a.txt")])
            dialog.reject()
            await desk.until(lambda: names(desk) == ["a.txt"], "the chip")

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def test_what_is_attached_is_part_of_the_draft_of_its_session(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("first\n````\ncode\n", encoding="utf-8")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("First")
            await desk.answered()
            first = desk.conversation.session.id
            await desk.type("draft")
            drop(desk, tmp_path / "a.txt")
            await desk.until(lambda: names(desk) == ["a.txt"], "the chip")
            desk.wiring.controller.new_session()
            assert (desk.composer.text, names(desk)) == ("", [])
            await desk.open(first)
            assert (desk.composer.editor.toPlainText(), names(desk)) == ("draft", ["a.txt"])
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: names(again) == ["a.txt"], "the chip")
            assert again.composer.editor.toPlainText() == "draft"
            assert again.composer.chips.attachments[0].text == "first\n````\ncode"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario(), 60)


def test_up_goes_as_far_back_as_the_session_does(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            store = desk.wiring.controller.connections.store
            now = utc_now()
            session = Session(id=new_id(), title="Long", created_at=now, updated_at=now)
            messages = [
                Message(
                    id=new_id(),
                    session_id=session.id,
                    author=Author.USER,
                    content=f"Question {number}" if number else "/first\n\na.py:\n````py\nx\n````",
                    created_at=now + timedelta(seconds=number),
                )
                for number in range(400)
            ]
            await store.run(lambda: store.backend.restore_session(session, messages))
            desk.wiring.controller.library.show(session)
            await desk.open(session.id)
            await desk.settle()
            for number in reversed(range(1, 400)):
                for _ in range(200):  # What is farther up is read meanwhile.
                    desk.composer.editor.recall_requested.emit(1)
                    if desk.composer.text == f"Question {number}":
                        break
                    await desk.settle()
                assert desk.composer.text == f"Question {number}"
            desk.composer.editor.recall_requested.emit(1)
            assert (desk.composer.editor.toPlainText(), names(desk)) == ("//first", ["a.py"])
            desk.composer.editor.recall_requested.emit(-1)
            assert (desk.composer.text, names(desk)) == ("Question 1", [])
            for _ in range(399):
                desk.composer.editor.recall_requested.emit(-1)
            assert desk.composer.text == ""

    with gateway(monkeypatch):
        qt_loop.run(scenario(), 90)


def test_a_word_is_finished_while_an_answer_streams(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, gates = in_steps("Slow", " answer", " that goes on")

    def compose(desk: WindowDriver, preedit: str, commit: str = "") -> None:
        event = QInputMethodEvent(preedit, [])
        event.setCommitString(commit)
        QCoreApplication.sendEvent(desk.composer.editor, event)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Go")
            await desk.shows("Slow")
            compose(desk, "ni")
            gates[0].set()
            await desk.shows("Slow answer")
            assert desk.composer.editor.composing
            desk.press(Qt.Key.Key_Escape)
            await desk.until(lambda: not desk.composer.editor.composing, "the word to be given up")
            assert desk.conversation.is_busy, "Esc was for the word, not for the answer"
            compose(desk, "nihao")
            compose(desk, "", "你好")
            assert desk.composer.text == "你好"
            compose(desk, "한")
            first = desk.conversation.session.id
            desk.wiring.controller.new_session()
            assert desk.composer.text == ""
            await desk.open(first)
            assert desk.composer.text == "你好한", "what was begun belongs to the session where it was"
            for gate in gates:
                gate.set()
            await desk.answered()

    with gateway(monkeypatch, by_question({"Go": script})):
        qt_loop.run(scenario())
