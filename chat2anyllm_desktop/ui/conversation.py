"""The session on show, and every answer that streams, on show or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

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
from chat2anyllm_desktop.core.errors import NotFoundError
from chat2anyllm_desktop.core.models import (
    DEFAULT_TITLE,
    Author,
    Change,
    Message,
    Operation,
    Session,
    SessionSettings,
    Status,
    Table,
    new_id,
    utc_now,
)
from chat2anyllm_desktop.core.prompts import active_path
from chat2anyllm_desktop.store.api import PAGE_SIZE, Store
from chat2anyllm_desktop.ui.announcer import Announcer
from chat2anyllm_desktop.ui.connections import Connections
from chat2anyllm_desktop.ui.facts import Tone
from chat2anyllm_desktop.ui.frames import Frames
from chat2anyllm_desktop.ui.library import Library
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel


@dataclass(slots=True)
class _Streaming:
    """An answer on its way: what has come of it, so that its session can be shown at any moment."""

    message: Message
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)

    def so_far(self) -> Message:
        return replace(
            self.message,
            content=self.message.content + "".join(self.text),
            reasoning=self.message.reasoning + "".join(self.reasoning),
        )


@dataclass(frozen=True, slots=True)
class _WaitingPlan:
    """A plan that waits for the user."""

    ready: PlanReady
    decision: asyncio.Future[Sequence[str] | None]


class Conversation(QObject):
    """Signals are facts: ``session_left`` (id) before another session is shown, ``session_shown`` (Session) when its last
    messages stand in the transcript, ``session_changed`` (Session) for title and settings of the one on show,
    ``busy_changed`` (session id, streaming?), ``answer_ended`` (the Message), ``plan_changed`` (the PlanReady that
    waits for the user in the session on show, or None),
    ``message_taken`` (session id) once a message is stored and the composer may be emptied, ``message_refused``
    (session id, text, sentence) when it is not and belongs back into the composer."""

    session_left = Signal(str)
    session_shown = Signal(object)
    session_changed = Signal(object)
    busy_changed = Signal(str, bool)
    answer_ended = Signal(object)
    plan_changed = Signal(object)
    message_taken = Signal(str)

    def __init__(
        self,
        transcript: TranscriptModel,
        connections: Connections,
        library: Library,
        tasks: Tasks,
        announcer: Announcer,
    ) -> None:
        super().__init__()
        self._connections = connections
        self._library = library
        self._tasks = tasks
        self._announcer = announcer
        self.transcript = transcript
        self._frames = Frames(self.transcript.append_delta)
        self._streaming: dict[str, _Streaming] = {}
        self._plans: dict[str, _WaitingPlan] = {}
        self._loaded: list[Message] = []
        self.session = _unwritten(SessionSettings())
        self._stored = False

    # The session on show -------------------------------------------------------------------------------------------------
    @property
    def is_stored(self) -> bool:
        """False for a new session that nothing has been written in."""
        return self._stored

    def is_busy(self, session_id: str) -> bool:
        """Whether an answer streams, or is asked for, in this session."""
        return self._tasks.is_running(_turn(session_id))

    def begin(self, settings: SessionSettings) -> None:
        """Show a new, empty session; it is stored with its first message."""
        self.session_left.emit(self.session.id)
        self._tasks.cancel("load:session")
        self._frames.drop()
        self.session = _unwritten(settings)
        self._stored = False
        self._loaded = []
        self.transcript.reset(self.session.id, (), False)
        self._show_plan()
        self.session_shown.emit(self.session)

    def show(self, session_id: str) -> None:
        """Show a stored session, at its end; answers that stream in it go on being shown."""
        if session_id == self.session.id and self._stored:
            return
        self._tasks.start("load:session", self._show(session_id))

    async def _show(self, session_id: str) -> None:
        store = self._connections.store
        session = await store.call(Store.get_session, session_id)
        page = await store.call(Store.page_messages, session_id)
        self.session_left.emit(self.session.id)
        self._frames.drop()
        self.session = session
        self._stored = True
        self._show_page(page)
        self._show_plan()
        self.session_shown.emit(session)

    async def reload(self) -> None:
        """Read the session on show again, keeping what is on screen where it did not change."""
        if not self._stored:
            return
        store = self._connections.store
        try:
            self.session = await store.call(Store.get_session, self.session.id)
        except NotFoundError:
            self.begin(self.session.settings)
            return
        page = await store.call(Store.page_messages, self.session.id, limit=max(PAGE_SIZE, len(self._loaded)))
        self._loaded = page
        self._reconcile()
        self.session_changed.emit(self.session)

    def _show_page(self, page: list[Message]) -> None:
        self._loaded = page
        has_older = len(page) >= PAGE_SIZE
        self.transcript.reset(self.session.id, self._with_stream(active_path(page)), has_older)

    def load_older(self) -> None:
        """Another page in front of what is shown."""
        if self.transcript.has_older and self._loaded and not self._tasks.is_running("load:older"):
            self._tasks.start("load:older", self._load_older(self.session.id, self._loaded[0]))

    async def _load_older(self, session_id: str, before: Message) -> None:
        page = await self._connections.store.call(Store.page_messages, session_id, before=before)
        if session_id != self.session.id or not self._loaded or self._loaded[0].id != before.id:
            return
        self._loaded[:0] = page
        path = active_path(self._loaded)
        older = [message for message in path if self.transcript.message(message.id) is None]
        self.transcript.prepend(older, len(page) >= PAGE_SIZE)

    def _with_stream(self, path: list[Message]) -> list[Message]:
        stream = self._streaming.get(self.session.id)
        if stream is None:
            return path
        now = stream.so_far()
        return [message for message in path if message.id != now.id] + [now]

    def _reconcile(self) -> None:
        """Bring the transcript in line with the active branch of what is loaded."""
        path = self._with_stream(active_path(self._loaded))
        wanted = {message.id for message in path}
        gone = [entry.id for entry in self.transcript if not entry.local and entry.id not in wanted]
        self.transcript.remove(gone)
        for message in path:
            if self.transcript.message(message.id) != message:
                self.transcript.upsert(message)

    def follow(self, changes: Sequence[Change]) -> None:
        """Another client changed messages; those of the session on show are read again."""
        if any(change.operation is Operation.RESYNC for change in changes):
            self._tasks.start("reload", self.reload())
            return
        mine = [c for c in changes if c.table is Table.MESSAGES and c.session_id == self.session.id]
        deleted = {change.id for change in mine if change.operation is Operation.DELETE}
        stream = self._streaming.get(self.session.id)
        changed = {change.id for change in mine} - deleted - ({stream.message.id} if stream else set())
        if deleted:
            self._loaded = [message for message in self._loaded if message.id not in deleted]
            self._reconcile()
        if changed:
            self._tasks.start("follow", self._follow(self.session.id, changed))
        if any(c.table is Table.SESSIONS and c.id == self.session.id for c in changes):
            self._tasks.start("reload", self.reload())

    async def _follow(self, session_id: str, changed: set[str]) -> None:
        messages = await self._connections.store.call(Store.get_messages, changed)
        if session_id == self.session.id:
            for message in messages:
                self._keep(message)
            self._reconcile()

    def _keep(self, message: Message) -> None:
        for index, known in enumerate(self._loaded):
            if known.id == message.id:
                self._loaded[index] = message
                return
        self._loaded.append(message)
        self._loaded.sort(key=lambda each: (each.created_at, each.id))

    # Settings of the session ---------------------------------------------------------------------------------------------
    def change_settings(self, **values: object) -> None:
        """Another model, role, plan mode for the session on show; stored at once if the session is."""
        self.session = replace(self.session, settings=replace(self.session.settings, **values))  # type: ignore[arg-type]
        self.session_changed.emit(self.session)
        if self._stored:
            self._tasks.start("session:settings", self._save_settings(self.session.id, self.session.settings))

    async def _save_settings(self, session_id: str, settings: SessionSettings) -> None:
        store = self._connections.store
        session = await store.call(Store.get_session, session_id)
        self._library.show(await store.call(Store.save_session, replace(session, settings=settings)))

    def rename(self, title: str) -> None:
        """Another title for the session on show."""
        title = " ".join(title.split())
        if not title:
            return
        self.session = replace(self.session, title=title)
        self.session_changed.emit(self.session)
        if self._stored:
            self._library.rename(self.session.id, title)

    async def store_session(self) -> Session:
        """Store the session on show if it is new. Raises StoreError."""
        if not self._stored:
            session = await self._connections.store.call(Store.save_session, self.session)
            if session.id == self.session.id:
                self.session, self._stored = session, True
                self._library.show(session)
            return session
        return self.session

    # Turns ---------------------------------------------------------------------------------------------------------------
    def run(self, session_id: str, events: AsyncIterator[TurnEvent]) -> None:
        """Carry out a turn: one at a time in a session, any number side by side."""
        self._tasks.start(_turn(session_id), self._run(session_id, events))
        self.busy_changed.emit(session_id, True)

    def stop(self, session_id: str | None = None) -> bool:
        """Stop the answer that streams; what has come of it is kept. False when there is none."""
        return self._tasks.cancel(_turn(session_id or self.session.id), STOP)

    async def _run(self, session_id: str, events: AsyncIterator[TurnEvent]) -> None:
        try:
            async for event in events:
                self._show_event(event)
        finally:
            self._streaming.pop(session_id, None)
            # The task ends right after this; whoever asks is_busy() on the signal must see it gone.
            asyncio.get_running_loop().call_soon(self.busy_changed.emit, session_id, False)

    def _show_event(self, event: TurnEvent) -> None:
        if isinstance(event, AnswerDelta):
            stream = self._streaming[event.session_id]
            if event.text:
                stream.text.append(event.text)
            if event.reasoning:
                stream.reasoning.append(event.reasoning)
            if event.session_id == self.session.id:
                self._frames.add(event.message_id, event.text, event.reasoning)
        elif isinstance(event, SessionChanged):
            self._library.show(event.session)
            if event.session.id == self.session.id:
                self.session = replace(event.session, settings=self.session.settings)
                self.session_changed.emit(self.session)
        elif isinstance(event, MessageSaved):
            self.message_taken.emit(event.message.session_id)
            self._show_message(event.message)
        elif isinstance(event, AnswerStarted):
            self._streaming[event.message.session_id] = _Streaming(event.message)
            self._show_message(event.message)
        elif isinstance(event, AnswerEnded):
            self._show_end(event)
        elif isinstance(event, AnswerRetrying):
            self._announcer.say(
                _retry(event.message.session_id),
                f"{event.sentence} Trying again in {event.delay_s:.0f} s (attempt {event.attempt}).",
                tone=Tone.ATTENTION,
                seconds=event.delay_s + 3,
            )

    def _show_message(self, message: Message) -> None:
        if message.session_id == self.session.id:
            self._keep(message)
            self._reconcile()

    def _show_end(self, event: AnswerEnded) -> None:
        message = event.message
        self._streaming.pop(message.session_id, None)
        self._announcer.withdraw(_retry(message.session_id))
        if message.session_id == self.session.id:
            self._frames.flush()
        self._show_message(message)
        if event.save_error is not None:
            self._connections.on_store_lost(event.save_error)
        self.answer_ended.emit(message)

    # Plans that wait -----------------------------------------------------------------------------------------------------
    async def review(self, ready: PlanReady) -> Sequence[str] | None:
        """Waits for the user: the steps to carry out, or None to drop the plan."""
        session_id = ready.plan.session_id
        plan = _WaitingPlan(ready, asyncio.get_running_loop().create_future())
        self._plans[session_id] = plan
        self._show_plan()
        try:
            return await plan.decision
        finally:
            self._plans.pop(session_id, None)
            self._show_plan()

    def _show_plan(self) -> None:
        plan = self._plans.get(self.session.id)
        self.plan_changed.emit(plan.ready if plan else None)

    def decide_plan(self, steps: Sequence[str] | None) -> None:
        """The user approved these steps of the plan in the session on show, or dropped it (None)."""
        plan = self._plans.get(self.session.id)
        if plan is not None and not plan.decision.done():
            plan.decision.set_result(steps)

    def last_answer(self) -> Message | None:
        """The last answer of a model on show."""
        return next(
            (e.message for e in reversed(list(self.transcript)) if _is_answer(e.message) and not e.local),
            None,
        )

    def last_question(self) -> Message | None:
        """The last message of the user on show."""
        mine = (
            entry.message for entry in reversed(list(self.transcript)) if entry.head.author is Author.USER
        )
        return next(mine, None)


def _is_answer(message: Message) -> bool:
    return message.author is Author.ASSISTANT and message.status is not Status.STREAMING


def _unwritten(settings: SessionSettings) -> Session:
    now = utc_now()
    return Session(id=new_id(), title=DEFAULT_TITLE, created_at=now, updated_at=now, settings=settings)


def _turn(session_id: str) -> str:
    return f"turn:{session_id}"


def _retry(session_id: str) -> str:
    return f"retry:{session_id}"
