"""Schedules and quiet hours by the clocks of a place, over the change of summer time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.policy import Every, QuietHours, Schedule, Severity, Weekday
from wirewatch.schedules import last_due, next_due, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
EIGHT = Schedule(Every.DAY, 8 * 60, "Europe/Berlin")


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)


def due(schedule: Schedule, since: datetime, number: int) -> list[datetime]:
    moments = []
    for _ in range(number):
        since = next_due(schedule, since)
        moments.append(since)
    return moments


def test_a_day_has_one_moment_whatever_the_clocks_do():
    # In 2026 summer time begins on 29 March and ends on 25 October.
    assert due(EIGHT, utc(2026, 3, 27, 12), 3) == [utc(2026, 3, 28, 7), utc(2026, 3, 29, 6), utc(2026, 3, 30, 6)]
    assert due(EIGHT, utc(2026, 10, 23, 12), 3) == [utc(2026, 10, 24, 6), utc(2026, 10, 25, 7), utc(2026, 10, 26, 7)]


def test_a_time_that_the_clocks_skip_comes_once_and_one_they_show_twice_once():
    half_past_two = Schedule(Every.DAY, 2 * 60 + 30, "Europe/Berlin")
    skipped = due(half_past_two, utc(2026, 3, 28, 2), 2)
    assert skipped == [utc(2026, 3, 29, 1, 30), utc(2026, 3, 30, 0, 30)]
    twice = due(half_past_two, utc(2026, 10, 24, 2), 2)
    assert twice == [utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)]


def test_weekly_and_hourly():
    weekly = Schedule(Every.WEEK, 9 * 60, "UTC", weekday=Weekday.FRIDAY)
    assert due(weekly, utc(2026, 11, 22), 2) == [utc(2026, 11, 27, 9), utc(2026, 12, 4, 9)]
    assert last_due(weekly, utc(2026, 11, 22)) == utc(2026, 11, 20, 9)
    assert next_due(weekly, utc(2026, 11, 27, 9)) == utc(2026, 12, 4, 9)
    kathmandu = Schedule(Every.HOUR, 0, "Asia/Kathmandu")  # 5:45 ahead of UTC
    assert due(kathmandu, utc(2026, 11, 22, 2, 44), 2) == [utc(2026, 11, 22, 3, 15), utc(2026, 11, 22, 4, 15)]


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 (as it wants them)
    st.sampled_from(Every),
    st.integers(0, 1439),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_last_and_next_are_neighbours_and_no_moment_is_left_out(moment, every, minute, zone):
    schedule = Schedule(every, minute, zone)
    before, after = last_due(schedule, moment), next_due(schedule, moment)
    assert before <= moment < after
    assert next_due(schedule, before) == after
    assert last_due(schedule, after) == after
    most = {Every.HOUR: timedelta(hours=1.5), Every.DAY: timedelta(hours=25), Every.WEEK: timedelta(days=7, hours=1)}
    assert after - before <= most[every]
    if every is not Every.HOUR:
        assert (after.astimezone(ZoneInfo(zone)).date() - before.astimezone(ZoneInfo(zone)).date()).days in (1, 7)


def test_quiet_hours_end_by_the_clocks_over_midnight_and_summer_time():
    night = QuietHours(22 * 60, 7 * 60, "Europe/Berlin")
    assert quiet_until(night, utc(2026, 3, 28, 20, 59)) is None
    assert quiet_until(night, utc(2026, 3, 28, 21)) == utc(2026, 3, 29, 5)
    assert quiet_until(night, utc(2026, 3, 29, 4, 59)) == utc(2026, 3, 29, 5)
    assert quiet_until(night, utc(2026, 3, 29, 5)) is None
    assert quiet_until(None, utc(2026, 3, 29)) is None
    noon = QuietHours(12 * 60, 13 * 60, "UTC", days=(Weekday.MONDAY,))
    assert quiet_until(noon, utc(2026, 11, 23, 12, 30)) == utc(2026, 11, 23, 13)
    assert quiet_until(noon, utc(2026, 11, 24, 12, 30)) is None


def test_severities_are_ordered():
    assert Severity.HIGH.reaches(Severity.NORMAL)
    assert Severity.NORMAL.reaches(Severity.NORMAL)
    assert not Severity.LOW.reaches(Severity.NORMAL)
    assert not Severity.HIGH.reaches(None)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (EIGHT, "daily at 08:00 Europe/Berlin"),
        (Schedule(Every.HOUR, 5, "UTC"), "hourly at :05"),
        (Schedule(Every.WEEK, 1000, "UTC", Weekday.SUNDAY), "weekly on Sunday at 16:40 UTC"),
    ],
)
def test_they_say_when(schedule, said):
    assert str(schedule) == said
