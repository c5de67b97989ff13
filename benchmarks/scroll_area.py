"""What is measured of any scroll area that holds a conversation, the program's own or Qt's. Imports nothing of the program:
what Qt's takes is the floor.

A *frame* is what Qt does to bring a change on screen: laying out, painting and handing over the picture
(``QEvent::UpdateRequest``); it is asked for at once, so that no wait for a display is in it. Times are milliseconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from benchmarks.gateway import PARAGRAPH

PIECE = 330
"""Characters that come with one frame at 2,000 tokens a second, five characters each and 30 frames a second."""
ANSWER = (PARAGRAPH * (100_000 // len(PARAGRAPH) + 1))[:100_000]
"""What the gateway sends."""
_WHEEL_STEPS = 1_500
_JUMPS = 300
_RESIZES = 60
_REST_S = 4.0
SIZE = (900, 760)
"""Pixels, of the window that is made narrower: its lines break anew at every step."""


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)


def worked(action: Callable[[], object]) -> float:
    """The time of this thread alone, in milliseconds: what other processes do on the same processor does not count."""
    began = time.thread_time()
    action()
    return 1000 * (time.thread_time() - began)


def frame(window: QWidget) -> None:
    """Bring on screen what has changed, now."""
    QCoreApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))


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
    # A window that was open before comes back as it was left, perhaps too wide for a step to matter.
    window.resize(*SIZE)
    frame(window)
    await asyncio.sleep(0.1)
    size = window.size()
    for number in range(_RESIZES):
        narrow = partial(window.resize, size.width() - 6 * (number % 30), size.height())
        resize.append(timed(narrow) + timed(partial(frame, window)))
        await asyncio.sleep(0.016)
    for tenth in range(11):
        bar.setValue(bar.maximum() * tenth // 10)
        frame(window)
        await asyncio.sleep(0.1)
    await asyncio.sleep(_REST_S)
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
