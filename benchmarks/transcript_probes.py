"""The transcript under measurement: the real program with its real window, each probe in a fresh process.

``python -m benchmarks.transcript_probes NAME ...`` prints one JSON object. Times are milliseconds of wall clock on the UI
thread unless a name says otherwise. A *frame* is what Qt does to bring a change on screen: laying out, painting and handing
over the picture (``QEvent::UpdateRequest``); it is asked for at once, so that no wait for a display is in it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import qasync
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QTextCursor, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QMainWindow, QPlainTextEdit, QWidget

from benchmarks.gateway import PARAGRAPH
from benchmarks.sessions import messages
from benchmarks.watching import SETTLED_MS, press
from chat2anyllm_desktop.core.models import Status
from chat2anyllm_desktop.ui.transcript.flow import Flow
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell

PIECE = 330
"""Characters that come with one frame at 2,000 tokens a second, five characters each and 30 frames a second."""
STALL_TIMER_MS = 4
_WHEEL_STEPS = 1_500
_JUMPS = 300
_RESIZES = 60


def frame(window: QWidget) -> None:
    """Bring on screen what has changed, now."""
    QCoreApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)


def p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))] if values else 0.0


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def resident_mb() -> float:
    """Resident memory of this process (VmRSS, what it shares with others included)."""
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    raise OSError("no VmRSS in status")


def cpu_s() -> float:
    times = os.times()
    return times.user + times.system


# The program -------------------------------------------------------------------------------------------------------------
def run_program(script: Callable[[Shell], Awaitable[dict[str, Any]]]) -> None:
    """Start the program as a user does, let it come to rest, run ``script`` in its loop, print what it gives, close."""
    from chat2anyllm_desktop.__main__ import main
    from chat2anyllm_desktop.ui.shell import Shell

    show = Shell.show
    running: list[asyncio.Task[None]] = []

    async def run(shell: Shell) -> None:
        try:
            await asyncio.sleep(SETTLED_MS / 1000)
            print(json.dumps(await script(shell)), flush=True)
        finally:
            shell.window.close()

    def show_and_run(shell: Shell) -> None:
        show(shell)
        QTimer.singleShot(0, lambda: running.append(asyncio.get_running_loop().create_task(run(shell))))

    Shell.show = show_and_run  # type: ignore[method-assign, assignment]  # looking on, not changing
    main([])
    running[0].result()


async def shown(shell: Shell, session_id: str) -> float:
    """Ask for a session as a click on it does; milliseconds until its first frame has been painted."""
    painted: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    began = time.perf_counter()

    class Painted(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() != QEvent.Type.UpdateRequest or shell.transcript.session_id != session_id:
                return False
            shell.window.event(event)
            if not painted.done():
                painted.set_result(1000 * (time.perf_counter() - began))
            return True

    watch = Painted(shell.window)
    shell.window.installEventFilter(watch)
    shell.window.sessions_dock.session_requested.emit(session_id)
    try:
        return await painted
    finally:
        shell.window.removeEventFilter(watch)


def opening(runs: int, ids: dict[str, str]) -> None:
    """Opening the sessions, one after the other; the floor is a whole frame of the same window, nothing else."""

    async def script(shell: Shell) -> dict[str, Any]:
        found: dict[str, list[float]] = {"10k": [], "100k": [], "frame": []}
        for _ in range(runs + 1):
            for name in ("10k", "100k"):
                await shown(shell, ids["small"])
                await asyncio.sleep(0.4)
                found[name].append(await shown(shell, ids[name]))
                await asyncio.sleep(0.4)
            shell.window.update()
            shell.view.viewport().update()
            found["frame"].append(timed(lambda: frame(shell.window)))
        return {name: values[1:] for name, values in found.items()}

    run_program(script)


def scrolling(session_id: str) -> None:
    """All of a long session read in by scrolling to its beginning; then wheel, jumps and resizing; then the memory."""

    async def script(shell: Shell) -> dict[str, Any]:
        await shown(shell, session_id)
        while shell.transcript.has_older:
            shell.view.verticalScrollBar().setValue(0)
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        return {"messages": len(shell.transcript), **await scroll_figures(shell.window, shell.view)}

    run_program(script)


async def scroll_figures(window: QWidget, view: QAbstractScrollArea) -> dict[str, Any]:
    """The same for any scroll area that holds the session. Everything else may run between the steps."""
    random = Random(7)
    bar, viewport = view.verticalScrollBar(), view.viewport()
    wheel, jump, resize = [], [], []
    for number in range(_WHEEL_STEPS):
        if number % 150 == 0:
            bar.setValue(random.randrange(bar.maximum()))
            frame(window)
            await asyncio.sleep(0.05)
        turn = partial(
            QCoreApplication.sendEvent, viewport, _wheel(viewport, -120 if number % 300 < 150 else 120)
        )
        wheel.append(timed(turn) + timed(partial(frame, window)))
        await asyncio.sleep(0.008)
    for _ in range(_JUMPS):
        go = partial(bar.setValue, random.randrange(bar.maximum()))
        jump.append(timed(go) + timed(partial(frame, window)))
        await asyncio.sleep(0.004)
    size = window.size()
    for number in range(_RESIZES):
        narrow = partial(window.resize, size.width() - 6 * (number % 30), size.height())
        resize.append(timed(narrow) + timed(partial(frame, window)))
        await asyncio.sleep(0.016)
    for tenth in range(11):
        bar.setValue(bar.maximum() * tenth // 10)
        frame(window)
        await asyncio.sleep(0.1)
    return {
        "wheel": p99(wheel),
        "jump": p99(jump),
        "resize": median(resize),
        "resize_p99": p99(resize),
        "rss": resident_mb(),
    }


def _wheel(viewport: QWidget, angle: int) -> QWheelEvent:
    middle = QPointF(viewport.width() / 2, viewport.height() / 2)
    none, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.NoButton
    spot = viewport.mapToGlobal(middle)
    phase = Qt.ScrollPhase.NoScrollPhase
    return QWheelEvent(middle, spot, QPoint(), QPoint(0, angle), buttons, none, phase, False)


class FlushWatch(QObject):
    """Adds up, frame by frame while an answer streams, the time that its text takes on the UI thread: taken into the model,
    laid out, painted, handed over. To be made before the window is."""

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
            self._taking_in += timed(lambda: method(*arguments))

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
        took = timed(lambda: window.event(event))
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


def streaming(stalls: bool) -> None:
    """One answer of the paced gateway in the running program: the cost of each frame and the CPU of the whole process from
    Enter to the end; or, with a timer beside it, how long the UI thread stands still."""
    watch = None if stalls else FlushWatch()

    async def script(shell: Shell) -> dict[str, Any]:
        if watch is None:
            stall = StallWatch(shell.window)
            await asyncio.sleep(4)
            idle = p99(stall.take())
            await answered(shell)
            return {"stall": p99(stall.take()) - idle, "idle": idle}
        watch.look_at(shell.window)
        wall, cpu = await answered(shell)
        flushes = watch.flushes
        return {
            "flush_p99": p99(flushes),
            "flush_median": median(flushes),
            "flushes": len(flushes),
            "cpu_percent": 100 * cpu / wall,
            "wall": wall,
        }

    run_program(script)


def growing() -> None:
    """An answer that grows to 1 MB piece by piece: the median cost of a piece, frame included, around 10 KB and at 1 MB."""

    async def script(shell: Shell) -> dict[str, Any]:
        model = shell.transcript
        message = replace(messages("s", 2)[1], content="", status=Status.STREAMING)
        model.reset("s", [message])
        costs = await growth(
            shell.window, lambda text: (model.append_delta(message.id, text), shell.view.flush())
        )
        model.reset("", ())
        return costs

    run_program(script)


async def growth(window: QWidget, append: Callable[[str], object]) -> dict[str, Any]:
    """The same for anything that text can be appended to. CPU of the UI thread, so that other processes do not count."""
    size = 1_000_000
    text = PARAGRAPH * (size // len(PARAGRAPH) + 1)
    costs = []
    for at in range(0, size, PIECE):
        piece = text[at : at + PIECE]
        began = time.thread_time()
        append(piece)
        frame(window)
        costs.append(1000 * (time.thread_time() - began))
        await asyncio.sleep(0.001)
    return {"small": median(costs[15:60]), "large": median(costs[-200:])}


async def answered(shell: Shell) -> tuple[float, float]:
    """Ask, and wait for the end of the answer; wall and CPU seconds."""
    editor = shell.composer.editor
    for letter in "hello":
        press(editor, Qt.Key(ord(letter.upper())), letter)
    await asyncio.sleep(0.3)
    assert shell.wiring is not None
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    shell.wiring.controller.turns.turn_ended.connect(lambda *_: ended.set_result(None))
    wall, cpu = time.perf_counter(), cpu_s()
    press(editor, Qt.Key.Key_Return, "\r")
    await ended
    return time.perf_counter() - wall, cpu_s() - cpu


# What it is compared with --------------------------------------------------------------------------------------------------
def plain_text(count: int) -> None:
    """Qt's own plain text view with the same session as unformatted text in a bare window: opening, scrolling, memory, and
    text appended at its end."""
    app = QApplication(sys.argv[:1])
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)

    async def run() -> None:
        window = QMainWindow()
        view = QPlainTextEdit(readOnly=True)
        window.setCentralWidget(view)
        window.resize(1120, 760)
        window.show()
        await asyncio.sleep(0.5)
        text = "\n\n".join(message.content for message in messages("s", count))
        opened = timed(lambda: (view.setPlainText(text), frame(window)))
        figures = await scroll_figures(window, view)
        end = view.verticalScrollBar()
        view.setPlainText("")
        costs = await growth(window, lambda piece: (_append(view, piece), end.setValue(end.maximum())))
        print(json.dumps({"open": opened, **figures, **costs}), flush=True)

    with loop:
        loop.run_until_complete(run())


def _append(view: QPlainTextEdit, text: str) -> None:
    cursor = QTextCursor(view.document())
    cursor.movePosition(QTextCursor.MoveOperation.End)
    cursor.insertText(text)


def parsing() -> None:
    """Seconds for 100 KB of Markdown as it streams in, in 781 pieces, and at once; with the inlines of all that changed."""
    from chat2anyllm_desktop.render.dialect import parse
    from chat2anyllm_desktop.render.plain import plain_text as read_all
    from chat2anyllm_desktop.render.stream import IncrementalParser

    text = (PARAGRAPH * (100_000 // len(PARAGRAPH) + 1))[:100_000]
    read_all(parse(text[:2_000]))

    def stream() -> None:
        parser = IncrementalParser()
        for at in range(0, len(text), 128):
            read_all(parser.append(text[at : at + 128]).blocks)
        assert parser.text == text

    print(json.dumps({"stream": timed(stream) / 1000, "whole": timed(lambda: read_all(parse(text))) / 1000}))


if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    match name:
        case "opening":
            opening(int(rest[0]), json.loads(rest[1]))
        case "scrolling":
            scrolling(rest[0])
        case "streaming":
            streaming(stalls=False)
        case "stalls":
            streaming(stalls=True)
        case "growing":
            growing()
        case "plain":
            plain_text(int(rest[0]))
        case "parsing":
            parsing()
        case _:
            sys.exit(f"no probe named {name}")
