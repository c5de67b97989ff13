"""The session on show: its messages in the transcript, its title and settings, kept in step with store and turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import takewhile

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.chat.events import AnswerDelta
from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.errors import NotFoundError
from chat2anyllm_desktop.core.language import tr
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
from chat2anyllm_desktop.store.api import Store, find_session
from chat2anyllm_desktop.ui.connections import Connections
from chat2anyllm_desktop.ui.frames import Frames
from chat2anyllm_desktop.ui.library import Library
from chat2anyllm_desktop.ui.loaded import Loaded
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
from chat2anyllm_desktop.ui.turns import Turns


class Conversation(QObject):
    """Signals are facts: ``session_left`` (id) before another session is shown, ``session_shown`` (Session) when its last
    messages stand in the transcript, ``session_changed`` (Session) for title and settings of the one on show,
    ``session_gone`` (the Session, deleted elsewhere?) when the one on show is in the history no longer and a new one is
    shown in its place; ``message_shown`` (id) when a message that was asked for stands in the transcript.

    What is read here cannot miss what a turn tells meanwhile: the store answers in the order of asking, so whatever was
    saved before is in what is read, and whatever is saved later is told later.
    """

    session_left = Signal(str)
    session_shown = Signal(object)
    session_changed = Signal(object)
    session_gone = Signal(object, bool)
    message_shown = Signal(str)

    def __init__(
        self,
        transcript: TranscriptModel,
        connections: Connections,
        library: Library,
        turns: Turns,
        tasks: Tasks,
    ) -> None:
        super().__init__()
        self.transcript = transcript
        self._connections = connections
        self._library = library
        self._turns = turns
        self._tasks = tasks
        self._frames = Frames(transcript.append_delta)
        self._loaded = Loaded()
        self._older_wanted = False
        self._changed: set[str] = set()
        self._new: set[str] = set()
        self._begun: set[str] = set()
        """Messages of our own turns that were seen before."""
        self.session = self._unwritten(SessionSettings())
        turns.text_came.connect(self._on_text_came)
        turns.message_changed.connect(self._on_message_changed)
        turns.session_changed.connect(self._library.show)
        # The store puts a session that was written in before the others; SQLite does not tell us of our own writes.
        turns.message_taken.connect(self._library.read_session)
        turns.turn_ended.connect(lambda session_id, _: self._library.read_session(session_id))
        library.session_upserted.connect(self._on_session_upserted)

    # The session on show -------------------------------------------------------------------------------------------------
    @property
    def is_stored(self) -> bool:
        """False for a new session that nothing has been written in."""
        return not self.is_new(self.session.id)

    def is_new(self, session_id: str) -> bool:
        """Whether this session, on show or not, has not been stored."""
        return session_id in self._new

    @property
    def is_busy(self) -> bool:
        """Whether a turn runs in the session on show."""
        return self._turns.is_busy(self.session.id)

    @property
    def leaf(self) -> str | None:
        """The last message of the branch on show: what is asked next follows it."""
        return self._loaded.leaf

    def begin(self, settings: SessionSettings) -> None:
        """Show a new, empty session; it is stored with its first message."""
        self._tasks.cancel("load:session")
        self._switch(self._unwritten(settings), Loaded())

    def show(self, session_id: str) -> None:
        """Show a stored session; an answer that streams in it goes on being shown."""
        if session_id == self.session.id and self.is_stored:
            self._tasks.cancel("load:session")
        else:
            self._tasks.start("load:session", self._show(session_id))

    async def _show(self, session_id: str) -> None:
        store, known = self._connections.store, self._library.session(session_id)
        session = await store.call(Store.get_session, session_id)
        loaded = await Loaded.read(store, session_id, leaf=session.settings.branch)
        self._switch(self._newest(session, known), loaded)

    def show_message(self, message_id: str) -> None:
        """Show the session of a stored message, read back to it, in a branch that it is in."""
        self._tasks.start("load:session", self._show_message(message_id))

    async def _show_message(self, message_id: str) -> None:
        store = self._connections.store
        found = await store.call(Store.get_messages, [message_id])
        if not found:
            raise NotFoundError(tr("The message is gone: it was deleted elsewhere."))
        message = found[0]
        if message.session_id != self.session.id:
            known = self._library.session(message.session_id)
            session = await store.call(Store.get_session, message.session_id)
            loaded = await Loaded.reaching(store, message, session.settings.branch)
            self._switch(self._newest(session, known), loaded)
        elif self.transcript.message(message_id) is None:
            loaded = await Loaded.reaching(store, message, self._loaded.leaf)
            if message.session_id == self.session.id:
                self._loaded = loaded
                self._reconcile()
        if message.session_id == self.session.id:
            self.message_shown.emit(message_id)

    def _newest(self, session: Session, known: Session | None) -> Session:
        """A session as it was read, or what became of it while its messages were read: it was ``known`` as before."""
        now = self._library.session(session.id)
        return session if now is None or now == known else now

    def _switch(self, session: Session, loaded: Loaded) -> None:
        self.session_left.emit(self.session.id)
        self._frames.drop()
        self.session, self._loaded = session, loaded
        path = self._path()
        self.transcript.reset(session.id, path, loaded.has_older, loaded.versions(path))
        self.session_shown.emit(session)

    async def reload(self, *, other_history: bool = False) -> None:
        """Read the session on show again, keeping what is on screen where it did not change. In another history than
        before it is no news that the session is not there."""
        if not self.is_stored:
            return
        store, session_id = self._connections.store, self.session.id
        session = await store.run(partial(find_session, store.backend, session_id))
        if session is None:
            if session_id == self.session.id:
                gone = self.session
                self.begin(gone.settings)
                self.session_gone.emit(gone, not other_history)
            return
        loaded = await Loaded.read(store, session_id, len(self._loaded), self._loaded.leaf)
        if session_id == self.session.id:
            loaded.leaf = self._loaded.leaf  # It may have become another meanwhile.
            self._loaded = loaded
            self._reconcile()
            self._take_session(session)

    def load_older(self) -> None:
        """Another page in front of what is shown."""
        self._older_wanted = True
        if not self._tasks.is_running("load:older"):
            self._tasks.start("load:older", self._load_older())

    async def _load_older(self) -> None:
        # It may be wanted again as soon as a page is in the transcript, because that was a short one.
        while self._older_wanted and (loaded := self._loaded).has_older:
            self._older_wanted = False
            session_id = self.session.id
            await loaded.read_older(self._connections.store)
            if loaded is not self._loaded:  # Read anew meanwhile, or another session.
                self._older_wanted |= session_id == self.session.id
                continue
            older = [message for message in self._path() if self.transcript.message(message.id) is None]
            if older or not loaded.has_older:
                self.transcript.prepend(older, loaded.has_older)
                self._reconcile()
            else:  # A page of other branches.
                self._older_wanted = True

    def _path(self) -> list[Message]:
        """The branch on show, with the answer that streams as far as it has come."""
        path = self._loaded.path()
        partial = self._turns.partial(self.session.id)
        if partial is not None:
            path = [partial if message.id == partial.id else message for message in path]
        return path

    def _reconcile(self) -> None:
        """Bring the transcript in line with the branch on show."""
        self._frames.flush()  # What waits for its frame is part of the streaming answer already.
        path = self._path()
        versions = self._loaded.versions(path)
        shown, wanted = [e.id for e in self.transcript if not e.local], [message.id for message in path]
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(shown, wanted, strict=False)))
        gone = set(shown[same:]).difference(wanted[same:])
        if gone and same < len(wanted) and len(gone) == len(shown) - same:
            # Another branch, from there on.
            self.transcript.replace_from(shown[same], path[same:], versions)
        else:
            self.transcript.remove(gone)
        older = list(takewhile(lambda message: self.transcript.message(message.id) is None, path))
        if 0 < len(older) < len(path):  # At once: 10,000 of them, one after the other, would take 12 s.
            self.transcript.prepend(older, self._loaded.has_older)
        for message in path:
            known = self.transcript.message(message.id)
            if known is not message and known != message:  # Comparing 10,000 of them takes 5 ms.
                self.transcript.upsert(message)
        self.transcript.set_versions(versions)
        if self._loaded.leads_out:
            self._tasks.start("reload", self.reload())

    def show_version(self, message_id: str, by: int) -> None:
        """Show the next (1) or previous (-1) of the messages that stand in the place of this one, and what follows it."""
        if self._loaded.step(message_id, by):
            self._reconcile()
            self._remember_branch()

    def _remember_branch(self) -> None:
        """The branch on show is shown again when the session is opened; nothing is kept where that is the newest."""
        leaf = self._loaded.leaf
        self.change_settings(branch=leaf if leaf != self._loaded.newest else None)

    def _unwritten(self, settings: SessionSettings) -> Session:
        now = utc_now()
        settings = replace(settings, branch=None)
        session = Session(id=new_id(), title=DEFAULT_TITLE, created_at=now, updated_at=now, settings=settings)
        self._new.add(session.id)
        return session

    def _on_text_came(self, delta: AnswerDelta) -> None:
        if delta.session_id == self.session.id:
            self._frames.add(delta.message_id, delta.text, delta.reasoning)

    def _on_message_changed(self, message: Message) -> None:
        if message.session_id == self.session.id:
            self._loaded.keep(message)
            begun, goes_on = message.id not in self._begun, False
            if begun:
                self._begun.add(message.id)
                goes_on = self._loaded.go_on_with(message)
            self._reconcile()
            if goes_on:
                self._remember_branch()

    # What others change --------------------------------------------------------------------------------------------------
    def follow(self, changes: Sequence[Change]) -> None:
        """Rows have changed, by another client or by us; those of the session on show are read again."""
        if any(change.operation is Operation.RESYNC for change in changes):
            self._tasks.start("reload", self.reload())
            return
        mine = [c for c in changes if c.table is Table.MESSAGES and c.session_id == self.session.id]
        deleted = {change.id for change in mine if change.operation is Operation.DELETE}
        if deleted:
            self._loaded.forget(deleted)
            self._reconcile()
        partial = self._turns.partial(self.session.id)
        streaming = {partial.id} if partial is not None else set()
        self._changed |= {change.id for change in mine} - deleted - streaming
        if self._changed and not self._tasks.is_running("follow"):
            self._tasks.start("follow", self._follow())
        if any(c.table is Table.SESSIONS and c.id == self.session.id for c in changes):
            self._tasks.start("reload", self.reload())

    async def _follow(self) -> None:
        while self._changed:
            session_id, changed = self.session.id, self._changed
            self._changed = set()
            messages = await self._connections.store.call(Store.get_messages, changed)
            if session_id == self.session.id:
                for message in messages:
                    self._loaded.keep(message)
                self._reconcile()

    # Title and settings --------------------------------------------------------------------------------------------------
    def change_settings(self, **values: object) -> None:
        """Another model, role, plan mode for the session on show; stored at once if the session is."""
        settings = replace(self.session.settings, **values)  # type: ignore[arg-type]  # names of its fields
        if settings != self.session.settings:
            self._change(settings=settings)

    def rename(self, title: str) -> None:
        """Another title for the session on show."""
        title = " ".join(title.split())
        if title and title != self.session.title:
            self._change(title=title)

    def _change(self, **values: object) -> None:
        self.session = replace(self.session, **values)  # type: ignore[arg-type]  # names of its fields
        self.session_changed.emit(self.session)
        if self.is_stored:
            self._library.change(self.session.id, **values)

    def _on_session_upserted(self, session: Session) -> None:
        if session.id == self.session.id:
            self._take_session(session)

    def _take_session(self, session: Session) -> None:
        # While a change of ours is being stored, what was read may be older than what is on show.
        if session != self.session and not self._library.is_changing(session.id):
            self.session = session
            self.session_changed.emit(session)

    async def keep_session(self, session: Session) -> None:
        """Store a session that is new. Raises StoreError."""
        saved = await self._connections.store.call(Store.save_session, session)
        self._new.discard(session.id)
        if session.id == self.session.id:
            now = self.session
            meanwhile = {
                name: getattr(now, name)
                for name in ("title", "settings")
                if getattr(now, name) != getattr(session, name)
            }
            if meanwhile:
                self._library.change(session.id, **meanwhile)
        self._library.show(saved)

    # What stands in it ---------------------------------------------------------------------------------------------------
    def last_answer(self) -> Message | None:
        """The last answer of a model on show that has ended."""
        for entry in reversed(list(self.transcript)):
            head = entry.head
            if head.author is Author.ASSISTANT and head.status is not Status.STREAMING and not entry.local:
                return entry.message
        return None

    def last_question(self) -> Message | None:
        """The last message of the user on show."""
        mine = (
            entry.message for entry in reversed(list(self.transcript)) if entry.head.author is Author.USER
        )
        return next(mine, None)
