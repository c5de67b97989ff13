"""The report, made by the real program in a process of its own, of parts that are really there or really dead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.llm.misbehaving import STALL, serve

ROOT = Path(__file__).parent.parent.parent
KEY = "sk-doctor-1234"


@pytest.fixture
def doctor() -> Callable[..., tuple[int, dict[str, Any], str]]:
    """Run ``doctor --json``: exit status, checks by name, everything that was printed."""

    def run(**environment: str) -> tuple[int, dict[str, Any], str]:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "chat2anyllm_desktop", "doctor", "--json"],
            cwd=ROOT,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment},
            text=True,
            capture_output=True,
            timeout=100,
            check=False,
        )
        assert done.stderr == ""
        report = json.loads(done.stdout)
        assert report["healthy"] is (done.returncode == 0)
        return done.returncode, {check["name"]: check for check in report["checks"]}, done.stdout

    return run


def test_with_nothing_set_up_there_is_no_fault(doctor: Callable[..., Any], home: Path) -> None:
    status, checks, _ = doctor()
    assert status == 0
    names = ["program", "settings", "keychain", "gateway", "history", "engine", "display", "log"]
    assert list(checks) == names
    assert checks["gateway"]["state"] == "attention"
    assert "LITELLM_BASE_URL" in checks["gateway"]["remedy"]
    assert checks["keychain"]["state"] == "attention"
    assert checks["history"]["state"] == "OK"
    assert not (home / "data").exists(), "looking must not create anything"


def test_a_gateway_that_answers_is_named_with_its_models(doctor: Callable[..., Any]) -> None:
    with serve(models=["small", "large"]) as server:
        status, checks, printed = doctor(LITELLM_BASE_URL=server.url, LITELLM_API_KEY=KEY)
    assert status == 0
    assert checks["gateway"]["state"] == "OK"
    assert "2 models: small, large" in checks["gateway"]["text"]
    assert "LITELLM_API_KEY" in checks["settings"]["text"]
    assert KEY not in printed


def test_a_default_model_that_the_gateway_does_not_list_is_pointed_out(doctor: Callable[..., Any]) -> None:
    with serve(models=["small"]) as server:
        _, checks, _ = doctor(LITELLM_BASE_URL=server.url, CHAT2ANYLLM_DEFAULT_MODEL="other")
    assert checks["gateway"]["state"] == "attention"
    assert "default model other" in checks["gateway"]["remedy"]


def test_dead_parts_are_faults_with_a_remedy_and_without_secrets(doctor: Callable[..., Any]) -> None:
    status, checks, printed = doctor(
        LITELLM_BASE_URL="http://127.0.0.1:9",
        LITELLM_API_KEY=KEY,
        DATABASE_URL="postgresql://ann:hunter22@127.0.0.1:9/x",
    )
    assert status == 1
    for name in ("gateway", "history"):
        assert checks[name]["state"] == "fault"
        assert checks[name]["remedy"]
    assert KEY not in printed
    assert "hunter22" not in printed


def test_a_gateway_that_stalls_does_not_hold_up_the_report(doctor: Callable[..., Any]) -> None:
    with serve(lambda _request: [STALL]) as server:
        status, checks, _ = doctor(LITELLM_BASE_URL=server.url)
    assert status == 1
    assert checks["gateway"]["state"] == "fault"
    assert checks["log"]["state"] == "OK"


def test_a_shared_history_is_described_and_not_touched(
    doctor: Callable[..., Any], web_edition_dsn: str
) -> None:
    for _ in range(2):
        status, checks, _ = doctor(DATABASE_URL=web_edition_dsn)
        assert status == 0
        assert checks["history"]["state"] == "attention"
        assert "1 sessions, 2 messages" in checks["history"]["text"]
        assert "chat2anyllm db upgrade" in checks["history"]["remedy"]


def test_problems_of_the_settings_are_listed(
    doctor: Callable[..., Any], write_settings: Callable[[str], Path]
) -> None:
    file = write_settings('theme = "pink"\n')
    _, checks, _ = doctor()
    assert checks["settings"]["state"] == "attention"
    assert str(file) in checks["settings"]["text"]
    assert "line 1: theme must be one of" in checks["settings"]["remedy"]


def test_a_home_that_cannot_be_written_is_a_fault(home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file where the folder should be")
    done = subprocess.run(
        [sys.executable, "-m", "chat2anyllm_desktop", "doctor"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    (row,) = [line for line in done.stdout.splitlines() if " history " in line]
    assert row.startswith("fault")
    assert "CHAT2ANYLLM_HOME" in done.stdout
    assert "Traceback" not in done.stderr
