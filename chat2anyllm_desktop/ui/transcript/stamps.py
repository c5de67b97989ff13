"""Formulas as pictures: filling the outlines of one takes 100 to 500 microseconds, a picture of it two."""

from __future__ import annotations

from collections import OrderedDict
from math import ceil, floor

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from chat2anyllm_desktop.ui.transcript.drawings import Formula

_KEPT_BYTES = 16 << 20
_LARGEST_BYTES = 4 << 20
"""What is larger is drawn anew each time."""
_MARGIN = 2
"""Pixels around a formula: slanted letters reach beyond their width."""

_Key = tuple[Formula, float, int, float]


class Stamps:
    """Those last used are kept."""

    __slots__ = ("_bytes", "_kept")

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, QPixmap] = OrderedDict()
        self._bytes = 0

    def paint(
        self, painter: QPainter, formula: Formula, baseline: QPointF, size: float, colour: QColor
    ) -> None:
        """Draw a formula with the left end of its baseline at a point, ``size`` pixels to the em."""
        device = painter.deviceTransform()
        ratio, at = device.m11(), device.map(baseline)
        # Text stands on whole pixels of the device wherever it is drawn: a formula does as well, and is as sharp.
        fit = QPointF(floor(at.x() + 0.5) - at.x(), floor(at.y() + 0.5) - at.y()) / ratio
        margin, high = _MARGIN / ratio, ceil(formula.ascent * size * ratio) / ratio
        stamp = self._stamp(formula, size, colour, ratio)
        if stamp is not None:
            painter.drawPixmap(baseline + fit - QPointF(margin, margin + high), stamp)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _fill(painter, formula, baseline + fit, size, colour)
        painter.restore()

    def _stamp(self, formula: Formula, size: float, colour: QColor, ratio: float) -> QPixmap | None:
        key = (formula, size, colour.rgba(), ratio)
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            return known
        scale = size * ratio
        high = ceil(formula.ascent * scale)
        width = ceil(formula.width * scale) + 2 * _MARGIN
        height = high + ceil(formula.descent * scale) + 2 * _MARGIN
        if width * height * 4 > _LARGEST_BYTES:
            return None
        stamp = QPixmap(width, height)
        stamp.fill(Qt.GlobalColor.transparent)
        painter = QPainter(stamp)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _fill(painter, formula, QPointF(_MARGIN, _MARGIN + high), scale, colour)
        painter.end()
        stamp.setDevicePixelRatio(ratio)
        self._kept[key] = stamp
        self._bytes += _bytes(stamp)
        while self._bytes > _KEPT_BYTES:
            self._bytes -= _bytes(self._kept.popitem(last=False)[1])
        return stamp


def _bytes(stamp: QPixmap) -> int:
    return stamp.width() * stamp.height() * 4


def _fill(painter: QPainter, formula: Formula, baseline: QPointF, size: float, colour: QColor) -> None:
    painter.translate(baseline)
    painter.scale(size, size)
    for shape, own in formula.shapes:
        painter.fillPath(shape, own or colour)
