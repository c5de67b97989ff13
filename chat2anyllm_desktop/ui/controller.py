"""Wishes in, facts out: what the user does, carried out on the parts below."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import TypedDict

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.chat import plan, turn
from chat2anyllm_desktop.chat.commands import Completions, Reply, complete, interpret
from chat2anyllm_desktop.chat.events import TurnEvent
from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.errors import ChatError, InputError, StoreUnavailableError
from chat2anyllm_desktop.core.models import Author, Change, Kind, Message, Model, PlanModels, Role
from chat2anyllm_desktop.ui.announcer import Announcer
from chat2anyllm_desktop.ui.connections import Connections
from chat2anyllm_desktop.ui.conversation import Conversation
from chat2anyllm_desktop.ui.desk import WindowDesk
from chat2anyllm_desktop.ui.facts import Tone
from chat2anyllm_desktop.ui.library import Library
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
from chat2anyllm_desktop.ui.workshop import Workshop


class Planning(TypedDict):
    """What plan mode needs beside the text."""

    planning: Model
    answering: Model
    role: Role | None
    review: plan.Review | None


class Controller(QObject):
    """Signals: ``selection_changed`` (model, role or plan mode of the session on show are others), ``text_refused`` (session
    id and a text that was not sent and belongs back into the composer); wishes that only the window can grant:
    ``theme_wanted``,
    ``settings_wanted`` (page or empty), ``copy_wanted`` (Markdown), ``quit_wanted``."""

    selection_changed = Signal()
    text_refused = Signal(str, str)
    theme_wanted = Signal(str)
    settings_wanted = Signal(str)
    copy_wanted = Signal(str)
    quit_wanted = Signal()

    def __init__(self, workshop: Workshop, transcript: TranscriptModel) -> None:
        super().__init__()
        self.tasks = Tasks(self._on_task_failed)
        self.announcer = Announcer(self)
        self.connections = Connections(workshop, self.tasks, self.announcer)
        self.library = Library(lambda: self.connections.store, self.tasks, self.announcer)
        self.conversation = Conversation(
            transcript, self.connections, self.library, self.tasks, self.announcer
        )
        self.desk = WindowDesk(self)
        self.last_model = ""
        self.last_session = ""
        self.review_plans = workshop.loaded.settings.review_plans
        self._unsent: dict[str, str] = {}
        self._waiting: dict[str, str] = {}
        self.connections.store_opened.connect(self._on_store_opened)
        self.connections.changes_seen.connect(self._on_changes)
        self.connections.models_reset.connect(lambda _: self.selection_changed.emit())
        self.connections.settings_wanted.connect(self.settings_wanted)
        self.library.roles_reset.connect(lambda _: self.selection_changed.emit())
        self.conversation.session_shown.connect(self._on_session_shown)
        self.conversation.session_changed.connect(lambda _: self.selection_changed.emit())
        self.conversation.message_taken.connect(lambda session_id: self._unsent.pop(session_id, None))
        self.conversation.busy_changed.connect(self._on_busy_changed)

    # Life ----------------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Connect; called once the window is painted and the loop runs."""
        self.tasks.start("connect", self.connections.connect_all())

    async def aclose(self) -> None:
        """End what runs (answers are kept as interrupted) and let go of everything."""
        await self.tasks.aclose()
        await self.connections.aclose()

    def _on_task_failed(self, name: str, error: ChatError) -> None:
        """Every failure of a task is said once."""
        if isinstance(error, StoreUnavailableError) and self.connections.has_store:
            self.connections.on_store_lost(error)
        else:
            self.announcer.report(name.partition(":")[0], error)
        if name.startswith("turn:"):
            session_id = name.removeprefix("turn:")
            text = self._unsent.pop(session_id, None)
            if text:
                self.text_refused.emit(session_id, text)

    def _on_store_opened(self) -> None:
        async def load() -> None:
            await self.library.load()
            session = self.library.session(self.last_session)
            if (
                session is not None
                and not self.conversation.is_stored
                and not len(self.conversation.transcript)
            ):
                self.conversation.show(session.id)
            elif self.conversation.is_stored and self.library.session(self.conversation.session.id) is None:
                self.new_session()
            else:
                await self.conversation.reload()

        self.tasks.start("load:library", load())

    def _on_changes(self, changes: Sequence[Change]) -> None:
        self.tasks.start("follow:library", self.library.follow(changes))
        self.conversation.follow(changes)

    def _on_session_shown(self, _: object) -> None:
        self.selection_changed.emit()

    def session_to_reopen(self) -> str:
        """The session that the next start should show: the one on show, once something is written in it."""
        return self.conversation.session.id if self.conversation.is_stored else self.last_session

    # What the next message goes to ---------------------------------------------------------------------------------------
    def model_name(self) -> str:
        """The session's model, else the one used last, else the default, else the first that is listed; may be empty."""
        wanted = self.conversation.session.settings.model
        if wanted:
            return wanted
        settings = self.connections.settings
        for name in (settings.default_model, self.last_model):
            if name and self.connections.model(name):
                return name
        return self.connections.listed[0].name if self.connections.listed else ""

    def model(self) -> Model | None:
        """The model of that name as listed; one that is not listed is taken at its name."""
        name = self.model_name()
        return self.connections.model(name) or (Model(name=name) if name else None)

    def role(self) -> Role | None:
        """The active role."""
        return self.library.role(self.conversation.session.settings.role_id)

    def select_model(self, name: str) -> None:
        self.last_model = name
        self.conversation.change_settings(model=name)

    def select_role(self, role_id: str | None) -> None:
        self.conversation.change_settings(role_id=role_id)

    def set_plan(self, models: PlanModels | None) -> None:
        self.conversation.change_settings(plan=models)

    def set_review_plans(self, on: bool) -> None:
        self.review_plans = on

    def new_session(self) -> None:
        """An empty session with the role and models of the one on show."""
        self.conversation.begin(self.conversation.session.settings)

    # Sending -------------------------------------------------------------------------------------------------------------
    def complete(self, text: str, cursor: int) -> Completions:
        """What may be typed next in a slash command."""
        return complete(text, cursor, self.desk)

    def send(self, text: str) -> None:
        """Run a slash command, or send a message to the model."""
        try:
            outcome = interpret(text, self.desk)
        except InputError as error:
            self.announcer.say("command", str(error), tone=Tone.ATTENTION, seconds=20)
            self.text_refused.emit(self.conversation.session.id, text)
            return
        self.announcer.withdraw("command")
        if isinstance(outcome, Reply):
            if outcome.markdown:
                self.conversation.transcript.show_local(outcome.markdown)
        else:
            self._send_message(outcome.text)

    def _send_message(self, text: str) -> None:
        session = self.conversation.session
        if self.conversation.is_busy(session.id):
            self._wait(session.id, text)
            return
        model = self.model()
        if model is None:
            self.announcer.say("turn", "No model is known yet, so nothing was sent.", tone=Tone.ATTENTION)
            self.text_refused.emit(session.id, text)
            return
        self.announcer.withdraw("turn")
        self._unsent[session.id] = text
        self.last_model = model.name
        self.conversation.run(session.id, self._turn(text, model))

    def _wait(self, session_id: str, text: str) -> None:
        """An answer streams in this session: the message is sent when it has ended."""
        self._waiting[session_id] = (
            text if session_id not in self._waiting else f"{self._waiting[session_id]}\n\n{text}"
        )
        self.announcer.say(
            f"waiting:{session_id}",
            "Your message is sent when this answer has ended.",
            answers={"Take it back": lambda: self._take_back(session_id)},
        )

    def _take_back(self, session_id: str) -> None:
        text = self._waiting.pop(session_id, None)
        if text:
            self.text_refused.emit(session_id, text)

    def _on_busy_changed(self, session_id: str, busy: bool) -> None:
        if busy or session_id not in self._waiting:
            return
        self.announcer.withdraw(f"waiting:{session_id}")
        text = self._waiting.pop(session_id)
        if session_id == self.conversation.session.id:
            self._send_message(text)
        else:
            self.announcer.say(
                "turn",
                "A message that was waiting was not sent, because another session was opened: it is a draft there.",
            )
            self.text_refused.emit(session_id, text)

    async def _turn(self, text: str, model: Model) -> AsyncIterator[TurnEvent]:
        session = await self.conversation.store_session()
        if session.settings.plan is not None:
            events = plan.run_plan(self.connections, session, text, **self._planning(session.settings.plan))
        else:
            events = turn.run_turn(self.connections, session, text, model=model, role=self.role())
        async with aclosing(events):
            async for event in events:
                yield event

    def _planning(self, models: PlanModels) -> Planning:
        def named(name: str) -> Model:
            return self.connections.model(name) or Model(name=name)

        return Planning(
            planning=named(models.planning),
            answering=named(models.answering),
            role=self.role(),
            review=self.conversation.review if self.review_plans else None,
        )

    # Answers that are there already --------------------------------------------------------------------------------------
    def retry(self, message_id: str) -> None:
        """Another answer to the same message; the old one is kept as a branch. A plan is planned again."""
        session, models = self.conversation.session, self.conversation.session.settings.plan

        def ask(message: Message, model: Model) -> AsyncIterator[TurnEvent]:
            if models is not None and (message.kind is Kind.PLAN or message.author is Author.USER):
                return plan.retry_plan(self.connections, session, message, **self._planning(models))
            return turn.retry_answer(self.connections, session, message, model=model, role=self.role())

        self._again(message_id, ask)

    def continue_(self, message_id: str) -> None:
        """Let a partial answer go on where it stopped."""
        session = self.conversation.session
        self._again(
            message_id,
            lambda message, model: turn.continue_answer(
                self.connections, session, message, model=model, role=self.role()
            ),
        )

    def edit(self, message_id: str, text: str) -> None:
        """Send a changed message in place of one; the old one is kept as a branch."""
        session, models = self.conversation.session, self.conversation.session.settings.plan

        def ask(message: Message, model: Model) -> AsyncIterator[TurnEvent]:
            self._unsent[session.id] = text
            if models is not None:
                return plan.edit_task(self.connections, session, message, text, **self._planning(models))
            return turn.edit_message(self.connections, session, message, text, model=model, role=self.role())

        if text.strip():
            self._again(message_id, ask)

    def _again(self, message_id: str, ask: Callable[[Message, Model], AsyncIterator[TurnEvent]]) -> None:
        message, model = self.conversation.transcript.message(message_id), self.model()
        if message is None or model is None or self._refuse_while_busy():
            return
        self.announcer.withdraw("turn")
        self.conversation.run(message.session_id, ask(message, model))

    def branch(self, message_id: str) -> None:
        """A new session with everything up to this message."""
        self.library.duplicate(
            self.conversation.session.id,
            through=message_id,
            then=lambda copy: self.conversation.show(copy.id),
        )

    def copy_last_answer(self) -> None:
        """Put the last answer on the clipboard as Markdown."""
        answer = self.conversation.last_answer()
        if answer is not None:
            self.copy_wanted.emit(answer.content)

    def _refuse_while_busy(self) -> bool:
        busy = self.conversation.is_busy(self.conversation.session.id)
        if busy:
            self.announcer.say("turn", "An answer is being written. Stop it first (Esc).", seconds=6)
        return busy

    # Sessions and roles --------------------------------------------------------------------------------------------------
    def delete_session(self, session_id: str) -> None:
        self.conversation.stop(session_id)
        if session_id == self.conversation.session.id:
            self.new_session()
        self.library.delete(session_id)
