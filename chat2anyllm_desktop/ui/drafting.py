"""Drafts: what stands in the composer belongs to its session, across switches and restarts."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject, QTimer, Signal

from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.attachments import merged
from chat2anyllm_desktop.core.errors import StoreReadOnlyError
from chat2anyllm_desktop.core.models import Session
from chat2anyllm_desktop.store.drafts import Drafts
from chat2anyllm_desktop.ui.composer import Composer
from chat2anyllm_desktop.ui.conversation import Conversation

SAVE_MS = 400
"""Milliseconds without a key after which the draft is written to disk."""

NEW_SESSION = ""
"""Key of the draft of a session that is not stored yet: it has no lasting id."""


class Drafting(QObject):
    """Joins composer, conversation and the drafts on disk. Loaded drafts appear when :meth:`start` has read them.

    Signal: ``not_kept`` (the StoreReadOnlyError), once, when they cannot be written.
    """

    not_kept = Signal(object)

    def __init__(self, composer: Composer, conversation: Conversation, drafts: Drafts, tasks: Tasks) -> None:
        super().__init__(composer)
        self._composer = composer
        self._conversation = conversation
        self._drafts = drafts
        self._tasks = tasks
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_MS)
        self._timer.timeout.connect(self._on_pause)
        composer.draft_changed.connect(self._on_draft_changed)
        self.is_writing = bool(composer.draft)
        """Whether something was typed since the session on show was opened."""
        self._told = False
        self._new = ""
        self._edits: dict[str, tuple[str, str]] = {}
        conversation.session_left.connect(self._on_session_left)
        conversation.session_shown.connect(self._on_session_shown)
        conversation.session_gone.connect(self._on_session_gone)

    def _on_draft_changed(self) -> None:
        self.is_writing = True
        self._timer.start()

    async def start(self) -> None:
        """Read what the last run left; what was typed meanwhile stays."""
        await asyncio.to_thread(self._drafts.load)
        if not self._composer.draft:
            self._composer.set_text(self._drafts.get(self._key()))

    def sent(self) -> None:
        """The text has left the composer."""
        self._drafts.put(self._key(), "")
        self._timer.start()

    def take_edit_back(self, session_id: str, message_id: str, text: str) -> None:
        """A changed message that was not sent: it goes on being edited."""
        if session_id == self._conversation.session.id:
            self._composer.begin_edit(message_id, text)
        else:
            self._edits[session_id] = (message_id, text)

    def take_back(self, session_id: str, text: str) -> None:
        """A text that was not sent: in front of what is in the composer, or into the draft of its session."""
        key = self._key(session_id)
        if key == self._key():
            self._composer.give_back(text)
        else:
            self._drafts.put(key, merged(text, self._drafts.get(key)))
        self._timer.start()

    async def aclose(self) -> None:
        """Keep what stands in the composer."""
        self._timer.stop()
        self._composer.finish_word()
        # The message that it was to replace may be far up in another branch by then: it becomes a new message.
        changed = self._composer.unsent_edit
        self._composer.end_edit()
        if changed:
            self._composer.give_back(changed)
        self._keep()
        await self._save()

    async def _save(self) -> None:
        try:
            await asyncio.to_thread(self._drafts.save)
        except StoreReadOnlyError as error:
            if not self._told:
                self._told = True
                self.not_kept.emit(error)

    def _key(self, session_id: str = "") -> str:
        """Of the session on show, or of another."""
        session_id = session_id or self._conversation.session.id
        return NEW_SESSION if self._conversation.is_new(session_id) else session_id

    def _keep(self) -> None:
        key = self._key()
        if key == NEW_SESSION:
            self._new = self._conversation.session.id
        elif key == self._new:  # It has been stored since.
            self._new = ""
            self._drafts.put(NEW_SESSION, "")
        self._drafts.put(key, self._composer.draft)

    def _on_pause(self) -> None:
        self._keep()
        self._tasks.start("drafts", self._save())

    def _on_session_left(self, session_id: str) -> None:
        self._composer.finish_word()
        if self._composer.edited:
            self._edits[session_id] = (self._composer.edited, self._composer.text)
            self._composer.end_edit()
        self._keep()

    def _on_session_shown(self, session: Session) -> None:
        self.is_writing = False
        self._composer.set_text(self._drafts.get(self._key()))
        if session.id in self._edits:
            self._composer.begin_edit(*self._edits.pop(session.id))

    def _on_session_gone(self, session: Session) -> None:
        """What was typed there goes on in the session that is on show in its place."""
        _, edit = self._edits.pop(session.id, ("", ""))
        for text in (self._drafts.get(session.id), edit):
            if text.strip():
                self._composer.give_back(text)
        self._drafts.put(session.id, "")
        self._timer.start()
