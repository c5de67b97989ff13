"""One try of one chat request: deltas, or the fault that says whether another try can help."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from chat2anyllm_desktop.core.errors import GatewayError
from chat2anyllm_desktop.llm.api import Delta
from chat2anyllm_desktop.llm.channel import Channel
from chat2anyllm_desktop.llm.faults import Fault
from chat2anyllm_desktop.llm.reading import Stalled
from chat2anyllm_desktop.llm.wire import Answer

_REFUSAL_LIMIT = 64 * 1024
_REFUSAL_S = 5.0
"""How much of an error body is read, and for how long."""
_FAREWELL_S = 10.0
"""How long usage and ``[DONE]`` are waited for once the text is complete."""


class Attempt:
    """Sends at once. ``next()`` until it gives None; ``close()`` always. ``tap`` gets the bytes of the answer as
    :class:`~chat2anyllm_desktop.llm.reading.Reading` says."""

    def __init__(
        self, channel: Channel, model: str, body: bytes, tap: Callable[[bytes], None] | None = None
    ) -> None:
        self._channel = channel
        self._model = model
        self._reading = channel.post("/chat/completions", body, tap=tap)
        self._answer: Answer | None = None
        self._over = False
        self._until: float | None = None
        """When the waiting ends, once the text is complete."""

    @property
    def tapped(self) -> bool:
        """Whether the tap got anything: then there is no way back."""
        return self._reading.tapped

    async def next(self) -> Delta | None:
        """The next delta; None at the end of the answer. Raises Fault."""
        answer = self._answer
        if answer is None:
            answer = self._answer = await self._start()
        while True:
            if answer.problem is not None:
                raise answer.problem
            if answer.ended or self._over:
                return None
            delta = await self._step(answer)
            if delta is not None:
                return delta

    def close(self) -> None:
        """Let go of the connection: at once, unless the answer is complete and it may be used again, or the tap is to
        get what follows an error."""
        answer = self._answer
        finished = answer is not None and (answer.ended or (self.tapped and answer.problem is not None))
        self._reading.close(finished=finished)

    async def _start(self) -> Answer:
        faults = self._channel.faults
        try:
            await self._reading.head()
        except Stalled:
            raise Fault(faults.stalled(self._channel.stall_timeout_s, begun=False)) from None
        except Exception as error:  # noqa: BLE001 - the boundary: whatever httpx raised, in words.
            problem, transient = self._channel.failure(error)
            raise Fault(problem, transient=transient) from None
        if self._reading.status != 200:
            raise await self._refusal()
        return Answer(faults, self._model, cached="x-litellm-cache-key" in self._reading.headers)

    async def _step(self, answer: Answer) -> Delta | None:
        faults = self._channel.faults
        if answer.finished and self._until is None:
            self._until = asyncio.get_running_loop().time() + _FAREWELL_S
        try:
            async with asyncio.timeout_at(self._until):
                piece = await self._reading.take()
        except Stalled:
            error: GatewayError = faults.stalled(self._channel.stall_timeout_s, begun=answer.begun)
        except Exception as problem:  # noqa: BLE001 - the boundary: whatever was raised, in words.
            error = faults.cut(begun=answer.begun, reason=type(problem).__name__)
        else:
            if piece:
                return answer.feed(piece)
            error = faults.cut(begun=answer.begun)
        self._over = True
        return answer.finish(Fault(error))

    async def _refusal(self) -> Fault:
        """The error of a status other than 200. When its body breaks off or drags on, what came must do."""
        body = bytearray()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_REFUSAL_S):
                while len(body) < _REFUSAL_LIMIT and (piece := await self._reading.take()):
                    body += piece
        reading = self._reading
        return self._channel.faults.from_response(
            reading.status, reading.headers, bytes(body), model=self._model
        )
