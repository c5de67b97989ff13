"""What has been drawn, so that the next frame need not draw it again."""

from __future__ import annotations

from chat2anyllm_desktop.ui.transcript.layout import Layout
from chat2anyllm_desktop.ui.transcript.part import Part

_State = tuple[int, int, int, bool]
"""Top, height, version, and whether the caret of a streaming answer stands at its end."""


class Drawn:
    """The state of everything on screen at one frame. At 2,000 tokens/s half of the work of a frame is drawing text that
    has only moved up by two lines."""

    def __init__(self, page: Layout) -> None:
        self._parts: dict[Part, _State] = {}
        self._bottom = 0
        for placed in page.placed:
            part, row = placed.part, placed.row
            caret = row.streaming and row.caret_part() == placed.number
            self._parts[part] = (placed.y, part.height, part.version, caret)
            self._bottom = placed.y + part.height
        self._height = page.height

    def since(self, before: Drawn) -> tuple[int, int] | None:
        """How many pixels everything has moved (positive: down), and below which height something is different besides.
        None where all has to be drawn."""
        shifts = {
            state[0] - before._parts[part][0] for part, state in self._parts.items() if part in before._parts
        }
        if len(shifts) != 1 or self._height != before._height:
            return None
        shift = shifts.pop()
        if abs(shift) >= self._height:
            return None
        dirty = self._height
        if before._bottom + shift < self._height or self._bottom < self._height:
            dirty = min(before._bottom + shift, self._bottom)
        for part, state in self._parts.items():
            old = before._parts.get(part)
            if old is None:
                # Parts that come in at the top are in the strip that scrolling lays bare, and nowhere else.
                if shift <= 0 or state[0] + state[1] > shift:
                    dirty = min(dirty, state[0])
            elif old[1:] != state[1:]:
                grown = old[2] + 1 == state[2] and old[3] == state[3]
                dirty = min(dirty, state[0] + (part.changed_top if grown else 0))
        for part, old in before._parts.items():
            if part not in self._parts and old[0] + old[1] + shift > 0:
                dirty = min(dirty, max(0, old[0] + shift))
        return shift, max(0, dirty)
