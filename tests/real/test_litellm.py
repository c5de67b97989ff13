"""The gateway client against a real LiteLLM proxy: what it serves, how it fails, and that its failures are understood."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import time
import urllib.request
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chat2anyllm_desktop.core.errors import (
    AuthenticationError,
    BudgetError,
    ChatError,
    ContentRefusedError,
    ContextTooLongError,
    GatewayFaultError,
    GatewayUnreachableError,
    RateLimitError,
    StallError,
    StreamError,
    UnknownModelError,
    UpstreamKeyError,
)
from chat2anyllm_desktop.core.models import Model, Usage, new_id
from chat2anyllm_desktop.llm.api import ChatRequest, Delta
from chat2anyllm_desktop.llm.client import GatewayClient
from tests.llm.misbehaving import (
    CUT,
    DONE,
    FOREVER,
    STALL,
    Script,
    answer,
    error_frame,
    frame,
    refusal,
    reply,
    stream,
)
from tests.real.gateway import HELLO, Engine, Gateway, Redis, Upstream

_CONFIG = Path(__file__).parents[2] / "config.yaml"
_USAGE = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}


@dataclass
class Heard:
    """What came of one request."""

    text: str = ""
    reasoning: str = ""
    usage: Usage | None = None
    finish_reason: str | None = None
    error: ChatError | None = None
    retries: list[ChatError] = field(default_factory=list)

    def add(self, delta: Delta) -> None:
        self.text += delta.text
        self.reasoning += delta.reasoning
        self.usage = delta.usage or self.usage
        self.finish_reason = delta.finish_reason or self.finish_reason


def _with_client(
    gateway: Gateway,
    work: Callable[[GatewayClient], Coroutine[Any, Any, None]],
    *,
    key: str | None = None,
    stall_timeout_s: float = 60.0,
) -> None:
    async def run() -> None:
        client = GatewayClient(
            gateway.base_url, gateway.key if key is None else key, stall_timeout_s=stall_timeout_s
        )
        try:
            await work(client)
        finally:
            await client.aclose()

    asyncio.run(run())


def _request(model: str, text: str | None = None, **parameters: object) -> ChatRequest:
    """Without a text it is a question nobody asked before, so no cache knows it."""
    content = text or f"Question {new_id()}"
    return ChatRequest(model=model, messages=[{"role": "user", "content": content}], parameters=parameters)


def _ask(gateway: Gateway, request: ChatRequest, **options: Any) -> Heard:
    heard = Heard()

    async def work(client: GatewayClient) -> None:
        try:
            async for delta in client.stream_chat(
                request, on_retry=lambda error, _number, _delay_s: heard.retries.append(error)
            ):
                heard.add(delta)
        except ChatError as error:
            heard.error = error

    _with_client(gateway, work, **options)
    return heard


def _models(gateway: Gateway) -> dict[str, Model]:
    found: dict[str, Model] = {}

    async def work(client: GatewayClient) -> None:
        found.update((model.name, model) for model in await client.list_models())

    _with_client(gateway, work)
    return found


# Discovery -------------------------------------------------------------------------------------------------------------
def test_every_entry_of_the_projects_config_is_served(litellm_gateway: Gateway) -> None:
    entries = re.findall(r"^  - model_name: (\S+)$", _CONFIG.read_text(), re.MULTILINE)
    assert {"demo", "openai/*", "anthropic/*", "gemini/*"} <= set(entries)
    request = urllib.request.Request(
        f"{litellm_gateway.base_url}/v1/model/info",
        headers={"Authorization": f"Bearer {litellm_gateway.key}"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        served = [entry["model_name"] for entry in json.load(response)["data"]]
    for entry in entries:
        prefix = entry.removesuffix("*")
        assert any(name == entry or (prefix != entry and name.startswith(prefix)) for name in served), entry


def test_the_list_of_models(litellm_gateway: Gateway) -> None:
    models = _models(litellm_gateway)
    scripted = models["scripted"]
    assert scripted.max_input_tokens == 1000
    assert scripted.vision is True
    assert scripted.input_cost_per_token == 0.001
    assert scripted.output_cost_per_token == 0.002
    assert "embeddings" not in models, "it cannot chat"
    assert models["demo"].max_input_tokens == 4096


def test_wildcards_become_the_models_they_stand_for(litellm_gateway: Gateway) -> None:
    models = _models(litellm_gateway)
    assert not [name for name in models if "*" in name]
    for provider in ("openai", "anthropic", "gemini", "mistral"):
        assert any(name.startswith(f"{provider}/") for name in models), provider
    assert models["openai/gpt-4o"].max_input_tokens
    assert not [name for name in models if "whisper" in name or "gpt-image" in name]


def test_deployments_of_one_name_are_one_model(
    litellm_gateway: Gateway, embedded_engine_server: Engine
) -> None:
    assert embedded_engine_server.model
    assert _models(litellm_gateway)["real"].deployments == 2


# Answers ---------------------------------------------------------------------------------------------------------------
def test_the_keyless_models_answer(litellm_gateway: Gateway) -> None:
    assert _ask(litellm_gateway, _request("hello")).text == HELLO
    demo = _ask(litellm_gateway, _request("demo"))
    assert demo.text.startswith("The gateway works.")
    assert demo.error is None


def test_tokens_and_cost_come_with_the_answer(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = answer("Grüße, 世界 🌍!", usage=_USAGE)
    heard = _ask(litellm_gateway, _request("scripted", temperature=0.5))
    assert heard.text == "Grüße, 世界 🌍!"
    assert heard.finish_reason == "stop"
    assert heard.usage is not None
    assert (heard.usage.prompt_tokens, heard.usage.completion_tokens) == (10, 3)
    assert heard.usage.cost == pytest.approx(0.016)
    assert heard.usage.cost_reported
    assert not heard.usage.cached
    (sent,) = upstream.requests
    assert sent.json["temperature"] == 0.5
    assert sent.headers["authorization"] == "Bearer sk-upstream-secret"


def test_reasoning_comes_apart_from_the_answer(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = stream(
        frame(reasoning="Let me "), frame(reasoning="think."), frame("Done."), frame(finish="stop"), DONE
    )
    heard = _ask(litellm_gateway, _request("scripted"))
    assert (heard.reasoning, heard.text) == ("Let me think.", "Done.")


def test_think_tags_come_apart_from_the_answer(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = answer("<think>Let me think.</think>\n\nDone.")
    heard = _ask(litellm_gateway, _request("scripted"))
    assert (heard.reasoning.strip(), heard.text.strip()) == ("Let me think.", "Done.")


def test_a_real_model_behind_it(litellm_gateway: Gateway, embedded_engine_server: Engine) -> None:
    assert embedded_engine_server.model
    heard = _ask(litellm_gateway, _request("real", max_tokens=12))
    assert heard.error is None
    assert heard.text
    assert heard.usage is not None
    assert heard.usage.prompt_tokens
    assert heard.usage.completion_tokens
    too_long = _ask(litellm_gateway, _request("real", "word " * 3000))
    assert isinstance(too_long.error, ContextTooLongError)


# Refusals and failures before the first token --------------------------------------------------------------------------
@pytest.mark.parametrize("key", ["sk-another", ""])
def test_a_wrong_or_missing_key(litellm_gateway: Gateway, key: str) -> None:
    heard = _ask(litellm_gateway, _request("hello"), key=key)
    assert isinstance(heard.error, AuthenticationError)
    assert "sk-another" not in f"{heard.error} {heard.error.detail}"
    assert not heard.retries


def test_an_unknown_model(litellm_gateway: Gateway) -> None:
    heard = _ask(litellm_gateway, _request("nothing-such"))
    assert isinstance(heard.error, UnknownModelError)
    assert "nothing-such" in str(heard.error)


@pytest.mark.parametrize("model", ["openai/gpt-4o", "anthropic/claude-3-haiku", "gemini/gemini-2.5-flash"])
def test_a_provider_whose_key_the_gateway_does_not_have(litellm_gateway: Gateway, model: str) -> None:
    heard = _ask(litellm_gateway, _request(model))
    assert isinstance(heard.error, UpstreamKeyError), heard.error
    assert "Your key is fine" in str(heard.error)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("mock-rate-limit", RateLimitError),
        ("mock-context", ContextTooLongError),
        ("mock-failure", GatewayFaultError),
        ("mock-filter", ContentRefusedError),
        (
            "mock-midstream",
            GatewayFaultError,
        ),  # It comes before the first chunk, so with a status of its own.
    ],
)
def test_the_gateways_own_mock_errors(litellm_gateway: Gateway, model: str, kind: type[ChatError]) -> None:
    heard = _ask(litellm_gateway, _request(model))
    assert type(heard.error) is kind
    assert len(heard.retries) == (2 if kind is RateLimitError else 0)


_OPENAI_CONTEXT = {
    "message": "This model's maximum context length is 1000 tokens. However, your messages resulted in 2000 tokens.",
    "type": "invalid_request_error",
    "code": "context_length_exceeded",
}
_OPENAI_QUOTA = {
    "message": "You exceeded your current quota, please check your plan and billing details.",
    "type": "insufficient_quota",
    "code": "insufficient_quota",
}
_LLAMA_CONTEXT = {
    "code": 400,
    "message": "request (4031 tokens) exceeds the available context size (2048 tokens), try increasing it",
    "type": "exceed_context_size_error",
}


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (
            refusal(429, "slow down", headers={"Retry-After": "1"}),
            RateLimitError,
            "Too many requests.*slow down",
        ),
        (refusal(500, "boom"), GatewayFaultError, "The provider OpenAI behind .* failed .*: boom"),
        (refusal(503, "come back later"), GatewayFaultError, "come back later"),
        (refusal(401, "Incorrect API key provided: sk-abcdefgh"), UpstreamKeyError, "gateway's own key"),
        (refusal(403, "no permission"), UpstreamKeyError, "gateway's own key"),
        (refusal(404, "The model `scripted` does not exist"), UnknownModelError, "no model “scripted”"),
        (reply(400, {"error": _OPENAI_CONTEXT}), ContextTooLongError, "too long for “scripted”"),
        (reply(400, {"error": _LLAMA_CONTEXT}), ContextTooLongError, "too long for “scripted”"),
        (reply(429, {"error": _OPENAI_QUOTA}), BudgetError, "is spent"),
        (
            refusal(400, "The response was filtered by Azure OpenAI's content management policy."),
            ContentRefusedError,
            "content filter",
        ),
    ],
    ids=["429", "500", "503", "401", "403", "404", "context", "llama.cpp context", "quota", "filter"],
)
def test_the_provider_refuses(
    litellm_gateway: Gateway, upstream: Upstream, script: Script, kind: type[ChatError], words: str
) -> None:
    upstream.script = script
    heard = _ask(litellm_gateway, _request("scripted"))
    assert type(heard.error) is kind, heard.error
    assert re.search(words, str(heard.error))
    assert "litellm" not in str(heard.error).lower(), "its class names say nothing to people"
    shown = f"{heard.error} {heard.error.detail}"
    assert "sk-upstream-secret" not in shown
    assert "sk-abcdefgh" not in shown


def test_only_we_try_again_and_only_where_it_helps(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = refusal(429, "slow down")
    assert len(_ask(litellm_gateway, _request("scripted")).retries) == 2
    assert len(upstream.requests) == 3
    upstream.requests.clear()
    upstream.script = refusal(500, "boom")
    assert not _ask(litellm_gateway, _request("scripted")).retries
    assert len(upstream.requests) == 1


def test_the_providers_retry_after_is_waited_for(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = refusal(429, "slow down", headers={"Retry-After": "2"})
    begun = time.monotonic()
    heard = _ask(litellm_gateway, _request("scripted"))
    assert isinstance(heard.error, RateLimitError)
    assert heard.error.retry_after == 2
    assert time.monotonic() - begun > 4


def test_a_provider_that_cannot_be_reached_or_is_late(litellm_gateway: Gateway, upstream: Upstream) -> None:
    heard = _ask(litellm_gateway, _request("unreachable"))
    assert isinstance(heard.error, GatewayFaultError)
    upstream.script = [STALL]
    heard = _ask(litellm_gateway, _request("slow"))
    assert isinstance(heard.error, GatewayFaultError)
    assert "did not answer in time" in str(heard.error)
    assert "Deployment Info" not in str(heard.error)


# Failures in the middle ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "end",
    [[error_frame("it broke"), DONE], [0.3, CUT], [b"data: {no json\n\n", DONE]],
    ids=["error frame", "cut", "garbage"],
)
def test_an_answer_that_breaks_off(litellm_gateway: Gateway, upstream: Upstream, end: list[Any]) -> None:
    upstream.script = stream(frame("Hel"), 0.1, frame("lo"), 0.3, *end)
    heard = _ask(litellm_gateway, _request("scripted"))
    assert heard.text == "Hello"
    assert isinstance(heard.error, StreamError)
    assert "in the middle of the answer" in str(heard.error)


def test_a_provider_that_falls_silent(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = stream(frame("Hel"), STALL)
    heard = _ask(litellm_gateway, _request("scripted"), stall_timeout_s=1.0)
    assert heard.text == "Hel"
    assert isinstance(heard.error, StallError)
    assert upstream.running.disconnected.wait(10), "the gateway lets go of the provider too"


def test_pings_keep_a_thinking_model_from_counting_as_stalled(
    litellm_gateway: Gateway, upstream: Upstream
) -> None:
    upstream.script = stream(frame("Hel"), 3.0, frame("lo"), frame(finish="stop"), DONE)
    heard = _ask(litellm_gateway, _request("pinged"), stall_timeout_s=2.0)
    assert heard.error is None
    assert heard.text == "Hello"


def test_stop_reaches_the_provider(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = stream(frame("more "), FOREVER)

    async def work(client: GatewayClient) -> None:
        deltas = client.stream_chat(_request("scripted"))
        assert isinstance(deltas, AsyncGenerator)
        async with aclosing(deltas):
            async for _ in deltas:
                break
        assert await asyncio.to_thread(upstream.running.disconnected.wait, 10)

    _with_client(litellm_gateway, work)


# Cache -----------------------------------------------------------------------------------------------------------------
def test_the_same_question_again_comes_from_the_cache(
    litellm_gateway: Gateway, upstream: Upstream, redis_server: Redis
) -> None:
    upstream.script = answer("An answer.", usage=_USAGE)
    request = _request("scripted")
    keys = redis_server.keys()
    first = _ask(litellm_gateway, request)
    deadline = time.monotonic() + 10
    while redis_server.keys() == keys:  # It is written beside the answer, not before its end.
        assert time.monotonic() < deadline
        time.sleep(0.05)
    second = _ask(litellm_gateway, request)
    assert first.text == second.text == "An answer."
    assert len(upstream.requests) == 1
    assert first.usage is not None
    assert second.usage is not None
    assert (first.usage.cached, second.usage.cached) == (False, True)
    assert second.usage.cost is None, "it cost nothing this time, whatever LiteLLM repeats"
    fresh = _ask(
        litellm_gateway, _request("scripted", str(request.messages[0]["content"]), cache={"no-cache": True})
    )
    assert fresh.usage is not None
    assert not fresh.usage.cached
    assert len(upstream.requests) == 2


def test_without_redis_it_answers_all_the_same(
    litellm_gateway: Gateway, upstream: Upstream, redis_server: Redis
) -> None:
    upstream.script = answer("An answer.")
    redis_server.process.stop(signal.SIGKILL)
    try:
        for _ in range(2):
            heard = _ask(litellm_gateway, _request("scripted"))
            assert heard.error is None
            assert heard.text == "An answer."
    finally:
        redis_server.process.start()
    assert _ask(litellm_gateway, _request("scripted")).text == "An answer."


# The gateway itself ----------------------------------------------------------------------------------------------------
def test_a_dead_gateway_and_its_return(litellm_gateway: Gateway) -> None:
    litellm_gateway.stop()
    try:
        heard = _ask(litellm_gateway, _request("hello"))
        assert isinstance(heard.error, GatewayUnreachableError)
        assert len(heard.retries) == 2
    finally:
        litellm_gateway.start()
    assert _ask(litellm_gateway, _request("hello")).text == HELLO


def test_neither_key_is_in_its_log(litellm_gateway: Gateway) -> None:
    log = litellm_gateway.log_path.read_text(errors="replace")
    assert log
    assert litellm_gateway.key not in log
    assert "sk-upstream-secret" not in log
