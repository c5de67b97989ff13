"""What cannot be read whole: texts that are larger than the place they are shown in."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt, QTextBoundaryFinder
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QScrollArea,
    QTabBar,
    QWidget,
)

from chat2anyllm_desktop.ui.header import _PickerButton
from chat2anyllm_desktop.ui.plain_text import ElidedLabel
from chat2anyllm_desktop.ui.theme import SPACE_M

_ROUNDED = 1
"""Pixels by which a text may be rounded up."""


def clipped(root: QWidget) -> list[str]:
    """The visible texts of a widget that are cut off, each with the room it has and the room it wants. What ends in an
    ellipsis by intention, and tells the rest in its tooltip, is not cut off."""
    parts = (part for part in (root, *root.findChildren(QWidget)) if part.isVisible())
    found = {
        f"{type(part).__name__} {text!r} {part.width()}x{part.height()}: {fault}"
        for part in parts
        for text, fault in _faults(part)
    }
    return sorted(found)


def _faults(part: QWidget) -> Iterator[tuple[str, str]]:
    match part:
        case ElidedLabel() | _PickerButton():
            return
        case QLabel() if part.text():
            yield from _label_faults(part)
        case QAbstractButton() if part.text() and not _icon_alone(part):
            wanted = part.sizeHint()
            if part.width() < wanted.width() - _ROUNDED or part.height() < wanted.height() - _ROUNDED:
                yield part.text(), f"wants {wanted.width()}x{wanted.height()}"
        case QComboBox():
            if part.width() < part.sizeHint().width() - _ROUNDED:
                yield part.currentText(), f"wants {part.sizeHint().width()}"
        case QLineEdit() if part.placeholderText() and not part.text():
            margins = part.textMargins()
            room = part.contentsRect().width() - margins.left() - margins.right() - 4
            if part.fontMetrics().horizontalAdvance(part.placeholderText()) > room:
                yield part.placeholderText(), f"has room for {room}"
        case QListWidget() if part.property("look") == "pages":
            room = part.viewport().width() - 2 * SPACE_M
            for row in range(part.count()):
                if part.fontMetrics().horizontalAdvance(part.item(row).text()) > room:
                    yield part.item(row).text(), f"has room for {room}"
        case QTabBar():
            for tab in range(part.count()):
                if part.tabRect(tab).width() < part.tabSizeHint(tab).width() - _ROUNDED:
                    yield part.tabText(tab), f"wants {part.tabSizeHint(tab).width()}"
        case QMenu():
            # One that is too high is scrolled.
            if part.width() < min(part.sizeHint().width(), part.screen().availableGeometry().width()):
                yield part.title(), f"wants {part.sizeHint().width()}"
    if isinstance(part, QLabel | QAbstractButton | QLineEdit) and not _scrolls(part):
        seen = part.visibleRegion().boundingRect()
        hidden = max(part.width() - seen.width(), part.height() - seen.height())
        if hidden > _ROUNDED and not _covered(part):
            yield part.accessibleName() or part.objectName(), f"is seen as {seen.width()}x{seen.height()}"


def _label_faults(part: QLabel) -> Iterator[tuple[str, str]]:
    if part.wordWrap():
        wanted = part.heightForWidth(part.width())
        longest = max(map(part.fontMetrics().horizontalAdvance, _pieces(part.text())), default=0)
        if part.height() < wanted - _ROUNDED:
            yield part.text(), f"wants a height of {wanted}"
        if part.contentsRect().width() < longest - _ROUNDED and part.textFormat() is Qt.TextFormat.PlainText:
            yield part.text(), f"its longest word wants {longest}"
    elif (
        part.width() < part.sizeHint().width() - _ROUNDED
        or part.height() < part.sizeHint().height() - _ROUNDED
    ):
        yield part.text(), f"wants {part.sizeHint().width()}x{part.sizeHint().height()}"


def _pieces(text: str) -> Iterator[str]:
    """What stands on one line in any case: words, and in Chinese hardly more than a character."""
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Line, text)
    start = 0
    while (end := finder.toNextBoundary()) >= 0:
        yield text[start:end].strip()
        start = end


def _icon_alone(button: QAbstractButton) -> bool:
    style = getattr(button, "toolButtonStyle", None)
    return style is not None and style() == Qt.ToolButtonStyle.ToolButtonIconOnly


def _scrolls(part: QWidget) -> bool:
    """It stands in something that is scrolled, so that not all of it needs to be on screen."""
    above = part.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, QScrollArea | QAbstractScrollArea):
            return True
        above = above.parentWidget()
    return False


def _covered(part: QWidget) -> bool:
    """Something lies over it for a while: a list of completions, a cell that is edited."""
    siblings = part.window().findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    area = part.rect().translated(part.mapTo(part.window(), part.rect().topLeft()))
    return any(
        other.isVisible() and other.property("look") == "popup" and other.geometry().intersects(area)
        for other in siblings
    )
