"""What of the view has to be drawn anew: of text that has only moved up, nothing."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.ui.transcript.drawn import Drawn
from chat2anyllm_desktop.ui.transcript.layout import Layout
from chat2anyllm_desktop.ui.transcript.part import Part


class Screen:
    """Remembers what stands in the viewport."""

    def __init__(self, viewport: QWidget, page: Layout) -> None:
        self._viewport = viewport
        self._page = page
        self._drawn = Drawn(page)

    def redraw(self) -> None:
        """Everything may look different."""
        self._drawn = Drawn(self._page)
        self._viewport.update()

    def advance(self) -> None:
        """Text was added or scrolled: move what is there, and draw what is new."""
        now, viewport = Drawn(self._page), self._viewport
        change = now.since(self._drawn)
        self._drawn = now
        if change is None:
            viewport.update()
            return
        shift, dirty = change
        if shift:
            viewport.scroll(0, shift, viewport.rect())  # The rectangle keeps what floats over it where it is.
        if dirty < viewport.height():
            viewport.update(0, dirty, viewport.width(), viewport.height() - dirty)

    def recolour(self, part: Part, y: int) -> None:
        """A part looks different from its height ``y`` on."""
        for placed in self._page.placed:
            if placed.part is part:
                self._viewport.update(0, placed.y + y, self._viewport.width(), part.height - y)
