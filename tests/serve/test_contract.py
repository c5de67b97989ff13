"""The requests and responses of the web edition, over real HTTP, on both histories, with a real LiteLLM."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import datetime

import httpx
import pytest
from starlette.requests import Request

from chat2anyllm_desktop.serve.bodies import read_body
from chat2anyllm_desktop.serve.refusals import Refusal
from tests.llm.misbehaving import CUT, frame, refusal, stream
from tests.real.gateway import HELLO, Gateway, Upstream
from tests.serve.conftest import Face, MakeFace
from tests.serve.eavesdropper import eavesdrop


@pytest.fixture
def face(make_face: MakeFace, history: dict[str, str], litellm_gateway: Gateway) -> Face:
    return make_face(
        LITELLM_BASE_URL=litellm_gateway.base_url, LITELLM_API_KEY=litellm_gateway.key, **history
    )


def frames(body: bytes) -> list[str]:
    return [part.removeprefix("data: ") for part in body.decode().split("\n\n") if part.startswith("data: ")]


def text_of(body: bytes) -> str:
    deltas = [json.loads(frame) for frame in frames(body) if frame != "[DONE]"]
    return "".join(d["choices"][0]["delta"].get("content") or "" for d in deltas if d["choices"])


def test_sessions_and_their_messages(face: Face) -> None:
    client = face.client
    assert client.get("/api/sessions").json() == []
    made = client.post("/api/sessions", json={"title": "Release notes"})
    assert made.status_code == 201
    session = made.json()
    assert set(session) == {"id", "title", "created_at", "updated_at"}
    assert session["title"] == "Release notes"
    assert datetime.fromisoformat(session["created_at"]).tzinfo is not None
    untitled = client.post("/api/sessions")
    assert (untitled.status_code, untitled.json()["title"]) == (201, "New Chat")
    assert [each["id"] for each in client.get("/api/sessions").json()] == [
        untitled.json()["id"],
        session["id"],
    ]
    assert client.get(f"/api/sessions/{session['id']}/messages").json() == []
    gone = client.delete(f"/api/sessions/{session['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert client.delete(f"/api/sessions/{session['id']}").status_code == 404
    assert client.get(f"/api/sessions/{session['id']}/messages").status_code == 404
    assert client.get("/api/sessions/no-id/messages").status_code == 404


def test_a_turn_is_streamed_and_kept(face: Face) -> None:
    session = face.new_session()
    path = f"/api/sessions/{session}/chat/stream"
    answer = face.client.post(path, json={"model": "hello", "message": "Good morning"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert text_of(answer.content) == HELLO
    assert frames(answer.content)[-1] == "[DONE]"
    face.wait_for(lambda: len(face.messages(session)) == 2)
    asked, told = face.messages(session)
    assert set(asked) == {"id", "role", "content", "timestamp"}
    assert (asked["role"], asked["content"]) == ("user", "Good morning")
    assert (told["role"], told["content"]) == ("assistant", HELLO)
    assert datetime.fromisoformat(asked["timestamp"]) < datetime.fromisoformat(told["timestamp"])
    assert face.client.get("/api/sessions").json()[0]["title"] == "Good morning"


@pytest.mark.parametrize("breaks_off", [False, True])
def test_a_stream_is_what_litellm_sent(
    make_face: MakeFace, litellm_gateway: Gateway, upstream: Upstream, breaks_off: bool
) -> None:
    if breaks_off:
        upstream.script = [*stream(frame("Hel"), 0.3, frame("lo"), 0.3)[:-1], CUT]
    with eavesdrop(litellm_gateway.base_url) as between:
        face = make_face(LITELLM_BASE_URL=between.url, LITELLM_API_KEY=litellm_gateway.key)
        path = f"/api/sessions/{face.new_session()}/chat/stream"
        said = face.client.post(path, json={"model": "scripted", "message": f"Hi {uuid.uuid4()}"})
        assert said.status_code == 200
        assert said.content == between.body()
        assert (b'"error"' in said.content) == breaks_off
        asked = {"model": "scripted", "messages": [{"role": "user", "content": f"Hi {uuid.uuid4()}"}]}
        passed = face.client.post("/api/chat/completions/stream", json=asked)
        assert passed.content == between.body()


def test_the_whole_history_is_sent(face: Face, upstream: Upstream) -> None:
    session = face.new_session()
    first = f"One {session}"  # Nobody asked that before: the gateway has a cache.
    for text in (first, "Two"):
        face.client.post(f"/api/sessions/{session}/chat/stream", json={"model": "scripted", "message": text})
    sent = upstream.requests[-1].json["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]
    assert [message["content"] for message in sent] == [first, "Hello", "Two"]


def test_roles(face: Face) -> None:
    client = face.client
    wanted = {"name": "Reviewer", "instructions": "Be strict."}
    made = client.post("/api/roles", json=wanted)
    assert made.status_code == 201
    role = made.json()
    assert set(role) == {"id", "name", "instructions", "created_at", "updated_at"}
    again = client.post("/api/roles", json=wanted)
    assert (again.status_code, again.json()["field"]) == (409, "name")
    changed = client.put(f"/api/roles/{role['id']}", json={"instructions": "Be kind."})
    assert (changed.status_code, changed.json()["instructions"]) == (200, "Be kind.")
    assert changed.json()["name"] == "Reviewer"
    other = client.post("/api/roles", json={"name": "Writer", "instructions": "Write."}).json()
    assert client.put(f"/api/roles/{other['id']}", json={"name": "Reviewer"}).status_code == 409
    assert [each["name"] for each in client.get("/api/roles").json()] == ["Reviewer", "Writer"]
    assert client.delete(f"/api/roles/{role['id']}").status_code == 204
    assert client.delete(f"/api/roles/{role['id']}").status_code == 404
    assert client.put(f"/api/roles/{uuid.uuid4()}", json={"name": "X"}).status_code == 404


def test_models_and_completions_are_passed_on(face: Face, litellm_gateway: Gateway) -> None:
    with httpx.Client(headers={"Authorization": f"Bearer {litellm_gateway.key}"}, trust_env=False) as direct:
        there = direct.get(f"{litellm_gateway.base_url}/v1/model/info")
    models = face.client.get("/api/models")
    assert models.status_code == 200
    assert models.json() == there.json()
    request = {"model": "hello", "messages": [{"role": "user", "content": "Hi"}], "temperature": 0}
    whole = face.client.post("/api/chat/completions", json={**request, "stream": True})
    assert whole.json()["choices"][0]["message"]["content"] == HELLO
    streamed = face.client.post("/api/chat/completions/stream", json=request)
    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert text_of(streamed.content) == HELLO
    assert face.client.get("/api/sessions").json() == [], "nothing is kept of it"


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/api/roles", {"name": "X"}, "instructions"),
        ("POST", "/api/roles", {"name": " ", "instructions": "Y"}, "name"),
        ("POST", "/api/roles", {"name": "x" * 101, "instructions": "Y"}, "name"),
        ("POST", "/api/sessions", {"title": 7}, "title"),
        ("POST", "/api/sessions/{id}/chat/stream", {"model": "hello"}, "message"),
        ("POST", "/api/sessions/{id}/chat/stream", {"model": "hello", "message": "x" * 200_001}, "message"),
        ("POST", "/api/sessions/{id}/chat/stream", {"message": "Hi"}, "model"),
        ("POST", "/api/chat/completions", {"model": "hello", "messages": []}, "messages"),
        (
            "POST",
            "/api/chat/completions",
            {"model": "hello", "messages": [{"content": "x"}]},
            "messages.0.role",
        ),
    ],
)
def test_bad_input_is_refused_with_the_field(
    make_face: MakeFace, method: str, path: str, body: dict[str, object], field: str
) -> None:
    face = make_face(LITELLM_BASE_URL="http://127.0.0.1:9")
    answer = face.client.request(method, path.replace("{id}", face.new_session()), json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["field"] == field
    assert answer.json()["error"]


def test_bodies_that_cannot_be_read(make_face: MakeFace) -> None:
    client = make_face().client
    client.headers["Content-Type"] = "application/json"
    assert client.post("/api/roles", content=b"{nothing").status_code == 400
    assert client.post("/api/roles", content=b"[1]").status_code == 400
    assert client.post("/api/roles", content=b"[" * 100_000).status_code == 400
    assert client.post("/api/roles", content=b"x" * (1024 * 1024 + 1)).status_code == 413

    def pieces() -> object:
        for _ in range(20):
            yield b"x" * 100_000

    assert client.post("/api/roles", content=pieces()).status_code == 413  # type: ignore[arg-type] # a generator
    # As a page of another origin may send it without being asked whether it may.
    plain = {"Content-Type": "text/plain"}
    assert (
        client.post("/api/login", json={"username": "a", "password": "b"}, headers=plain).status_code == 400
    )
    too_large = b'{"model": "m", "messages": [{"role": "user", "content": "x"}], "temperature": 1e999}'
    assert client.post("/api/chat/completions", content=too_large).status_code == 400
    slash = client.get("/api/roles/")
    assert (slash.status_code, slash.headers.get("location")) == (404, None)
    assert client.get("/api/nothing").json() == {"error": "There is nothing here."}
    assert client.patch("/api/roles").status_code == 405


def test_a_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat2anyllm_desktop.serve.bodies.BODY_S", 0.05)

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(Refusal, match="did not come within") as refused:
        asyncio.run(read_body(request))
    assert refused.value.status == 400


def test_what_the_gateway_refuses(face: Face, upstream: Upstream) -> None:
    session = face.new_session()
    path = f"/api/sessions/{session}/chat/stream"
    unknown = face.client.post(path, json={"model": "no-such-model", "message": "Hi"})
    assert (unknown.status_code, unknown.json()["field"]) == (400, "model")
    upstream.script = refusal(500, "it broke")
    broken = face.client.post(path, json={"model": "scripted", "message": "Hi"})
    assert broken.status_code == 502
    assert broken.json()["error"]
    assert [m["content"] for m in face.messages(session) if m["role"] == "user"] == ["Hi", "Hi"]


def test_no_gateway(make_face: MakeFace) -> None:
    nobody = make_face(LITELLM_BASE_URL="http://127.0.0.1:9")
    session = nobody.new_session()
    body = {"model": "m", "message": "Hi"}
    assert nobody.client.post(f"/api/sessions/{session}/chat/stream", json=body).status_code == 502
    assert nobody.client.get("/api/models").status_code == 502
    none = make_face()
    assert none.client.get("/api/models").status_code == 502
    assert none.client.get("/api/health").json() == {"status": "ok", "database": "ok"}
