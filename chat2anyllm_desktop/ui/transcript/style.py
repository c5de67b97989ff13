"""The look of a transcript: what the theme says, resolved once into pens' colours, fonts and whole pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QStaticText, QTextCharFormat, QTextOption

from chat2anyllm_desktop.ui.theme import GRID, LINE_HEIGHT, MEASURE, RADIUS_LARGE, FontRole, Theme, Tokens
from chat2anyllm_desktop.ui.transcript.stamps import Stamps

MATH_X_HEIGHT = 0.473
"""Of the formulas' font, STIX Two Math, in em."""
_SAMPLE = "The quick brown fox jumps over the lazy dog, then it rests and waits for the night to fall. "
"""Ordinary prose: the average character of a font's own metrics is wider than what people read."""


_LABELS = 500
"""Kept laid out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Style:
    """Made anew whenever the theme changes; compared by identity. All sizes in pixels."""

    tokens: Tokens
    body: QFont
    strong: QFont
    small: QFont
    small_strong: QFont
    code: QFont
    headings: tuple[QFont, QFont, QFont]
    measure: int
    """Widest column of text: ``theme.MEASURE`` characters of prose."""
    line: int
    """Height of a line of body text."""
    code_line: int
    small_line: int
    code_advance: float
    """Width of one character of code."""
    math: float
    """Pixels of a formula's em for each of the font around: its small letters are as high as those of the text."""
    indent: int
    """How far the content of a list item stands in."""
    quote_indent: int
    radius: int = RADIUS_LARGE
    grid: int = GRID
    side: int = 6 * GRID
    """Smallest space between the column and the edges of the view."""
    gap: int = 3 * GRID
    """Between paragraphs."""
    message_gap: int = 6 * GRID
    """Above a message of the user."""
    answer_gap: int = 4 * GRID
    """Above an answer; the line of actions under the question stands there too."""
    pad: int = 3 * GRID
    """Inside code boxes and bubbles."""
    formats: dict[tuple[int, int], QTextCharFormat] = field(default_factory=dict, repr=False)
    """Character formats by look and font size, made once: thousands of runs share a dozen."""
    stamps: Stamps = field(default_factory=Stamps, repr=False)
    colours: dict[str, QTextCharFormat] = field(default_factory=dict, repr=False)
    """Character formats of code by kind of highlight."""
    options: dict[tuple[Qt.AlignmentFlag, Qt.LayoutDirection, QTextOption.WrapMode], QTextOption] = field(
        default_factory=dict, repr=False
    )
    """Made once, as the formats are: a dozen for all texts."""
    labels: dict[str, QStaticText] = field(default_factory=dict, repr=False)
    """Short labels in the small font, laid out once: the head of a growing code box is drawn with every frame."""

    @classmethod
    def from_theme(cls, theme: Theme) -> Style:
        body = theme.font(FontRole.BODY)
        strong = QFont(body)
        strong.setWeight(QFont.Weight.Bold)
        code = theme.font(FontRole.CODE)
        small = theme.font(FontRole.SMALL)
        prose = QFontMetricsF(body).horizontalAdvance(_SAMPLE) / len(_SAMPLE)
        return cls(
            tokens=theme.tokens,
            body=body,
            strong=strong,
            small=small,
            small_strong=theme.font(FontRole.SMALL_STRONG),
            code=code,
            headings=(
                theme.font(FontRole.HEADING_1),
                theme.font(FontRole.HEADING_2),
                theme.font(FontRole.HEADING_3),
            ),
            measure=round(prose * MEASURE),
            line=_line(body),
            code_line=_line(code),
            small_line=_line(small),
            code_advance=QFontMetricsF(code).horizontalAdvance("0"),
            math=_math(body),
            indent=theme.scaled(24),
            quote_indent=theme.scaled(16),
        )

    def option(
        self, align: Qt.AlignmentFlag, direction: Qt.LayoutDirection, mode: QTextOption.WrapMode
    ) -> QTextOption:
        """How text is laid out."""
        known = self.options.get((align, direction, mode))
        if known is None:
            known = self.options[align, direction, mode] = QTextOption(align)
            # Made with an alignment, it has the direction of the program's language, not that of the text.
            known.setTextDirection(direction)
            known.setWrapMode(mode)
            known.setTabStopDistance(4 * self.code_advance)
        return known

    def text_width(self, text: str, font: QFont | None = None) -> int:
        """Width of a short label, in the small font unless another is given."""
        if font is None:
            return ceil(self.label(text).size().width())
        return ceil(QFontMetricsF(font).horizontalAdvance(text))

    def elided(self, text: str, room: float) -> str:
        """A label in the small font, cut off where it has no room."""
        if self.text_width(text) <= room:
            return text
        return QFontMetricsF(self.small).elidedText(text, Qt.TextElideMode.ElideRight, max(room, 0))

    def label(self, text: str) -> QStaticText:
        """A short label in the small font."""
        known = self.labels.get(text)
        if known is None:
            if len(self.labels) >= _LABELS:
                self.labels.clear()
            known = self.labels[text] = QStaticText(text)
            known.setTextFormat(Qt.TextFormat.PlainText)
            known.prepare(font=self.small)
        return known

    def paint_label(self, painter: QPainter, x: float, middle: float, text: str) -> None:
        """Draw a label in the painter's colour, from ``x`` on, with its middle at a height."""
        painter.setFont(self.small)
        label = self.label(text)
        painter.drawStaticText(QPointF(x, middle - label.size().height() / 2), label)


def _line(font: QFont) -> int:
    return max(round(font.pixelSize() * LINE_HEIGHT), round(QFontMetricsF(font).height()))


def _math(font: QFont) -> float:
    """Fonts of the screen have higher small letters than those of formulas, and a size that is told by these."""
    large = QFont(font)
    large.setPixelSize(500)  # Small sizes are fitted to whole pixels.
    return max(1.0, min(QFontMetricsF(large).xHeight() / 500 / MATH_X_HEIGHT, 1.2))
