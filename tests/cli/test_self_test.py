"""The self-test, by the real program in a process of its own: it passes, leaves nothing behind, and each kind of fault is
told by the check that it belongs to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chat2anyllm_desktop.store.postgres import PostgresStore

ROOT = Path(__file__).parent.parent.parent
RUN = "from chat2anyllm_desktop.__main__ import main; sys.exit(main(['doctor', '--self-test', '--json']))"


def self_test(user: Path, before: str = "", **environment: str) -> tuple[int, dict[str, Any]]:
    """Run it as somebody whose home is ``user``, after the statements ``before``; its exit status and report."""
    user.mkdir(exist_ok=True)
    scratch = user.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    named = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    del named["CHAT2ANYLLM_HOME"]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{before}\n{RUN}"],
        cwd=ROOT,
        env={**named, "HOME": str(user), "TMPDIR": str(scratch), **environment},
        text=True,
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert done.stdout, done.stderr
    assert not list(user.rglob("*")), "the home is as it was"
    assert not list(scratch.glob("chat2anyllm-*")), "its own home was thrown away"
    return done.returncode, json.loads(done.stdout)


def failures(report: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["text"] for check in report["checks"] if check["state"] == "failed"}


def test_this_program_passes(tmp_path: Path, postgres_dsn: str) -> None:
    status, report = self_test(tmp_path / "user", DATABASE_URL=postgres_dsn)
    assert failures(report) == {}
    assert status == 0
    assert report["passed"] is True
    assert report["seconds"] < 30
    states = {check["name"]: check["state"] for check in report["checks"]}
    for name in ("window", "turn", "history on this computer", "history on PostgreSQL", "render: formulas"):
        assert states[name] == "ok"
    assert "CHAT2ANYLLM_KEYRING=off" in next(c["text"] for c in report["checks"] if c["name"] == "keychain")


def test_the_shared_history_is_left_without_what_was_written(tmp_path: Path, postgres_dsn: str) -> None:
    self_test(tmp_path / "user", DATABASE_URL=postgres_dsn)
    store = PostgresStore(postgres_dsn, ROOT / "schema.sql")
    store.open()
    try:
        assert store.list_sessions() == []
    finally:
        store.close()


def test_without_a_database_that_is_said(tmp_path: Path) -> None:
    status, report = self_test(tmp_path / "user")
    check = next(check for check in report["checks"] if check["name"] == "history on PostgreSQL")
    assert (status, check["state"]) == (0, "skipped")
    assert "no database is named" in check["text"]


def test_a_database_that_does_not_answer_fails_without_its_password(tmp_path: Path) -> None:
    status, report = self_test(
        tmp_path / "user", DATABASE_URL="postgresql://ann:hunter22@127.0.0.1:9/history"
    )
    assert status == 1
    assert report["passed"] is False
    assert list(failures(report)) == ["history on PostgreSQL"]
    assert "hunter22" not in json.dumps(report)


FAULTS = {
    "certificates": "import certifi; certifi.where = lambda: 'nowhere.pem'",
    "keychain": "sys.modules['jeepney' if sys.platform == 'linux' else 'keyring'] = None",
    "history on this computer": "sys.modules['sqlite3'] = None",
    "resources": (
        "from chat2anyllm_desktop.cli import part_trials; part_trials._RESOURCES['schema.sql'] = b'not in it'"
    ),
    "window": (
        "from PySide6.QtWidgets import QWidget; from PySide6.QtGui import QPixmap\n"
        "def blank(self):\n p = QPixmap(self.size()); p.fill(); return p\n"
        "from chat2anyllm_desktop.ui.main_window import MainWindow; MainWindow.grab = blank"
    ),
    "languages": (
        "from PySide6.QtCore import QLibraryInfo; QLibraryInfo.path = staticmethod(lambda which: 'nowhere')"
    ),
    "icons": ("from chat2anyllm_desktop.ui import icons; icons.names = lambda: ['nothing']"),
    "turn": "from chat2anyllm_desktop.cli import loopback\n"
    "loopback._Handler.do_POST = lambda self: self.send_error(500)",
    "render: code": "sys.modules['pygments'] = None",
    "render: formulas": "from chat2anyllm_desktop.ui.trials import samples\nsamples.FORMULAS = (r'\\frac{',)",
    "render: tables": (
        "from chat2anyllm_desktop.ui.trials import samples; from chat2anyllm_desktop.render import nodes\n"
        "samples.CONSTRUCTS['tables'] = ('| a | b |', nodes.TableBlock)"
    ),
    "paste": "sys.modules['markdownify'] = None",
}
"""By the check that has to tell it: what is broken before the program starts."""


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_broken_is_told_by_its_check(tmp_path: Path, name: str) -> None:
    status, report = self_test(tmp_path / "user", FAULTS[name])
    assert status == 1
    assert name in failures(report), report


@pytest.mark.parametrize("kind", ["jpeg", "gif", "webp"])
def test_a_plugin_for_images_that_is_missing_is_told(tmp_path: Path, kind: str) -> None:
    """As it is in a folder that was frozen without it: Qt finds none in its library paths."""
    before = (
        "from chat2anyllm_desktop.ui.trials import window\n"
        "window.PATIENCE_S = 1.5\n"
        "from PySide6.QtWidgets import QApplication; begin = QApplication.__init__\n"
        "def begun(self, *arguments):\n begin(self, *arguments); self.setLibraryPaths([])\n"
        "QApplication.__init__ = begun"
    )
    status, report = self_test(tmp_path / "user", before)
    assert status == 1
    assert "plugin" in failures(report)[f"render: {kind} image"]


def test_what_hangs_is_told_and_the_program_ends(tmp_path: Path) -> None:
    before = (
        "import time; from chat2anyllm_desktop.cli import self_test, part_trials; self_test.LIMIT_S = 1.0\n"
        "part_trials.certificates = lambda: time.sleep(60)"
    )
    status, report = self_test(tmp_path / "user", before)
    assert status == 1
    assert "no end after 1 seconds" in failures(report)["certificates"]


def test_people_read_a_line_for_each_check(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chat2anyllm_desktop", "doctor", "--self-test"],
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path)},
        text=True,
        capture_output=True,
        timeout=100,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert all(line.startswith(("ok ", "skipped ")) for line in lines[:-1])
    assert lines[-1].startswith("passed in ")
