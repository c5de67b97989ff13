"""Images for tests, good and bad."""

from __future__ import annotations

import base64
import struct
import zlib

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage, QPainter

from chat2anyllm_desktop.ui.transcript.picture import Picture
from tests.ui.transcript.stage import Stage


def encoded(image: QImage, kind: str = "png") -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, kind)
    return bytes(buffer.data().data())


def plain(width: int, height: int, colour: str = "#3454d1", kind: str = "png") -> bytes:
    """An image of one colour."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return encoded(image, kind)


def striped(width: int, height: int) -> QImage:
    """Every other column black, the others white: the slightest blur makes it grey."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    for x in range(0, width, 2):
        painter.fillRect(x, 0, 1, height, QColor("black"))
    painter.end()
    return image


def png_header(width: int, height: int) -> bytes:
    """A PNG that says to be this large and ends where its pixels begin."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return head + struct.pack(">I", 1 << 20) + b"IDAT" + b"\x78\x9c" + bytes(64)


def address(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def pictures(stage: Stage) -> list[Picture]:
    """Those on screen, from top to bottom."""
    return [placed.part for placed in stage.placed if isinstance(placed.part, Picture)]


def drawn(stage: Stage) -> QImage:
    """What is on screen once everything is decoded that is."""
    stage.rest()
    stage.picture()
    stage.qtbot.waitUntil(lambda: not stage.view.pictures.gallery._running, timeout=10_000)
    stage.rest()
    return stage.picture()
