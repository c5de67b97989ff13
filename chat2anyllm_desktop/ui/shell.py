"""The window with everything joined to it: painted first, brought to life afterwards, taken down in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.paths import state_folder
from chat2anyllm_desktop.ui.composer import Composer
from chat2anyllm_desktop.ui.main_window import MainWindow
from chat2anyllm_desktop.ui.shortcuts import KEYS
from chat2anyllm_desktop.ui.theme import Theme
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
from chat2anyllm_desktop.ui.transcript.view import TranscriptView

if TYPE_CHECKING:
    from chat2anyllm_desktop.settings import Settings
    from chat2anyllm_desktop.ui.wiring import Wiring
    from chat2anyllm_desktop.ui.workshop import Workshop

_log = logging.getLogger(__name__)


class FirstPaint(QObject):
    """Signal: ``painted``, once, when the window is drawn for the first time; ``seen`` tells whether that was."""

    painted = Signal()

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        self._window = window
        self.seen = False
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            self.seen = True
            self.painted.emit()
        return False


class Shell:
    """Made with nothing but Qt and the widgets; the parts below are imported when the window stands."""

    def __init__(self, settings: Settings, app: QApplication) -> None:
        # Closing the window ends run() in order; Qt's own way would stop the loop under it.
        app.setQuitOnLastWindowClosed(False)
        self.theme = Theme(settings.theme, settings.text_scale_percent, contrast=settings.contrast)
        self.theme.apply(app)
        KEYS.load(dict(settings.keys), send_on_enter=settings.send_key == "enter")
        self.transcript = TranscriptModel()
        self.view = TranscriptView(self.transcript, self.theme)
        self.composer = Composer(self.theme)
        self.composer.set_send_on_enter(settings.send_key == "enter")
        self.composer.editor.pastes_markdown = settings.paste_markdown
        self.view.typed.connect(self.composer.take)
        self.window = MainWindow(self.theme, self.view, self.composer)
        self.wiring: Wiring | None = None
        """What joins the window to the parts below, from the first paint on."""
        self._link = ""
        """What is to be opened as soon as it can be."""
        self._early: list[str] = []
        """Actions asked for before there was anything to carry them out: keys work as soon as the window stands."""
        self.window.action_requested.connect(self._on_early_action)
        self.last_session = self.window.restore_state(state_folder() / "window.ini")

    def show(self) -> None:
        """Show the window; it is drawn when the event loop runs."""
        self._first_paint = FirstPaint(self.window)
        self.window.show()
        self.composer.setFocus()

    def open_link(self, address: str) -> None:
        """Show the session or message that a link leads to, now or when the program has come so far."""
        if self.wiring is not None:
            self.wiring.surroundings.open_link(address)
        else:
            self._link = address

    def on_called(self, address: str, token: str) -> None:
        """The program was started again, with a link or an empty text; ``token`` proves to Wayland that a user did that."""
        if token:
            os.environ["XDG_ACTIVATION_TOKEN"] = token  # Qt reads it when the window asks to be in front.
        self.window.bring_up()
        if address:
            self.open_link(address)

    def _on_early_action(self, action: str) -> None:
        self._early.append(action)

    async def run(self, workshop: Workshop) -> None:
        """Wait for the first paint, join the window to the parts below, and stay until it is closed."""
        loop = asyncio.get_running_loop()
        closed: asyncio.Future[None] = loop.create_future()
        painted: asyncio.Future[None] = loop.create_future()
        self.window.closed.connect(lambda: _settle(closed))
        self._first_paint.painted.connect(lambda: _settle(painted))
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows delivers neither to a window's loop
                loop.add_signal_handler(number, self.window.quit)
        if not self._first_paint.seen:
            await asyncio.wait((closed, painted), return_when=asyncio.FIRST_COMPLETED)
        _log.debug("the window is painted")  # benchmarks.frozen takes the time of this line.
        # Let the frame reach the screen before imports take their time.
        await asyncio.sleep(0)

        from chat2anyllm_desktop.ui.icons import app_icon
        from chat2anyllm_desktop.ui.wiring import Wiring

        self.window.setWindowIcon(app_icon())
        wiring = Wiring(self, workshop)
        self.wiring = wiring
        wiring.start()
        if self._link:
            wiring.surroundings.open_link(self._link)
        self.window.action_requested.disconnect(self._on_early_action)
        for action in self._early:
            self.window.action_requested.emit(action)
        try:
            await closed
        finally:
            self.window.hide()
            self.window.save_state(state_folder() / "window.ini", wiring.controller.session_to_reopen())
            await wiring.aclose()


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
