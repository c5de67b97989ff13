"""Both ends of the engine's child process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from chat2anyllm_desktop.llm.engine_process import EngineProcess, EngineStart, engine_command
from chat2anyllm_desktop.llm.local import EmbeddedEngine
from chat2anyllm_desktop.llm.model_file import packaged_path

_ROOT = Path(__file__).parents[2]
_KEY = "a-key-of-the-test"

pytestmark = pytest.mark.skipif(
    not EmbeddedEngine.installed(), reason="the embedded engine is not installed (make test installs it)"
)


def _start() -> EngineProcess:
    start = EngineStart(
        model_path=str(packaged_path()), model_name="small", key=_KEY, threads=1, context_tokens=512
    )
    return EngineProcess(start, engine_command())


def _wait_for_end(process: EngineProcess) -> None:
    deadline = time.monotonic() + 20
    while not process.ended:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def process() -> Iterator[EngineProcess]:
    process = _start()
    deadline = time.monotonic() + 60
    while process.address is None:
        assert not process.ended, process.log_tail
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield process
    process.kill()
    _wait_for_end(process)


def _status(address: str, key: str | None) -> int:
    request = urllib.request.Request(f"{address}/v1/models")
    if key is not None:
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_only_who_has_the_key_is_served(process: EngineProcess) -> None:
    assert process.address is not None
    assert [_status(process.address, key) for key in (None, "", "another", _KEY)] == [401, 401, 401, 200]


def test_listens_on_loopback_only_and_shows_the_key_to_nobody(process: EngineProcess) -> None:
    assert process.pid is not None
    child = psutil.Process(process.pid)
    listening = [c.laddr.ip for c in child.net_connections() if c.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]
    assert _KEY not in " ".join(child.cmdline())
    assert _KEY not in json.dumps(child.environ())


def test_the_key_is_in_no_repr() -> None:
    start = EngineStart(model_path="m.gguf", model_name="m", key=_KEY, threads=1, context_tokens=512)
    assert "m.gguf" in repr(start)
    assert _KEY not in repr(start)


def test_the_end_of_its_input_ends_it_in_good_order(process: EngineProcess) -> None:
    process.stop()
    process.stop()
    _wait_for_end(process)
    assert process.exit_code == 0
    assert process.pid is None


def test_stopped_before_it_has_started() -> None:
    process = _start()
    process.stop()
    _wait_for_end(process)
    assert process.address is None or process.exit_code == 0


def test_typed_by_a_person() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chat2anyllm_desktop", "engine"],
        stdin=subprocess.DEVNULL,
        cwd=_ROOT,
        check=False,
    )
    assert done.returncode == 2
