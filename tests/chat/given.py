"""What turns are given in tests: a real history and journal, and models that answer by script where a test must hold
the answer in its hand (elsewhere: the real client and a loopback server)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chat2anyllm_desktop.chat.events import AnswerDelta, AnswerEnded, TurnEvent
from chat2anyllm_desktop.core.branches import active_path
from chat2anyllm_desktop.core.errors import ChatError, StoreUnavailableError
from chat2anyllm_desktop.core.models import Message, Model, Session
from chat2anyllm_desktop.llm.api import ChatModels, ChatRequest, Delta, RetryHook
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.journal import Journal
from chat2anyllm_desktop.store.sqlite import SqliteStore
from chat2anyllm_desktop.store.threaded import ThreadedStore
from tests.store.making import make_session

MODEL = Model(name="m", input_cost_per_token=0.001, output_cost_per_token=0.01)

Step = Delta | str | float | ChatError | asyncio.Event
"""Something to say (text or a delta), seconds to pause, an error to end with, or an event to wait for."""


class ScriptedModels:
    """Answers each request by the next script; the last one again and again."""

    def __init__(self, *scripts: Iterable[Step]) -> None:
        self.requests: list[ChatRequest] = []
        self.closed = 0
        """Streams that were brought to an end, in whatever way."""
        self._scripts = [list(script) for script in scripts]

    async def list_models(self) -> list[Model]:
        return [MODEL]

    async def stream_chat(
        self, request: ChatRequest, *, on_retry: RetryHook | None = None
    ) -> AsyncGenerator[Delta, None]:
        self.requests.append(request)
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        try:
            for step in script:
                if isinstance(step, ChatError):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, float | int):
                    await asyncio.sleep(step)
                else:
                    yield Delta(step) if isinstance(step, str) else step
        finally:
            self.closed += 1

    async def aclose(self) -> None:
        """Nothing is open."""


class WatchedStore(SqliteStore):
    """The real embedded store, which can be made to fail or to be slow, and remembers the messages it saved."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.away = False
        self.delay_s = 0.0
        self.saved: list[Message] = []

    def save_message(self, message: Message) -> Message:
        if self.delay_s:
            time.sleep(self.delay_s)
        if self.away:
            raise StoreUnavailableError("The history cannot be reached.")
        stored = super().save_message(message)
        self.saved.append(stored)
        return stored


@dataclass
class Given:
    """The parts of a turn, an empty session, and what a turn yielded."""

    store: ThreadedStore
    backend: WatchedStore
    journal: Journal
    models: ChatModels
    session: Session
    events: list[TurnEvent] = field(default_factory=list)

    async def take(self, turn: AsyncIterator[TurnEvent]) -> list[TurnEvent]:
        """Consume a turn; what it yielded, also when it raises (in ``events`` then)."""
        self.events = []
        assert isinstance(turn, AsyncGenerator)
        async with aclosing(turn):
            async for event in turn:
                self.events.append(event)
        return self.events

    async def history(self) -> list[Message]:
        return await self.store.call(Store.history, self.session.id)

    @property
    def text(self) -> str:
        """What the deltas said."""
        return "".join(event.text for event in self.events if isinstance(event, AnswerDelta))

    @property
    def ended(self) -> AnswerEnded:
        """The end of the last answer."""
        return [event for event in self.events if isinstance(event, AnswerEnded)][-1]

    @property
    def names(self) -> list[str]:
        """What happened, in order, deltas in a row as one."""
        names: list[str] = []
        for event in self.events:
            name = type(event).__name__
            if name != "AnswerDelta" or names[-1:] != [name]:
                names.append(name)
        return names


@asynccontextmanager
async def given(folder: Path, models: ChatModels, **session: Any) -> AsyncIterator[Given]:
    """Everything open, with a new session in the store; closed at the end."""
    backend = WatchedStore(folder / "history.sqlite3")
    store = ThreadedStore(backend)
    journal = Journal(folder / "turns")
    try:
        await store.call(Store.open)
        stored = await store.call(Store.save_session, make_session(**session))
        yield Given(store, backend, journal, models, stored)
    finally:
        await models.aclose()
        await store.aclose()
        journal.close()


def path(messages: Sequence[Message]) -> list[str]:
    """The texts of the branch on show."""
    return [each.content for each in active_path(messages)]


async def until(condition: Callable[[], object], pause_s: float = 0.001) -> None:
    """Wait for something that tells nobody when it happens; at most ten seconds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(pause_s)
