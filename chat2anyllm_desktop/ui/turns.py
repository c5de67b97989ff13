"""The turns that run, in the session on show or in any other, and the plans that wait for the user."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.chat.events import (
    AnswerDelta,
    AnswerEnded,
    AnswerRetrying,
    AnswerStarted,
    MessageSaved,
    PlanReady,
    SessionChanged,
    TurnEvent,
)
from chat2anyllm_desktop.chat.tasks import STOP, Tasks
from chat2anyllm_desktop.core.models import Message, Status
from chat2anyllm_desktop.ui.transcript.model import Entry


@dataclass(frozen=True, slots=True)
class _WaitingPlan:
    ready: PlanReady
    decision: asyncio.Future[Sequence[str] | None]


class Turns(QObject):
    """One turn at a time in a session, any number side by side. Holds the text of the answers that stream, so that their
    session can be shown at any moment.

    Signals are facts: ``busy_changed`` (session id, runs?), ``turn_ended`` (session id, all went well or was stopped?; told
    when everybody has seen that it is not busy: another may be run), ``message_taken`` (session id: what was asked is
    stored), ``session_changed`` (Session, with a new title), ``message_changed`` (a Message that was stored, begun or
    ended), ``text_came`` (AnswerDelta), ``retrying`` (AnswerRetrying), ``answer_ended`` (AnswerEnded, after
    ``message_changed``), ``plan_changed`` (session id: a plan waits for the user there, or no longer).
    """

    busy_changed = Signal(str, bool)
    turn_ended = Signal(str, bool)
    message_taken = Signal(str)
    session_changed = Signal(object)
    message_changed = Signal(object)
    text_came = Signal(object)
    retrying = Signal(object)
    answer_ended = Signal(object)
    plan_changed = Signal(str)

    def __init__(self, tasks: Tasks) -> None:
        super().__init__()
        self._tasks = tasks
        self._streaming: dict[str, Entry] = {}
        self._plans: dict[str, _WaitingPlan] = {}
        self._failed: set[str] = set()

    def run(self, session_id: str, events: AsyncGenerator[TurnEvent, None]) -> None:
        """Carry out a turn in a session that is not busy."""
        self._tasks.start(
            _name(session_id), self._run(session_id, events), ended=lambda: self._on_over(session_id)
        )
        self.busy_changed.emit(session_id, True)

    def is_busy(self, session_id: str) -> bool:
        """Whether a turn runs in this session: an answer streams or is asked for, or a plan waits."""
        return self._tasks.is_running(_name(session_id))

    def stop(self, session_id: str) -> bool:
        """End the turn of this session; what has come of an answer is kept. False when there is none."""
        return self._tasks.cancel(_name(session_id), STOP)

    async def over(self, session_id: str) -> None:
        """Wait until no turn runs in this session."""
        await self._tasks.join(_name(session_id))

    def partial(self, session_id: str) -> Message | None:
        """The answer that streams in this session, as far as it has come."""
        entry = self._streaming.get(session_id)
        return entry.message if entry is not None else None

    def _on_over(self, session_id: str) -> None:
        well = session_id not in self._failed
        self._failed.discard(session_id)
        self.busy_changed.emit(session_id, False)
        self.turn_ended.emit(session_id, well)

    async def _run(self, session_id: str, events: AsyncGenerator[TurnEvent, None]) -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    self._take(event)
        except Exception:
            self._failed.add(session_id)
            raise

    def _take(self, event: TurnEvent) -> None:
        if isinstance(event, AnswerDelta):
            self._streaming[event.session_id].append(event.text, event.reasoning)
            self.text_came.emit(event)
        elif isinstance(event, MessageSaved):
            self.message_taken.emit(event.message.session_id)
            self.message_changed.emit(event.message)
        elif isinstance(event, AnswerStarted):
            self._streaming[event.message.session_id] = Entry(event.message)
            self.message_changed.emit(event.message)
        elif isinstance(event, AnswerEnded):
            del self._streaming[event.message.session_id]
            if event.message.status in (Status.FAILED, Status.INTERRUPTED):
                self._failed.add(event.message.session_id)
            self.message_changed.emit(event.message)
            self.answer_ended.emit(event)
        elif isinstance(event, SessionChanged):
            self.session_changed.emit(event.session)
        elif isinstance(event, AnswerRetrying):
            self.retrying.emit(event)

    # Plans that wait -----------------------------------------------------------------------------------------------------
    def plan(self, session_id: str) -> PlanReady | None:
        """The plan that waits for the user in this session."""
        waiting = self._plans.get(session_id)
        return waiting.ready if waiting is not None else None

    async def review(self, ready: PlanReady) -> Sequence[str] | None:
        """Wait for the user: the steps to carry out, or None to drop the plan."""
        session_id = ready.plan.session_id
        waiting = _WaitingPlan(ready, asyncio.get_running_loop().create_future())
        self._plans[session_id] = waiting
        self.plan_changed.emit(session_id)
        try:
            return await waiting.decision
        finally:
            del self._plans[session_id]
            self.plan_changed.emit(session_id)

    def decide_plan(self, session_id: str, steps: Sequence[str] | None) -> None:
        """The user approved these steps of the plan that waits, or dropped it (None)."""
        waiting = self._plans.get(session_id)
        if waiting is not None and not waiting.decision.done():
            waiting.decision.set_result(steps)


def _name(session_id: str) -> str:
    return f"turn:{session_id}"
