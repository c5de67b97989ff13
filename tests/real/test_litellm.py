"""The gateway client against a real LiteLLM proxy: what it serves."""

from __future__ import annotations

import json
import re
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from chat2anyllm_desktop.core.errors import (
    ContextTooLongError,
    GatewayUnreachableError,
)
from chat2anyllm_desktop.core.models import Model
from chat2anyllm_desktop.llm.client import GatewayClient
from tests.llm.misbehaving import (
    DONE,
    answer,
    frame,
    stream,
)
from tests.real.asking import ask, request, with_client
from tests.real.gateway import HELLO, Engine, Gateway, Redis, Upstream

_CONFIG = Path(__file__).parents[2] / "config.yaml"
_USAGE = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}


def _models(gateway: Gateway) -> dict[str, Model]:
    found: dict[str, Model] = {}

    async def work(client: GatewayClient) -> None:
        found.update((model.name, model) for model in await client.list_models())

    with_client(gateway, work)
    return found


# Discovery -------------------------------------------------------------------------------------------------------------
def test_every_entry_of_the_projects_config_is_served(litellm_gateway: Gateway) -> None:
    entries = re.findall(r"^  - model_name: (\S+)$", _CONFIG.read_text(), re.MULTILINE)
    assert set(entries) == {
        "demo",
        *(f"{provider}/*" for provider in ("openai", "anthropic", "gemini", "mistral", "deepseek", "groq")),
        *(
            f"{provider}/*"
            for provider in ("openrouter", "github", "azure", "bedrock", "ollama", "hosted_vllm")
        ),
    }
    asked = urllib.request.Request(
        f"{litellm_gateway.base_url}/v1/model/info",
        headers={"Authorization": f"Bearer {litellm_gateway.key}"},
    )
    with urllib.request.urlopen(asked, timeout=30) as response:
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
    assert ask(litellm_gateway, request("hello")).text == HELLO
    demo = ask(litellm_gateway, request("demo"))
    assert demo.text.startswith("The gateway works.")
    assert demo.error is None


def test_tokens_and_cost_come_with_the_answer(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = answer("Grüße, 世界 🌍!", usage=_USAGE)
    heard = ask(litellm_gateway, request("scripted", temperature=0.5))
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
    heard = ask(litellm_gateway, request("scripted"))
    assert (heard.reasoning, heard.text) == ("Let me think.", "Done.")


def test_think_tags_come_apart_from_the_answer(litellm_gateway: Gateway, upstream: Upstream) -> None:
    upstream.script = answer("<think>Let me think.</think>\n\nDone.")
    heard = ask(litellm_gateway, request("scripted"))
    assert (heard.reasoning.strip(), heard.text.strip()) == ("Let me think.", "Done.")


def test_a_real_model_behind_it(litellm_gateway: Gateway, embedded_engine_server: Engine) -> None:
    assert embedded_engine_server.model
    heard = ask(litellm_gateway, request("real", max_tokens=12))
    assert heard.error is None
    assert heard.text
    assert heard.usage is not None
    assert heard.usage.prompt_tokens
    assert heard.usage.completion_tokens
    too_long = ask(litellm_gateway, request("real", "word " * 3000))
    assert isinstance(too_long.error, ContextTooLongError)


# Cache -----------------------------------------------------------------------------------------------------------------
def test_the_same_question_again_comes_from_the_cache(
    litellm_gateway: Gateway, upstream: Upstream, redis_server: Redis
) -> None:
    upstream.script = answer("An answer.", usage=_USAGE)
    question = request("scripted")
    keys = redis_server.keys()
    first = ask(litellm_gateway, question)
    deadline = time.monotonic() + 10
    while redis_server.keys() == keys:  # It is written beside the answer, not before its end.
        assert time.monotonic() < deadline
        time.sleep(0.05)
    second = ask(litellm_gateway, question)
    assert first.text == second.text == "An answer."
    assert len(upstream.requests) == 1
    assert first.usage is not None
    assert second.usage is not None
    assert (first.usage.cached, second.usage.cached) == (False, True)
    assert second.usage.cost is None, "it cost nothing this time, whatever LiteLLM repeats"
    fresh = ask(
        litellm_gateway, request("scripted", str(question.messages[0]["content"]), cache={"no-cache": True})
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
            heard = ask(litellm_gateway, request("scripted"))
            assert heard.error is None
            assert heard.text == "An answer."
    finally:
        redis_server.process.start()
    assert ask(litellm_gateway, request("scripted")).text == "An answer."


# The gateway itself ----------------------------------------------------------------------------------------------------
def test_a_dead_gateway_and_its_return(litellm_gateway: Gateway) -> None:
    litellm_gateway.stop()
    try:
        heard = ask(litellm_gateway, request("hello"))
        assert isinstance(heard.error, GatewayUnreachableError)
        assert len(heard.retries) == 2
    finally:
        litellm_gateway.start()
    assert ask(litellm_gateway, request("hello")).text == HELLO


def test_neither_key_is_in_its_log(litellm_gateway: Gateway) -> None:
    log = litellm_gateway.log_path.read_text(errors="replace")
    assert log
    assert litellm_gateway.key not in log
    assert "sk-upstream-secret" not in log
