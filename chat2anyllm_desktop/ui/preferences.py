"""The settings dialog, joined to settings file, keychain and the running parts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.chat.tasks import Tasks, to_end
from chat2anyllm_desktop.core.errors import ChatError, SettingsError
from chat2anyllm_desktop.logs import mask
from chat2anyllm_desktop.settings import (
    TABLE,
    LoadedSettings,
    Secret,
    Settings,
    load_settings,
    save_settings,
    try_settings,
)
from chat2anyllm_desktop.ui.announcer import Announcer
from chat2anyllm_desktop.ui.connection_trials import try_database, try_gateway
from chat2anyllm_desktop.ui.facts import Tone
from chat2anyllm_desktop.ui.shortcuts import KEYS
from chat2anyllm_desktop.ui.theme import Theme
from chat2anyllm_desktop.ui.workshop import Workshop

if TYPE_CHECKING:
    from chat2anyllm_desktop.secrets import Vault
    from chat2anyllm_desktop.ui.dialogs.settings import SettingsDialog


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be saved, and whether the dialog asked for it."""

    changes: Mapping[str, object]
    from_dialog: bool = False


class Preferences(QObject):
    """Signal: ``changed`` (names of the settings that are others now), after they are saved and in force."""

    changed = Signal(object)

    def __init__(
        self, workshop: Workshop, tasks: Tasks, announcer: Announcer, theme: Theme, window: QWidget
    ) -> None:
        super().__init__(window)
        self._workshop = workshop
        self._tasks = tasks
        self._announcer = announcer
        self._theme = theme
        self._window = window
        self._dialog: SettingsDialog | None = None
        self._wishes: list[_Wish] = []

    def open(self, place: str = "") -> None:
        """Show the dialog, at a page or a setting if one is named."""
        self._tasks.start("settings:open", self._open(place))

    async def _open(self, place: str) -> None:
        if self._dialog is not None and self._dialog.isVisible():
            self._dialog.open_page(place)  # With what was changed in it and not saved yet.
            return
        keychain = await asyncio.to_thread(self._workshop.vault.state)
        dialog = self._made_dialog()
        loaded = self._workshop.loaded
        shown = {f.name: _shown(getattr(loaded.settings, f.name)) for f in fields(Settings)}
        dialog.set_values(shown, dict(loaded.variables), keychain.sentence)
        dialog.open_page(place)

    def _made_dialog(self) -> SettingsDialog:
        if self._dialog is None:
            from chat2anyllm_desktop.ui.dialogs.settings import SettingsDialog

            self._dialog = SettingsDialog(self._theme, self._window)
            self._dialog.save_requested.connect(lambda changes: self._save(_Wish(changes, from_dialog=True)))
            self._dialog.test_gateway_requested.connect(self._on_test_gateway_requested)
            self._dialog.test_database_requested.connect(self._on_test_database_requested)
        return self._dialog

    def tell_problems(self) -> None:
        """Say in one notice what is wrong in the settings in force; that nothing is wrong any more is not said."""
        problems = (*self._workshop.loaded.problems, *KEYS.problems)
        if not problems:
            self._announcer.withdraw("settings")
            return
        more = len(problems) - 1
        words = problems[0]
        if more:
            words += f" There {'is one more problem' if more == 1 else f'are {more} more problems'}."
        self._announcer.say(
            "settings",
            words,
            tone=Tone.ATTENTION,
            detail="\n".join(problems) if more else "",
            answers={"Settings": self.open},
            once=True,
        )

    @property
    def is_saving(self) -> bool:
        """Something more waits to be saved."""
        return bool(self._wishes)

    # Saving --------------------------------------------------------------------------------------------------------------
    def save(self, changes: Mapping[str, object]) -> None:
        """Save what was changed elsewhere in the window, such as the theme."""
        self._save(_Wish(changes))

    def _save(self, wish: _Wish) -> None:
        self._wishes.append(wish)
        if not self._tasks.is_running("settings:save"):
            self._tasks.start("settings:save", self._grant_wishes())

    async def _grant_wishes(self) -> None:
        while self._wishes:
            wish = self._wishes.pop(0)
            try:
                await self._grant(wish)
            except SettingsError as error:  # A value that cannot be used: nothing was saved.
                if wish.from_dialog and self._dialog is not None:
                    self._dialog.show_error(str(error))
                else:
                    self._announcer.report("settings", error)

    async def _grant(self, wish: _Wish) -> None:
        before = self._workshop.loaded
        tried = try_settings(before, wish.changes)
        vault = self._workshop.vault
        work = asyncio.to_thread(_write, before, tried, wish.changes, vault)
        (now, problem), cancelled = await to_end(work)
        self._workshop.loaded = now
        if wish.from_dialog and self._dialog is not None:
            self._dialog.accept()
        if problem:
            self._announcer.say("settings:kept", problem, tone=Tone.ATTENTION)
        self.changed.emit(
            {name for name in TABLE if getattr(now.settings, name) != getattr(before.settings, name)}
        )
        if cancelled is not None:
            raise cancelled

    # Trying connections out ----------------------------------------------------------------------------------------------
    def _on_test_gateway_requested(self, values: Mapping[str, object]) -> None:
        self._tasks.start("settings:gateway", self._test_gateway(values))

    async def _test_gateway(self, values: Mapping[str, object]) -> None:
        dialog = self._made_dialog()
        try:
            workshop = self._workshop.tried_with(try_settings(self._workshop.loaded, values))
            dialog.show_gateway_result(True, await try_gateway(workshop))
        except ChatError as error:
            dialog.show_gateway_result(False, str(error))

    def _on_test_database_requested(self, values: Mapping[str, object]) -> None:
        self._tasks.start("settings:database", self._test_database(values))

    async def _test_database(self, values: Mapping[str, object]) -> None:
        dialog = self._made_dialog()
        try:
            url = try_settings(self._workshop.loaded, values).settings.database_url
            dialog.show_database_result(True, await try_database(url.reveal()))
        except ChatError as error:
            dialog.show_database_result(False, str(error))


def _write(
    before: LoadedSettings, tried: LoadedSettings, changes: Mapping[str, object], vault: Vault
) -> tuple[LoadedSettings, str]:
    """Write the file and the keychain; blocks. The settings in force then, and what could not be kept, as a sentence."""
    try:
        for secret in tried.secret_values():
            mask(secret)
        secrets = save_settings(before, changes)
    except SettingsError as error:
        return tried, str(error)
    unkept = [name for name, value in secrets.items() if not vault.store(name, value)]
    now = vault.complete(load_settings(file=before.file))
    return now, vault.state().sentence if unkept else ""


def _shown(value: object) -> object:
    """What the dialog may show: secrets only by their mask."""
    if isinstance(value, Secret):
        return value.shown if value else ""
    return "" if value is None else value
