"""What a screen reader says of the window as a whole: what others see change at the edge of their eye."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Status
from chat2anyllm_desktop.ui.transcript.announcements import say

if TYPE_CHECKING:
    from chat2anyllm_desktop.chat.events import AnswerEnded
    from chat2anyllm_desktop.ui.controller import Controller

_PAUSE_MS = 400
"""Who types does not hear what is there for each beginning of the word; of several changes at once the whole is said."""


class Telling(QObject):
    """Says something about ``source`` once nothing more has come for a moment."""

    def __init__(self, source: QWidget) -> None:
        super().__init__(source)
        self._source = source
        self._words: Callable[[], str] = str
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._timer.timeout.connect(lambda: say(self._words(), self._source))

    def tell(self, words: Callable[[], str]) -> None:
        """Say these words instead of any that wait; they are asked for when they are said."""
        if QAccessible.isActive():
            self._words = words
            self._timer.start()

    def silence(self) -> None:
        """What waits is not to be said any more."""
        self._timer.stop()


def place_in_list(name: str, number: int, count: int) -> str:
    """A row that is pointed at by somebody whose keyboard is elsewhere."""
    return tr("{name}, {number} of {count}", name=name, number=number, count=count)


class DeskTelling(QObject):
    """Tells that another session is on show, another model, role or plan mode in force; that a plan waits, and that an
    answer has ended in a session that is not on show."""

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller = controller
        self._telling = Telling(window)
        self._told: tuple[str, str, str, str] | None = None
        """None until the program has come up: what it comes up with, the window tells."""
        controller.selection.changed.connect(lambda: self._telling.tell(self._news))
        controller.turns.plan_changed.connect(self._on_plan_changed)
        controller.turns.answer_ended.connect(self._on_answer_ended)

    def _facts(self) -> tuple[str, str, str, str]:
        """Session, model, role and plan mode, the last two in words."""
        selection, session = self._controller.selection, self._controller.conversation.session
        role, plan = selection.role(), session.settings.plan
        return (
            session.id,
            selection.model_name(),
            tr("Role {name}", name=role.name) if role else tr("No role"),
            tr("{planner} plans, {answerer} answers", planner=plan.planning, answerer=plan.answering)
            if plan
            else tr("No plan mode"),
        )

    def _news(self) -> str:
        """What is not as it was when it was told last."""
        before, now = self._told, self._facts()
        self._told = now
        session, model, role, plan = now
        if before is None:
            return ""
        if session != before[0]:
            return tr("Session {title}", title=self._controller.conversation.session.shown_title)
        news = [tr("Model {name}", name=model)] if model != before[1] and before[1] else []
        news += [words for words, then in ((role, before[2]), (plan, before[3])) if words != then]
        return tr(", ").join(news)

    def _on_plan_changed(self, session_id: str) -> None:
        plan = self._controller.turns.plan(session_id)
        if plan is not None and session_id == self._controller.conversation.session.id:
            steps = len(plan.steps)
            self._telling.tell(lambda: tr("The plan waits for your review: {n} step(s)", n=steps))

    def _on_answer_ended(self, ended: AnswerEnded) -> None:
        message = ended.message
        session = self._controller.library.session(message.session_id)
        elsewhere = message.session_id != self._controller.conversation.session.id
        if elsewhere and session is not None and message.status is Status.COMPLETE:
            self._telling.tell(
                lambda: tr("An answer is complete in session {title}", title=session.shown_title)
            )
