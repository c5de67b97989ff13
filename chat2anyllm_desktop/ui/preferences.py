"""The settings dialog, joined to settings file, keychain and the running parts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.core.models import ModelSource
from chat2anyllm_desktop.settings import TABLE, Secret, Settings, load_settings, save_settings, try_settings
from chat2anyllm_desktop.ui.theme import Theme
from chat2anyllm_desktop.ui.workshop import Workshop

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.dialogs.settings import SettingsDialog

TEST_S = 15.0
"""Seconds after which a test of a connection is given up."""


class Preferences(QObject):
    """Signal: ``changed`` (names of the settings that are others now), after they are saved and in force."""

    changed = Signal(object)

    def __init__(self, workshop: Workshop, tasks: Tasks, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._workshop = workshop
        self._tasks = tasks
        self._theme = theme
        self._window = window
        self._dialog: SettingsDialog | None = None

    def open(self, page: str = "") -> None:
        """Show the dialog, at a page if one is named."""
        self._tasks.start("settings:open", self._open(page))

    async def _open(self, page: str) -> None:
        keychain = await asyncio.to_thread(self._workshop.vault.state)
        if self._dialog is None:
            from chat2anyllm_desktop.ui.dialogs.settings import SettingsDialog

            self._dialog = SettingsDialog(self._theme, self._window)
            self._dialog.save_requested.connect(self._on_save_requested)
            self._dialog.test_gateway_requested.connect(self._on_test_gateway_requested)
            self._dialog.test_database_requested.connect(self._on_test_database_requested)
        loaded = self._workshop.loaded
        shown = {f.name: _shown(getattr(loaded.settings, f.name)) for f in fields(Settings)}
        self._dialog.set_values(shown, dict(loaded.variables), keychain.sentence)
        self._dialog.open_page(page)

    def save(self, changes: Mapping[str, object], then: Callable[[], None] | None = None) -> None:
        """Save changes that were made elsewhere in the window (the theme button), too."""
        self._tasks.start("settings:save", self._save(changes, then))

    def _on_save_requested(self, changes: Mapping[str, object]) -> None:
        dialog = self._dialog
        self.save(changes, dialog.accept if dialog is not None else None)

    async def _save(self, changes: Mapping[str, object], then: Callable[[], None] | None) -> None:
        before = self._workshop.loaded
        try:
            secrets = await asyncio.to_thread(save_settings, before, changes)
        except ChatError as error:
            if self._dialog is not None and self._dialog.isVisible():
                self._dialog.show_error(str(error))
                return
            raise
        vault = self._workshop.vault
        for name, value in secrets.items():
            await asyncio.to_thread(vault.store, name, value)
        self._workshop.loaded = await asyncio.to_thread(load_settings)
        await self._workshop.load_secrets()
        now = self._workshop.loaded.settings
        different = {name for name in TABLE if getattr(now, name) != getattr(before.settings, name)}
        if then is not None:
            then()
        self.changed.emit(different)

    # Trying connections out ----------------------------------------------------------------------------------------------
    def _on_test_gateway_requested(self, values: Mapping[str, object]) -> None:
        self._tasks.start("settings:gateway", self._test_gateway(values))

    async def _test_gateway(self, values: Mapping[str, object]) -> None:
        assert self._dialog is not None
        try:
            router = self._workshop.tried_with(try_settings(self._workshop.loaded, values)).make_models()
            try:
                async with asyncio.timeout(TEST_S):
                    found = await router.discover()
            finally:
                await router.aclose()
        except TimeoutError:
            self._dialog.show_gateway_result(False, f"No answer within {TEST_S:.0f} seconds.")
        except ChatError as error:
            self._dialog.show_gateway_result(False, str(error))
        else:
            count = sum(model.source is ModelSource.GATEWAY for model in found.models)
            if found.problems:
                self._dialog.show_gateway_result(False, str(found.problems[0]))
            else:
                self._dialog.show_gateway_result(
                    True, f"Connected: {count} model{'' if count == 1 else 's'}."
                )

    def _on_test_database_requested(self, values: Mapping[str, object]) -> None:
        self._tasks.start("settings:database", self._test_database(values))

    async def _test_database(self, values: Mapping[str, object]) -> None:
        assert self._dialog is not None
        try:
            settings = try_settings(self._workshop.loaded, values).settings
            async with asyncio.timeout(TEST_S):
                sentence = await asyncio.to_thread(_reach_database, settings.database_url.reveal())
        except TimeoutError:
            self._dialog.show_database_result(False, f"No answer within {TEST_S:.0f} seconds.")
        except ChatError as error:
            self._dialog.show_database_result(False, str(error))
        else:
            self._dialog.show_database_result(True, sentence)


def _reach_database(url: str) -> str:
    """Connect and go: nothing in the database is touched. Blocks; raises StoreError."""
    if not url:
        return "No database is set: the history stays on this computer."
    from chat2anyllm_desktop.store.postgres_address import PostgresAddress
    from chat2anyllm_desktop.store.postgres_connection import connect

    address = PostgresAddress(url)
    connect(address).close()
    return f"Connected to {address.name}."


def _shown(value: object) -> object:
    """What the dialog may show: secrets only by their mask."""
    if isinstance(value, Secret):
        return value.shown if value else ""
    return "" if value is None else value
