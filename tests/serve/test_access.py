"""Who may ask: tokens, passwords, addresses, origins."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request

from chat2anyllm_desktop.core.errors import SettingsError
from chat2anyllm_desktop.serve.access import TOKEN_S, Access
from chat2anyllm_desktop.serve.endpoints import TABLE
from chat2anyllm_desktop.serve.refusals import Refusal
from chat2anyllm_desktop.serve.server import find_place, listen
from tests.serve.conftest import PASSWORD, MakeFace


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def with_token(token: str) -> Request:
    return Request({"type": "http", "headers": [(b"authorization", f"Bearer {token}".encode())]})


def status_of(access: Access, address: str, username: str, password: str) -> int:
    try:
        access.login(address, username, password)
    except Refusal as refusal:
        return refusal.status
    return 200


def test_a_token_ends() -> None:
    clock = Clock()
    access = Access("admin", "right", clock=clock)
    token = access.login("a", "admin", "right")
    access.check(with_token(token))
    clock.now += TOKEN_S
    with pytest.raises(Refusal) as refused:
        access.check(with_token(token))
    assert refused.value.status == 401


@pytest.mark.parametrize(("username", "password"), [("admin", "wrong"), ("other", "right"), ("admin", "")])
def test_a_wrong_password(username: str, password: str) -> None:
    assert status_of(Access("admin", "right"), "a", username, password) == 401


def test_without_a_password_nobody_logs_in() -> None:
    access = Access("admin", "")
    assert status_of(access, "a", "admin", "") == 401
    access.check(with_token(access.new_token()))


def test_guessing_is_slowed_down() -> None:
    clock = Clock()
    access = Access("admin", "right", clock=clock)
    assert [status_of(access, "a", "admin", "wrong") for _ in range(6)] == [401] * 5 + [429]
    assert status_of(access, "a", "admin", "right") == 429, "nor is the right one told from the others now"
    assert status_of(access, "b", "admin", "right") == 200, "others are not kept from it"
    clock.now += 61
    assert status_of(access, "a", "admin", "right") == 200
    assert [status_of(access, "a", "admin", "right") for _ in range(20)] == [200] * 20


def test_guessing_from_many_addresses_is_slowed_down() -> None:
    access = Access("admin", "right", clock=Clock())
    statuses = [status_of(access, f"address {number}", "admin", "wrong") for number in range(61)]
    assert statuses == [401] * 60 + [429]


def test_everything_but_health_and_login_wants_a_token(make_face: MakeFace) -> None:
    face = make_face(logged_in=False)
    open_paths = set()
    for endpoint in TABLE:
        path = endpoint.path.replace("{id}", "11111111-1111-4111-8111-111111111111")
        for token in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {PASSWORD}"}):
            answer = face.client.request(endpoint.method, path, headers=token, json={})
            if answer.status_code == 401:
                assert answer.headers["www-authenticate"].startswith("Bearer")
            else:
                open_paths.add(endpoint.path)
    assert open_paths == {"/api/health", "/api/login", "/slack/command"}
    assert face.client.post("/slack/command", content=b"command=/roles").status_code == 404


def test_a_token_for_the_run_where_there_is_no_password(make_face: MakeFace) -> None:
    face = make_face(logged_in=False, CHAT2ANYLLM_SERVE_PASSWORD="")
    assert face.client.post("/api/login", json={"username": "admin", "password": ""}).status_code == 401
    token = face.written.split("A token for this run: ")[1].split()[0]
    face.client.headers["Authorization"] = f"Bearer {token}"
    assert face.client.get("/api/sessions").status_code == 200


@pytest.mark.parametrize("password", ["", "  "])
def test_others_are_let_in_with_a_password_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("CHAT2ANYLLM_SERVE_PASSWORD", password)
    command = [sys.executable, "-m", "chat2anyllm_desktop", "serve", "--host", "0.0.0.0", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "no password is set" in done.stderr


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True), ("127.1", True), ("localhost", True), ("::1", True),
        ("0.0.0.0", False), ("0", False), ("::", False), ("192.0.2.1", False),
    ],
)  # fmt: skip
def test_who_reaches_an_address(host: str, is_loopback: bool) -> None:
    assert find_place(host, 0).is_loopback == is_loopback


def test_small_pieces_are_not_held_back() -> None:
    with listen(find_place("127.0.0.1", 0)) as listener:
        # What asyncio looks at before it switches off that TCP gathers small pieces.
        assert listener.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize("host", ["", "no such host", "x" * 70])
def test_no_address(host: str) -> None:
    with pytest.raises(SettingsError, match="There is no address"):
        find_place(host, 0)


def test_pages_of_other_origins(make_face: MakeFace) -> None:
    origin, foreign = "https://chat.example.com", "https://evil.example.com"
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "Authorization"}
    closed = make_face().client
    assert (
        "access-control-allow-origin" not in closed.get("/api/sessions", headers={"Origin": origin}).headers
    )
    named = make_face("--origin", origin).client
    assert (
        named.get("/api/sessions", headers={"Origin": origin}).headers["access-control-allow-origin"]
        == origin
    )
    preflight = named.options("/api/sessions", headers={"Origin": origin, **asked})
    assert preflight.status_code == 200
    assert named.options("/api/sessions", headers={"Origin": foreign, **asked}).status_code == 400
    assert (
        "access-control-allow-origin" not in named.get("/api/sessions", headers={"Origin": foreign}).headers
    )


def test_nothing_said_is_in_the_logs(make_face: MakeFace) -> None:
    face = make_face(LITELLM_BASE_URL="http://127.0.0.1:9", LITELLM_API_KEY="sk-quite-secret-key")
    session = face.new_session()
    said = {"model": "m", "message": "a private matter"}
    assert face.client.post(f"/api/sessions/{session}/chat/stream", json=said).status_code == 502
    face.client.post("/api/login", json={"username": "admin", "password": "a wrong password"})
    token = face.token
    face.stop()
    texts = face.written + "".join(p.read_text(errors="replace") for p in face.home.rglob("*.log*"))
    for secret in ("a private matter", "sk-quite-secret-key", "a wrong password", token, PASSWORD):
        assert secret not in texts


def test_a_busy_port(make_face: MakeFace, home: Path) -> None:
    face = make_face()
    port = httpx.URL(face.url).port
    command = [sys.executable, "-m", "chat2anyllm_desktop", "serve", "--port", str(port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"Port {port} of 127.0.0.1 cannot be listened to" in done.stderr
