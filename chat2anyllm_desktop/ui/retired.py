"""What is no longer in use, but may still be written to by a turn that began with it."""

from __future__ import annotations

from typing import Protocol

from chat2anyllm_desktop.chat.tasks import Tasks


class Closable(Protocol):
    """A history, or the models of a gateway."""

    async def aclose(self) -> object: ...


class Retired:
    """Closes what it is given as soon as no turn runs any more, at the latest with the program."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self.parts: list[Closable] = []

    def add(self, part: Closable) -> None:
        """It is used no longer, except by the turns that run."""
        self.parts.append(part)
        self._tasks.start("retired", self._close_after_turns())

    async def aclose(self) -> None:
        """Close everything now; the turns must have ended."""
        while self.parts:
            await self.parts[0].aclose()
            del self.parts[0]

    async def _close_after_turns(self) -> None:
        await self._tasks.join_all("turn:")
        await self.aclose()
