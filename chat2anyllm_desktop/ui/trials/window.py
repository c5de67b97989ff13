"""The self-test of the window: painted, spoken, and used for a turn as a user does it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Author, Message, Status
from chat2anyllm_desktop.core.trial import Failed, expect
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.ui.translation import LANGUAGES, Translation

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell
    from chat2anyllm_desktop.ui.wiring import Wiring

Trial = Callable[[], Awaitable[str]]
PATIENCE_S = 12.0
_QUESTION = "Say what you were told to."


async def until(condition: Callable[[], object], what: str) -> None:
    """Let the window live until the condition holds. Raises Failed, saying what was waited for."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110  Facts of widgets, which set no event.
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise Failed(f"waited {PATIENCE_S:g} seconds in vain for {what}") from None


class WindowTrials:
    """Tries a window that has been shown; ``answer`` is what the gateway behind it will answer."""

    def __init__(self, shell: Shell, answer: str) -> None:
        self._shell = shell
        self._answer = answer

    def all(self) -> Mapping[str, Trial]:
        return {"window": self.window, "languages": self.languages, "icons": self.icons, "turn": self.turn}

    async def window(self) -> str:
        await until(lambda: self._shell.wiring is not None, "the window to be painted")
        picture = self._shell.window.grab().toImage()
        step = max(1, picture.width() // 200)
        colours = {
            picture.pixel(x, y)
            for x in range(0, picture.width(), step)
            for y in range(0, picture.height(), step)
        }
        expect(len(colours) > 3, f"the window is blank: {len(colours)} colours")
        return f"{picture.width()} x {picture.height()} pixels on {QGuiApplication.platformName()}"

    async def languages(self) -> str:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        before = tr("Copy")
        for name in LANGUAGES:
            if name == "en":
                continue
            spoken = Translation(app, name)
            try:
                expect(tr("Copy") != "Copy", f"the words of {name} are missing")
                own = QCoreApplication.translate("QPlatformTheme", "Cancel")
                expect(own not in ("", "Cancel"), f"Qt's own words of {name} are missing")
            finally:
                spoken.take_back()
        expect(tr("Copy") == before == "Copy", "the words stay after a language was taken back")
        return ", ".join(LANGUAGES.values())

    async def icons(self) -> str:
        from chat2anyllm_desktop.ui import icons

        names = icons.names()
        expect(names, "there are no icons")
        for name in names:
            image = icons.pixmap(name, QColor("#123456"), 20, 1.0).toImage()
            drawn = any(image.pixelColor(x, y).alpha() for x in range(20) for y in range(20))
            expect(drawn, f"the icon {name} is empty")
        expect(not icons.app_icon().pixmap(32, 32).isNull(), "the program's own icon is empty")
        return f"{len(names)} icons"

    async def turn(self) -> str:
        controller = self._wiring.controller
        await until(lambda: controller.connections.listed, "the list of models")
        pieces: list[str] = []
        self._shell.transcript.text_appended.connect(lambda _row, text, _reasoning: pieces.append(text))
        editor = self._shell.composer.editor
        editor.setPlainText(_QUESTION)
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            key = QKeyEvent(kind, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r")
            QCoreApplication.postEvent(editor, key)
        await until(lambda: self._last() is not None and not controller.conversation.is_busy, "an answer")
        answer = self._last()
        expect(
            answer is not None and answer.status is Status.COMPLETE and answer.content == self._answer,
            f"the answer is another: {answer.status if answer else 'none'},"
            f" {answer.usage.error if answer else ''} {answer.content[:80] if answer else ''}",
        )
        expect(len(pieces) > 1, "the answer came in one piece: it was not streamed")
        session = controller.conversation.session.id
        stored = await controller.connections.store.call(Store.history, session)
        expect([m.content for m in stored] == [_QUESTION, self._answer], "the turn is not in the history")
        return f"{len(self._answer)} characters in {len(pieces)} pieces, and in the history"

    @property
    def _wiring(self) -> Wiring:
        if self._shell.wiring is None:
            raise Failed("the window has not come to life")
        return self._shell.wiring

    def _last(self) -> Message | None:
        mine = [entry.message for entry in self._shell.transcript if entry.head.author is Author.ASSISTANT]
        return mine[-1] if mine and mine[-1].status is not Status.STREAMING else None
