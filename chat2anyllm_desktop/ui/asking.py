"""Asking models: new messages and the ways to ask again. What was written is never lost: until it is stored, every text is
held here and given back when something comes between."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypedDict

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.chat import plan, turn
from chat2anyllm_desktop.chat.events import AnswerEnded, AnswerRetrying, TurnEvent
from chat2anyllm_desktop.core.errors import GatewayUnreachableError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Author, Kind, Message, Model, PlanModels, Role, Session
from chat2anyllm_desktop.ui.announcer import Announcer
from chat2anyllm_desktop.ui.connections import Connections
from chat2anyllm_desktop.ui.conversation import Conversation
from chat2anyllm_desktop.ui.facts import Tone
from chat2anyllm_desktop.ui.library import Library
from chat2anyllm_desktop.ui.selection import Selection
from chat2anyllm_desktop.ui.turns import Turns
from chat2anyllm_desktop.ui.waiting import Waiting

Events = AsyncGenerator[TurnEvent, None]


class _Planning(TypedDict):
    planning: Model
    answering: Model
    role: Role | None
    review: plan.Review | None


@dataclass(frozen=True, slots=True)
class _Unsent:
    """A text on its way to the store; ``edited`` is the id of the message that it is to replace."""

    text: str
    edited: str = ""


class Asking(QObject):
    """Holds ``waiting``. Signals: ``text_refused`` (session id, a text that was not sent and belongs back into the composer)
    and ``edit_refused`` (session id, message id, its new text)."""

    text_refused = Signal(str, str)
    edit_refused = Signal(str, str, str)

    def __init__(
        self,
        connections: Connections,
        library: Library,
        conversation: Conversation,
        selection: Selection,
        turns: Turns,
        announcer: Announcer,
    ) -> None:
        super().__init__()
        self._connections = connections
        self._library = library
        self._conversation = conversation
        self._selection = selection
        self._turns = turns
        self._announcer = announcer
        self._unsent: dict[str, _Unsent] = {}
        turns.turn_ended.connect(self._on_turn_ended)
        # Made after that: what was not sent before goes first, also when it is given back.
        self.waiting = Waiting(turns, announcer)
        self.waiting.due.connect(self._on_due)
        self.waiting.given_back.connect(self.text_refused)
        turns.message_taken.connect(lambda session_id: self._unsent.pop(session_id, None))
        turns.answer_ended.connect(self._on_answer_ended)
        turns.retrying.connect(self._on_retrying)

    # New messages --------------------------------------------------------------------------------------------------------
    def send(self, text: str) -> None:
        """Send a message in the session on show, after the answer that is being written there."""
        session = self._conversation.session
        if self._turns.is_busy(session.id):
            self.waiting.add(session, text, self._conversation.leaf)
        elif (model := self._model_for(session)) is None:
            self.text_refused.emit(session.id, text)
        else:
            self._selection.use_model(model.name)
            self._send(self._conversation.session, text, model, self._conversation.leaf)

    def _send(self, session: Session, text: str, model: Model, after: str | None) -> None:
        self._announcer.withdraw("turn")
        self._unsent[session.id] = _Unsent(text)
        models, role = session.settings.plan, self._selection.role(session.settings)
        if models is not None:
            events = plan.run_plan(
                self._connections.for_turn(), session, text, **self._planning(models, role), after=after
            )
        else:
            events = turn.run_turn(
                self._connections.for_turn(), session, text, model=model, role=role, after=after
            )
        if self._conversation.is_new(session.id):
            events = self._stored_first(session, events)
        self._turns.run(session.id, events)

    async def _stored_first(self, session: Session, events: Events) -> Events:
        await self._conversation.keep_session(session)
        async with aclosing(events):
            async for event in events:
                yield event

    def _model_for(self, session: Session) -> Model | None:
        model = self._selection.model(session.settings)
        if model is None:
            self._announcer.say(
                "turn", tr("No model is known yet, so nothing was sent."), tone=Tone.ATTENTION
            )
        return model

    def _on_due(self, session: Session, text: str, after: str | None) -> None:
        """The message that waited can go; by now the session may have another model."""
        shown = self._conversation.session
        session = shown if shown.id == session.id else self._library.session(session.id) or session
        model = self._model_for(session)
        if model is None:
            self.text_refused.emit(session.id, text)
        else:
            self._send(session, text, model, after)

    def is_unsent(self, session_id: str) -> bool:
        """Whether a text for this session is not stored yet, and comes back if its turn fails now."""
        return session_id in self._unsent

    def _on_turn_ended(self, session_id: str, well: bool) -> None:
        unsent = self._unsent.pop(session_id, None)
        if unsent is not None and unsent.edited:
            self.edit_refused.emit(session_id, unsent.edited, unsent.text)
        elif unsent is not None:
            self.text_refused.emit(session_id, unsent.text)

    def _on_answer_ended(self, ended: AnswerEnded) -> None:
        self._announcer.withdraw(_retrying(ended.message.session_id))
        if isinstance(ended.error, GatewayUnreachableError):
            self._connections.refresh_models()  # The dot must not go on saying that all is well.

    def _on_retrying(self, event: AnswerRetrying) -> None:
        self._announcer.say(
            _retrying(event.message.session_id),
            tr(
                "{sentence} Trying again in {seconds:.0f} s (attempt {attempt}).",
                sentence=event.sentence,
                seconds=event.delay_s,
                attempt=event.attempt,
            ),
            tone=Tone.ATTENTION,
            seconds=event.delay_s + 3,
        )

    # Asking again --------------------------------------------------------------------------------------------------------
    def retry(self, message_id: str) -> None:
        """Another answer to the same message; the old one is kept as a branch. A plan is planned again."""
        session = self._conversation.session
        models, role = session.settings.plan, self._selection.role()

        def ask(message: Message, model: Model) -> Events:
            if models is not None and (message.kind is Kind.PLAN or message.author is Author.USER):
                return plan.retry_plan(
                    self._connections.for_turn(), session, message, **self._planning(models, role)
                )
            return turn.retry_answer(self._connections.for_turn(), session, message, model=model, role=role)

        self._again(message_id, ask)

    def continue_(self, message_id: str) -> None:
        """Let a partial answer go on where it stopped; a plan is carried out then."""
        session = self._conversation.session
        models, role = session.settings.plan, self._selection.role()

        def ask(message: Message, model: Model) -> Events:
            if models is not None and message.kind is Kind.PLAN:
                return plan.continue_plan(
                    self._connections.for_turn(), session, message, **self._planning(models, role)
                )
            return turn.continue_answer(
                self._connections.for_turn(), session, message, model=model, role=role
            )

        self._again(message_id, ask)

    def edit(self, message_id: str, text: str) -> None:
        """Send a changed message in place of one; the old one is kept as a branch."""
        session = self._conversation.session
        models, role = session.settings.plan, self._selection.role()

        def ask(message: Message, model: Model) -> Events:
            self._unsent[session.id] = _Unsent(text, message.id)
            if models is not None:
                return plan.edit_task(
                    self._connections.for_turn(), session, message, text, **self._planning(models, role)
                )
            return turn.edit_message(
                self._connections.for_turn(), session, message, text, model=model, role=role
            )

        if not self._again(message_id, ask):
            self.edit_refused.emit(session.id, message_id, text)

    def _again(self, message_id: str, ask: Callable[[Message, Model], Events]) -> bool:
        message = self._conversation.transcript.message(message_id)
        if message is None:
            self._announcer.say(
                "turn", tr("This message is not on show any more."), tone=Tone.ATTENTION, seconds=6
            )
            return False
        if self._conversation.is_busy:
            self._announcer.say("turn", tr("An answer is being written. Stop it first (Esc)."), seconds=6)
            return False
        models, model = self._conversation.session.settings.plan, self._model_for(self._conversation.session)
        if models is not None and message.kind is Kind.IMPLEMENTATION:
            model = self._selection.named(models.answering)
        if model is None:
            return False
        self._announcer.withdraw("turn")
        self._turns.run(message.session_id, ask(message, model))
        return True

    def _planning(self, models: PlanModels, role: Role | None) -> _Planning:
        return _Planning(
            planning=self._selection.named(models.planning),
            answering=self._selection.named(models.answering),
            role=role,
            review=self._turns.review if self._selection.review_plans else None,
        )


def _retrying(session_id: str) -> str:
    return f"retry:{session_id}"
