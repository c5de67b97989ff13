"""Words in all messages and titles: looked for as they are typed, in the history that is in use."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.errors import ChatError, StoreUnavailableError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.store.search import LIMIT, Search
from chat2anyllm_desktop.ui.connections import Connections
from chat2anyllm_desktop.ui.facts import ConnectionState, Health
from chat2anyllm_desktop.ui.palette.hits import HitDelegate, HitRow
from chat2anyllm_desktop.ui.palette.panel import Panel
from chat2anyllm_desktop.ui.theme import Theme

_TASK = "search"
_PAUSE_MS = 80
"""Milliseconds without a key after which is looked: nobody wants what the first of several letters finds."""
_PATIENCE_MS = 400
"""After so many more it is said that this takes its time; what was found before stays until then."""


class _SearchPanel(Panel):
    width_wanted = 760
    rows_shown = 15


class Everywhere(QObject):
    """What was looked for last is there again when it is opened again.

    Signals: ``session_requested(id)``, ``message_requested(id, texts)``: a message, and what to mark in it, the best first.
    """

    session_requested = Signal(str)
    message_requested = Signal(str, object)

    def __init__(self, theme: Theme, window: QWidget, connections: Connections, tasks: Tasks) -> None:
        super().__init__(window)
        self._connections = connections
        self._tasks = tasks
        self.panel = _SearchPanel(theme, window, tr("Look in all sessions"), HitDelegate(theme))
        self.panel.typed.connect(self._on_typed)
        self.panel.chosen.connect(self._on_chosen)
        self.panel.closed.connect(self._stop)
        self.rows: Sequence[HitRow] = ()
        """As they stand from the top, headings among them."""
        self._answered: Search | None = None
        """What the rows and the words below them belong to; None while they belong to nothing."""
        self._away = False
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(lambda: self.panel.set_rows((), tr("Looking…")))
        connections.store_opened.connect(self._on_store_opened)
        connections.database_changed.connect(self._on_database_changed)

    def toggle(self) -> None:
        """Open it; close it where it is open."""
        if self.panel.isVisible():
            self.panel.dismiss()
        else:
            self.open()

    def open(self, text: str = "") -> None:
        """Look for ``text``, or for what was looked for last."""
        if text:
            self.panel.field.setText(text)
        search = self._search()
        if not search.words:
            self._show((), search)
        elif self._answered is None or self._answered.words != search.words:
            self._put((), "", None)  # What was found for something else.
        self.panel.open()
        self._look()  # Something may have been written since.

    def _search(self) -> Search:
        return Search(self.panel.field.text())

    def _on_typed(self) -> None:
        self.panel.behind = True
        self._pause.start()

    def _look(self) -> None:
        self._pause.stop()
        search = self._search()
        if search.words:
            # The one before ends at once: nobody waits for what it would have found.
            self._tasks.start(_TASK, self._run(search), ended=self._on_ended)
            self.panel.behind = self._answered is None or self._answered.words != search.words
            if not self.rows:
                self._patience.start()
        else:
            self._stop()
            self._show((), search)

    async def _run(self, search: Search) -> None:
        try:
            hits = await self._connections.store.search(search)
        except ChatError as error:
            self._put((), str(error), None)
            if isinstance(error, StoreUnavailableError):
                self._connections.on_store_lost()
            return
        self._show([HitRow.of(hit, search) for hit in hits], search)

    def _on_ended(self) -> None:
        """Also where it ended without an answer: then there is nothing to wait for."""
        if self.panel.behind and not self._tasks.is_running(_TASK) and not self._pause.isActive():
            self._put((), "", None)

    def _on_store_opened(self) -> None:
        """What was found is in another history, and what is looked for there may never be answered."""
        self._put((), "", None)
        if self.panel.isVisible():
            self._look()

    def _on_database_changed(self, state: ConnectionState) -> None:
        """What could not be looked for is looked for once the history is back."""
        was_away, self._away = self._away, state.health is Health.FAULT
        if was_away and not self._away and self._answered is None and self.panel.isVisible():
            self._look()

    def _show(self, found: Sequence[HitRow], search: Search) -> None:
        titles = [row for row in found if row.hit is not None and not row.hit.message_id]
        messages = list(found[len(titles) :])
        rows: list[HitRow] = []
        if titles:
            rows += [HitRow(tr("Titles")), *titles]
        if messages:
            rows += [HitRow(tr("Messages")), *messages]
        if not search.words:
            note = tr(
                "Words of any message or title, archived ones too. Put what belongs together in quotes."
            )
        elif not found:
            note = tr("“{text}” is in no message and no title.", text=" ".join(search.words))
        elif len(messages) == LIMIT:
            note = tr("The newest {n} messages are shown. More words find fewer.", n=LIMIT)
        else:
            note = ""
        self._put(rows, note, search)

    def _put(self, rows: Sequence[HitRow], note: str, answered: Search | None) -> None:
        self._patience.stop()
        self.rows, self._answered = rows, answered
        self.panel.set_rows(rows, note)
        if not self._pause.isActive():  # Else more has been typed since.
            self.panel.catch_up()

    def _stop(self) -> None:
        self._pause.stop()
        self._patience.stop()
        self.panel.behind = False
        self._tasks.cancel(_TASK)

    def _on_chosen(self, row: HitRow) -> None:
        hit = row.hit
        if hit is None:
            return
        if hit.message_id:
            self.message_requested.emit(hit.message_id, row.marks)
        else:
            self.session_requested.emit(hit.session_id)
