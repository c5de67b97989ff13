"""The whole program in a test: the real window over the real parts, driven by keys and watched from outside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from chat2anyllm_desktop.app import Workshop
from chat2anyllm_desktop.core.models import Author, Message, Status
from chat2anyllm_desktop.settings import load_settings
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.ui.conversation import Conversation
from chat2anyllm_desktop.ui.facts import Health, Notice
from chat2anyllm_desktop.ui.shell import Shell
from chat2anyllm_desktop.ui.wiring import Wiring

PATIENCE_S = 20.0


class WindowDriver:
    """Presses keys, waits for what the window shows."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.window = shell.window
        self.composer = shell.composer
        self.notices: list[Notice] = []

    @property
    def wiring(self) -> Wiring:
        wiring = self.shell.wiring
        assert wiring is not None
        return wiring

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Wait for a condition, letting the window live meanwhile."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain for {what or condition}; notices: {self.notices}")
            await asyncio.sleep(0.01)

    async def ready(self) -> None:
        """Wait until models are listed and the history is open."""
        controller = self.wiring.controller
        await self.until(lambda: controller.connections.listed, "models")
        await self.until(lambda: controller.connections.database_state.health is Health.OK, "the history")

    def press(
        self,
        key: Qt.Key,
        text: str = "",
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        target: QWidget | None = None,
    ) -> None:
        """A key press through the event queue, to the message field unless told otherwise."""
        receiver = target or self.composer.editor
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QCoreApplication.postEvent(receiver, QKeyEvent(kind, key, modifiers, text))

    async def type(self, text: str) -> None:
        """Type text into the message field, a key at a time."""
        for character in text:
            self.press(Qt.Key.Key_unknown, character)
        await self.until(
            lambda: self.composer.editor.toPlainText().endswith(text), f"{text!r} in the composer"
        )

    async def send(self, text: str) -> None:
        """Type text and press Enter; Esc first, so that an open completion list does not take the Enter."""
        await self.type(text)
        if self.composer.editor.completion_open:
            self.press(Qt.Key.Key_Escape)
        self.press(Qt.Key.Key_Return, "\r")
        await asyncio.sleep(0)

    @property
    def conversation(self) -> Conversation:
        """The session on show."""
        return self.wiring.controller.conversation

    def text(self) -> str:
        """The text of the last answer as far as it is on show."""
        answer = self.answer()
        return answer.content if answer is not None else ""

    async def shows(self, text: str) -> None:
        """Wait until the last answer reads so."""
        await self.until(lambda: self.text() == text, f"the answer {text!r} (now {self.text()!r})")

    async def open(self, session_id: str) -> None:
        """Open a session by its row, as a click does."""
        self.window.sessions_dock.session_requested.emit(session_id)
        await self.until(lambda: self.conversation.session.id == session_id, f"session {session_id}")

    async def history(self) -> list[Message]:
        """All messages of the session on show, as they are stored."""
        store = self.wiring.controller.connections.store
        return await store.call(Store.history, self.conversation.session.id)

    def messages(self) -> list[Message]:
        """What stands in the transcript, outputs of commands left out."""
        return [entry.message for entry in self.shell.transcript if not entry.local]

    def cards(self) -> list[str]:
        """Outputs of slash commands in the transcript."""
        return [entry.text for entry in self.shell.transcript if entry.local]

    def answer(self) -> Message | None:
        """The last answer, if there is one."""
        mine = [message for message in self.messages() if message.author is Author.ASSISTANT]
        return mine[-1] if mine else None

    async def answered(self, count: int = 1) -> Message:
        """Wait until ``count`` answers have ended; returns the last."""

        def ended() -> bool:
            answers = [message for message in self.messages() if message.author is Author.ASSISTANT]
            busy = self.wiring.controller.conversation.is_busy
            return (
                len(answers) >= count and all(a.status is not Status.STREAMING for a in answers) and not busy
            )

        await self.until(ended, f"{count} answers")
        answer = self.answer()
        assert answer is not None
        return answer

    def said(self, part: str) -> Notice | None:
        """The last notice whose sentence holds ``part``."""
        return next((notice for notice in reversed(self.notices) if part in notice.sentence), None)

    def choose(self, label: str) -> None:
        """Press a button of the notice on show."""
        notice = self.window.notices.notice
        assert notice is not None, f"no notice to choose {label!r} from"
        action = next(action for action in notice.actions if action.label == label)
        self.window.notices.action_requested.emit(notice.key, action.id)

    async def settle(self) -> None:
        """Wait until what was asked for is done, as far as no answer streams."""
        tasks = self.wiring.controller.tasks
        for name in ("load:session", "load:sessions", "load:library", "follow", "reload"):
            await tasks.join(name)
        await asyncio.sleep(0.05)

    async def hears(self, part: str) -> Notice:
        """Wait for a notice."""
        await self.until(lambda: self.said(part), f"a notice with {part!r}")
        notice = self.said(part)
        assert notice is not None
        return notice


@asynccontextmanager
async def open_window(link: str = "", *, early: Sequence[str] = ()) -> AsyncIterator[WindowDriver]:
    """Start the program with the settings of the test's environment, and with a link if one is given; close it as a user
    does. The actions in ``early`` are asked for before the first paint."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    loaded = load_settings()
    shell = Shell(loaded.settings, app)
    if link:
        shell.open_link(link)
    shell.show()
    for action in early:
        shell.window.actions_by_id[action].trigger()
    running = asyncio.ensure_future(shell.run(Workshop(loaded)))
    driver = WindowDriver(shell)
    try:
        await driver.until(lambda: shell.wiring is not None or running.done(), "the window to come to life")
        if running.done():
            running.result()
        driver.notices.extend(shell.window.notices.standing)  # Said before we could listen.
        driver.wiring.controller.announcer.posted.connect(driver.notices.append)
        yield driver
    finally:
        shell.window.close()
        await asyncio.wait_for(running, PATIENCE_S)
        shell.window.deleteLater()
