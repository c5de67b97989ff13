"""All models behind one face: the gateway's, the embedded engine's, and the Offline demo where there is neither."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from chat2anyllm_desktop.core.errors import ChatError, UnknownModelError
from chat2anyllm_desktop.core.language import sentences, tr
from chat2anyllm_desktop.core.models import Model
from chat2anyllm_desktop.llm.api import ChatModels, ChatRequest, Delta, RetryHook


@dataclass(frozen=True, slots=True)
class Discovery:
    """What could be found, and what could not."""

    models: list[Model]
    """The gateway's first, then the embedded ones. Those of a source that failed are the last known ones. Without a
    gateway never empty: where the engine is broken the demo stands in, beside the problem."""
    problems: list[ChatError]
    """Why a source could not be asked; at most one for each."""


class ModelRouter:
    """Keeps :class:`~chat2anyllm_desktop.llm.api.ChatModels` over its parts, and closes them.

    What is *configured* decides, never what happens to answer: a gateway that is down never turns into a demo. The demo
    is offered where there is neither gateway nor engine, and where the engine is all there is and cannot be used.
    """

    def __init__(self, gateway: ChatModels | None, embedded: ChatModels | None, demo: ChatModels) -> None:
        """The order is the order of the list; on equal names the gateway wins."""
        sources = [source for source in (gateway, embedded) if source is not None]
        self._gateway = gateway
        self._demo = demo
        self._sources = sources or [demo]
        self._parts = [*sources, demo]
        self._known: list[list[Model] | None] = [None for _ in self._sources]  # None: never answered.
        self._standing_in: list[Model] = []

    async def discover(self) -> Discovery:
        """Ask all sources at once. A source that fails keeps the models it had, and its error is told."""
        results = await asyncio.gather(*(self._ask(source) for source in self._sources))
        problems = []
        for index, result in enumerate(results):
            if isinstance(result, ChatError):
                problems.append(result)
            else:
                self._known[index] = result
        alone = self._gateway is None and not any(self._known)
        self._standing_in = await self._demo.list_models() if alone else []
        return Discovery(list(self._routes().models.values()), problems)

    async def list_models(self) -> list[Model]:
        """As :meth:`discover`; raises the first problem when nothing at all is known."""
        found = await self.discover()
        if not found.models and found.problems:
            raise found.problems[0]
        return found.models

    def stream_chat(self, request: ChatRequest, *, on_retry: RetryHook | None = None) -> AsyncIterator[Delta]:
        """The answer of the source that has the model. A name nobody knows goes to the gateway, which may serve more
        than it lists (wildcards); without one the iterator raises UnknownModelError."""
        source = self._routes().sources.get(request.model)
        if source is None and self._sources == [self._gateway]:
            source = self._gateway
        if source is None:
            return self._look_up(request, on_retry)
        return source.stream_chat(request, on_retry=on_retry)

    async def aclose(self) -> None:
        """Close every part; a failure of one does not keep the others open."""
        results = await asyncio.gather(*(part.aclose() for part in self._parts), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _look_up(self, request: ChatRequest, on_retry: RetryHook | None) -> AsyncGenerator[Delta, None]:
        """For a name that is not known (yet): the local sources are asked, which costs no network."""
        for index, local in enumerate(self._sources):
            if local is not self._gateway and self._known[index] is None:
                listed = await self._ask(local)
                if not isinstance(listed, ChatError):
                    self._known[index] = listed
                elif self._gateway is None:
                    raise listed
        routes = self._routes()
        source = routes.sources.get(request.model) or self._gateway
        if source is None:
            raise _unknown(request.model, list(routes.models))
        stream = source.stream_chat(request, on_retry=on_retry)
        try:
            async for delta in stream:
                yield delta
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    async def _ask(self, source: ChatModels) -> list[Model] | ChatError:
        try:
            return await source.list_models()
        except ChatError as error:
            return error

    def _routes(self) -> _Routes:
        models: dict[str, Model] = {}
        sources: dict[str, ChatModels] = {}
        known_of = [*zip(self._sources, self._known, strict=True), (self._demo, self._standing_in)]
        for source, known in known_of:
            for model in known or ():
                if model.name not in models:
                    models[model.name] = model
                    sources[model.name] = source
        return _Routes(models, sources)


@dataclass(frozen=True, slots=True)
class _Routes:
    models: dict[str, Model]
    sources: dict[str, ChatModels]


def _unknown(name: str, known: list[str]) -> UnknownModelError:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:3]
    names = f" {tr('or')} ".join(f"“{other}”" for other in near)
    return UnknownModelError(
        sentences(
            tr("There is no model {name}.", name=f"“{name}”"),
            tr("Did you mean {names}?", names=names) if names else "",
            tr("/models shows all there are."),
        )
    )
