"""What can be done with the images in the conversation."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractScrollArea, QMenu

from chat2anyllm_desktop.core.images import image_format
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.theme import Theme
from chat2anyllm_desktop.ui.transcript.decoding import Refused
from chat2anyllm_desktop.ui.transcript.deeds import Deeds, copy
from chat2anyllm_desktop.ui.transcript.gallery import Gallery
from chat2anyllm_desktop.ui.transcript.layout import Layout
from chat2anyllm_desktop.ui.transcript.picture import Picture

_AS_IT_IS = QSize(1 << 20, 1 << 20)
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


class Pictures(QObject):
    """Holds the ``gallery`` of a transcript's view and keeps what is on screen in step with it.

    Signals are wishes: ``load_requested(address)``, to be answered by :meth:`put` or :meth:`refuse`, and
    ``save_requested(bytes, name)`` with a name for the file; and the fact ``unsettled``: the layout has to be made
    again.
    """

    load_requested = Signal(str)
    save_requested = Signal(bytes, str)
    unsettled = Signal()

    def __init__(self, page: Layout, deeds: Deeds, theme: Theme, view: QAbstractScrollArea) -> None:
        super().__init__(view)
        self.gallery = Gallery(view)
        self._page = page
        self._deeds = deeds
        self._theme = theme
        self._view = view
        self.gallery.arrived.connect(view.viewport().update)
        self.gallery.changed.connect(self._on_changed)
        self.gallery.load_requested.connect(self.load_requested)
        self.put = self.gallery.put
        self.refuse = self.gallery.refuse
        deeds.image_load_requested.connect(self.gallery.load)
        deeds.image_view_requested.connect(self.view)

    def view(self, picture: Picture) -> None:
        """Show an image by itself, large."""
        if picture.source is not None:
            from chat2anyllm_desktop.ui.transcript.viewer import PictureViewer

            PictureViewer(self._theme, self.gallery, picture.source, picture.name, self._view).show()

    def copy(self, picture: Picture) -> None:
        """Put the image on the clipboard."""

        def take(image: QImage | Refused) -> None:
            if isinstance(image, QImage):
                QGuiApplication.clipboard().setImage(image)

        if picture.source is not None:
            self.gallery.order(picture.source, _AS_IT_IS, self, take)

    def save(self, picture: Picture) -> None:
        """Ask for the image to be kept in a file, as it came."""
        if picture.source is not None:
            data = picture.source.data()
            self.save_requested.emit(data, _file_name(picture.name, data))

    def add_to_menu(self, menu: QMenu, picture: Picture) -> None:
        """Offer what can be done with an image."""
        if picture.source is not None:
            menu.addAction(tr("Copy image"), lambda: self.copy(picture))
            menu.addAction(tr("Save image as…"), lambda: self.save(picture))
        if address := picture.address:
            menu.addAction(tr("Copy image address"), lambda: copy(address))
            menu.addAction(tr("Open in browser"), lambda: self._deeds.link_open_requested.emit(address))

    def _on_changed(self, _address: str) -> None:
        """An image is loaded, or on its way: wherever it stands it has another place now."""
        for row in self._page.rows:
            if row.opened and "![" in row.source:
                row.refold()
                if (index := self._page.index_of(row)) is not None:
                    self._page.row_changed(index)
        self.unsettled.emit()


def _file_name(name: str, data: bytes) -> str:
    ending = image_format(data).replace("jpeg", "jpg")
    stem = " ".join(_NOT_IN_NAMES.sub(" ", name).split()).strip(" .")[:80]
    return f"{stem or 'image'}.{ending}"
