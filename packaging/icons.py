"""Makes the program's icons for all systems from the drawings in resources/icons, with Qt alone.

    python packaging/icons.py build/icons

Into the folder come ``chat2anyllm.ico`` (Windows), ``chat2anyllm.icns`` (macOS) and ``hicolor/`` (Linux). Sizes up to 24
pixels are drawn from ``chat2anyllm-small.svg``, whose lines lie on whole pixels; the large drawing is mud there.
"""

from __future__ import annotations

import argparse
import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWINGS = Path(__file__).resolve().parents[1] / "resources" / "icons"
NAME = "chat2anyllm-desktop"
LARGEST_SMALL = 24
ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 96, 128, 256)
HICOLOR_SIZES = (16, 22, 24, 32, 48, 64, 96, 128, 256, 512)
ICNS_KINDS = ((b"ic11", 16, 2), (b"ic12", 32, 2), (b"ic07", 128, 1), (b"ic13", 128, 2), (b"ic08", 256, 1),
              (b"ic14", 256, 2), (b"ic09", 512, 1), (b"ic10", 512, 2))  # fmt: skip
"""Name of the entry, its size in points, pixels in a point."""
MAC_SHARE = 824 / 896
"""On macOS the tile is 824 of 1024 pixels wide; in the drawing it is 896 of 1024."""


def drawn(size: int, *, ratio: int = 1, share: float = 1.0) -> QImage:
    """The icon of this size in points, ``ratio`` pixels for each; ``share`` is how much of its width is used."""
    small = size <= LARGEST_SMALL
    source = DRAWINGS / ("chat2anyllm-small.svg" if small else "chat2anyllm.svg")
    renderer = QSvgRenderer(str(source))
    if not renderer.isValid():
        raise SystemExit(f"{source} cannot be drawn")
    edge = size * ratio
    image = QImage(edge, edge, QImage.Format.Format_ARGB32)
    image.fill(0)
    inner = edge if small else edge * share
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF((edge - inner) / 2, (edge - inner) / 2, inner, inner))
    painter.end()
    return image


def png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(b"png")).write(image):
        raise SystemExit("Qt cannot write PNG here")
    return bytes(buffer.data().data())


def bitmap(image: QImage) -> bytes:
    """As .ico has it: a header with twice the height, rows from below, then a mask that the transparency overrides."""
    edge = image.width()
    pixels = bytes(image.convertToFormat(QImage.Format.Format_ARGB32).constBits())
    rows = [pixels[at : at + 4 * edge] for at in range(0, len(pixels), 4 * edge)]
    mask = bytes((edge + 31) // 32 * 4 * edge)
    header = struct.pack("<IiiHHIIiiII", 40, edge, 2 * edge, 1, 32, 0, 4 * edge * edge, 0, 0, 0, 0)
    return header + b"".join(reversed(rows)) + mask


def ico() -> bytes:
    """All sizes for Windows. Only the largest is PNG inside: what reads the others may know bitmaps alone."""
    images = [png(drawn(size)) if size == 256 else bitmap(drawn(size)) for size in ICO_SIZES]
    table, at = struct.pack("<HHH", 0, 1, len(images)), 6 + 16 * len(images)
    for size, image in zip(ICO_SIZES, images, strict=True):
        table += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(image), at)
        at += len(image)
    return table + b"".join(images)


def icns() -> bytes:
    """All sizes for macOS."""
    body = b""
    for kind, points, ratio in ICNS_KINDS:
        image = png(drawn(points, ratio=ratio, share=MAC_SHARE))
        body += kind + struct.pack(">I", 8 + len(image)) + image
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def make(folder: Path) -> None:
    """Write all of them into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chat2anyllm.ico").write_bytes(ico())
    (folder / "chat2anyllm.icns").write_bytes(icns())
    for size in HICOLOR_SIZES:
        place = folder / "hicolor" / f"{size}x{size}" / "apps"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{NAME}.png").write_bytes(png(drawn(size)))
    scalable = folder / "hicolor" / "scalable" / "apps"
    scalable.mkdir(parents=True, exist_ok=True)
    (scalable / f"{NAME}.svg").write_bytes((DRAWINGS / "chat2anyllm.svg").read_bytes())


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the icons for all systems.")
    parser.add_argument("folder", type=Path)
    make(parser.parse_args().folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
