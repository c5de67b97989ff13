"""The messages of the session on show. Their text lives here and nowhere else in the window."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.core.models import Author, Message, Status, new_id, utc_now

_Order = tuple[datetime, str]


class _Growing:
    """A text and what has been added to it, put together when somebody asks."""

    __slots__ = ("_length", "_pieces")

    def __init__(self, text: str) -> None:
        self._pieces = [text]
        self._length = len(text)

    def append(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)

    @property
    def text(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def behind(self, length: int) -> str:
        """What stands behind the first ``length`` characters; costs what that is."""
        at = self._length
        found: list[str] = []
        for piece in reversed(self._pieces):
            if at <= length:
                break
            at -= len(piece)
            found.append(piece if at >= length else piece[length - at :])
        return "".join(reversed(found))


class Entry:
    """One message and the text that has come since it was last given as a whole.

    ``local`` marks the output of a slash command, which is shown and never stored. Deltas are kept as parts and joined
    when somebody asks, so that a long answer costs no copying while it streams.
    """

    __slots__ = ("_message", "_reasoning", "_text", "local", "version")

    def __init__(
        self, message: Message, *, local: bool = False, version: tuple[int, int] | None = None
    ) -> None:
        self._message = message
        self._text: _Growing | None = None
        self._reasoning: _Growing | None = None
        self.local = local
        self.version = version
        """Which one this is, from 1, of how many in its place; None where it is the only one."""

    @property
    def id(self) -> str:
        return self._message.id

    @property
    def order(self) -> _Order:
        return (self._message.created_at, self._message.id)

    @property
    def head(self) -> Message:
        """The message without what has streamed since: for every field but the two texts."""
        return self._message

    @property
    def text(self) -> str:
        return self._message.content if self._text is None else self._text.text

    @property
    def reasoning(self) -> str:
        return self._message.reasoning if self._reasoning is None else self._reasoning.text

    @property
    def has_text(self) -> bool:
        return self._text is not None or bool(self._message.content)

    @property
    def has_reasoning(self) -> bool:
        return self._reasoning is not None or bool(self._message.reasoning)

    def text_behind(self, length: int) -> str:
        """The text without its first ``length`` characters; costs what that is."""
        return self._message.content[length:] if self._text is None else self._text.behind(length)

    def reasoning_behind(self, length: int) -> str:
        """The same of the reasoning."""
        return self._message.reasoning[length:] if self._reasoning is None else self._reasoning.behind(length)

    @property
    def message(self) -> Message:
        if self._text is not None or self._reasoning is not None:
            self._message = replace(self._message, content=self.text, reasoning=self.reasoning)
            self._text = self._reasoning = None
        return self._message

    def append(self, text: str, reasoning: str) -> None:
        if text:
            if self._text is None:
                self._text = _Growing(self._message.content)
            self._text.append(text)
        if reasoning:
            if self._reasoning is None:
                self._reasoning = _Growing(self._message.reasoning)
            self._reasoning.append(reasoning)

    def replace(self, message: Message) -> None:
        """Take a newer state of the message. An echo of a checkpoint that is behind the stream changes no text."""
        mine = self.message
        if mine.status is Status.STREAMING and message.status is Status.STREAMING:
            if mine.content.startswith(message.content):
                message = replace(message, content=mine.content)
            if mine.reasoning.startswith(message.reasoning):
                message = replace(message, reasoning=mine.reasoning)
        self._message = message


class TranscriptModel(QObject):
    """The active branch of one session, oldest first. Use it on the UI thread.

    Signals: ``session_replaced``; ``messages_prepended(count)``; ``message_inserted(row)``; ``message_changed(row)``;
    ``text_appended(row, text, reasoning)``; ``messages_removed(rows)``, highest row first; ``branch_replaced(row)``: from
    there on other messages are on show.
    """

    session_replaced = Signal()
    messages_prepended = Signal(int)
    message_inserted = Signal(int)
    message_changed = Signal(int)
    text_appended = Signal(int, str, str)
    messages_removed = Signal(list)
    branch_replaced = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []
        self._by_id: dict[str, Entry] = {}
        self._versions: Mapping[str, tuple[int, int]] = {}
        self._session_id = ""
        self._has_older = False

    @property
    def session_id(self) -> str:
        return self._session_id

    @property
    def has_older(self) -> bool:
        """Older messages of the session are stored and not loaded."""
        return self._has_older

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def entry(self, row: int) -> Entry:
        return self._entries[row]

    def row_of(self, message_id: str) -> int | None:
        entry = self._by_id.get(message_id)
        if entry is None:
            return None
        return bisect_left(self._entries, entry.order, key=lambda e: e.order)

    def message(self, message_id: str) -> Message | None:
        entry = self._by_id.get(message_id)
        return entry.message if entry is not None else None

    def text_of(self, message_id: str) -> str:
        """The Markdown source of a message; empty when it is not here."""
        entry = self._by_id.get(message_id)
        return entry.text if entry is not None else ""

    def reset(
        self,
        session_id: str,
        messages: Iterable[Message],
        has_older: bool = False,
        versions: Mapping[str, tuple[int, int]] | None = None,
    ) -> None:
        """Show another session, or the same one read anew; local cards go away with it."""
        self._versions = versions or {}
        self._session_id = session_id
        self._has_older = has_older
        self._entries = sorted((self._entry(message) for message in messages), key=lambda e: e.order)
        self._by_id = {entry.id: entry for entry in self._entries}
        self.session_replaced.emit()

    def clear(self) -> None:
        self.reset("", ())

    def prepend(self, messages: Sequence[Message], has_older: bool) -> None:
        """Add a page of older messages in front. What is here already is left as it is."""
        self._has_older = has_older
        page = [self._entry(message) for message in messages if message.id not in self._by_id]
        page.sort(key=lambda e: e.order)
        if page and self._entries and page[-1].order > self._entries[0].order:
            # Not older after all: a clock that went backwards, or a message from elsewhere.
            for entry in page:
                self._insert(entry)
            return
        self._entries[:0] = page
        self._by_id.update((entry.id, entry) for entry in page)
        self.messages_prepended.emit(len(page))

    def upsert(self, message: Message) -> None:
        """Add a message where ``(created_at, id)`` puts it, or replace the one that has its id."""
        entry = self._by_id.get(message.id)
        if entry is None:
            self._insert(self._entry(message))
            return
        row = self.row_of(message.id)
        if entry.head.created_at != message.created_at:
            self.remove((message.id,))
            self._insert(self._entry(message))
        elif row is not None:
            entry.replace(message)
            self.message_changed.emit(row)

    def append_delta(self, message_id: str, text: str, reasoning: str = "") -> None:
        """More of an answer that streams. A message that is not here (any more) is none of our business."""
        entry = self._by_id.get(message_id)
        row = self.row_of(message_id)
        if entry is None or row is None or not (text or reasoning):
            return
        entry.append(text, reasoning)
        self.text_appended.emit(row, text, reasoning)

    def remove(self, message_ids: Iterable[str]) -> None:
        rows = sorted((row for i in set(message_ids) if (row := self.row_of(i)) is not None), reverse=True)
        for row in rows:
            del self._by_id[self._entries.pop(row).id]
        if rows:
            self.messages_removed.emit(rows)

    def replace_from(
        self, message_id: str, messages: Sequence[Message], versions: Mapping[str, tuple[int, int]]
    ) -> None:
        """Show these in the place of a message and of all that follow it; local cards stay. ``versions`` as in
        :meth:`set_versions`, for the new ones."""
        row = self.row_of(message_id)
        new = [Entry(message, version=versions.get(message.id)) for message in messages]
        if row is None or not new:
            return
        # A card may stand between the two messages, of which one is older than the card.
        row = min(row, bisect_left(self._entries, new[0].order, key=lambda e: e.order))
        old = self._entries[row:]
        for entry in old:
            del self._by_id[entry.id]
        new += [entry for entry in old if entry.local]
        self._entries[row:] = sorted(new, key=lambda e: e.order)
        self._by_id.update((entry.id, entry) for entry in new)
        self.branch_replaced.emit(row)

    def set_versions(self, versions: Mapping[str, tuple[int, int]]) -> None:
        """Which one, from 1, of how many in its place a message is; those that are not named are the only ones."""
        if versions == self._versions:
            return
        self._versions = versions
        for row, entry in enumerate(self._entries):
            if entry.version != versions.get(entry.id):
                entry.version = versions.get(entry.id)
                self.message_changed.emit(row)

    def show_local(self, markdown: str) -> str:
        """Show the output of a slash command behind what is here; returns the id of its card."""
        created = utc_now()
        if self._entries:
            created = max(created, self._entries[-1].head.created_at + timedelta(microseconds=1))
        card = Message(
            id=new_id(),
            session_id=self._session_id,
            author=Author.ASSISTANT,
            content=markdown,
            created_at=created,
        )
        self._insert(Entry(card, local=True))
        return card.id

    def _entry(self, message: Message) -> Entry:
        return Entry(message, version=self._versions.get(message.id))

    def _insert(self, entry: Entry) -> None:
        self._by_id[entry.id] = entry
        insort(self._entries, entry, key=lambda e: e.order)
        row = self.row_of(entry.id)
        assert row is not None
        self.message_inserted.emit(row)
