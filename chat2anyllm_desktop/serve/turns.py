"""A turn in a session: the message is saved, asked with its whole history, and the answer passed on and saved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from chat2anyllm_desktop.chat.events import AnswerEnded
from chat2anyllm_desktop.chat.tasks import STOP, UnexpectedError
from chat2anyllm_desktop.chat.turn import run_turn
from chat2anyllm_desktop.core.errors import (
    ChatError,
    EmptyAnswerError,
    NotFoundError,
    StoreUnavailableError,
)
from chat2anyllm_desktop.core.models import Model, Role, Session, new_id
from chat2anyllm_desktop.llm.api import ChatRequest, Delta, RetryHook
from chat2anyllm_desktop.llm.client import GatewayClient
from chat2anyllm_desktop.serve.bodies import read_shape
from chat2anyllm_desktop.serve.passing import EVENTS, Passing
from chat2anyllm_desktop.serve.refusals import EndingError, refusal_of
from chat2anyllm_desktop.serve.services import Services
from chat2anyllm_desktop.serve.sessions import session_of
from chat2anyllm_desktop.serve.shapes import TurnRequest
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.journal import Journal
from chat2anyllm_desktop.store.threaded import ThreadedStore


class Feed:
    """The bytes of an answer on their way from the turn to who asked. Keeps :class:`~.passing.Source`."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._news = asyncio.Event()
        self._begun = False
        self._flowing = False
        """The gateway's response is not at its end."""
        self._closed = False
        self.ended = False
        """The turn is over."""
        self._error: ChatError | None = None
        self.on_close: Callable[[], object] = bool
        """Called when nobody wants any more."""

    def put(self, data: bytes) -> None:
        """What came from the gateway; ``b""`` when its response is at its end, which may be after the turn's."""
        self._flowing = bool(data)
        if data and not self._closed:
            self._begun = True
            self._pieces.append(data)
        self._news.set()

    def end(self, error: ChatError | None = None) -> None:
        self.ended = True
        self._error = error
        self._news.set()

    async def head(self) -> tuple[int, str]:
        while not (self._begun or self.ended):
            await self._wait()
        if not self._begun and self._error is not None:
            raise self._error
        return 200, EVENTS

    async def take(self) -> bytes:
        while not (self._pieces or self._closed or (self.ended and not self._flowing)):
            await self._wait()
        data = b"".join(self._pieces)
        self._pieces.clear()
        if not data and self._error is not None:
            error, self._error = self._error, None
            raise error
        return data

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._pieces.clear()
            if not self.ended:
                self.on_close()
            self.end()

    async def _wait(self) -> None:
        self._news.clear()
        await self._news.wait()


class _Tapped:
    """The gateway as a turn sees it; the bytes of its answer go into the feed as well."""

    def __init__(self, gateway: GatewayClient, feed: Feed) -> None:
        self._gateway = gateway
        self._feed = feed

    async def list_models(self) -> list[Model]:
        return await self._gateway.list_models()

    def stream_chat(
        self, request: ChatRequest, *, on_retry: RetryHook | None = None
    ) -> AsyncGenerator[Delta, None]:
        return self._gateway.stream_chat(request, on_retry=on_retry, tap=self._feed.put)

    async def aclose(self) -> None:
        """The gateway belongs to all turns."""


@dataclass(frozen=True, slots=True)
class _Parts:
    store: ThreadedStore
    journal: Journal
    models: _Tapped


async def stream_turn(services: Services, request: Request) -> Response:
    """``POST /api/sessions/{id}/chat/stream``."""
    session = await session_of(services, request)
    wanted = await read_shape(request, TurnRequest)
    gateway = services.gateway
    role = None
    if session.settings.role_id is not None:
        roles = await services.call(Store.list_roles)
        role = next((role for role in roles if role.id == session.settings.role_id), None)
    feed = Feed()
    name = f"turn:{new_id()}"
    # Who goes away is who stops: what came so far is kept.
    feed.on_close = lambda: services.tasks.cancel(name, STOP)
    services.tasks.start(
        name,
        _drive(services, gateway, session, wanted, role, feed),
        ended=lambda: feed.end(_ending()) if not feed.ended else None,
    )
    if not services.tasks.is_running(name):  # The program is ending: nothing is begun any more.
        raise refusal_of(_ending())
    return Passing(feed)


async def _drive(
    services: Services,
    gateway: GatewayClient,
    session: Session,
    wanted: TurnRequest,
    role: Role | None,
    feed: Feed,
) -> None:
    parts = _Parts(services.store, services.journal, _Tapped(gateway, feed))
    turn = run_turn(
        parts,
        session,
        wanted.message,
        model=Model(name=wanted.model),
        role=role,
        after=session.settings.branch,
    )
    error: ChatError | None = None
    try:
        async with aclosing(turn):
            async for event in turn:
                if isinstance(event, AnswerEnded):
                    error = event.error
                    if event.save_error is not None and not isinstance(event.save_error, NotFoundError):
                        services.recover()
    except StoreUnavailableError as away:
        services.recover()
        error = away
    except ChatError as failure:
        error = failure
    except asyncio.CancelledError:
        error = _ending()  # Who went away does not read it any more.
        raise
    except Exception as fault:
        error = UnexpectedError(fault)
        raise
    finally:
        # An answer without a word is told by what the gateway sent.
        feed.end(None if isinstance(error, EmptyAnswerError) else error)


def _ending() -> EndingError:
    return EndingError("The server is being ended. What came of the answer is kept.")
