"""How the runs of a text look, as Qt's layout of text takes it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFont, QTextCharFormat, QTextLayout

from chat2anyllm_desktop.ui.transcript.runs import Look, Run
from chat2anyllm_desktop.ui.transcript.style import Style

KEY_PAD, KEY_GAP = 4, 2
"""Pixels between the name of a key and its outline, and between that and what stands beside it, if that is no space."""


def format_range(run: Run, base: QFont, style: Style) -> QTextLayout.FormatRange:
    """The stretch of a run with its look; ``base`` is the font around it."""
    result = QTextLayout.FormatRange()
    result.start = run.start
    result.length = run.end - run.start
    result.format = _char_format(run.look, base, style)
    return result


def key_room(runs: Sequence[Run], text: str, style: Style) -> list[QTextLayout.FormatRange]:
    """Space before and behind the names of keys, for the outline around them: no character of its own, which would be
    copied with the text."""
    found: list[QTextLayout.FormatRange] = []
    keys = [run for run in runs if run.look & Look.KEY]
    if not keys:
        return found
    shown = text.encode("utf-16-le", "surrogatepass")
    begins = {run.start for run in keys}
    ends = {run.end for run in keys}
    for end in sorted((begins | ends) - {0}):
        last = shown[2 * end - 2 : 2 * end]
        room = QTextLayout.FormatRange()
        half = 0xDC <= last[1] <= 0xDF  # The second half of a character.
        room.start, room.length = (end - 2, 2) if half else (end - 1, 1)
        wide = QTextCharFormat()
        wide.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
        pads = (end in begins) + (end in ends)
        wide.setFontLetterSpacing(pads * KEY_PAD + (0 if last == b" \0" else KEY_GAP))
        room.format = wide
        found.append(room)
    return found


def _char_format(look: Look, base: QFont, style: Style) -> QTextCharFormat:
    key = (int(look), base.pixelSize())
    known = style.formats.get(key)
    if known is not None:
        return known
    result = QTextCharFormat()
    if look & (Look.CODE | Look.MATH | Look.KEY):
        font = QFont(style.code)
        font.setPixelSize(round(base.pixelSize() * style.code.pixelSize() / style.body.pixelSize()))
        result.setFont(font)
    if look & Look.STRONG:
        # Not semi-bold: fonts for Chinese, Japanese or Korean often have one weight, and only bold is made of it.
        result.setFontWeight(QFont.Weight.Bold)
    if look & (Look.EMPHASIS | Look.MATH):
        result.setFontItalic(True)
    if look & Look.STRIKE:
        result.setFontStrikeOut(True)
    if look & Look.SUB:
        result.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSubScript)
    if look & Look.SUP:
        result.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
    if look & Look.LINK:
        result.setForeground(style.tokens.accent)
    elif look & Look.MUTED:
        result.setForeground(style.tokens.text_muted)
    style.formats[key] = result
    return result
