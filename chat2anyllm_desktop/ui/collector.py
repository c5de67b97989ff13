"""Python's collector of cyclic garbage, kept on the UI thread."""

from __future__ import annotations

import gc
from time import monotonic

from PySide6.QtCore import QObject, QTimer

from chat2anyllm_desktop.system import release_memory

INTERVAL_MS = 1000

QUIET_S = 1.5
"""Seconds without a key, a step of scrolling or an answer after which a longer look hinders nobody."""

LONGEST_S = 120.0
"""Seconds after which what is older than a second is looked at all the same."""


class Collector(QObject):
    """Takes over from the automatic collector, which runs on whatever thread happens to allocate. A Qt object that the
    store's thread collects is destroyed there, its timers stay behind, and the next one to fire ends the program with a
    segmentation fault (seen with windows opened and closed in turn).

    What is young is looked at every second, in 1 to 9 ms. What is older takes 60 ms once 10,000 messages have been loaded,
    which was the one thing that kept a key waiting for more than a frame: that is for quiet moments, and so is giving
    back to the system what has been freed (6 MB after a walk through 10,000 messages).
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_on = False
        self._busy: set[str] = set()
        self._stirred = self._looked = self._released = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._on_time)

    def start(self) -> None:
        """From now on garbage is collected on the calling thread only."""
        self._was_on = gc.isenabled()
        self._looked = monotonic()
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """As it was before."""
        self._timer.stop()
        if self._was_on:
            gc.enable()

    def stir(self) -> None:
        """Something has just been done by hand."""
        self._stirred = monotonic()

    def set_busy(self, what: str, busy: bool) -> None:
        """An answer is being written, or no longer."""
        (self._busy.add if busy else self._busy.discard)(what)
        self.stir()

    def _is_quiet(self) -> bool:
        return not self._busy and monotonic() - self._stirred > QUIET_S

    def _on_time(self) -> None:
        quiet = self._is_quiet()
        self._collect(quiet or monotonic() - self._looked > LONGEST_S)
        if quiet and self._released <= self._stirred:
            release_memory()
            self._released = monotonic()

    def _collect(self, may_take_time: bool) -> None:
        # The young are always looked at: their count is of no use here, because what is freed meanwhile, young or old,
        # is taken off it.
        _, middle, old = (c > t for c, t in zip(gc.get_count(), gc.get_threshold(), strict=True))
        if not middle or not may_take_time:
            gc.collect(0)
            return
        gc.collect(2 if old else 1)
        self._looked = monotonic()
