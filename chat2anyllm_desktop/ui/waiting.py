"""Messages that were sent while an answer was being written, and wait for its end."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Session
from chat2anyllm_desktop.ui.announcer import Announcer
from chat2anyllm_desktop.ui.facts import Tone
from chat2anyllm_desktop.ui.turns import Turns


@dataclass(frozen=True, slots=True)
class _Message:
    session: Session
    text: str
    after: str | None


class Waiting(QObject):
    """One message for each session; what is added later is joined to it. Signals: ``due`` (Session as it was, text,
    message of the branch that it goes on): it is to be sent now; ``given_back`` (session id, text): it was not sent."""

    due = Signal(object, str, object)
    given_back = Signal(str, str)

    def __init__(self, turns: Turns, announcer: Announcer) -> None:
        super().__init__()
        self._turns = turns
        self._announcer = announcer
        self._messages: dict[str, _Message] = {}
        turns.turn_ended.connect(self._on_turn_ended)

    def add(self, session: Session, text: str, after: str | None) -> None:
        """This waits until the turn that runs in its session is over. ``after`` is a message of the branch on show."""
        before = self._messages.get(session.id)
        text = f"{before.text}\n\n{text}" if before else text
        self._messages[session.id] = _Message(session, text, after)
        planned = self._turns.plan(session.id) is not None
        self._announcer.say(
            _notice(session.id),
            tr("Your message is sent when the plan is carried out or dropped.")
            if planned
            else tr("Your message is sent when this answer has ended."),
            answers={tr("Take it back"): lambda: self.take_back(session.id)},
        )

    def take_back(self, session_id: str) -> None:
        """What waits in this session is not to be sent."""
        message = self._messages.pop(session_id, None)
        self._announcer.withdraw(_notice(session_id))
        if message is not None:
            self.given_back.emit(session_id, message.text)

    def take_all_back(self) -> None:
        """The program ends."""
        for session_id in list(self._messages):
            self.take_back(session_id)

    def _on_turn_ended(self, session_id: str, well: bool) -> None:
        if session_id not in self._messages:
            return
        if well:
            message = self._messages.pop(session_id)
            self._announcer.withdraw(_notice(session_id))
            self.due.emit(message.session, message.text, message.after)
            return
        self.take_back(session_id)
        self._announcer.say(
            "turn:waiting",
            tr(
                "Your next message was not sent, because the answer before it failed: it is back in the message field."
            ),
            tone=Tone.ATTENTION,
            seconds=20,
        )


def _notice(session_id: str) -> str:
    return f"waiting:{session_id}"
