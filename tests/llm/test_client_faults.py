"""The client against a gateway on loopback that misbehaves in every way we know."""

from __future__ import annotations

import time
from typing import Any

import pytest

from chat2anyllm_desktop.core import errors
from chat2anyllm_desktop.llm.client import GatewayClient
from tests.llm.hearing import KEY, Heard, hear, listen, run
from tests.llm.misbehaving import (
    CUT,
    DONE,
    FOREVER,
    RESET,
    STALL,
    Script,
    answer,
    error_frame,
    event,
    frame,
    refusal,
    reply,
    serve,
    stream,
)

pytestmark = pytest.mark.usefixtures("quick_retries")


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
