"""The child process that draws: formulas, and diagrams where the extra for them is installed. This is the child's end.

It is this program again, started as ``drawings``, because what it does takes too long for the thread of a window, and
forever with a formula made for that: then it is killed, and nobody but that formula notices. Through its standard input
it gets one request a line, through its standard output it gives one answer a line, in the same order, all in JSON; the
first line says that it is ready. It ends when its input does.

==========================================  =========================================================================
``{"id", "formula": tex, "display"}``       ``{"id", "width", "ascent", "descent", "shapes": [[colour, outline]]}``
``{"id", "diagram": source, "dark"}``       ``{"id", "png", "scale"}``
what cannot be drawn                        ``{"id", "refused": why}``
==========================================  =========================================================================
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
import threading
from base64 import b64encode
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from chat2anyllm_desktop.render import diagram, formula
from chat2anyllm_desktop.render.outline import Outline

_MEMORY = 2 << 30
"""Bytes of address space, where the system can be told."""


def main() -> int:
    """Answer until the input ends. Returns an exit status only where nothing can be drawn at all."""
    # Ctrl+C in a terminal is for the app, which ends us in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tell = os.dup(1)
    os.dup2(2, 1)  # Whatever a library prints goes to the log.
    _bound_memory()
    formula.load()
    requests: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read, args=(requests,), name="requests", daemon=True).start()
    with open(tell, "wb", buffering=0) as answers:
        answers.write(b'{"ready": true}\n')
        while True:
            request = json.loads(requests.get())
            answer = json.dumps({"id": request["id"], **_drawn(request)}).encode() + b"\n"
            view = memoryview(answer)
            while view:
                view = view[answers.write(view) or 0 :]


def _read(requests: SimpleQueue[bytes]) -> None:
    """In a thread of its own, which notices the end of the input also while something is drawn."""
    with suppress(OSError), open(0, "rb", closefd=False) as lines:
        for line in lines:
            requests.put(line)
    os._exit(0)


def _drawn(request: dict[str, Any]) -> dict[str, Any]:
    try:
        if "diagram" in request:
            picture = diagram.diagram(request["diagram"], dark=request["dark"])
            png = b64encode(picture.png).decode()
            return {"png": png, "width": picture.width, "height": picture.height}
        drawn = formula.formula(request["formula"], display=request["display"])
    except (formula.FormulaError, diagram.DiagramError) as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": "it takes too much memory"}
    shapes = [[outline.colour, b64encode(packed(outline)).decode()] for outline in drawn.outlines]
    return {"width": drawn.width, "ascent": drawn.ascent, "descent": drawn.descent, "shapes": shapes}


def packed(outline: Outline) -> bytes:
    """As QDataStream, in single precision, reads a QPainterPath: so the window has nothing to do for each point."""
    points = iter(outline.points)
    elements = b"".join(struct.pack(">iff", kind, next(points), next(points)) for kind in outline.kinds)
    winding = 1
    return struct.pack(">i", len(outline.kinds)) + elements + struct.pack(">ii", 0, winding)


def _bound_memory() -> None:
    if sys.platform.startswith("linux"):
        import resource

        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.RLIM_INFINITY))
