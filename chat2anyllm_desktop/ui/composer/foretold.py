"""The lines below the completion list: how the command is used, what is being filled in, and what Enter will do."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.chat.commands import Foretold
from chat2anyllm_desktop.ui.theme import SPACE_S, FontRole, Theme

MOST_LINES = 3
"""Of a sentence; a longer one ends in an ellipsis."""
_PADDING = 12


class ForetoldLines(QWidget):
    """Hidden while there is nothing to say."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.foretold: Foretold | None = None
        self.hide()

    def tell(self, foretold: Foretold | None) -> None:
        """Say this; None says nothing."""
        self.foretold = foretold
        self.setVisible(foretold is not None)
        if foretold is not None:
            self.setAccessibleName(foretold.sentence)
            self.setAccessibleDescription(" ".join(foretold.usage))
        self.update()

    def height_for(self, width: int) -> int:
        """Pixels that it takes when it is so wide; fixed from now on."""
        if self.foretold is None:
            return 0
        line = QFontMetrics(self._theme.font(FontRole.UI)).lineSpacing()
        height = self._usage_height() + len(self._lines(width - 2 * _PADDING)) * line + 2 * SPACE_S + 1
        self.setFixedHeight(height)
        return height

    def _usage_height(self) -> int:
        shown = self.foretold is not None and len(self.foretold.usage) > 1
        return QFontMetrics(self._theme.font(FontRole.UI_STRONG)).lineSpacing() + SPACE_S if shown else 0

    def _lines(self, width: int) -> list[str]:
        """The sentence in lines of that many pixels, broken between words where it can be."""
        font, text = (
            self._theme.font(FontRole.UI),
            self.foretold.sentence if self.foretold is not None else "",
        )
        layout = QTextLayout(text, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        starts: list[int] = []
        layout.beginLayout()
        while len(starts) < MOST_LINES and (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, width))
            starts.append(line.textStart())
        layout.endLayout()
        units = text.encode("utf-16-le")
        ends = [*starts[1:], len(units) // 2]
        lines = [
            units[2 * start : 2 * end].decode("utf-16-le") for start, end in zip(starts, ends, strict=True)
        ]
        return [
            QFontMetrics(font).elidedText(line.rstrip(), Qt.TextElideMode.ElideRight, width) for line in lines
        ]

    def _paint_usage(self, painter: QPainter, area: QRect) -> None:
        """The command and its arguments; the one that is being filled in stands out, and is never cut away."""
        assert self.foretold is not None
        tokens, usage, slot = self._theme.tokens, self.foretold.usage, self.foretold.slot
        plain, strong = self._theme.font(FontRole.UI), self._theme.font(FontRole.UI_STRONG)
        metrics = [QFontMetrics(strong if number == slot else plain) for number in range(len(usage))]
        space = metrics[0].horizontalAdvance(" ")
        widths = [each.horizontalAdvance(words) + space for each, words in zip(metrics, usage, strict=True)]
        first = 0
        while first < slot and sum(widths[first : slot + 1]) > area.width():
            first += 1
        left = area.left()
        for number in range(first, len(usage)):
            room = area.right() + 1 - left
            if room <= 0:
                break
            current = number == slot and slot > 0
            painter.setFont(strong if number == slot else plain)
            painter.setPen(tokens.accent if current else tokens.text if number == 0 else tokens.text_muted)
            words = metrics[number].elidedText(usage[number], Qt.TextElideMode.ElideRight, room)
            painter.drawText(
                QRect(left, area.top(), room, area.height()), Qt.AlignmentFlag.AlignVCenter, words
            )
            left += widths[number]

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        return QSize(200, self.height_for(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.foretold is None:
            return
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setPen(tokens.hairline)
        painter.drawLine(0, 0, self.width(), 0)
        area = self.rect().adjusted(_PADDING, SPACE_S + 1, -_PADDING, -SPACE_S)
        usage = self._usage_height()
        if usage:
            self._paint_usage(painter, QRect(area.left(), area.top(), area.width(), usage))
            area.setTop(area.top() + usage)
        painter.setFont(self._theme.font(FontRole.UI))
        painter.setPen(tokens.fault if self.foretold.wrong else tokens.text_muted)
        line = painter.fontMetrics().lineSpacing()
        for number, words in enumerate(self._lines(area.width())):
            where = QRect(area.left(), area.top() + number * line, area.width(), line)
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()
