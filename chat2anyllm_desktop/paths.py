"""Where things are: the user's folders and the files that come with the program. The only place that knows.

``CHAT2ANYLLM_HOME`` puts everything under one root: for tests, for trials, for an installation on a stick. Nothing is
created by asking where it is; :func:`make_folder` creates.
"""

from __future__ import annotations

import os
from pathlib import Path

from chat2anyllm_desktop.core.errors import StoreReadOnlyError
from chat2anyllm_desktop.core.language import tr

HOME_VARIABLE = "CHAT2ANYLLM_HOME"
_APPLICATION = "chat2anyllm-desktop"
_PACKAGE = Path(__file__).resolve().parent


def config_folder() -> Path:
    """Settings: what the user decided."""
    return _folder("config")


def data_folder() -> Path:
    """History: what must not be lost."""
    return _folder("data")


def state_folder() -> Path:
    """Logs, crash reports, window layout, drafts: what would be a pity to lose."""
    return _folder("state")


def cache_folder() -> Path:
    """What can be made again."""
    return _folder("cache")


def settings_file() -> Path:
    return config_folder() / "settings.toml"


def history_file() -> Path:
    """The embedded history (SQLite)."""
    return data_folder() / "history.sqlite3"


def log_file() -> Path:
    return state_folder() / "chat2anyllm.log"


def resource(name: str) -> Path:
    """A file that comes with the program, such as ``schema.sql`` or ``icons/send.svg``.

    A wheel and a frozen build carry them inside the package; a checkout has them in ``resources/`` or, where people
    use them by themselves, at its top. Raises FileNotFoundError, which only a broken installation can cause.
    """
    checkout = _PACKAGE.parent
    for place in (_PACKAGE / "_resources", checkout / "resources", checkout):
        path = place / name
        if path.exists():
            return path
    raise FileNotFoundError(
        f"{name} is missing from the installation of Chat2AnyLLM Desktop: install it again."
    )


def make_folder(folder: Path) -> Path:
    """Create a folder of ours, readable by its owner only, where it is missing. Raises StoreReadOnlyError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreReadOnlyError(
            tr(
                "The folder {folder} cannot be created. Make its place writable, or set {variable} to a folder that is.",
                folder=folder,
                variable=HOME_VARIABLE,
            ),
            detail=str(error),
        ) from error
    if not os.access(folder, os.W_OK):
        raise StoreReadOnlyError(
            tr(
                "The folder {folder} cannot be written. Make it writable, or set {variable} to a folder that is.",
                folder=folder,
                variable=HOME_VARIABLE,
            )
        )
    return folder


def _folder(kind: str) -> Path:
    root = os.environ.get(HOME_VARIABLE)
    if root:
        return Path(root).expanduser().absolute() / kind
    import platformdirs

    folders = platformdirs.PlatformDirs(_APPLICATION, appauthor=False)
    return Path(getattr(folders, f"user_{kind}_dir"))
