"""Mermaid to a picture, by mermaid-render, which is an extra of its own (``diagrams``)."""

from __future__ import annotations

SCALE = 2
"""Pixels of the picture for one of the diagram's own."""
MAX_LENGTH = 20_000
"""Characters of source."""


class DiagramError(ValueError):
    """It cannot be drawn; the message says why, for people."""


def png(source: str, *, dark: bool) -> bytes:
    """The diagram as a PNG with a transparent ground. Raises DiagramError."""
    raise DiagramError("diagrams are not drawn here")
