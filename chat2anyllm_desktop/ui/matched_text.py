"""A line of text with the letters that were typed standing out, as in every list that is narrowed by typing."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from chat2anyllm_desktop.ui.theme import FontRole, Theme


def paint_matched(
    painter: QPainter,
    area: QRect,
    text: str,
    positions: Collection[int],
    theme: Theme,
    elide: Qt.TextElideMode,
    colour: QColor | None = None,
    fonts: tuple[FontRole, FontRole] = (FontRole.UI, FontRole.UI_STRONG),
) -> int:
    """Paint ``text`` in ``area``; ``positions`` are the indexes of the letters that matched. Where the text is too long
    and not only its end is missing, none stand out. ``colour`` and the first of ``fonts`` are those of the others. Returns
    the width it took, in pixels."""
    plain, strong = theme.font(fonts[0]), theme.font(fonts[1])
    measured = QFontMetrics(plain)
    letters = "".join(text[at] for at in sorted(positions) if at < len(text))
    wider = QFontMetrics(strong).horizontalAdvance(letters) - measured.horizontalAdvance(letters)
    shown = measured.elidedText(text, elide, area.width() - wider)
    whole = len(text) if shown == text else len(shown) - 1 if elide == Qt.TextElideMode.ElideRight else 0
    found = frozenset(at for at in positions if at < whole)
    # On one base line: runs with letters of another font, such as Chinese ones, would each be centred by its height.
    x, base = area.left(), area.top() + (area.height() + measured.ascent() - measured.descent()) // 2
    # In runs, not letter by letter: kerning, accents and joined emoji stay whole.
    for matched, run in groupby(enumerate(shown), lambda letter: letter[0] in found):
        letters = "".join(letter for _, letter in run)
        font = strong if matched else plain
        painter.setFont(font)
        painter.setPen(theme.tokens.accent if matched else colour or theme.tokens.text)
        painter.drawText(x, base, letters)
        x += QFontMetrics(font).horizontalAdvance(letters)
    return x - area.left()
