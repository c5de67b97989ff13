"""The find bar and what it finds."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSignalBlocker, Signal

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.transcript.find import Find
from chat2anyllm_desktop.ui.transcript.find_bar import FindBar

_LONGEST = 80
"""Characters of a selection that is taken for something to look for."""


class Finding(QObject):
    """Signals: ``shown`` when the current match is another one and on screen, ``told(words)`` how many there are,
    ``closed`` (it had the keyboard)."""

    shown = Signal()
    told = Signal(str)
    closed = Signal(bool)

    def __init__(self, find: Find, bar: FindBar, parent: QObject) -> None:
        super().__init__(parent)
        self._find = find
        self._bar = bar
        bar.search_requested.connect(self.search)
        bar.step_requested.connect(self.step)
        bar.closed.connect(self.close)

    def open(self, selected: str) -> None:
        self._bar.open(selected if len(selected) < _LONGEST and "\n" not in selected else "")

    def open_in(self, text: str, message_id: str) -> bool:
        """Open with ``text``, at its first occurrence in a message; where it has none, nothing is shown."""
        if not self._find.search_in(text, message_id):
            self._find.search(self._bar.field.text() if self._bar.isVisible() else "")
            return False
        with QSignalBlocker(self._bar.field):  # It would look for the last occurrence.
            self._bar.open(text)
        self._show()
        return True

    def close(self) -> None:
        had_focus = self._bar.isAncestorOf(self._bar.window().focusWidget())
        self._bar.hide()
        self._find.search("")
        self.closed.emit(had_focus)

    def recount(self) -> None:
        """Another session is shown: what is looked for is looked for there, and nothing moves."""
        if self._bar.isVisible():
            self._find.search(self._bar.field.text())
            self._tell()

    def search(self, text: str) -> int:
        count = self._find.search(text)
        self._show()
        return count

    def step(self, by: int) -> None:
        self._find.refresh()
        self._find.step(by)
        self._show()

    def _show(self) -> None:
        self._find.show()
        self._tell()
        self.shown.emit()

    def _tell(self) -> None:
        self._bar.set_count(self._find.number + 1, self._find.count)
        words = self._bar.count.text()
        self.told.emit(words if self._find.count or not words else tr("Nothing found"))
