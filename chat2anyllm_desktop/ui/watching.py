"""What others change in the history in use, gathered so that a burst is read once."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.core.models import Change
from chat2anyllm_desktop.store.threaded import ThreadedStore
from chat2anyllm_desktop.store.watch import Watcher
from chat2anyllm_desktop.ui.workshop import Workshop

GATHER_S = 0.1
"""Seconds that changes are gathered before the rows are read again."""


class Watching(QObject):
    """Signal: ``changes_seen`` (list of Change)."""

    changes_seen = Signal(object)

    def __init__(self, workshop: Workshop) -> None:
        super().__init__()
        self._workshop = workshop
        self._watcher: Watcher | None = None
        self._gathered: list[Change] = []
        self._shown = ""

    def show(self, session_id: str) -> None:
        """The session on show is another one."""
        self._shown = session_id
        if self._watcher is not None:
            self._watcher.show([session_id])

    async def begin(self, store: ThreadedStore) -> None:
        """Watch this open history, and none else."""
        await self.end()
        self._watcher = self._workshop.make_watcher(store)
        self._watcher.show([self._shown] if self._shown else [])
        self._watcher.start(self._on_change)

    async def end(self) -> None:
        """Watch nothing. Takes half a second at most."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            await watcher.stop()

    def _on_change(self, change: Change) -> None:
        self._gathered.append(change)
        if len(self._gathered) == 1:
            asyncio.get_running_loop().call_later(GATHER_S, self._tell)

    def _tell(self) -> None:
        changes, self._gathered = self._gathered, []
        self.changes_seen.emit(changes)
