"""What the endpoints work with: the history, the gateway, and the turns that run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.errors import ChatError, NotFoundError, StoreError, StoreUnavailableError
from chat2anyllm_desktop.llm.client import GatewayClient
from chat2anyllm_desktop.serve.access import Access
from chat2anyllm_desktop.serve.refusals import Refusal
from chat2anyllm_desktop.serve.slack import Signatures
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.journal import Journal, settle
from chat2anyllm_desktop.store.threaded import ThreadedStore

_log = logging.getLogger(__name__)
_SETTLE_AGAIN_S = 2.0
_PATIENCE_S = 5.0
"""Seconds that a history may take where somebody waits."""

P = ParamSpec("P")
T = TypeVar("T")


class Services:
    """Belongs to one event loop. A history that is lost is opened again, and what could not be saved meanwhile is saved
    then."""

    def __init__(
        self,
        store: ThreadedStore,
        journal: Journal,
        gateway: GatewayClient | None,
        access: Access,
        *,
        slack: Signatures | None = None,
    ) -> None:
        self.store = store
        self.journal = journal
        self.access = access
        self.slack = slack
        self.tasks = Tasks(_report)
        self._gateway = gateway
        self._probe: asyncio.Future[int] | None = None

    @property
    def gateway(self) -> GatewayClient:
        """Raises Refusal where none is set."""
        if self._gateway is None:
            raise Refusal(
                502, "No gateway is set: set LITELLM_BASE_URL, or the address in the settings of the window."
            )
        return self._gateway

    async def call(self, verb: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A verb of the history. Raises what it raises."""
        try:
            return await self.store.call(verb, *args, **kwargs)
        except StoreUnavailableError:
            self.recover()
            raise

    def recover(self) -> None:
        """The history is away, or something could not be saved: see to it until all is well."""
        if not self.tasks.is_running("recover"):
            self.tasks.start("recover", self._recover())

    async def is_well(self) -> bool:
        """Whether the history answers. However many ask, and however long it takes, it is asked once at a time."""
        if self._probe is None or self._probe.done():
            self._probe = asyncio.ensure_future(self.call(Store.schema_version))
        done, _ = await asyncio.wait((self._probe,), timeout=_PATIENCE_S)
        return bool(done) and not isinstance(self._probe.exception(), StoreError)

    async def end(self) -> None:
        """End what runs; partial answers are saved. A history that does not answer is not waited for: the journal has
        them by then. May be repeated."""
        ending = asyncio.ensure_future(self.tasks.aclose())
        if not (await asyncio.wait((ending,), timeout=_PATIENCE_S))[0]:
            self.store.abandon()
        await ending

    async def aclose(self) -> None:
        """End and close everything."""
        await self.end()
        if self._gateway is not None:
            await self._gateway.aclose()
        await self.store.aclose()
        self.journal.close()

    async def _recover(self) -> None:
        while True:
            try:
                await self.store.wait_until_open(lambda error: _log.warning("%s", error))
                await settle(self.store, self.journal)
            except StoreUnavailableError:
                await asyncio.sleep(_SETTLE_AGAIN_S)
            else:
                return


def not_found(noun: str) -> Refusal:
    return Refusal(404, f"There is no such {noun}.")


def _report(name: str, error: ChatError) -> None:
    work = name.partition(":")[0]
    if isinstance(error, StoreError) and not isinstance(error, NotFoundError):
        _log.error("%s ended: %s", work, error)  # Who serves is to know what to do.
    elif not isinstance(error, NotFoundError):
        _log.info("%s ended: %s", work, type(error).__name__)  # Gateways repeat what was said.
