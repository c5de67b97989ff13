"""The gateway, its cache and the shared database beside the program.

    python packaging/stack env                  make the environment files that are missing
    python packaging/stack up [--native] [--profile openwebui] [--profile tls]
    python packaging/stack down | status | logs [--native]
    python packaging/stack backup FILE [--native]
    python packaging/stack restore FILE [--native]

``--native`` starts the three from local programs, without containers. Exit status: 0, or 1 with a sentence.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from containers import Containers
from environment import StackError, prepare
from native import Native

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "chat2anyllm"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="stack", description="The gateway, its cache and the shared database."
    )
    parser.add_argument("word", choices=("env", "up", "down", "status", "logs", "backup", "restore"))
    parser.add_argument("file", nargs="?", type=Path, help="of backup and restore")
    parser.add_argument("--native", action="store_true", help="local programs instead of containers")
    parser.add_argument("--profile", action="append", default=[], choices=("openwebui", "tls"))
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    parser.add_argument(
        "--folder", type=Path, default=None, help="where the native stack keeps its data (default: .stack)"
    )
    given = parser.parse_args(arguments)
    if (given.word in ("backup", "restore")) != (given.file is not None):
        parser.error(f"{given.word} takes {'the name of a file' if given.file is None else 'no file'}")
    try:
        return _do(given)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1


def _do(given: argparse.Namespace) -> int:
    root: Path = given.root.resolve()
    if given.word in ("env", "up"):
        for file in prepare(root):
            print(f"Made {file.name} with new passwords.")
        if given.word == "env":
            return 0
    folder = (given.folder or root / ".stack").resolve()
    stack = Native(root, folder) if given.native else Containers(root)
    match given.word:
        case "up":
            stack.up(given.profile)
            print("The stack runs. `make run` uses it; provider keys go into .env.litellm.")
        case "down":
            stack.down()
        case "status":
            stack.status()
        case "logs":
            stack.logs()
        case "backup":
            _backup(stack, given.file)
        case "restore":
            if not given.file.is_file():
                raise StackError(f"There is no file {given.file}.")
            stack.restore(DATABASE, given.file)
            print(f"The history is as it was in {given.file}.")
    return 0


def _backup(stack: Native | Containers, file: Path) -> None:
    """A half backup never takes the place of a whole one."""
    part = file.with_name(f"{file.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        stack.backup(DATABASE, part)
        part.replace(file)
    except OSError as error:
        raise StackError(f"{file} cannot be written: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
    print(f"The history is in {file} ({file.stat().st_size:,} bytes): keep it where others cannot read it.")


if __name__ == "__main__":
    sys.exit(main())
