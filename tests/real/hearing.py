"""What somebody hears who uses a screen reader."""

from __future__ import annotations

import contextlib

from tests.real.accessibility import Reader


class Ear:
    """Remembers what was announced, and where the focus went."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.announced: list[str] = []

    def listen(self) -> list[str]:
        """Everything that was announced by now."""
        self.announced += [str(text) for _, _, text in self._reader.events("Announcement")]
        return list(self.announced)

    def heard(self, beginning: str) -> str | None:
        """An announcement that begins so, if there was one."""
        return next((text for text in self.listen() if text.startswith(beginning)), None)

    def focused(self) -> list[str]:
        """Names of what got the keyboard since this was asked last."""
        found = []
        for thing, detail, _ in self._reader.events("StateChanged"):
            if detail == "focused":
                with contextlib.suppress(LookupError):  # It may be gone by now.
                    found.append(thing.name)
        return found
