"""The command line as people type it: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chat2anyllm_desktop import __version__

ROOT = Path(__file__).parent.parent


def chat2anyllm(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "chat2anyllm_desktop", *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def test_it_knows_its_version() -> None:
    assert chat2anyllm("--version").stdout == f"Chat2AnyLLM Desktop {__version__}\n"


def test_help_names_every_command() -> None:
    done = chat2anyllm("--help")
    assert done.returncode == 0
    assert all(f"\n    {name} " in done.stdout for name in ("ask", "doctor", "db"))


def test_an_unknown_word_is_refused() -> None:
    done = chat2anyllm("dance")
    assert done.returncode == 2
    assert "invalid choice: 'dance'" in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
@pytest.mark.parametrize("display", [{}, {"DISPLAY": ":987"}], ids=["none", "dead"])
def test_without_a_display_it_says_so_in_one_sentence(
    display: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    done = chat2anyllm(**display)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "isplay" in line
    assert "xvfb-run" in line


def test_a_home_can_be_named(tmp_path: Path) -> None:
    done = chat2anyllm("--home", str(tmp_path / "here"), "doctor", "--json")
    assert str(tmp_path / "here" / "config" / "settings.toml") in done.stdout.replace("\\\\", "\\")
    assert (tmp_path / "here" / "state" / "chat2anyllm.log").exists()


def test_problems_of_the_settings_are_told_and_stop_nothing(home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text('theme = "pink"\n')
    done = chat2anyllm("db", "status")
    assert "settings.toml, line 1: theme must be one of" in done.stderr
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1


def test_a_read_only_home_is_told_in_words(home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file where the folder should be")
    done = chat2anyllm("db", "status")
    assert done.returncode == 1
    assert "There is no log file: The folder" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe shows itself in another way on Windows")
def test_a_reader_that_has_seen_enough_is_no_fault(home: Path) -> None:
    program = f"{sys.executable} -m chat2anyllm_desktop"
    done = subprocess.run(
        ["sh", "-c", f"{{ sleep 0.1; {program} doctor; echo $? >&2; }} | true"],
        cwd=ROOT,
        env={**os.environ, "CHAT2ANYLLM_HOME": str(home)},
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == "1\n"
    assert not list(home.rglob("crash-*"))
