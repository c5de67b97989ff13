"""The icons that the build makes, read by Qt's own readers of their formats."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage, QImageReader

ROOT = Path(__file__).parents[2]
BLUE = QColor("#3454d1")


@pytest.fixture(scope="module")
def icons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("icons")
    subprocess.run([sys.executable, str(ROOT / "packaging" / "icons.py"), str(folder)], check=True)
    return folder


def looks_like_the_icon(image: QImage) -> bool:
    """A blue tile whose corners are transparent, with a white bubble in it."""
    edge = image.width()
    corner, side = image.pixelColor(0, 0), image.pixelColor(edge // 2, edge - max(2, edge // 8))
    bubble = image.pixelColor(edge * 5 // 16, edge * 5 // 16)
    return corner.alpha() < 128 and side == BLUE and bubble == QColor("white")


def test_windows_finds_every_size(icons: Path) -> None:
    reader = QImageReader(str(icons / "chat2anyllm.ico"))
    found = []
    for index in range(reader.imageCount()):
        reader.jumpToImage(index)
        image = reader.read()
        assert looks_like_the_icon(image), f"{image.width()} pixels"
        found.append(image.width())
    assert found == [16, 20, 24, 32, 40, 48, 64, 96, 128, 256]


def test_sizes_but_the_largest_are_bitmaps_for_old_readers(icons: Path) -> None:
    data = (icons / "chat2anyllm.ico").read_bytes()
    (count,) = struct.unpack_from("<H", data, 4)
    starts = [struct.unpack_from("<I", data, 6 + 16 * index + 12)[0] for index in range(count)]
    kinds = ["png" if data[at + 1 : at + 4] == b"PNG" else "bitmap" for at in starts]
    assert kinds == ["bitmap"] * 9 + ["png"]


def test_macos_finds_every_size_with_its_margin(icons: Path) -> None:
    data = (icons / "chat2anyllm.icns").read_bytes()
    assert data[:4] == b"icns"
    assert struct.unpack_from(">I", data, 4)[0] == len(data)
    sizes, at = {}, 8
    while at < len(data):
        kind, length = struct.unpack_from(">4sI", data, at)
        image = QImage.fromData(data[at + 8 : at + length], "PNG")
        sizes[kind.decode()] = image.width()
        if image.width() == 1024:
            assert image.pixelColor(99, 512).alpha() < 128
            assert image.pixelColor(102, 512) == BLUE
        at += length
    assert sizes == {
        "ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512, "ic09": 512, "ic10": 1024
    }  # fmt: skip


def test_linux_finds_every_size(icons: Path) -> None:
    sizes = []
    for path in (icons / "hicolor").glob("*/apps/chat2anyllm-desktop.png"):
        image = QImage(str(path))
        assert f"{image.width()}x{image.height()}" == path.parents[1].name
        assert looks_like_the_icon(image)
        sizes.append(image.width())
    assert sorted(sizes) == [16, 22, 24, 32, 48, 64, 96, 128, 256, 512]
    assert (icons / "hicolor/scalable/apps/chat2anyllm-desktop.svg").exists()


def test_the_smallest_is_sharp(icons: Path) -> None:
    """Its three lines and the gaps between them have pixels of their own."""
    image = QImage(str(icons / "hicolor/16x16/apps/chat2anyllm-desktop.png"))
    column = [image.pixelColor(10, row) for row in range(3, 10)]
    assert column == [QColor("white") if row % 2 else BLUE for row in range(3, 10)]
