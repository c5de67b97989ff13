"""The palette under measurement, each probe in a fresh process: ``python -m benchmarks.palette_probes NAME`` prints one JSON
object. Times are milliseconds of wall clock on the UI thread unless a name says otherwise."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QEvent, QSortFilterProxyModel, QStringListModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QListView, QMainWindow, QVBoxLayout, QWidget

from benchmarks.palette import titles
from benchmarks.scroll_area import frame, median, p99, timed, worked
from benchmarks.transcript_probes import run_program
from benchmarks.watching import StallWatch

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell

TYPED = (
    "parser bug",
    "release notes",
    "nse",
    "deploy cache 4",
    "数据库",
    "迁移 测试",
    "stndup",
    "e",
    "zzzz",
    "rust w",
)
_ROUNDS = 4
_PATIENCE_S = 30.0
_RARE, _COMMON, _CHINESE = "read_9905(", "request", "苹果"


async def until(condition: Callable[[], object]) -> None:
    """Let the window live until this is so."""
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(0)


def keys() -> Iterator[QKeyEvent]:
    """What is typed, letter by letter, and deleted again."""
    none, press = Qt.KeyboardModifier.NoModifier, QEvent.Type.KeyPress
    for text in TYPED * _ROUNDS:
        for letter in text:
            yield QKeyEvent(press, Qt.Key.Key_unknown, none, letter)
        for _ in text:
            yield QKeyEvent(press, Qt.Key.Key_Backspace, none)


async def typed(window: QWidget, field: QWidget) -> list[float]:
    """Each key to the painted list, in milliseconds of the UI thread."""
    costs = []
    for key in keys():
        costs.append(worked(partial(QCoreApplication.sendEvent, field, key)) + worked(partial(frame, window)))
        await asyncio.sleep(0.004)
    return costs


def figures(costs: list[float]) -> dict[str, Any]:
    return {"p99": p99(costs), "median": median(costs), "keys": len(costs)}


# The palette -------------------------------------------------------------------------------------------------------------
def typing() -> None:
    async def script(shell: Shell) -> dict[str, Any]:
        assert shell.wiring is not None
        palette, window = shell.wiring.palettes.palette, shell.window
        library = shell.wiring.controller.library
        await until(lambda: len(library.sessions) >= 10_000)
        opening = []
        for _ in range(6):
            opening.append(timed(palette.toggle) + timed(partial(frame, window)))
            await asyncio.sleep(0.1)
            palette.toggle()
            await asyncio.sleep(0.1)
        palette.toggle()
        frame(window)
        costs = await typed(window, palette.panel.field)
        palette.toggle()
        window.update()
        return {**figures(costs), "open": median(opening[1:]), "frame": timed(partial(frame, window))}

    run_program(script)


def peer() -> None:
    """Qt's own filter and list, in a bare window."""
    import qasync

    app = QApplication(sys.argv[:1])
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)

    async def run() -> None:
        window, area, field, view = QMainWindow(), QWidget(), QLineEdit(), QListView()
        column = QVBoxLayout(area)
        column.addWidget(field)
        column.addWidget(view)
        window.setCentralWidget(area)
        filtered = QSortFilterProxyModel(filterCaseSensitivity=Qt.CaseSensitivity.CaseInsensitive)
        filtered.setSourceModel(QStringListModel(titles(), filtered))
        view.setUniformItemSizes(True)
        view.setModel(filtered)
        field.textChanged.connect(filtered.setFilterFixedString)
        window.resize(640, 480)
        window.show()
        field.setFocus()
        await asyncio.sleep(0.5)
        print(json.dumps(figures(await typed(window, field))), flush=True)

    with loop:
        loop.run_until_complete(run())


# The search --------------------------------------------------------------------------------------------------------------
def searching() -> None:
    from chat2anyllm_desktop.paths import history_file
    from chat2anyllm_desktop.store.search import Search
    from chat2anyllm_desktop.store.sqlite import SqliteStore

    def counted(text: str) -> float:
        """What the bare driver takes to count the messages with a text."""
        with closing(sqlite3.connect(history_file())) as bare:
            count = "SELECT count(*) FROM messages WHERE content LIKE ?"
            return fastest(lambda: bare.execute(count, (f"%{text}%",)).fetchone())

    async def script(shell: Shell) -> dict[str, Any]:
        assert shell.wiring is not None
        store, found = shell.wiring.controller.connections.store, dict[str, Any]()
        assert isinstance(store.backend, SqliteStore)
        looked = SqliteStore(history_file())
        looked.open()
        for name, text in (("rare", _RARE), ("common", _COMMON), ("chinese", _CHINESE)):
            found[name] = fastest(lambda text=text: looked.search(Search(text)))  # type: ignore[misc]
            found[f"{name}_floor"] = counted(text)
        looked.close()
        stalls = StallWatch(shell.window)
        await asyncio.sleep(2)
        found["still"] = p99(stalls.take())
        for _ in range(8):
            await store.search(Search(_RARE))
            await store.search(Search(_COMMON))
        found["stall"] = p99(stalls.take())
        found["found"] = await gone_to(shell)
        shell.window.update()
        found["frame"] = timed(partial(frame, shell.window))
        return found

    run_program(script)


def fastest(action: Callable[[], object], runs: int = 3) -> float:
    return min(timed(action) for _ in range(runs))


async def gone_to(shell: Shell) -> float:
    """A message far up is chosen: until it is marked and painted."""
    assert shell.wiring is not None
    everywhere = shell.wiring.palettes.everywhere
    everywhere.open("read_102(")  # A hundred messages from the beginning.
    await until(lambda: any(row.choosable for row in everywhere.rows))
    began = time.perf_counter()
    everywhere.panel.field.entered.emit()
    await until(lambda: shell.view.finds)
    frame(shell.window)
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    {"typing": typing, "peer": peer, "searching": searching}[sys.argv[1]]()
