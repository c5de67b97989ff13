"""Diagrams, drawn by what the extra installs."""

from __future__ import annotations

import struct
import sys
from xml.etree import ElementTree

import pytest

from chat2anyllm_desktop.render.diagram import DiagramError, _size, diagram
from chat2anyllm_desktop.render.drawing_limits import MAX_DIAGRAM

pytest.importorskip("mermaid_render", reason="the extra “diagrams” is not installed")

SIMPLE = {
    "flowchart": "flowchart LR\n  A[Client] -->|HTTP| B{Gateway}\n  B --> C[(Store)]",
    "sequence": "sequenceDiagram\n  User->>App: Hello\n  App-->>User: Hi",
    "class": "classDiagram\n  Animal <|-- Dog\n  class Animal { +int age }",
    "state": "stateDiagram-v2\n  [*] --> Idle\n  Idle --> Busy : start",
    "entities": "erDiagram\n  CUSTOMER ||--o{ ORDER : places",
    "pie": 'pie title Pets\n  "Dogs" : 386\n  "Cats" : 85',
    "gantt": "gantt\n  dateFormat YYYY-MM-DD\n  section S\n  Task :a1, 2024-01-01, 30d",
}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("source", SIMPLE.values(), ids=SIMPLE.keys())
def test_a_png_twice_as_large_as_it_is_shown(source: str, dark: bool) -> None:
    found = diagram(source, dark=dark)
    width, height = struct.unpack(">II", found.png[16:24])
    assert found.png.startswith(b"\x89PNG")
    assert (width, height) == (pytest.approx(found.width * 2, abs=2), pytest.approx(found.height * 2, abs=2))


def test_light_and_dark_differ() -> None:
    assert diagram(SIMPLE["flowchart"], dark=False).png != diagram(SIMPLE["flowchart"], dark=True).png


def test_what_is_large_is_drawn_with_fewer_pixels() -> None:
    found = diagram("flowchart TD\n" + "\n".join(f"  A{n} --> B{n}" for n in range(90)), dark=False)
    assert struct.unpack(">I", found.png[16:20])[0] == pytest.approx(found.width, abs=1)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("", "must not be empty"),
        ("hello", "No diagram type detected"),
        ("flowchart LR\n  A[Client -->", "Parse error on line"),
        ("flowchart TD\n" + "\n".join(f"  A{n} --> B{n}" for n in range(900)), "pixels are too many"),
        ("x" * (MAX_DIAGRAM + 1), "longer than 20,000 characters"),
    ],
)
def test_refused(source: str, why: str) -> None:
    with pytest.raises(DiagramError, match=why) as refusal:
        diagram(source, dark=False)
    assert "\n" not in str(refusal.value)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mermaid_render", None)
    with pytest.raises(DiagramError, match="is not installed"):
        diagram(SIMPLE["pie"], dark=False)


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="file:///etc/passwd"/>',
        '<g><use href="http://127.0.0.1:9/x.svg#y"/></g>',
        '<rect fill="url(http://127.0.0.1:9/)"/>',
        "<rect style=\"fill: url('file:///etc/passwd')\"/>",
        "<style>@import url(x)</style>",
        "<script/>",
        "<foreignObject/>",
    ],
)
def test_a_drawing_that_needs_something_from_elsewhere_is_not_drawn(inside: str) -> None:
    svg = ElementTree.fromstring(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="2">{inside}</svg>'
    )
    with pytest.raises(DiagramError, match="from elsewhere"):
        _size(svg)


def test_a_drawing_that_needs_itself_alone() -> None:
    assert _size(ElementTree.fromstring('<svg width="1" height="2"><g fill="url(#a)"/></svg>')) == (1, 2)
