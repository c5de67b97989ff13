"""What the palette offers: things of several kinds, and how they become rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.docks.rows import Index
from chat2anyllm_desktop.ui.matched_text import paint_matched
from chat2anyllm_desktop.ui.palette.rows import ROW_ROLE, PanelRow
from chat2anyllm_desktop.ui.row_ground import paint_row_ground
from chat2anyllm_desktop.ui.theme import GRID, SPACE_L, SPACE_M, FontRole, Theme

ROW_HEIGHT = 32
HEADING_HEIGHT = 28
"""Pixels at 100 % text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A thing that can be chosen. ``key`` is the same in every run, for what was chosen lately; ``also`` are words that
    find it and are not shown."""

    key: str
    text: str
    choose: Callable[[], object]
    detail: str = ""
    also: str = ""
    keys: str = ""
    """The shortcut, as this platform writes it."""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Stock:
    """What a source has at the moment, in its own order. ``texts`` are searched; an offer is made when it is shown, because
    there may be 10,000."""

    keys: Sequence[str]
    texts: Sequence[str]
    offer: Callable[[int], Offer]

    @classmethod
    def of(cls, offers: Sequence[Offer]) -> Stock:
        texts = [f"{offer.text}  {offer.also}" if offer.also else offer.text for offer in offers]
        return cls([offer.key for offer in offers], texts, offers.__getitem__)


@dataclass(frozen=True, slots=True)
class Source:
    """Things of one kind. ``prefix`` is the character that asks for this kind alone, ``name`` what they are called as a
    heading, ``label`` one of them; both are translated already. ``stock`` is asked whenever the palette opens. ``first`` of
    them are shown before anything is typed."""

    prefix: str
    name: str
    label: str
    stock: Callable[[], Stock]
    first: int = 0


@dataclass(slots=True)
class OfferRow(PanelRow):
    """An offer as it is shown; a heading where there is none."""

    offer: Offer | None = None
    source: Source | None = None
    label: str = ""
    positions: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        if self.offer is None:
            return self.text
        label = self.source.label if self.source is not None else ""
        parts = (self.text, self.offer.detail, label, self.offer.keys)
        return tr(", ").join(part for part in parts if part)

    @property
    def choosable(self) -> bool:
        return self.offer is not None and self.offer.enabled


class OfferDelegate(QStyledItemDelegate):
    """Text and detail at the left; at the right the shortcut, and what kind of thing it is in a column of its own."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.label_width = 0
        """Pixels of that column; 0 where all rows are of one kind."""

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row: OfferRow = index.data(ROW_ROLE)
        return QSize(0, self._theme.scaled(HEADING_HEIGHT if row.offer is None else ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: OfferRow = index.data(ROW_ROLE)
        tokens = self._theme.tokens
        area: QRect = option.rect
        inner = area.adjusted(SPACE_M, 0, -SPACE_M, 0)
        painter.save()
        small = self._theme.font(FontRole.SMALL)
        if row.offer is None:
            paint_heading(painter, inner, row.text, self._theme)
            painter.restore()
            return
        if option.state & QStyle.StateFlag.State_Selected:
            paint_row_ground(painter, QRectF(area), self._theme, chosen=True)
        painter.setFont(small)
        painter.setPen(tokens.text_muted if row.offer.enabled else tokens.control)
        metrics = QFontMetrics(small)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if self.label_width:
            painter.drawText(inner, right, row.label)
            inner.setRight(inner.right() - self.label_width - SPACE_L)
        if row.offer.keys:
            painter.drawText(inner, right, row.offer.keys)
            inner.setRight(inner.right() - metrics.horizontalAdvance(row.offer.keys) - SPACE_L)
        colour = tokens.text if row.offer.enabled else tokens.control
        elide = Qt.TextElideMode.ElideRight
        taken = paint_matched(painter, inner, row.text, row.positions, self._theme, elide, colour)
        inner.setLeft(inner.left() + taken + SPACE_M)
        if row.offer.detail and inner.width() > 0:
            painter.setFont(small)
            painter.setPen(tokens.text_muted if row.offer.enabled else tokens.control)
            detail = metrics.elidedText(row.offer.detail, elide, inner.width())
            painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, detail)
        painter.restore()


def paint_heading(painter: QPainter, area: QRect, text: str, theme: Theme) -> None:
    painter.setFont(theme.font(FontRole.SMALL_STRONG))
    painter.setPen(theme.tokens.text_muted)
    area = area.adjusted(0, 0, 0, -GRID)
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)
