"""The import rules of the house: layers by import-linter, and no Qt below the window by trying."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

IMPORT_ALL = """
import importlib, pkgutil, sys
import chat2anyllm_desktop as package

wanted = sys.argv[1:]
for name in wanted:
    module = importlib.import_module(f"{package.__name__}.{name}")
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), f"{module.__name__}."):
        importlib.import_module(found.name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def loaded_by(*names: str) -> set[str]:
    command = [sys.executable, "-W", "error", "-c", IMPORT_ALL, *names]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("name", ["core", "llm", "store", "render", "chat", "serve", "cli"])
def test_no_qt_is_loaded_below_the_window(name: str) -> None:
    assert loaded_by(name).isdisjoint({"PySide6", "shiboken6", "qasync"})


def test_the_leaves_and_the_command_line_start_light() -> None:
    """Before the first paint nothing is imported that takes long: httpx alone costs 75 ms."""
    loaded = loaded_by("settings", "paths", "secrets", "system", "logs", "__main__")
    assert loaded.isdisjoint(
        {"PySide6", "qasync", "httpx", "psycopg", "pygments", "keyring", "tomlkit", "asyncio"}
    )


def test_the_window_is_painted_before_what_it_can_do_without() -> None:
    """Nor is what draws formulas and diagrams ever needed in the window's own process."""
    loaded = loaded_by("ui.shell")
    assert "PySide6" in loaded
    assert loaded.isdisjoint(
        {"httpx", "psycopg", "pygments", "markdown", "keyring", "tomlkit", "ziamath", "xml"}
    )


def test_the_layers_hold() -> None:
    command = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert "0 broken" in done.stdout
