"""Showing text that others wrote, as text: Qt would take anything that looks like HTML for HTML, and load what it names."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

TOOLTIP_LENGTH = 600
"""Characters that a tooltip shows."""


def tooltip(text: str) -> str:
    """A tooltip that shows ``text`` as it is, cut to a readable length, its line breaks kept."""
    text = text.strip()
    if len(text) > TOOLTIP_LENGTH:
        text = text[:TOOLTIP_LENGTH].rstrip() + "…"
    return f'<div style="white-space: pre-wrap">{escape(text)}</div>' if text else ""


def set_tip(widget: QWidget, text: str) -> None:
    """Give a widget such a tooltip. Screen readers are told the text: Qt would tell them the markup around it."""
    widget.setToolTip(tooltip(text))
    widget.setAccessibleDescription(text.strip()[:TOOLTIP_LENGTH])


class PlainLabel(QLabel):
    """A label that never interprets its text."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


class ElidedLabel(PlainLabel):
    """One line that ends in an ellipsis where room is short; the tooltip then has the rest."""

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(
            min(self.sizeHint().width(), 4 * self.fontMetrics().averageCharWidth()), self.sizeHint().height()
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        text = QFontMetrics(self.font()).elidedText(
            self.text().replace("\n", " "), Qt.TextElideMode.ElideRight, self.contentsRect().width()
        )
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), self.alignment() | Qt.TextFlag.TextSingleLine, text)
        painter.end()
