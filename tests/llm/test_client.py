"""The client against a gateway on loopback that misbehaves in every way we know."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from chat2anyllm_desktop.core import errors
from chat2anyllm_desktop.core.models import Usage
from chat2anyllm_desktop.llm import client as client_module
from chat2anyllm_desktop.llm.api import ChatRequest, Delta
from chat2anyllm_desktop.llm.client import GatewayClient
from tests.conftest import LoopRunner
from tests.llm.misbehaving import (
    CUT,
    DONE,
    FOREVER,
    RESET,
    STALL,
    Script,
    Server,
    answer,
    chunk,
    error_frame,
    event,
    frame,
    refusal,
    reply,
    serve,
    stream,
)

T = TypeVar("T")
REQUEST = ChatRequest(
    model="m", messages=[{"role": "user", "content": "Hi"}], parameters={"temperature": 0.5}
)
KEY = "sk-test-1234567890"


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "FIRST_DELAY_S", 0.01)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(20):
            return await coroutine

    return asyncio.run(bounded())


class Heard:
    """What a stream gave before it ended or failed."""

    def __init__(self) -> None:
        self.deltas: list[Delta] = []
        self.retries: list[tuple[errors.ChatError, int, float]] = []
        self.error: errors.ChatError | None = None

    @property
    def text(self) -> str:
        return "".join(delta.text for delta in self.deltas)

    @property
    def reasoning(self) -> str:
        return "".join(delta.reasoning for delta in self.deltas)

    @property
    def usage(self) -> Usage | None:
        usages = [delta.usage for delta in self.deltas if delta.usage is not None]
        assert len(usages) <= 1
        return usages[0] if usages else None

    @property
    def finish(self) -> list[str]:
        return [delta.finish_reason for delta in self.deltas if delta.finish_reason is not None]


async def listen(client: GatewayClient, request: ChatRequest = REQUEST) -> Heard:
    heard = Heard()
    try:
        async for delta in client.stream_chat(
            request, on_retry=lambda error, number, delay_s: heard.retries.append((error, number, delay_s))
        ):
            heard.deltas.append(delta)
    except errors.ChatError as error:
        heard.error = error
    return heard


def hear(*scripts: Script, key: str | None = KEY, stall_timeout_s: float = 5.0) -> tuple[Heard, Server]:
    async def ask(url: str) -> Heard:
        client = GatewayClient(url, key, stall_timeout_s=stall_timeout_s)
        try:
            return await listen(client)
        finally:
            await client.aclose()

    with serve(*scripts) as server:
        return run(ask(server.url)), server


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


# What goes wrong ---------------------------------------------------------------------------------------------------


def test_wrong_key() -> None:
    heard, server = hear(refusal(400, "No connected db.", kind="no_db_connection"))
    assert isinstance(heard.error, errors.AuthenticationError)
    assert len(server.chats) == 1
    assert KEY not in str(heard.error) + heard.error.detail


def test_unknown_model() -> None:
    heard, server = hear(refusal(400, "Invalid model name passed in model=m"))
    assert isinstance(heard.error, errors.UnknownModelError)
    assert len(server.chats) == 1


def test_dead_gateway() -> None:
    with serve() as server:
        url = server.url
    heard = run(listen(GatewayClient(url, KEY)))
    assert isinstance(heard.error, errors.GatewayUnreachableError)
    assert "connection refused" in str(heard.error)
    assert [number for _, number, _ in heard.retries] == [2, 3]


def test_a_gateway_that_hangs_up_is_tried_again() -> None:
    heard, server = hear([CUT], [RESET], answer("Back again"))
    assert (heard.text, heard.error) == ("Back again", None)
    assert len(server.chats) == 3
    assert all(isinstance(error, errors.GatewayUnreachableError) for error, _, _ in heard.retries)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_passing_trouble_is_waited_out(status: int) -> None:
    trouble = refusal(status, "busy")
    heard, server = hear(trouble, trouble, answer())
    assert (heard.text, heard.error) == ("Hello", None)
    assert [number for _, number, _ in heard.retries] == [2, 3]
    assert len(server.chats) == 3


def test_lasting_trouble_is_told_after_three_tries() -> None:
    heard, server = hear(refusal(429, "busy"))
    assert isinstance(heard.error, errors.RateLimitError)
    assert len(server.chats) == 3


def test_retry_after_is_honoured_up_to_half_a_minute() -> None:
    heard, server = hear(refusal(429, "busy", headers={"Retry-After": "0.3"}), answer())
    assert heard.text == "Hello"
    assert heard.retries[0][2] == 0.3
    heard, server = hear(refusal(429, "busy", headers={"Retry-After": "31"}), answer())
    assert isinstance(heard.error, errors.RateLimitError)
    assert heard.error.retry_after == 31
    assert len(server.chats) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 500])
def test_other_refusals_are_not_repeated(status: int) -> None:
    heard, server = hear(refusal(status, "no"))
    assert isinstance(heard.error, errors.GatewayError)
    assert heard.retries == []
    assert len(server.chats) == 1


def test_error_frame_in_mid_stream() -> None:
    heard, server = hear(stream(frame("Half an "), frame("ans"), error_frame("upstream died: " + KEY)))
    assert type(heard.error) is errors.StreamError
    assert heard.text == "Half an ans"
    assert "upstream died" in str(heard.error)
    assert KEY not in str(heard.error) + heard.error.detail
    assert len(server.chats) == 1


def test_error_frame_before_the_first_token_is_a_refusal() -> None:
    heard, _ = hear(stream(error_frame("litellm.RateLimitError: busy", "429")), answer())
    assert (heard.text, heard.error) == ("Hello", None)
    assert isinstance(heard.retries[0][0], errors.RateLimitError)


def test_error_json_with_status_200() -> None:
    heard, _ = hear(reply(200, {"error": {"message": "ContextWindowExceededError", "code": "400"}}))
    assert isinstance(heard.error, errors.ContextTooLongError)


@pytest.mark.parametrize("end", [CUT, RESET])
def test_cut_stream(end: Any) -> None:
    heard, server = hear(stream(frame("Half"), 0.05, end))
    assert isinstance(heard.error, errors.StreamCutError)
    assert heard.text == "Half"
    assert heard.retries == []
    assert len(server.chats) == 1


def test_a_stream_that_ends_without_an_end_is_cut_too() -> None:
    heard, _ = hear(stream(frame("Half"), frame("torn")[:30]))
    assert isinstance(heard.error, errors.StreamCutError)
    assert heard.text == "Half"


def test_an_event_stream_without_any_answer() -> None:
    heard, _ = hear(stream(b": ping\n\n"))
    assert isinstance(heard.error, errors.StreamCutError)


def test_stalled_stream() -> None:
    begun = time.monotonic()
    heard, server = hear(stream(frame("Half"), STALL), stall_timeout_s=0.4)
    assert isinstance(heard.error, errors.StallError)
    assert "0.4 seconds" in str(heard.error)
    assert heard.text == "Half"
    assert 0.4 <= time.monotonic() - begun < 3
    assert server.disconnected.wait(1)


def test_a_gateway_that_never_begins_to_answer() -> None:
    heard, _ = hear([STALL], stall_timeout_s=0.3)
    assert isinstance(heard.error, errors.StallError)
    assert heard.retries == []


def test_bytes_of_any_kind_keep_the_watchdog_quiet() -> None:
    steps: list[bytes | float] = [part for _ in range(8) for part in (b": ping\n\n", 0.1)]
    heard, _ = hear(stream(frame("a"), *steps, frame(finish="stop"), DONE), stall_timeout_s=0.4)
    assert heard.error is None


def test_non_json_frame() -> None:
    heard, _ = hear(stream(frame("Half"), event("{oops"), frame("never")))
    assert isinstance(heard.error, errors.ProtocolError)
    assert "{oops" in heard.error.detail
    assert heard.text == "Half"


@pytest.mark.parametrize("data", ["[1, 2]", '"text"', "3", "null"])
def test_json_that_is_no_chunk(data: str) -> None:
    heard, _ = hear(stream(frame("Half"), event(data)))
    assert isinstance(heard.error, errors.ProtocolError)
    assert heard.text == "Half"


@pytest.mark.parametrize("text", ["upstream connect error", "OK", "\n dated 1999", "event"])
def test_plain_words_with_status_200(text: str) -> None:
    heard, _ = hear(reply(200, text))
    assert isinstance(heard.error, errors.ProtocolError if text != "event" else errors.StreamCutError)
    if text != "event":
        assert text.strip() in heard.error.detail


@pytest.mark.parametrize("status", [200, 403, 404])
def test_a_web_page(status: int) -> None:
    heard, _ = hear(reply(status, "\n<!DOCTYPE html><title>Sign in</title><body>"))
    assert isinstance(heard.error, errors.ProtocolError)
    assert "web page" in str(heard.error)
    assert "Sign in" in heard.error.detail


def test_a_redirect_is_not_followed() -> None:
    heard, server = hear(reply(307, headers={"Location": "https://elsewhere.example.com/v1"}))
    assert isinstance(heard.error, errors.ProtocolError)
    assert "elsewhere.example.com" in str(heard.error)
    assert len(server.requests) == 1


def test_an_answer_that_is_no_http() -> None:
    heard, _ = hear([b"SSH-2.0-OpenSSH_9.2\r\n\r\n", CUT])
    assert isinstance(heard.error, errors.ProtocolError)


def test_an_error_body_that_drags_on_or_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat2anyllm_desktop.llm.attempt._REFUSAL_S", 0.2)
    for last in (STALL, FOREVER):
        heard, server = hear(stream(b"x" * 100, last, status=500))
        assert isinstance(heard.error, errors.GatewayFaultError)
        assert server.disconnected.wait(1)


def test_stream_options_are_left_out_for_a_server_that_refuses_them() -> None:
    def script(request: Any) -> Script:
        if "stream_options" in request.json:
            return refusal(400, "Unrecognized request argument supplied: stream_options")
        return answer()

    async def ask(url: str) -> list[Heard]:
        client = GatewayClient(url, KEY)
        found = [await listen(client), await listen(client)]
        await client.aclose()
        return found

    with serve(script) as server:
        assert [heard.text for heard in run(ask(server.url))] == ["Hello", "Hello"]
        assert len(server.chats) == 3


@pytest.mark.parametrize(
    "script",
    [
        refusal(500, "boom"),
        refusal(400, "boom"),
        refusal(429, "boom"),
        refusal(404, "boom"),
        stream(frame("Half"), error_frame("boom")),
        stream(frame("Half"), event("{oops")),
        stream(frame("Half"), CUT),
        stream(frame("Half"), STALL),
        [STALL],
        [CUT],
        reply(200, "<html>"),
    ],
)
def test_an_end_with_a_name_is_called_by_it(script: Script) -> None:
    async def ask(url: str) -> Heard:
        client = GatewayClient(url, KEY, stall_timeout_s=0.2, name="the small model")
        heard = await listen(client)
        await client.aclose()
        return heard

    with serve(script) as server:
        heard = run(ask(server.url))
    assert heard.error is not None
    for error in (heard.error, *(error for error, _, _ in heard.retries)):
        assert "127.0.0.1" not in str(error)
        assert "small model" in str(error)
        assert str(error)[:1].isupper()


def test_a_named_end_that_is_not_there_is_not_waited_for() -> None:
    with serve() as server:
        url = server.url
    heard = run(listen(GatewayClient(url, KEY, name="the small model")))
    assert str(heard.error) == "The small model cannot be reached."
    assert heard.retries == []


# Stopping ----------------------------------------------------------------------------------------------------------

ENDLESS = stream(frame("more "), FOREVER)


async def _asked(server: Server) -> None:
    """Wait until the server has the request, and a moment more for what it answers at once."""
    while not server.chats:  # noqa: ASYNC110 - another thread counts them
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)


def _assert_disconnected_soon(server: Server, since: float) -> None:
    assert server.disconnected.wait(1), "the server did not see the socket close"
    assert server.disconnected_at - since < 1


def test_aclose_of_the_stream_closes_the_socket() -> None:
    async def ask(url: str) -> float:
        client = GatewayClient(url, KEY)
        deltas = client.stream_chat(REQUEST)
        assert (await anext(deltas)).text
        since = time.monotonic()
        await deltas.aclose()
        await asyncio.sleep(0.2)
        await client.aclose()
        return since

    with serve(ENDLESS) as server:
        _assert_disconnected_soon(server, run(ask(server.url)))


@pytest.mark.parametrize("script", [ENDLESS, stream(frame("a"), STALL), [STALL]])
def test_cancelling_closes_the_socket(script: Script) -> None:
    async def ask(url: str) -> float:
        client = GatewayClient(url, KEY)
        task = asyncio.create_task(listen(client))
        await _asked(server)
        since = time.monotonic()
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        await asyncio.sleep(0.2)
        await client.aclose()
        return since

    with serve(script) as server:
        _assert_disconnected_soon(server, run(ask(server.url)))


def test_breaking_out_of_the_loop_closes_the_socket() -> None:
    async def ask(url: str) -> float:
        client = GatewayClient(url, KEY)
        async for _ in client.stream_chat(REQUEST):
            break
        since = time.monotonic()
        await asyncio.sleep(0.3)
        await client.aclose()
        return since

    with serve(ENDLESS) as server:
        _assert_disconnected_soon(server, run(ask(server.url)))


def test_closing_the_client_ends_its_streams() -> None:
    async def ask(url: str) -> Heard:
        client = GatewayClient(url, KEY)
        task = asyncio.create_task(listen(client))
        await _asked(server)
        await client.aclose()
        return await task

    with serve(ENDLESS) as server:
        heard = run(ask(server.url))
        assert isinstance(heard.error, errors.StreamCutError)
        assert server.disconnected.wait(1)


def test_a_client_that_was_closed_opens_nothing_any_more() -> None:
    """A retry waits while the settings replace the client."""

    async def ask(url: str) -> Heard:
        client = GatewayClient(url, KEY)
        task = asyncio.create_task(listen(client))
        await _asked(server)
        await client.aclose()
        return await task

    with pytest.MonkeyPatch.context() as patch, serve(refusal(503, "busy"), answer()) as server:
        patch.setattr(client_module, "FIRST_DELAY_S", 0.3)
        heard = run(ask(server.url))
        assert isinstance(heard.error, errors.StreamCutError)
        assert len(server.chats) == 1


def test_a_slow_consumer_holds_the_sender_back() -> None:
    async def ask(url: str) -> int:
        client = GatewayClient(url, KEY, stall_timeout_s=0.3)
        deltas = client.stream_chat(REQUEST)
        await anext(deltas)
        await asyncio.sleep(1.0)  # Longer than the stall timeout: it is us who are slow.
        largest = 0
        for _ in range(20):
            largest = max(largest, len((await anext(deltas)).text))
        await deltas.aclose()
        await client.aclose()
        return largest

    big = frame("x" * 200_000)
    with serve([*stream(CUT)[:1], *[chunk(big)] * 40, chunk(DONE), b"0\r\n\r\n"]) as server:
        assert 0 < run(ask(server.url)) < 4_000_000


# Other loops, models -----------------------------------------------------------------------------------------------


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


def names(*scripts: Any) -> tuple[list[str], Server]:
    async def ask(url: str) -> list[str]:
        client = GatewayClient(url, KEY)
        try:
            return [model.name for model in await client.list_models()]
        finally:
            await client.aclose()

    with serve(*scripts) as server:
        return run(ask(server.url)), server


def listing(info: Script, plain: Script) -> Any:
    return lambda request: info if request.path == "/v1/model/info" else plain


PLAIN = reply(200, {"data": [{"id": "a"}, {"id": "b"}]})


@pytest.mark.parametrize(
    "info",
    [
        refusal(404, "no"),
        refusal(405, "no"),
        refusal(403, "no"),
        refusal(400, "no"),
        reply(200, "<html>an app</html>"),
        reply(200, "not json"),
        reply(200, {"object": "list"}),
        reply(200, {"data": []}),
    ],
)
def test_servers_without_litellms_list(info: Script) -> None:
    found, server = names(listing(info, PLAIN))
    assert found == ["a", "b"]
    assert [request.path for request in server.requests] == ["/v1/model/info", "/v1/models"]


def test_wildcards_are_looked_up() -> None:
    info = reply(200, {"data": [{"model_name": "b", "model_info": {"mode": "chat"}}, {"model_name": "x/*"}]})
    assert names(listing(info, PLAIN))[0] == ["b", "a"]
    assert names(listing(info, refusal(500, "no")))[0] == ["b"]


@pytest.mark.parametrize(
    ("info", "plain", "expected"),
    [
        (refusal(401, "no"), PLAIN, errors.AuthenticationError),
        (refusal(500, "no"), PLAIN, errors.GatewayFaultError),
        (
            refusal(400, "No connected db.", kind="no_db_connection"),
            refusal(400, "No", kind="no_db_connection"),
            None,
        ),
        (reply(200, "<html>"), reply(200, "<html>"), errors.ProtocolError),
        (refusal(404, "no"), reply(200, "oops"), errors.ProtocolError),
        (refusal(404, "no"), reply(200, {"x": 1}), errors.ProtocolError),
    ],
)
def test_no_list_at_all(info: Script, plain: Script, expected: type[errors.GatewayError] | None) -> None:
    with pytest.raises(expected or errors.AuthenticationError):
        names(listing(info, plain))


def test_a_list_that_stalls() -> None:
    async def ask(url: str) -> None:
        client = GatewayClient(url, KEY, stall_timeout_s=0.2)
        try:
            await client.list_models()
        finally:
            await client.aclose()

    with serve(lambda _request: [STALL]) as server, pytest.raises(errors.StallError):
        run(ask(server.url))


def test_nothing_about_the_client_shows_the_key() -> None:
    client = GatewayClient(f"https://user:{KEY}@gateway.example.com", KEY)
    assert KEY not in repr(client) + client.host
