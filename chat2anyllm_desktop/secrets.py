"""Secrets in the keychain of the operating system, or in memory for this run where there is none. Never in a file.

What keyring offers in place of a keychain (nothing, or a plain text file) is not taken for one.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.logs import mask
from chat2anyllm_desktop.paths import HOME_VARIABLE

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

    from chat2anyllm_desktop.settings import LoadedSettings

SWITCH_VARIABLE = "CHAT2ANYLLM_KEYRING"
"""``off`` keeps the program away from the keychain."""

T = TypeVar("T")
_NO_KEYCHAINS = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VaultState:
    """Whether secrets outlive the program, and the sentence that tells it."""

    available: bool
    sentence: str


class Vault:
    """Secrets by name. Every method may block (the keychain may ask the user to unlock it): call it off the UI thread.

    Methods may be called from several threads and never raise: where the keychain fails, the secret is kept for the
    run, and :meth:`state` says why.
    """

    def __init__(self) -> None:
        home = os.environ.get(HOME_VARIABLE)
        self._service = f"chat2anyllm-desktop:{os.path.abspath(home)}" if home else "chat2anyllm-desktop"
        self._kept: dict[str, str] = {}
        self._fault = ""
        """Why the keychain cannot be used, as found out last; empty while it can."""
        self._lock = threading.Lock()

    def load(self, name: str) -> str | None:
        """The secret, or None when there is none or the keychain refuses."""
        with self._lock:
            if name in self._kept:
                return self._kept[name]
            return self._ask(lambda keychain: keychain.get_password(self._service, name))

    def complete(self, loaded: LoadedSettings) -> LoadedSettings:
        """The settings with the secrets that only the keychain knows; from now on the log masks them too."""
        found = {name: secret for name in loaded.missing_secrets() if (secret := self.load(name))}
        for secret in found.values():
            mask(secret)
        return loaded.with_secrets(found)

    def store(self, name: str, value: str) -> bool:
        """Keep a secret; an empty one is forgotten. False when it is kept for this run only."""
        if not value:
            self.forget(name)
            return True
        mask(value)
        with self._lock:
            self._ask(lambda keychain: keychain.set_password(self._service, name, value))
            if self._fault:
                self._kept[name] = value
                return False
            self._kept.pop(name, None)
            return True

    def forget(self, name: str) -> None:
        """Remove a secret; harmless when there is none."""

        def remove(keychain: KeyringBackend) -> None:
            if keychain.get_password(self._service, name) is not None:
                keychain.delete_password(self._service, name)

        with self._lock:
            self._kept.pop(name, None)
            self._ask(remove)

    def state(self) -> VaultState:
        """Whether the keychain works, as far as is known by now: it is not unlocked for the question."""
        with self._lock:
            if not self._fault:
                keychain = self._keychain()
                if keychain is not None:
                    return VaultState(
                        True, tr("Secrets are kept in the keychain ({name}).", name=keychain.name)
                    )
            return VaultState(
                False,
                tr(
                    "Secrets are kept until the program ends, because {reason}. Environment variables work as well.",
                    reason=self._fault,
                ),
            )

    def _ask(self, action: Callable[[KeyringBackend], T]) -> T | None:
        """The keychain's answer; None, with the reason in ``_fault``, when there is none."""
        keychain = self._keychain()
        if keychain is None:
            return None
        try:
            answer = action(keychain)
        except Exception as error:  # noqa: BLE001  Backends raise whatever their system does; state() reports it.
            self._note(error)
            return None
        self._fault = ""
        return answer

    def _keychain(self) -> KeyringBackend | None:
        if os.environ.get(SWITCH_VARIABLE, "").lower() == "off":
            self._fault = tr(
                "{switch} keeps the program away from the keychain", switch=f"{SWITCH_VARIABLE}=off"
            )
            return None
        try:
            import keyring

            backend = keyring.get_keyring()
        except Exception as error:  # noqa: BLE001  As in _ask().
            self._note(error)
            return None
        # A chain would fall back on a plain text file when its keychain is locked, so its first member is asked alone.
        members: list[KeyringBackend] = getattr(backend, "backends", None) or [backend]
        real = next((one for one in members if not type(one).__module__.startswith(_NO_KEYCHAINS)), None)
        if real is None:
            self._fault = tr("no keychain was found on this system")
        return real

    def _note(self, error: Exception) -> None:
        self._fault = tr("the keychain refused ({reason})", reason=type(error).__name__)
        _log.info("keychain: %s", type(error).__name__)
