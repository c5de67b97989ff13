"""The menus of the window, made of the table of actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolButton

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.icons import pixmap
from chat2anyllm_desktop.ui.mnemonics import with_mnemonics
from chat2anyllm_desktop.ui.shortcuts import KEYS, TABLE, Place, Shortcut
from chat2anyllm_desktop.ui.theme import Theme

_ROLES = {
    "settings": QAction.MenuRole.PreferencesRole,
    "quit": QAction.MenuRole.QuitRole,
    "about": QAction.MenuRole.AboutRole,
}
_ARROW = 12
"""Pixels: what Qt leaves to the button, however large the text is."""


class Menus(QObject):
    """Signals: ``requested(id)`` when an entry was chosen or its key pressed, ``chosen(id)`` just before.

    ``actions`` has the action of every row; ``ticks`` says of those that are on or off how they stand, asked whenever a
    menu opens; ``by_place`` has the menus themselves.
    """

    chosen = Signal(str)
    requested = Signal(str)

    def __init__(self, bar: QMenuBar, made: Mapping[str, QAction]) -> None:
        """``made`` are actions that carry themselves out, such as those that show a panel."""
        super().__init__(bar)
        self.actions: dict[str, QAction] = {}
        self.ticks: dict[str, Callable[[], bool]] = {}
        self.by_place: dict[Place, QMenu] = {}
        self._bar = bar
        self._made = made
        rows = [row for row in TABLE if row.in_menu]
        places = [place for place in Place if any(row.place is place for row in rows)]
        titles = with_mnemonics(places, [tr(place) for place in places])
        for place, title in zip(places, titles, strict=True):
            menu = self._opened(bar.addMenu(title))
            menu.setAccessibleName(tr(place))
            self.by_place[place] = menu
            self._fill(menu, [row for row in rows if row.place is place])
        self._bind()
        KEYS.changed.connect(self._bind)

    def open_first(self) -> None:
        """What F10 does: the first menu, from which the arrow keys lead to all of them."""
        self._bar.setActiveAction(self._bar.actions()[0])

    def dress(self, theme: Theme) -> None:
        """The menus that have no room in a narrow bar stand behind Qt's own button, whose arrow is black in every theme."""
        rest = self._bar.findChild(QToolButton, "qt_menubar_ext_button")
        if rest is not None:
            drawn = pixmap("chevron-down", theme.tokens.text, 2 * _ARROW, self._bar.devicePixelRatioF())
            edge = drawn.width()  # There is no room for its margins.
            rest.setIcon(drawn.copy(edge // 4, edge // 4, edge // 2, edge // 2))
            rest.setIconSize(QSize(_ARROW, _ARROW))
            rest.setAccessibleName(tr("More menus"))

    def _fill(self, menu: QMenu, rows: list[Shortcut]) -> None:
        """Rows of a group stand in a menu of their own, in the place of the first of them."""
        groups: dict[str, list[Shortcut]] = {}
        for row in rows:
            groups.setdefault(row.group or row.id, []).append(row)
        firsts = [group[0] for group in groups.values()]
        english = [row.group or row.text for row in firsts]
        texts = with_mnemonics(english, [tr(text) for text in english])
        for row, group, text in zip(firsts, groups.values(), texts, strict=True):
            if row.begins_section:
                menu.addSeparator()
            if row.group:
                within = self._opened(menu.addMenu(text))
                within.setAccessibleName(tr(row.group))
                english = [each.text for each in group]
                for each, words in zip(group, with_mnemonics(english, list(map(tr, english))), strict=True):
                    within.addAction(self._action(each, words))
            else:
                menu.addAction(self._action(row, text))

    def _action(self, row: Shortcut, text: str) -> QAction:
        action = self._made.get(row.id) or QAction(self)
        action.setText(text)
        action.setMenuRole(_ROLES.get(row.id, QAction.MenuRole.NoRole))
        if row.id not in self._made:
            action.setCheckable(row.checkable)
            action.triggered.connect(lambda _=False, wish=row.id: self._on_triggered(wish))
        self.actions[row.id] = action
        return action

    def _on_triggered(self, wish: str) -> None:
        self.chosen.emit(wish)
        self.requested.emit(wish)

    def _opened(self, menu: QMenu) -> QMenu:
        menu.aboutToShow.connect(self._tick)
        return menu

    def _tick(self) -> None:
        for action, is_on in self.ticks.items():
            self.actions[action].setChecked(is_on())

    def _bind(self) -> None:
        for name, action in self.actions.items():
            action.setShortcuts([QKeySequence(keys) for keys in KEYS.of(name)])
