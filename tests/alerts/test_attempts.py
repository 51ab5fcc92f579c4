"""When a failed message is tried again."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from alerts import next_attempt

KEY = b"k" * 16


def waits(now, key=KEY, retry_after=None):
    return [(next_attempt(number, now, now, retry_after, key) - now).total_seconds() for number in range(1, 13)]


def test_waits_grow_to_an_hour_and_no_further(now):
    found = waits(now)
    assert 5 <= found[0] <= 10
    assert all(later >= earlier for earlier, later in pairwise(found[:9]))
    assert all(1800 <= wait <= 3600 for wait in found[9:])


def test_the_same_message_waits_the_same_and_others_differently(now):
    assert waits(now) == waits(now)
    assert len({wait for number in range(50) for wait in waits(now, key=bytes([number]) * 16)[:1]}) > 40


def test_never_before_what_the_server_asked_for(now):
    assert min(waits(now, retry_after=7200.0)) == 7200
    assert waits(now, retry_after=-5.0) == waits(now) == waits(now, retry_after=0.0)


def test_given_up_after_a_day(now):
    last = now + timedelta(hours=24) - timedelta(seconds=1)
    assert next_attempt(20, now, last, None, KEY) is not None
    assert next_attempt(1, now, now + timedelta(hours=24), None, KEY) is None


def test_a_server_that_asks_for_years_is_given_up(now):
    for asked in (1e9, float("inf")):
        assert next_attempt(1, now, now, asked, KEY) is None


def test_many_attempts_do_not_overflow(now):
    assert next_attempt(10_000, now, now, None, KEY) is not None
