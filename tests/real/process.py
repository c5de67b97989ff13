"""A server process that belongs to the test run: started, waited for, and ended by its id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

_KILL = int(getattr(signal, "SIGKILL", signal.SIGTERM))


class ServerProcess:
    """One program that can be stopped and started again. It ends with the test run, also when that is killed."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        answers: Callable[[], bool],
        ready_s: float,
        standard_input: str = "",
        end_sign: int = _KILL,
        user: Mapping[str, Any] | None = None,
    ) -> None:
        """``answers`` tells whether it is ready; asked again and again, it may raise OSError until then. ``end_sign`` is
        sent when the test run ends without a word; ``user`` are the arguments of Popen for another user."""
        self.log_path = folder / "server.log"
        self._command = list(command)
        self._folder = folder
        self._environment = dict(environment)
        self._answers = answers
        self._ready_s = ready_s
        self._standard_input = standard_input
        self._end_sign = end_sign
        self._user = dict(user or {})
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start and wait until it answers; harmless when it runs. Raises RuntimeError with the log when it does not."""
        if self._process is not None and self._process.poll() is None:
            return
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env=self._environment,
                text=True,
                start_new_session=True,  # Ctrl+C is for the tests; and what it starts is ended with it, as a group.
                # In the child after it became the other user: changing that clears the request.
                preexec_fn=partial(end_with_parent, self._end_sign) if sys.platform == "linux" else None,
                **self._user,
            )
        assert self._process.stdin is not None
        with self._process.stdin as pipe:
            pipe.write(self._standard_input)
        deadline = time.monotonic() + self._ready_s
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(self.log_path.read_text(errors="replace")[-4000:])
            time.sleep(0.05)

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait; harmless when it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        _signal(process, sign)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
            process.wait(10)

    def _is_ready(self) -> bool:
        try:
            return self._answers()
        except OSError:
            return False


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _signal(process: subprocess.Popen[str], sign: signal.Signals) -> None:
    if process.poll() is None and sys.platform != "win32":
        os.killpg(process.pid, sign)
    else:
        process.send_signal(sign)


def end_with_parent(sign: int = _KILL) -> None:
    """Runs in the child, on Linux: it gets the signal when the *thread* that started it ends."""
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, sign, 0, 0, 0)
