"""The rows of the sheet of keys: what can be done, and the keys for it at the right edge."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.docks.rows import Index
from chat2anyllm_desktop.ui.palette.rows import ROW_ROLE, PanelRow
from chat2anyllm_desktop.ui.row_ground import paint_row_ground
from chat2anyllm_desktop.ui.shortcuts import KEYS, TABLE, Place, Shortcut, key_words, title_of
from chat2anyllm_desktop.ui.theme import GRID, SPACE_L, SPACE_M, FontRole, Theme

ROW_HEIGHT = 32
HEADING_HEIGHT = 36
"""Pixels at 100 % text."""


@dataclass(slots=True)
class KeyRow(PanelRow):
    """A row of the table; a heading where there is none."""

    shortcut: Shortcut | None = None

    @property
    def keys(self) -> list[str]:
        """As this platform writes them."""
        return [key_words(keys) for keys in KEYS.of(self.shortcut.id)] if self.shortcut else []

    @property
    def is_own(self) -> bool:
        """The user has chosen its keys."""
        return self.shortcut is not None and KEYS.is_own(self.shortcut.id)

    @property
    def words(self) -> str:
        if self.shortcut is None:
            return self.text
        return ", ".join(
            [self.text, *(self.keys or [tr("no key")]), *([tr("changed")] if self.is_own else [])]
        )

    @property
    def choosable(self) -> bool:
        return self.shortcut is not None


def rows_for(query: str, keep: Shortcut | None = None) -> list[KeyRow]:
    """The table under its headings, as far as names and keys of its rows hold every word of ``query``; and ``keep``."""
    wanted = query.casefold().split()
    rows: list[KeyRow] = []
    for place in Place:
        heading = tr(place)
        found = [KeyRow(title_of(row), row) for row in TABLE if row.place is place]
        found = [
            row
            for row in found
            if row.shortcut is keep or all(word in f"{heading} {row.words}".casefold() for word in wanted)
        ]
        if found:
            rows += [KeyRow(heading), *found]
    return rows


class KeyDelegate(QStyledItemDelegate):
    """Every key stands in a box of its own; "changed" stands before those that the user has chosen."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row: KeyRow = index.data(ROW_ROLE)
        return QSize(0, self._theme.scaled(ROW_HEIGHT if row.choosable else HEADING_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: KeyRow = index.data(ROW_ROLE)
        theme, tokens = self._theme, self._theme.tokens
        area: QRect = option.rect
        inner = area.adjusted(SPACE_L, 0, -SPACE_L, 0)
        state: QStyle.StateFlag = option.state
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.save()
        if not row.choosable:
            painter.setFont(theme.font(FontRole.SMALL_STRONG))
            painter.setPen(tokens.text_muted)
            heading = inner.adjusted(0, 0, 0, -GRID)
            painter.drawText(heading, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, row.text)
            painter.restore()
            return
        paint_row_ground(
            painter,
            QRectF(area.adjusted(SPACE_M, 1, -SPACE_M, -1)),
            theme,
            chosen=bool(state & QStyle.StateFlag.State_Selected),
            hovered=bool(state & QStyle.StateFlag.State_MouseOver),
            focused=bool(state & QStyle.StateFlag.State_Selected) and self._view.hasFocus(),
        )
        small = theme.font(FontRole.SMALL)
        metrics = QFontMetrics(small)
        painter.setFont(small)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for keys in reversed(row.keys):
            width = metrics.horizontalAdvance(keys) + 2 * SPACE_M
            height = metrics.height() + GRID
            box = QRect(inner.right() - width, inner.center().y() - height // 2 + 1, width, height)
            painter.setPen(QPen(tokens.control, 1))
            painter.setBrush(tokens.surface_raised)
            painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), GRID, GRID)
            painter.setPen(tokens.text)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, keys)
            inner.setRight(box.left() - GRID)
        if row.is_own:
            inner.setRight(inner.right() - GRID)
            painter.setPen(tokens.text_muted)
            painter.drawText(inner, Qt.AlignmentFlag.AlignRight | centre, tr("changed"))
            inner.setRight(inner.right() - metrics.horizontalAdvance(tr("changed")) - SPACE_M)
        font = theme.font(FontRole.UI)
        painter.setFont(font)
        painter.setPen(tokens.text)
        text = QFontMetrics(font).elidedText(row.text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | centre, text)
        painter.restore()
