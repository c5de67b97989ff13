"""Notices with what is to happen when one of their actions is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.ui.facts import Notice, NoticeAction, Tone

Answer = Callable[[], None]


class Announcer(QObject):
    """Says things in the notice bar. Signals: ``posted`` (a Notice), ``withdrawn`` (its key)."""

    posted = Signal(object)
    withdrawn = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
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
    ) -> None:
        """Show a notice; it replaces the one of the same ``key``. ``answers`` maps the label of a button to what it does."""
        self._answers[key] = answers or {}
        actions = tuple(NoticeAction(label, label) for label in self._answers[key])
        self.posted.emit(Notice(key, tone, sentence, actions, detail, seconds))

    def report(self, key: str, error: ChatError, answers: Mapping[str, Answer] | None = None) -> None:
        """Show what went wrong."""
        self.say(key, str(error), tone=Tone.FAULT, detail=error.detail, answers=answers)

    def withdraw(self, key: str) -> None:
        """Take a notice away, because what it said is no longer so."""
        if self._answers.pop(key, None) is not None:
            self.withdrawn.emit(key)

    def answer(self, key: str, label: str) -> None:
        """A button of a notice was pressed."""
        answer = self._answers.get(key, {}).get(label)
        self.withdraw(key)
        if answer is not None:
            answer()
