"""Sessions in the order of the panel: pinned, today, yesterday, the last days, months, archived.

Days are days of the wall clock, so a day of 23 or 25 hours counts as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from chat2anyllm_desktop.core.language import mark, tr
from chat2anyllm_desktop.core.models import Session

_MONTHS = (
    mark("January"),
    mark("February"),
    mark("March"),
    mark("April"),
    mark("May"),
    mark("June"),
    mark("July"),
    mark("August"),
    mark("September"),
    mark("October"),
    mark("November"),
    mark("December"),
)


@dataclass(frozen=True, slots=True)
class Group:
    """A heading and what stands under it, newest first. Never empty."""

    name: str
    sessions: Sequence[Session]


def grouped(sessions: Iterable[Session], now: datetime, zone: tzinfo | None = None) -> list[Group]:
    """Group and order sessions. ``zone`` None is the zone of this computer."""
    newest_first = sorted(sessions, key=lambda session: (session.updated_at, session.id), reverse=True)
    pinned = [s for s in newest_first if s.pinned and s.archived_at is None]
    archived = [s for s in newest_first if s.archived_at is not None]
    groups = [Group(tr("Pinned"), pinned)] if pinned else []
    today = now.astimezone(zone).date()
    name, start = tr("Today"), _midnight(today, zone)
    members: list[Session] = []
    for session in newest_first:
        if session.pinned or session.archived_at is not None:
            continue
        if session.updated_at < start:
            if members:
                groups.append(Group(name, members))
            members = []
            name, start = _group_of(session.updated_at, today, zone)
        members.append(session)
    if members:
        groups.append(Group(name, members))
    if archived:
        groups.append(Group(tr("Archived"), archived))
    return groups


def local_day(moment: datetime, zone: tzinfo | None = None) -> date:
    """The day of the wall clock on which a moment fell."""
    return moment.astimezone(zone).date()


def next_midnight(now: datetime, zone: tzinfo | None = None) -> datetime:
    """When the headings change next."""
    return _midnight(local_day(now, zone) + timedelta(days=1), zone)


def _group_of(moment: datetime, today: date, zone: tzinfo | None) -> tuple[str, datetime]:
    """The heading of a moment before today, and when its stretch of time begins."""
    day = local_day(moment, zone)
    if day >= today - timedelta(days=1):
        return tr("Yesterday"), _midnight(today - timedelta(days=1), zone)
    if day >= today - timedelta(days=7):
        return tr("Previous 7 days"), _midnight(today - timedelta(days=7), zone)
    month = tr(_MONTHS[day.month - 1])
    name = month if day.year == today.year else tr("{month} {year}", month=month, year=day.year)
    return name, _midnight(day.replace(day=1), zone)


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)
