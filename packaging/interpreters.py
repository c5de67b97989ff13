"""Finding a Python that fits (3.11 to 3.13), with the standard library of any Python from 3.8 on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator, NamedTuple, Optional, Tuple

from system_packages import SetupError, installed_by_root

OLDEST = (3, 11)
NEWEST = (3, 13)
_PROBE = (
    "import sys, importlib.util as u;"
    "print(sys.executable, *sys.version_info[:3],"
    " int(all(u.find_spec(m) for m in ('venv', 'ensurepip'))), sep='\\n')"
)


class Interpreter(NamedTuple):
    path: str
    version: Tuple[int, int, int]
    has_venv: bool

    @property
    def version_text(self) -> str:
        return ".".join(map(str, self.version))

    @property
    def fits(self) -> bool:
        return OLDEST <= self.version[:2] <= NEWEST

    @classmethod
    def probe(cls, command: str) -> Optional["Interpreter"]:
        """What a command turns out to be when it is started; None when it cannot be."""
        try:
            done = subprocess.run([command, "-c", _PROBE], text=True, capture_output=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            return None
        lines = done.stdout.split("\n")
        if done.returncode or len(lines) < 5:
            return None
        return cls(lines[0], (int(lines[1]), int(lines[2]), int(lines[3])), lines[4] == "1")


def find_interpreter(wanted: str = "") -> Interpreter:
    """The named interpreter, or the first that fits; installs Debian's own as root. Raises SetupError."""
    if wanted:
        for command in _places_of(wanted):
            found = Interpreter.probe(command)
            if found is not None:
                if not found.fits:
                    raise SetupError(
                        f"PYTHON={wanted} is Python {found.version_text}; 3.11, 3.12 or 3.13 is needed."
                    )
                return found
        raise SetupError(f"PYTHON={wanted} cannot be started: install it, or leave PYTHON out.")
    found = _first_that_fits()
    if found is None and installed_by_root(["python3", "python3-venv"], "Python"):
        found = _first_that_fits()
    if found is None:
        raise SetupError(
            "No fitting Python found: Chat2AnyLLM Desktop needs Python 3.11, 3.12 or 3.13. "
            "Install one (Debian/Ubuntu: apt-get install python3 python3-venv; Fedora: dnf install python3.13; "
            "macOS: brew install python@3.13), or name it: make run PYTHON=/path/to/python3.13"
        )
    return found


def _first_that_fits() -> Optional[Interpreter]:
    for command in (sys.executable, "python3", "python3.13", "python3.12", "python3.11", "python"):
        for place in _places_of(command):
            found = Interpreter.probe(place)
            if found is not None and found.fits:
                return found
    return None


def _places_of(command: str) -> Iterator[str]:
    """The command itself, then the versions behind a pyenv shim, which refuses versions that are not switched on."""
    path = shutil.which(command)
    if path is None:
        return
    yield path
    shim = Path(path)
    if shim.parent.name == "shims":
        name = shim.name.replace(".exe", "")
        for version in sorted((shim.parent.parent / "versions").glob("3.*"), key=_by_number, reverse=True):
            real = version / "bin" / name
            if os.access(str(real), os.X_OK):
                yield str(real)


def _by_number(path: Path) -> Tuple[int, ...]:
    return tuple(int(part) for part in path.name.split(".") if part.isdigit())
