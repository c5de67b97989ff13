"""The program in a process of its own, with a hostile gateway: run by test_window_hostile, watched from outside.

    python -m tests.ui.bait_window window|browser TEXTS

``window``: every text is asked for in the real window, streams in, and everything is done with it that a reader can do
but follow a link that may be followed. ``browser``: what such texts do to a widget that is not made for them; tells that
the guards work. Both write one line when they begin to read, wait for one, and write what they did at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleInterface,
    QContextMenuEvent,
    QGuiApplication,
    QHelpEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QApplication, QFileDialog, QTextBrowser, QWidget

from chat2anyllm_desktop.system import end_with_parent
from chat2anyllm_desktop.ui.transcript.part import Deed, Spot
from chat2anyllm_desktop.ui.transcript.runs import allowed
from tests.ui.bait import TITLE, TOKEN
from tests.ui.window_driver import WindowDriver, open_window

BEGIN, END = "/reading-begins", "/reading-ends"
"""What a trace shows of where to look."""


def _mark(name: str) -> None:
    os.path.exists(name)


def begin() -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    _mark(BEGIN)


class Reader:
    """Does with the conversation what people do, and counts it."""

    def __init__(self, desk: WindowDriver) -> None:
        self.desk = desk
        self.view = desk.shell.view
        self.did: Counter[str] = Counter()

    async def read_all(self) -> None:
        """From the top to the end: hover, press, open what can be opened, ask for every menu and tooltip."""
        view, bar = self.view, self.view.verticalScrollBar()
        bar.setValue(0)
        await self._breathe()
        while True:
            self.did["screens"] += 1
            for spot, point in list(self._spots()):
                self._hover(point)
                if spot.deed in (Deed.FOLD, Deed.SHOW_ALL, Deed.WRAP_CODE, Deed.COPY_CODE) or (
                    spot.deed is Deed.LINK and not allowed(spot.value)
                ):
                    self._click(point)
                    self.did[f"pressed {spot.deed}"] += 1
            for y in range(5, view.viewport().height(), 60):
                self._hover(QPoint(view.viewport().width() // 2, y))
            self._menu(QPoint(view.viewport().width() // 2, view.viewport().height() // 2))
            await self._breathe()
            if bar.value() >= bar.maximum():
                return
            view.scroll_by(view.viewport().height() - 40)
            await self._breathe()

    def _spots(self) -> Iterator[tuple[Spot, QPoint]]:
        for placed in self.view._page.placed:
            left = self.view._pointer.column + placed.row.place(placed.number)[0]
            for spot in placed.part.spots():
                if spot.area is not None:
                    yield spot, (spot.area.center() + QPointF(left, placed.y)).toPoint()

    def _mouse(self, kind: QEvent.Type, point: QPoint, held: Qt.MouseButton) -> None:
        """Sent, not made by QTest: that would let other tasks run inside of this one."""
        viewport = self.view.viewport()
        button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        place = QPointF(point), viewport.mapToGlobal(QPointF(point))
        modifiers = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(viewport, QMouseEvent(kind, *place, button, held, modifiers))

    def _click(self, point: QPoint) -> None:
        self._mouse(QEvent.Type.MouseButtonPress, point, Qt.MouseButton.LeftButton)
        self._mouse(QEvent.Type.MouseButtonRelease, point, Qt.MouseButton.NoButton)

    def _hover(self, point: QPoint) -> None:
        viewport = self.view.viewport()
        self._mouse(QEvent.Type.MouseMove, point, Qt.MouseButton.NoButton)
        QApplication.sendEvent(viewport, QHelpEvent(QEvent.Type.ToolTip, point, viewport.mapToGlobal(point)))
        self.did["hovered"] += 1

    def _menu(self, point: QPoint) -> None:
        reason = QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(
            self.view.viewport(), QContextMenuEvent(reason, point, self.view.viewport().mapToGlobal(point))
        )
        menu = QApplication.activePopupWidget()
        if menu is not None:
            self.did["menus"] += 1
            menu.close()

    async def keyboard(self) -> None:
        for key in (
            Qt.Key.Key_Home,
            *[Qt.Key.Key_J, Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Tab] * 4,
            Qt.Key.Key_Escape,
        ):
            self.desk.press(key, target=self.view)
            await self._breathe()

    async def clipboard(self) -> None:
        """Copy as text and as Markdown; paste it, and what another program says is HTML, into the message field."""
        board = QGuiApplication.clipboard()
        self.view.select_all()
        self.view.copy_selection()
        self.did["copied"] += board.text().count(TOKEN)
        assert not board.mimeData().hasHtml()
        self.view.copy_selection_as_markdown()
        source = board.text()
        editor = self.desk.composer.editor
        editor.paste()
        rich = QMimeData()
        rich.setHtml(source)
        board.setMimeData(rich)
        editor.paste()
        both = QMimeData()
        both.setHtml(source)
        both.setText(source[:10_000])
        board.setMimeData(both)
        editor.paste()
        await self._breathe()
        editor.clear()
        board.clear()
        self.view.clear_selection()

    async def looks(self) -> None:
        """Other colours, sizes of text and of the window; a search."""
        theme, window = self.desk.shell.theme, self.desk.window
        for preference in ("dark", "light"):
            theme.set_preference(preference)
            await self._breathe()
        for percent in (200, 100):
            theme.set_text_scale(percent)
            await self._breathe()
        window.resize(500, 400)
        await self._breathe()
        window.resize(1400, 1000)
        self.did["found"] += self.view.find_text(TOKEN)
        self.view.find_step(1)
        self.view.close_find()
        window.grab()
        await self._breathe()

    def hear(self) -> None:
        """What a screen reader asks for."""
        waiting: list[QAccessibleInterface | None] = [QAccessible.queryAccessibleInterface(self.desk.window)]
        while waiting and self.did["heard"] < 20_000:
            found = waiting.pop()
            if found is None or not found.isValid():
                continue
            self.did["heard"] += 1
            for kind in (
                QAccessible.Text.Name,
                QAccessible.Text.Description,
                QAccessible.Text.Value,
                QAccessible.Text.Help,
            ):
                found.text(kind)
            waiting += [found.child(number) for number in range(min(found.childCount(), 500))]

    async def export(self, file: Path) -> None:
        self.desk.window.actions_by_id["export_session"].trigger()
        await self.desk.until(lambda: self.desk.window.findChild(QFileDialog), "a dialog")
        dialog = self.desk.window.findChild(QFileDialog)
        assert isinstance(dialog, QFileDialog)
        dialog.fileSelected.emit(str(file))
        dialog.reject()
        await self.desk.until(file.exists, "the export")
        text = await asyncio.to_thread(file.read_text, "utf-8", "replace")
        self.did["exported"] += text.count(TOKEN)

    async def _breathe(self) -> None:
        """Let the window live: paint, lay out what is outside, draw formulas."""
        await asyncio.sleep(0.004)


async def window(texts: list[str]) -> Counter[str]:
    async with open_window() as desk:
        await desk.ready()
        reader = Reader(desk)
        begin()
        for number in range(len(texts)):
            await desk.send(f"text {number}")
            await desk.answered(number + 1)
        reader.did["answers"] = len(texts)
        desk.composer.editor.setPlainText(texts[0])  # What somebody pastes, as a question.
        desk.press(Qt.Key.Key_Return, "\r")
        await desk.answered(len(texts) + 1)
        title = f'<img src="file://{os.getcwd()}/{TITLE}">![x]({TITLE})'
        desk.conversation.rename(title)
        session = desk.conversation.session.id
        await reader.read_all()
        await reader.keyboard()
        reader.hear()
        # Once more, all at once as it is stored.
        desk.window.actions_by_id["new_session"].trigger()
        await desk.until(lambda: desk.conversation.session.id != session, "another session")
        await desk.open(session)
        await desk.until(lambda: desk.answer() is not None, "the messages")
        await reader.looks()
        await reader.read_all()
        await reader.clipboard()
        await reader.export(Path(os.environ["CHAT2ANYLLM_HOME"]) / "export.md")
        await asyncio.sleep(1.0)  # For whatever would come later.
        _mark(END)
        return reader.did


def browser(texts: list[str]) -> Counter[str]:
    app = QApplication([])
    widget = QTextBrowser()
    widget.show()
    begin()
    for text in texts:
        # Not those that would hang or end this process.
        lines = [line for line in text.split("\n") if "pipe" not in line and "/dev/" not in line]
        widget.setHtml("\n".join(lines))
        QWidget.grab(widget)
        app.processEvents()
    address = re.search(r"http://127\.0\.0\.1:\d+/", "".join(texts))
    assert address is not None
    with contextlib.suppress(URLError, OSError):
        urllib.request.urlopen(address[0], timeout=5)
    _mark(END)
    return Counter(texts=len(texts))


def main() -> None:
    end_with_parent(watch_input=False)
    texts = json.loads(Path(sys.argv[2]).read_text("utf-8"))
    if sys.argv[1] == "browser":
        did = browser(texts)
    else:
        from qasync import QEventLoop

        QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
        app = QApplication([])
        loop = QEventLoop(app)
        asyncio.set_event_loop(loop)
        did = loop.run_until_complete(window(texts))
    print(json.dumps(did), flush=True)
    sys.stdout.flush()
    os._exit(0)  # What is left of Qt is of no interest here.


if __name__ == "__main__":
    main()
