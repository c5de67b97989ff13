"""The bar beside the conversation."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSlider, QScrollBar


class Bar(QScrollBar):
    """Drawn only when its handle is another: while an answer streams in, the end moves away with every frame, and the
    handle by less than a pixel. Drawn every time it would be a twentieth of the frame."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn = (0, 0)

    def _handle(self) -> tuple[int, int]:
        """Place and length, in pixels."""
        room, range_ = self.height(), self.maximum() - self.minimum()
        length = room * self.pageStep() // max(1, range_ + self.pageStep())
        return (room - length) * (self.value() - self.minimum()) // max(1, range_), length

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sliderChange(self, change: QAbstractSlider.SliderChange) -> None:
        handle = self._handle()
        if handle != self._drawn:
            self._drawn = handle
            super().sliderChange(change)
