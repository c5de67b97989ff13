"""From the bytes of an image to its pixels. Only in memory, only what its first bytes say that it is, and nothing that
would be too large.

Qt reads images without Python's lock: while another thread decodes 30 megapixels (0.3 s), a 4 ms timer of this one comes
at most 8 ms late, as it does without (p99). So pixels are made in a thread; what needs the lock there (base64) is done in
slices of a millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader

from chat2anyllm_desktop.core.images import (
    FORMATS,
    MAX_BYTES,
    data_bytes,
    data_size,
    harmless,
    image_format,
)
from chat2anyllm_desktop.core.language import tr

MAX_PIXELS = 40_000_000
_MAX_MEGABYTES = 192
"""Of pixels while one image is decoded: 40 megapixels of 4 bytes, not of 8."""
_HEAD = 48 * 1024
"""Bytes in which the size of nearly every image stands."""
_CONVERTED = 2_000_000
"""Pixels. Larger images are left in the format that they come in: converting holds Python's lock, for 2 ms a megapixel."""


class Source:
    """An image as it came: a ``data:`` address or bytes. Sources of the same image have the same ``key``."""

    __slots__ = ("_origin", "key")

    def __init__(self, origin: str | bytes) -> None:
        self._origin = origin
        self.key = (hash(origin), len(origin))

    @property
    def size(self) -> int:
        """Bytes, about."""
        return len(self._origin) if isinstance(self._origin, bytes) else data_size(self._origin)

    def data(self, limit: int | None = None) -> bytes:
        """All bytes, or at least the first ``limit``. Raises ValueError where there are none."""
        if isinstance(self._origin, str):
            return data_bytes(self._origin, limit)
        return self._origin[:limit]


@dataclass(frozen=True, slots=True)
class Refused:
    """Cannot be shown; ``reason`` goes on with a sentence of which the image is the subject."""

    reason: str


def _damaged() -> Refused:
    return Refused(tr("it is damaged"))


def size_of(source: Source) -> QSize | Refused:
    """Width and height as the image is to be seen. Looks at its beginning only, if that says it."""
    if source.size > MAX_BYTES:
        return Refused(tr("it is larger than {size} MB", size=MAX_BYTES >> 20))
    for limit in (_HEAD, None):
        opened = _opened(source, limit)
        if isinstance(opened, Refused):
            return opened
        size = opened.reader.size()
        if size.isValid():
            return _checked(size, turned=opened.turned)
    return _damaged()


def decode(source: Source, bound: QSize) -> QImage | Refused:
    """The pixels, scaled down to fit ``bound`` and never up. On any thread."""
    opened = _opened(source, None)
    if isinstance(opened, Refused):
        return opened
    reader = opened.reader
    checked = _checked(reader.size(), turned=opened.turned)
    if isinstance(checked, Refused):
        return checked
    scaled = fitted(checked, bound)
    if scaled != checked:
        reader.setScaledSize(scaled.transposed() if opened.turned else scaled)
    image = reader.read()
    if image.isNull():
        return _damaged()
    plain = (QImage.Format.Format_RGB32, QImage.Format.Format_ARGB32_Premultiplied)
    if image.format() not in plain and image.width() * image.height() <= _CONVERTED:
        image.convertTo(plain[image.hasAlphaChannel()])
    return image


def fitted(size: QSize, bound: QSize) -> QSize:
    """The size as large as it fits into ``bound``, at most as it is and at least one pixel."""
    scale = min(1.0, bound.width() / size.width(), bound.height() / size.height())
    return QSize(max(1, round(size.width() * scale)), max(1, round(size.height() * scale)))


class _Opened:
    """A reader, and the bytes under it: Qt does not keep them."""

    def __init__(self, data: bytes, kind: str) -> None:
        self._buffer = QBuffer()
        self._buffer.setData(QByteArray(data))
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self.reader = QImageReader(self._buffer, QByteArray(kind.encode()))
        self.reader.setDecideFormatFromContent(False)
        self.reader.setAutoTransform(True)

    @property
    def turned(self) -> bool:
        """Photographs lie on their side and say so."""
        return bool(self.reader.transformation() & QImageIOHandler.Transformation.TransformationRotate90)


def _opened(source: Source, limit: int | None) -> _Opened | Refused:
    try:
        data = harmless(source.data(limit))
    except ValueError:
        return _damaged()
    kind = image_format(data)
    if not kind:
        *names, last = FORMATS.values()
        no_image = tr("it is no {formats} or {last}", formats=tr(", ").join(names), last=last)
        return Refused(no_image if data else tr("it is empty"))
    QImageReader.setAllocationLimit(_MAX_MEGABYTES)
    return _Opened(data, kind)


def _checked(size: QSize, *, turned: bool) -> QSize | Refused:
    if size.isEmpty():
        return _damaged()
    if size.width() * size.height() > MAX_PIXELS:
        return Refused(
            tr("its {width:,} by {height:,} pixels are too many", width=size.width(), height=size.height())
        )
    return size.transposed() if turned else size
