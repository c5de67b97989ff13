"""The floor of the transcript: Qt's own plain text view with the same session in a bare window, and nothing of the program
but the texts. ``python -m benchmarks.plain_view COUNT`` prints one JSON object."""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial

import qasync
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit

from benchmarks.scroll_area import ANSWER, PIECE, frame, growth, p99, scroll_figures, worked
from benchmarks.sessions import messages


def main(count: int) -> None:
    """Qt's own plain text view with the same session as unformatted text in a bare window: scrolling, memory, and
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
        view.setPlainText(text)
        frame(window)
        figures = await scroll_figures(window, view)
        end = view.verticalScrollBar()
        view.setPlainText("")

        def append(piece: str) -> None:
            cursor = QTextCursor(view.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(piece)
            end.setValue(end.maximum())

        flushes = []
        for at in range(0, len(ANSWER), PIECE):
            took = worked(partial(append, ANSWER[at : at + PIECE])) + worked(partial(frame, window))
            flushes.append(took)
            await asyncio.sleep(0.01)
        view.setPlainText("")
        costs = await growth(window, append)
        print(json.dumps({**figures, "flush_p99": p99(flushes), **costs}), flush=True)

    with loop:
        loop.run_until_complete(run())


if __name__ == "__main__":
    main(int(sys.argv[1]))
