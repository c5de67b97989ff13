"""Drafts: what stands in the composer belongs to its session, across switches and restarts."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject, QTimer

from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.models import Session
from chat2anyllm_desktop.store.drafts import Drafts
from chat2anyllm_desktop.ui.composer import Composer
from chat2anyllm_desktop.ui.conversation import Conversation

SAVE_MS = 400
"""Milliseconds without a key after which the draft is written to disk."""

NEW_SESSION = ""
"""Key of the draft of a session that is not stored yet: it has no lasting id."""


class Drafting(QObject):
    """Joins composer, conversation and the drafts on disk. Loaded drafts appear when :meth:`start` has read them."""

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
        composer.draft_changed.connect(self._timer.start)
        conversation.session_left.connect(lambda _: self._keep())
        conversation.session_shown.connect(self._on_session_shown)

    async def start(self) -> None:
        """Read what the last run left; what was typed meanwhile stays."""
        await asyncio.to_thread(self._drafts.load)
        if not self._composer.text:
            self._composer.set_text(self._drafts.get(self._key()))

    def sent(self) -> None:
        """The text has left the composer."""
        self._drafts.put(self._key(), "")
        self._timer.start()

    def take_back(self, session_id: str, text: str) -> None:
        """A text that was not sent: in front of what is in the composer, or into the draft of its session."""
        if session_id == self._conversation.session.id:
            self._composer.set_text(_joined(text, self._composer.text))
            self._timer.start()
        else:
            self._drafts.put(session_id, _joined(text, self._drafts.get(session_id)))

    async def aclose(self) -> None:
        """Keep what stands in the composer."""
        self._timer.stop()
        self._keep()
        await asyncio.to_thread(self._drafts.save)

    def _key(self) -> str:
        return self._conversation.session.id if self._conversation.is_stored else NEW_SESSION

    def _keep(self) -> None:
        self._drafts.put(self._key(), self._composer.text)

    def _on_pause(self) -> None:
        self._keep()
        self._tasks.start("drafts", asyncio.to_thread(self._drafts.save))

    def _on_session_shown(self, _: Session) -> None:
        self._composer.set_text(self._drafts.get(self._key()))


def _joined(first: str, second: str) -> str:
    return "\n".join(part for part in (first, second) if part.strip())
