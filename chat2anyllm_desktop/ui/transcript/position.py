"""Where a session was left."""

from __future__ import annotations

from dataclasses import dataclass

from chat2anyllm_desktop.ui.transcript.layout import Layout


@dataclass(frozen=True, slots=True)
class ReadingPosition:
    """Where a session was left: a part of a message at a height of the view, or the end."""

    message_id: str
    number: int
    y: int
    at_end: bool

    @classmethod
    def of(cls, page: Layout) -> ReadingPosition | None:
        """None where nothing is shown."""
        anchor = page.anchor
        return cls(anchor.row.id, anchor.number, anchor.y, page.follow) if anchor is not None else None

    def restore(self, page: Layout) -> bool:
        """Show it; False where that is the end, or its message is not here."""
        row = next((row for row in page.rows if row.id == self.message_id), None)
        if row is None or self.at_end:
            return False
        page.opened(row)
        page.show(row, min(self.number, len(row.parts) - 1), self.y)
        return True
