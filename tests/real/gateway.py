"""A real LiteLLM proxy for tests, with a real Redis and a real model behind it, and an upstream that does as it is told.

Everything is started once per test run, when the first test asks for it, and never reaches the network. The proxy serves
the project's own ``config.yaml`` and the test models below:

=================  =============================================================================
``hello``          says :data:`HELLO`, without an upstream
``mock-...``       LiteLLM's own mock errors: see :data:`MOCK_ERRORS`
``scripted``       the loopback server of the fixture ``upstream``; priced
``unreachable``    a provider where nobody listens
``slow``           ``scripted`` with a timeout of one second
``pinged``         ``scripted`` with a keep-alive comment every half second
``real``           the embedded engine with its real model, where that is installed
=================  =============================================================================
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chat2anyllm_desktop.llm.engine_process import EngineProcess, EngineStart, engine_command
from chat2anyllm_desktop.llm.local import EmbeddedEngine
from chat2anyllm_desktop.llm.model_file import packaged_path
from tests.llm.misbehaving import Request, Script, Server, answer, serve
from tests.real.process import ServerProcess, free_port

_ROOT = Path(__file__).parents[2]
_COMMAND_VARIABLE = "CHAT2ANYLLM_TEST_LITELLM"
_GATEWAY_READY_S = 120.0

HELLO = "Hello from the gateway, without any model behind it."
PRICES = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.002}
MOCK_ERRORS = {
    "mock-rate-limit": "litellm.RateLimitError",
    "mock-context": "litellm.ContextWindowExceededError",
    "mock-failure": "litellm.InternalServerError",
    "mock-filter": "Exception: content_filter_policy",
    "mock-midstream": "Exception: mock_streaming_error",
}


@dataclass(frozen=True, slots=True)
class Redis:
    """A redis-server with a password. ``process`` stops and starts it."""

    process: ServerProcess
    host: str
    port: int
    password: str

    def keys(self) -> int:
        """How many keys it holds."""
        with socket.create_connection((self.host, self.port), timeout=5) as connection:
            connection.sendall(f"AUTH {self.password}\r\nDBSIZE\r\n".encode())
            reply = b""
            while reply.count(b"\r\n") < 2:
                reply += connection.recv(1024)
        return int(reply.split(b"\r\n")[1].removeprefix(b":"))


@dataclass(frozen=True, slots=True)
class Engine:
    """The embedded engine as a server by itself."""

    base_url: str
    key: str
    model: str


class Upstream:
    """The provider behind the models ``scripted``, ``slow`` and ``pinged``."""

    def __init__(self) -> None:
        self.script: Script = answer()
        self.server: Server | None = None

    def choose(self, _request: Request) -> Script:
        return self.script

    @property
    def running(self) -> Server:
        assert self.server is not None
        return self.server

    @property
    def requests(self) -> list[Request]:
        return self.running.requests


class Gateway:
    """The running proxy."""

    def __init__(self, process: ServerProcess, port: int, key: str) -> None:
        self.base_url = f"http://127.0.0.1:{port}"
        """Without ``/v1``, as people write it."""
        self.key = key
        self._process = process

    @property
    def log_path(self) -> Path:
        """What the proxy wrote, for looking at a failure."""
        return self._process.log_path

    def start(self) -> None:
        """Start it again on the same port; takes some 10 seconds. Harmless when it runs."""
        self._process.start()

    def stop(self) -> None:
        """End it. A test that does so starts it again before it ends."""
        self._process.stop()


@pytest.fixture(scope="session")
def _redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis | None]:
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    folder, port, password = tmp_path_factory.mktemp("redis"), free_port(), secrets.token_urlsafe(12)
    options = {"bind": "127.0.0.1", "port": port, "requirepass": password, "save": '""', "dir": folder}
    server = ServerProcess(
        [program, "-"],
        folder=folder,
        environment={"PATH": os.environ["PATH"]},
        standard_input="".join(f"{name} {value}\n" for name, value in options.items()),
        answers=lambda: Redis(server, "127.0.0.1", port, password).keys() >= 0,
        ready_s=20,
    )
    try:
        server.start()
        yield Redis(server, "127.0.0.1", port, password)
    finally:
        server.stop()


@pytest.fixture(scope="session")
def redis_server(_redis: Redis | None) -> Redis:
    """A real Redis; the gateway's cache."""
    if _redis is None:
        pytest.skip("no redis-server is installed (Debian: apt-get install redis-server)")
    return _redis


@pytest.fixture(scope="session")
def _engine() -> Iterator[Engine | None]:
    if not EmbeddedEngine.installed():
        yield None
        return
    key, name = secrets.token_urlsafe(12), "smollm2"
    start = EngineStart(
        model_path=str(packaged_path()), model_name=name, key=key, threads=1, context_tokens=2048
    )
    process = EngineProcess(start, engine_command())
    try:
        deadline = time.monotonic() + 60
        while process.address is None:
            assert not process.ended, process.log_tail
            assert time.monotonic() < deadline, "the engine did not get ready"
            time.sleep(0.02)
        yield Engine(f"{process.address}/v1", key, name)
    finally:
        process.kill()
        while not process.ended:
            time.sleep(0.01)


@pytest.fixture(scope="session")
def embedded_engine_server(_engine: Engine | None) -> Engine:
    """The real small model, served on loopback."""
    if _engine is None:
        pytest.skip("the embedded engine is not installed (make test installs it)")
    return _engine


@pytest.fixture(scope="session")
def _upstream() -> Iterator[Upstream]:
    upstream = Upstream()
    with serve(upstream.choose) as upstream.server:
        yield upstream


@pytest.fixture
def upstream(_upstream: Upstream) -> Upstream:
    """The scripted provider, as new: set ``script`` before asking the gateway."""
    _upstream.script = answer()
    _upstream.running.requests.clear()
    _upstream.running.disconnected.clear()
    return _upstream


@pytest.fixture(scope="session")
def litellm_gateway(
    tmp_path_factory: pytest.TempPathFactory,
    _redis: Redis | None,
    _engine: Engine | None,
    _upstream: Upstream,
) -> Iterator[Gateway]:
    """A real LiteLLM proxy in front of all of the above."""
    command = _litellm_command()
    folder, port, key = tmp_path_factory.mktemp("litellm"), free_port(), f"sk-{secrets.token_urlsafe(18)}"
    shutil.copy(_ROOT / "config.yaml", folder / "project.yaml")
    models = _test_models(_upstream.running, _engine)
    # JSON is YAML too.
    (folder / "config.yaml").write_text(json.dumps({"include": ["project.yaml"], "model_list": models}))
    process = ServerProcess(
        [str(command), "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)],
        folder=folder,
        environment=_environment(folder, key, _redis),
        answers=lambda: _is_ready(port),
        ready_s=_GATEWAY_READY_S,
    )
    try:
        process.start()
        yield Gateway(process, port, key)
    finally:
        process.stop()


def _litellm_command() -> Path:
    given = os.environ.get(_COMMAND_VARIABLE)
    command = Path(given) if given else _ROOT / ".venv-litellm" / "bin" / "litellm"
    if not command.exists():
        pytest.skip(
            f"no LiteLLM proxy at {command} (make test installs it; {_COMMAND_VARIABLE} names another)"
        )
    return command


def _test_models(upstream: Server, engine: Engine | None) -> list[dict[str, Any]]:
    scripted = {"model": "openai/scripted", "api_key": "sk-upstream-secret", "api_base": upstream.url}
    entries = [
        _model("hello", {"model": "openai/hello", "api_key": "none", "mock_response": HELLO}, PRICES),
        _model("scripted", scripted, {**PRICES, "max_input_tokens": 1000, "supports_vision": True}),
        _model("slow", {**scripted, "timeout": 1, "stream_timeout": 1}),
        _model("pinged", {**scripted, "keepalive_seconds": 0.5}),
        _model("unreachable", {**scripted, "api_base": f"http://127.0.0.1:{free_port()}/v1"}),
        _model("embeddings", {"model": "openai/embeddings", "api_key": "none"}, {"mode": "embedding"}),
    ]
    for name, said in MOCK_ERRORS.items():
        entries.append(_model(name, {"model": f"openai/{name}", "api_key": "none", "mock_response": said}))
    if engine is not None:
        real = {"model": f"openai/{engine.model}", "api_key": engine.key, "api_base": engine.base_url}
        entries += [_model("real", real), _model("real", {**real, "temperature": 0.5})]
    return entries


def _model(name: str, parameters: dict[str, Any], info: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"model_name": name, "litellm_params": parameters, "model_info": {"mode": "chat", **(info or {})}}


def _environment(folder: Path, key: str, redis: Redis | None) -> dict[str, str]:
    """Nothing of ours but PATH; and a proxy where nobody listens, so that whatever wants the network fails at once."""
    nowhere = "http://127.0.0.1:9"
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LITELLM_MASTER_KEY": key,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": str(redis.port) if redis is not None else "1",
        "REDIS_PASSWORD": redis.password if redis is not None else "none",
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1",
        "PYTHONUNBUFFERED": "1",
    }


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/liveliness")
        return connection.getresponse().status == 200
    except http.client.HTTPException:
        return False
    finally:
        connection.close()
