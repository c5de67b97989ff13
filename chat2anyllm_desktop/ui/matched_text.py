"""A line of text with the letters that were typed standing out, as in every list that is narrowed by typing."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from chat2anyllm_desktop.ui.theme import FontRole, Theme


def paint_matched(
    painter: QPainter,
    area: QRect,
    text: str,
    positions: Collection[int],
    theme: Theme,
    elide: Qt.TextElideMode,
) -> int:
    """Paint ``text`` in ``area``; ``positions`` are the indexes of the letters that matched. Where the text is too long
    none stand out. Returns the width it took, in pixels."""
    plain, strong = theme.font(FontRole.UI), theme.font(FontRole.UI_STRONG)
    shown = QFontMetrics(plain).elidedText(text, elide, area.width())
    found = frozenset(positions) if shown == text else frozenset()
    rest = QRect(area)
    # In runs, not letter by letter: kerning, accents and joined emoji stay whole.
    for matched, run in groupby(enumerate(shown), lambda letter: letter[0] in found):
        letters = "".join(letter for _, letter in run)
        font = strong if matched else plain
        painter.setFont(font)
        painter.setPen(theme.tokens.accent if matched else theme.tokens.text)
        painter.drawText(rest, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, letters)
        rest.setLeft(rest.left() + QFontMetrics(font).horizontalAdvance(letters))
    return rest.left() - area.left()
