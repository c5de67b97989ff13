"""Streams: passed on as they come, ended with who asked, and nothing lost when something dies."""

from __future__ import annotations

import json
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from tests.llm.misbehaving import CUT, DONE, STALL, Script, Server, answer, frame, serve, stream
from tests.real.postgres import OwnServer, execute
from tests.serve.conftest import Face, MakeFace


def said(text: str) -> dict[str, str]:
    return {"model": "m", "message": text}


@pytest.fixture
def script() -> list[Script]:
    """What the gateway does next; replaced by the test."""
    return [answer()]


@pytest.fixture
def gateway(script: list[Script]) -> Iterator[Server]:
    with serve(lambda _request: script[0]) as server:
        yield server


@pytest.fixture
def face(make_face: MakeFace, gateway: Server) -> Face:
    return make_face(LITELLM_BASE_URL=gateway.url)


def asked_and_left(face: Face, session: str, until: bytes) -> None:
    """Ask in a session, read until something has come, and go away."""
    path = f"/api/sessions/{session}/chat/stream"
    with face.client.stream("POST", path, json=said("Tell me")) as response:
        came = b""
        for piece in response.iter_raw():
            came += piece
            if until in came:
                return
    raise AssertionError(came)


def test_the_bytes_are_those_of_the_gateway(face: Face, script: list[Script]) -> None:
    odd = [b": a comment\n\n", frame("Grüße 世界"), b"event: x\ndata: {}\n\n", frame("\U0001f600"), DONE]
    script[0] = stream(*odd)
    session = face.new_session()
    streamed = face.client.post(f"/api/sessions/{session}/chat/stream", json=said("Hi"))
    assert streamed.content == b"".join(odd)
    relayed = face.client.post(
        "/api/chat/completions/stream", json={"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    )
    assert relayed.content == b"".join(odd)


ERROR = b'data: {"error": {"message": "it broke", "code": "500"}}\n\n'


@pytest.mark.parametrize(
    "pieces",
    [
        [frame("Hello"), DONE[:-1], 0.05, DONE[-1:]],
        [frame("Hello"), DONE, 0.05, b": good-bye\n\n"],
        [frame("Hello"), ERROR, 0.05, DONE],
        [ERROR, 0.05, DONE],
        [frame("Hello"), b"data: {torn}\n\n", 0.05, frame("Hello"), DONE],
    ],
    ids=["cut in its end", "after the end", "after an error", "an error first", "no frame"],
)
def test_the_bytes_go_on_to_their_end(face: Face, script: list[Script], pieces: Script) -> None:
    script[0] = stream(*pieces)
    path = f"/api/sessions/{face.new_session()}/chat/stream"
    answered = face.client.post(path, json=said("Hi"))
    assert answered.status_code == 200
    assert answered.content == b"".join(piece for piece in pieces if isinstance(piece, bytes))


def test_a_piece_is_passed_on_before_the_next_comes(face: Face, script: list[Script]) -> None:
    go_on = threading.Event()
    script[0] = stream(frame("First"), go_on, frame("Second"), DONE)
    path = f"/api/sessions/{face.new_session()}/chat/stream"
    with face.client.stream("POST", path, json=said("Hi")) as response:
        pieces = response.iter_raw()
        assert b"First" in next(pieces)
        go_on.set()
        assert b"Second" in b"".join(pieces)


def test_who_goes_away_ends_the_request_and_keeps_what_came(
    face: Face, script: list[Script], gateway: Server
) -> None:
    script[0] = stream(frame("Half an answer"), STALL)
    session = face.new_session()
    asked_and_left(face, session, b"Half an answer")
    assert gateway.disconnected.wait(5), "the gateway still generates"
    face.wait_for(lambda: len(face.messages(session)) == 2)
    assert face.messages(session)[1]["content"] == "Half an answer"


def test_who_goes_away_before_the_first_word_ends_the_request(
    face: Face, script: list[Script], gateway: Server
) -> None:
    script[0] = [STALL]
    session = face.new_session()
    where = urlsplit(face.url)
    body = json.dumps(said("Hi")).encode()
    with socket.create_connection((where.hostname or "", where.port or 0)) as connection:
        head = (
            f"POST /api/sessions/{session}/chat/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {face.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        face.wait_for(lambda: gateway.chats)
    assert gateway.disconnected.wait(5)


def test_a_relayed_stream_ends_with_who_asked(face: Face, script: list[Script], gateway: Server) -> None:
    script[0] = stream(frame("Half"), STALL)
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    with face.client.stream("POST", "/api/chat/completions/stream", json=body) as response:
        next(response.iter_raw())
    assert gateway.disconnected.wait(5)


def test_a_stream_that_breaks_off_says_so(face: Face, script: list[Script]) -> None:
    script[0] = [*stream(frame("Half"), b'data: {"id')[:-1], CUT]
    session = face.new_session()
    answered = face.client.post(f"/api/sessions/{session}/chat/stream", json=said("Hi"))
    first, torn, last = answered.content.removesuffix(b"\n\n").split(b"\n\n")
    assert b"Half" in first
    assert torn == b'data: {"id', "as it came, and what is told of it stands apart"
    assert json.loads(last.removeprefix(b"data: "))["error"]["type"] == "StreamCutError"
    face.wait_for(lambda: len(face.messages(session)) == 2)
    assert face.messages(session)[1]["content"] == "Half"


@pytest.mark.parametrize("path", ["/api/models", "/api/chat/completions"])
def test_a_document_that_breaks_off_is_no_document(face: Face, script: list[Script], path: str) -> None:
    begin = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    script[0] = [begin + b'{"data": [', 0.05, CUT]
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    method = "GET" if path == "/api/models" else "POST"
    answered = face.client.request(method, path, json=body)
    assert answered.status_code == 502
    assert "ended before the answer was complete" in answered.json()["error"]


def test_a_refusal_that_breaks_off_keeps_its_status(face: Face, script: list[Script]) -> None:
    script[0] = [b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{}", CUT]
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    assert face.client.post("/api/chat/completions", json=body).status_code == 400


@pytest.mark.parametrize("begun", [True, False])
def test_who_waits_is_told_that_the_server_ends(
    face: Face, script: list[Script], gateway: Server, begun: bool
) -> None:
    script[0] = stream(frame("Half"), STALL) if begun else [STALL]
    path = f"/api/sessions/{face.new_session()}/chat/stream"
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(lambda: face.client.post(path, json=said("Hi")))
        face.wait_for(lambda: gateway.chats)
        face.stop()
        answered = asking.result(20)
    assert answered.status_code == (200 if begun else 503)
    assert "The server is being ended." in answered.text


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_ending_the_server_in_the_middle(
    make_face: MakeFace, script: list[Script], gateway: Server, history: dict[str, str], sign: signal.Signals
) -> None:
    script[0] = stream(frame("Half an answer"), STALL)
    face = make_face(LITELLM_BASE_URL=gateway.url, **history)
    session = face.new_session()
    with ThreadPoolExecutor(1) as pool:
        left = pool.submit(_read_to_the_end, face, session)
        face.wait_for(lambda: any("Half" in m["content"] for m in face.messages(session)), 15)
        status = face.stop(sign)
        left.result(20)
    assert status == -sign, "who is told to end by a signal says so"
    assert gateway.disconnected.wait(5)
    face.start().log_in()
    asked, told = face.messages(session)
    assert (asked["content"], told["content"]) == ("Tell me", "Half an answer")


def _read_to_the_end(face: Face, session: str) -> None:
    try:
        face.client.post(f"/api/sessions/{session}/chat/stream", json=said("Tell me"))
    except httpx.HTTPError:
        return


def test_a_database_that_goes_away_in_the_middle(
    make_face: MakeFace, script: list[Script], gateway: Server, postgres_server: OwnServer, postgres_dsn: str
) -> None:
    go_on = threading.Event()
    script[0] = stream(frame("Half an answer"), go_on, frame(" and the rest of it"), DONE)
    face = make_face(LITELLM_BASE_URL=gateway.url, DATABASE_URL=postgres_dsn)
    session = face.new_session()
    path = f"/api/sessions/{session}/chat/stream"
    with face.client.stream("POST", path, json=said("Tell me")) as response:
        pieces = response.iter_raw()
        assert b"Half" in next(pieces)
        try:
            postgres_server.stop()
            go_on.set()
            rest = b"".join(pieces)
            assert b" and the rest of it" in rest
            assert rest.endswith(DONE), "who reads is not told of what is not theirs"
            assert face.client.get("/api/sessions").status_code == 503
            assert face.client.get("/api/health").status_code == 503
        finally:
            postgres_server.start()
    kept = "SELECT content FROM messages WHERE role = 'assistant' AND status = 'complete'"
    face.wait_for(lambda: execute(postgres_dsn, kept) == [("Half an answer and the rest of it",)], 40)
    assert face.client.get("/api/health").status_code == 200


@pytest.mark.skipif(sys.platform == "win32", reason="there a process cannot be made to hang")
def test_a_database_that_hangs(
    make_face: MakeFace, script: list[Script], gateway: Server, postgres_server: OwnServer, postgres_dsn: str
) -> None:
    go_on = threading.Event()
    script[0] = stream(frame("Half an answer"), go_on, frame(" and more"), STALL)
    face = make_face(LITELLM_BASE_URL=gateway.url, DATABASE_URL=postgres_dsn)
    session = face.new_session()
    path = f"/api/sessions/{session}/chat/stream"
    with face.client.stream("POST", path, json=said("Tell me")) as response:
        pieces = response.iter_raw()
        assert b"Half" in next(pieces)
        with postgres_server.hanging():
            go_on.set()
            assert b"and more" in next(pieces)
            assert face.client.get("/api/health").status_code == 503
            face.stop()
    face.start().log_in()
    assert face.messages(session)[1]["content"] == "Half an answer and more"


def test_fifty_at_once_lose_nothing(face: Face, script: list[Script]) -> None:
    words = [f"word{number} " for number in range(200)]
    script[0] = stream(*[frame(word) for word in words], DONE)
    expected = b"".join([*(frame(word) for word in words), DONE])
    sessions = [face.new_session() for _ in range(50)]

    def ask(session: str) -> bytes:
        with httpx.Client(
            base_url=face.url, headers=face.client.headers, timeout=60, trust_env=False
        ) as client:
            return client.post(f"/api/sessions/{session}/chat/stream", json=said("Go")).content

    with ThreadPoolExecutor(50) as pool:
        for answered in pool.map(ask, sessions):
            assert answered == expected
    for session in sessions:
        face.wait_for(lambda session=session: len(face.messages(session)) == 2)
        assert face.messages(session)[1]["content"] == "".join(words)
