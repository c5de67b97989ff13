"""The folder that an AppImage is packed from, and what the desktop is told of the program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINUX = ROOT / "packaging" / "linux"
NAME = "chat2anyllm-desktop"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="AppImages are for Linux")


@pytest.fixture
def appdir(tmp_path: Path) -> Path:
    """Made from a program that tells what it was called with, in a folder with a space."""
    frozen = tmp_path / "frozen"
    (frozen / "_internal").mkdir(parents=True)
    program = frozen / NAME
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$0" "$@"\n')
    program.chmod(0o755)
    (frozen / "chat2anyllm").symlink_to(NAME)
    icons = tmp_path / "icons"
    subprocess.run([sys.executable, str(ROOT / "packaging" / "icons.py"), str(icons)], check=True)
    target = tmp_path / "a folder" / "AppDir"
    environment = {k: v for k, v in os.environ.items() if k not in ("APPIMAGETOOL", "APPIMAGE_RUNTIME")}
    environment |= {"FROZEN": str(frozen), "ICONS": str(icons / "hicolor"), "APPDIR": str(target)}
    done = subprocess.run(
        ["sh", str(LINUX / "appimage.sh"), str(tmp_path / "x.AppImage")],
        env=environment, text=True, capture_output=True, check=False,
    )  # fmt: skip
    if "is not on this machine" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    assert "is not packed" in done.stdout
    return target


def test_it_starts_the_program_with_what_it_was_given(appdir: Path, tmp_path: Path) -> None:
    link = tmp_path / "chat"  # A name that somebody gave it.
    link.symlink_to(appdir / "AppRun")
    for command in (appdir / "AppRun", link):
        done = subprocess.run([str(command), "ask", "two words"], text=True, capture_output=True, check=True)
        assert done.stdout.splitlines() == [f"{appdir}/usr/lib/{NAME}/{NAME}", "ask", "two words"]
    assert (appdir / "usr/bin/chat2anyllm").resolve() == appdir / f"usr/lib/{NAME}/{NAME}"


def test_it_has_at_its_top_what_packs_and_menus_look_for(appdir: Path) -> None:
    for name in (f"{NAME}.desktop", f"{NAME}.svg", ".DirIcon"):
        assert (appdir / name).resolve(strict=True).is_relative_to(appdir), name
    assert (appdir / ".DirIcon").read_bytes().startswith(b"\x89PNG")
    assert f"Icon={NAME}\n" in (appdir / f"{NAME}.desktop").read_text(encoding="utf-8")
    assert (appdir / "usr/share/metainfo/io.github.chat2anyllm.desktop.metainfo.xml").exists()


def test_it_carries_the_libraries_that_desktops_are_without(appdir: Path) -> None:
    cursor = appdir / f"usr/lib/{NAME}/_internal/libxcb-cursor.so.0"
    assert cursor.read_bytes().startswith(b"\x7fELF")
    assert not cursor.is_symlink()


def test_the_desktop_entry_is_valid_and_opens_our_links() -> None:
    entry = LINUX / f"{NAME}.desktop"
    assert "MimeType=x-scheme-handler/chat2anyllm;" in entry.read_text(encoding="utf-8")
    validator = shutil.which("desktop-file-validate")
    if validator is None:
        pytest.skip("desktop-file-validate (desktop-file-utils) is not installed")
    done = subprocess.run([validator, str(entry)], text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_software_centres_understand_the_metadata() -> None:
    validator = shutil.which("appstreamcli")
    if validator is None:
        pytest.skip("appstreamcli (appstream) is not installed")
    command = [validator, "validate", "--no-net", str(LINUX / "io.github.chat2anyllm.desktop.metainfo.xml")]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert "E:" not in done.stdout, done.stdout
    assert "W:" not in done.stdout, done.stdout
