"""The sheet of all keys, from the same table as the menus."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from chat2anyllm_desktop.ui.dialogs.size import fit
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.shortcuts import TABLE, Place, words_of
from chat2anyllm_desktop.ui.theme import SPACE_L, SPACE_M, SPACE_XL, FontRole, Theme

_SIZE = (780, 640)
_COLUMNS = (
    (Place.FILE, Place.EDIT, Place.VIEW, Place.SESSION, Place.MODEL),
    (Place.COMPOSER, Place.LISTS, Place.TRANSCRIPT, Place.HELP),
)


class ShortcutsDialog(QDialog):
    """Made, opened and gone again at Esc."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        fit(self, _SIZE, theme)
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(SPACE_XL, SPACE_L, SPACE_XL, SPACE_L)
        row.setSpacing(2 * SPACE_XL)
        for places in _COLUMNS:
            column = QVBoxLayout()
            column.setSpacing(SPACE_L)
            for place in places:
                if grid := self._section(place, content):
                    column.addLayout(grid)
            column.addStretch(1)
            row.addLayout(column, 1)
        scroll = QScrollArea()
        scroll.setAccessibleName("Keyboard shortcuts")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _section(self, place: Place, parent: QWidget) -> QGridLayout | None:
        rows = [shortcut for shortcut in TABLE if shortcut.place is place and shortcut.platform_keys]
        if not rows:
            return None
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_L)
        grid.setVerticalSpacing(SPACE_M)
        grid.setColumnStretch(0, 1)
        heading = PlainLabel(str(place), parent)
        heading.setFont(self._theme.font(FontRole.UI_STRONG))
        grid.addWidget(heading, 0, 0, 1, 2)
        for line, shortcut in enumerate(rows, 1):
            keys = PlainLabel(words_of(shortcut.id), parent)
            keys.setProperty("look", "muted")
            keys.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(PlainLabel(shortcut.text.removesuffix("…"), parent), line, 0)
            grid.addWidget(keys, line, 1)
        return grid
