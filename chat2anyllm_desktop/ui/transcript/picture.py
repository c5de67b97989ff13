"""One image between the paragraphs, or the sentence that stands in its place."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QTransform

from chat2anyllm_desktop.core.images import is_data_image
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.theme import RADIUS
from chat2anyllm_desktop.ui.tokens import LIGHT
from chat2anyllm_desktop.ui.transcript.decoding import Refused, Source, fitted, size_of
from chat2anyllm_desktop.ui.transcript.figures import Figure
from chat2anyllm_desktop.ui.transcript.gallery import Elsewhere, Gallery
from chat2anyllm_desktop.ui.transcript.lines import Lines
from chat2anyllm_desktop.ui.transcript.outline import Leaf
from chat2anyllm_desktop.ui.transcript.part import Canvas, Deed, LeafPart, Spot
from chat2anyllm_desktop.ui.transcript.runs import units, visible
from chat2anyllm_desktop.ui.transcript.style import Style

TALLEST = 480
"""Pixels; a taller image is shown smaller, and in full by itself."""
_SELECTED_ALPHA = 130


class Picture(LeafPart):
    """Shows a :class:`Figure` no larger than it is, with its description below. Its pixels are the gallery's: they are
    asked for when it is laid out or drawn, and its height is known without them.

    Where there is no image (yet), a sentence says so: how much has come, why it is not shown, what can be done.
    """

    __slots__ = ("_gallery", "_known", "_lines", "_note", "_size", "_source", "_width")

    selectable = True

    def __init__(self, leaf: Leaf, style: Style, gallery: Gallery) -> None:
        super().__init__(leaf, style)
        self._gallery = gallery
        self._known: Elsewhere | None = None
        self._source: Source | None = None
        self._size: QSize | None = None
        """Of the image; None where it is not shown."""
        self._note: str | None = None
        """The sentence; empty where the image is shown, None before that is known."""
        self._lines: Lines | None = None
        self._width = 0
        self.height = self.gap + 8 * style.line

    def update(self, leaf: Leaf) -> bool:
        old = self.leaf
        if (old.gap, old.left) != (leaf.gap, leaf.left) or old.node != leaf.node:
            return False
        if self._note is not None and self._known is not self._gallery.elsewhere(self._figure.image.src):
            return False
        self.leaf = leaf
        return True

    @property
    def text(self) -> str:
        """The description, or the sentence."""
        note = self._looked()
        return note or self._name or tr("Image")

    @property
    def built(self) -> bool:
        return self._lines is not None

    @property
    def source(self) -> Source | None:
        """The image, where it is shown."""
        self._looked()
        return self._source if self._size is not None else None

    @property
    def address(self) -> str:
        """Where the image is from; empty for one that is in the text."""
        src = self._figure.image.src
        return "" if is_data_image(src) else src

    @property
    def name(self) -> str:
        """What people call it; may be empty."""
        return self._name

    def measure(self, width: int) -> int:
        note = self._looked()
        self._width = width
        if self._lines is None:
            style = self.style
            colour = style.tokens.text_muted
            self._lines = Lines(self.text, (), style, font=style.small, line=style.small_line, colour=colour)
        inner = width - self.left(width)
        if note:
            self.height = self.gap + self._lines.lay_out(inner - 2 * self.style.pad) + 4 * self.style.grid
            self.height += self._button if self._problem else 0
        else:
            caption = self._lines.lay_out(inner)
            self.height = round(self._area.bottom()) + (caption + self.style.grid if self._name else 0)
            self._pixels(self._gallery.ratio)  # Begun before it comes on screen.
        self.measured = True
        return self.height

    def release(self) -> None:
        self._lines = None

    def paint(self, canvas: Canvas) -> None:
        lines, style = self._lines, self.style
        if lines is None:
            return
        left = self.left(self._width)
        self.paint_frame(canvas, left, self.gap + style.line * 0.75)
        painter = canvas.painter
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._note:
            painter.setPen(QPen(style.tokens.hairline, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self._box.adjusted(0.5, 0.5, -0.5, -0.5), style.radius, style.radius)
            lines.paint(painter, self._text_left, self._text_top, marks=canvas.marks())
            for spot in self.spots():
                _paint_button(canvas, spot)
        else:
            self._paint_image(canvas)
            if self._name:
                lines.paint(painter, self._text_left, self._text_top, marks=canvas.marks())
        painter.restore()

    def position_at(self, x: float, y: float) -> int:
        if self._lines is not None and (self._note or (self._name and y > self._area.bottom())):
            return self._lines.position_at(x - self._text_left, y - self._text_top)
        return 0 if y < self._area.center().y() else units(self.text)

    def top_of(self, position: int) -> int:
        if self._lines is None or not position:
            return self.gap
        return self._text_top + self._lines.top_of(position)

    def cursor_rect(self, position: int) -> QRectF:
        if self._lines is None or not (self._note or self._name):
            return super().cursor_rect(position)
        return self._lines.cursor_rect(position).translated(self._text_left, self._text_top)

    def spots(self) -> Sequence[Spot]:
        if self.source is not None:
            label = visible(self._figure.image.title) or tr("Open image")
            return (Spot(Deed.VIEW_IMAGE, label, self.address, self._area),)
        if not self._problem:
            return ()
        style = self.style
        x = float(self.left(self._width) + style.pad)
        top = self.height - self._button
        found = []
        for deed, label in ((Deed.LOAD_IMAGE, tr("Retry")), (Deed.LINK, tr("Open in browser"))):
            width = style.text_width(label) + 6 * style.grid
            found.append(
                Spot(deed, label, self.address, QRectF(x, top, width, style.small_line + 2 * style.grid))
            )
            x += width + 2 * style.grid
        return found

    # What it is --------------------------------------------------------------------------------------------------------
    @property
    def _figure(self) -> Figure:
        assert isinstance(self.leaf.node, Figure)
        return self.leaf.node

    @property
    def _name(self) -> str:
        image = self._figure.image
        return " ".join(visible(image.alt or image.title).split())

    @property
    def _problem(self) -> bool:
        return self._known is not None and bool(self._known.problem)

    def _looked(self) -> str:
        """Find out, once, what is to be shown; returns the sentence."""
        if self._note is None:
            self._note = self._find_out()
        return self._note

    def _find_out(self) -> str:
        figure = self._figure
        src = figure.image.src
        if figure.arrived is not None:
            state = tr("cut off") if figure.cut_off else tr("arriving")
            amount = _amount(figure.arrived)
            return tr("{name} (image, {size}, {state})", name=self._name, size=amount, state=state).lstrip()
        if is_data_image(src):
            self._source = Source(src)
        else:
            self._known = self._gallery.elsewhere(src)
            place = tr("{name} (image at {host})", name=self._name, host=urlsplit(src).hostname).lstrip()
            if self._known is None or self._known.source is None:
                problem = self._known.problem if self._known is not None else ""
                if not problem:
                    return tr("{image} is being loaded…", image=place)
                return tr("{image} could not be loaded: {problem}", image=place, problem=problem)
            self._source = self._known.source
        size = size_of(self._source)
        if isinstance(size, Refused):
            return tr(
                "{name} (image) cannot be shown: {reason}", name=self._name, reason=size.reason
            ).lstrip()
        self._size = size
        return ""

    # Where it is -------------------------------------------------------------------------------------------------------
    @property
    def _box(self) -> QRectF:
        left = self.left(self._width)
        return QRectF(left, self.gap, self._width - left, self.height - self.gap)

    @property
    def _button(self) -> int:
        """Height of the row of buttons, with the space below."""
        return self.style.small_line + 4 * self.style.grid

    @property
    def _text_left(self) -> int:
        return self.left(self._width) + (self.style.pad if self._note else 0)

    @property
    def _text_top(self) -> int:
        return self.gap + 2 * self.style.grid if self._note else round(self._area.bottom()) + self.style.grid

    @property
    def _area(self) -> QRectF:
        """Of the image itself."""
        left = self.left(self._width)
        size = fitted(self._size, QSize(max(1, self._width - left), TALLEST)) if self._size else QSize(1, 1)
        return QRectF(left, self.gap, size.width(), size.height())

    def _pixels(self, ratio: float) -> QImage | Refused | None:
        area = self._area
        assert self._source is not None
        return self._gallery.pixels(
            self._source, QSize(round(area.width() * ratio), round(area.height() * ratio))
        )

    def _paint_image(self, canvas: Canvas) -> None:
        painter, style, tokens = canvas.painter, self.style, self.style.tokens
        area, ratio = self._area, painter.deviceTransform().m11()
        radius = min(style.radius, area.width() / 4, area.height() / 4)
        shape = QPainterPath()
        shape.addRoundedRect(area, radius, radius)
        pixels = self._pixels(ratio)
        if isinstance(pixels, QImage):
            if pixels.hasAlphaChannel():  # Drawn for paper, most of them.
                painter.fillPath(shape, LIGHT.background)
            _fill(painter, shape, area, pixels, ratio)
        else:
            painter.fillPath(shape, tokens.hover)
        if isinstance(pixels, Refused):
            painter.setPen(tokens.text_muted)
            painter.setFont(style.small)
            words = tr("Cannot be shown: {reason}", reason=pixels.reason)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
        if canvas.selection is not None:
            tint = QColor(tokens.selection)
            tint.setAlpha(_SELECTED_ALPHA)
            painter.fillPath(shape, tint)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        lit = canvas.lit is not None and canvas.lit.deed is Deed.VIEW_IMAGE
        painter.setPen(QPen(tokens.accent, 2) if lit else QPen(tokens.hairline, 1))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def _fill(painter: QPainter, shape: QPainterPath, area: QRectF, image: QImage, ratio: float) -> None:
    """Draw an image into its area, rounded. Pixel upon pixel where it was made for this area and this screen."""
    exact = (image.width(), image.height()) == (round(area.width() * ratio), round(area.height() * ratio))
    corner = area.topLeft()
    if exact:
        to_screen = painter.deviceTransform()
        on_screen = to_screen.map(corner)
        corner = to_screen.inverted()[0].map(QPointF(round(on_screen.x()), round(on_screen.y())))
    place = QTransform.fromTranslate(corner.x(), corner.y())
    if exact:
        place.scale(1 / ratio, 1 / ratio)
    else:
        place.scale(area.width() / image.width(), area.height() / image.height())
    brush = QBrush(image)
    brush.setTransform(place)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact)
    painter.fillPath(shape, brush)


def _paint_button(canvas: Canvas, spot: Spot) -> None:
    painter, style, tokens = canvas.painter, canvas.style, canvas.style.tokens
    assert spot.area is not None
    painter.setFont(style.small)
    painter.setPen(tokens.control)
    painter.setBrush(tokens.hover if spot.same(canvas.lit) else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(spot.area.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
    painter.setPen(tokens.text)
    painter.drawText(spot.area, Qt.AlignmentFlag.AlignCenter, spot.label)


def _amount(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{-(-size // 1000)} KB"
