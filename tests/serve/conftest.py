"""The HTTP face as its own process, over a real history and a real gateway."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.real.postgres import Server
from tests.real.process import end_with_parent

PASSWORD = secrets.token_urlsafe(16)
READY_S = 60.0


class Face:
    """``chat2anyllm serve`` in a home of its own; ``client`` asks it with a token."""

    program: Sequence[str] = (sys.executable, "-m", "chat2anyllm_desktop")

    def __init__(self, home: Path, environment: Mapping[str, str], *arguments: str) -> None:
        self.home = home
        self.log = home / "serve.log"
        self._arguments = arguments
        inherited = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        self._environment = {
            **inherited,
            "HOME": str(home),
            "CHAT2ANYLLM_HOME": str(home / "c2a"),
            "CHAT2ANYLLM_KEYRING": "off",
            "CHAT2ANYLLM_SERVE_PASSWORD": PASSWORD,
            "PYTHONPATH": os.getcwd(),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.client = httpx.Client()

    def start(self) -> Face:
        self.log.write_bytes(b"")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.program, "serve", "--port", "0", *self._arguments],
                env=self._environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent if sys.platform == "linux" else None,
            )
        deadline = time.monotonic() + READY_S
        while (found := re.search(r"answers at (http://\S+)/api", self.written)) is None:
            assert self._process.poll() is None, self.written
            assert time.monotonic() < deadline, "it did not begin to serve"
            time.sleep(0.02)
        self.url = found[1]
        self.client.close()
        self.client = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        return self

    def log_in(self) -> Face:
        answer = self.client.post("/api/login", json={"username": "admin", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return self

    @property
    def written(self) -> str:
        """What it said on its terminal."""
        return self.log.read_text(errors="replace")

    @property
    def token(self) -> str:
        return str(self.client.headers["Authorization"]).removeprefix("Bearer ")

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """End it; its status."""
        assert self._process is not None
        self._process.send_signal(sign)
        return self._process.wait(30)

    def close(self) -> None:
        self.client.close()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    # Short forms ---------------------------------------------------------------------------------------------------------
    def new_session(self) -> str:
        answer = self.client.post("/api/sessions", json={})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def messages(self, session: str) -> list[dict[str, Any]]:
        answer = self.client.get(f"/api/sessions/{session}/messages")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    def wait_for(self, what: Callable[[], object], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, f"it did not come to that; it said: {self.written[-3000:]}"
            time.sleep(0.02)


MakeFace = Callable[..., Face]


@pytest.fixture
def make_face(tmp_path: Path) -> Iterator[MakeFace]:
    """``make_face(LITELLM_BASE_URL=…, arguments=(…))``, started and logged in."""
    made: list[Face] = []

    def make(*arguments: str, logged_in: bool = True, **environment: str) -> Face:
        home = tmp_path / f"user{len(made)}"
        home.mkdir()
        face = Face(home, environment, *arguments)
        made.append(face)
        face.start()
        return face.log_in() if logged_in else face

    yield make
    for face in made:
        face.close()


@pytest.fixture(params=["sqlite", "postgres"])
def history(request: pytest.FixtureRequest, new_database: Callable[[Server], str]) -> dict[str, str]:
    """Settings of a history of each kind."""
    if request.param == "sqlite":
        return {}
    return {"DATABASE_URL": new_database(request.getfixturevalue("postgres_server"))}
