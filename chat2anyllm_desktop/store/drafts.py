"""What was typed and not sent yet, per session, across restarts.

A draft belongs to this computer, so it is no row of the shared database but one small file of the user's own, written
whole and atomically. Sessions are named by the store's key and the session's id, because two databases may be used in
turn.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

from chat2anyllm_desktop.core.errors import StoreReadOnlyError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.system import replace_file

LONGEST_DRAFT = 2_000_000
"""Characters kept of one draft; a longer paste stays in the window for the run."""


class Drafts:
    """Drafts by session id. :meth:`load` and :meth:`save` touch the disk and belong on a worker thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._texts: dict[str, str] = {}
        self._saving = threading.Lock()

    def load(self) -> None:
        """Read the file; a missing or broken one means there are no drafts."""
        try:
            texts = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if isinstance(texts, dict):
            kept = {
                key: text for key, text in texts.items() if isinstance(key, str) and isinstance(text, str)
            }
            self._texts = kept | self._texts

    def get(self, session_id: str) -> str:
        """The draft of a session, empty if there is none."""
        return self._texts.get(session_id, "")

    def put(self, session_id: str, text: str) -> bool:
        """Remember a draft; blank text forgets it. Returns whether anything changed, and so is worth saving."""
        if self.get(session_id) == text:
            return False
        if text.strip():
            self._texts[session_id] = text
        else:
            self._texts.pop(session_id, None)
        return True

    def save(self) -> None:
        """Write the file. Raises StoreReadOnlyError where that cannot be."""
        with self._saving:
            # Copied first, in one step: drafts may be put meanwhile.
            self._write({key: text for key, text in self._texts.copy().items() if len(text) <= LONGEST_DRAFT})

    def _write(self, texts: Mapping[str, str]) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(self._path, json.dumps(texts))
        except OSError as error:
            raise StoreReadOnlyError(
                tr(
                    "Drafts cannot be kept: {folder} cannot be written. They last until the window is closed.",
                    folder=self._path.parent,
                ),
                detail=str(error),
            ) from error
