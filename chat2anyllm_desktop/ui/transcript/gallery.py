"""The pixels of the images in the conversation, and what is known of images elsewhere."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from chat2anyllm_desktop.ui.transcript.decoding import Refused, Source, decode

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_KEPT_BYTES = 32 << 20
"""Of pixels: six or seven screens of images."""
_FETCHED_BYTES = 64 << 20
"""Of images from elsewhere, as they came."""
_WANTED = 12
"""Images that wait to be decoded; who scrolls past more asks for them again."""
_LOOK_MS = 8

_Key = tuple[tuple[int, int], int, int]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is known of an image behind an address that was asked for: it is here (``source``), it could not be loaded
    (``problem``, a sentence), or it is on its way."""

    source: Source | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Order:
    """One image, decoded once for somebody who keeps it himself."""

    source: Source
    bound: QSize
    owner: QObject
    then: Callable[[QImage | Refused], None]


class Gallery(QObject):
    """Signals: ``arrived`` when pixels that were asked for are there, or are refused; ``changed(address)`` when something
    else is known of an image elsewhere than before; ``load_requested(address)``, a wish.

    Images are decoded in one thread, one after the other, the one asked for last first. What comes of it is fetched by
    a timer: a signal from there could meet a view that is gone.
    """

    arrived = Signal()
    changed = Signal(str)
    load_requested = Signal(str)

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._kept: OrderedDict[_Key, QImage | Refused] = OrderedDict()
        self._bytes = 0
        """Of the pixels that are kept."""
        self._last: dict[tuple[int, int], _Key] = {}
        """Of each image: the size it was decoded for last."""
        self._wanted: OrderedDict[_Key, tuple[Source, QSize]] = OrderedDict()
        self._orders: list[_Order] = []
        self._running: tuple[_Key | _Order, Future[QImage | Refused]] | None = None
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._elsewhere: OrderedDict[str, Elsewhere] = OrderedDict()

    # Pixels --------------------------------------------------------------------------------------------------------------
    @property
    def ratio(self) -> float:
        """Pixels of the screen per pixel of the layout."""
        return self._view.devicePixelRatioF()

    def pixels(self, source: Source, size: QSize) -> QImage | Refused | None:
        """The image for an area of the screen, no larger than that and no larger than it is. None where it is not there
        yet: then it will come. Until it does, it may be there in another size. Cheap."""
        key = (source.key, size.width(), size.height())
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        if self._running is None or self._running[0] != key:
            self._wanted[key] = (source, size)
            self._wanted.move_to_end(key)
            while len(self._wanted) > _WANTED:
                self._wanted.popitem(last=False)
            self._begin()
        return self._kept.get(self._last.get(source.key, key))

    def order(
        self, source: Source, bound: QSize, owner: QObject, then: Callable[[QImage | Refused], None]
    ) -> None:
        """Decode an image as large as it fits into ``bound``, and give it to ``then``, unless ``owner`` is gone. It is not
        kept here."""
        self._orders.append(_Order(source, bound, owner, then))
        self._begin()

    def _begin(self) -> None:
        if self._running is not None:
            return
        if self._orders:
            order = self._orders.pop(0)
            self._running = order, _worker().submit(decode, order.source, order.bound)
        elif self._wanted:
            key, (source, size) = self._wanted.popitem()
            self._running = key, _worker().submit(decode, source, size)
        else:
            self._timer.stop()
            return
        self._timer.start()

    def _look(self) -> None:
        if self._running is None or not self._running[1].done():
            return
        (job, future), self._running = self._running, None
        result = future.result()
        if isinstance(job, _Order):
            if isValid(job.owner):
                job.then(result)
        else:
            self._keep(job, result)
        self._begin()
        if not isinstance(job, _Order):
            self.arrived.emit()

    def _keep(self, key: _Key, result: QImage | Refused) -> None:
        self._kept[key] = result
        self._last[key[0]] = key
        self._bytes += _bytes_of(result)
        while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
            old, dropped = self._kept.popitem(last=False)
            self._bytes -= _bytes_of(dropped)
            if self._last.get(old[0]) == old:
                del self._last[old[0]]

    # Images elsewhere --------------------------------------------------------------------------------------------------
    def elsewhere(self, address: str) -> Elsewhere | None:
        """What is known of the image behind an address; None where nobody has asked for it."""
        return self._elsewhere.get(address)

    def load(self, address: str) -> None:
        """Somebody wants to see the image behind an address: ask for it, unless it is here or on its way."""
        known = self._elsewhere.get(address)
        if known is None or known.problem:
            self._learn(address, Elsewhere())
            self.load_requested.emit(address)

    def put(self, address: str, data: bytes) -> None:
        """An image that was asked for is here."""
        self._learn(address, Elsewhere(Source(data)))
        size = sum(known.source.size for known in self._elsewhere.values() if known.source is not None)
        for old, known in list(self._elsewhere.items()):
            if size <= _FETCHED_BYTES or old == address:
                break
            if known.source is not None:
                size -= known.source.size
                del self._elsewhere[old]
                self.changed.emit(old)

    def refuse(self, address: str, problem: str) -> None:
        """An image that was asked for could not be loaded; ``problem`` is a sentence."""
        self._learn(address, Elsewhere(problem=problem))

    def _learn(self, address: str, known: Elsewhere) -> None:
        self._elsewhere[address] = known
        self._elsewhere.move_to_end(address)
        self.changed.emit(address)


@cache
def _worker() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(1, thread_name_prefix="images")


def _bytes_of(result: QImage | Refused) -> int:
    return int(result.sizeInBytes()) if isinstance(result, QImage) else 64
