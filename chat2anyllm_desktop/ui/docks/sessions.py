"""The sessions panel: find, open, rename, pin, archive, duplicate, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from chat2anyllm_desktop.core.language import mark, tr
from chat2anyllm_desktop.core.models import Session, utc_now
from chat2anyllm_desktop.ui.docks.dock import Dock
from chat2anyllm_desktop.ui.docks.grouping import next_midnight
from chat2anyllm_desktop.ui.docks.rows import KEY_ROLE, RowList
from chat2anyllm_desktop.ui.docks.session_model import SessionModel
from chat2anyllm_desktop.ui.filter_field import FilterField
from chat2anyllm_desktop.ui.telling import Telling
from chat2anyllm_desktop.ui.theme import SPACE_M, SPACE_S, Theme

_NARROWEST = 200
"""Pixels at 100 % text."""
_NONE_YET = mark("No sessions yet. What you ask first becomes the title of one.")


class SessionsDock(Dock):
    """Shows the sessions it is given; every change is a wish.

    Signals: ``session_requested(id)``, ``new_requested``, ``rename_requested(id, title)``, ``pin_requested(id, pinned)``,
    ``archive_requested(id, archived)``, ``duplicate_requested(id)``, ``export_requested(id)``, ``link_requested(id)``,
    ``delete_requested(id)``, ``archived_requested(shown)`` when the switch for archived sessions was turned.
    """

    session_requested = Signal(str)
    new_requested = Signal()
    rename_requested = Signal(str, str)
    pin_requested = Signal(str, bool)
    archive_requested = Signal(str, bool)
    duplicate_requested = Signal(str)
    export_requested = Signal(str)
    link_requested = Signal(str)
    delete_requested = Signal(str)
    archived_requested = Signal(bool)

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        clock: Callable[[], datetime] = utc_now,
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__("sessions_dock", tr("Sessions"), tr("New session"), theme, parent, "new_session")
        self._clock, self._zone = clock, zone
        self._current: str | None = None
        self.add_requested.connect(self.new_requested)
        self.show_archived = QAction(tr("Show archived"), self, checkable=True)
        self.show_archived.toggled.connect(self.archived_requested)
        self.extras.append(self.show_archived)

        self._filter = FilterField(theme, tr("Filter sessions"))
        self._filter.textChanged.connect(self._on_filter)
        self._filter.entered.connect(self._on_filter_entered)
        self._filter.moved.connect(self._on_filter_left)
        self._telling = Telling(self._filter)
        row = QHBoxLayout()
        row.setContentsMargins(SPACE_M, 0, SPACE_M, SPACE_S)
        row.addWidget(self._filter)

        self.model = SessionModel(self, clock, zone)
        self.model.rename_requested.connect(self.rename_requested)
        self.list = RowList(theme, tr("Sessions"))
        self.list.setModel(self.model)
        self.model.row_changed.connect(self.list.update)
        self.list.empty_text = tr(_NONE_YET)
        self.list.delegate.editing_changed.connect(self.model.hold)
        self.list.opened.connect(self.session_requested)
        self.list.delete_pressed.connect(self.delete_requested)
        self.list.menu_asked.connect(self._open_row_menu)
        self.body.addLayout(row)
        self.body.addWidget(self.list, 1)
        self._midnight = QTimer(self, singleShot=True)
        self._midnight.timeout.connect(self._on_midnight)
        self._await_midnight()

    def set_sessions(self, sessions: Iterable[Session]) -> None:
        """Show these and no others; what has the keyboard keeps it."""
        focused = self._focused()
        self.model.set_sessions(sessions)
        self._focus(focused)
        self._reveal()

    def upsert_session(self, session: Session) -> None:
        """Show one that is new or has changed."""
        self.upsert_sessions([session])

    def upsert_sessions(self, sessions: Sequence[Session]) -> None:
        """Show those that are new or have changed; what has the keyboard and what is in view stay so."""
        focused = self._focused()
        in_view = self._is_in_view(self._current)
        self.model.upsert(sessions)
        self._focus(focused)
        if in_view:
            self._reveal()

    def remove_session(self, session_id: str) -> None:
        self.model.remove(session_id)

    def set_current(self, session_id: str | None) -> None:
        """Mark the open session and bring it into view."""
        self._current = session_id
        self.model.set_current(session_id)
        self._focus(session_id)
        self._reveal()

    def set_streaming(self, session_id: str, streaming: bool) -> None:
        self.model.set_streaming(session_id, streaming)

    def set_unread(self, session_id: str, unread: bool) -> None:
        self.model.set_unread(session_id, unread)

    def neighbour(self, step: int) -> str | None:
        """The session so many rows below the open one (above: negative), as shown; None at the ends."""
        shown = self.model.shown()
        if self._current not in shown:
            return shown[0] if shown else None
        position = shown.index(self._current) + step
        return shown[position] if 0 <= position < len(shown) else None

    def rename(self, session_id: str) -> None:
        """Open the field for a new title in its row."""
        index = self.model.index_of(session_id)
        if index.isValid():
            self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.list.setCurrentIndex(index)
            self.list.edit(index)

    def _dress(self) -> None:
        super()._dress()
        self.setMinimumWidth(self.theme.scaled(_NARROWEST))

    def focus_filter(self) -> None:
        self._filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter.selectAll()

    def _on_filter(self, text: str) -> None:
        sought = text.strip()
        self.list.empty_text = tr("No session is called “{text}”.", text=sought) if sought else tr(_NONE_YET)
        self.model.set_filter(text)
        self._telling.tell(lambda: tr("{n} session(s)", n=len(self.model.shown())))
        self._reveal()

    def _on_filter_entered(self) -> None:
        if shown := self.model.shown():
            self.session_requested.emit(shown[0])

    def _on_filter_left(self, steps: int) -> None:
        if steps > 0 and (shown := self.model.shown()):
            self.list.setFocus(Qt.FocusReason.TabFocusReason)
            self._focus(shown[0])

    def _open_row_menu(self, session_id: str, place: QPoint) -> None:
        session = self.model.session(session_id)
        if session is None:
            return
        archived = session.archived_at is not None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(session.shown_title)
        menu.addAction(tr("Rename"), "F2", lambda: self.rename(session_id))
        menu.addAction(
            tr("Unpin") if session.pinned else tr("Pin"),
            lambda: self.pin_requested.emit(session_id, not session.pinned),
        )
        menu.addAction(tr("Duplicate"), lambda: self.duplicate_requested.emit(session_id))
        menu.addAction(tr("Export…"), lambda: self.export_requested.emit(session_id))
        menu.addAction(tr("Copy link to session"), lambda: self.link_requested.emit(session_id))
        menu.addAction(
            tr("Bring back from the archive") if archived else tr("Archive"),
            lambda: self.archive_requested.emit(session_id, not archived),
        )
        menu.addSeparator()
        menu.addAction(tr("Delete"), "Del", lambda: self.delete_requested.emit(session_id))
        menu.popup(place)

    def _focused(self) -> str | None:
        key: str | None = self.list.currentIndex().data(KEY_ROLE)
        return key

    def _focus(self, session_id: str | None) -> None:
        index = self.model.index_of(session_id)
        if index.isValid():
            self.list.setCurrentIndex(index)

    def _is_in_view(self, session_id: str | None) -> bool:
        index = self.model.index_of(session_id)
        return index.isValid() and self.list.viewport().rect().intersects(self.list.visualRect(index))

    def _reveal(self) -> None:
        index = self.model.index_of(self._current)
        if index.isValid():
            self.list.scrollTo(index)

    def _await_midnight(self) -> None:
        wait = (next_midnight(self._clock(), self._zone) - self._clock()).total_seconds()
        self._midnight.start(int(max(wait, 1) * 1000) + 500)

    def _on_midnight(self) -> None:
        self.model.regroup()
        self._await_midnight()
