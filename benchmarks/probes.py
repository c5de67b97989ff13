"""The programs that are measured, each run in a fresh process: ``python -m benchmarks.probes NAME``.

A probe prints one JSON object. Times are seconds of the monotonic clock; the parent passes its own at the moment of
starting the process in ``CHAT2ANYLLM_BENCH_STARTED``.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell

STARTED = float(os.environ.get("CHAT2ANYLLM_BENCH_STARTED", "0"))


def cpu_s() -> float:
    """CPU seconds of this process so far, user and system."""
    times = os.times()
    return times.user + times.system


def pss_mb() -> float:
    """Memory of this process in MB: its own pages, and its share of those that others use too."""
    with open("/proc/self/smaps_rollup", encoding="ascii") as rollup:
        for line in rollup:
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    raise OSError("no Pss in smaps_rollup")


def say(**values: float) -> None:
    print(json.dumps(values), flush=True)


# Floors ------------------------------------------------------------------------------------------------------------------
def empty_window(idle_s: float) -> None:
    """An empty Qt window with one text field: first paint, first key, memory."""
    from PySide6.QtCore import QEvent, QObject, Qt, QTimer
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit

    app = QApplication(sys.argv[:1])
    window = QMainWindow()
    editor = QPlainTextEdit()
    window.setCentralWidget(editor)
    window.resize(1120, 760)
    seen: dict[str, float] = {}

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and "paint" not in seen:
                seen["paint"] = time.monotonic() - STARTED
                key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "a")
                app.postEvent(editor, key)
            elif event.type() == QEvent.Type.Paint and "usable" not in seen and editor.toPlainText():
                seen["usable"] = time.monotonic() - STARTED
                QTimer.singleShot(int(1000 * idle_s), finish)
            return False

    def finish() -> None:
        say(**seen, pss=pss_mb())
        app.quit()

    watch = Watch()
    window.installEventFilter(watch)
    editor.viewport().installEventFilter(watch)
    window.show()
    app.exec()


async def bare_client(url: str) -> None:
    """What any Python client must spend: httpx and json, no window, nothing kept."""
    import httpx

    async with httpx.AsyncClient(timeout=None, trust_env=False) as client:
        body = {"model": "bench", "stream": True, "messages": [{"role": "user", "content": "x"}]}
        await client.get(f"{url}/v1/models")
        began, enter = cpu_s(), time.monotonic()
        count, first, last = 0, 0.0, 0.0
        async with client.stream("POST", f"{url}/v1/chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    choice = json.loads(line[6:])["choices"][0]
                    count += len(choice["delta"].get("content") or "")
                    last = time.monotonic()
                    first = first or (last if count else 0.0)
        say(cpu=cpu_s() - began, enter=enter, first=first, last=last, characters=count)


# The program -------------------------------------------------------------------------------------------------------------
def client_only(url: str) -> None:
    """The gateway client under the window's event loop, without window, store or rendering."""
    import qasync
    from PySide6.QtWidgets import QApplication

    from chat2anyllm_desktop.llm.api import ChatRequest
    from chat2anyllm_desktop.llm.client import GatewayClient

    async def run() -> None:
        client = GatewayClient(url, None)
        await client.list_models()
        began = cpu_s()
        count = 0
        request = ChatRequest(model="bench", messages=[{"role": "user", "content": "x"}])
        async for delta in client.stream_chat(request):
            count += len(delta.text)
        say(cpu=cpu_s() - began, characters=count)
        await client.aclose()

    app = QApplication(sys.argv[:1])
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        loop.run_until_complete(run())


def _run_window(watch: Callable[[Shell], None]) -> None:
    """Start the program as a user does; ``watch(shell)`` is called when its window is shown."""
    from chat2anyllm_desktop.__main__ import main
    from chat2anyllm_desktop.ui.shell import Shell

    show = Shell.show

    def show_and_watch(shell: Shell) -> None:
        show(shell)
        watch(shell)

    Shell.show = show_and_watch  # type: ignore[method-assign, assignment]  # looking on, not changing
    main([])


def window(idle_s: float) -> None:
    """The program with nothing set up: first paint, first key, memory when idle."""

    def watch(shell: Shell) -> None:
        from benchmarks.watching import StartWatch

        StartWatch(shell, STARTED, lambda seen: say(**seen, pss=pss_mb()), idle_s)

    _run_window(watch)


def turns(count: int) -> None:
    """The program against the gateway named in its environment: ``count`` messages, typed and sent one after another."""

    def watch(shell: Shell) -> None:
        from benchmarks.watching import TurnWatch

        TurnWatch(shell, count, cpu_s, lambda turns: print(json.dumps(turns), flush=True))

    _run_window(watch)


if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    if name == "empty":
        empty_window(float(rest[0]))
    elif name == "bare":
        asyncio.run(bare_client(rest[0]))
    elif name == "client":
        client_only(rest[0])
    elif name == "window":
        window(float(rest[0]))
    elif name == "turns":
        turns(int(rest[0]))
    else:
        sys.exit(f"no probe named {name}")
