"""One window for one data folder, proved with real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.ui.single_instance import SingleInstance

_SECOND = """
import sys
from PySide6.QtCore import QCoreApplication
from chat2anyllm_desktop.ui.single_instance import SingleInstance
app = QCoreApplication(sys.argv)
instance = SingleInstance(sys.argv[1])
print("first" if instance.acquire() else "second", flush=True)
if "stay" in sys.argv:
    app.exec()
"""


@pytest.fixture
def instance(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SingleInstance]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    instance = SingleInstance(str(tmp_path / "data"))
    yield instance
    instance.release()


def start(key: str, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _SECOND, key, *more]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2], env=os.environ
    )


def test_a_second_start_raises_the_first_and_goes(
    instance: SingleInstance, qtbot: QtBot, tmp_path: Path
) -> None:
    assert instance.acquire()
    for _ in range(2):
        with qtbot.waitSignal(instance.raise_requested, timeout=10_000):
            second = start(str(tmp_path / "data"))
        output, _ = second.communicate(timeout=10)
        assert output == "second\n"


def test_another_folder_is_another_window(instance: SingleInstance, tmp_path: Path) -> None:
    assert instance.acquire()
    output, _ = start(str(tmp_path / "other")).communicate(timeout=10)
    assert output == "first\n"


def test_what_a_killed_process_left_behind_does_not_hinder(
    instance: SingleInstance, qtbot: QtBot, tmp_path: Path
) -> None:
    first = start(str(tmp_path / "data"), "stay")
    assert first.stdout is not None
    assert first.stdout.readline() == "first\n"
    os.kill(first.pid, signal.SIGKILL)
    first.wait(timeout=10)
    first.stdout.close()
    assert instance.acquire()
    with qtbot.waitSignal(instance.raise_requested, timeout=10_000):
        second = start(str(tmp_path / "data"))
    second.communicate(timeout=10)


def test_after_release_another_may_be_first(instance: SingleInstance, tmp_path: Path) -> None:
    assert instance.acquire()
    instance.release()
    output, _ = start(str(tmp_path / "data")).communicate(timeout=10)
    assert output == "first\n"


def test_nobody_else_is_knocked_at(
    instance: SingleInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the folder for all anybody can make a socket of a name that can be guessed, and be told what is opened."""
    for_all = tmp_path / "all"
    for_all.mkdir()
    for_all.chmod(0o1777)
    monkeypatch.setenv("TMPDIR", str(for_all))
    assert instance.acquire()
    with socket.socket(socket.AF_UNIX) as trap:
        trap.bind(str(for_all / Path(instance._socket).name))
        trap.listen()
        trap.setblocking(False)
        instance.close_door()
        assert not SingleInstance(str(tmp_path / "data"), ending_s=0.2).acquire("chat2anyllm://session/x")
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_one_that_is_about_to_end_is_waited_for(
    instance: SingleInstance, qtbot: QtBot, tmp_path: Path
) -> None:
    assert instance.acquire()
    instance.close_door()
    second = start(str(tmp_path / "data"))
    qtbot.wait(2500)  # It has knocked in vain by now.
    assert second.poll() is None
    instance.release()
    output, _ = second.communicate(timeout=10)
    assert output == "first\n"


def test_one_that_does_not_end_is_not_waited_for_for_ever(instance: SingleInstance, tmp_path: Path) -> None:
    assert instance.acquire()
    instance.close_door()
    assert not SingleInstance(str(tmp_path / "data"), ending_s=0.2).acquire()


def test_a_place_that_cannot_be_written_is_no_reason_not_to_start(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/proc/none")
    monkeypatch.setattr(tempfile, "tempdir", "/proc/none")
    assert SingleInstance("key").acquire()
