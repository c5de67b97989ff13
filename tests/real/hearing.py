"""What somebody finds and hears who uses a screen reader."""

from __future__ import annotations

import contextlib

from tests.real.accessibility import Reader, Thing, until


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


class Senses:
    """What is on the desktop, by role and name, and what is said there."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.ear = Ear(reader)

    @property
    def everything(self) -> Thing:
        return self._reader.programs

    def seen(self, role: str, name: str = "") -> Thing | None:
        """The first thing of this role, and with a name that begins so, that is on screen now."""
        found = (t for t in self.everything.below() if t.role == role and t.name.startswith(name))
        return next((thing for thing in found if thing.showing), None)

    def find(self, role: str, name: str = "") -> Thing:
        """The same, once it is there."""
        thing = until(lambda: self.seen(role, name), f"{role} {name!r}")
        assert isinstance(thing, Thing)
        return thing

    def names(self, list_name: str) -> list[str]:
        """What stands in a list, the marks behind the names left out."""
        return [row.name.partition(",")[0] for row in self.find("list", list_name)]

    def hear(self, beginning: str) -> str:
        """Wait until something is said that begins so; what was said before is forgotten."""
        said = until(lambda: self.ear.heard(beginning), f"{beginning!r} to be said")
        assert isinstance(said, str)
        self.ear.announced.clear()
        return said
