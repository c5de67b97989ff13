"""The settings dialog, joined to settings file, keychain and the running parts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.chat.tasks import Tasks, to_end
from chat2anyllm_desktop.core.errors import ChatError, SettingsError
from chat2anyllm_desktop.core.language import tr
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
from chat2anyllm_desktop.ui.connection_trials import Trials
from chat2anyllm_desktop.ui.facts import Tone
from chat2anyllm_desktop.ui.shortcuts import KEYS
from chat2anyllm_desktop.ui.theme import Theme
from chat2anyllm_desktop.ui.workshop import Workshop

if TYPE_CHECKING:
    from chat2anyllm_desktop.secrets import Vault
    from chat2anyllm_desktop.ui.dialogs.settings import SettingsDialog


Trial = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be saved, and who wants to hear what came of it."""

    changes: Mapping[str, object]
    saved: Callable[[], object] | None = None
    refused: Callable[[str], object] | None = None


class Preferences(QObject):
    """Signals: ``changed`` (names of the settings that are others now), after they are saved and in force; ``keys_wanted``
    when the keys are to be shown."""

    changed = Signal(object)
    keys_wanted = Signal()

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
        self._untold: set[str] = set()
        """Settings that were saved, and are about to be saved anew."""
        self.trials = Trials(workshop)

    def open(self, place: str = "") -> None:
        """Show the dialog, at a page or a setting if one is named."""
        self._tasks.start("settings:open", self._open(place))

    async def _open(self, place: str) -> None:
        if self._dialog is not None and self._dialog.isVisible():
            self._dialog.open_page(place)  # With what was changed in it and not saved yet.
            return
        dialog = self._made_dialog()
        dialog.set_values(*self.shown())
        dialog.open_page(place)
        # Last: the keychain may be waiting for somebody to unlock it.
        dialog.say_kept(await self.where_secrets_are_kept())

    async def where_secrets_are_kept(self) -> str:
        """As a sentence."""
        return (await asyncio.to_thread(self._workshop.vault.state)).sentence

    def shown(self) -> tuple[dict[str, object], dict[str, str]]:
        """What fields may show of each setting, secrets only by their mask; and the environment variables of those that
        come from one."""
        loaded = self._workshop.loaded
        values = {f.name: _shown(getattr(loaded.settings, f.name)) for f in fields(Settings)}
        return values, dict(loaded.variables)

    def _made_dialog(self) -> SettingsDialog:
        if self._dialog is None:
            from chat2anyllm_desktop.ui.dialogs.settings import SettingsDialog

            dialog = self._dialog = SettingsDialog(self._theme, self._window)
            dialog.keys_requested.connect(self.keys_wanted)
            dialog.save_requested.connect(
                lambda changes: self.save(changes, saved=dialog.on_saved, refused=dialog.show_error)
            )
            dialog.test_gateway_requested.connect(
                lambda values: self._test(
                    "gateway", partial(self.trials.gateway, values), dialog.show_gateway_result
                )
            )
            dialog.test_database_requested.connect(
                lambda values: self._test(
                    "database", partial(self.trials.database, values), dialog.show_database_result
                )
            )
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
            words = (
                tr("{problem} There is one more problem.", problem=words)
                if more == 1
                else tr("{problem} There are {n} more problems.", n=more, problem=words)
            )
        self._announcer.say(
            "settings",
            words,
            tone=Tone.ATTENTION,
            detail="\n".join(problems) if more else "",
            answers={tr("Settings"): self.open},
            once=True,
        )

    # Saving --------------------------------------------------------------------------------------------------------------
    def save(
        self,
        changes: Mapping[str, object],
        *,
        saved: Callable[[], object] | None = None,
        refused: Callable[[str], object] | None = None,
    ) -> None:
        """Save what was changed. ``saved`` is called once it is in force, just before that is told to all; ``refused``,
        with the reason, when a value cannot be used and nothing was saved, which is else said in a notice."""
        self._wishes.append(_Wish(changes, saved, refused))
        if not self._tasks.is_running("settings:save"):
            self._tasks.start("settings:save", self._grant_wishes())

    async def _grant_wishes(self) -> None:
        while self._wishes:
            wish = self._wishes.pop(0)
            try:
                await self._grant(wish)
            except SettingsError as error:  # A value that cannot be used: nothing was saved.
                if wish.refused is not None:
                    wish.refused(str(error))
                else:
                    self._announcer.report("settings", error)
                if self._untold:
                    self._tell(set())

    async def _grant(self, wish: _Wish) -> None:
        before = self._workshop.loaded
        tried = try_settings(before, wish.changes)
        vault = self._workshop.vault
        work = asyncio.to_thread(_write, before, tried, wish.changes, vault)
        (now, problem), cancelled = await to_end(work)
        self._workshop.loaded = now
        if wish.saved is not None:
            wish.saved()
        if problem:
            self._announcer.say("settings:kept", problem, tone=Tone.ATTENTION)
        self._tell({name for name in TABLE if getattr(now.settings, name) != getattr(before.settings, name)})
        if cancelled is not None:
            raise cancelled

    def _tell(self, names: set[str]) -> None:
        """Of these and those before. Somebody who presses a key ten times is ahead of what is saved: what waits to be saved
        anew is told when that is done, or the window would go back and take every step again."""
        names = names | self._untold
        self._untold = names & {name for wish in self._wishes for name in wish.changes}
        self.changed.emit(names - self._untold)

    # Trying connections out ----------------------------------------------------------------------------------------------
    def _test(self, part: str, trial: Trial, show: Callable[[bool, str], None]) -> None:
        self._tasks.start(f"settings:{part}", show_outcome(trial, show))


async def show_outcome(trial: Trial, show: Callable[[bool, str], None]) -> None:
    """Await a trial; ``show`` is called with whether it went well, and the sentence."""
    try:
        show(True, await trial())
    except ChatError as error:
        show(False, str(error))


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
