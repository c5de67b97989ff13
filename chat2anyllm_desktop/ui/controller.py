"""Wishes in, facts out: the parts below the widgets, joined."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.chat.commands import (
    Completions,
    Foretold,
    Layout,
    Reply,
    complete,
    foretell,
    interpret,
    lay_out,
    typed,
)
from chat2anyllm_desktop.chat.events import AnswerEnded
from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.errors import ChatError, InputError, NotFoundError, StoreUnavailableError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Change, Session
from chat2anyllm_desktop.ui.announcer import Announcer
from chat2anyllm_desktop.ui.asking import Asking
from chat2anyllm_desktop.ui.connections import Connections
from chat2anyllm_desktop.ui.conversation import Conversation
from chat2anyllm_desktop.ui.desk import WindowDesk
from chat2anyllm_desktop.ui.facts import ConnectionState, Health, Tone
from chat2anyllm_desktop.ui.library import Library
from chat2anyllm_desktop.ui.selection import Selection
from chat2anyllm_desktop.ui.templates import Templates
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
from chat2anyllm_desktop.ui.turns import Turns
from chat2anyllm_desktop.ui.workshop import Workshop

_READING = frozenset({"follow", "follow:library", "follow:templates", "reload", "load:library"})
"""Tasks that read what is on show again."""

END_S = 5.0

GONE_S = 20.0
"""Seconds that it is said that the session on show was deleted elsewhere."""


class Controller(QObject):
    """Holds ``library``, ``templates``, ``turns``, ``conversation``, ``selection`` and ``asking`` over ``connections``.

    Signals are wishes that only the window can grant: ``text_returned`` (session id and a text that was not sent and
    belongs back into the composer), ``theme_wanted``, ``review_wanted`` (plans wait for approval?), ``settings_wanted``
    (page or empty), ``templates_wanted``, ``welcome_wanted``, ``copy_wanted`` (Markdown), ``quit_wanted``.
    """

    text_returned = Signal(str, str)
    theme_wanted = Signal(str)
    review_wanted = Signal(bool)
    settings_wanted = Signal(str)
    templates_wanted = Signal()
    welcome_wanted = Signal()
    copy_wanted = Signal(str)
    quit_wanted = Signal()

    def __init__(self, workshop: Workshop, transcript: TranscriptModel) -> None:
        super().__init__()
        self.tasks = Tasks(self._on_task_failed)
        self.announcer = Announcer(self)
        self.connections = Connections(workshop, self.tasks, self.announcer)
        self.library = Library(lambda: self.connections.store, self.tasks, self.announcer)
        self.templates = Templates(lambda: self.connections.store, self.tasks, self.announcer)
        self.turns = Turns(self.tasks)
        self.conversation = Conversation(transcript, self.connections, self.library, self.turns, self.tasks)
        self.selection = Selection(self.connections, self.library, self.conversation)
        self.asking = Asking(
            self.connections, self.library, self.conversation, self.selection, self.turns, self.announcer
        )
        self.desk = WindowDesk(self)
        self.last_session = ""
        """The session that was open when the program last ended."""
        self.is_writing: Callable[[], bool] = lambda: False
        """Whether somebody has begun to write where a new session is on show: it is not taken away from under them."""
        self._said_away: set[str] = set()
        self.connections.database_changed.connect(self._on_database_changed)
        self.connections.store_opened.connect(self._on_store_opened)
        self.connections.changes_seen.connect(self._on_changes)
        self.connections.settings_wanted.connect(self.settings_wanted)
        self.conversation.session_shown.connect(self._on_session_shown)
        self.conversation.session_gone.connect(self._on_session_gone)
        self.turns.answer_ended.connect(self._on_answer_ended)
        self.asking.text_refused.connect(
            lambda session_id, text: self.text_returned.emit(session_id, typed(text))
        )

    # Life ----------------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Connect; called once the window is painted and the loop runs."""
        self.tasks.start("connect", self.connections.connect_all())

    async def stop(self) -> None:
        """End what runs. Answers are kept as interrupted, what was not sent is given back. A history that does not answer
        is waited for :data:`END_S` seconds: what it could not save by then is in the journal."""
        self.asking.waiting.take_all_back()
        ending = asyncio.ensure_future(self.tasks.aclose())
        if not (await asyncio.wait((ending,), timeout=END_S))[0]:
            self.connections.abandon_store()
        await ending

    async def aclose(self) -> None:
        """Let go of everything."""
        await self.stop()
        await self.connections.aclose()

    def _on_task_failed(self, name: str, error: ChatError) -> None:
        """Every failure of a task is said once."""
        kind, _, session_id = name.partition(":")
        sentence = str(error)
        if kind == "turn" and self.asking.is_unsent(session_id):
            sentence = tr(
                "{sentence} What you wrote was not sent: it is back in the message field.", sentence=sentence
            )
        answers = None
        if isinstance(error, StoreUnavailableError):
            self.connections.on_store_lost()
            if name in _READING:
                return  # Nobody asked for it; what was missed is read when the history is back.
            if self.connections.database_state.health is Health.FAULT:
                answers = self.connections.ways_out()  # This notice hides the one that offers them.
        key = kind
        if kind == "turn" and session_id != self.conversation.session.id:
            session, key = self.library.session(session_id), name
            if session is not None:
                sentence = tr("In “{title}”: {sentence}", title=session.shown_title, sentence=sentence)
        if isinstance(error, StoreUnavailableError):
            self._said_away.add(key)
        self.announcer.say(key, sentence, tone=Tone.FAULT, detail=error.detail, answers=answers)

    def _on_database_changed(self, state: ConnectionState) -> None:
        """What was said of a history that is away is no longer so."""
        if state.health is Health.OK:
            for key in self._said_away:
                self.announcer.withdraw(key)
            self._said_away.clear()

    def _on_answer_ended(self, ended: AnswerEnded) -> None:
        """An error of the gateway stands in the answer itself; that it could not be saved is said here."""
        error = ended.save_error
        if isinstance(error, StoreUnavailableError):
            self.connections.on_store_lost()
        elif error is not None and not isinstance(error, NotFoundError):  # Its session was deleted meanwhile.
            self.announcer.report("turn", error)

    def _on_store_opened(self) -> None:
        async def load() -> None:
            # What is on show first: it may not be in this history, and then nothing can be sent in it.
            await self.conversation.reload(other_history=True)
            await self.library.load()
            untouched = not self.conversation.is_stored and not len(self.conversation.transcript)
            known = self.library.session(self.last_session) is not None
            if untouched and known and not self.is_writing():
                self.conversation.show(self.last_session)
            await self.templates.load()

        self.tasks.start("load:library", load())

    def _on_session_shown(self, session: Session) -> None:
        if not self.conversation.is_new(session.id):
            self.last_session = ""  # From now on what is on show counts.

    def _on_session_gone(self, session: Session, deleted: bool) -> None:
        """The session on show is no longer there; what was typed is in a new one."""
        if deleted:
            self.turns.stop(session.id)
            self.announcer.say(
                f"gone:{session.id}",
                tr(
                    "“{title}” was deleted elsewhere. This is a new session; what you typed is kept.",
                    title=session.shown_title,
                ),
                tone=Tone.ATTENTION,
                seconds=GONE_S,
            )

    def _on_changes(self, changes: Sequence[Change]) -> None:
        self.library.follow(changes)
        self.templates.follow(changes)
        self.conversation.follow(changes)

    def session_to_reopen(self) -> str:
        """The session that the next start should show: the one on show, once something is written in it."""
        return self.conversation.session.id if self.conversation.is_stored else self.last_session

    # Writing -------------------------------------------------------------------------------------------------------------
    def complete(self, text: str, cursor: int) -> Completions:
        """What may be typed next in a slash command."""
        return complete(text, cursor, self.desk)

    def foretell(self, text: str, cursor: int, taken: tuple[int, int, str] | None) -> Foretold | None:
        """What Enter will do with a slash command, once an offer is taken."""
        return foretell(text, cursor, self.desk, taken)

    def lay_out(self, text: str, always: bool) -> Layout | None:
        """The prompt template that is to be filled in before it is sent."""
        return lay_out(text, self.desk, always=always)

    def send(self, text: str) -> None:
        """Run a slash command, or send a message to the model. What cannot be done goes back into the composer."""
        if not self.run(text):
            self.text_returned.emit(self.conversation.session.id, text)

    def run(self, text: str) -> bool:
        """The same with what nobody has written. False when it cannot be done, which is said."""
        try:
            outcome = interpret(text, self.desk)
        except InputError as error:
            self.announcer.say("command", str(error), tone=Tone.ATTENTION, seconds=20)
            return False
        self.announcer.withdraw("command")
        if not isinstance(outcome, Reply):
            self.asking.send(outcome.text)
        elif outcome.markdown:
            self.conversation.transcript.show_local(outcome.markdown)
        return True

    def stop_answer(self) -> bool:
        """Stop the answer in the session on show; what has come of it is kept. False when there is none."""
        return self.turns.stop(self.conversation.session.id)

    def copy_last_answer(self) -> None:
        """Put the last answer on the clipboard as Markdown."""
        answer = self.conversation.last_answer()
        if answer is not None:
            self.copy_wanted.emit(answer.content)

    def set_review_plans(self, on: bool) -> None:
        """Whether plans wait for approval, from now on."""
        self.selection.review_plans = on
        self.review_wanted.emit(on)

    # Sessions ------------------------------------------------------------------------------------------------------------
    def new_session(self) -> None:
        """An empty session with the role and plan mode of the one on show, and the model that was picked last."""
        self.last_session = (
            ""  # Whoever asks for a new session while the program starts is not shown the old one.
        )
        self.conversation.begin(replace(self.conversation.session.settings, model=None))

    def delete_session(self, session_id: str) -> None:
        """Delete a session, whatever goes on in it."""
        self.asking.waiting.take_back(session_id)
        self.turns.stop(session_id)
        was_shown = session_id == self.conversation.session.id
        if was_shown:
            self.new_session()

        def show_again(session: Session) -> None:
            if was_shown and not self.conversation.is_stored and not len(self.conversation.transcript):
                self.conversation.show(session.id)

        self.library.delete(session_id, after=lambda: self.turns.over(session_id), then=show_again)

    def branch(self, message_id: str) -> None:
        """A new session with everything up to this message."""
        self.duplicate(self.conversation.session.id, through=message_id)

    def duplicate(self, session_id: str, *, through: str | None = None) -> None:
        """Copy a session and show the copy."""
        self.library.duplicate(session_id, through=through, then=lambda copy: self.conversation.show(copy.id))
