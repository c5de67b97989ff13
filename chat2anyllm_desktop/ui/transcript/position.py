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

    @classmethod
    def parsed(cls, words: str) -> ReadingPosition | None:
        """What :meth:`words` gave, in another run of the program; None for anything else."""
        match words.split():
            case [message_id, number, y] if number.isdecimal() and y.removeprefix("-").isdecimal():
                return cls(message_id, int(number), int(y), at_end=False)
        return None

    def words(self) -> str:
        """To be kept on the disk; empty for the end."""
        return "" if self.at_end else f"{self.message_id} {self.number} {self.y}"

    def restore(self, page: Layout) -> bool:
        """Show it; False where that is the end, or its message is not here."""
        row = next((row for row in page.rows if row.id == self.message_id), None)
        if row is None or self.at_end:
            return False
        page.opened(row)
        page.show(row, min(self.number, len(row.parts) - 1), self.y)
        return True
