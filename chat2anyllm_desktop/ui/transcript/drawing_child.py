"""The child process that draws, seen from the window: what is asked of it, and what becomes of it."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QProcessEnvironment, QTimer, Signal

from chat2anyllm_desktop.core.language import mark
from chat2anyllm_desktop.system import OWN_FOLDER, own_command

_log = logging.getLogger(__name__)

_AHEAD = 3
"""Requests that the child has at a time: it need not wait for us, and what is asked last does not wait long."""
_WAITING = 400
"""Requests that wait; the oldest are forgotten, and come again when they are seen again."""
_START_MS = 30_000
_IDLE_MS = 60_000
_PATIENCE = 8
"""Children lost, since one was last sent home, after which there is no other for a while."""
_RECOVERY_MS = 180_000
"""That while: a message full of formulas that take forever is not the end of drawing, and burns no core."""
_BUDGET = 0.003
"""Seconds that answers may take in one go."""
_PAUSE_MS = 8
_LOG_TAIL = 500

NOT_HERE = mark("drawing does not work here")

_HANDED_ON = (
    *("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    *("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
)
"""Of our environment; keys and passwords are none of the child's business."""


@dataclass(frozen=True, slots=True)
class Request:
    """Something to be drawn. ``kind`` and ``option`` are what the child calls them."""

    kind: str
    source: str
    option: str
    value: bool
    limit_ms: int
    """How long it may take before the child is ended."""

    def line(self, number: int) -> bytes:
        return json.dumps({"id": number, self.kind: self.source, self.option: self.value}).encode() + b"\n"


class DrawingChild(QObject):
    """Started when something is asked, again after it was lost, and sent home when nothing was asked for a while.

    ``answered(request, answer)``: the child's answer, or ``{"refused": why}``. What is asked last comes first.
    """

    answered = Signal(object, object)

    def __init__(self, parent: QObject, command: list[str] | None = None) -> None:
        super().__init__(parent)
        self._process = _process(command or own_command("drawings"), self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        self._ready = False
        self._leaving = False
        self._why = ""
        self._broken = False
        self._lost = 0
        self._number = 0
        self._waiting: dict[Request, None] = {}
        self._given: dict[int, Request] = {}
        self._soon = self._timer(0, self._give)
        self._later = self._timer(_PAUSE_MS, self._read)
        self._limit = self._timer(_START_MS, self._on_limit)
        self._idle = self._timer(_IDLE_MS, self._send_home)
        self._recovery = self._timer(_RECOVERY_MS, self._recover)
        self.destroyed.connect(partial(_end, self._process))
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)

    @property
    def given_up(self) -> bool:
        """It could not be started: nothing is drawn any more. Or it was lost too often: nothing is drawn for a while."""
        return self._broken or self._lost > _PATIENCE

    @property
    def pid(self) -> int:
        """Process id, 0 where it does not run."""
        return self._process.processId()

    @property
    def _runs(self) -> bool:
        return self._process.state() is not QProcess.ProcessState.NotRunning

    def ask(self, request: Request) -> None:
        """Have it drawn, before everything that was asked earlier; asking again is harmless."""
        if self.given_up or request in self._given.values():
            return
        self._waiting.pop(request, None)
        self._waiting[request] = None
        if len(self._waiting) > _WAITING:
            del self._waiting[next(iter(self._waiting))]
        if not self._soon.isActive():
            self._soon.start()

    def close(self) -> None:
        """End the child now. It is started again when something is asked."""
        self._waiting.clear()
        self._given.clear()
        _end(self._process)
        self._rest()

    # The child's life --------------------------------------------------------------------------------------------------
    def _start(self) -> None:
        self._leaving, self._why = False, ""
        self._limit.start(_START_MS)
        self._process.start()

    def _rest(self) -> None:
        self._ready = False
        for timer in (self._soon, self._later, self._limit, self._idle):
            timer.stop()

    def _send_home(self) -> None:
        if not self._given:
            self._leaving = True
            self._process.closeWriteChannel()

    def _on_limit(self) -> None:
        late = next(iter(self._given), 0)
        self._process.waitForReadyRead(0)  # We may be the one who is late: after a suspension, for example.
        self._take_all()
        if self._ready and late not in self._given:
            self._give()
            return
        self._why = mark("it takes too long") if self._ready else mark("drawing did not start in time")
        self._process.kill()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._why = self._process.errorString()
            self._on_finished()

    def _on_finished(self) -> None:
        self._take_all()
        ready = self._ready
        self._rest()
        errors = bytes(self._process.readAllStandardError().data())
        log = errors.decode("utf-8", "replace").strip()[-_LOG_TAIL:]
        given, self._given = list(self._given.values()), {}
        if self._leaving:
            self._lost = 0
        elif ready or self._process.exitStatus() is QProcess.ExitStatus.CrashExit:
            self._lost += 1
            _log.info("the drawing process was lost (%s): %s", self._why, log)
            if given:
                self.answered.emit(given.pop(0), {"refused": self._why or mark("drawing it failed")})
        else:
            self._broken = True
        self._waiting.update(dict.fromkeys(reversed(given)))
        if self.given_up:
            _log.warning("formulas and diagrams are shown as text: %s %s", self._why, log)
            for request in self._waiting:
                self.answered.emit(request, {"refused": NOT_HERE})
            self._waiting.clear()
            self._recovery.start()
        elif self._waiting:
            self._soon.start()

    def _recover(self) -> None:
        self._lost = 0

    # Questions and answers ---------------------------------------------------------------------------------------------
    def _give(self) -> None:
        if not self._runs and self._waiting:
            self._start()
        if not self._ready or self._leaving:
            return
        while self._waiting and len(self._given) < _AHEAD:
            request, _ = self._waiting.popitem()
            self._number += 1
            self._given[self._number] = request
            self._process.write(request.line(self._number))
            if not self._limit.isActive():
                self._limit.start(request.limit_ms)
        if self._given:
            self._idle.stop()
        elif not self._idle.isActive():
            self._idle.start()

    def _read(self) -> None:
        deadline = perf_counter() + _BUDGET
        while self._process.canReadLine():
            if perf_counter() > deadline:
                self._later.start()
                return
            self._take(bytes(self._process.readLine().data()))
        self._give()

    def _take_all(self) -> None:
        while self._process.canReadLine():
            self._take(bytes(self._process.readLine().data()))

    def _take(self, line: bytes) -> None:
        answer: dict[str, Any] = json.loads(line)
        self._limit.stop()
        if "ready" in answer:
            self._ready = True
            return
        request = self._given.pop(answer["id"])
        if self._given:
            self._limit.start(next(iter(self._given.values())).limit_ms)
        self.answered.emit(request, answer)

    def _timer(self, interval: int, then: Any) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=interval)
        timer.timeout.connect(then)
        return timer


def _process(command: list[str], parent: QObject) -> QProcess:
    process = QProcess(parent)
    process.setProgram(command[0])
    process.setArguments(command[1:])
    process.setWorkingDirectory(str(OWN_FOLDER))
    process.setProcessEnvironment(_environment())
    return process


def _environment() -> QProcessEnvironment:
    ours, handed = QProcessEnvironment.systemEnvironment(), QProcessEnvironment()
    for name in ours.keys():  # noqa: SIM118  Not a mapping.
        if name.upper() in _HANDED_ON or name.startswith("LC_"):
            handed.insert(name, ours.value(name))
    return handed


def _end(process: QProcess) -> None:
    """At once and for good: a kill is over in a millisecond, and Qt complains about what still runs."""
    process.blockSignals(True)
    if process.state() is not QProcess.ProcessState.NotRunning:
        process.kill()
        process.waitForFinished(1000)
    process.blockSignals(False)
