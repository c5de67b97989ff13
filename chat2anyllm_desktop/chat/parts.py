"""What a turn needs of the rest of the program."""

from __future__ import annotations

from typing import Protocol

from chat2anyllm_desktop.llm.api import ChatModels
from chat2anyllm_desktop.store.journal import Journal
from chat2anyllm_desktop.store.threaded import ThreadedStore


class Parts(Protocol):
    """The history, the journal of answers that are being written, and the models."""

    @property
    def store(self) -> ThreadedStore: ...

    @property
    def journal(self) -> Journal: ...

    @property
    def models(self) -> ChatModels: ...
