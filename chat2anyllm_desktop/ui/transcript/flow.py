"""From what happens in the model to what is laid out: at the pace of frames, the rest in idle time."""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Signal

from chat2anyllm_desktop.ui.transcript.drawings import Drawings
from chat2anyllm_desktop.ui.transcript.gallery import Gallery
from chat2anyllm_desktop.ui.transcript.layout import Layout
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.style import Style

_BUDGET = 0.008
"""Seconds of one frame that taking in text may cost; after a dearer one there is a pause as long as it took."""
_REST_MS = 40
"""After which what was too much for one frame is shown, if no more text brings it along."""
_IDLE = 0.004
"""Seconds of work in one go that nobody waits for: layout outside the view, colours of code."""
_IDLE_DELAY_MS = 12
_IDLE_STREAMING_MS = 100
"""While text streams in, it waits a little longer: most code is coloured once then, when its fence has closed, and not line
after line before, each time to be laid out and drawn again. Of an answer at 2,000 tokens/s that saves a tenth."""


class Flow(QObject):
    """Signals: ``replaced`` when another session is shown; ``settled`` after a change of what is on screen;
    ``advanced`` after one that was only more text, or a scroll; ``remeasured`` when only heights outside of the screen
    have changed; ``recoloured(CodeBox, y)`` when only colours of one part have, from its height ``y`` on; ``came`` when
    something was added at the end; and the wish ``older_wanted``, once for each beginning that comes near."""

    replaced = Signal()
    settled = Signal()
    advanced = Signal()
    remeasured = Signal()
    recoloured = Signal(object, int)
    came = Signal()
    older_wanted = Signal()

    def __init__(
        self,
        model: TranscriptModel,
        page: Layout,
        style: Style,
        gallery: Gallery,
        drawings: Drawings,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._model = model
        self._page = page
        self.style = style
        self._drawings = drawings
        self._behind: set[Row] = set()
        self._flush_timer = QTimer(self, singleShot=True)
        self._flush_timer.timeout.connect(self.flush)
        self._idle_timer = QTimer(self, singleShot=True)
        self._idle_timer.timeout.connect(self._on_idle)
        self._pause_ms = 0
        self._older_asked = ""
        """The first row when older ones were asked for."""
        self._drawn_timer = QTimer(self, singleShot=True)
        self._drawn_timer.timeout.connect(self._show_drawings)
        self._drawn_pause_ms = 0
        model.session_replaced.connect(self._on_session_replaced)
        model.messages_prepended.connect(self._on_messages_prepended)
        model.message_inserted.connect(self._on_message_inserted)
        model.message_changed.connect(self._on_message_changed)
        model.text_appended.connect(self._on_text_appended)
        model.messages_removed.connect(self._on_messages_removed)
        model.branch_replaced.connect(self._on_branch_replaced)
        drawings.arrived.connect(self._on_drawings_arrived)
        self._on_session_replaced()

    def flush(self) -> None:
        """Show what has been appended since the last frame."""
        started = perf_counter()
        self._flush_timer.stop()
        for row in self._behind:
            self._sync(row)
        self._behind = {row for row in self._behind if row.body is not None and not row.body.complete}
        self._page.settle()
        self.advanced.emit()
        self._wait_for_idle(_IDLE_STREAMING_MS)
        took = perf_counter() - started
        self._pause_ms = round(took * 1000) if took > _BUDGET else 0
        if self._behind:
            self._flush_timer.start(max(self._pause_ms, _REST_MS))

    def restyle(self, style: Style) -> None:
        """Another theme: everything is made anew, at the same place."""
        self.style = style
        for row in self._page.rows:
            row.style = style
        self._page.close_all()
        self._settle()

    def resettle(self) -> None:
        """Something was opened, closed or resized."""
        self._settle()

    def arrive(self) -> None:
        """Another place was gone to, or something is marked: it is laid out, but perhaps never was on screen before."""
        self.settled.emit()
        self._wait_for_idle()

    def advance(self) -> None:
        """Text was added or the page scrolled: nothing else is different."""
        self._page.settle()
        self.advanced.emit()
        self._wait_for_idle()

    def _settle(self) -> None:
        self._page.settle()
        self.arrive()

    def ask_for_older(self) -> None:
        """The page has moved: its beginning may have come near."""
        page = self._page
        first = page.rows[0].id if page.rows else ""
        if first != self._older_asked:
            self._older_asked = ""
        if first and self._model.has_older and page.offset < 2 * page.height and not self._older_asked:
            self._older_asked = first
            self.older_wanted.emit()

    def _wait_for_idle(self, delay_ms: int = _IDLE_DELAY_MS) -> None:
        if not self._idle_timer.isActive() or self._idle_timer.remainingTime() > delay_ms:
            self._idle_timer.start(delay_ms)

    def _sync(self, row: Row) -> None:
        index = self._page.index_of(row)
        if index is None:
            return
        if row.opened:
            row.sync()
        else:
            row.refresh()
        self._page.row_changed(index)

    def _row(self, index: int) -> Row:
        return Row(self._model.entry(index), self.style, self._page.width, self._gallery, self._drawings)

    def _on_session_replaced(self) -> None:
        self._behind.clear()
        self._page.set_rows(self._row(index) for index in range(len(self._model)))
        self._older_asked = ""
        self.replaced.emit()
        self._settle()

    def _on_messages_prepended(self, count: int) -> None:
        self._page.insert(0, [self._row(index) for index in range(count)])
        self._settle()

    def _on_message_inserted(self, index: int) -> None:
        self._page.insert(index, [self._row(index)])
        if index == len(self._model) - 1:
            self.came.emit()
        self._settle()

    def _on_message_changed(self, index: int) -> None:
        row = self._page.rows[index]
        self._behind.discard(row)
        row.refresh()
        self._page.row_changed(index)
        self._settle()

    def _on_text_appended(self, index: int, text: str, reasoning: str) -> None:
        self._behind.add(self._page.rows[index])
        self.came.emit()
        if not self._flush_timer.isActive() or self._flush_timer.remainingTime() > self._pause_ms:
            self._flush_timer.start(self._pause_ms)

    def _on_messages_removed(self, rows: list[int]) -> None:
        self._behind.difference_update([self._page.rows[index] for index in rows])
        # What stands together goes at once: 4,000 messages, one after the other, would take 3 s.
        first = end = rows[0] + 1
        for index in rows:
            if index < first - 1:
                self._page.replace(first, end, ())
                end = index + 1
            first = index
        self._page.replace(first, end, ())
        self._settle()

    def _on_drawings_arrived(self) -> None:
        if not self._drawn_timer.isActive():
            self._drawn_timer.start(self._drawn_pause_ms)

    def _show_drawings(self) -> None:
        """A paragraph of hundreds of formulas is laid out again with every few that come: then there are pauses."""
        started = perf_counter()
        if self._page.unmeasure_waiting():
            self._settle()
        took = perf_counter() - started
        self._drawn_pause_ms = round(4000 * took) if took > _BUDGET else 0

    def _on_branch_replaced(self, index: int) -> None:
        self._behind.difference_update(self._page.rows[index:])
        rows = [self._row(number) for number in range(index, len(self._model))]
        self._page.replace(index, len(self._page.rows), rows)
        self._settle()

    def _on_idle(self) -> None:
        deadline = perf_counter() + _IDLE
        taken = self._take_in()
        more = taken or self._page.ahead(_IDLE)
        while (left := deadline - perf_counter()) > 0.0005:
            box = self._page.pale_box()
            if box is None:
                break
            top = box.highlight(left)
            if top is not None:
                self.recoloured.emit(box, top)
        else:
            more = True
        before = [placed.y for placed in self._page.placed]
        self._page.settle()
        if taken or before != [placed.y for placed in self._page.placed]:
            self.settled.emit()
        else:
            self.remeasured.emit()
        if more:
            self._idle_timer.start(_IDLE_DELAY_MS)

    def _take_in(self) -> bool:
        """Go on with a message that is too long for one frame; one that text streams into has its own next frame."""
        for placed in self._page.placed:
            if placed.row not in self._behind and placed.row.take_in():
                self._page.row_changed(placed.index)
                return True
        return False
