"""Mermaid to a picture, by mermaid-render: the extra ``diagrams``, which brings an engine of its own and no browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from chat2anyllm_desktop.render.drawing_limits import MAX_DIAGRAM

MAX_PIXELS = 12_000_000
MAX_SIDE = 16_000
"""Pixels of width and of height; Qt draws nothing beyond twice as many."""
MAX_BYTES = 4 << 20

_SCALES = (2.0, 1.0)
"""Pixels of the picture for one of the diagram's own, as long as these are not too many."""
_FOREIGN = frozenset({"image", "feImage", "script", "style", "foreignObject"})
_ELSEWHERE = re.compile(r"url\(\s*['\"]?(?!#)", re.I)
"""In an attribute: what is not in the drawing itself."""
_POSITION = re.compile(r"^[\w-]+ at \d+:\d+: ")


class DiagramError(ValueError):
    """It cannot be drawn; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Diagram:
    """A PNG with a transparent ground, and the size at which it is to be seen, in pixels of a plain screen."""

    png: bytes
    width: float
    height: float


def diagram(source: str, *, dark: bool) -> Diagram:
    """Draw a diagram for a light or a dark ground. Raises DiagramError."""
    if len(source) > MAX_DIAGRAM:
        raise DiagramError(f"longer than {MAX_DIAGRAM:,} characters")
    try:
        from mermaid_render import convert
    except ImportError as error:
        raise DiagramError("the extra “diagrams” is not installed") from error
    theme = "dark" if dark else "redux-color"
    try:
        width, height = _size(ElementTree.fromstring(convert(source, format="svg", theme=theme)))
        scale = next((scale for scale in _SCALES if _fits(width * scale, height * scale)), None)
        if scale is None:
            raise DiagramError(f"{width:,.0f} by {height:,.0f} pixels are too many")
        png = convert(source, format="png", theme=theme, background="transparent", scale=scale)
    except (DiagramError, MemoryError):
        raise
    except Exception as error:  # What it raises for a source that it does not expect is not said anywhere.
        lines = _POSITION.sub("", str(error)).splitlines() or [type(error).__name__]
        raise DiagramError(lines[0].rstrip(":. ")) from error
    if len(png) > MAX_BYTES:
        raise DiagramError("too large")
    return Diagram(png, width, height)


def _fits(width: float, height: float) -> bool:
    return width * height <= MAX_PIXELS and max(width, height) <= MAX_SIDE


def _size(drawing: ElementTree.Element) -> tuple[float, float]:
    """Width and height, of a drawing that needs nothing but itself: that is so, and here it is made sure."""
    for element in drawing.iter():
        attributes = element.attrib.items()
        linked = any(name.endswith("href") and not value.startswith("#") for name, value in attributes)
        if linked or any(_ELSEWHERE.search(value) for _, value in attributes) or _name(element) in _FOREIGN:
            raise DiagramError("it needs something from elsewhere")
    return float(drawing.get("width", "")), float(drawing.get("height", ""))


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
