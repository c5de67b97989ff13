"""What Windows shows of the program's files under *Properties*, as the text that PyInstaller reads."""

from __future__ import annotations

import re

_TEXT = """\
VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags={flags}, OS=0x40004, fileType=1, subtype=0),
  kids=[
    StringFileInfo([StringTable("040904B0", [
      StringStruct("CompanyName", "Chat2AnyLLM Desktop contributors"),
      StringStruct("FileDescription", "{description}"),
      StringStruct("FileVersion", "{version}"),
      StringStruct("InternalName", "{name}"),
      StringStruct("LegalCopyright", "Chat2AnyLLM Desktop contributors. MIT licence."),
      StringStruct("OriginalFilename", "{name}.exe"),
      StringStruct("ProductName", "Chat2AnyLLM"),
      StringStruct("ProductVersion", "{version}"),
    ])]),
    VarFileInfo([VarStruct("Translation", [0x0409, 1200])]),
  ],
)
"""
_PRERELEASE = 2


def numbers_of(version: str) -> tuple[int, int, int, int]:
    """The four numbers that Windows compares: of 1.2.3rc4 it is told 1.2.3, and that it is no release yet."""
    found = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", version)
    if found is None:
        raise ValueError(f"{version} is no version")
    major, minor, micro = (int(number or 0) for number in found.groups())
    return major, minor, micro, 0


def version_resource(version: str, name: str, description: str) -> str:
    """The resource of the program ``name``; Task Manager and the taskbar show its description."""
    flags = 0 if re.fullmatch(r"[\d.]+", version) else _PRERELEASE
    return _TEXT.format(
        numbers=numbers_of(version), flags=flags, version=version, name=name, description=description
    )
