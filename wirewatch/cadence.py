"""How often a source publishes, learnt from when its items came: a day's total, its hours, its days of the week."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

HOUR, DAY = 3600, 86400
HALF_LIFE = 14 * DAY
"""Seconds after which an item counts for half: habits change."""
MEMORY = 28 * DAY
"""Seconds: older items say nothing of today, and no silence is followed for longer."""
HOURS_KNOWN_AFTER, DAYS_KNOWN_AFTER = 3 * DAY, 14 * DAY
"""Seconds of watching until hours differ, and days of the week."""
ENOUGH_ITEMS = 8.0
ENOUGH_TIME = DAY
LONGEST_GAP = 20.0


@dataclass(frozen=True, slots=True)
class Cadence:
    """What is known of a source's habits; moments are seconds since 1970, hours and days of the week are UTC."""

    since: int
    newest: int
    """When the newest item came."""
    at: int
    """The moment at which the counts are what they say; older items count for less and less."""
    hours: tuple[float, ...]
    days: tuple[float, ...]
    longest: float = 0.0
    """How many items were to be expected in the longest silence of late."""

    @classmethod
    def from_stored(cls, stored: Any) -> Self | None:
        """Read what `stored` gave."""
        if not stored:
            return None
        since, newest, at, longest, hours, days = stored
        return cls(since, newest, at, tuple(hours), tuple(days), longest)

    def stored(self) -> list[Any]:
        """As JSON, and small: every source has one."""
        hours, days = ([round(count, 3) for count in counts] for counts in (self.hours, self.days))
        return [self.since, self.newest, self.at, round(self.longest, 2), hours, days]

    @property
    def is_known(self) -> bool:
        """Whether enough was seen to go by."""
        return sum(self.hours) >= ENOUGH_ITEMS and self.at - self.since >= ENOUGH_TIME

    @property
    def a_day(self) -> float:
        """Items a day while the source was last heard of."""
        watched = max(self.at - self.since, HOUR)
        return sum(self.hours) / (_decayed_time(watched) / DAY)

    def expected(self, start: int, end: int) -> float:
        """How many items usually come between two moments."""
        return sum(rate * (upto - begin) for begin, upto, rate in self._pieces(start, min(end, start + MEMORY)))

    def expected_by(self, items: float, start: int, most: int) -> int:
        """Seconds after `start` until so many items are to be expected; `most` where that takes longer."""
        left = items
        for begin, upto, rate in self._pieces(start, start + most):
            if rate * (upto - begin) >= left:
                return begin - start + int(left / rate)
            left -= rate * (upto - begin)
        return most

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int, float]]:
        """(begin, end, items a second) of each clock hour between two moments."""
        watched, total = self.at - self.since, sum(self.hours)
        by_hour, by_day = watched >= HOURS_KNOWN_AFTER, watched >= DAYS_KNOWN_AFTER
        average = self.a_day / DAY
        while start < end:
            upto = min(end, (start // HOUR + 1) * HOUR)
            rate = average
            if by_hour:  # half an item is added everywhere: an hour that never had one may have one yet
                rate *= (self.hours[_hour(start)] + 0.5) / (total + 12) * 24
            if by_day:
                rate *= (self.days[_day(start)] + 0.5) / (total + 3.5) * 7
            yield start, upto, rate
            start = upto


def learnt(before: Cadence | None, published: Iterable[datetime], now: datetime) -> Cadence | None:
    """The cadence after items that were published at these moments; those that it knows already change nothing."""
    today = int(now.timestamp())
    after = max(today - MEMORY, before.newest if before else 0)
    moments = sorted(moment for moment in (int(each.timestamp()) for each in published) if after < moment <= today)
    if not moments:
        return before
    if before is None:
        before = Cadence(moments[0], moments[0], moments[0], (0.0,) * 24, (0.0,) * 7)
    faded = _fading(moments[-1] - before.at)
    hours, days = [count * faded for count in before.hours], [count * faded for count in before.days]
    for moment in moments:
        counts = _fading(moments[-1] - moment)
        hours[_hour(moment)] += counts
        days[_day(moment)] += counts
    gap = before.expected(before.newest, moments[0]) if before.is_known else 0.0
    longest = max(before.longest * _fading((moments[-1] - before.at) / 2), min(gap, LONGEST_GAP))
    return Cadence(before.since, moments[-1], moments[-1], tuple(hours), tuple(days), longest)


@dataclass(frozen=True, slots=True)
class Adaptive:
    """Polling as often as a source publishes, within bounds."""

    least: timedelta
    most: timedelta

    def wait(self, cadence: Cadence | None, every: timedelta, now: datetime) -> timedelta:
        """Until half an item is to be expected; `every` while too little is known.

        A silence makes the wait longer than that, to a sixteenth of its length: the source may have ended.
        """
        if cadence is None or not cadence.is_known:
            return min(max(every, self.least), self.most)
        today = int(now.timestamp())
        seconds = cadence.expected_by(0.5, today, int(self.most.total_seconds()))
        seconds = max(seconds, (today - cadence.newest) // 16)
        return min(max(timedelta(seconds=seconds), self.least), self.most)


def rate_in_words(a_day: float) -> str:
    """`40 a day`, `3 a week`, `1 a month`."""
    for number, period in ((a_day, "day"), (a_day * 7, "week")):
        if number >= 1:
            return f"{number:.0f} a {period}"
    return f"{max(1, round(a_day * 30))} a month"


def moment_of(seconds: int) -> datetime:
    """The moment that a cadence's number stands for."""
    return datetime.fromtimestamp(seconds, UTC)


def _fading(seconds: float) -> float:
    return math.exp2(-max(seconds, 0) / HALF_LIFE)


def _decayed_time(seconds: float) -> float:
    """So many seconds of watching, counted as items are: the far ones for less."""
    return (1 - _fading(seconds)) * HALF_LIFE / math.log(2)


def _hour(moment: int) -> int:
    return moment // HOUR % 24


def _day(moment: int) -> int:
    return moment // DAY % 7
