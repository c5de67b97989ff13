"""Groups of the sessions panel at a fixed moment, across months, years and clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from chat2anyllm_desktop.core.models import Session
from chat2anyllm_desktop.ui.docks.grouping import grouped, next_midnight

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)


def session(name: str, updated: datetime, *, pinned: bool = False, archived: bool = False) -> Session:
    return Session(
        id=name,
        title=name,
        created_at=updated,
        updated_at=updated,
        pinned=pinned,
        archived_at=updated if archived else None,
    )


def names(sessions: list[Session], now: datetime, zone: ZoneInfo = BERLIN) -> list[tuple[str, list[str]]]:
    return [(group.name, [s.id for s in group.sessions]) for group in grouped(sessions, now, zone)]


def test_every_group_in_its_order_newest_first() -> None:
    sessions = [
        session("last year", datetime(2025, 11, 30, tzinfo=UTC)),
        session("october b", datetime(2026, 10, 2, tzinfo=UTC)),
        session("october a", datetime(2026, 10, 30, tzinfo=UTC)),
        session("eight days", NOW - timedelta(days=8)),
        session("week", NOW - timedelta(days=7)),
        session("yesterday", NOW - timedelta(days=1)),
        session("early", NOW - timedelta(hours=2)),
        session("now", NOW),
        session("pinned", datetime(2024, 1, 1, tzinfo=UTC), pinned=True),
        session("archived", NOW, archived=True),
        session("archived pin", NOW - timedelta(days=2), pinned=True, archived=True),
    ]
    assert names(sessions, NOW) == [
        ("Pinned", ["pinned"]),
        ("Today", ["now", "early"]),
        ("Yesterday", ["yesterday"]),
        ("Previous 7 days", ["week"]),
        ("November", ["eight days"]),
        ("October", ["october a", "october b"]),
        ("November 2025", ["last year"]),
        ("Archived", ["archived", "archived pin"]),
    ]


def test_nothing_gives_nothing() -> None:
    assert grouped([], NOW, BERLIN) == []


def test_the_day_is_that_of_the_wall_clock() -> None:
    late = datetime(2026, 11, 11, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
    assert names([session("late", late)], NOW) == [("Today", ["late"])]
    assert names([session("late", late)], NOW, ZoneInfo("UTC")) == [("Yesterday", ["late"])]


def test_a_day_of_twenty_five_hours_is_one_day() -> None:
    # Clocks went back on 25 October 2026, so that Sunday began 25 hours before Monday.
    monday = datetime(2026, 10, 26, 8, 0, tzinfo=BERLIN)
    first_minute = datetime(2026, 10, 25, 0, 1, tzinfo=BERLIN)
    before = datetime(2026, 10, 24, 23, 59, tzinfo=BERLIN)
    assert names([session("first", first_minute), session("before", before)], monday) == [
        ("Yesterday", ["first"]),
        ("Previous 7 days", ["before"]),
    ]


def test_a_day_of_twenty_three_hours_is_one_day() -> None:
    monday = datetime(2026, 3, 30, 8, 0, tzinfo=BERLIN)
    sunday = datetime(2026, 3, 29, 0, 1, tzinfo=BERLIN)
    saturday = datetime(2026, 3, 28, 23, 59, tzinfo=BERLIN)
    assert names([session("sunday", sunday), session("saturday", saturday)], monday) == [
        ("Yesterday", ["sunday"]),
        ("Previous 7 days", ["saturday"]),
    ]


def test_a_clock_that_runs_ahead_elsewhere_means_today() -> None:
    assert names([session("ahead", NOW + timedelta(days=2))], NOW) == [("Today", ["ahead"])]


def test_equal_times_have_one_order() -> None:
    twins = [session("a", NOW), session("b", NOW)]
    assert names(twins, NOW) == names(twins[::-1], NOW) == [("Today", ["b", "a"])]


def test_midnight_knows_the_clock_change() -> None:
    saturday = datetime(2026, 10, 24, 12, 0, tzinfo=BERLIN)
    assert next_midnight(saturday, BERLIN) == datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    sunday = datetime(2026, 10, 25, 12, 0, tzinfo=BERLIN)
    assert next_midnight(sunday, BERLIN) == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)
