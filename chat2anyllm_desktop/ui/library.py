"""The sessions and roles on show, and what the user does to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.errors import ChatError, InputError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Change, Operation, Role, Session, Table, new_id, utc_now
from chat2anyllm_desktop.store.api import Store, find_session
from chat2anyllm_desktop.store.threaded import ThreadedStore
from chat2anyllm_desktop.ui.announcer import Announcer

UNDO_S = 12.0
"""Seconds a deletion can be taken back by the notice's button."""

_FEW = 50
"""Rows that are changed one by one; for more a new list costs less."""


class Library(QObject):
    """Keeps the lists that the docks show in step with the store.

    Signals are facts: ``sessions_reset`` (list), ``session_upserted``, ``session_removed`` (id), ``roles_reset`` (list),
    ``role_saved`` (the Role), ``role_refused`` (the sentence, for the editor).
    """

    sessions_reset = Signal(object)
    session_upserted = Signal(object)
    session_removed = Signal(str)
    roles_reset = Signal(object)
    role_saved = Signal(object)
    role_refused = Signal(str)

    def __init__(self, store: Callable[[], ThreadedStore], tasks: Tasks, announcer: Announcer) -> None:
        super().__init__()
        self._store = store
        self._tasks = tasks
        self._announcer = announcer
        self._sessions: dict[str, Session] = {}
        self._roles: dict[str, Role] = {}
        self._changing: dict[str, Mapping[str, object]] = {}
        self._unread: list[Change] = []
        self._listed: tuple[str, bool] | None = None
        self.archived = False
        """Whether the list on show is that of the archived sessions."""

    @property
    def roles(self) -> Sequence[Role]:
        """By name."""
        return list(self._roles.values())

    @property
    def sessions(self) -> Sequence[Session]:
        """Of the list on show, in no particular order."""
        return list(self._sessions.values())

    def session(self, session_id: str) -> Session | None:
        """A session of the list on show."""
        return self._sessions.get(session_id)

    def role(self, role_id: str | None) -> Role | None:
        """A role, or None when there is none of that id (any more)."""
        return self._roles.get(role_id) if role_id else None

    # Reading -----------------------------------------------------------------------------------------------------------
    async def load(self) -> None:
        """Read both lists. Raises StoreError."""
        store, archived = self._store(), self.archived
        sessions = await store.call(Store.list_sessions, archived=archived)
        self._take(sessions, anew=self._listed != (store.key, archived))
        self._listed = (store.key, archived)
        await self.load_roles()

    def _take(self, sessions: Sequence[Session], *, anew: bool) -> None:
        """Show this list; where a few rows differ from what is on show, the others are left in peace."""
        before, self._sessions = self._sessions, {session.id: session for session in sessions}
        gone = before.keys() - self._sessions.keys()
        changed = [session for session in sessions if before.get(session.id) != session]
        if anew or len(gone) + len(changed) > _FEW:
            self.sessions_reset.emit(sessions)
            return
        for session_id in gone:
            self.session_removed.emit(session_id)
        for session in changed:
            self.session_upserted.emit(session)

    async def load_roles(self) -> None:
        """Read the roles again."""
        roles = await self._store().call(Store.list_roles)
        self._roles = {role.id: role for role in roles}
        self.roles_reset.emit(roles)

    def follow(self, changes: Sequence[Change]) -> None:
        """Another client, or we, changed these: read and show them."""
        self._unread += changes
        if not self._tasks.is_running("follow:library"):
            self._tasks.start("follow:library", self._follow())

    def read_session(self, session_id: str) -> None:
        """Read one session again and show it where it belongs now."""
        self.follow([Change(table=Table.SESSIONS, operation=Operation.UPSERT, id=session_id)])

    async def _follow(self) -> None:
        while self._unread:
            changes, self._unread = self._unread, []
            await self._read_again(changes)

    async def _read_again(self, changes: Sequence[Change]) -> None:
        if any(change.operation is Operation.RESYNC for change in changes):
            await self.load()
            return
        if any(change.table is Table.ROLES for change in changes):
            await self.load_roles()
        touched: set[str] = set()
        for change in changes:
            if change.table is Table.SESSIONS and change.operation is Operation.DELETE:
                self.forget(change.id)
            elif change.table is Table.SESSIONS:
                touched.add(change.id)
            elif change.table is Table.MESSAGES and change.session_id:
                touched.add(change.session_id)
        store = self._store()
        for session_id in touched:
            session = await store.run(partial(find_session, store.backend, session_id))
            if session is None:
                self.forget(session_id)
            else:
                self.show(session)

    def show(self, session: Session) -> None:
        """A session as it is now."""
        if (session.archived_at is not None) != self.archived:
            self.forget(session.id)
            return
        if self._sessions.get(session.id) != session:
            self._sessions[session.id] = session
            self.session_upserted.emit(session)

    def forget(self, session_id: str) -> None:
        """A session that is no longer in the list."""
        if self._sessions.pop(session_id, None) is not None:
            self.session_removed.emit(session_id)

    # Sessions ------------------------------------------------------------------------------------------------------------
    def show_archived(self, archived: bool) -> None:
        """Switch the list between living and archived sessions."""
        self.archived = archived
        self._tasks.start("load:sessions", self.load())

    def rename(self, session_id: str, title: str) -> None:
        title = " ".join(title.split())
        if title:
            self.change(session_id, title=title)

    def pin(self, session_id: str, pinned: bool) -> None:
        self.change(session_id, pinned=pinned)

    def archive(self, session_id: str, archived: bool) -> None:
        session = self.session(session_id)
        self.change(session_id, archived_at=utc_now() if archived else None)
        if session is not None and archived:
            self._announcer.say(
                f"archived:{session_id}",
                tr("“{title}” is archived.", title=session.shown_title),
                seconds=UNDO_S,
                answers={tr("Undo"): lambda: self.archive(session_id, False)},
            )

    def change(self, session_id: str, **values: object) -> None:
        """Store other values of a session's fields; fields that are not named stay as the store has them."""
        taken_along = session_id in self._changing
        self._changing[session_id] = {**self._changing.get(session_id, {}), **values}
        if not taken_along:
            ended = partial(self._forget_change, session_id)
            self._tasks.start(f"session:{session_id}", self._change(session_id), ended=ended)

    def _forget_change(self, session_id: str) -> None:
        """Also where it was cancelled before it began; unless the next has begun already."""
        if not self._tasks.is_running(f"session:{session_id}"):
            self._changing.pop(session_id, None)

    def is_changing(self, session_id: str) -> bool:
        """Whether a change of this session is being stored."""
        return session_id in self._changing

    async def _change(self, session_id: str) -> None:
        values, session = None, None
        try:
            store = self._store()
            while (wanted := self._changing[session_id]) is not values:
                values = wanted
                session = await store.run(partial(_changed, store.backend, session_id, values))
        finally:
            self._changing.pop(session_id, None)
        if session is not None:
            self.show(session)

    def duplicate(
        self, session_id: str, *, through: str | None = None, then: Callable[[Session], None]
    ) -> None:
        """Copy a session (up to a message); ``then`` is called with the copy."""

        async def duplicate() -> None:
            copy = await self._store().call(Store.duplicate_session, session_id, new_id(), through=through)
            self.show(copy)
            then(copy)

        self._tasks.start(f"duplicate:{session_id}", duplicate())

    def delete(
        self, session_id: str, *, after: Callable[[], Awaitable[None]], then: Callable[[Session], None]
    ) -> None:
        """Delete a session with its messages when ``after`` has come to its end; Undo puts all of it back, and ``then``
        is called with it."""

        async def delete() -> None:
            await after()
            store = self._store()
            session = await store.call(Store.get_session, session_id)
            messages = await store.call(Store.history, session_id)
            await store.call(Store.delete_session, session_id)
            self.forget(session_id)

            async def restore() -> None:
                await store.call(Store.restore_session, session, messages)
                self.show(session)
                then(session)

            self._announcer.say(
                f"deleted:{session_id}",
                tr("“{title}” is deleted.", title=session.shown_title),
                seconds=UNDO_S,
                answers={tr("Undo"): lambda: self._tasks.start(f"restore:{session_id}", restore())},
            )

        self._tasks.start(f"delete:{session_id}", delete())

    # Roles -----------------------------------------------------------------------------------------------------------------
    def save_role(self, role_id: str | None, name: str, instructions: str) -> None:
        """Create (``role_id`` None) or update; a refusal goes back to the editor, which keeps what was written."""

        async def save() -> None:
            now = utc_now()
            known = self.role(role_id)
            role = Role(
                id=role_id or new_id(),
                name=name,
                instructions=instructions,
                created_at=known.created_at if known else now,
                updated_at=now,
            )
            try:
                saved = await self._store().call(Store.save_role, role)
            except ChatError as error:
                self.role_refused.emit(str(error))
                if isinstance(error, InputError):
                    return
                raise
            await self.load_roles()
            self.role_saved.emit(saved)

        self._tasks.start("role:save", save())

    def delete_role(self, role_id: str) -> None:
        async def delete() -> None:
            role, store = self.role(role_id), self._store()
            await store.call(Store.delete_role, role_id)
            await self.load_roles()
            if role is None:
                return

            async def restore() -> None:
                await store.call(Store.save_role, role)
                await self.load_roles()

            self._announcer.say(
                f"role:{role_id}",
                tr("The role “{name}” is deleted.", name=role.name),
                seconds=UNDO_S,
                answers={tr("Undo"): lambda: self._tasks.start(f"restore:{role_id}", restore())},
            )

        self._tasks.start(f"role:{role_id}", delete())


def _changed(store: Store, session_id: str, values: Mapping[str, object]) -> Session:
    # Read and written in one go: another change of it must not get lost in between.
    session = store.get_session(session_id)
    return store.save_session(replace(session, **values))  # type: ignore[arg-type]  # names of its fields
