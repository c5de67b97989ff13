"""Formulas and diagrams, drawn by a child process, and kept."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QByteArray, QDataStream, QObject, QTimer, Signal
from PySide6.QtGui import QColor, QPainterPath

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.render.drawing_limits import MAX_DIAGRAM, MAX_FORMULA
from chat2anyllm_desktop.ui.transcript.decoding import Source
from chat2anyllm_desktop.ui.transcript.drawing_child import NOT_HERE, DrawingChild, Request

_FRAME_MS = 16
_FORMULA_MS = 2000
_DIAGRAM_MS = 8000
_KEPT = 2000
_KEPT_BYTES = 16 << 20
_DIM, _BRIGHT = 0.17, 0.22
"""Luminance of colours that stand out from white and from nearly black alike."""
_POINT_BYTES = 24
"""Of a path in memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """Everything in em: to be multiplied with the font's pixel size. y grows downwards, the baseline is y = 0, x begins
    at 0."""

    shapes: tuple[tuple[QPainterPath, QColor | None], ...]
    """To be filled one after another; None is the colour of the text."""
    width: float
    ascent: float
    """Above the baseline."""
    descent: float
    """Below it, positive."""


@dataclass(frozen=True, slots=True, eq=False)
class Diagram:
    """Width and height in pixels of the layout."""

    source: Source
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Refused:
    """It cannot be drawn and is shown as its source; ``reason`` is for people."""

    reason: str


class Drawings(QObject):
    """What has been drawn, and the way to what has not.

    ``arrived``: some of what was asked for has come or was refused; at most once per frame.
    """

    arrived = Signal()

    def __init__(self, parent: QObject | None = None, command: list[str] | None = None) -> None:
        """``command`` starts another process than the usual one."""
        super().__init__(parent)
        self._found: OrderedDict[Request, tuple[Formula | Diagram | Refused, int]] = OrderedDict()
        self._bytes = 0
        self._child = DrawingChild(self, command)
        self._child.answered.connect(self._on_answered)
        self._frame = QTimer(self, singleShot=True, interval=_FRAME_MS)
        self._frame.timeout.connect(self.arrived)

    def formula(self, tex: str, display: bool) -> Formula | Refused | None:
        """A formula by itself (``display``) or in a line of text; None where it is not there yet: it will come, unless
        so much else is asked meanwhile that it has to be asked again. Cheap where it is there."""
        if len(tex) > MAX_FORMULA:
            return Refused(tr("longer than {n} character(s)", n=MAX_FORMULA))
        result = self._result(Request("formula", tex, "display", display, _FORMULA_MS))
        return result if not isinstance(result, Diagram) else None

    def diagram(self, source: str, dark: bool) -> Diagram | Refused | None:
        """A Mermaid diagram, for a light or a dark ground; otherwise as for a formula."""
        if len(source) > MAX_DIAGRAM:
            return Refused(tr("longer than {n} character(s)", n=MAX_DIAGRAM))
        result = self._result(Request("diagram", source, "dark", dark, _DIAGRAM_MS))
        return result if not isinstance(result, Formula) else None

    def close(self) -> None:
        """End the child; what has been drawn stays."""
        self._child.close()

    def _result(self, request: Request) -> Formula | Diagram | Refused | None:
        found = self._found.get(request)
        if found is not None:
            self._found.move_to_end(request)
            return found[0]
        if self._child.given_up:
            return Refused(NOT_HERE)
        self._child.ask(request)
        return None

    def _on_answered(self, request: Request, answer: dict[str, Any]) -> None:
        if not self._frame.isActive():
            self._frame.start()
        if answer.get("refused") == NOT_HERE:  # Nothing is known of it: it may be drawn another time.
            return
        result: Formula | Diagram | Refused
        size = len(request.source)
        if "refused" in answer:
            result = Refused(answer["refused"])
        elif "png" in answer:
            png = QByteArray.fromBase64(answer["png"].encode()).data()
            result = Diagram(Source(bytes(png)), answer["width"], answer["height"])
            size += len(png)
        else:
            result = _formula(answer)
            size += sum(path.elementCount() for path, _ in result.shapes) * _POINT_BYTES
        self._found[request] = (result, size)
        self._bytes += size
        while len(self._found) > _KEPT or (self._bytes > _KEPT_BYTES and len(self._found) > 1):
            self._bytes -= self._found.popitem(last=False)[1][1]


def _formula(answer: dict[str, Any]) -> Formula:
    shapes = tuple((_path(outline), _colour(name)) for name, outline in answer["shapes"])
    return Formula(shapes, answer["width"], answer["ascent"], answer["descent"])


def _path(outline: str) -> QPainterPath:
    stream = QDataStream(QByteArray.fromBase64(outline.encode()))
    stream.setFloatingPointPrecision(QDataStream.FloatingPointPrecision.SinglePrecision)
    path = QPainterPath()
    stream >> path
    return path


def _colour(name: str | None) -> QColor | None:
    """Neither so dark nor so light that it could not be read on the ground of one of the themes."""
    colour = QColor.fromString(name) if name else QColor()
    if not colour.isValid():
        return None
    hue, saturation, lightness = max(0.0, colour.hslHueF()), colour.hslSaturationF(), colour.lightnessF()
    for _ in range(20):
        light = _luminance(colour)
        if _DIM <= light <= _BRIGHT:
            break
        lightness = min(1.0, max(0.0, lightness + (0.04 if light < _DIM else -0.04)))
        colour = QColor.fromHslF(hue, saturation, lightness)
    return colour


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [((part + 0.055) / 1.055) ** 2.4 if part > 0.04 else part / 12.92 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
