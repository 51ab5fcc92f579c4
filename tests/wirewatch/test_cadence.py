"""A source's habits are learnt from its items' dates; polls follow them, within bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from wirewatch.cadence import Adaptive, Cadence, learnt, rate_in_words

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def of_days(days: int, hours: range, a_week: range = range(7)) -> Cadence:
    """An item an hour in these hours of these days of the week, polled every hour."""
    cadence = None
    for hour in range(days * 24):
        now = MONDAY + hour * HOUR
        published = [now] if now.hour in hours and now.weekday() in a_week else []
        cadence = learnt(cadence, published, now)
    assert cadence is not None
    return cadence


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def test_items_a_day() -> None:
    assert of_days(10, range(24)).a_day == pytest.approx(24, rel=0.05)
    assert of_days(28, range(9, 17), range(5)).a_day == pytest.approx(40 / 7, rel=0.25)
    assert rate_in_words(40.2) == "40 a day"
    assert rate_in_words(3 / 7) == "3 a week"
    assert rate_in_words(1 / 30) == "1 a month"


def test_the_items_of_a_first_poll_tell_how_often_they_came() -> None:
    now = MONDAY + timedelta(days=3)
    cadence = learnt(None, [now - number * 2 * HOUR for number in range(30)], now)
    assert cadence is not None
    assert cadence.a_day == pytest.approx(12, rel=0.1)
    assert cadence.is_known


def test_items_count_once_and_what_is_old_or_to_come_not_at_all() -> None:
    now = MONDAY + timedelta(days=60)
    dates = [now - timedelta(days=59), now - HOUR, now + HOUR]
    cadence = learnt(None, dates, now)
    assert cadence is not None
    assert sum(cadence.hours) == 1
    assert learnt(cadence, dates, now) is cadence
    assert learnt(None, [], now) is None


def test_nights_and_weekends_are_learnt() -> None:
    cadence = of_days(28, range(9, 17), range(5))
    monday = MONDAY + timedelta(days=28)
    working = cadence.expected(seconds(monday + 9 * HOUR), seconds(monday + 17 * HOUR))
    night = cadence.expected(seconds(monday + 20 * HOUR), seconds(monday + 28 * HOUR))
    saturday = monday + timedelta(days=5)
    weekend = cadence.expected(seconds(saturday), seconds(saturday + 48 * HOUR))
    assert working == pytest.approx(8, rel=0.25)
    assert night < 0.5
    assert weekend < 2.5


def test_days_of_the_week_do_not_differ_before_they_are_known() -> None:
    cadence = of_days(5, range(24))
    sunday = MONDAY + timedelta(days=6)
    assert cadence.expected(seconds(sunday), seconds(sunday + 24 * HOUR)) == pytest.approx(24, rel=0.1)


def test_what_is_stored_comes_out_again_and_is_small() -> None:
    cadence = of_days(20, range(6, 20))
    stored = cadence.stored()
    again = Cadence.from_stored(stored)
    assert again is not None
    assert again.a_day == pytest.approx(cadence.a_day, rel=0.01)
    assert again.stored() == stored
    assert len(str(stored)) < 400
    assert Cadence.from_stored(None) is None


def test_an_adaptive_source_is_polled_as_often_as_it_publishes() -> None:
    adaptive, every = Adaptive(timedelta(minutes=2), timedelta(hours=6)), timedelta(minutes=15)
    busy, office = of_days(10, range(24)), of_days(28, range(9, 17))
    after_busy, after_office = MONDAY + timedelta(days=10), MONDAY + timedelta(days=28)
    assert adaptive.wait(None, every, MONDAY) == every
    assert timedelta(minutes=20) < adaptive.wait(busy, every, after_busy) < timedelta(minutes=40)
    morning, evening = after_office + 10 * HOUR, after_office + 18 * HOUR
    at_work = learnt(office, [morning], morning)
    assert adaptive.wait(at_work, every, morning) < timedelta(minutes=45)
    assert adaptive.wait(office, every, evening) == timedelta(hours=6)


def test_bounds_hold_and_a_silence_makes_polls_rarer() -> None:
    adaptive = Adaptive(timedelta(hours=1), timedelta(hours=2))
    cadence, now = of_days(10, range(24)), MONDAY + timedelta(days=10)
    assert adaptive.wait(cadence, HOUR, now) == HOUR
    assert adaptive.wait(cadence, HOUR, now + timedelta(days=30)) == 2 * HOUR
    wide = Adaptive(timedelta(minutes=1), timedelta(days=1))
    assert wide.wait(cadence, HOUR, now + timedelta(days=4)) == pytest.approx(6 * HOUR, rel=0.02)
