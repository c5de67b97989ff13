"""What protects an answer when the program is killed, or the database is away, before it is saved.

Each process has a folder with a lock that it holds as long as it lives, and in it one small file for each answer in
flight. A later process that gets the lock knows that the owner is dead, and puts its answers in order. Only the owner
can read the files.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from chat2anyllm_desktop.core.errors import NotFoundError
from chat2anyllm_desktop.core.models import Author, Message, Status
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.rows import (
    canonical_ids,
    clean_message,
    kind_from,
    status_from,
    usage_from,
    usage_json,
)
from chat2anyllm_desktop.store.threaded import ThreadedStore
from chat2anyllm_desktop.system import FileLock, replace_file

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Leftover:
    """An answer that somebody did not bring to its end."""

    message_id: str
    store_key: str
    """Empty where that is not known any more: a power cut can leave an empty file, of which only the name is left."""
    message: Message | None
    """The whole text where saving had failed; None where the store has the last checkpoint."""
    file: Path


class Journal:
    """The folders of all processes under ``root``; this process's own is made at the first :meth:`begin`.

    Where nothing can be written the journal does nothing, and says so in the log. ``begin`` and ``end`` take some
    0.1 ms; ``keep`` waits for the disk: call it in a thread when the text is long.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._making = threading.Lock()  # keep() comes from other threads.
        self._own: _Folder | None = None
        self._claimed: list[_Folder] = []
        self._told = False

    def begin(self, message: Message, store_key: str) -> None:
        """An answer is in flight in that store, and will be saved there as it grows."""
        self._write(message.id, {"store": store_key, "id": message.id}, durable=False)

    def keep(self, message: Message, store_key: str) -> bool:
        """Saving failed: keep the whole message here. False when that failed too."""
        values = {"store": store_key, "id": message.id, "message": _encoded(clean_message(message))}
        return self._write(message.id, values, durable=True)

    def end(self, message_id: str) -> None:
        """The store has it all."""
        if self._own is not None:
            _remove(self._own.entry(message_id))

    def recover(self) -> list[Leftover]:
        """What dead processes left, and what this one has ended but could not save. May be called again at any time."""
        self._claim()
        found = [leftover for folder in self._claimed for leftover in folder.entries()]
        for leftover in self._own.entries() if self._own is not None else ():
            if leftover.message is not None and leftover.message.status is not Status.STREAMING:
                found.append(leftover)
        return found

    def forget(self, leftover: Leftover) -> None:
        """It is in order now."""
        _remove(leftover.file)
        for folder in [folder for folder in self._claimed if folder.dissolve()]:
            self._claimed.remove(folder)

    def close(self) -> None:
        """Let go of everything; what is still in flight is left to the next process."""
        for folder in (*self._claimed, *([self._own] if self._own else [])):
            if not folder.dissolve():
                folder.lock.release()
        self._claimed.clear()
        self._own = None

    def _write(self, message_id: str, values: Mapping[str, object], *, durable: bool) -> bool:
        try:
            with self._making:
                if self._own is None:
                    self._own = _Folder.make(self._root)
                file = self._own.entry(message_id)
            replace_file(file, json.dumps(values), durable=durable)
        except OSError as error:
            level = logging.INFO if self._told else logging.WARNING
            _log.log(level, "the journal of answers in flight cannot be written: %s", error)
            self._told = True
            return False
        return True

    def _claim(self) -> None:
        known = {folder.path for folder in self._claimed} | ({self._own.path} if self._own else set())
        try:
            paths = [path for path in self._root.iterdir() if path.is_dir() and path not in known]
        except OSError:
            return
        for path in paths:
            folder = _Folder(path)
            try:
                if folder.lock.try_acquire() and not folder.dissolve():
                    self._claimed.append(folder)
            except OSError as error:
                _log.info("the journal %s cannot be claimed: %s", path, error)


async def settle(store: ThreadedStore, journal: Journal) -> list[Message]:
    """Bring the leftovers of this store in order; returns the messages as they are now.

    To be called when the store has been opened, and again when it came back. A message of a session that was
    deleted meanwhile is let go. Raises StoreError when the store fails again: what was not settled stays in the journal.
    """
    return await store.run(lambda: _settle(store.backend, journal))


def _settle(store: Store, journal: Journal) -> list[Message]:
    settled: list[Message] = []
    for leftover in journal.recover():
        if not leftover.store_key and not store.get_messages([leftover.message_id]):
            continue
        if leftover.store_key in ("", store.key):
            try:
                settled += _put_in_order(store, leftover)
            except NotFoundError:
                _log.info("an unsaved answer belongs to a session that was deleted")
            journal.forget(leftover)
    return settled


def _put_in_order(store: Store, leftover: Leftover) -> list[Message]:
    kept = leftover.message
    stored = next(iter(store.get_messages([leftover.message_id])), None)
    if kept is None or (stored is not None and _has_more(stored, kept)):
        # Also when a checkpoint succeeded after the one that was kept: answers only grow.
        return store.mark_interrupted([leftover.message_id])
    if kept.status is Status.STREAMING:
        kept = replace(kept, status=Status.INTERRUPTED)
    return [store.save_message(kept)]


def _has_more(stored: Message, kept: Message) -> bool:
    more = len(stored.content) + len(stored.reasoning) - len(kept.content) - len(kept.reasoning)
    return more > 0 or (more == 0 and stored.status is not Status.STREAMING)


class _Folder:
    """The folder of one process, with its lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = FileLock(path / "lock")

    @classmethod
    def make(cls, root: Path) -> _Folder:
        """A new one, locked. Again when another process just took it for a dead one's and cleared it away."""
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            folder = cls(root / uuid.uuid4().hex)
            folder.path.mkdir(mode=0o700)
            with contextlib.suppress(FileNotFoundError):
                if folder.lock.try_acquire() and folder.lock.path.exists():
                    return folder
            folder.lock.release()

    def entry(self, message_id: str) -> Path:
        return self.path / f"{message_id}.json"

    def entries(self) -> list[Leftover]:
        return [leftover for file in sorted(self.path.glob("*.json")) if (leftover := _read(file))]

    def dissolve(self) -> bool:
        """Remove the folder when nothing is left in it; its lock is held."""
        if next(self.path.glob("*.json"), None) is not None:
            return False
        for file in self.path.glob("*.new"):  # Killed while writing it.
            _remove(file)
        with contextlib.suppress(OSError):
            if os.name == "nt":  # There an open file cannot be removed.
                self.lock.release()
            _remove(self.lock.path)
            self.path.rmdir()
        self.lock.release()
        return True


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        _log.info("%s cannot be removed: %s", file, error)


def _read(file: Path) -> Leftover | None:
    try:
        values = json.loads(file.read_bytes())
        message = _decoded(values["message"]) if "message" in values else None
        return Leftover(str(values["id"]), str(values["store"]), message, file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.info("the journal entry %s cannot be read: %s", file, error)
        # It stays until its message is found: a person may still read it.
        return Leftover(file.stem, "", None, file) if canonical_ids([file.stem]) else None


def _encoded(message: Message) -> dict[str, object]:
    return {
        "id": message.id, "session_id": message.session_id, "role": message.author.value, "content": message.content,
        "created_at": message.created_at.isoformat(), "parent_id": message.parent_id, "kind": message.kind.value,
        "status": message.status.value, "model": message.model, "reasoning": message.reasoning,
        "usage": usage_json(message.usage),
    }  # fmt: skip


def _decoded(values: dict[str, str]) -> Message:
    return Message(
        id=values["id"], session_id=values["session_id"], author=Author(values["role"]), content=values["content"],
        created_at=datetime.fromisoformat(values["created_at"]), parent_id=values["parent_id"],
        kind=kind_from(values["kind"]), status=status_from(values["status"]), model=values["model"],
        reasoning=values["reasoning"], usage=usage_from(values["usage"]),
    )  # fmt: skip
