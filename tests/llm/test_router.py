from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, TypeVar

import pytest

from chat2anyllm_desktop.core.errors import ChatError, EngineError, GatewayUnreachableError, UnknownModelError
from chat2anyllm_desktop.core.models import Model, ModelSource, Usage
from chat2anyllm_desktop.llm.api import ChatModels, ChatRequest, Delta, RetryHook
from chat2anyllm_desktop.llm.client import GatewayClient
from chat2anyllm_desktop.llm.cost import with_cost
from chat2anyllm_desktop.llm.demo import DEMO_MODEL, SAMPLE_ANSWER, OfflineDemo
from chat2anyllm_desktop.llm.router import ModelRouter
from tests.llm.misbehaving import FOREVER, answer, frame, serve, stream

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


class Shelf:
    """A source at the seam: some models, each answering with its own name; or an error."""

    def __init__(self, *names: str, source: ModelSource = ModelSource.EMBEDDED) -> None:
        self.models = [Model(name=name, source=source) for name in names]
        self.error: ChatError | None = None
        self.closed = False
        self.asked = 0
        self.streams_closed = 0

    async def list_models(self) -> list[Model]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.models

    async def stream_chat(
        self, request: ChatRequest, *, on_retry: RetryHook | None = None
    ) -> AsyncGenerator[Delta, None]:
        try:
            yield Delta(f"{self.models[0].source} {request.model}")
            yield Delta(finish_reason="stop")
        finally:
            self.streams_closed += 1

    async def aclose(self) -> None:
        self.closed = True


async def said(models: ChatModels, name: str) -> str:
    request = ChatRequest(model=name, messages=[{"role": "user", "content": "secret question"}])
    return "".join([delta.text async for delta in models.stream_chat(request)])


def gateway(*names: str) -> Shelf:
    return Shelf(*names, source=ModelSource.GATEWAY)


def test_gateway_first_then_embedded_and_no_demo() -> None:
    async def scene() -> None:
        router = ModelRouter(gateway("b", "same"), Shelf("a", "same"), OfflineDemo())
        found = await router.list_models()
        assert [(model.name, model.source) for model in found] == [
            ("b", ModelSource.GATEWAY),
            ("same", ModelSource.GATEWAY),
            ("a", ModelSource.EMBEDDED),
        ]
        assert await said(router, "a") == "embedded a"
        assert await said(router, "same") == "gateway same"
        assert await said(router, "openai/unlisted") == "gateway openai/unlisted"

    run(scene())


def test_a_dead_gateway_is_told_and_the_embedded_models_stay() -> None:
    async def scene() -> None:
        live, local = gateway("a", "b"), Shelf("small")
        router = ModelRouter(live, local, OfflineDemo())
        live.error = GatewayUnreachableError("down")
        found = await router.discover()
        assert [model.name for model in found.models] == ["small"]
        assert found.problems == [live.error]
        assert [model.name for model in await router.list_models()] == ["small"]
        live.error = None
        assert [model.name for model in (await router.discover()).models] == ["a", "b", "small"]
        live.error, local.error = GatewayUnreachableError("down again"), EngineError("broken")
        found = await router.discover()
        assert [model.name for model in found.models] == ["a", "b", "small"], "the last known models survive"
        assert found.problems == [live.error, local.error]
        assert await said(router, "b") == "gateway b"

    run(scene())


def test_a_gateway_that_was_never_reached_is_no_demo() -> None:
    async def scene() -> None:
        live = gateway("a")
        live.error = GatewayUnreachableError("down")
        router = ModelRouter(live, None, OfflineDemo())
        with pytest.raises(GatewayUnreachableError):
            await router.list_models()
        assert await said(router, "a") == "gateway a"

    run(scene())


def test_the_demo_where_nothing_is_configured() -> None:
    async def scene() -> None:
        router = ModelRouter(None, None, OfflineDemo(tokens_per_second=0))
        assert await said(router, DEMO_MODEL.name) == SAMPLE_ANSWER
        assert await router.list_models() == [DEMO_MODEL]
        with pytest.raises(UnknownModelError, match="Offline demo"):
            await said(router, "gpt")

    run(scene())


def test_the_demo_stands_in_for_an_engine_that_is_all_there_is_and_broken() -> None:
    async def scene() -> None:
        local = Shelf("small")
        local.error = EngineError("no such file")
        router = ModelRouter(None, local, OfflineDemo(tokens_per_second=0))
        found = await router.discover()
        assert (found.models, found.problems) == ([DEMO_MODEL], [local.error])
        assert await said(router, DEMO_MODEL.name) == SAMPLE_ANSWER
        with pytest.raises(EngineError, match="no such file"):
            await said(router, "small")
        local.error = None
        found = await router.discover()
        assert ([model.name for model in found.models], found.problems) == (["small"], [])
        with pytest.raises(UnknownModelError):
            await said(router, DEMO_MODEL.name)

    run(scene())


def test_a_broken_engine_does_not_stand_in_the_way_of_the_gateway() -> None:
    async def scene() -> None:
        live, local = gateway("a"), Shelf("small")
        local.error = EngineError("no such file")
        router = ModelRouter(live, local, OfflineDemo())
        assert await said(router, "a") == "gateway a", "also before anything was discovered"
        live.error = GatewayUnreachableError("down")
        found = await router.discover()
        assert (found.models, found.problems) == ([], [live.error, local.error])

    run(scene())


def test_an_embedded_model_is_found_before_the_first_discovery() -> None:
    async def scene() -> None:
        live, local = gateway("a"), Shelf("small")
        router = ModelRouter(live, local, OfflineDemo())
        assert await said(router, "small") == "embedded small"
        assert (live.asked, local.asked) == (0, 1)
        assert await said(router, "anything") == "gateway anything"

    run(scene())


def test_unknown_names_without_a_gateway_name_the_nearest() -> None:
    async def scene() -> None:
        router = ModelRouter(None, Shelf("smollm2-135m", "qwen"), OfflineDemo())
        with pytest.raises(UnknownModelError, match="Did you mean “smollm2-135m”"):
            await said(router, "smollm2")
        with pytest.raises(UnknownModelError, match="There is no model “gpt”"):
            await said(router, "gpt")

    run(scene())


def test_closing_a_routed_stream_closes_its_source() -> None:
    async def scene() -> None:
        local = Shelf("small")
        router = ModelRouter(gateway("a"), local, OfflineDemo())
        deltas = router.stream_chat(ChatRequest(model="small", messages=[]))
        await anext(deltas)
        assert isinstance(deltas, AsyncGenerator)
        await deltas.aclose()
        assert local.streams_closed == 1

    run(scene())


def test_closing_the_router_closes_all_parts() -> None:
    async def scene() -> None:
        live, local = gateway("a"), Shelf("b")
        await ModelRouter(live, local, OfflineDemo()).aclose()
        assert live.closed
        assert local.closed

    run(scene())


def test_with_the_real_client() -> None:
    async def scene(url: str) -> None:
        router = ModelRouter(GatewayClient(url, "sk-test"), Shelf("small"), OfflineDemo())
        assert [model.name for model in await router.list_models()] == ["m", "small"]
        assert await said(router, "m") == "From afar"
        await router.aclose()

    with serve(answer("From afar"), stream(frame("x"), FOREVER)) as server:
        run(scene(server.url))


def test_the_demo_says_what_it_is_and_never_repeats_the_question() -> None:
    async def scene() -> None:
        demo = OfflineDemo(tokens_per_second=100_000)
        request = ChatRequest(
            model=DEMO_MODEL.name, messages=[{"role": "user", "content": "secret question"}]
        )
        deltas = [delta async for delta in demo.stream_chat(request)]
        text = "".join(delta.text for delta in deltas)
        assert text == SAMPLE_ANSWER
        assert "secret question" not in text
        assert len(deltas) > 100
        assert deltas[-1].finish_reason == "stop"
        assert all(delta.usage is None for delta in deltas)
        await demo.aclose()

    run(scene())
    for word in (
        "offline demo",
        "No model has read your message",
        "LITELLM_BASE_URL",
        "[local]",
        "```python",
        "| Way |",
    ):
        assert word in SAMPLE_ANSWER


PRICED = Model(name="m", input_cost_per_token=1e-6, output_cost_per_token=2e-6)


@pytest.mark.parametrize(
    ("usage", "model", "cost"),
    [
        (Usage(prompt_tokens=1000, completion_tokens=500), PRICED, 0.002),
        (Usage(prompt_tokens=1000, completion_tokens=500), None, None),
        (Usage(prompt_tokens=1000, completion_tokens=500), Model(name="m"), None),
        (Usage(prompt_tokens=1000), PRICED, None),
        (Usage(), PRICED, None),
        (Usage(prompt_tokens=0, completion_tokens=0), PRICED, 0.0),
        (Usage(prompt_tokens=1, completion_tokens=1, cached=True), PRICED, 0.0),
    ],
)
def test_an_estimated_cost_is_never_called_reported(
    usage: Usage, model: Model | None, cost: float | None
) -> None:
    estimated = with_cost(usage, model)
    assert estimated.cost == (cost if cost is None else pytest.approx(cost))
    assert estimated.cost_reported is False


def test_a_reported_cost_stays() -> None:
    usage = Usage(prompt_tokens=1000, completion_tokens=500, cost=0.5, cost_reported=True)
    assert with_cost(usage, PRICED) == usage
