"""The embedded engine: a model of this computer, served by a child process on loopback.

Nothing is loaded before the first message; the child is ended when it was not used for a while, and started again on
the next message, also after it died.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chat2anyllm_desktop.core.errors import EngineError, GatewayUnreachableError, StreamCutError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Model, ModelSource
from chat2anyllm_desktop.llm.api import ChatRequest, Delta, RetryHook
from chat2anyllm_desktop.llm.engine_faults import died, not_started
from chat2anyllm_desktop.llm.engine_process import EngineProcess, EngineStart, engine_command
from chat2anyllm_desktop.llm.model_file import ModelFile, engine_installed, find_model, packaged_path

if TYPE_CHECKING:
    from chat2anyllm_desktop.llm.client import GatewayClient

_POLL_S = 0.02
_END_GRACE_S = 2.0
"""How long the child may take to follow; loading a large model cannot be interrupted otherwise."""
_LAST_WORDS_S = 1.0
"""A connection that is cut may be noticed a moment before the end of the process that cut it."""


@dataclass(slots=True)
class _Run:
    """One life of the child, and the way to talk to it."""

    process: EngineProcess
    file: ModelFile
    key: str = field(repr=False)
    client: GatewayClient | None = None


class EmbeddedEngine:
    """ChatModels of one GGUF file. Made and used on one event loop's thread; every task may stream at the same time."""

    def __init__(
        self,
        *,
        model_path: Path | None = None,
        threads: int = 1,
        context_tokens: int = 8192,
        idle_timeout_s: float = 600.0,
        start_timeout_s: float = 120.0,
        stall_timeout_s: float = 60.0,
        command: Sequence[str] | None = None,
    ) -> None:
        """``model_path`` None takes the small model that is installed beside the program.

        ``threads``: one is fastest where other programs use the processor too. ``context_tokens`` is an upper bound;
        a model is never given more than it was trained for. Every 1,000 tokens take 23 MB with the small model, 130 MB
        with one of eight billion parameters. ``idle_timeout_s`` without use end the child. ``command`` starts
        another child than this program's own.
        """
        self._model_path = model_path
        self._threads = threads
        self._context_tokens = context_tokens
        self._idle_timeout_s = idle_timeout_s
        self._start_timeout_s = start_timeout_s
        self._stall_timeout_s = stall_timeout_s
        self._command = command
        self._run: _Run | None = None
        self._streams = 0
        self._last_used = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None

    @staticmethod
    def installed() -> bool:
        """Whether the engine is there, and the small model for it. Imports nothing; looks at some folders."""
        return engine_installed() and packaged_path() is not None

    @property
    def pid(self) -> int | None:
        """Process id of the child while it runs."""
        return self._run.process.pid if self._run is not None else None

    async def list_models(self) -> list[Model]:
        """The one model there is. Does not start the engine. Raises EngineError when it could not be."""
        file = await asyncio.to_thread(find_model, self._model_path)
        return [
            Model(
                name=file.name,
                provider=tr("This computer"),
                source=ModelSource.EMBEDDED,
                description=tr("Small model running on this computer; answers are poor")
                if file.packaged
                else tr("Model running on this computer"),
                max_input_tokens=self._context_of(file),
                vision=False,
            )
        ]

    async def stream_chat(
        self, request: ChatRequest, *, on_retry: RetryHook | None = None
    ) -> AsyncIterator[Delta]:
        """See ChatModels. Starts the engine when it does not run; the first answer after that comes a second or so later."""
        loop = asyncio.get_running_loop()
        self._streams += 1
        try:
            process, client = await self._ready()
            try:
                deltas = client.stream_chat(request, on_retry=on_retry)
                assert isinstance(deltas, AsyncGenerator)
                async with aclosing(deltas):
                    async for delta in deltas:
                        yield delta
            except (GatewayUnreachableError, StreamCutError) as error:
                if await _ends_within(process, _LAST_WORDS_S):
                    raise died(process) from error
                if isinstance(error, StreamCutError):
                    raise
                raise EngineError(
                    tr(
                        "The embedded engine runs but cannot be reached on this computer's own network address "
                        "(127.0.0.1). Security software may be in the way."
                    ),
                    detail=error.detail,
                ) from error
        finally:
            self._streams -= 1
            self._end_when_idle(loop)

    async def aclose(self) -> None:
        """End the child and wait for it; at most some seconds."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        run, self._run = self._run, None
        if run is None:
            return
        await _close(run)
        if not await _ends_within(run.process, _END_GRACE_S):
            run.process.kill()
            await _ends_within(run.process, _END_GRACE_S)

    async def _ready(self) -> tuple[EngineProcess, GatewayClient]:
        """The running child and a client for it; starts what is not there. Callers at the same time share one start."""
        run = self._run
        if run is None or not run.process.usable:
            file = await asyncio.to_thread(find_model, self._model_path)
            if self._run is run:
                self._run = self._start(file)
            if run is not None:
                await _close(run)
            run = self._run
        if run is None:
            raise EngineError(tr("The embedded engine was closed meanwhile. Try again."))
        await self._until_started(run)
        if run.client is None:
            run.client = self._connect(run)
        return run.process, run.client

    def _start(self, file: ModelFile) -> _Run:
        key = secrets.token_urlsafe(32)
        start = EngineStart(
            model_path=str(file.path),
            model_name=file.name,
            key=key,
            threads=self._threads,
            context_tokens=self._context_of(file),
            # Without these the packaged model, being so small, falls into endless repetition.
            temperature=0.4 if file.packaged else None,
            repeat_penalty=1.1 if file.packaged else None,
        )
        return _Run(EngineProcess(start, self._command or engine_command()), file, key)

    async def _until_started(self, run: _Run) -> None:
        deadline = asyncio.get_running_loop().time() + self._start_timeout_s
        while run.process.address is None:
            if run.process.ended:
                raise not_started(run.process, run.file.path.name)
            if asyncio.get_running_loop().time() > deadline:
                run.process.kill()
                raise EngineError(
                    tr(
                        "The embedded engine did not load {file} within {seconds:g} seconds and was ended. Choose a smaller "
                        "model, or close other programs and try again.",
                        file=run.file.path.name,
                        seconds=self._start_timeout_s,
                    )
                )
            await asyncio.sleep(_POLL_S)

    def _connect(self, run: _Run) -> GatewayClient:
        from chat2anyllm_desktop.llm.client import GatewayClient

        assert run.process.address is not None
        return GatewayClient(
            run.process.address,
            run.key,
            connect_timeout_s=5.0,
            stall_timeout_s=self._stall_timeout_s,
            proxy="",
            name=tr("the embedded model"),
        )

    def _end_when_idle(self, loop: asyncio.AbstractEventLoop) -> None:
        # One timer that looks again, not one for each use: a cancelled timer stays alive in qasync until its time comes.
        self._last_used = loop.time()
        if self._idle_timer is None:
            self._idle_timer = loop.call_later(self._idle_timeout_s, self._on_idle, loop)

    def _on_idle(self, loop: asyncio.AbstractEventLoop) -> None:
        self._idle_timer = None
        left = self._idle_timeout_s - (loop.time() - self._last_used)
        if self._streams or left > 0:
            wait = self._idle_timeout_s if self._streams else left
            self._idle_timer = loop.call_later(wait, self._on_idle, loop)
        elif self._run is not None:
            self._run.process.stop()

    def _context_of(self, file: ModelFile) -> int:
        return min(self._context_tokens, file.facts.context_length or self._context_tokens)


async def _close(run: _Run) -> None:
    """Let go of both ends; the child exits soon after, if it has not already."""
    run.process.stop()
    client, run.client = run.client, None
    if client is not None:
        await client.aclose()


async def _ends_within(process: EngineProcess, seconds: float) -> bool:
    deadline = asyncio.get_running_loop().time() + seconds
    while not process.ended and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - another thread sets it.
        await asyncio.sleep(_POLL_S)
    return process.ended
