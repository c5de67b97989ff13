"""Keeping a partial answer while it is written, so that a killed program shows it again."""

from __future__ import annotations

import asyncio
import logging
from time import perf_counter

from chat2anyllm_desktop.chat.partial import PartialAnswer
from chat2anyllm_desktop.chat.tasks import to_end
from chat2anyllm_desktop.core.errors import NotFoundError, StoreError
from chat2anyllm_desktop.core.models import Message
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.journal import Journal
from chat2anyllm_desktop.store.threaded import ThreadedStore

logger = logging.getLogger(__name__)

PATIENCE_S = 2.0
"""Seconds that a save may take before the text is put into the journal as well: a database that hangs tells nobody."""

_HURRY = 0.8
"""Of ``store.checkpoint_s``: the rest is for writing, so that text is safe within that time of its coming."""


class Checkpoints:
    """Saves what has come, by a task of its own: deltas never wait for the store, at most one save is under way, and
    what comes meanwhile goes with the next. A save that fails goes to the journal instead; the answer goes on."""

    def __init__(self, store: ThreadedStore, journal: Journal, partial: PartialAnswer) -> None:
        self.failed = False
        """Whether the last checkpoint could not be saved."""
        self.gone = False
        """Whether the session was deleted meanwhile."""
        self._store = store
        self._journal = journal
        self._partial = partial
        self._keeping = asyncio.Lock()
        self._closing = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def keep(self, message: Message) -> None:
        """Put what could not be saved (yet) into the journal, in a thread: it waits for the disk, and the store's own
        thread may be waiting for a database that does not answer."""
        async with self._keeping:  # What is kept last is the newest.
            await asyncio.to_thread(self._journal.keep, message, self._store.key)

    async def aclose(self) -> None:
        """Stop, and wait for the save that is under way: what is saved next must not be overtaken by it."""
        self._closing.set()
        _, cancelled = await to_end(self._task)
        if cancelled is not None:
            raise cancelled

    async def _run(self) -> None:
        interval = self._store.checkpoint_s * _HURRY
        saved = self._partial.pieces
        following = perf_counter() + interval
        while not self._closing.is_set():
            try:
                async with asyncio.timeout(max(0.0, following - perf_counter())):
                    await self._closing.wait()
            except TimeoutError:
                following = perf_counter() + interval
                if self._partial.pieces != saved:
                    saved = self._partial.pieces
                    await self._save(self._partial.message())

    async def _save(self, message: Message) -> None:
        saving = asyncio.ensure_future(self._store.call(Store.save_message, message))
        kept = not (await asyncio.wait((saving,), timeout=PATIENCE_S))[0]
        if kept:
            await self._keep(message)
        try:
            await saving
            self.failed = False
        except NotFoundError:
            self.gone = True
        except StoreError as error:
            if not self.failed:
                logger.info("checkpoint of message %s failed: %s", message.id, type(error).__name__)
            self.failed = True
            if not kept:
                await self._keep(message)

    async def _keep(self, message: Message) -> None:
        if not self._closing.is_set():  # Else the whole answer is kept by who closes us.
            await self.keep(message)
