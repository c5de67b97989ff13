from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.errors import StoreReadOnlyError

FOLDERS = (paths.config_folder, paths.data_folder, paths.state_folder, paths.cache_folder)


def test_one_variable_moves_everything_and_asking_creates_nothing(home: Path) -> None:
    assert [folder() for folder in FOLDERS] == [home / name for name in ("config", "data", "state", "cache")]
    assert paths.settings_file().parent == home / "config"
    assert paths.history_file().parent == home / "data"
    assert paths.log_file().parent == home / "state"
    assert not home.exists()


def test_without_it_the_systems_folders_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(paths.HOME_VARIABLE)
    for folder in FOLDERS:
        assert folder().is_absolute()
        assert "chat2anyllm-desktop" in str(folder())


def test_a_relative_home_does_not_follow_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(paths.HOME_VARIABLE, "trial")
    assert paths.data_folder() == tmp_path / "trial" / "data"


@pytest.mark.parametrize("name", ["schema.sql", "config.yaml", "docker-compose.yml"])
def test_files_that_come_with_the_program_are_found(name: str) -> None:
    assert paths.resource(name).read_text(encoding="utf-8").strip()


def test_a_missing_resource_says_what_to_do() -> None:
    with pytest.raises(FileNotFoundError, match="install it again"):
        paths.resource("nothing.svg")


def test_an_installed_package_carries_its_resources(tmp_path: Path) -> None:
    """What stands at the top of a checkout is inside the package of a wheel, and found there."""
    hatchling = pytest.importorskip(
        "hatchling.build", reason="hatchling builds the wheel that this test looks into"
    )
    root = Path(paths.__file__).parent.parent
    before = os.getcwd()
    os.chdir(root)
    try:
        wheel = tmp_path / hatchling.build_wheel(str(tmp_path))
    finally:
        os.chdir(before)
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {
        f"chat2anyllm_desktop/_resources/{n}" for n in ("schema.sql", "config.yaml", "docker-compose.yml")
    } <= names
    assert not [name for name in names if name.startswith(("tests/", "packaging/"))]


def test_a_new_folder_is_private(home: Path) -> None:
    folder = paths.make_folder(home / "data")
    assert folder.is_dir()
    assert paths.make_folder(folder) == folder
    if sys.platform != "win32":
        assert folder.stat().st_mode & 0o077 == 0


def test_a_place_that_cannot_hold_a_folder_is_told(home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("in the way")
    with pytest.raises(StoreReadOnlyError, match="CHAT2ANYLLM_HOME"):
        paths.make_folder(home / "data")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write read-only folders"
)
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreReadOnlyError, match="cannot be written"):
        paths.make_folder(tmp_path)
    tmp_path.chmod(0o700)
