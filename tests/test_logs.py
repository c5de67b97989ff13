from __future__ import annotations

import logging
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat2anyllm_desktop import logs

ROOT = Path(__file__).parent.parent
log = logging.getLogger("chat2anyllm_desktop.test")


@pytest.fixture
def file(home: Path) -> Iterator[Path]:
    assert logs.start_logging("debug", home / "state" / "test.log") is None
    yield home / "state" / "test.log"
    logs.stop_logging()
    logging.getLogger("chat2anyllm_desktop").setLevel(logging.NOTSET)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("key sk-1234 refused", "1234"),
        ("key sk-proj-Ab_9-xyz.", "Ab_9"),
        ("Authorization: Bearer abc.def-ghi", "abc.def"),
        ("authorization: Basic YW5uOnBhc3M=", "YW5u"),
        ("connecting to postgresql://ann:p%40ss@db/chat", "p%40ss"),
        ("proxy http://:hunter2@proxy:3128", "hunter2"),
        ('{"api_key": "0123456789abcdef"}', "0123456789"),
        ("host=db password=hunter2 dbname=chat", "hunter2"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstu", "SyA1234"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in logs.masked(text)
    assert "••••" in logs.masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "task-runner took 5 ms",
        "http://127.0.0.1:4000/v1/models",
        "session 0190-aa: 512 tokens",
        "risk-averse disk-based",
    ],
)
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    assert logs.masked(text) == text


def test_known_values_are_masked_wherever_they_turn_up(file: Path) -> None:
    logs.mask("pass word/9")
    logs.mask("")
    logs.mask("ab")
    log.info("in an argument: %s", {"x": "pass word/9"})
    log.info("in a URL: pass%20word%2F9; not abnormal")
    try:
        raise ValueError("in an error: pass word/9")
    except ValueError:
        log.info("failed", exc_info=True)
    text = file.read_text(encoding="utf-8")
    assert "pass" not in text
    assert text.count("••••") == 4, "twice in the traceback: its source line and its message"
    assert "not abnormal" in text


@pytest.mark.expects_warnings
def test_warnings_reach_the_screen_too_and_details_do_not(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.start_logging("info", file)
    log.debug("unseen")
    log.info("for the file")
    log.warning("for both: sk-abcdefgh")
    logging.getLogger("httpx").info("GET somewhere")
    assert capsys.readouterr().err == "WARNING chat2anyllm_desktop.test: for both: sk-••••\n"
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [line.split(": ", 1)[1] for line in lines] == ["for the file", "for both: sk-••••"]


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no permission bits; the folder is private there"
)
def test_the_log_is_private_and_rotates(file: Path) -> None:
    line = "x" * 10_000
    for _ in range(150):
        log.info(line)
    files = sorted(file.parent.iterdir())
    assert [path.name for path in files] == ["test.log", "test.log.1"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert files[1].stat().st_size <= 1_000_000


def test_without_a_place_for_the_file_the_program_goes_on(home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("in the way")
    problem = logs.start_logging("info", home / "state" / "test.log")
    logs.stop_logging()
    assert str(problem).startswith("There is no log file: The folder")


def test_a_crash_report_has_the_stack_and_no_secret(tmp_path: Path) -> None:
    reports = logs.CrashReports(tmp_path)
    hidden = "local value of the frame"
    try:
        raise RuntimeError(f"refused sk-abcdefgh {len(hidden)}")
    except RuntimeError as error:
        file, again = reports.write(error), reports.write(error)
    assert file is not None
    assert again == file, "the same error is reported once"
    text = file.read_text(encoding="utf-8")
    assert "RuntimeError: refused sk-••••" in text
    assert "test_a_crash_report_has_the_stack" in text
    assert "Chat2AnyLLM Desktop" in text
    assert "local value" not in text.replace('hidden = "local value of the frame"', "")


def test_a_flood_of_errors_does_not_fill_the_disk(tmp_path: Path) -> None:
    reports = logs.CrashReports(tmp_path)
    written = [reports.write(ValueError(str(number))) for number in range(30)]
    assert len(list(tmp_path.iterdir())) == 10
    assert written[10:] == [None] * 20


@pytest.mark.parametrize("where", ["main", "thread"])
def test_an_error_nobody_caught_is_reported_without_a_traceback(home: Path, where: str) -> None:
    script = """
import sys, threading
from chat2anyllm_desktop import logs, paths
logs.start_logging("info", paths.log_file())
logs.CrashReports(paths.state_folder()).install()
def fail(): raise ValueError("key sk-abcdefgh")
threading.Thread(target=fail, name="worker").start() if sys.argv[1] == "thread" else fail()
"""
    done = subprocess.run(
        [sys.executable, "-c", script, where], cwd=ROOT, text=True, capture_output=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert "unexpected ValueError" in done.stderr
    (report,) = (home / "state").glob("crash-*.txt")
    assert str(report) in done.stderr
    assert "ValueError: key sk-••••" in report.read_text(encoding="utf-8")


def test_thread_hook_ignores_an_orderly_exit(tmp_path: Path) -> None:
    before = sys.excepthook, threading.excepthook
    logs.CrashReports(tmp_path).install()
    try:
        thread = threading.Thread(target=sys.exit)
        thread.start()
        thread.join()
    finally:
        sys.excepthook, threading.excepthook = before
    assert list(tmp_path.iterdir()) == []
