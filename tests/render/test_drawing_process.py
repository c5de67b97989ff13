"""The child process that draws, as its parent sees it: a real one."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chat2anyllm_desktop.render.drawing_process import packed
from chat2anyllm_desktop.render.formula import formula
from chat2anyllm_desktop.system import OWN_FOLDER, own_command

SLOW = r"\left(" * 30 + "x" + r"\right)" * 30
"""Takes twice as long for each pair: longer than the sun will shine."""


class Child:
    def __init__(self, command: list[str]) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=OWN_FOLDER)

    def tell(self, **request: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def end(self) -> None:
        with self.process:
            self.process.kill()


@pytest.fixture
def child() -> Iterator[Child]:
    result = Child(own_command("drawings"))
    assert result.hear() == {"ready": True}
    yield result
    result.end()


def test_answers_come_in_the_order_of_the_requests(child: Child) -> None:
    child.tell(id=7, formula="x^2", display=False)
    child.tell(id=3, formula=r"\undefined", display=True)
    child.tell(id=9, formula="y", display=True)
    first, second, third = child.hear(), child.hear(), child.hear()
    assert first["id"] == 7
    assert first["ascent"] > 0.5
    assert [colour for colour, _ in first["shapes"]] == [None]
    assert second == {"id": 3, "refused": r"\undefined is not known"}
    assert third["id"] == 9


def test_a_diagram(child: Child) -> None:
    pytest.importorskip("mermaid_render", reason="the extra “diagrams” is not installed")
    child.tell(id=1, diagram="flowchart LR\n  A --> B", dark=True)
    answer = child.hear()
    assert answer["png"].startswith("iVBOR")
    assert answer["width"] > answer["height"] > 20
    child.tell(id=2, diagram="nothing of the kind", dark=False)
    assert "No diagram type" in child.hear()["refused"]


def test_it_ends_with_its_input_even_while_it_draws(child: Child) -> None:
    child.tell(id=1, formula=SLOW, display=True)
    assert child.process.stdin is not None
    child.process.stdin.close()
    assert child.process.wait(20) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel does that")
def test_it_ends_with_a_parent_that_is_killed_while_it_draws() -> None:
    script = f"""
        import json, subprocess, sys
        child = subprocess.Popen({own_command("drawings")!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdout.readline()
        child.stdin.write(json.dumps({{"id": 1, "formula": {SLOW!r}, "display": True}}).encode() + b"\\n")
        child.stdin.flush()
        print(child.pid, flush=True)
        sys.stdin.read()
    """
    parent = Child([sys.executable, "-c", textwrap.dedent(script)])
    assert parent.process.stdout is not None
    pid = int(parent.process.stdout.readline())
    parent.end()
    deadline = time.monotonic() + 20
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_loads_no_qt_and_what_is_drawn_opens_nothing() -> None:
    """Everything that a formula or a diagram says, after what draws them has been loaded."""
    script = """
        import sys
        from pathlib import Path
        from chat2anyllm_desktop.render.drawing_process import _drawn
        formulas = Path("tests/render/formulas.txt").read_text(encoding="utf-8").splitlines()
        formulas += [r"\\includegraphics{/etc/passwd}", r"\\href{http://127.0.0.1:9/}{x}", r"\\input{/etc/passwd}"]
        diagrams = ["flowchart LR\\n A@{ img: 'http://127.0.0.1:9/x.png' }\\n B[<img src='/etc/passwd'>]", "pie\\n 'a' : 1"]
        _drawn({"formula": "x", "display": True})
        _drawn({"diagram": "pie\\n 'a' : 1", "dark": True})
        seen = []
        def hook(event, arguments):
            if event in ("open", "subprocess.Popen", "os.system") or event.startswith(("socket.", "urllib.")):
                seen.append((event, str(arguments[0])))
        sys.addaudithook(hook)
        for tex in formulas:
            _drawn({"formula": tex, "display": True})
        for source in diagrams:
            _drawn({"diagram": source, "dark": True})
        own = str(Path(sys.modules["ziamath"].__file__).parent.parent)
        print([entry for entry in seen if not entry[1].startswith(own)])
        print([name for name in sys.modules if name.startswith(("PySide6", "qasync", "httpx"))])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=OWN_FOLDER,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["[]", "[]"]


def test_packed_is_what_qt_reads() -> None:
    from PySide6.QtCore import QByteArray, QDataStream, Qt
    from PySide6.QtGui import QPainterPath

    (outline,) = formula(r"\frac{x}{y}", display=True).outlines
    stream = QDataStream(QByteArray(packed(outline)))
    stream.setFloatingPointPrecision(QDataStream.FloatingPointPrecision.SinglePrecision)
    path = QPainterPath()
    stream >> path
    assert stream.status() == QDataStream.Status.Ok
    assert stream.atEnd()
    assert path.fillRule() == Qt.FillRule.WindingFill
    assert path.elementCount() == len(outline.kinds)
    for number, kind in enumerate(outline.kinds):
        element = path.elementAt(number)
        x, y = outline.points[2 * number : 2 * number + 2]
        assert (element.x, element.y) == (pytest.approx(x, abs=1e-5), pytest.approx(y, abs=1e-5))
        assert element.type.value == kind
