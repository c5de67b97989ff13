"""What the operating system must bring: found out, named with the exact command, installed when root on Debian or Ubuntu.

Standard library of Python 3.8 only, like everything that runs before the environment exists.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Mapping

Packages = Dict[str, str]
"""Name of the package for each package program; a missing one means that this system brings it otherwise."""


class SetupError(Exception):
    """The set-up cannot go on; the text says what the user has to do."""


def _package(apt: str, dnf: str, pacman: str) -> Packages:
    return {"apt-get": apt, "dnf": dnf, "pacman": pacman}


# Key: a shared library that PySide6 or xllamacpp loads but does not carry; "font", "command:" and "at-spi2-core" are
# looked for in other ways.
LIBRARIES: Dict[str, Packages] = {
    "libEGL.so.1": _package("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so.1": _package("libgl1", "libglvnd-glx", "libglvnd"),
    "libX11-xcb.so.1": _package("libx11-xcb1", "libX11-xcb", "libx11"),
    "libdbus-1.so.3": _package("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so.1": _package("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype.so.6": _package("libfreetype6", "freetype", "freetype2"),
    "libglib-2.0.so.0": _package("libglib2.0-0", "glib2", "glib2"),
    "libgomp.so.1": _package("libgomp1", "libgomp", "gcc-libs"),
    "libgssapi_krb5.so.2": _package("libgssapi-krb5-2", "krb5-libs", "krb5"),
    "libwayland-client.so.0": _package("libwayland-client0", "libwayland-client", "wayland"),
    "libwayland-cursor.so.0": _package("libwayland-cursor0", "libwayland-cursor", "wayland"),
    "libwayland-egl.so.1": _package("libwayland-egl1", "libwayland-egl", "wayland"),
    "libxcb-cursor.so.0": _package("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm.so.4": _package("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": _package("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so.1": _package("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-randr.so.0": _package("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render-util.so.0": _package("libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    "libxcb-shape.so.0": _package("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-sync.so.1": _package("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-util.so.1": _package("libxcb-util1", "xcb-util", "xcb-util"),
    "libxcb-xfixes.so.0": _package("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xkb.so.1": _package("libxcb-xkb1", "libxcb", "libxcb"),
    "libxkbcommon-x11.so.0": _package("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libxkbcommon.so.0": _package("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "font": _package("fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu"),
}

TEST_PROGRAMS: Dict[str, Packages] = {
    "command:Xvfb": _package("xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb"),
    "command:xdotool": _package("xdotool", "xdotool", "xdotool"),
    "command:openbox": _package("openbox", "openbox", "openbox"),
    "command:dbus-daemon": _package("dbus", "dbus-daemon", "dbus"),
    "at-spi2-core": _package("at-spi2-core", "at-spi2-core", "at-spi2-core"),
    "command:redis-server": _package("redis-server", "redis", "redis"),
    "command:postgres": _package(
        "postgresql postgresql-contrib", "postgresql-server postgresql-contrib", "postgresql"
    ),
}

SERVICES = ("command:redis-server", "command:postgres")
"""The packages of these also start a server of their own, now and with every boot, where systemd runs: on somebody's
machine, that is, and not in a container. There they are named and not installed; the tests only need the programs."""

_SERVER_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")


def say(line: str) -> None:
    print(f"- {line}", flush=True)


def provide(parts: Mapping[str, Packages], *, needed_for: str) -> None:
    """Find the missing parts; install them as root on Debian or Ubuntu, else name the command that does, and go on:
    what is missing may not be needed here. Does nothing on other systems than Linux."""
    if not sys.platform.startswith("linux"):
        return
    missing = [part for part in parts if not is_there(part)]
    harmless = [part for part in missing if part not in SERVICES or not systemd_runs()]
    if harmless and installed_by_root(packages_for(harmless, parts, "apt-get"), needed_for):
        missing = [part for part in missing if not is_there(part)]
    if not missing:
        return
    shown = ", ".join(part.replace("command:", "") for part in missing)
    sentence = f"Missing for {needed_for}: {shown}. Install with: {install_command(missing, parts)}"
    if systemd_runs() and not set(missing).isdisjoint(SERVICES):
        sentence += " (their services start with the machine; systemctl disable --now stops that)"
    say(sentence)


def is_there(part: str) -> bool:
    if part == "font":
        fonts = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
        return any(next(folder.rglob("*.[to]t[fc]"), None) is not None for folder in fonts if folder.is_dir())
    if part.startswith("command:"):
        name = part[len("command:") :]
        if shutil.which(name):
            return True
        return name == "postgres" and any(
            next(Path("/").glob(pattern[1:] + "/postgres"), None) for pattern in _SERVER_FOLDERS
        )
    if part == "at-spi2-core":
        return Path("/usr/share/dbus-1/services/org.a11y.Bus.service").exists()
    if not part.startswith("lib"):
        return False
    try:
        ctypes.CDLL(part)
    except OSError:
        return False
    return True


def systemd_runs() -> bool:
    return Path("/run/systemd/system").is_dir()


def packages_for(missing: List[str], parts: Mapping[str, Packages], program: str) -> List[str]:
    names = {name for part in missing for name in parts[part].get(program, "").split()}
    return sorted(names)


def install_command(missing: List[str], parts: Mapping[str, Packages]) -> str:
    """The command of this system's package program, or that of all three where none is known."""
    forms = {"apt-get": "apt-get install -y", "dnf": "dnf install", "pacman": "pacman -S"}
    here = [program for program in forms if shutil.which(program)][:1] or list(forms)
    sudo = "" if os.name == "nt" or os.geteuid() == 0 else "sudo "
    return "  or  ".join(f"{sudo}{forms[p]} {' '.join(packages_for(missing, parts, p))}" for p in here)


def installed_by_root(names: List[str], needed_for: str) -> bool:
    """Install Debian packages when this is Debian or Ubuntu and we are root; False when it is not or that fails."""
    if (
        os.name == "nt"
        or os.geteuid() != 0
        or not shutil.which("apt-get")
        or not Path("/etc/debian_version").exists()
    ):
        return False
    say(f"Installing for {needed_for}: {' '.join(names)} (apt-get, as root)")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # A machine that was just started may be updating itself.
    patient = ["apt-get", "-o", "DPkg::Lock::Timeout=120", "-qq"]
    update = [*patient, "update"]
    install = [*patient, "install", "-y", "--no-install-recommends", *names]
    for command in (update, install):
        done = subprocess.run(
            command, env=environment, text=True, stdin=subprocess.DEVNULL, capture_output=True
        )
        if done.returncode:
            say(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip()}")
            if command is install:
                return False
    return True


def main() -> int:
    """``--list libraries`` prints the Debian packages of Qt's libraries, ``--list`` those of the tests as well."""
    if sys.argv[1:2] != ["--list"]:
        print(main.__doc__, file=sys.stderr)
        return 1
    parts = dict(LIBRARIES) if sys.argv[2:] == ["libraries"] else {**LIBRARIES, **TEST_PROGRAMS}
    print("\n".join(packages_for(list(parts), parts, "apt-get")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
