"""Diagrams in the conversation: drawn by the real child process, copied, selected and found as their source."""

from __future__ import annotations

import sys
from contextlib import suppress

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAccessible, QAccessibleInterface, QColor, QGuiApplication

from chat2anyllm_desktop.core.models import Status
from chat2anyllm_desktop.ui.transcript.code_box import CodeBox
from chat2anyllm_desktop.ui.transcript.diagram_box import DiagramBox
from chat2anyllm_desktop.ui.transcript.drawings import Drawings
from tests.ui.transcript.stage import Stage, message

pytest.importorskip("mermaid_render", reason="the extra “diagrams” is not installed")

FLOW = "flowchart LR\n  A[Client] -->|HTTP| B{Gateway}\n  B --> C[(Store)]"
TEXT = f"Before.\n\n```mermaid\n{FLOW}\n```\n\nAfter."


def box(stage: Stage) -> DiagramBox:
    part = stage.part_with("flowchart").part
    assert isinstance(part, DiagramBox)
    return part


def labels(part: CodeBox) -> list[str]:
    return [spot.label for spot in part.spots()]


def drawn(stage: Stage, text: str = TEXT) -> DiagramBox:
    stage.reset(message(1, text))
    stage.qtbot.waitUntil(lambda: not stage.view._flow._gallery._running, timeout=30_000)
    return box(stage)


def colours(stage: Stage) -> set[str]:
    """Of the pixels in the middle line of the diagram."""
    placed = stage.part_with("flowchart")
    part, picture = placed.part, stage.picture()
    assert isinstance(part, DiagramBox)
    y = placed.y + round(part._area.center().y())
    return {QColor(picture.pixel(x, y)).name() for x in range(picture.width())}


def named(thing: QAccessibleInterface, name: str) -> QAccessibleInterface:
    """The first below that is called so."""
    for index in range(thing.childCount()):
        child = thing.child(index)
        if child.text(QAccessible.Text.Name) == name:
            return child
        with suppress(LookupError):
            return named(child, name)
    raise LookupError(name)


def test_it_is_drawn_in_its_box(stage: Stage) -> None:
    part = drawn(stage)
    assert part.drawn
    assert part.text == FLOW
    assert labels(part) == ["Copy", "Source"]
    assert part._note == ""
    area = part._area
    assert area.top() > part.gap + part._head
    assert area.bottom() < part.height
    assert "#000000" in colours(stage)  # Arrows.


def test_it_fits_its_theme(stage: Stage) -> None:
    drawn(stage)
    light = colours(stage)
    stage.theme.set_preference("dark")
    stage.rest()
    stage.qtbot.waitUntil(lambda: box(stage).drawn and not stage.view._flow._gallery._running, timeout=30_000)
    assert "#000000" not in colours(stage)
    assert light.isdisjoint(colours(stage))


def test_source_and_back(stage: Stage) -> None:
    part = drawn(stage)
    height = part.height
    stage.click(stage.spot("Source"))
    stage.rest()
    assert not part.drawn
    assert labels(part) == ["Copy", "Diagram", "Wrap"]
    assert part._note == "3 lines"
    assert part.height < height
    row = stage.rows[0]
    row.close()
    stage.view._flow.resettle()
    stage.rest()
    assert not box(stage).drawn  # As the reader left it.
    stage.click(stage.spot("Diagram"))
    stage.rest()
    assert box(stage).drawn
    assert box(stage).height == height


def test_copy_copies_the_source(stage: Stage) -> None:
    drawn(stage)
    stage.click(stage.spot("Copy"))
    assert QGuiApplication.clipboard().text() == FLOW


def test_selected_as_a_whole_and_found_by_its_source(stage: Stage) -> None:
    part = drawn(stage)
    before = stage.picture()
    stage.view.select_all()
    assert FLOW in stage.view.selected_text()
    assert stage.picture() != before
    stage.view.clear_selection()
    assert stage.picture() == before
    assert stage.view.find_text("Gateway") == 1
    assert stage.picture() != before
    stage.view.close_find()
    placed = stage.part_with("flowchart")
    corner = QPoint(stage.view._pointer.column + placed.row.place(placed.number)[0], placed.y)
    area = part._area.toRect()
    stage.drag(corner + area.topLeft(), corner + area.bottomRight())
    assert stage.view.selected_text() == FLOW


def test_written_as_source_drawn_when_the_fence_is_closed(stage: Stage) -> None:
    stage.reset(message(1, "", status=Status.STREAMING))
    stage.stream(1, "Before.\n\n```mermaid\nflowchart LR\n", "  A --> ")
    assert not box(stage).drawn
    assert not box(stage).waits
    assert stage.view._drawings._child.pid == 0
    stage.stream(1, "B\n```\n\nAfter.")
    stage.qtbot.waitUntil(lambda: box(stage).drawn, timeout=30_000)


def test_what_cannot_be_drawn_is_shown_as_source_and_says_why(stage: Stage) -> None:
    part = drawn(stage, "```mermaid\nflowchart LR\n  A[Client -->\n```")
    assert not part.drawn
    assert labels(part) == ["Copy", "Wrap"]
    assert part._note.startswith("Not drawn: Parse error on line ")


def test_without_the_extra(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    without = (
        "import sys; sys.modules['mermaid_render'] = None; from chat2anyllm_desktop.__main__ import main; "
    )
    command = [sys.executable, "-c", without + "main(['drawings'])"]
    flow = stage.view._flow
    other = Drawings(stage.view, command)
    other.arrived.connect(flow._on_drawings_arrived)
    monkeypatch.setattr(flow, "_drawings", other)
    part = drawn(stage)
    assert not part.drawn
    assert part._note == "Not drawn: the extra “diagrams” is not installed"


def test_a_wide_one_is_shown_smaller_and_then_scrolled(stage: Stage) -> None:
    wide = "flowchart LR\n" + " --> ".join(f"Step{number}" for number in range(30))
    part = drawn(stage, f"```mermaid\n{wide}\n```")
    assert part._scroll.limit > 0
    left = part._area.left()
    assert part.scroll_by(40, part.height - 1)
    assert part._area.left() == left - 40


def test_other_languages_are_code(stage: Stage) -> None:
    stage.reset(message(1, "```text\nflowchart LR\n```"))
    assert type(stage.part_with("flowchart").part) is CodeBox


def test_what_assistive_technology_is_told(stage: Stage) -> None:
    QAccessible.setActive(True)
    try:
        drawn(stage)
        node = named(QAccessible.queryAccessibleInterface(stage.view), "Diagram, mermaid, 3 lines")
        text = node.child(0).textInterface()
        assert text.text(0, text.characterCount()) == FLOW
        stage.click(stage.spot("Source"))
        stage.rest()
        named(QAccessible.queryAccessibleInterface(stage.view), "Code, mermaid, 3 lines")
    finally:
        QAccessible.setActive(False)
