"""Esc in the window: one thing at a time, the nearest first, the answer last."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from chat2anyllm_desktop.core.models import Author, Status
from chat2anyllm_desktop.ui.facts import Notice, NoticeAction, Tone
from tests.conftest import LoopRunner
from tests.llm.misbehaving import DONE, FOREVER, frame, stream
from tests.ui.scripted import gateway
from tests.ui.test_window_templates import have
from tests.ui.window_driver import open_window


def test_esc_goes_from_the_list_to_the_edit_to_the_find_bar_to_the_answer(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            # While a message is edited templates alone are offered.
            await have(desk, moral="What is the moral of it?")
            view, composer = desk.shell.view, desk.composer
            await desk.send("For ever")
            await desk.until(lambda: len(desk.text()) > 20, "some text")
            question = next(m for m in desk.messages() if m.author is Author.USER)
            view.open_find()
            view.edit_requested.emit(question.id)
            composer.editor.clear()
            await desk.type("/mo")
            assert composer.editor.completion_open
            desk.press(Qt.Key.Key_Escape)
            await desk.until(lambda: not composer.editor.completion_open, "the list to close")
            assert composer.edited == question.id
            desk.press(Qt.Key.Key_Escape)
            await desk.until(lambda: not composer.edited, "the edit to be given up")
            assert view.finds
            desk.press(Qt.Key.Key_Escape)
            await desk.until(lambda: not view.finds, "the find bar to close")
            assert composer.editor.hasFocus()
            assert desk.conversation.is_busy
            desk.press(Qt.Key.Key_Escape)
            ended = await desk.answered()
            assert ended.status is Status.STOPPED

    with gateway(monkeypatch, stream(frame("on "), FOREVER)):
        qt_loop.run(scenario())


def test_a_notice_does_not_move_what_is_read(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(f"Line {number} of an answer.\n\n" for number in range(80))

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Much")
            await desk.answered()
            page = desk.shell.view._page
            for follows, by in ((False, -600), (True, 10_000)):
                desk.shell.view.scroll_by(by)
                await desk.settle()
                assert page.follow is follows
                top = page.placed[0].y
                height = page.height
                desk.window.notices.post(Notice("k", Tone.INFO, "Something.", (NoticeAction("a", "Do"),)))
                await desk.until(lambda height=height: page.height < height, "the notice to take its room")
                # What is read from above stays; at the end, the last line stays in sight.
                assert (page.placed[0].y == top) is not follows
                assert page.follow is follows
                desk.window.notices.withdraw("k")
                await desk.until(lambda height=height: page.height == height, "the room to come back")
                assert page.placed[0].y == top

    with gateway(monkeypatch, stream(frame(lines), DONE)):
        qt_loop.run(scenario())


def test_a_title_with_the_mark_of_unsaved_changes_stands_whole(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.window.header.rename_requested.emit("What [*] means")
            await desk.until(lambda: "means" in desk.window.windowTitle(), "the title")
            shown = desk.window.windowHandle().title()
            assert shown.startswith("What [*] means")

    with gateway(monkeypatch):
        qt_loop.run(scenario())
