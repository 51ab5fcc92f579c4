"""When a failed message is tried again."""

from __future__ import annotations

from datetime import timedelta

from alerts import next_attempt

KEY = b"k" * 16


def waits(now, key=KEY, retry_after=None):
    return [(next_attempt(number, now, now, retry_after, key) - now).total_seconds() for number in range(1, 13)]


def test_waits_are_anything_up_to_a_limit_that_doubles_to_an_hour(now):
    many = [waits(now, key=bytes([number]) * 16) for number in range(256)]
    for place, limit in enumerate([10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]):
        found = [each[place] for each in many]
        assert 1 <= min(found) < 1 + limit / 10, "full jitter: as likely at once as at the last moment"
        assert limit * 9 / 10 < max(found) <= limit
        assert abs(sum(found) / len(found) - limit / 2) < limit / 8


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
