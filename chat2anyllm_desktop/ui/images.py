"""Images on the web and in files: what the transcript wishes for, done by tasks."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.controller import Controller
from chat2anyllm_desktop.ui.transcript.pictures import Pictures


class Images(QObject):
    """Loads what is clicked, and nothing else; keeps in files what is to be kept."""

    def __init__(self, pictures: Pictures, controller: Controller, window: QWidget) -> None:
        super().__init__()
        self._pictures = pictures
        self._controller = controller
        self._window = window
        pictures.load_requested.connect(self.load)
        pictures.save_requested.connect(self.save)

    def load(self, address: str) -> None:
        """Load the image behind an address and show it in its place, or say there why it cannot be."""
        self._controller.tasks.start(f"image:{address}", self._load(address))

    async def _load(self, address: str) -> None:
        from chat2anyllm_desktop.chat.image_fetch import WayOut, fetch_image

        settings = self._controller.connections.settings
        way = WayOut(
            proxy=settings.proxy_url.reveal() or None,
            ca_file=str(settings.ca_file) if settings.ca_file else None,
            connect_timeout_s=settings.connect_timeout_s,
        )
        try:
            self._pictures.put(address, await fetch_image(address, way))
        except ChatError as error:
            self._pictures.refuse(address, str(error))

    def save(self, data: bytes, name: str) -> None:
        """Ask for a file, and write an image into it."""
        dialog = QFileDialog(self._window, tr("Save image"), str(Path.home() / name))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(name.rpartition(".")[2])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(
            lambda path: self._controller.tasks.start("image:write", self._write(Path(path), data))
        )
        dialog.open()

    async def _write(self, path: Path, data: bytes) -> None:
        try:
            await asyncio.to_thread(path.write_bytes, data)
        except OSError as error:
            sentence = tr(
                "{path} cannot be written: {reason}. Choose another place.", path=path, reason=error.strerror
            )
            raise ChatError(sentence) from error
        self._controller.announcer.say("image", tr("The image is written to {path}.", path=path), seconds=8)
