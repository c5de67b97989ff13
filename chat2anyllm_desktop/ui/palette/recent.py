"""What was chosen in the palette lately, kept across restarts. By ids only: no title is written down."""

from __future__ import annotations

from PySide6.QtCore import QSettings

MOST = 50
_KEY = "palette/recent"


class Recent:
    """Keys, the latest first. ``memory`` is a file of the state folder."""

    def __init__(self, memory: QSettings) -> None:
        self._memory = memory
        kept = memory.value(_KEY, [])
        # One entry alone comes back as a text.
        self._keys = [str(key) for key in (kept if isinstance(kept, list) else [kept]) if key]

    @property
    def keys(self) -> list[str]:
        return list(self._keys)

    def add(self, key: str) -> None:
        """This was chosen now."""
        self._keys = [key, *(other for other in self._keys if other != key)][:MOST]
        self._memory.setValue(_KEY, self._keys)
        self._memory.sync()
