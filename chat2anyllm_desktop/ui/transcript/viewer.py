"""One image by itself, as large as the window."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsPixmapItem, QGraphicsScene, QGraphicsView, QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.theme import Theme
from chat2anyllm_desktop.ui.tokens import LIGHT
from chat2anyllm_desktop.ui.transcript.decoding import Refused, Source
from chat2anyllm_desktop.ui.transcript.gallery import Gallery

LARGEST = QSize(4096, 4096)
"""Pixels of an image; a larger one is scaled down to that."""
_STEP = 1.25
_CLOSEST = 16.0
_SHARE = 0.8
"""Of the screen, at most, when it opens."""


class PictureViewer(QGraphicsView):
    """A window of its own. Wheel, + and - make the image larger and smaller, 0 shows all of it, 1 shows it pixel by pixel,
    the mouse moves it, Esc closes."""

    def __init__(self, theme: Theme, gallery: Gallery, source: Source, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowFlag(Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(name.replace("[*]", "[*][*]") or tr("Image"))
        self.setAccessibleName(name or tr("Image"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setBackgroundBrush(theme.tokens.surface)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._item = QGraphicsPixmapItem()
        self._item.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self._all = True
        """All of it is to be seen, however large the window is."""
        self._scene = QGraphicsScene(self)
        self._scene.addItem(self._item)
        self.setScene(self._scene)
        self.resize(640, 480)
        gallery.order(source, LARGEST, self, self._show)

    @property
    def zoom(self) -> float:
        """Size on the screen by size of the image."""
        return self.transform().m11() * self.devicePixelRatioF()

    @property
    def is_shown(self) -> bool:
        """The image is there."""
        return not self._item.pixmap().isNull()

    def zoom_by(self, factor: float) -> None:
        """Larger for factors above 1."""
        smallest = min(1.0, self._fitting) / 2
        factor = min(max(factor, smallest / self.zoom), _CLOSEST / self.zoom)
        self._all = False
        self.scale(factor, factor)

    def show_all(self) -> None:
        """Fit the image into the window; a small one stays as it is."""
        self._all = True
        self.resetTransform()
        scale = min(1.0, self._fitting) / self.devicePixelRatioF()
        self.scale(scale, scale)
        self.centerOn(self._item)

    @property
    def _fitting(self) -> float:
        area, size = self.viewport().size() * self.devicePixelRatioF(), self._item.pixmap().size()
        return min(area.width() / max(1, size.width()), area.height() / max(1, size.height()))

    def _show(self, image: QImage | Refused) -> None:
        if isinstance(image, Refused):  # It is shown in the conversation, and so it can be decoded.
            self.close()
            return
        if image.hasAlphaChannel():  # Drawn for paper, most of them.
            self.setBackgroundBrush(LIGHT.background)
        self._item.setPixmap(QPixmap.fromImage(image))
        self._scene.setSceneRect(self._item.boundingRect())
        room = self.screen().availableSize() * _SHARE
        natural = image.size() / self.devicePixelRatioF()
        self.resize(natural.boundedTo(room).expandedTo(QSize(320, 240)))
        self.show_all()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape:
                self.close()
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_by(_STEP)
            case Qt.Key.Key_Minus:
                self.zoom_by(1 / _STEP)
            case Qt.Key.Key_0:
                self.show_all()
            case Qt.Key.Key_1:
                self.zoom_by(1 / self.zoom)
            case _:
                super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(_STEP ** (event.angleDelta().y() / 120))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._all:
            self.show_all()
