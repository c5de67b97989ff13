"""The child process that runs the embedded engine: both ends of it.

The child is this program again, started as ``engine``. Through its standard input it gets one line of JSON, the
:class:`EngineStart`, and nothing more: the end of that input is the sign to exit, so it ends with the app however the
app ends. Through its standard output it tells, once the model is loaded, the address where llama.cpp's server listens.
The key goes through the pipe too, because everybody on a computer can read everybody's arguments.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from chat2anyllm_desktop.system import OWN_FOLDER, end_with_parent, own_command

if TYPE_CHECKING:
    import xllamacpp

_LOG_TAIL = 4000
"""Bytes of the engine's own log that are kept for the details of an error."""

_PING_INTERVAL_S = 1
"""A long prompt is read in silence, for a minute and more; the pings tell the stall watchdog that all is well."""

_READY = b"engine ready at "


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStart:
    """What the child is told."""

    model_path: str
    model_name: str
    key: str = field(repr=False)
    threads: int
    context_tokens: int
    temperature: float | None = None
    """Default for requests that do not set it; None leaves llama.cpp's."""
    repeat_penalty: float | None = None


def engine_command() -> list[str]:
    """How this program is started as the engine."""
    return own_command("engine")


class EngineProcess:
    """One run of the child, seen from the app. Made, asked and stopped on the event loop's thread; nothing blocks.

    It has a thread of its own that starts the child, reads from it and stays until it has ended. asyncio's subprocesses
    would not do: what they need differs from loop to loop, and Linux ends the child together with the *thread* that
    started it (see ``prctl(2)``, PR_SET_PDEATHSIG), which is not for a pool's thread to decide.
    """

    def __init__(self, start: EngineStart, command: Sequence[str]) -> None:
        self.address: str | None = None
        """``http://127.0.0.1:port`` once the model is loaded."""
        self.exit_code: int | None = None
        """Set when the child has ended; negative is the number of the signal that ended it. None with ``ended``: it
        could not be started at all."""
        self.log_tail = ""
        """The last lines of the child's log, or why it could not be started. Filled in before ``ended``."""
        self._command = list(command)
        self._child: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        child_input, self._leash = os.pipe()
        os.write(self._leash, json.dumps(asdict(start)).encode() + b"\n")
        threading.Thread(target=self._keep, args=(child_input,), name="engine", daemon=True).start()

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    @property
    def usable(self) -> bool:
        """It runs, or is starting, and was not told to exit."""
        return self._leash >= 0 and not self.ended

    @property
    def pid(self) -> int | None:
        """Process id of the child while it runs."""
        return self._child.pid if self._child is not None and not self.ended else None

    def stop(self) -> None:
        """Tell the child to exit. It does so within milliseconds, or when it has loaded its model. Repeating is harmless."""
        if self._leash >= 0:
            os.close(self._leash)
            self._leash = -1

    def kill(self) -> None:
        """End the child at once, for one that does not listen."""
        self.stop()
        if self._child is not None:
            self._child.kill()

    def _keep(self, child_input: int) -> None:
        with tempfile.TemporaryFile() as log:
            try:
                self._child = subprocess.Popen(
                    self._command,
                    stdin=child_input,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=OWN_FOLDER,
                    creationflags=getattr(
                        subprocess, "CREATE_NO_WINDOW", 0
                    ),  # Windows: no console beside our window.
                )
            except OSError as error:
                self.log_tail = str(error)
            finally:
                os.close(child_input)
            if self._child is not None:
                with self._child as child:
                    assert child.stdout is not None
                    for line in child.stdout:
                        if line.startswith(_READY):
                            self.address = line.removeprefix(_READY).decode().strip()
                    self.exit_code = child.wait()
                log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_TAIL))
                self.log_tail = log.read().decode("utf-8", "replace").strip()
        self._ended.set()


def main() -> int:
    """The child's end: serve the model until the standard input ends. Returns an exit status only for a failed start."""
    # Ctrl+C in a terminal is for the app, which ends us in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tell = os.dup(1)
    os.dup2(2, 1)  # Whatever a library prints goes to the log.
    line = _read_line(0)
    if not line:
        return 2  # Somebody typed "engine" at a prompt, or the app is gone already.
    start = EngineStart(**json.loads(line))
    end_with_parent()
    try:
        server = _serve(start)
    except RuntimeError as error:  # Its reasons are in the log, written by llama.cpp.
        sys.stderr.write(f"{error}\n")
        return 1
    os.write(tell, _READY + server.listening_address.encode() + b"\n")
    threading.Event().wait()
    return 0


def _serve(start: EngineStart) -> xllamacpp.Server:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = start.model_path
    params.model_alias = {start.model_name}
    params.api_keys = [start.key]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = start.context_tokens
    params.cpuparams.n_threads = start.threads
    params.cpuparams_batch.n_threads = start.threads
    params.n_parallel = 1
    params.cache_ram_mib = 0  # Its default lets old prompts pile up to 8 GB.
    params.cache_idle_slots = False
    params.sse_ping_interval = _PING_INTERVAL_S
    params.ui = False
    params.endpoint_slots = False
    params.offline = True
    params.verbosity = 2  # Errors and warnings; prompts and answers are never logged.
    if start.temperature is not None:
        params.sampling.temp = start.temperature
    if start.repeat_penalty is not None:
        params.sampling.penalty_repeat = start.repeat_penalty
    return xllamacpp.Server(params)  # Returns when the model is loaded; holds the GIL until then.


def _read_line(descriptor: int) -> bytes:
    """Byte by byte, so that nothing behind the line is swallowed by a buffer; empty when the input ends before."""
    line = bytearray()
    while byte := os.read(descriptor, 1):
        if byte == b"\n":
            return bytes(line)
        line += byte
    return b""
