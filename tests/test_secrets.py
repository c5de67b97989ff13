"""The keychain itself is the system's; here keyring's own backend protocol is answered from memory, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked

from chat2anyllm_desktop import logs
from chat2anyllm_desktop.secrets import SWITCH_VARIABLE, Vault
from chat2anyllm_desktop.settings import load_settings


class MemoryKeychain(KeyringBackend):
    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring does not annotate it
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def _check(self) -> None:
        if self.locked:
            raise KeyringLocked("sk-not-to-be-shown")

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        del self.entries[service, username]


@pytest.fixture
def keychain(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeychain]:
    monkeypatch.delenv(SWITCH_VARIABLE)
    before = keyring.get_keyring()
    backend = MemoryKeychain()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def test_a_secret_outlives_the_vault(keychain: MemoryKeychain) -> None:
    assert Vault().load("gateway_key") is None
    assert Vault().store("gateway_key", "one")
    assert Vault().load("gateway_key") == "one"
    assert Vault().state().available
    Vault().forget("gateway_key")
    Vault().forget("gateway_key")
    assert Vault().load("gateway_key") is None


def test_an_empty_secret_is_forgotten(keychain: MemoryKeychain) -> None:
    Vault().store("gateway_key", "one")
    Vault().store("gateway_key", "")
    assert keychain.entries == {}


def test_two_homes_do_not_share_secrets(
    keychain: MemoryKeychain, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Vault().store("gateway_key", "one")
    monkeypatch.setenv("CHAT2ANYLLM_HOME", str(tmp_path / "other"))
    assert Vault().load("gateway_key") is None


def test_a_locked_keychain_keeps_secrets_for_the_run_and_says_so(keychain: MemoryKeychain) -> None:
    keychain.locked = True
    vault = Vault()
    assert not vault.store("gateway_key", "one")
    assert vault.load("gateway_key") == "one"
    assert Vault().load("gateway_key") is None


def test_why_a_keychain_refused_is_told_without_the_secret(keychain: MemoryKeychain) -> None:
    keychain.locked = True
    vault = Vault()
    vault.load("gateway_key")
    state = vault.state()
    assert not state.available
    assert "the keychain refused (KeyringLocked)" in state.sentence
    assert "sk-" not in state.sentence
    keychain.locked = False
    assert vault.store("gateway_key", "one")
    assert vault.state().available


@pytest.mark.parametrize("kind", [fail.Keyring, null.Keyring])
def test_what_is_no_keychain_is_not_taken_for_one(
    keychain: MemoryKeychain, kind: type[KeyringBackend]
) -> None:
    keyring.set_keyring(kind())
    vault = Vault()
    assert not vault.store("gateway_key", "one")
    assert vault.load("gateway_key") == "one"
    state = vault.state()
    assert not state.available
    assert "no keychain was found" in state.sentence
    vault.forget("gateway_key")
    assert vault.load("gateway_key") is None


def test_it_can_be_switched_off(keychain: MemoryKeychain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH_VARIABLE, "off")
    assert not Vault().store("gateway_key", "one")
    assert keychain.entries == {}
    assert "CHAT2ANYLLM_KEYRING=off" in Vault().state().sentence


def test_settings_are_completed_from_the_keychain_and_the_log_masks_what_came(
    keychain: MemoryKeychain,
) -> None:
    Vault().store("gateway_key", "quite unlike a key")
    whole = Vault().complete(load_settings({}))
    assert whole.settings.gateway_key.reveal() == "quite unlike a key"
    assert "unlike" not in logs.masked("refused: quite unlike a key")
