"""The sessions as a list model: groups, filter, marks. Changes come as small moves, not as a new list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from PySide6.QtCore import QAbstractListModel, QLocale, QModelIndex, QObject, Qt, QTime, Signal

from chat2anyllm_desktop.core.language import mark, tr
from chat2anyllm_desktop.core.models import Session, utc_now
from chat2anyllm_desktop.ui.docks.grouping import grouped, local_day
from chat2anyllm_desktop.ui.docks.rows import KEY_ROLE, ROW_ROLE, Index, Row
from chat2anyllm_desktop.ui.plain_text import tooltip

_HEADING = "\N{SECTION SIGN}"  # no id begins with it
_NO_PARENT = QModelIndex()
_WEEKDAYS = (mark("Mon"), mark("Tue"), mark("Wed"), mark("Thu"), mark("Fri"), mark("Sat"), mark("Sun"))
_MONTHS = (
    *(mark("Jan"), mark("Feb"), mark("Mar"), mark("Apr"), mark("May"), mark("Jun")),
    *(mark("Jul"), mark("Aug"), mark("Sep"), mark("Oct"), mark("Nov"), mark("Dec")),
)
_MANY = 64
"""From so many changed sessions on, one reset costs less than their moves."""


class SessionModel(QAbstractListModel):
    """Signals: ``rename_requested(id, title)`` when a row was renamed in place; the new title shows once upserted.
    ``row_changed(index)`` when a row looks different, in place of ``dataChanged``: at that a list view lays out every row
    again, which takes 13 ms for 10,000 of them.
    """

    rename_requested = Signal(str, str)
    row_changed = Signal(QModelIndex)

    def __init__(
        self, parent: QObject, clock: Callable[[], datetime] = utc_now, zone: tzinfo | None = None
    ) -> None:
        super().__init__(parent)
        self._clock, self._zone = clock, zone
        self._sessions: dict[str, Session] = {}
        self._rows: list[str] = []
        self._filter = ""
        self._streaming: set[str] = set()
        self._unread: set[str] = set()
        self._current: str | None = None
        self._held: set[str] | None = None
        self._stale = False
        """What was held is more than some rows."""

    def set_sessions(self, sessions: Iterable[Session]) -> None:
        """Show these and no others."""
        self._sessions = {session.id: session for session in sessions}
        self.regroup()

    def regroup(self) -> None:
        """Order everything anew: after midnight, or when the filter has changed."""
        if self._held is not None:
            self._stale = True
            return
        self.beginResetModel()
        self._rows = self._wanted()
        self.endResetModel()

    def upsert(self, sessions: Sequence[Session]) -> None:
        """Add or replace; the other rows stay where they are."""
        stay = not self._filter and all(_same_place(self._sessions.get(s.id), s) for s in sessions)
        for session in sessions:
            self._sessions[session.id] = session
        touched = {session.id for session in sessions}
        if stay:
            self._repaint(touched)
        else:
            self._follow(touched)

    def remove(self, session_id: str) -> None:
        if self._sessions.pop(session_id, None) is not None:
            self._follow({session_id})

    def hold(self, held: bool) -> None:
        """Keep the rows where they are while one of them is being renamed."""
        waiting, self._held = self._held, set() if held else None
        stale, self._stale = self._stale, False
        if stale and not held:
            self.regroup()
        elif waiting and not held:
            self._follow(waiting)

    def set_filter(self, text: str) -> None:
        """Show the sessions whose title holds every word of ``text``."""
        self._filter = text.casefold().strip()
        self.regroup()

    @property
    def filter(self) -> str:
        return self._filter

    def set_current(self, session_id: str | None) -> None:
        before, self._current = self._current, session_id
        self._repaint({before or "", session_id or ""})

    def set_streaming(self, session_id: str, streaming: bool) -> None:
        (self._streaming.add if streaming else self._streaming.discard)(session_id)
        self._repaint({session_id})

    def set_unread(self, session_id: str, unread: bool) -> None:
        (self._unread.add if unread else self._unread.discard)(session_id)
        self._repaint({session_id})

    def session(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def index_of(self, session_id: str | None) -> QModelIndex:
        """Its index, or an invalid one when it is not on show."""
        return self.index(self._rows.index(session_id)) if session_id in self._rows else QModelIndex()

    def shown(self) -> list[str]:
        """Ids of the sessions on show, from the top."""
        return [key for key in self._rows if not key.startswith(_HEADING)]

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self._rows[index.row()].startswith(_HEADING):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        key = self._rows[index.row()]
        if key.startswith(_HEADING):
            name = key[len(_HEADING) :]
            if role == ROW_ROLE:
                return Row(name, heading=True)
            return name if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) else None
        if role == KEY_ROLE:
            return key
        session = self._sessions.get(key)
        if session is None:  # removed while the rows were held
            return Row("") if role == ROW_ROLE else None
        if role == ROW_ROLE:
            return Row(
                session.shown_title,
                self._when(session.updated_at),
                busy=key in self._streaming,
                unread=key in self._unread,
                chosen=key == self._current,
            )
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return session.shown_title
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(session.shown_title)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._words(session)
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        self.rename_requested.emit(self._rows[index.row()], str(value))
        return True

    def _wanted(self) -> list[str]:
        words = self._filter.split()
        sessions: Iterable[Session] = self._sessions.values()
        if words:
            sessions = [s for s in sessions if all(word in s.shown_title.casefold() for word in words)]
        rows: list[str] = []
        for group in grouped(sessions, self._clock(), self._zone):
            rows.append(_HEADING + group.name)
            rows += [session.id for session in group.sessions]
        return rows

    def _follow(self, touched: set[str]) -> None:
        """Bring the rows to their wanted order. Only the touched ones move: the order of the others cannot change."""
        if self._held is not None:
            self._held |= touched
            return
        wanted = self._wanted()
        if wanted == self._rows:
            self._repaint(touched)
        elif len(touched) >= _MANY:
            self.regroup()
        else:
            self._move(wanted, touched)

    def _move(self, wanted: list[str], touched: set[str]) -> None:
        keep = set(wanted) - touched
        for row in reversed(range(len(self._rows))):
            if self._rows[row] not in keep:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._rows[row]
                self.endRemoveRows()
        for row, key in enumerate(wanted):
            if row >= len(self._rows) or self._rows[row] != key:
                self.beginInsertRows(QModelIndex(), row, row)
                self._rows.insert(row, key)
                self.endInsertRows()
        if self._rows != wanted:  # the day has changed in between
            self.regroup()

    def _repaint(self, keys: set[str]) -> None:
        for key in keys:
            index = self.index_of(key)
            if index.isValid():
                self.row_changed.emit(index)

    def _when(self, moment: datetime) -> str:
        return when_words(moment, self._clock(), self._zone)

    def _words(self, session: Session) -> str:
        parts = [session.shown_title, self._when(session.updated_at)]
        parts += [tr("answering")] if session.id in self._streaming else []
        parts += [tr("unread")] if session.id in self._unread else []
        parts += [tr("open")] if session.id == self._current else []
        return tr(", ").join(parts)


def when_words(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Short, for the right edge of a row: a time, a weekday or a date."""
    local = moment.astimezone(zone)
    age = local_day(now, zone) - local.date()
    if age < timedelta(days=2):
        return QLocale.system().toString(QTime(local.hour, local.minute), QLocale.FormatType.ShortFormat)
    if age < timedelta(days=7):
        return tr(_WEEKDAYS[local.weekday()])
    return tr("{day} {month}", day=local.day, month=tr(_MONTHS[local.month - 1]))


def _same_place(before: Session | None, now: Session) -> bool:
    return before is not None and (before.updated_at, before.pinned, before.archived_at) == (
        now.updated_at,
        now.pinned,
        now.archived_at,
    )
