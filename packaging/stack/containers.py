"""The stack in containers, by Docker Compose or what speaks like it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from environment import StackError

_ENGINES = (["docker", "compose"], ["docker-compose"], ["podman", "compose"])
_DUMP = ["pg_dump", "--username", "postgres", "--format", "custom", "--no-owner", "--dbname"]
_RESTORE = ["pg_restore", "--username", "postgres", "--clean", "--if-exists", "--no-owner", "--exit-on-error"]


class Containers:
    """Every word of ``python packaging/stack`` as words of Compose."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._compose = _engine()

    def up(self, profiles: list[str]) -> None:
        chosen = [word for profile in profiles for word in ("--profile", profile)]
        self._run(*chosen, "up", "--detach", "--wait")

    def down(self) -> None:
        self._run("--profile", "*", "down")

    def status(self) -> None:
        self._run("ps", "--all")

    def logs(self) -> None:
        self._run("logs", "--tail", "200", "--follow")

    def backup(self, database: str, file: Path) -> None:
        with file.open("wb") as out:
            self._run("exec", "-T", "postgres", *_DUMP, database, stdout=out)

    def restore(self, database: str, file: Path) -> None:
        with file.open("rb") as source:
            role = ["--role", database, "--dbname", database]
            self._run("exec", "-T", "postgres", *_RESTORE, *role, stdin=source)

    def _run(self, *words: str, **streams: object) -> None:
        done = subprocess.run([*self._compose, *words], cwd=self._root, check=False, **streams)  # type: ignore[call-overload] # stdin and stdout alone
        if done.returncode:
            raise StackError(f"{' '.join([*self._compose, *words[:3]])} failed (status {done.returncode}).")


def _engine() -> list[str]:
    for command in _ENGINES:
        if shutil.which(command[0]) is None:
            continue
        asked = subprocess.run([*command, "version"], capture_output=True, check=False)
        if asked.returncode == 0:
            return command
    raise StackError(
        "There is no Docker Compose on this computer. Install Docker (or Podman with compose), or start the same three from"
        " local programs: make stack-up-native"
    )
