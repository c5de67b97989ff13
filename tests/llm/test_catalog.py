from __future__ import annotations

from typing import Any

from chat2anyllm_desktop.core.models import Model
from chat2anyllm_desktop.llm.catalog import Catalog, merge, read_model_info, read_models


def entry(name: object, **info: Any) -> dict[str, Any]:
    return {"model_name": name, "litellm_params": {"model": "x"}, "model_info": info}


def info(*entries: Any) -> Catalog:
    catalog = read_model_info({"data": list(entries)})
    assert catalog is not None
    return catalog


def test_deployments_are_grouped_in_the_order_of_their_first() -> None:
    models = info(
        entry("b", mode="chat", supports_vision=None, input_cost_per_token=1e-6),
        entry("a", mode="chat", litellm_provider="anthropic"),
        entry("b", mode="chat", supports_vision=True, input_cost_per_token=2e-6, max_input_tokens=8000),
    ).models
    assert models == [
        Model(name="b", vision=True, input_cost_per_token=1e-6, max_input_tokens=8000, deployments=2),
        Model(name="a", provider="anthropic"),
    ]


def test_unknown_stays_unknown_and_false_is_known() -> None:
    (model,) = info(entry("m", supports_vision=False, supports_reasoning=None, max_input_tokens=0)).models
    assert model.vision is False
    assert (model.reasoning, model.tools, model.max_input_tokens, model.input_cost_per_token) == (None,) * 4


def test_modes_that_chat_are_kept_and_others_are_not() -> None:
    kept = ["chat", "completion", "responses", "", None]
    left_out = [
        "embedding",
        "image_generation",
        "audio_transcription",
        "audio_speech",
        "rerank",
        "moderation",
        "realtime",
        "video_generation",
    ]
    catalog = info(*(entry(f"{mode}!", mode=mode) for mode in [*kept, *left_out]))
    assert [model.name for model in catalog.models] == [f"{mode}!" for mode in kept]
    assert catalog.silent == {f"{mode}!" for mode in left_out}


def test_wildcards_are_replaced_by_what_they_stand_for() -> None:
    found = info(
        entry("mine", mode="chat", litellm_provider="azure"),
        entry("openai/*"),
        entry("embed", mode="embedding"),
    )
    assert found.wildcards == ("openai/*",)
    listed = read_models(
        {
            "data": [
                {"id": name, "owned_by": "openai"}
                for name in ("mine", "openai/gpt-x", "embed", "openai/*", "plain")
            ]
        }
    )
    assert listed is not None
    assert [(model.name, model.provider) for model in merge(found, listed)] == [
        ("mine", "azure"),
        ("openai/gpt-x", "openai"),
        ("plain", "openai"),
    ]


def test_plain_lists_of_other_servers() -> None:
    listed = read_models(
        {
            "data": [
                {"id": "a", "owned_by": "vllm", "max_model_len": 4096},
                {"id": "models/gemini-x", "owned_by": "google"},
                {
                    "id": "org/b",
                    "context_length": "32000",
                    "pricing": {"prompt": "0.000001", "completion": "x"},
                },
                {"id": "a", "owned_by": "again"},
                {"id": "e", "mode": "embedding"},
                {"id": None},
                "nonsense",
            ]
        }
    )
    assert listed is not None
    assert listed.models == [
        Model(name="a", provider="vllm", max_input_tokens=4096),
        Model(name="gemini-x", provider="google"),
        Model(name="org/b", provider="org", max_input_tokens=32000, input_cost_per_token=1e-6),
    ]


def test_malformed_fields_are_unknown() -> None:
    (model,) = info(
        {
            "model_name": "m",
            "model_info": {
                "mode": 3,
                "max_input_tokens": "many",
                "input_cost_per_token": float("nan"),
                "output_cost_per_token": True,
                "supports_vision": "yes",
                "litellm_provider": 1,
            },
        },
        {"model_name": ""},
        {"model_name": "m", "model_info": None},
        None,
    ).models
    assert model == Model(name="m", deployments=2)


def test_what_is_no_list() -> None:
    for body in (None, {}, {"data": None}, {"data": {"a": 1}}, "x", 3):
        assert read_model_info(body) is None
        assert read_models(body) is None
    assert read_models([{"id": "bare"}]) is not None
