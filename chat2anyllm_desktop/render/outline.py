"""Shapes to fill, read from the SVG that ziamath writes: paths, bars and frames, and nothing else."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement

INK = "currentColor"
"""The colour of the text around."""

MOVE, LINE, CURVE, CURVE_ON = range(4)
"""Kinds of points. A cubic curve is ``CURVE`` (its first control point) and twice ``CURVE_ON``: as in QPainterPath."""

MAX_POINTS = 30_000
"""Of all shapes of one drawing together: what is filled in about a frame."""
_PIECE = 1_000
"""Points behind which another shape begins: Qt takes 92 ms to fill one of 46,000, and 9 for as many in small ones."""

_PARTS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
"""The commands of a path, and how many numbers follow each."""
_PLAIN = frozenset({"x", "y", "width", "height", "d", "fill"})
_STROKED = _PLAIN | {"stroke", "stroke-width"}
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3}(?:[0-9A-Fa-f]{3})?|[A-Za-z]{1,40}")


class OutlineError(ValueError):
    """Something in the drawing is not understood."""


@dataclass(slots=True)
class Outline:
    """One shape. ``colour`` is a name or ``#rrggbb`` that was asked for, None the colour of the text; ``kinds`` and
    ``points`` (x and y by turns) belong together."""

    colour: str | None
    kinds: bytearray = field(default_factory=bytearray)
    points: array[float] = field(default_factory=lambda: array("d"))

    def add(self, kind: int, x: float, y: float) -> None:
        self.kinds.append(kind)
        self.points.append(x)
        self.points.append(y)

    def add_corners(self, *corners: tuple[float, float]) -> None:
        """A closed shape of straight lines."""
        for number, (x, y) in enumerate((*corners, corners[0])):
            self.add(LINE if number else MOVE, x, y)


def outlines(drawing: Element, unit: float) -> tuple[Outline, ...]:
    """What is drawn, ``unit`` pixels of it being 1. What follows each other in one colour is one shape, or a few. Raises
    OutlineError."""
    found: list[Outline] = []
    count = 0
    for colour, element in _drawn(drawing, INK):
        if not found or found[-1].colour != colour or len(found[-1].kinds) > _PIECE:
            found.append(Outline(colour))
        outline = found[-1]
        before = len(outline.kinds)
        if element.tag == "path":
            _add_path(outline, element, unit)
        else:
            _add_rect(outline, element, unit)
        count += len(outline.kinds) - before
        if count > MAX_POINTS:
            raise OutlineError("too much to be drawn")
    return tuple(outline for outline in found if outline.kinds)


def _drawn(group: Element, ink: str) -> Iterator[tuple[str | None, Element]]:
    """Paths and rectangles in the order of drawing, with their colours."""
    for element in group:
        fill = element.get("fill", ink)
        if element.tag == "g" and element.attrib.keys() <= {"fill"}:
            yield from _drawn(_joined(element), fill)
        elif element.tag in ("path", "rect") and element.attrib.keys() <= _STROKED:
            stroke = element.get("stroke", "none")
            if stroke != "none" and fill not in ("none", INK, stroke):
                raise OutlineError("a filled frame cannot be drawn")
            name = fill if stroke == "none" else stroke
            if name != "none":
                yield _colour(name), element
        else:
            raise OutlineError(f"<{element.tag}> cannot be drawn")


def _joined(group: Element) -> Element:
    """A tall bar is a pile of short ones that overlap, which would show at its edges: they become one."""
    result = Element(group.tag, group.attrib)
    last: Element | None = None
    for element in group:
        bar = _bar(element)
        if bar is None:
            result.append(element)
            continue
        x, y = bar
        if last is None or not _extended(last, x, y):
            last = SubElement(result, "rect")
            _set_sides(last, x, y)
    return result


def _bar(path: Element) -> tuple[list[float], list[float]] | None:
    """Left and right, top and bottom of an upright rectangle; None for another shape."""
    words = path.get("d", "").split()
    if path.attrib.keys() != {"d"} or not {"Q", "C"}.isdisjoint(words):
        return None
    numbers = [word for word in words if word not in _PARTS]
    corners = set(zip(numbers[::2], numbers[1::2], strict=False))
    x, y = ({corner[number] for corner in corners} for number in (0, 1))
    if words.count("M") != 1 or len(corners) != 4 or len(x) != 2 or len(y) != 2:
        return None
    return sorted(map(float, x)), sorted(map(float, y))


def _extended(rect: Element, x: list[float], y: list[float]) -> bool:
    """Make it longer by a bar that overlaps it; False where that stands elsewhere."""
    left, top = float(rect.get("x", "0")), float(rect.get("y", "0"))
    own_x, own_y = [left, left + float(rect.get("width", "0"))], [top, top + float(rect.get("height", "0"))]
    for one, other, own_one, own_other in ((x, y, own_x, own_y), (y, x, own_y, own_x)):
        same = all(abs(a - b) < 0.01 for a, b in zip(one, own_one, strict=True))
        if same and other[0] <= own_other[1] and own_other[0] <= other[1]:
            own_other[:] = [min(other[0], own_other[0]), max(other[1], own_other[1])]
            _set_sides(rect, own_x, own_y)
            return True
    return False


def _set_sides(rect: Element, x: list[float], y: list[float]) -> None:
    sides = {"x": x[0], "y": y[0], "width": x[1] - x[0], "height": y[1] - y[0]}
    rect.attrib.update({name: f"{value:.4f}" for name, value in sides.items()})


def _colour(name: str) -> str | None:
    if (
        name == INK or name == "black"
    ):  # Black is what text is on paper, and could not be seen on a dark ground.
        return None
    if not _COLOUR.fullmatch(name):
        raise OutlineError("a colour is not understood")
    return name


def _add_rect(outline: Outline, element: Element, unit: float) -> None:
    x, y, width, height = (_number(element, name, unit) for name in ("x", "y", "width", "height"))
    if element.get("stroke", "none") == "none":
        _add_box(outline, x, y, width, height)
        return
    half = _number(element, "stroke-width", unit) / 2
    _add_box(outline, x - half, y - half, width + 2 * half, height + 2 * half)
    # The inside the other way round, so that it stays empty.
    right, bottom = x + width - half, y + height - half
    outline.add_corners((x + half, y + half), (x + half, bottom), (right, bottom), (right, y + half))


def _add_box(outline: Outline, x: float, y: float, width: float, height: float) -> None:
    """Clockwise, as the font's glyphs are: where the two overlap, both are filled."""
    outline.add_corners((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def _add_path(outline: Outline, element: Element, unit: float) -> None:
    words = element.get("d", "").split()
    if element.get("stroke", "none") != "none":
        _add_line(outline, words, _number(element, "stroke-width", unit), unit)
        return
    at = (0.0, 0.0)
    index = 0
    while index < len(words):
        command = words[index]
        count = _PARTS.get(command)
        if count is None or (not index and command != "M"):
            raise OutlineError("a path is not understood")
        numbers = _numbers(words[index + 1 : index + 1 + count], count, unit)
        index += 1 + count
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        if not points:
            continue  # Filled shapes are closed whether they say so or not.
        if command == "Q":
            control, end = points
            points = [_towards(at, control), _towards(end, control), end]
        if len(points) == 1:
            outline.add(MOVE if command == "M" else LINE, *points[0])
        else:
            outline.add(CURVE, *points[0])
            outline.add(CURVE_ON, *points[1])
            outline.add(CURVE_ON, *points[2])
        at = points[-1]


def _add_line(outline: Outline, words: list[str], width: float, unit: float) -> None:
    """One straight line, such as that through what is cancelled."""
    if len(words) != 6 or words[0] != "M" or words[3] != "L":
        raise OutlineError("a path is not understood")
    x1, y1, x2, y2 = _numbers(words[1:3] + words[4:6], 4, unit)
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1.0
    dx, dy = (y2 - y1) / length * width / 2, (x2 - x1) / length * width / 2
    outline.add_corners((x1 + dx, y1 - dy), (x2 + dx, y2 - dy), (x2 - dx, y2 + dy), (x1 - dx, y1 + dy))


def _towards(point: tuple[float, float], control: tuple[float, float]) -> tuple[float, float]:
    """Control point of the cubic curve that is the same as a quadratic one."""
    return (
        point[0] + 2 / 3 * (control[0] - point[0]),
        point[1] + 2 / 3 * (control[1] - point[1]),
    )


def _number(element: Element, name: str, unit: float) -> float:
    return _numbers([element.get(name, "")], 1, unit)[0]


def _numbers(words: list[str], count: int, unit: float) -> list[float]:
    try:
        found = [float(word) / unit for word in words]
    except ValueError as error:
        raise OutlineError("a number is not understood") from error
    if len(found) != count or not all(-1e4 < number < 1e4 for number in found):
        raise OutlineError("too large")
    return found
