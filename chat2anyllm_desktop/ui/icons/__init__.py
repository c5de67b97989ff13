"""The icon family: drawn for this program on a 24 px grid with a 1.5 px stroke, tinted by token.

A file is read and rendered when the icon is first asked for, at the sharpness of the screens there are.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap

from chat2anyllm_desktop.paths import resource

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from chat2anyllm_desktop.ui.theme import Theme

_FOLDER = Path(__file__).parent
_APP_SIZES = (16, 20, 22, 24, 32, 40, 48, 64, 128, 256)
_LARGEST_SMALL = 24
"""Pixels; packaging/icons.py draws those of the packages alike."""
_pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}


def names() -> list[str]:
    """Every icon there is."""
    return sorted(path.stem for path in _FOLDER.glob("*.svg"))


def pixmap(name: str, colour: QColor, size: int, ratio: float) -> QPixmap:
    """One icon in one colour; ``size`` in logical pixels, ``ratio`` the device pixel ratio. Kept once rendered."""
    key = (name, colour.name(), size, ratio)
    if key not in _pixmaps:
        from PySide6.QtSvg import QSvgRenderer  # not needed before the first icon

        source = (_FOLDER / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour.name())
        renderer = QSvgRenderer(QByteArray(source.encode()))
        renderer.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
        edge = max(1, round(size * ratio))
        picture = QPixmap(edge, edge)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        renderer.render(painter, QRectF(0, 0, edge, edge))
        painter.end()
        picture.setDevicePixelRatio(ratio)
        _pixmaps[key] = picture
    return _pixmaps[key]


def icon(name: str, theme: Theme, colour: QColor | None = None, size: int = 20) -> QIcon:
    """A tinted icon: quiet at rest, the text colour under the mouse, the accent colour when switched on.

    ``colour`` fixes one tint for all states but disabled. Ask again after ``Theme.changed``.
    """
    tokens = theme.tokens
    size = theme.scaled(size)
    result = QIcon()
    on, off = QIcon.State.On, QIcon.State.Off
    tints = (
        (colour or tokens.text_muted, QIcon.Mode.Normal, off),
        (colour or tokens.text, QIcon.Mode.Active, off),
        (colour or tokens.accent, QIcon.Mode.Normal, on),
        (colour or tokens.accent, QIcon.Mode.Active, on),
        (tokens.control, QIcon.Mode.Disabled, off),
    )
    for ratio in sorted({screen.devicePixelRatio() for screen in QGuiApplication.screens()} or {1.0}):
        for tint, mode, state in tints[:1] if colour else tints:
            result.addPixmap(pixmap(name, tint, size, ratio), mode, state)
    return result


def icon_size(theme: Theme, size: int = 20) -> QSize:
    """The size to give a button for an icon of :func:`icon`."""
    edge = theme.scaled(size)
    return QSize(edge, edge)


@cache
def app_icon() -> QIcon:
    """The program's own icon; to be set after the first paint, because the window system wants it rendered. Up to 24 pixels
    it is the small drawing, whose lines lie on whole pixels."""
    result = QIcon()
    for size in _APP_SIZES:
        result.addPixmap(_app_pixmap(size))
    return result


def _app_pixmap(size: int) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    drawing = "chat2anyllm-small.svg" if size <= _LARGEST_SMALL else "chat2anyllm.svg"
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(str(resource(f"icons/{drawing}"))).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture
