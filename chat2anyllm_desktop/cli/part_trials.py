"""The self-test of the parts that need no window. Each function blocks, and answers with what it saw."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import Author, Message, Session, new_id, utc_now
from chat2anyllm_desktop.core.trial import Skipped, expect

if TYPE_CHECKING:
    from chat2anyllm_desktop.store.api import Store

PartTrial = Callable[[], str]
_RESOURCES = {
    "schema.sql": b"CREATE TABLE",
    "config.yaml": b"model_list",
    "docker-compose.yml": b"services",
    "icons/chat2anyllm.svg": b"<svg",
    "languages/zh_CN.qm": b"\x3c\xb8\x64\x18",
}
"""Files that come with the program, each with something that must be in it."""
_KEYCHAINS = {
    "linux": ("keyring.backends.SecretService", "keyring.backends.kwallet", "secretstorage", "jeepney"),
    "darwin": ("keyring.backends.macOS",),
    "win32": ("keyring.backends.Windows", "win32ctypes.pywin32.win32cred"),
}
"""What a keychain is spoken to with; keyring says nothing where one is missing."""


def all_parts(database_url: str) -> Mapping[str, PartTrial]:
    return {
        "resources": resources,
        "certificates": certificates,
        "history on this computer": sqlite,
        "history on PostgreSQL": lambda: postgres(database_url),
        "keychain": keychain,
        "http face": http_face,
    }


def resources() -> str:
    for name, mark in _RESOURCES.items():
        expect(mark in paths.resource(name).read_bytes(), f"{name} is not what it should be")
    return ", ".join(_RESOURCES)


def certificates() -> str:
    import ssl

    import certifi

    known = ssl.create_default_context(cafile=certifi.where()).cert_store_stats()["x509_ca"]
    expect(known > 50, f"only {known} certificate authorities are known")
    return f"{known} authorities"


def sqlite() -> str:
    from chat2anyllm_desktop.store.sqlite import SqliteStore

    file = paths.history_file().with_name("self-test.sqlite3")
    return _round_trip(lambda: SqliteStore(file))


def postgres(url: str) -> str:
    """Makes the tables where there are none, as a first start does; the session that is written is deleted again."""
    if not url:
        raise Skipped("no database is named (DATABASE_URL)")
    from chat2anyllm_desktop.store.postgres import PostgresStore

    return _round_trip(lambda: PostgresStore(url, paths.resource("schema.sql")))


def _round_trip(make: Callable[[], Store]) -> str:
    now, session_id, text = utc_now(), new_id(), "Written by the self-test: ü 中 🎉"
    store = make()
    store.open()
    try:
        store.save_session(Session(id=session_id, title="Self-test", created_at=now, updated_at=now))
        try:
            message = Message(
                id=new_id(), session_id=session_id, author=Author.USER, content=text, created_at=now
            )
            store.save_message(message)
            again = make()
            again.open()
            try:
                found = [stored.content for stored in again.history(session_id)]
            finally:
                again.close()
            expect(found == [text], f"what was written reads {found!r}")
        finally:
            store.delete_session(session_id)
        expect(not store.history(session_id), "what was deleted is still there")
        return f"written, read and deleted in {store.name}"
    finally:
        store.close()


def keychain() -> str:
    from chat2anyllm_desktop.secrets import Vault

    for module in _KEYCHAINS.get(sys.platform, ()):
        importlib.import_module(module)
    vault, name, secret = Vault(), "self-test", new_id()
    state = vault.state()
    if not state.available:
        raise Skipped(state.sentence)
    try:
        expect(vault.store(name, secret), vault.state().sentence)
        expect(Vault().load(name) == secret, "what was kept is not there")
    finally:
        vault.forget(name)
    expect(Vault().load(name) is None, "what was forgotten is still there")
    return state.sentence


def http_face() -> str:
    try:
        for module in ("starlette", "uvicorn", "pydantic"):
            importlib.import_module(module)
        application = importlib.import_module("chat2anyllm_desktop.serve.application")
    except ImportError as error:
        raise Skipped(f"the extra “serve” is not installed ({error.name})") from None
    return f"{Path(os.fspath(application.__file__ or '')).stem} can be loaded"
