"""The installer's script and the resource of the programs, as far as they can be looked at without Windows."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

import chat2anyllm_desktop

ROOT = Path(__file__).parents[2]
WINDOWS = ROOT / "packaging" / "windows"
SCRIPT = (WINDOWS / "chat2anyllm.iss").read_text(encoding="utf-8")


def version_module() -> ModuleType:
    specification = importlib.util.spec_from_file_location(
        "version_resource", WINDOWS / "version_resource.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_what_it_installs_is_what_the_build_makes() -> None:
    defined = dict(re.findall(r'#define (\w+) "([^"]+)"', SCRIPT))
    build = (ROOT / "packaging/frozen/build.py").read_text(encoding="utf-8")
    specification = (ROOT / "packaging/frozen/chat2anyllm.spec").read_text(encoding="utf-8")
    assert defined["Frozen"] == r"..\..\dist\chat2anyllm-desktop"
    assert defined["Icon"] == r"..\..\build\icons\chat2anyllm.ico"
    assert f'"{defined["Window"].removesuffix(".exe")}"' in specification
    assert 'ROOT / "build" / "icons"' in build
    assert "OutputBaseFilename=chat2anyllm-desktop-{#Version}-windows-x86_64-setup" in SCRIPT
    licence = re.search(r"LicenseFile=(.+)", SCRIPT)
    assert licence is not None
    assert (WINDOWS / licence[1].replace("\\", "/")).resolve() == ROOT / "LICENSE"


def test_the_version_is_not_written_in_it() -> None:
    assert chat2anyllm_desktop.__version__ not in SCRIPT.replace("/DVersion=0.1.0", "")
    assert "#ifndef Version\n  #error" in SCRIPT


def test_it_is_for_one_person_and_can_be_silent() -> None:
    assert "PrivilegesRequired=lowest" in SCRIPT
    assert "PrivilegesRequiredOverridesAllowed=dialog commandline" in SCRIPT
    assert "postinstall skipifsilent" in SCRIPT


def test_it_opens_our_links_and_takes_that_back() -> None:
    handler = [line for line in SCRIPT.splitlines() if "shell\\open\\command" in line]
    assert len(handler) == 1
    assert 'ValueData: """{app}\\{#Window}"" ""%1"""' in handler[0]
    assert 'Subkey: "Software\\Classes\\chat2anyllm"; ValueType: string; ValueData: "URL:' in SCRIPT
    assert "uninsdeletekey" in SCRIPT


def test_removing_leaves_what_people_wrote() -> None:
    """Settings and history lie in %LOCALAPPDATA%\\chat2anyllm-desktop; nothing here deletes outside of {app}."""
    assert "[UninstallDelete]" not in SCRIPT
    deleted = SCRIPT.split("[InstallDelete]")[1].split("[Files]")[0]
    assert re.findall(r'Name: "([^"]+)"', deleted) == [r"{app}\_internal"]


def test_the_compiler_takes_it(tmp_path: Path) -> None:
    compiler = shutil.which("ISCC")
    if compiler is None:
        pytest.skip("ISCC (Inno Setup) is not installed")
    frozen = ROOT / "dist" / "chat2anyllm-desktop"
    if not (frozen / "chat2anyllm-desktop.exe").exists():
        pytest.skip("there is no frozen program for Windows")
    command = [compiler, "/Q", "/DVersion=0.0.1", f"/O{tmp_path}", str(WINDOWS / "chat2anyllm.iss")]
    subprocess.run(command, check=True)


@pytest.mark.parametrize(
    ("version", "numbers", "flags"),
    [("1.2.3", (1, 2, 3, 0), 0), ("0.1", (0, 1, 0, 0), 0), ("2.0.0rc1", (2, 0, 0, 0), 2)],
)
def test_windows_is_told_the_version(
    version: str, numbers: tuple[int, ...], flags: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pefile", reason="what PyInstaller reads resources with is for Windows")
    compat = pytest.importorskip("PyInstaller.compat", reason="PyInstaller is not installed")
    # Writing into a program needs Windows; making what is written does not.
    monkeypatch.setattr(compat, "win32api", getattr(compat, "win32api", None), raising=False)
    from PyInstaller.utils.win32 import versioninfo

    text = version_module().version_resource(version, "chat2anyllm", "Chat2AnyLLM on the command line")
    # As PyInstaller reads it.
    info = eval(text, vars(versioninfo))
    assert (info.ffi.fileVersionMS >> 16, info.ffi.fileVersionMS & 0xFFFF) == numbers[:2]
    assert info.ffi.fileVersionLS >> 16 == numbers[2]
    assert info.ffi.fileFlags == flags
    assert info.toRaw()


def test_the_version_of_the_program_can_be_told() -> None:
    text = version_module().version_resource(chat2anyllm_desktop.__version__, "chat2anyllm", "Chat2AnyLLM")
    assert f'"FileVersion", "{chat2anyllm_desktop.__version__}"' in text
    with pytest.raises(ValueError, match="is no version"):
        version_module().numbers_of("newest")
