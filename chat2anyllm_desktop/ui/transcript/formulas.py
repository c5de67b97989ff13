"""Formulas among text: each stands in its line as one character that is as wide as its drawing.

Positions are those of the text with the formulas as their TeX, whether they are drawn or not: what is selected or found
stays so when a drawing comes. Only here are they turned into positions of the text that is laid out, and back.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextLine

from chat2anyllm_desktop.ui.transcript.drawings import Drawings, Formula
from chat2anyllm_desktop.ui.transcript.runs import LINE_SEPARATOR, Look, Run, units
from chat2anyllm_desktop.ui.transcript.stamps import Stamps

Range = tuple[int, int]

_STAND_IN = "_"
"""Every font has it; lines break beside it as they break beside a letter; read from the left or from the right, it goes
with what stands around it."""
_BREAK = "\0"
"""In a text that is being made: a line break that stands for nothing of the source."""
_ENDING = re.compile(r"[.,;:!?)\]}…。，；：！？）」』]*")
"""What ends a sentence stays on the line of a formula that has it for itself."""
_AROUND = 0.4
"""Space above and below such a formula, in its em."""
_BETWEEN = 0.05
"""The same for others: lines do not touch each other."""
_MOST = 1_000
"""Formulas of one text that are drawn."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One character of the text that is laid out, at ``at``, in place of ``start`` to ``end`` of the source: a formula, or
    a line break where nothing is."""

    start: int
    end: int
    at: int
    run: Run | None = None
    formula: Formula | None = None


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Where a formula is: ``area`` is as large as it is, ``baseline`` the point at the left end of it."""

    run: Run
    formula: Formula
    area: QRectF
    baseline: QPointF


class Formulas:
    """Those of one text. ``size`` are the pixels of their em, ``font`` is that of the text around."""

    __slots__ = (
        "_advance",
        "_ats",
        "_drawings",
        "_known",
        "_maths",
        "_pieces",
        "_places",
        "_runs",
        "_source",
        "_starts",
        "size",
        "text",
    )

    def __init__(
        self, source: str, runs: Sequence[Run], drawings: Drawings, font: QFont, size: float
    ) -> None:
        self._source = source
        self._runs = runs
        self._maths = [run for run in runs if run.math is not None][:_MOST]
        self._drawings = drawings
        self._advance = QFontMetricsF(font).horizontalAdvance(_STAND_IN)
        self._known: dict[int, Formula | None] = {}
        """By where they begin; None for what cannot be drawn."""
        self._pieces: list[_Piece] = []
        self._starts: list[int] = []
        self._ats: list[int] = []
        self._places: dict[int, _Drawn] = {}
        """By where they begin."""
        self.size = size
        self.text = source
        """What is laid out."""

    # What is drawn -----------------------------------------------------------------------------------------------------
    @property
    def waits(self) -> bool:
        """Drawings that were asked for have not come yet."""
        return len(self._known) < len(self._maths)

    @property
    def widest(self) -> int:
        """Pixels that the widest one takes."""
        return ceil(max((known.width * self.size for known in self._known.values() if known), default=0.0))

    def choose(self, width: int) -> bool:
        """Find out which can be drawn in lines of this width, and ask for drawings that are not there; True when the
        text that is laid out is another one by that."""
        chosen = []
        for run in self._maths:
            if run.start not in self._known and run.math is not None:
                found = self._drawings.formula(run.math.tex, run.math.display)
                if found is not None:
                    self._known[run.start] = found if isinstance(found, Formula) else None
            formula = self._known.get(run.start)
            if formula is not None and formula.width * self.size <= width:
                chosen.append((run, formula))
        if [run for run, _ in chosen] == [piece.run for piece in self._pieces if piece.run is not None]:
            return False
        self._write(chosen)
        return True

    def _write(self, chosen: Sequence[tuple[Run, Formula]]) -> None:
        source = self._source.encode("utf-16-le")
        written: list[str] = []
        self._pieces = []
        at = shown = 0
        behind = False

        def stand_in(
            character: str, end: int, run: Run | None = None, formula: Formula | None = None
        ) -> None:
            nonlocal at, shown
            self._pieces.append(_Piece(at, end, shown, run, formula))
            written.append(character)
            at, shown = end, shown + 1

        for number in range(len(chosen) + 1):
            run, formula = chosen[number] if number < len(chosen) else (None, None)
            alone = run is not None and run.math is not None and run.math.display
            between = source[2 * at : 2 * run.start if run is not None else None].decode("utf-16-le")
            if behind:
                between = _broken_behind(between, last=run is None)
            if alone:
                between = _broken_before(between, first=number == 0)
            for index, text in enumerate(between.split(_BREAK)):
                if index:
                    stand_in(LINE_SEPARATOR, at)
                written.append(text)
                at, shown = at + units(text), shown + units(text)
            if run is not None:
                stand_in(_STAND_IN, run.end, run, formula)
            behind = alone
        self.text = "".join(written)
        self._starts = [piece.start for piece in self._pieces]
        self._ats = [piece.at for piece in self._pieces]

    def rest(self) -> list[Run]:
        """The runs of what is not drawn."""
        drawn = {piece.start for piece in self._pieces if piece.run is not None}
        return [run for run in self._runs if run.start not in drawn]

    def formats(self) -> Iterator[QTextLayout.FormatRange]:
        """What makes the characters in place of formulas unseen, and as wide as these."""
        for piece in self._pieces:
            if piece.formula is not None:
                result = QTextLayout.FormatRange()
                result.start, result.length = piece.at, 1
                result.format = QTextCharFormat()
                result.format.setForeground(Qt.GlobalColor.transparent)
                result.format.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
                result.format.setFontLetterSpacing(piece.formula.width * self.size - self._advance)
                yield result

    # Positions ---------------------------------------------------------------------------------------------------------
    def shown_at(self, position: int, *, end: bool = False) -> int:
        """The position in the text that is laid out; within a formula that in front of it, or behind it where it is the
        ``end`` of something."""
        number = bisect_right(self._starts, position) - 1
        if number < 0:
            return position
        piece = self._pieces[number]
        if position >= piece.end:
            return piece.at + 1 + position - piece.end
        return piece.at + (end and position > piece.start)

    def source_at(self, shown: int) -> int:
        """The other way round."""
        number = bisect_right(self._ats, shown) - 1
        if number < 0:
            return shown
        piece = self._pieces[number]
        return piece.start if shown == piece.at else piece.end + shown - piece.at - 1

    def whole(self, start: int, end: int) -> Range:
        """A range, with the formulas that it begins and ends in."""
        for piece in self._pieces:
            if piece.start < start < piece.end:
                start = piece.start
            if piece.start < end < piece.end:
                end = piece.end
        return start, end

    def area_of(self, run: Run) -> QRectF | None:
        """Where a formula is drawn; None where it is not."""
        drawn = self._places.get(run.start)
        return drawn.area if drawn is not None else None

    # Lines -------------------------------------------------------------------------------------------------------------
    def make_room(self, line: QTextLine, slot: int, above: int) -> tuple[int, int]:
        """The height that a line takes with its formulas, and the part of it above the text; ``slot`` and ``above`` are
        those without."""
        base = above + line.ascent()
        begin = bisect_left(self._ats, line.textStart())
        end = bisect_left(self._ats, line.textStart() + line.textLength())
        up, down = base, slot - base
        for piece in self._pieces[begin:end]:
            if piece.formula is not None and piece.run is not None and piece.run.math is not None:
                around = _AROUND if piece.run.math.display else _BETWEEN
                up = max(up, (piece.formula.ascent + around) * self.size)
                down = max(down, (piece.formula.descent + around) * self.size)
        rise = ceil(up - base)
        return slot + rise + ceil(down - (slot - base)), above + rise

    def shift(self, line: QTextLine, width: int) -> float:
        """How far a line moves to the right: what stands alone is centred."""
        number = bisect_left(self._ats, line.textStart())
        piece = self._pieces[number] if number < len(self._pieces) else None
        if piece is None or piece.at != line.textStart() or piece.run is None or piece.run.math is None:
            return 0.0
        rect = line.naturalTextRect()
        return (width - rect.width()) / 2 - rect.left() if piece.run.math.display else 0.0

    def place(self, layout: QTextLayout, x_of: Callable[[object], float]) -> None:
        """Find out where they are, after the lines have been made; ``x_of`` reads what ``cursorToX`` gives."""
        self._places.clear()
        for piece in self._pieces:
            if piece.formula is None or piece.run is None:
                continue
            line = layout.lineForTextPosition(piece.at)
            sides = [x_of(line.cursorToX(at)) for at in (piece.at, piece.at + 1)]
            formula, size = piece.formula, self.size
            baseline = QPointF(min(sides), line.y() + line.ascent())
            top = baseline.y() - formula.ascent * size
            area = QRectF(baseline.x(), top, formula.width * size, (formula.ascent + formula.descent) * size)
            self._places[piece.start] = _Drawn(piece.run, formula, area, baseline)

    def paint(
        self, painter: QPainter, clip: QRectF, stamps: Stamps, colour_of: Callable[[Run], QColor]
    ) -> None:
        """Draw those that ``clip`` shows (all where it is empty)."""
        for drawn in self._places.values():
            if clip.isNull() or clip.intersects(drawn.area.adjusted(-4, -4, 4, 4)):
                colour = colour_of(drawn.run)
                stamps.paint(painter, drawn.formula, drawn.baseline, self.size, colour)
                if drawn.run.look & Look.STRIKE:
                    middle = drawn.baseline.y() - self.size * 0.25
                    painter.fillRect(QRectF(drawn.area.left(), middle, drawn.area.width(), 1), colour)


def _broken_behind(text: str, *, last: bool) -> str:
    """Text behind a formula that has a line for itself; ``last`` where nothing follows."""
    ending = _ENDING.match(text)
    end = ending.end() if ending is not None else 0
    rest = text[end:]
    if rest.startswith(" "):
        return text[:end] + LINE_SEPARATOR + rest[1:]
    if rest.startswith(LINE_SEPARATOR) or (last and not rest):
        return text
    return text[:end] + _BREAK + rest


def _broken_before(text: str, *, first: bool) -> str:
    """Text in front of a formula that has a line for itself; ``first`` where nothing is before it."""
    if text.endswith(" "):
        return text[:-1] + LINE_SEPARATOR
    if (first and not text) or text.endswith((LINE_SEPARATOR, _BREAK)):
        return text
    return text + _BREAK
