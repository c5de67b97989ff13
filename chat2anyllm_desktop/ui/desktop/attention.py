"""What wants attention while the window is not looked at: answers that ended, answers that are being written."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.chat.events import AnswerEnded
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Message, Session, Status
from chat2anyllm_desktop.settings import Settings
from chat2anyllm_desktop.ui.controller import Controller
from chat2anyllm_desktop.ui.desktop.notifications import Notifications
from chat2anyllm_desktop.ui.main_window import MainWindow

_BEGINNING = 200
"""Characters of an answer that a notification shows, where the user wants that."""


@dataclass(slots=True)
class _Turn:
    """A turn that runs."""

    began: float
    last: Message | None = None


class Attention(QObject):
    """Signal: ``changed`` when other sessions are ``busy`` or ``unread``.

    Told by a notification, and by the task bar, is what took long and ended (or waits for the user) while no window of
    ours had the keyboard: its title, and no word of it unless the settings say so.
    """

    changed = Signal()

    def __init__(
        self,
        controller: Controller,
        window: MainWindow,
        notifications: Notifications,
        settings: Callable[[], Settings],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(window)
        self.busy: set[str] = set()
        """Sessions in which an answer is being written."""
        self.unread: set[str] = set()
        """Sessions in which one ended that nobody has seen."""
        self._controller = controller
        self._window = window
        self._notifications = notifications
        self._settings = settings
        self._clock = clock
        self._turns: dict[str, _Turn] = {}
        self._over = False
        turns = controller.turns
        turns.busy_changed.connect(self._on_busy_changed)
        turns.answer_ended.connect(self._on_answer_ended)
        turns.turn_ended.connect(self._on_turn_ended)
        turns.plan_changed.connect(self._on_plan_changed)
        controller.library.session_removed.connect(self._on_removed)
        controller.conversation.session_shown.connect(self._on_looked_at)
        window.shown_or_hidden.connect(self._on_looked_at)
        QGuiApplication.instance().focusWindowChanged.connect(self._on_looked_at)  # type: ignore[union-attr]  # there is one

    @property
    def is_looked_at(self) -> bool:
        """Whether a window of ours has the keyboard, and the main window is there to be seen."""
        return (
            QGuiApplication.focusWindow() is not None
            and self._window.isVisible()
            and not self._window.isMinimized()
        )

    def stop(self) -> None:
        """The program ends: what is interrupted by that is no news."""
        self._over = True

    def _on_busy_changed(self, session_id: str, busy: bool) -> None:
        (self.busy.add if busy else self.busy.discard)(session_id)
        if busy:
            self._turns[session_id] = _Turn(self._clock())
        self.changed.emit()

    def _on_answer_ended(self, ended: AnswerEnded) -> None:
        turn = self._turns.get(ended.message.session_id)
        if turn is not None:
            turn.last = ended.message

    def _on_turn_ended(self, session_id: str, well: bool) -> None:
        turn = self._turns.pop(session_id, None)
        stopped = turn is not None and turn.last is not None and turn.last.status is Status.STOPPED
        if turn is None or stopped or self._over:
            return
        said = tr("The answer is complete.") if well else tr("The answer ended with an error.")
        if well and turn.last is not None and self._settings().notifications == "text":
            said = _beginning(turn.last.content) or said
        self._tell(session_id, turn, said)

    def _on_plan_changed(self, session_id: str) -> None:
        turn = self._turns.get(session_id)
        if turn is not None and self._controller.turns.plan(session_id) is not None:
            self._tell(session_id, turn, tr("The plan is ready: look at it, and approve or drop it."))

    def _tell(self, session_id: str, turn: _Turn, said: str) -> None:
        shown = session_id == self._controller.conversation.session.id
        if self.is_looked_at and shown:
            return
        self.unread.add(session_id)
        self.changed.emit()
        settings = self._settings()
        long = self._clock() - turn.began >= settings.notify_after_s
        if self.is_looked_at or not long or settings.notifications == "off":
            return
        QApplication.alert(self._window)
        session = self._session(session_id)
        title = " ".join(session.shown_title.split()) if session is not None else ""
        self._notifications.show(session_id, title or "Chat2AnyLLM", said)

    def _session(self, session_id: str) -> Session | None:
        on_show = self._controller.conversation.session
        return on_show if on_show.id == session_id else self._controller.library.session(session_id)

    def _on_looked_at(self) -> None:
        if self.is_looked_at:
            self._forget(self._controller.conversation.session.id)

    def _on_removed(self, session_id: str) -> None:
        if (
            not self._controller.library.archived
        ):  # Else the list on show is another one, and it is still there.
            self._forget(session_id)

    def _forget(self, session_id: str) -> None:
        if session_id in self.unread:
            self.unread.discard(session_id)
            self._notifications.withdraw(session_id)
            self.changed.emit()


def _beginning(text: str) -> str:
    words = " ".join(text[: 4 * _BEGINNING].split())
    return words if len(words) <= _BEGINNING else f"{words[: _BEGINNING - 1]}…"
