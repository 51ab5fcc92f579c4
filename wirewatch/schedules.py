"""When a schedule is due and quiet hours end, by the clocks of their place: right over the change of summer time.

A time that the clocks skip is due when they have skipped it; one that they show twice, the first time only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from wirewatch.policy import Every, QuietHours, Schedule

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """The first moment of a schedule after one, in UTC."""
    return next(moment for moment in _moments(schedule, after - _DAY) if moment > after)


def last_due(schedule: Schedule, until: datetime) -> datetime:
    """The latest moment of a schedule that is not after one, in UTC."""
    back = {Every.HOUR: 3 * _HOUR, Every.DAY: 3 * _DAY, Every.WEEK: 9 * _DAY}[schedule.every]
    latest = until - back
    for moment in _moments(schedule, until - back):
        if moment > until:
            break
        latest = moment
    return latest


def quiet_until(quiet: QuietHours | None, moment: datetime) -> datetime | None:
    """When the quiet hours that hold at a moment end, in UTC; None where none do."""
    if quiet is None:
        return None
    zone = ZoneInfo(quiet.timezone)
    today = moment.astimezone(zone).date()
    for begun in (today - _DAY, today):
        if begun.weekday() not in {day.number for day in quiet.days}:
            continue
        ended = begun if quiet.start < quiet.end else begun + _DAY
        if _local(begun, quiet.start, zone) <= moment < (end := _local(ended, quiet.end, zone)):
            return end
    return None


def _moments(schedule: Schedule, since: datetime) -> Iterator[datetime]:
    """The schedule's moments in order, from about `since` on, without end."""
    zone = ZoneInfo(schedule.timezone)
    if schedule.every is Every.HOUR:
        # By the minute of the local hour, which differs from UTC's where a zone is half an hour off.
        local = since.astimezone(zone)
        moment = since.replace(second=0, microsecond=0) + timedelta(minutes=(schedule.minute - local.minute) % 60)
        while True:
            yield moment.astimezone(UTC)
            moment += _HOUR
    day = since.astimezone(zone).date()
    while True:
        if schedule.every is Every.DAY or day.weekday() == schedule.weekday.number:
            yield _local(day, schedule.minute, zone)
        day += _DAY


def _local(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)
