"""The servers of the tests end with the tests, however these end."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.real.process import ServerProcess

_ROOT = Path(__file__).parents[2]
_SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


def _server(folder: Path) -> ServerProcess:
    return ServerProcess(_SLEEPER, folder=folder, environment={}, answers=lambda: True, ready_s=5)


def test_stop_and_start(tmp_path: Path) -> None:
    server = _server(tmp_path)
    server.start()
    first = server.pid
    assert first is not None
    server.start()
    assert server.pid == first
    server.stop()
    assert not psutil.pid_exists(first)
    server.stop()
    server.start()
    assert server.pid not in (None, first)
    server.stop()


def test_a_server_that_never_gets_ready(tmp_path: Path) -> None:
    server = ServerProcess(
        [sys.executable, "-c", "print('no such option')"],
        folder=tmp_path,
        environment={},
        answers=lambda: False,
        ready_s=5,
    )
    with pytest.raises(RuntimeError, match="no such option"):
        server.start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a parent's death be announced")
def test_it_ends_with_a_killed_test_run(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from tests.real.test_process import _server\n"
        "server = _server(Path(sys.argv[1])); server.start(); print(server.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=_ROOT, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        pid = int(run.stdout.readline())
        run.kill()
        deadline = time.monotonic() + 10
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.02)
