"""Python's collector of cyclic garbage, kept on the UI thread."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 1000


class Collector(QObject):
    """Takes over from the automatic collector, which runs on whatever thread happens to allocate. A Qt object that the
    store's thread collects is destroyed there, its timers stay behind, and the next one to fire ends the program with a
    segmentation fault (seen with windows opened and closed in turn)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_on = False
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._on_time)

    def start(self) -> None:
        """From now on garbage is collected on the calling thread only."""
        self._was_on = gc.isenabled()
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """As it was before."""
        self._timer.stop()
        if self._was_on:
            gc.enable()

    def _on_time(self) -> None:
        # The young are always looked at: their count is of no use here, because what is freed meanwhile, young or old,
        # is taken off it.
        _, middle, old = (c > t for c, t in zip(gc.get_count(), gc.get_threshold(), strict=True))
        gc.collect((2 if old else 1) if middle else 0)
