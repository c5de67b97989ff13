"""The transcript under measurement: the real program with its real window, each probe in a fresh process.

``python -m benchmarks.transcript_probes NAME ...`` prints one JSON object. Times are milliseconds of wall clock on the UI
thread unless a name says otherwise.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer

from benchmarks.scroll_area import ANSWER, frame, growth, median, p99, scroll_figures, timed
from benchmarks.sessions import messages
from benchmarks.watching import SETTLED_MS, FlushWatch, StallWatch, press
from chat2anyllm_desktop.core.models import Status

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell


def cpu_s() -> float:
    times = os.times()
    return times.user + times.system


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


async def answered(shell: Shell) -> tuple[float, float]:
    """Ask in a new session, whatever was on show when the program ended last, and wait for the end of the answer; wall and
    CPU seconds."""
    assert shell.wiring is not None
    shell.wiring.controller.new_session()
    editor = shell.composer.editor
    for letter in "hello":
        press(editor, Qt.Key(ord(letter.upper())), letter)
    await asyncio.sleep(0.3)
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    shell.wiring.controller.turns.turn_ended.connect(lambda *_: ended.set_result(None))
    wall, cpu = time.perf_counter(), cpu_s()
    press(editor, Qt.Key.Key_Return, "\r")
    await ended
    return time.perf_counter() - wall, cpu_s() - cpu


def parsing() -> None:
    """Seconds for 100 KB of Markdown as it streams in, in 781 pieces, and at once; with the inlines of all that changed."""
    from chat2anyllm_desktop.render.dialect import parse
    from chat2anyllm_desktop.render.plain import plain_text as read_all
    from chat2anyllm_desktop.render.stream import IncrementalParser

    text = ANSWER
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
        case "parsing":
            parsing()
        case _:
            sys.exit(f"no probe named {name}")
