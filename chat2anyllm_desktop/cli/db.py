"""``chat2anyllm db``: look at the shared database, or bring its schema up to date."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from chat2anyllm_desktop.core.language import tr

if TYPE_CHECKING:
    from chat2anyllm_desktop.settings import LoadedSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``db``."""
    parser.add_argument(
        "action",
        choices=("status", "upgrade"),
        help="status: look and change nothing; upgrade: create or complete the tables of DATABASE_URL",
    )


def run(arguments: argparse.Namespace, loaded: LoadedSettings) -> int:
    """Exit status 0 when the database is reached and up to date, else 1. Raises StoreError."""
    from chat2anyllm_desktop import paths
    from chat2anyllm_desktop.secrets import Vault

    url = Vault().complete(loaded).settings.database_url.reveal()
    if not url:
        print(
            f"No database is set: the history is kept on this computer ({paths.history_file()}). "
            "Set DATABASE_URL=postgresql://user:password@host/database to use a shared one.",
            file=sys.stderr,
        )
        return 1
    return _upgrade(url) if arguments.action == "upgrade" else _status(url)


def _status(url: str) -> int:
    from chat2anyllm_desktop.store.inspection import inspect_database

    found = inspect_database(url)
    print(f"{found.name} ({found.server})")
    if found.version is None:
        print("No tables yet. They are made by: chat2anyllm db upgrade")
    else:
        print(f"{found.sessions} sessions, {found.messages} messages")
        print(f"Schema version {found.version}, this program's is {found.current_version}")
        if found.missing_triggers:
            print(f"Missing triggers: {', '.join(found.missing_triggers)}")
        if not found.up_to_date:
            print("It is completed, and nothing in it changed, by its owner with: chat2anyllm db upgrade")
    return 0 if found.up_to_date else 1


def _upgrade(url: str) -> int:
    from chat2anyllm_desktop import paths
    from chat2anyllm_desktop.store.inspection import inspect_database
    from chat2anyllm_desktop.store.postgres import PostgresStore

    before = inspect_database(url).version
    store = PostgresStore(url, paths.resource("schema.sql"))
    try:
        store.open()
        after = store.schema_version()
    finally:
        store.close()
    if not inspect_database(url).up_to_date:
        words = tr(
            "{place} can be used as it is, but this user may not upgrade it: its owner can.", place=store.name
        )
        print(words)
        return 1
    was = "without tables" if before is None else f"of schema version {before}"
    print(
        f"{store.name} was {was} and is now of version {after}."
        if before != after
        else f"{store.name} is up to date."
    )
    return 0
