"""What a model writes opens no file and connects to nothing, whatever it names and whatever is done with it.

The real window runs in a process of its own, in a folder that holds what the texts name. Guards that Qt and Python know
nothing of watch it: inotify on the folder, a listener on loopback, and where strace is installed every path and address
that the program and its children give to the system. A text browser with the same texts shows that each guard works.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.llm.misbehaving import DONE, Request, Script, frame, model_list, serve, stream
from tests.ui import bait, bait_window

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the guards are those of POSIX systems")

ROOT = Path(__file__).resolve().parents[2]
TRACED = "trace=%file,connect,bind,sendto"
_CALL = re.compile(r"\d+ +(\w+)\((.*)")
_PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SOCKET = re.compile(r"sa_family=(AF_\w+)(?:.*?port=htons\((\d+)\))?")
_FORBIDDEN = ("/etc/shadow", "/dev/zero", "/dev/random", "nscd", "resolv")


@dataclass
class Watched:
    """What the guards have seen of one run."""

    did: dict[str, int]
    files: set[str]
    connections: int
    trace: list[str] = field(default_factory=list)
    """Every call that was traced; empty where nothing can be."""
    touches: list[str] = field(default_factory=list)
    """Of these, the ones that should not have been."""


def _is_touch(line: str, own: Path, port: int) -> bool:
    """Whether a call names something of the texts, opens what belongs neither to this program nor to what it is made of,
    starts another program, or speaks to somebody else than the gateway. ``own`` is the program's home."""
    call = _CALL.match(line)
    if call is None:
        return False
    name, arguments = call.groups()
    if name in ("connect", "bind", "sendto"):
        found = _SOCKET.search(arguments)
        return (
            found is not None and found[1] in ("AF_INET", "AF_INET6") and int(found[2] or 0) not in (0, port)
        )
    paths = [os.path.normpath(path) for path in _PATH.findall(arguments)[:1]]
    if name == "execve":
        return "= 0" in arguments and Path(paths[0]).resolve() != Path(sys.executable).resolve()
    for path in paths:
        if path.startswith(str(own)):
            continue
        if bait.TOKEN in path or any(word in path for word in _FORBIDDEN):
            return True
        opened = (
            name.startswith(("open", "creat"))
            and not arguments.rstrip().endswith(")")
            and "= -1" not in arguments
        )
        if opened and not path.startswith(_INSTALLED):
            return True
    return False


_INSTALLED = tuple(
    {
        *(str(Path(place).resolve()) for place in (sys.prefix, sys.base_prefix, sys.exec_prefix, ROOT)),
        *(
            sys.prefix,
            sys.base_prefix,
            "/usr/",
            "/lib",
            "/etc/fonts",
            "/etc/ld.so",
            "/etc/localtime",
            "/etc/ssl",
            "/etc/mime",
        ),
        *(
            "/var/cache/fontconfig",
            "/var/lib/dbus/machine-id",
            "/etc/machine-id",
            "/proc/",
            "/sys/",
            "/dev/null",
            "/dev/urandom",
            "/dev/shm",
        ),
    }
)
"""Where this program, Python, Qt and what they are made of may read."""


def answers(texts: list[str]) -> Callable[[Request], Script]:
    """A gateway that streams text number n when asked for ``text n``, as reasoning first, in pieces of all sizes."""

    def choose(request: Request) -> Script:
        if request.method == "GET":
            return model_list("m")
        asked = request.json["messages"][-1]["content"]
        number = re.match(r"text (\d+)", asked)
        text = texts[int(number[1])] if number else "Yes"
        pieces = [text[at : at + 97] for at in range(0, len(text), 97)]
        thoughts = [frame(reasoning=piece) for piece in pieces[:200]]
        return stream(*thoughts, *(frame(piece) for piece in pieces), frame(finish="stop"), DONE)

    return choose


@contextmanager
def bait_and_gateway(folder: Path) -> Iterator[tuple[list[str], bait.Watch | None, bait.Counter, int, str]]:
    with bait.guarded(folder) as (watch, counter):
        texts = bait.texts(folder, counter.port)
        with serve(answers(texts), models=("m",)) as gateway:
            yield texts, watch, counter, gateway.port, gateway.url


def run(mode: str, tmp_path: Path, *, traced: bool) -> Watched:
    folder, own = tmp_path / "current", tmp_path / "home"
    own.mkdir()
    with bait_and_gateway(folder) as (texts, watch, counter, port, url):
        (own / "texts.json").write_text(json.dumps(texts), "utf-8")
        log = own / "trace"
        command = (
            ["strace", "-f", "-qq", "-s", "5000", "--seccomp-bpf", "-e", TRACED, "-o", str(log)]
            if traced
            else []
        )
        command += [sys.executable, "-P", "-m", "tests.ui.bait_window", mode, str(own / "texts.json")]
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if name in ("PATH", "LANG", "LD_LIBRARY_PATH")
            },
            "HOME": str(own),
            "XDG_RUNTIME_DIR": str(own),
            "TMPDIR": str(own),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "QT_QPA_PLATFORM": "offscreen",
            "CHAT2ANYLLM_HOME": str(own),
            "CHAT2ANYLLM_KEYRING": "off",
            "CHAT2ANYLLM_LOCAL_ENABLED": "off",
            "LITELLM_BASE_URL": url,
            "LITELLM_API_KEY": "sk-test",
            "NO_PROXY": "*",
        }
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.communicate()[1]
            if watch is not None:
                watch.touched()  # What the start has done: nothing of the texts was known then.
            process.stdin.write("\n")
            process.stdin.flush()
            out, err = process.communicate(timeout=240)
        finally:
            process.kill()
            process.wait()
        assert process.returncode == 0, err
        seen = Watched(json.loads(out), watch.touched() if watch is not None else set(), counter.connections)
        if traced:
            lines = log.read_text("utf-8", "replace").splitlines()
            places = [
                number
                for number, line in enumerate(lines)
                if bait_window.BEGIN in line or bait_window.END in line
            ]
            assert len(places) == 2
            seen.trace = lines[places[0] + 1 : places[1]]
            seen.touches = [line for line in seen.trace if _is_touch(line, own, port)]
        return seen


def can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    return (
        subprocess.run(
            ["strace", "-f", "-qq", "-o", os.devnull, "true"], capture_output=True, check=False
        ).returncode
        == 0
    )


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A run of the window."""
    return run("window", tmp_path_factory.mktemp("window"), traced=can_trace())


@pytest.fixture(scope="module")
def seen_of_browser(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A text browser reads the files that the same texts name, and whoever connects is counted."""
    return run("browser", tmp_path_factory.mktemp("browser"), traced=can_trace())


@pytest.mark.timeout(280)
def test_really_something_was_done_with_these_texts(seen: Watched) -> None:
    did = seen.did
    assert did["answers"] == 6
    assert did["screens"] > 50
    assert did["hovered"] > 500
    assert did["menus"] > 50
    assert did["pressed fold"] > 10
    assert did["heard"] > 500
    assert min(did["copied"], did["found"], did["exported"]) > 100


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="inotify is Linux's")
def test_no_file_that_the_texts_name_is_opened_or_read(seen: Watched) -> None:
    assert seen.files == set()


def test_nobody_whom_the_texts_name_is_connected_to(seen: Watched) -> None:
    assert seen.connections == 0


def test_no_call_of_the_program_or_its_children_names_any_of_it(seen: Watched) -> None:
    if not seen.trace:
        pytest.skip("strace is not installed, or may not trace here")
    assert seen.touches == []
    assert any("execve" in line and '"drawings"' in line for line in seen.trace), "no child was traced"


def test_the_guards_work(seen_of_browser: Watched) -> None:
    if sys.platform.startswith("linux"):
        assert f"{bait.TOKEN}-picture.png" in seen_of_browser.files
    assert seen_of_browser.connections > 0


def test_the_trace_works(seen_of_browser: Watched) -> None:
    if not seen_of_browser.trace:
        pytest.skip("strace is not installed, or may not trace here")
    assert any(f"{bait.TOKEN}-picture.png" in line for line in seen_of_browser.touches)
    assert any("AF_INET" in line for line in seen_of_browser.touches)
