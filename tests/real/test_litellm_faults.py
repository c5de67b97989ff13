"""How a real LiteLLM proxy fails, and that every failure reaches people as what it is."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from chat2anyllm_desktop.chat.turn import run_turn
from chat2anyllm_desktop.core.errors import (
    AuthenticationError,
    BudgetError,
    ChatError,
    ContentRefusedError,
    ContextTooLongError,
    GatewayFaultError,
    RateLimitError,
    StallError,
    StreamError,
    UnknownModelError,
    UpstreamKeyError,
)
from chat2anyllm_desktop.core.models import Model, Status, new_id
from chat2anyllm_desktop.llm.client import GatewayClient
from tests.chat.given import given
from tests.llm.misbehaving import (
    CUT,
    DONE,
    FOREVER,
    STALL,
    Script,
    error_frame,
    frame,
    refusal,
    reply,
    stream,
)
from tests.real.asking import ask, request, with_client
from tests.real.gateway import Gateway, Upstream

_CONFIG = Path(__file__).parents[2] / "config.yaml"
_USAGE = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}


# Refusals and failures before the first token --------------------------------------------------------------------------
@pytest.mark.parametrize("key", ["sk-another", ""])
def test_a_wrong_or_missing_key(litellm_gateway: Gateway, key: str) -> None:
    heard = ask(litellm_gateway, request("hello"), key=key)
    assert isinstance(heard.error, AuthenticationError)
    assert "sk-another" not in f"{heard.error} {heard.error.detail}"
    assert not heard.retries


def test_an_unknown_model(litellm_gateway: Gateway) -> None:
    heard = ask(litellm_gateway, request("nothing-such"))
    assert isinstance(heard.error, UnknownModelError)
    assert "nothing-such" in str(heard.error)


@pytest.mark.parametrize("model", ["openai/gpt-4o", "anthropic/claude-3-haiku", "gemini/gemini-2.5-flash"])
def test_a_provider_whose_key_the_gateway_does_not_have(litellm_gateway: Gateway, model: str) -> None:
    heard = ask(litellm_gateway, request(model))
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
    heard = ask(litellm_gateway, request(model))
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
    heard = ask(litellm_gateway, request("scripted"))
    assert type(heard.error) is kind, heard.error
    assert re.search(words, str(heard.error))
    assert "litellm" not in str(heard.error).lower(), "its class names say nothing to people"
    shown = f"{heard.error} {heard.error.detail}"
    assert "sk-upstream-secret" not in shown
    assert "sk-abcdefgh" not in shown


def test_only_we_try_again_and_only_where_it_helps(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = refusal(429, "slow down")
    assert len(ask(litellm_gateway, request("scripted")).retries) == 2
    assert len(upstream.requests) == 3
    upstream.requests.clear()
    upstream.script = refusal(500, "boom")
    assert not ask(litellm_gateway, request("scripted")).retries
    assert len(upstream.requests) == 1


def test_the_providers_retry_after_is_waited_for(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = refusal(429, "slow down", headers={"Retry-After": "2"})
    begun = time.monotonic()
    heard = ask(litellm_gateway, request("scripted"))
    assert isinstance(heard.error, RateLimitError)
    assert heard.error.retry_after == 2
    assert time.monotonic() - begun > 4


def test_a_provider_that_cannot_be_reached_or_is_late(litellm_gateway: Gateway, upstream: Upstream) -> None:
    heard = ask(litellm_gateway, request("unreachable"))
    assert isinstance(heard.error, GatewayFaultError)
    upstream.script = [STALL]
    heard = ask(litellm_gateway, request("slow"))
    assert isinstance(heard.error, GatewayFaultError)
    assert "did not answer in time" in str(heard.error)
    assert "Deployment Info" not in str(heard.error)


def test_a_providers_web_page_is_no_answer(
    litellm_gateway: Gateway, upstream: Upstream, tmp_path: Path
) -> None:
    """LiteLLM makes a complete answer without any text of it; a turn makes a failure of that."""
    upstream.script = reply(200, "<!doctype html><title>Sign in</title>")

    async def work(client: GatewayClient) -> None:
        async with given(tmp_path, client) as it:
            await it.take(run_turn(it, it.session, f"Question {new_id()}", model=Model(name="scripted")))
            assert it.ended.message.status is Status.FAILED
            assert "scripted" in str(it.ended.error)
            assert it.ended.message.usage.error == str(it.ended.error)

    with_client(litellm_gateway, work)


# Failures in the middle ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "end",
    [[error_frame("it broke"), DONE], [0.3, CUT], [b"data: {no json\n\n", DONE]],
    ids=["error frame", "cut", "garbage"],
)
def test_an_answer_that_breaks_off(litellm_gateway: Gateway, upstream: Upstream, end: list[Any]) -> None:
    upstream.script = stream(frame("Hel"), 0.1, frame("lo"), 0.3, *end)
    heard = ask(litellm_gateway, request("scripted"))
    assert heard.text == "Hello"
    assert isinstance(heard.error, StreamError)
    assert "in the middle of the answer" in str(heard.error)


def test_a_provider_that_falls_silent(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = stream(frame("Hel"), STALL)
    heard = ask(litellm_gateway, request("scripted"), stall_timeout_s=1.0)
    assert heard.text == "Hel"
    assert isinstance(heard.error, StallError)
    assert upstream.running.disconnected.wait(10), "the gateway lets go of the provider too"


def test_pings_keep_a_thinking_model_from_counting_as_stalled(
    litellm_gateway: Gateway, upstream: Upstream
) -> None:
    upstream.script = stream(frame("Hel"), 3.0, frame("lo"), frame(finish="stop"), DONE)
    heard = ask(litellm_gateway, request("pinged"), stall_timeout_s=2.0)
    assert heard.error is None
    assert heard.text == "Hello"


def test_stop_reaches_the_provider(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = stream(frame("more "), FOREVER)

    async def work(client: GatewayClient) -> None:
        deltas = client.stream_chat(request("scripted"))
        assert isinstance(deltas, AsyncGenerator)
        async with aclosing(deltas):
            async for _ in deltas:
                break
        assert await asyncio.to_thread(upstream.running.disconnected.wait, 10)

    with_client(litellm_gateway, work)
