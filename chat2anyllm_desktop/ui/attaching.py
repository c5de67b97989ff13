"""Files on their way into a message: chosen, dropped on the window or pasted; read off the UI thread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog

from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.chat.text_files import read_text_file
from chat2anyllm_desktop.core.errors import InputError
from chat2anyllm_desktop.core.language import sentences, tr
from chat2anyllm_desktop.ui.announcer import Announcer
from chat2anyllm_desktop.ui.composer import Composer
from chat2anyllm_desktop.ui.facts import Tone
from chat2anyllm_desktop.ui.main_window import MainWindow

MOST_FILES = 50
"""At once: whoever drops a folder's worth of files by mistake is not to wait for it."""
_SENTENCES = 3


class Attaching(QObject):
    """Reads what the composer was given, and says what cannot be attached and why."""

    def __init__(self, window: MainWindow, composer: Composer, tasks: Tasks, announcer: Announcer) -> None:
        super().__init__(window)
        self._window, self._composer = window, composer
        self._tasks, self._announcer = tasks, announcer
        self._numbers = count(1)
        composer.files_given.connect(self.attach)
        composer.attach_requested.connect(self.choose)
        composer.picture_pasted.connect(self._on_picture_pasted)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def choose(self) -> None:
        """Ask for files."""
        dialog = QFileDialog(self._window, tr("Attach files"), str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self.attach([Path(name) for name in names]))
        dialog.open()

    def attach(self, paths: Sequence[Path]) -> None:
        """Read these, and put them above the message field of the session that is on show by then."""
        self._tasks.start(f"attach:{next(self._numbers)}", self._attach(paths))

    async def _attach(self, paths: Sequence[Path]) -> None:
        self._announcer.withdraw("attach")
        pieces, said = [], []
        for path in paths[:MOST_FILES]:
            try:
                pieces.append(await asyncio.to_thread(read_text_file, path))
            except InputError as error:
                said.append(str(error))
        if len(paths) > MOST_FILES:
            said.append(tr("Only the first {count} files are attached.", count=MOST_FILES))
        if pieces:
            self._composer.attach(pieces)
            self._composer.setFocus()
        if said:
            more = len(said) - _SENTENCES
            if more > 0:
                said[_SENTENCES:] = [tr("{n} more file(s) cannot be attached.", n=more)]
            self._announcer.say("attach", sentences(*said), tone=Tone.ATTENTION, seconds=20)

    def _on_picture_pasted(self) -> None:
        self._announcer.say(
            "attach",
            tr("Pictures cannot be attached: only text is sent to the model."),
            tone=Tone.ATTENTION,
            seconds=8,
        )

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Files may be dropped anywhere in the window."""
        if event.type() not in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            return False
        assert isinstance(event, QDropEvent)
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if not files:
            return False
        event.acceptProposedAction()
        if not isinstance(event, QDragMoveEvent):
            self.attach(files)
        return True
