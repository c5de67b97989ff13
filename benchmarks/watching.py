"""Looking on at the real window: when it is painted, when a key shows, when an answer's text is on screen and what that
costs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from benchmarks.scroll_area import worked
from chat2anyllm_desktop.core.models import Author, Status
from chat2anyllm_desktop.ui.shell import Shell
from chat2anyllm_desktop.ui.transcript.flow import Flow
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel

SETTLED_MS = 2_500
"""Milliseconds from the listing of the models to the first message: nobody types faster, and by then the window has imported
in idle moments what the first message needs."""

STALL_TIMER_MS = 4


def press(target: QObject, key: Qt.Key, text: str = "") -> None:
    """A key press as the window system delivers it, through the event queue."""
    none = Qt.KeyboardModifier.NoModifier
    QCoreApplication.postEvent(target, QKeyEvent(QEvent.Type.KeyPress, key, none, text))
    QCoreApplication.postEvent(target, QKeyEvent(QEvent.Type.KeyRelease, key, none, text))


class StartWatch(QObject):
    """First paint of the window; a key pressed at that moment, until it shows; then idle, then close."""

    def __init__(
        self, shell: Shell, started: float, done: Callable[[dict[str, float]], None], idle_s: float
    ) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._started = started
        self._done = done
        self._idle_s = idle_s
        self._seen: dict[str, float] = {}
        shell.window.installEventFilter(self)
        shell.composer.editor.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Paint:
            return False
        editor = self._shell.composer.editor
        if "paint" not in self._seen:
            self._seen["paint"] = time.monotonic() - self._started
            press(editor, Qt.Key.Key_A, "a")
        elif "usable" not in self._seen and editor.toPlainText():
            self._seen["usable"] = time.monotonic() - self._started
            QTimer.singleShot(int(1000 * self._idle_s), self._finish)
        return False

    def _finish(self) -> None:
        self._done(self._seen)
        self._shell.composer.set_text("")
        self._shell.window.close()


class TurnWatch(QObject):
    """Sends messages by the keyboard once a model is listed. For each: when Enter was pressed, when the first and the
    last text of the answer had been painted, and the CPU seconds of the process from Enter to the end."""

    def __init__(
        self,
        shell: Shell,
        count: int,
        cpu_s: Callable[[], float],
        done: Callable[[list[dict[str, float]]], None],
    ) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._count = count
        self._cpu_s = cpu_s
        self._done = done
        self._turns: list[dict[str, float]] = []
        self._now: dict[str, float] = {}
        self._cpu = 0.0
        shell.view.viewport().installEventFilter(self)
        self._poll = QTimer(self)
        self._poll.timeout.connect(self._on_poll)
        self._poll.start(50)

    def _on_poll(self) -> None:
        """Waits for the model at the start, and for the end of each answer; CPU of the polling is negligible."""
        if not self._now:
            wiring = self._shell.wiring
            if wiring is not None and wiring.controller.selection.model_name() == "bench":
                QTimer.singleShot(SETTLED_MS, self._send)
                self._now = {"waiting": 0.0}
        elif "last" in self._now:
            self._now["cpu"] = self._cpu_s() - self._cpu
            self._turns.append(self._now)
            if len(self._turns) == self._count:
                self._poll.stop()
                self._done(self._turns)
                self._shell.window.close()
            else:
                self._now = {"waiting": 0.0}
                QTimer.singleShot(300, self._send)

    def _send(self) -> None:
        editor = self._shell.composer.editor
        for letter in "hello":
            press(editor, Qt.Key(ord(letter.upper())), letter)
        QTimer.singleShot(100, self._enter)

    def _enter(self) -> None:
        self._cpu = self._cpu_s()
        self._now = {"enter": time.monotonic()}
        press(self._shell.composer.editor, Qt.Key.Key_Return, "\r")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and "enter" in self._now and "last" not in self._now:
            # After the paint that is about to happen.
            QTimer.singleShot(0, self._on_painted)
        return False

    def _on_painted(self) -> None:
        if not len(self._shell.transcript) or "enter" not in self._now or "last" in self._now:
            return
        entry = self._shell.transcript.entry(len(self._shell.transcript) - 1)
        if entry.head.author is not Author.ASSISTANT:
            return
        answers = sum(e.head.author is Author.ASSISTANT for e in self._shell.transcript)
        if answers != len(self._turns) + 1:
            return
        if "first" not in self._now and entry.text:
            self._now["first"] = time.monotonic()
        if entry.head.status is Status.COMPLETE:
            self._now["last"] = time.monotonic()


class FlushWatch(QObject):
    """Adds up, frame by frame while an answer streams, the time of the UI thread that its text takes: taken into the model,
    laid out, painted, handed over. How long the thread is kept from working is what :class:`StallWatch` sees. To be
    made before the window is."""

    def __init__(self) -> None:
        super().__init__()
        self.flushes: list[float] = []
        self._taking_in = 0.0
        self._window: QWidget | None = None
        self._time(Flow, "flush")
        self._time(TranscriptModel, "append_delta")

    def _time(self, owner: type, name: str) -> None:
        """Look on at a method, changing nothing."""
        method = getattr(owner, name)

        def looked_at(*arguments: Any) -> None:
            self._taking_in += worked(lambda: method(*arguments))

        setattr(owner, name, looked_at)

    def look_at(self, window: QWidget) -> None:
        """Begin with the frames of this window."""
        self._window = window
        self._taking_in = 0.0
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.UpdateRequest or self._window is None:
            return False
        window = self._window
        took = worked(lambda: window.event(event))
        if self._taking_in:
            self.flushes.append(self._taking_in + took)
            self._taking_in = 0.0
        return True


class StallWatch(QObject):
    """Gaps between the ticks of a timer of 4 ms."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=STALL_TIMER_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()

    def _on_tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append(1000 * (now - self._last))
        self._last = now

    def take(self) -> list[float]:
        gaps, self.gaps = self.gaps, []
        return gaps
