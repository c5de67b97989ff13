"""Keys under measurement: ``python -m benchmarks.key_probes NAME ...`` prints one JSON object of lists of pairs of
milliseconds: of the wall clock, and of the CPU time of the process with all its threads.

A key comes as it does from a window system: from another process, through a file descriptor that the event loop wakes up
for. It is over when the frame that shows it has been painted and handed over.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, Qt
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from benchmarks.main import ROOT
from benchmarks.transcript_probes import run_program, shown
from benchmarks.typist import KEY
from benchmarks.watching import press

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell

SECONDS = 9.0
LINE = 60
"""Keys after which the field is emptied: nobody writes one line of hundreds of characters."""


class KeyWatch(QObject):
    """Presses the keys of a typist in an editor, and notes for each how long it took to be seen."""

    def __init__(self, editor: QPlainTextEdit) -> None:
        super().__init__(editor)
        self._editor = editor
        self._window: QWidget = editor.window()
        self._count = 0
        self._pressed: list[tuple[float, float]] = []
        self.took: list[tuple[float, float]] = []

    async def type(self, seconds: float) -> list[tuple[float, float]]:
        """All keys of so many seconds."""
        command = [sys.executable, "-m", "benchmarks.typist", str(seconds), str(os.getpid())]
        typist = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)  # noqa: ASYNC220 - before it counts
        assert typist.stdout is not None
        fd = typist.stdout.fileno()
        os.set_blocking(fd, False)
        notifier = QSocketNotifier(fd, QSocketNotifier.Type.Read, self)
        notifier.activated.connect(lambda *_: self._read(fd))
        self._editor.installEventFilter(self)
        self._window.installEventFilter(self)
        self._editor.clear()
        self._count, self.took = 0, []
        await asyncio.sleep(seconds + 1)  # The typist's own start is in it.
        typist.wait()
        notifier.setEnabled(False)
        typist.stdout.close()
        self._window.removeEventFilter(self)
        return self.took

    def _read(self, fd: int) -> None:
        try:
            read = os.read(fd, 64 * KEY.size)
        except BlockingIOError:
            return
        for moment in KEY.iter_unpack(read):
            self._count += 1
            if self._count % LINE == 0:
                self._editor.clear()
            letter = "abcde "[self._count % 6]
            press(self._editor, Qt.Key(ord(letter.upper())), letter)
            self._pressed.append(moment)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.UpdateRequest or watched is not self._window:
            return False
        length = self._editor.document().characterCount() - 1
        self._window.event(event)
        # Keys that were posted and not delivered yet are none of this frame's.
        waiting = max(0, self._count % LINE - length)
        seen = self._pressed[: len(self._pressed) - waiting]
        now, cpu = time.monotonic(), time.process_time()
        self.took += [(1000 * (now - moment), 1000 * (cpu - used)) for moment, used in seen]
        del self._pressed[: len(seen)]
        return True


def bare() -> None:
    """The floor: Qt's own text field in an empty window."""
    import qasync
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication(sys.argv[:1])
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)

    async def run() -> None:
        window, editor = QMainWindow(), QPlainTextEdit()
        window.setCentralWidget(editor)
        window.resize(1120, 760)
        window.show()
        editor.setFocus()
        await asyncio.sleep(1)
        print(json.dumps({"idle": await KeyWatch(editor).type(SECONDS)}), flush=True)

    with loop:
        loop.run_until_complete(run())


def program(session_id: str) -> None:
    """The program with all of a long session loaded: while nothing happens, and while an answer streams in it."""

    async def script(shell: Shell) -> dict[str, Any]:
        await shown(shell, session_id)
        while shell.transcript.has_older:
            shell.view.verticalScrollBar().setValue(0)
            await asyncio.sleep(0.02)
        shell.view.jump_to_latest()
        loaded = len(shell.transcript)
        shell.composer.setFocus()
        await asyncio.sleep(1)
        watch = KeyWatch(shell.composer.editor)
        idle = await watch.type(SECONDS)
        assert shell.wiring is not None
        shell.composer.set_text("")
        shell.wiring.controller.asking.send("Go on")
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        shell.wiring.controller.turns.text_came.connect(lambda _: begun.done() or begun.set_result(None))
        await begun
        await asyncio.sleep(0.5)
        streaming = await watch.type(SECONDS)
        busy = shell.wiring.controller.turns.is_busy(session_id)
        shell.composer.set_text("")
        return {"messages": loaded, "idle": idle, "streaming": streaming, "streamed": busy}

    run_program(script)


if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    if name == "bare":
        bare()
    elif name == "program":
        program(rest[0])
    else:
        sys.exit(f"no probe named {name}")
