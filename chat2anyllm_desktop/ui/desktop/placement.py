"""Where the window is, kept from one start to the next, however the screens are arranged by then."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRect, QSettings, QSize, Qt
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

_FILLING = Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen
_SEEN = QSize(96, 32)
"""So much of a window must be on a screen for it to be taken hold of."""
_FRAME = QSize(16, 48)
"""Room for borders and title bar, which the window system adds to a window that is as large as the screen."""


def save(window: QWidget, kept: QSettings) -> None:
    """Keep place, size and state."""
    kept.setValue("geometry", window.saveGeometry())
    kept.setValue("filling", (window.windowState() & _FILLING).value)


def restore(window: QWidget, kept: QSettings) -> None:
    """Place a window that is not shown yet as it was, on a screen that is there, no larger than that."""
    geometry = kept.value("geometry")
    # Qt takes no geometry over to a screen of quite another width; that the window filled its screen still holds.
    if isinstance(geometry, QByteArray) and not window.restoreGeometry(geometry):
        filling = str(kept.value("filling", "0"))
        states = Qt.WindowState(int(filling)) if filling.isdecimal() else Qt.WindowState.WindowNoState
        window.setWindowState(window.windowState() | (states & _FILLING))
    if not window.windowState() & _FILLING:
        fit(window)


def fit(window: QWidget) -> None:
    """Make a window no larger than its screen, and bring it back onto one."""
    now = window.geometry()
    room = (_screen_of(now) or QGuiApplication.primaryScreen()).availableGeometry()
    size = now.size().boundedTo(room.size() - _FRAME).expandedTo(window.minimumSizeHint())
    if size != now.size():
        window.resize(size)
    if not window.testAttribute(Qt.WidgetAttribute.WA_Moved):
        return  # The window system is to find a place for it.
    left = min(max(now.left(), room.left()), max(room.left(), room.right() - size.width() + 1))
    top = min(max(now.top(), room.top()), max(room.top(), room.bottom() - size.height() + 1))
    if _screen_of(now) is None or size != now.size():
        window.setGeometry(QRect(left, top, size.width(), size.height()))


def _screen_of(place: QRect) -> QScreen | None:
    """The screen that shows most of a window; None where it could not be taken hold of."""
    screens = QGuiApplication.screens()
    parts = [(place & screen.availableGeometry(), screen) for screen in screens]
    part, screen = max(parts, key=lambda pair: _area(pair[0]), default=(QRect(), None))
    return screen if part.width() >= _SEEN.width() and part.height() >= _SEEN.height() else None


def _area(part: QRect) -> int:
    return max(0, part.width()) * max(0, part.height())
