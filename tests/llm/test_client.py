"""What the client sends, and what it makes of answers that are as they should be."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chat2anyllm_desktop.core import errors
from chat2anyllm_desktop.core.models import Usage
from chat2anyllm_desktop.llm.api import ChatRequest
from chat2anyllm_desktop.llm.client import GatewayClient
from tests.conftest import LoopRunner
from tests.llm.hearing import KEY, Heard, hear, listen, run
from tests.llm.misbehaving import (
    CUT,
    DONE,
    RESET,
    STALL,
    answer,
    event,
    frame,
    refusal,
    reply,
    serve,
    stream,
)

pytestmark = pytest.mark.usefixtures("quick_retries")


# What goes out -----------------------------------------------------------------------------------------------------


def test_the_request_on_the_wire() -> None:
    heard, server = hear(answer())
    assert heard.text == "Hello"
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"].startswith("chat2anyllm-desktop/")
    assert request.json == {
        "temperature": 0.5,
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_without_a_key_no_authorization_is_sent() -> None:
    _, server = hear(answer(), key=None)
    assert "authorization" not in server.requests[0].headers


def test_a_key_that_cannot_be_sent_is_refused_at_once() -> None:
    for key in ("sk-with space", "sk-ключ", "sk-line\nbreak"):
        with pytest.raises(errors.SettingsError, match="API key") as caught:
            GatewayClient("http://localhost:1", key)
        assert key not in str(caught.value)


def test_half_a_surrogate_in_a_message_does_not_stop_it() -> None:
    async def ask(url: str) -> Heard:
        client = GatewayClient(url, KEY)
        messages = [{"role": "user", "content": "a\ud83db"}]
        heard = await listen(client, ChatRequest(model="m", messages=messages))  # type: ignore[arg-type]  # dict is one
        await client.aclose()
        return heard

    with serve(answer()) as server:
        assert run(ask(server.url)).error is None
        assert server.requests[0].json["messages"][0]["content"] == "a?b"


def test_connections_are_used_again() -> None:
    async def ask(url: str) -> None:
        client = GatewayClient(url, KEY)
        for _ in range(3):
            assert (await listen(client)).text == "Hello"
            await asyncio.sleep(0.05)
        await client.list_models()
        await client.aclose()

    with serve(answer()) as server:
        run(ask(server.url))
        assert server.connections == 1


# What comes back ---------------------------------------------------------------------------------------------------


def test_text_reasoning_usage_and_the_end() -> None:
    usage = {
        "prompt_tokens": 8,
        "completion_tokens": 13,
        "completion_tokens_details": {"reasoning_tokens": 5},
        "cost": 0.000034,
    }
    heard, _ = hear(
        stream(
            frame("", role="assistant"),
            frame(reasoning="Let me "),
            frame(reasoning="think."),
            b": ping\n\n",
            frame("Hel"),
            frame("lo"),
            frame(finish="stop"),
            frame(usage=usage),
            DONE,
        )
    )
    assert (heard.text, heard.reasoning, heard.finish, heard.error) == (
        "Hello",
        "Let me think.",
        ["stop"],
        None,
    )
    assert heard.usage == Usage(
        prompt_tokens=8, completion_tokens=13, reasoning_tokens=5, cost=0.000034, cost_reported=True
    )


@pytest.mark.parametrize(
    "last",
    [
        event({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}),
        event({"choices": None, "usage": {"prompt_tokens": 1, "completion_tokens": 2, "cost": None}}),
        event({"usage": {"prompt_tokens": 1, "completion_tokens": 2, "completion_tokens_details": None}}),
    ],
)
def test_every_form_of_usage_chunk(last: bytes) -> None:
    heard, _ = hear(stream(frame("a"), frame(finish="stop"), last, DONE))
    assert heard.usage == Usage(prompt_tokens=1, completion_tokens=2)


def test_usage_in_every_chunk_is_given_once() -> None:
    chunks = [frame("a", usage={"prompt_tokens": 1, "completion_tokens": n}) for n in range(5)]
    heard, _ = hear(stream(*chunks, frame(finish="stop"), DONE))
    assert heard.usage == Usage(prompt_tokens=1, completion_tokens=4)


def test_odd_frames_are_borne() -> None:
    odd: list[object] = [
        {},
        {"choices": [None]},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [{"index": 0, "delta": {"content": None, "role": None, "tool_calls": None}}]},
        {"choices": [{"index": 0}], "error": None, "usage": None},
        {"choices": "x", "usage": "y"},
        {"choices": [{"delta": {"content": [{"type": "text", "text": "!"}, None]}}]},
        {"choices": [{"delta": {"reasoning": "R"}}]},
        {"choices": [{"text": "?"}]},
        {"choices": [{"message": {"content": "."}}]},
    ]
    heard, _ = hear(stream(frame("a"), *map(event, odd), b"data:\n\n", frame(finish="stop"), DONE))
    assert (heard.text, heard.reasoning, heard.error) == ("a!?.", "R", None)


def test_inline_thinking_is_reasoning() -> None:
    heard, _ = hear(
        stream(
            *map(frame, ["<th", "ink>", "why", "</thi", "nk>", "\n\n", "Because"]), frame(finish="stop"), DONE
        )
    )
    assert (heard.text, heard.reasoning) == ("Because", "why")


def test_a_cached_answer_says_so() -> None:
    heard, _ = hear(stream(frame("a"), frame(finish="stop"), DONE, headers={"x-litellm-cache-key": "abc"}))
    assert heard.usage == Usage(cached=True)


def test_an_answer_at_any_speed_and_cut_keeps_every_byte() -> None:
    words = ["漢字", "🎉", "é", "\r\n", "plain "] * 4
    whole = b"".join(map(frame, words)) + frame(finish="stop") + DONE
    for size in (1, 7, 64):
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        assert hear(stream(*pieces))[0].text == "".join(words)


def test_utf8_split_across_packets() -> None:
    whole = frame("漢字 🎉")
    at = whole.index("字".encode()) + 1
    heard, _ = hear(
        stream(whole[:at], 0.05, whole[at : at + 6], 0.05, whole[at + 6 :], frame(finish="stop"), DONE)
    )
    assert (heard.text, heard.error) == ("漢字 🎉", None)


def test_a_fast_stream_naps_and_loses_nothing() -> None:
    count = 3_000
    steps: list[bytes | float] = []
    for number in range(count):
        steps.append(frame(f"{number} "))
        if number % 10 == 9:
            steps.append(0.001)
    heard, _ = hear(stream(*steps, frame(finish="stop"), DONE))
    assert heard.text == "".join(f"{number} " for number in range(count))
    assert len(heard.deltas) < count / 2


def test_done_is_not_needed_after_a_finish_reason() -> None:
    for end in ([], [CUT], [RESET]):
        heard, _ = hear(stream(frame("a"), frame(finish="length"), 0.05, *end))
        assert (heard.text, heard.finish, heard.error) == ("a", ["length"], None)


@pytest.mark.parametrize("end", [[STALL], [part for _ in range(200) for part in (b": ping\n\n", 0.05)]])
def test_a_server_that_never_ends_a_complete_answer_is_left(
    end: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat2anyllm_desktop.llm.attempt._FAREWELL_S", 0.3)
    heard, server = hear(stream(frame("a"), frame(finish="stop"), *end))
    assert (heard.text, heard.finish, heard.error) == ("a", ["stop"], None)
    assert server.disconnected.wait(1)


def test_a_server_that_ignores_stream_is_understood() -> None:
    whole = {
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"content": "All at once", "reasoning_content": "R"},
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    }
    heard, _ = hear(reply(200, whole))
    assert (heard.text, heard.reasoning, heard.finish) == ("All at once", "R", ["stop"])
    assert heard.usage == Usage(prompt_tokens=3, completion_tokens=4)


def test_the_same_under_qts_loop(qt_loop: LoopRunner) -> None:
    async def ask(url: str) -> Heard:
        client = GatewayClient(url, KEY, stall_timeout_s=0.5)
        assert [model.name for model in await client.list_models()] == ["m"]
        heard = await listen(client)
        stalled = await listen(client)
        assert isinstance(stalled.error, errors.StallError)
        await client.aclose()
        return heard

    with serve(
        refusal(503, "busy"), answer("Hello from Qt", pause_s=0.01), stream(frame("a"), STALL)
    ) as server:
        heard = qt_loop.run(ask(server.url))
        assert heard.text == "Hello from Qt"
        assert len(heard.retries) == 1


def test_nothing_about_the_client_shows_the_key() -> None:
    client = GatewayClient(f"https://user:{KEY}@gateway.example.com", KEY)
    assert KEY not in repr(client) + client.host
