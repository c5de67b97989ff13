"""The part of a session's messages that has been read: the newest ones, further back as the reader scrolls up."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection
from datetime import datetime

from chat2anyllm_desktop.core.models import Message
from chat2anyllm_desktop.core.prompts import active_path
from chat2anyllm_desktop.store.api import PAGE_SIZE, Store
from chat2anyllm_desktop.store.threaded import ThreadedStore


class Loaded:
    """Messages of all branches, in order of the conversation."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self.has_older = False

    @classmethod
    async def read(cls, store: ThreadedStore, session_id: str, count: int = PAGE_SIZE) -> Loaded:
        """The last ``count`` messages or a page, whichever is more. Raises StoreError."""
        loaded = cls()
        limit = max(count, PAGE_SIZE)
        page = await store.call(Store.page_messages, session_id, limit=limit)
        await loaded._put_in_front(store, session_id, page, more=len(page) == limit)
        return loaded

    async def read_older(self, store: ThreadedStore) -> None:
        """Another page in front. Raises StoreError."""
        first = self._messages[0]
        page = await store.call(Store.page_messages, first.session_id, before=first)
        await self._put_in_front(store, first.session_id, page, more=len(page) == PAGE_SIZE)

    async def _put_in_front(
        self, store: ThreadedStore, session_id: str, page: list[Message], *, more: bool
    ) -> None:
        known = {message.id for message in self._messages}
        self._messages[:0] = [message for message in page if message.id not in known]
        self.has_older = more
        if more and self._leads_out():
            # The branch on show leaves the page sideways: its beginning lies anywhere before, so all is read.
            history = await store.call(Store.history, session_id)
            read = {message.id for message in history}
            later = [message for message in self._messages if message.id not in read]
            self._messages = history
            for message in later:
                self.keep(message)
            self.has_older = False

    def __len__(self) -> int:
        return len(self._messages)

    def path(self) -> list[Message]:
        """The branch on show."""
        return active_path(self._messages)

    def keep(self, message: Message) -> None:
        """Add a message, or take its newer state."""
        self.forget({message.id})
        insort(self._messages, message, key=_order)

    def forget(self, message_ids: Collection[str]) -> None:
        """These are deleted."""
        self._messages = [message for message in self._messages if message.id not in message_ids]

    def _leads_out(self) -> bool:
        known = {message.id for message in self._messages}
        return any(
            message.parent_id is not None and message.parent_id not in known for message in self.path()
        )


def _order(message: Message) -> tuple[datetime, str]:
    return (message.created_at, message.id)
