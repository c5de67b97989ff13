"""Notices with what is to happen when one of their actions is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.ui.facts import ConnectionState, Health, Notice, NoticeAction, Tone

STATE_S = 12.0
"""Seconds that it is shown that all is well."""

Answer = Callable[[], None]


class Announcer(QObject):
    """Says things in the notice bar. Signals: ``posted`` (a Notice), ``withdrawn`` (its key)."""

    posted = Signal(object)
    withdrawn = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._said: dict[str, Notice] = {}
        self._answers: dict[str, Mapping[str, Answer]] = {}

    def say(
        self,
        key: str,
        sentence: str,
        *,
        tone: Tone = Tone.INFO,
        detail: str = "",
        seconds: float | None = None,
        answers: Mapping[str, Answer] | None = None,
        once: bool = False,
    ) -> None:
        """Show a notice; it replaces the one of the same ``key``. ``answers`` maps the label of a button to what it does.

        ``once`` is for what is found out again and again, such as a server that is still away: the same words are not
        said anew until the notice was answered or withdrawn, also when the user has put it away meanwhile.
        """
        self._answers[key] = answers or {}
        actions = tuple(NoticeAction(label, label) for label in self._answers[key])
        notice = Notice(key, tone, sentence, actions, detail, seconds)
        said = self._said.get(key)
        if once and said is not None and (said.sentence, said.actions) == (sentence, actions):
            return
        self._said[key] = notice
        self.posted.emit(notice)

    def report(
        self, key: str, error: ChatError, answers: Mapping[str, Answer] | None = None, *, once: bool = False
    ) -> None:
        """Show what went wrong."""
        self.say(key, str(error), tone=Tone.FAULT, detail=error.detail, answers=answers, once=once)

    def say_state(self, key: str, state: ConnectionState, answers: Mapping[str, Answer]) -> None:
        """Show how a connection is, because somebody asked; good news goes away by itself."""
        tones = {Health.FAULT: Tone.FAULT, Health.ATTENTION: Tone.ATTENTION}
        tone = tones.get(state.health, Tone.INFO)
        seconds = STATE_S if tone is Tone.INFO else None
        self.say(key, state.sentence, tone=tone, seconds=seconds, answers=answers)

    def withdraw(self, key: str) -> None:
        """Take a notice away, because what it said is no longer so."""
        self._answers.pop(key, None)
        if self._said.pop(key, None) is not None:
            self.withdrawn.emit(key)

    def answer(self, key: str, label: str) -> None:
        """A button of a notice was pressed."""
        answer = self._answers.get(key, {}).get(label)
        self.withdraw(key)
        if answer is not None:
            answer()
