"""One answer: asked for, streamed, checkpointed, and saved once however it ends. The only streaming path there is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from chat2anyllm_desktop.chat.checkpoints import PATIENCE_S, Checkpoints
from chat2anyllm_desktop.chat.events import AnswerDelta, AnswerEnded, AnswerRetrying, AnswerStarted, TurnEvent
from chat2anyllm_desktop.chat.partial import PartialAnswer
from chat2anyllm_desktop.chat.parts import Parts
from chat2anyllm_desktop.chat.tasks import SHUTDOWN, UnexpectedError, to_end
from chat2anyllm_desktop.core.errors import (
    ChatError,
    NotFoundError,
)
from chat2anyllm_desktop.core.models import Message, Model, Status
from chat2anyllm_desktop.llm.api import ChatModels, ChatRequest, Delta
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.journal import Journal
from chat2anyllm_desktop.store.threaded import ThreadedStore

logger = logging.getLogger(__name__)


async def write_answer(
    parts: Parts, answer: Message, request: ChatRequest, model: Model
) -> AsyncGenerator[TurnEvent, None]:
    """Let the model write ``answer``, which has status STREAMING: a new one, or one with text that is continued.

    Cancelling: the generation is stopped, the text saved (STOPPED, or INTERRUPTED for the message SHUTDOWN), AnswerEnded
    yielded, and then CancelledError raised. ``aclose``: the text is saved as INTERRUPTED. Raises StoreError, with
    nothing sent, when the answer's row cannot be made; what fails later is told by AnswerEnded. An answer whose end
    could not be saved (``save_error``) is in the journal, until ``store.journal.settle`` finds the store well again; but
    not that of a session that was deleted meanwhile, which ends the generation too.
    """
    # Taken once: when the user goes over to another history meanwhile, this answer still belongs to this one.
    store, journal = parts.store, parts.journal
    journal.begin(answer, store.key)
    try:
        stored, cancelled = await to_end(store.call(Store.save_message, answer))
    except BaseException:
        journal.end(answer.id)
        raise
    partial = PartialAnswer(stored, model)
    checkpoints = Checkpoints(store, journal, partial)
    error: ChatError | None = None
    try:
        yield AnswerStarted(stored)
        if cancelled is None:
            async with aclosing(_deltas(parts.models, request, stored)) as deltas:
                async for delta in deltas:
                    if checkpoints.gone:  # Nobody will read it: what is generated costs money.
                        break
                    if isinstance(delta, AnswerRetrying):
                        yield delta
                    elif partial.add(delta):
                        yield AnswerDelta(stored.session_id, stored.id, delta.text, delta.reasoning)
    except GeneratorExit:
        await to_end(_end(store, journal, partial, checkpoints, Status.INTERRUPTED, None))
        raise
    except asyncio.CancelledError as cancellation:
        cancelled = cancellation
    except ChatError as failure:
        error = failure
    except Exception as fault:
        logger.exception("answer %s failed", stored.id)
        error = UnexpectedError(fault)
    if cancelled is not None:
        status = Status.INTERRUPTED if SHUTDOWN in cancelled.args else Status.STOPPED
    elif checkpoints.gone:
        status = Status.INTERRUPTED
    else:
        error = error or partial.emptiness()
        status = Status.COMPLETE if error is None else partial.status_after(error)
    ended, again = await to_end(_end(store, journal, partial, checkpoints, status, error))
    yield ended
    cancelled = cancelled or again
    if cancelled is not None:
        raise cancelled


async def _end(
    store: ThreadedStore,
    journal: Journal,
    partial: PartialAnswer,
    checkpoints: Checkpoints,
    status: Status,
    error: ChatError | None,
) -> AnswerEnded:
    message = partial.message(status, error=None if error is None else str(error))
    saving = asyncio.ensure_future(_save(store, checkpoints, message))
    # The store may take long, or for ever, and the program may be killed before it has failed.
    patience = 0.0 if checkpoints.failed else PATIENCE_S
    if not (await asyncio.wait((saving,), timeout=patience))[0]:
        await checkpoints.keep(message)
    try:
        stored = await saving
    except NotFoundError as gone:
        journal.end(message.id)
        return AnswerEnded(message, error, gone)
    except ChatError as failure:
        await checkpoints.keep(message)
        return AnswerEnded(message, error, failure)
    except Exception as fault:
        logger.exception("answer %s could not be saved", message.id)
        await checkpoints.keep(message)
        return AnswerEnded(message, error, UnexpectedError(fault))
    journal.end(message.id)
    return AnswerEnded(stored, error)


async def _save(store: ThreadedStore, checkpoints: Checkpoints, message: Message) -> Message:
    await checkpoints.aclose()
    return await store.call(Store.save_message, message)


async def _deltas(
    models: ChatModels, request: ChatRequest, answer: Message
) -> AsyncGenerator[Delta | AnswerRetrying, None]:
    """The deltas and, while the first one is waited for, the retries. The stream is closed whatever happens."""
    loop = asyncio.get_running_loop()
    retries: list[AnswerRetrying] = []
    news: asyncio.Future[None] = loop.create_future()

    def on_retry(error: ChatError, attempt: int, delay_s: float) -> None:
        retries.append(AnswerRetrying(answer, str(error), attempt, delay_s))
        if not news.done():
            news.set_result(None)

    stream = models.stream_chat(request, on_retry=on_retry)
    opening = asyncio.ensure_future(anext(stream, None))
    try:
        while not opening.done():
            await asyncio.wait((opening, news), return_when=asyncio.FIRST_COMPLETED)
            news = loop.create_future()
            while retries:
                yield retries.pop(0)
        delta = opening.result()
        if delta is not None:
            yield delta
            async for delta in stream:
                yield delta
    finally:
        if not opening.done():
            opening.cancel()
            await to_end(asyncio.wait((opening,)))
        if not opening.cancelled():
            opening.exception()  # Looked at, or asyncio complains of it when the stop came first.
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
