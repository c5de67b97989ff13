"""The files that everything else stands on: versions, packaging, set-up."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import chat2anyllm_desktop

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LISTS = ["constraints.txt", "constraints-litellm.txt"]


def pinned(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("name", LISTS)
def test_constraints_are_exact_versions_and_name_no_address(name: str) -> None:
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")
    for line in pinned(name):
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[^\s;]+(; python_version (<|>=) '3\.\d+')?", line), line


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_requirement_has_one_version_that_it_allows(python: str) -> None:
    versions: dict[str, Version] = {}
    for line in pinned("constraints.txt"):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
            name = canonicalize_name(requirement.name)
            assert name not in versions, f"{name} is there twice for Python {python}"
            versions[name] = Version(next(iter(requirement.specifier)).version)
    wanted = [
        *PROJECT["dependencies"],
        *(line for extra in PROJECT["optional-dependencies"].values() for line in extra),
    ]
    for line in wanted:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
            assert versions[canonicalize_name(requirement.name)] in requirement.specifier, line
    # 6.12 aborts on Python 3.11 after some thousand Qt calls.
    assert (versions["pyside6-essentials"] < Version("6.12")) is (python == "3.11")
    assert versions["shiboken6"] == versions["pyside6-essentials"]


def test_markers_of_qt_cover_every_python_once() -> None:
    markers = [Requirement(line).marker for line in PROJECT["dependencies"] if line.startswith("PySide6")]
    for python in ("3.11", "3.12", "3.13"):
        hits = [m for m in markers if isinstance(m, Marker) and m.evaluate({"python_version": python})]
        assert len(hits) == 1


def test_litellm_is_not_one_of_the_compromised_releases() -> None:
    (version,) = [line for line in pinned("constraints-litellm.txt") if line.startswith("litellm==")]
    assert version == f"litellm=={bootstrap().LITELLM_VERSION}"
    assert not re.search(r"==1\.(107\.\d+|82\.[78])$", version)


def test_the_version_is_written_once() -> None:
    assert PROJECT["dynamic"] == ["version"]
    assert str(Version(chat2anyllm_desktop.__version__)) == chat2anyllm_desktop.__version__
    assert chat2anyllm_desktop.__version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def bootstrap(name: str = "bootstrap") -> ModuleType:
    folder = str(ROOT / "packaging")
    sys.path.insert(0, folder)
    try:
        specification = importlib.util.spec_from_file_location(name, ROOT / "packaging" / f"{name}.py")
        assert specification is not None
        assert specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
    finally:
        sys.path.remove(folder)
    return module


def test_set_up_takes_this_python_and_refuses_others(tmp_path: Path) -> None:
    interpreters = bootstrap("interpreters")
    assert interpreters.find_interpreter(sys.executable).version == sys.version_info[:3]
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\nprintf '%s\\n' /usr/bin/python3.9 3 9 2 1\n")
    old.chmod(0o755)
    # The exception's class belongs to the module as the set-up itself loads it.
    with pytest.raises(Exception, match=r"is Python 3\.9\.2; 3\.11, 3\.12 or 3\.13 is needed"):
        interpreters.find_interpreter(str(old))
    with pytest.raises(Exception, match="cannot be started"):
        interpreters.find_interpreter(str(tmp_path / "missing"))


@pytest.mark.skipif(sys.platform == "win32", reason="pyenv's shims are shell scripts")
def test_set_up_looks_behind_a_pyenv_shim_that_is_not_switched_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "versions" / "3.12.9" / "bin" / "python3.12"
    for path, body in (
        (tmp_path / "shims" / "python3.12", "echo not switched on >&2; exit 127"),
        (real, f"printf '%s\\n' {real} 3 12 9 1"),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "shims"), prepend=":")
    assert bootstrap("interpreters").find_interpreter("python3.12").path == str(real)


def test_set_up_names_the_command_for_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    packages = bootstrap("system_packages")
    monkeypatch.setattr(
        packages, "shutil", type("NoPrograms", (), {"which": staticmethod(lambda _name: None)})
    )
    missing = ["libEGL.so.1", "libxcb-cursor.so.0"]
    command = packages.install_command(missing, packages.LIBRARIES)
    assert "apt-get install -y libegl1 libxcb-cursor0" in command
    assert "dnf install libglvnd-egl xcb-util-cursor" in command
    assert "pacman -S libglvnd xcb-util-cursor" in command


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nothing is installed")
def test_servers_are_not_installed_where_they_would_stay_running(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packages = bootstrap("system_packages")
    installed: list[str] = []
    monkeypatch.setattr(packages, "is_there", lambda _part: False)
    monkeypatch.setattr(packages, "installed_by_root", lambda names, _for: installed.extend(names))
    for systemd, servers in ((True, set()), (False, {"postgresql", "postgresql-contrib", "redis-server"})):
        installed.clear()
        monkeypatch.setattr(packages, "systemd_runs", lambda systemd=systemd: systemd)
        packages.provide(packages.TEST_PROGRAMS, needed_for="tests")
        assert set(installed) == {"xvfb", "xdotool", "openbox", "dbus", "at-spi2-core"} | servers
        said = capsys.readouterr().out
        assert (
            "Missing for tests: Xvfb, xdotool, openbox, dbus-daemon, at-spi2-core, redis-server, postgres. "
            in said
        )
        assert ("systemctl disable --now" in said) is systemd


@pytest.mark.parametrize("program", ["apt-get", "dnf", "pacman"])
def test_the_documentation_names_every_package(program: str) -> None:
    packages = bootstrap("system_packages")
    text = (ROOT / "docs" / "install.md").read_text(encoding="utf-8").split()
    assert set(packages.packages_for(list(packages.LIBRARIES), packages.LIBRARIES, program)) <= set(text)


@pytest.mark.skipif(sys.platform == "win32", reason="the names of files in an environment differ there")
def test_an_environment_whose_making_was_broken_off_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    set_up = bootstrap()
    assert not set_up.has_pip(folder)
    this = bootstrap("interpreters").Interpreter(sys.executable, sys.version_info[:3], True)
    set_up.make_environment(folder, this)
    assert set_up.has_pip(folder)
    before = (folder / "pyvenv.cfg").stat().st_mtime_ns
    set_up.make_environment(folder, this)
    assert (folder / "pyvenv.cfg").stat().st_mtime_ns == before


def test_set_up_runs_on_an_older_python_than_the_program() -> None:
    """It is what finds a fitting one, so its files must parse on Python 3.8."""
    import ast

    for path in (ROOT / "packaging").glob("*.py"):
        if path.name in ("bootstrap.py", "interpreters.py", "system_packages.py"):
            ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no make")
def test_make_lists_its_words() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, text=True, capture_output=True, check=False)
    assert done.returncode == 0
    words = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("  make ")]
    assert {"run", "test", "check", "bench", "clean", "help"} <= set(words)


def test_what_make_hands_over_is_known_and_the_stack_needs_no_test_tools() -> None:
    set_up = bootstrap()
    words = re.findall(r"\$\(BOOTSTRAP\) (\S+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert {"run", "stack"} <= set(words) <= set(set_up.TASKS) == set(set_up.EXTRAS)
    assert set_up.EXTRAS["stack"] == set_up.EXTRAS["run"]
