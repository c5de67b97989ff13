"""What the window asks of whoever builds the parts: :mod:`chat2anyllm_desktop.app` is the only one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chat2anyllm_desktop.settings import LoadedSettings

if TYPE_CHECKING:
    from chat2anyllm_desktop.llm.router import ModelRouter
    from chat2anyllm_desktop.secrets import Vault
    from chat2anyllm_desktop.store.journal import Journal
    from chat2anyllm_desktop.store.threaded import ThreadedStore
    from chat2anyllm_desktop.store.watch import Watcher


class Workshop(Protocol):
    """Makes the parts for the settings it holds. Making connects, opens and starts nothing."""

    loaded: LoadedSettings
    """The settings in force, replaced when they change."""

    @property
    def vault(self) -> Vault:
        """The keychain; its methods block."""

    def tried_with(self, loaded: LoadedSettings, /) -> Workshop:
        """Another workshop, for trying these settings out."""

    @property
    def journal(self) -> Journal:
        """What protects the answers that are being written."""

    def make_models(self) -> ModelRouter:
        """Gateway, embedded engine, demo. Raises SettingsError for an address that cannot be used."""

    def make_store(self) -> ThreadedStore:
        """The shared history when there is a database URL, else the embedded one."""

    def make_embedded_store(self, *, in_memory: bool = False) -> ThreadedStore:
        """The history of this computer, whatever the settings say."""

    def make_watcher(self, store: ThreadedStore) -> Watcher:
        """Tells what others change in an open store."""

    async def load_secrets(self) -> str:
        """Complete ``loaded`` from the keychain; the answer says why there is none, empty when there is."""
