"""Formulas and diagrams from the real child process, and what happens when it dies, hangs or cannot be started."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.system import own_command
from chat2anyllm_desktop.ui.transcript import drawing_child, drawings
from chat2anyllm_desktop.ui.transcript.drawing_child import Request
from chat2anyllm_desktop.ui.transcript.drawings import Diagram, Drawings, Formula, Refused

SLOW = r"\left(" * 30 + "x" + r"\right)" * 30
"""Takes twice as long for each pair: longer than the sun will shine."""
ENOUGH_MS = 30_000

Make = Callable[..., Drawings]


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    made: list[Drawings] = []

    def new(command: list[str] | None = None) -> Drawings:
        made.append(Drawings(command=command))
        return made[-1]

    yield new
    for one in made:
        one.close()


def wait_for(qtbot: QtBot, found: Drawings, *formulas: str) -> list[Formula | Refused]:
    """Ask until all are there."""

    def all_there() -> bool:
        return None not in [found.formula(tex, True) for tex in formulas]

    qtbot.waitUntil(all_there, timeout=ENOUGH_MS)
    results = [found.formula(tex, True) for tex in formulas]
    return [result for result in results if result is not None]


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_formula_comes(qtbot: QtBot, make: Make) -> None:
    found = make()
    with qtbot.waitSignal(found.arrived, timeout=ENOUGH_MS):
        assert found.formula(r"\frac{a}{b}", True) is None
    formula = found.formula(r"\frac{a}{b}", True)
    assert isinstance(formula, Formula)
    ((path, colour),) = formula.shapes
    assert colour is None
    box = path.boundingRect()
    assert 0 <= box.left() < 0.2
    assert box.right() == pytest.approx(formula.width, abs=0.3)
    assert -box.top() == pytest.approx(formula.ascent, abs=0.1)
    assert box.bottom() == pytest.approx(formula.descent, abs=0.1)
    assert found.formula(r"\frac{a}{b}", True) is formula
    assert found.formula(r"\frac{a}{b}", False) is None


def test_nothing_is_started_before_something_is_asked(qtbot: QtBot, make: Make) -> None:
    found = make()
    assert isinstance(found.formula("x" * 5000, True), Refused)
    qtbot.wait(20)
    assert found._child.pid == 0


def test_what_cannot_be_drawn_is_refused_with_a_reason(qtbot: QtBot, make: Make) -> None:
    good, bad = wait_for(qtbot, make(), "x", r"\ce{H2O}")
    assert isinstance(good, Formula)
    assert bad == Refused(r"\ce is not known")


def test_what_is_asked_last_comes_first(qtbot: QtBot, make: Make) -> None:
    found = make()
    order: list[str] = []
    found._child.answered.connect(lambda request, _: order.append(request.source))
    names = [f"x_{{{number}}}" for number in range(8)]
    for tex in names:
        found.formula(tex, True)
    found.formula(names[2], True)
    qtbot.waitUntil(lambda: len(order) == len(names), timeout=ENOUGH_MS)
    assert order == [names[number] for number in (2, 7, 6, 5, 4, 3, 1, 0)]


def test_a_slow_formula_is_refused_and_holds_up_nobody(
    qtbot: QtBot, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawings, "_FORMULA_MS", 1500)
    found = make()
    wait_for(qtbot, found, "x")
    first = found._child.pid
    *others, slow = wait_for(qtbot, found, "a", "b", "c", "d", "e", SLOW)
    assert slow == Refused("it takes too long")
    assert all(isinstance(other, Formula) for other in others)
    assert found._child.pid not in (0, first)
    assert not runs(first)


def test_a_child_that_is_killed_costs_the_formula_in_work(qtbot: QtBot, make: Make) -> None:
    found = make()
    wait_for(qtbot, found, "x")
    assert found.formula("a", True) is None
    assert found.formula("b", True) is None
    assert found.formula(SLOW, True) is None
    qtbot.waitUntil(lambda: len(found._child._given) == 3, timeout=ENOUGH_MS)
    os.kill(found._child.pid, 9)
    slow, a, b = wait_for(qtbot, found, SLOW, "a", "b")
    assert slow == Refused("drawing it failed")
    assert isinstance(a, Formula)
    assert isinstance(b, Formula)


def test_a_child_that_is_killed_before_it_is_ready_costs_nothing(qtbot: QtBot, make: Make) -> None:
    found = make()
    assert found.formula("a", True) is None
    qtbot.waitUntil(lambda: found._child.pid != 0, timeout=ENOUGH_MS)
    assert not found._child._ready
    os.kill(found._child.pid, 9)
    (a,) = wait_for(qtbot, found, "a")
    assert isinstance(a, Formula)


@pytest.mark.expects_warnings
def test_after_too_many_losses_there_is_no_other_child_for_a_while(
    qtbot: QtBot, make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(drawing_child, "_PATIENCE", 1)
    monkeypatch.setattr(drawing_child, "_RECOVERY_MS", 2000)
    monkeypatch.setattr(drawings, "_FORMULA_MS", 300)
    found = make()
    slow = [SLOW + str(number) for number in range(4)]
    results = wait_for(qtbot, found, *slow)
    assert sorted(str(result) for result in results) == sorted(
        [str(Refused("it takes too long"))] * 2 + [str(Refused("drawing does not work here"))] * 2
    )
    assert found._child.pid == 0
    assert found.formula("x", True) == Refused("drawing does not work here")
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1
    monkeypatch.setattr(drawings, "_FORMULA_MS", ENOUGH_MS)
    qtbot.waitUntil(lambda: not found._child.given_up, timeout=ENOUGH_MS)
    (formula,) = wait_for(qtbot, found, "x")
    assert isinstance(formula, Formula)
    known = [str(result[0]) for result in found._found.values()]
    assert known.count(str(Refused("it takes too long"))) == 2
    assert str(Refused("drawing does not work here")) not in known


@pytest.mark.expects_warnings
@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["/nowhere/at/all"], "No such file"),
        ([sys.executable, "-c", "import sys; sys.exit('no font')"], "no font"),
    ],
    ids=["not there", "ends at once"],
)
def test_a_child_that_cannot_be_started(
    qtbot: QtBot, make: Make, command: list[str], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = make(command)
    assert wait_for(qtbot, found, "x", "y") == [Refused("drawing does not work here")] * 2
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert why in warning


def test_a_child_without_work_goes_home_and_comes_back(
    qtbot: QtBot, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing_child, "_IDLE_MS", 50)
    found = make()
    wait_for(qtbot, found, "x")
    qtbot.waitUntil(lambda: found._child.pid == 0, timeout=ENOUGH_MS)
    assert isinstance(wait_for(qtbot, found, "y")[0], Formula)


def test_close_ends_the_child_and_keeps_what_is_drawn(qtbot: QtBot, make: Make) -> None:
    found = make()
    (formula,) = wait_for(qtbot, found, "x")
    pid = found._child.pid
    found.close()
    assert not runs(pid)
    assert found.formula("x", True) is formula
    assert isinstance(wait_for(qtbot, found, "y")[0], Formula)


def test_the_child_ends_with_what_holds_the_drawings(qtbot: QtBot) -> None:
    holder = QObject()
    found = Drawings(holder)
    wait_for(qtbot, found, "x")
    found.formula(SLOW, True)
    pid = found._child.pid
    holder.deleteLater()
    qtbot.waitUntil(lambda: not runs(pid), timeout=ENOUGH_MS)


def test_a_bounded_number_is_kept(qtbot: QtBot, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "_KEPT", 3)
    found = make()
    for tex in ("a", "b", "c", "a", "d"):  # The one that has not been used for longest goes.
        wait_for(qtbot, found, tex)
    assert [request.source for request in found._found] == ["c", "a", "d"]


def test_few_bytes_are_kept(qtbot: QtBot, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "_KEPT_BYTES", 1)
    found = make()
    wait_for(qtbot, found, "a")
    wait_for(qtbot, found, "b")
    assert len(found._found) == 1
    assert found._bytes == next(iter(found._found.values()))[1] > 100


def test_who_waits_longest_is_forgotten(qtbot: QtBot, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing_child, "_WAITING", 2)
    found = make()
    for tex in ("a", "b", "c"):
        found.formula(tex, True)
    assert [request.source for request in found._child._waiting] == ["b", "c"]
    assert len(wait_for(qtbot, found, "a", "b")) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_child_gets_no_secrets(qtbot: QtBot, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_API_KEY", "sk-very-secret")
    monkeypatch.setenv("CHAT2ANYLLM_GATEWAY_KEY", "sk-very-secret")
    found = make()
    wait_for(qtbot, found, "x")
    environment = Path(f"/proc/{found._child.pid}/environ").read_text()
    assert "PATH=" in environment
    assert "secret" not in environment


def test_many_arrive_in_few_signals(qtbot: QtBot, make: Make) -> None:
    found = make()
    count = 0

    def arrived() -> None:
        nonlocal count
        count += 1

    wait_for(qtbot, found, "x")
    found.arrived.connect(arrived)
    started = time.monotonic()
    wait_for(qtbot, found, *(f"x_{{{number}}}" for number in range(60)))
    assert 0 < count <= (time.monotonic() - started) / 0.015 + 1


@pytest.mark.parametrize("name", ["red", "blue", "yellow", "white", "#000080", "#00ff00", "gray"])
def test_colours_can_be_read_on_both_grounds(qtbot: QtBot, make: Make, name: str) -> None:
    (formula,) = wait_for(qtbot, make(), rf"\textcolor{{{name}}}{{x}}")
    assert isinstance(formula, Formula)
    colour = formula.shapes[0][1]
    assert colour is not None
    for ground in ("#ffffff", "#1b1c1f"):
        one, other = sorted((drawings._luminance(colour), drawings._luminance(QColor(ground))))
        assert (other + 0.05) / (one + 0.05) >= 3


def test_a_colour_that_is_not_known_is_that_of_the_text(qtbot: QtBot, make: Make) -> None:
    (formula,) = wait_for(qtbot, make(), r"\textcolor{Emperor}{x}")
    assert isinstance(formula, Formula)
    assert formula.shapes[0][1] is None


def test_diagrams(qtbot: QtBot, make: Make) -> None:
    pytest.importorskip("mermaid_render", reason="the extra “diagrams” is not installed")
    found = make()
    qtbot.waitUntil(lambda: found.diagram("flowchart LR\n A --> B", False) is not None, timeout=ENOUGH_MS)
    diagram = found.diagram("flowchart LR\n A --> B", False)
    assert isinstance(diagram, Diagram)
    assert diagram.source.data()[1:4] == b"PNG"
    assert found.diagram("flowchart LR\n A --> B", True) is None
    assert isinstance(found.diagram("x" * 100_000, True), Refused)


def test_without_the_extra_diagrams_are_refused_and_formulas_are_not(qtbot: QtBot, make: Make) -> None:
    without = (
        "import sys; sys.modules['mermaid_render'] = None; from chat2anyllm_desktop.__main__ import main; "
    )
    found = make([own_command()[0], "-c", without + "main(['drawings'])"])
    qtbot.waitUntil(lambda: found.diagram("pie", False) is not None, timeout=ENOUGH_MS)
    assert found.diagram("pie", False) == Refused("the extra “diagrams” is not installed")
    assert isinstance(wait_for(qtbot, found, "x")[0], Formula)


def test_requests_tell_all_that_makes_a_drawing() -> None:
    request = Request("formula", "x\n\u2028", "display", True, 10)
    assert request.line(3) == b'{"id": 3, "formula": "x\\n\\u2028", "display": true}\n'
