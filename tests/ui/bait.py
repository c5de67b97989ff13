"""Files and addresses that a hostile answer names in every way there is, and guards that tell when one was touched."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PySide6.QtGui import QImage

TOKEN = "bait5f1c"
"""Part of every name in the texts: whatever a system call says of it is a touch."""

TITLE = "title.png"
"""An image that the session's title names. Without the token: an export offers a file that is called like the session."""

_OPEN, _ACCESS, _IS_FOLDER = 0x20, 0x01, 0x40000000
_DATA_SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='9' height='9'>"
    "<image width='9' height='9' href='{0}'/><image width='9' height='9' xlink:href='{0}'/>"
    "<style>@import url({0});</style><use href='{0}#a'/></svg>"
)


def lay(folder: Path) -> None:
    """Make the files that the texts name. Reading ``pipe`` would hang for ever."""
    (folder / "sub").mkdir(parents=True)
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(0)
    for name in (f"{TOKEN}-picture.png", f"sub/{TOKEN}.png", TITLE):
        assert image.save(str(folder / name))
    for name in ("page.html", "style.css", "secret.txt", "data.json", "drawing.svg", "package.sty"):
        (folder / f"{TOKEN}-{name}").write_text("secret", "utf-8")
    os.mkfifo(folder / f"{TOKEN}-pipe")


def targets(folder: Path, port: int) -> list[str]:
    """Addresses of what is not to be touched; the current folder of the program is ``folder``."""
    files = [
        f"{TOKEN}-{name}"
        for name in ("picture.png", "page.html", "secret.txt", "drawing.svg", "pipe", "missing.png")
    ]
    found = [
        name for file in files for name in (file, f"./{file}", f"{folder}/{file}", f"file://{folder}/{file}")
    ]
    found += [
        f"file:{folder}/{files[0]}",
        f"file://localhost{folder}/{files[0]}",
        f"FILE://{folder}/{files[0]}",
    ]
    found += [f"sub/{TOKEN}.png", f"../{folder.name}/{files[0]}", quote(f"{folder}/{files[0]}", safe="")]
    found += [
        f"\\\\{TOKEN}\\share\\x.png",
        f"//{TOKEN}/share/x.png",
        f"file://{TOKEN}/share/x.png",
        f"smb://{TOKEN}/x",
    ]
    hosts = [f"127.0.0.1:{port}", f"localhost:{port}", f"u:p@127.0.0.1:{port}", f"{TOKEN}.invalid"]
    found += [f"{scheme}://{host}/{TOKEN}.png" for host in hosts for scheme in ("http", "https", "ftp", "ws")]
    found += [f"//127.0.0.1:{port}/{TOKEN}.png", f"http://127.0.0.1:{port}/{TOKEN}.svg?a=b&c=d#e"]
    found += [
        "file:///dev/zero",
        "file:///dev/random",
        "file:///etc/shadow",
        "qrc:/x.png",
        ":/x.png",
        "about:blank",
    ]
    found += [
        f"javascript:fetch('http://127.0.0.1:{port}/')",
        f"vscode://file/{folder}/{files[0]}",
        f"view-source:{files[0]}",
    ]
    address = f"http://127.0.0.1:{port}/{TOKEN}.png"
    for name in (address, f"file://{folder}/{files[0]}"):
        found += [f"data:image/svg+xml,{quote(_DATA_SVG.format(name))}", f"data:text/html,<img src='{name}'>"]
    return found


def markdown(target: str) -> str:
    """Every way to name an address in Markdown."""
    spaced = f"<{target}>"
    return f"""![a]({spaced}) ![a]({target} "t") [![a]({spaced})]({spaced}) ![a][r] [b]({spaced}) [b][r] {spaced} {target}

[r]: {spaced} "{target}"

> - ![in a list]({spaced})

| ![c]({spaced}) | [d]({spaced}) |
|---|---|
| {spaced} | `{target}` |

[^n]: ![note]({spaced})

# ![h]({spaced})[^n]
"""


def html(target: str) -> str:
    """Every way to name an address in HTML."""
    return f"""<img src="{target}"> <img srcset="{target} 1x"> <a href="{target}">a</a>
<video src="{target}" autoplay poster="{target}"></video>
<details open><summary><img src="{target}"></summary>

<img src='{target}'>

</details>

<iframe src="{target}"></iframe>

<link rel="stylesheet" href="{target}"><style>@import url("{target}"); body {{ background: url({target}) }}</style>

<table background="{target}"><tr><td style="background-image: url('{target}')">x</td></tr></table>

<svg><image href="{target}" xlink:href="{target}"/><use href="{target}#x"/></svg> <object data="{target}"></object>

<script src="{target}"></script> <embed src="{target}"> <base href="{target}">
<meta http-equiv="refresh" content="0;url={target}">

<sub><img src={target}></sub> <kbd style="background:url({target})">k</kbd> <br style="background:url({target})">
"""


def drawings(target: str) -> str:
    """What programs for formulas and diagrams can be made to read."""
    return f"""$\\includegraphics{{{target}}}$ $\\href{{{target}}}{{x}}$ \\(\\url{{{target}}}\\) \\(\\input{{{target}}}\\)

$$
\\input{{{target}}} \\include{{{target}}} \\usepackage{{{target}}} \\openin5={target} \\read5 to \\x
\\htmlData{{src={target}}}{{y}}
$$

\\[ \\def\\x{{\\input{{{target}}}}} \\x + \\text{{\\includegraphics[width=1em]{{{target}}}}} \\verb|{target}| \\]

```math
\\frac{{\\input{{{target}}}}}{{\\includegraphics{{{target}}}}}
```

```mermaid
%%{{init: {{"themeCSS": "@import url({target}); * {{ background: url({target}) }}"}}}}%%
%%{{init: {{"theme": "base", "fontFamily": "url({target})"}}}}%%
flowchart LR
    A["<img src='{target}'/>"] --> B[text]
    C@{{ img: "{target}", label: "x", w: 60, h: 60 }}
    click A href "{target}" _blank
    click B call fetch("{target}")
    style A fill:url({target})
```

```mermaid
sequenceDiagram
    participant A as <img src="{target}">
    link A: Page @ {target}
    A->>B: ![x]({target})
```

```html
<img src="{target}"><script src="{target}"></script>
```

```svg
<svg xmlns="http://www.w3.org/2000/svg"><image href="{target}"/></svg>
```
"""


def texts(folder: Path, port: int) -> list[str]:
    """Six answers: what is there in all forms, the other targets in one each."""
    forms = (markdown, html, drawings)
    pieces = []
    for number, target in enumerate(targets(folder, port)):
        acts = f"{folder}/{TOKEN}-p" in target or f"//127.0.0.1:{port}/{TOKEN}.png" in target
        pieces += [form(target) for form in (forms if acts else forms[number % 3 :][:1])]
    return ["\n\n".join(pieces[number::6]) for number in range(6)]


# Guards ----------------------------------------------------------------------------------------------------------------
class Watch:
    """inotify on a folder and the folders in it: who opens or reads a file there, however, is heard. Linux only."""

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self._descriptor >= 0
        for place in (folder, folder / "sub"):
            watch = libc.inotify_add_watch(self._descriptor, os.fsencode(place), _OPEN | _ACCESS)
            assert watch > 0, os.strerror(ctypes.get_errno())

    def touched(self) -> set[str]:
        """Names of files that were opened or read since this was asked last; of folders that were listed, ``/``."""
        found = set()
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._descriptor, 65_536):
                at = 0
                while at < len(data):
                    _, mask, _, size = struct.unpack_from("iIII", data, at)
                    name = data[at + 16 : at + 16 + size].rstrip(b"\0").decode()
                    found.add("/" if mask & _IS_FOLDER else name)
                    at += 16 + size
        return found

    def close(self) -> None:
        os.close(self._descriptor)


class Counter:
    """A listener on loopback that hears of every connection, on TCP and by datagram."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@contextlib.contextmanager
def guarded(folder: Path) -> Iterator[tuple[Watch | None, Counter]]:
    """A folder of bait, and both guards; no watch where the system has none of this kind."""
    lay(folder)
    counter: Any = Counter()
    watch = Watch(folder) if sys.platform.startswith("linux") else None
    try:
        yield watch, counter
    finally:
        counter.close()
        if watch is not None:
            watch.close()
