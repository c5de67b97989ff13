"""The frozen program in places where programs break. A build takes minutes, so these tests take one that is there:
``CHAT2ANYLLM_TEST_FROZEN`` names its folder, ``…_DEB`` and ``…_RPM`` (for ``_FROZEN``) the packages made of it."""

from __future__ import annotations

import configparser
import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.llm.misbehaving import answer, serve
from tests.real.screen import Screen
from tests.serve.conftest import Face

ROOT = Path(__file__).resolve().parents[2]
NAME = "chat2anyllm-desktop"
LIMIT_MB = {"unpacked": 150, "packed": 45}
MUST_BE_TRIED = {
    "resources", "certificates", "history on this computer", "window", "languages", "icons", "turn", "render: code",
    "render: formulas", "render: diagrams", "render: png image", "render: jpeg image", "render: gif image",
    "render: webp image", "paste", "http face",
}  # fmt: skip
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="only root may make namespaces and install packages",
)


def given(variable: str) -> Path:
    named = os.environ.get(variable)
    if not named:
        pytest.skip(f"{variable} names no build (python packaging/frozen/build.py makes one)")
    return Path(named).absolute()


@pytest.fixture
def frozen() -> Path:
    """The frozen folder."""
    return given("CHAT2ANYLLM_TEST_FROZEN")


def self_test(program: Path, *before: str, **environment: str) -> dict[str, Any]:
    """The report of a program that passes, started by way of the command ``before``."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    with_home = {"HOME": os.environ["CHAT2ANYLLM_HOME"] + "-user", "QT_QPA_PLATFORM": "offscreen"}
    Path(with_home["HOME"]).mkdir(exist_ok=True)
    done = subprocess.run(
        [*before, str(program), "doctor", "--self-test", "--json"],
        env={**kept, **with_home, **environment},
        cwd="/",
        text=True,
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["frozen"] is True
    assert report["seconds"] < 30
    passed = {check["name"] for check in report["checks"] if check["state"] == "ok"}
    assert passed >= MUST_BE_TRIED
    assert not list(Path(with_home["HOME"]).rglob("*"))
    return report


def test_in_a_folder_with_spaces_and_other_letters(frozen: Path, tmp_path: Path) -> None:
    odd = tmp_path / "Für uns – 我们的 程序"
    shutil.copytree(frozen, odd, symlinks=True)
    self_test(odd / "chat2anyllm")


def test_on_postgresql(frozen: Path, postgres_dsn: str) -> None:
    report = self_test(frozen / "chat2anyllm", DATABASE_URL=postgres_dsn)
    states = {check["name"]: check["state"] for check in report["checks"]}
    assert states["history on PostgreSQL"] == "ok"


@as_root
def test_without_a_network(frozen: Path) -> None:
    """But for the loopback, which the gateway of the self-test needs."""
    only_loopback = ("unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
    if shutil.which("ip") is None:
        code = (
            "import fcntl,os,socket,struct,sys; s=socket.socket(); "
            "fcntl.ioctl(s,0x8914,struct.pack('16sh14x',b'lo',0x49)); os.execv(sys.argv[1],sys.argv[1:])"
        )
        only_loopback = ("unshare", "-n", "python3", "-c", code)
    self_test(frozen / "chat2anyllm", *only_loopback)


def test_without_a_session_bus(frozen: Path) -> None:
    report = self_test(
        frozen / "chat2anyllm", DBUS_SESSION_BUS_ADDRESS="unix:path=/nowhere", XDG_RUNTIME_DIR="/nowhere"
    )
    assert "keychain" in {check["name"] for check in report["checks"] if check["state"] == "skipped"}


@as_root
def test_in_a_folder_that_cannot_be_written(frozen: Path) -> None:
    """Root writes wherever it is not mounted read-only."""
    script = (
        'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && ! touch "$0/x" 2>/dev/null && exec "$@"'
    )
    self_test(frozen / "chat2anyllm", "unshare", "-m", "sh", "-c", script, str(frozen))


def test_a_plugin_that_was_left_out_is_told(frozen: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(frozen, copy, symlinks=True)
    next(copy.rglob("libqwebp.so")).unlink()
    with pytest.raises(AssertionError, match="webp image"):
        self_test(copy / "chat2anyllm")


def test_it_serves_over_http(frozen: Path, tmp_path: Path) -> None:
    with serve(lambda _request: answer("Grüße 世界")) as gateway:
        face = Face(tmp_path, {"LITELLM_BASE_URL": gateway.url})
        face.program = [str(frozen / "chat2anyllm")]
        try:
            face.start().log_in()
            assert face.client.get("/api/health").json() == {"status": "ok", "database": "ok"}
            session = face.new_session()
            path = f"/api/sessions/{session}/chat/stream"
            with face.client.stream("POST", path, json={"model": "m", "message": "Hi"}) as response:
                last = [line for line in response.iter_lines() if line][-1]
            assert (response.status_code, last) == (200, "data: [DONE]")
            face.wait_for(lambda: len(face.messages(session)) == 2)
            assert [message["content"] for message in face.messages(session)] == ["Hi", "Grüße 世界"]
        finally:
            face.close()


def test_it_is_no_larger_than_promised(frozen: Path) -> None:
    files = [file.lstat().st_size for file in frozen.rglob("*") if not file.is_dir()]
    assert sum(files) / 1e6 <= LIMIT_MB["unpacked"]


def test_the_licence_of_everything_in_it_lies_beside_it_and_in_the_bill(frozen: Path) -> None:
    bill = frozen.parent / "sbom.json"
    if not bill.exists():
        pytest.skip("beside the build there is no sbom.json (build.py --packages makes it)")
    components = json.loads(bill.read_text(encoding="utf-8"))["components"]
    texts = next(frozen.rglob("licenses"))
    named = {component["purl"].removeprefix("pkg:pypi/").partition("@")[0] for component in components}
    assert named >= {"pyside6-essentials", "psycopg-binary", "httpx", "socksio", "uvicorn", "pydantic-core"}
    assert {folder.name for folder in texts.iterdir()} == named | {"python", "pyinstaller"}
    for folder in texts.iterdir():
        assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) > 100, folder
    for gnu in ("pyside6-essentials", "shiboken6"):
        words = " ".join(file.read_text(encoding="utf-8") for file in (texts / gnu).rglob("*"))
        assert "GNU LESSER GENERAL PUBLIC LICENSE" in words
        assert "How to Apply These Terms to Your New Programs" in words, "the GPL is not whole"
    for component in components:
        (said,) = component["licenses"]
        assert said["license"]["name"]
        assert len(said["license"]["text"]["content"]) > 100, component["name"]


# The package -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The root of a system of its own with the .deb in it, as dpkg puts it there."""
    root = tmp_path / "system"
    for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers"):
        (root / folder).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    dpkg(root, "--force-depends", "--install", str(given("CHAT2ANYLLM_TEST_DEB")))
    return root


def dpkg(root: Path, *arguments: str) -> None:
    log = f"--log={root}/dpkg.log"
    command = ["dpkg", f"--root={root}", "--force-not-root", "--force-script-chrootless", log, *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def checked(command: Sequence[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_desktop_file_is_valid() -> None:
    checked(["desktop-file-validate", str(ROOT / "packaging" / "linux" / f"{NAME}.desktop")])


def test_the_metadata_for_software_centres_are_valid() -> None:
    file = ROOT / "packaging" / "linux" / "io.github.chat2anyllm.desktop.metainfo.xml"
    checked(["appstreamcli", "validate", "--no-net", str(file)])


@as_root
def test_the_package_starts_from_its_menu_entry_and_goes_without_a_trace(
    installed: Path, screen: Screen, tmp_path: Path
) -> None:
    history = started_from_its_menu_entry(installed, screen, tmp_path / "user")
    dpkg(installed, "--purge", NAME)
    assert left_of_the_package(installed) == set()
    assert history.exists(), "the user's data are kept"


@as_root
def test_the_rpm_starts_from_its_menu_entry_and_goes_without_a_trace(screen: Screen, tmp_path: Path) -> None:
    package = given("CHAT2ANYLLM_TEST_RPM")
    if shutil.which("rpm") is None:
        pytest.skip("rpm is not installed")
    root = tmp_path / "system"
    root.mkdir()

    def rpm(*arguments: str) -> None:
        command = ["rpm", "--root", str(root), "--dbpath", "/var/lib/rpm", *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=120)

    rpm("--install", "--nodeps", str(package))
    history = started_from_its_menu_entry(root, screen, tmp_path / "user")
    rpm("--erase", NAME)
    assert left_of_the_package(root) == set()
    assert history.exists(), "the user's data are kept"


def started_from_its_menu_entry(root: Path, screen: Screen, user: Path) -> Path:
    """The history that a user has who opened the window and closed it."""
    entry = configparser.ConfigParser(interpolation=None, strict=False)
    entry.read(root / f"usr/share/applications/{NAME}.desktop", encoding="utf-8")
    word, *_ = shlex.split(entry["Desktop Entry"]["Exec"])
    # A link to a place of the system that the package is made for.
    target = (root / "usr" / "bin" / word).readlink()
    user.mkdir()
    process = subprocess.Popen(
        [str(root / target.relative_to("/"))], env=screen.environment(HOME=str(user)), cwd=user
    )
    try:
        deadline = time.monotonic() + 20
        # Its window is there before its loop is, and until then SIGTERM ends it as it ends everything.
        while not (screen.windows() and list(user.rglob("history.sqlite3"))) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert screen.windows(), "there is a window"
    finally:
        process.terminate()
        assert process.wait(20) == 0
    (history,) = user.rglob("history.sqlite3")
    return history


def left_of_the_package(root: Path) -> set[str]:
    return {path.name for path in root.rglob("*") if NAME in str(path.relative_to(root))}


@pytest.mark.parametrize("variable", ["CHAT2ANYLLM_TEST_DEB", "CHAT2ANYLLM_TEST_RPM"])
def test_the_package_is_no_larger_than_promised(variable: str) -> None:
    assert given(variable).stat().st_size / 1e6 <= LIMIT_MB["packed"]
