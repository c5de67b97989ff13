"""What a search has found, as rows of two lines: where and when, and what stands there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Author, utc_now
from chat2anyllm_desktop.store.search import Hit, Search
from chat2anyllm_desktop.ui.docks.rows import Index
from chat2anyllm_desktop.ui.docks.session_model import when_words
from chat2anyllm_desktop.ui.matched_text import paint_matched
from chat2anyllm_desktop.ui.palette.offers import HEADING_HEIGHT, ROW_HEIGHT, paint_heading
from chat2anyllm_desktop.ui.palette.rows import ROW_ROLE, PanelRow
from chat2anyllm_desktop.ui.row_ground import paint_row_ground
from chat2anyllm_desktop.ui.theme import SPACE_L, SPACE_M, FontRole, Theme

HIT_HEIGHT = 52
"""Pixels at 100 % text."""


@dataclass(slots=True)
class HitRow(PanelRow):
    """Something that was found; a heading where there is none."""

    hit: Hit | None = None
    sought: Sequence[str] = ()

    @classmethod
    def of(cls, hit: Hit, search: Search) -> HitRow:
        return cls(hit.title, hit, search.words)

    @property
    def facts(self) -> str:
        """Who wrote it and when, for the right edge."""
        if self.hit is None:
            return ""
        now, local = utc_now(), self.hit.at.astimezone()
        when = when_words(self.hit.at, now)
        if local.year != now.astimezone().year:
            when = tr("{date} {year}", date=when, year=local.year)
        parts = [tr("archived")] if self.hit.archived else []
        parts += [self._author()] if self.hit.message_id else []
        return " · ".join((*parts, when))

    @property
    def marks(self) -> tuple[str, ...]:
        """What to look for in the message: all words as they were typed, else one of them."""
        return (" ".join(self.sought), *self.sought)

    @property
    def words(self) -> str:
        if self.hit is None:
            return self.text
        return tr(", ").join(part for part in (self.hit.excerpt, self.text, self.facts) if part)

    @property
    def choosable(self) -> bool:
        return self.hit is not None

    def places_in(self, text: str) -> frozenset[int]:
        """The indexes of the letters of ``text`` that were looked for."""
        sought = "|".join(re.escape(word) for word in self.sought)
        found = re.finditer(sought, text, re.IGNORECASE) if sought else ()
        return frozenset(at for each in found for at in range(*each.span()))

    def _author(self) -> str:
        if self.hit is None or self.hit.author is Author.USER:
            return tr("You")
        return self.hit.model or tr("Answer")


class HitDelegate(QStyledItemDelegate):
    """Paints a :class:`HitRow`."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row: HitRow = index.data(ROW_ROLE)
        if row.hit is None:
            return QSize(0, self._theme.scaled(HEADING_HEIGHT))
        return QSize(0, self._theme.scaled(HIT_HEIGHT if row.hit.message_id else ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: HitRow = index.data(ROW_ROLE)
        theme, area = self._theme, QRect(option.rect)
        inner = area.adjusted(SPACE_M, 0, -SPACE_M, 0)
        painter.save()
        if row.hit is None:
            paint_heading(painter, inner, row.text, theme)
            painter.restore()
            return
        if option.state & QStyle.StateFlag.State_Selected:
            paint_row_ground(painter, QRectF(area), theme, chosen=True)
        top = QRect(inner)
        if row.hit.message_id:
            top.setHeight(inner.height() // 2)
            top.translate(0, theme.scaled(3))
        self._paint_title(painter, row, top)
        if row.hit.message_id:
            below = inner.adjusted(0, inner.height() // 2, 0, -theme.scaled(3))
            fonts = (FontRole.UI, FontRole.UI_STRONG)
            text, elide = row.hit.excerpt, Qt.TextElideMode.ElideRight
            paint_matched(painter, below, text, row.places_in(text), theme, elide, theme.tokens.text, fonts)
        painter.restore()

    def _paint_title(self, painter: QPainter, row: HitRow, area: QRect) -> None:
        theme, facts = self._theme, row.facts
        small = theme.font(FontRole.SMALL)
        painter.setFont(small)
        painter.setPen(theme.tokens.text_muted)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, facts)
        area.setRight(area.right() - QFontMetrics(small).horizontalAdvance(facts) - SPACE_L)
        is_title = row.hit is not None and not row.hit.message_id
        colour = theme.tokens.text if is_title else theme.tokens.text_muted
        fonts = (FontRole.UI, FontRole.UI_STRONG) if is_title else (FontRole.SMALL, FontRole.SMALL_STRONG)
        positions = row.places_in(row.text) if is_title else frozenset[int]()
        paint_matched(painter, area, row.text, positions, theme, Qt.TextElideMode.ElideRight, colour, fonts)
