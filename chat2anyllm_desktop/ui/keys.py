"""Which keys do what now: those of the table, or the user's own in their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.core.language import tr

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shortcuts import Shortcut

Own = Mapping[str, tuple[str, ...]]
"""The keys of actions, by their ids; none stands for "no key"."""


class Keys(QObject):
    """Signal: ``changed`` when other keys are in force.

    A key belongs to one action. The user's own go before those of the table: an action of which all keys were given away
    has none until it gets others.
    """

    changed = Signal()

    def __init__(self, table: Sequence[Shortcut]) -> None:
        super().__init__()
        self._rows = {row.id: row for row in table}
        self.own: Own = {}
        """As the user wrote them: also what cannot be used, and actions of other versions of the program."""
        self.problems: tuple[str, ...] = ()
        """What of that cannot be used and why, as sentences; the keys of the table hold in its place."""
        self._usable: dict[str, tuple[str, ...]] = {}
        self._in_force: dict[str, tuple[str, ...]] = {row.id: row.platform_keys for row in table}

    def of(self, action: str) -> tuple[str, ...]:
        """The keys in force of a row, the one to be shown first."""
        return self._in_force[action]

    def owner(self, keys: str) -> str:
        """The id of the action of the menus that a key belongs to; empty when it is free."""
        for row in self._rows.values():
            if row.in_menu and keys in self._in_force[row.id]:
                return row.id
        return ""

    def is_own(self, action: str) -> bool:
        """Whether the user has given it keys, or none."""
        return action in self._usable

    # Changes -----------------------------------------------------------------------------------------------------------
    def load(self, own: Own, *, send_on_enter: bool = True) -> None:
        """From now on the user's own keys hold as far as they can be used. ``send_on_enter`` is told on the sheet."""
        self.own = dict(own)
        self._usable, self.problems = self._sift() if own else ({}, ())
        taken = {key: action for action, keys in self._usable.items() for key in keys}
        before, self._in_force = self._in_force, {}
        for row in self._rows.values():
            keys = row.platform_keys
            if row.in_menu:
                keys = tuple(key for key in keys if taken.get(key, row.id) == row.id)
            self._in_force[row.id] = self._usable.get(row.id, keys)
        if not send_on_enter:
            self._in_force.update(send=("Ctrl+Return",), break_line=("Return",))
        if self._in_force != before:
            self.changed.emit()

    def given(self, action: str, keys: Iterable[str]) -> Own:
        """What the user's own keys are once an action has these, taken from those that had them. Changes nothing."""
        keys = tuple(dict.fromkeys(keys))
        own = dict(self.own)
        for other, theirs in self._usable.items():
            if other != action and not set(theirs).isdisjoint(keys):
                own[other] = tuple(key for key in theirs if key not in keys)
        own[action] = keys
        if keys == self._rows[action].platform_keys:
            del own[action]
        return own

    def unchanged(self) -> Own:
        """What is left of the user's own keys once every action has those of the table."""
        return {action: keys for action, keys in self.own.items() if action not in self._rows}

    def _sift(self) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
        # Not imported for those who have no keys of their own.
        from chat2anyllm_desktop.ui.key_rules import normal, refusal

        usable: dict[str, tuple[str, ...]] = {}
        problems = []
        taken: dict[str, str] = {}
        for action, written in self.own.items():
            row = self._rows.get(action)
            if row is None:
                continue  # of a newer version, or an older one
            why, keys = "", []
            for text in written:
                key = normal(text)
                why = why or (refusal(key, row) if key else tr("“{text}” is no key.", text=text))
                if not why and key in taken:
                    other = tr(self._rows[taken[key]].text)
                    why = tr("“{text}” is already that of “{other}”.", text=text, other=other)
                keys.append(key)
            if why:
                problems.append(
                    tr(
                        "The keys of “{action}” in the settings file are not used: {why}",
                        action=tr(row.text).removesuffix("…"),
                        why=why,
                    )
                )
            else:
                usable[action] = tuple(dict.fromkeys(keys))
                taken.update(dict.fromkeys(keys, action))
        return usable, tuple(problems)
