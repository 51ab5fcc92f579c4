"""SIGKILL at SQL statements, commits and sends: no hit is lost, every message comes, and a repeat says so.

A fixed sample of all instants, other ones in each test; `make soak` has as many as one wants.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from soak.watch import repeats

HOURS_LATER = 2
"""When a backfill runs: after the poll, and the digests that came of it."""


@pytest.fixture(scope="module")
def expected(watch: Any, on_sqlite: Any) -> Any:
    """What runs that nobody kills give: the hits, what is told to whom, the number of instants to be killed at."""
    watch.begin(on_sqlite)
    events = watch.run(0)
    watch.cycle([])
    received = watch.received()
    told = [each for message in received for each in message.told]
    assert len(told) == len(set(told)) == 9
    assert {message.channel for message in received if message.digest} == {"hourly"}
    assert {channel for channel, _ in told} == {"screen", "desk", "hourly"}
    hits = watch.hits()
    assert {visibility for _, _, visibility, _ in hits} == {"live", "suppressed"}
    assert {origin for _, _, _, origin in hits} == {"poll", "back"}
    return hits, set(told), events


def killed(watch: Any, expected: Any, kills: Sequence[int], workers: int = 1) -> int:
    """Nothing is lost by kills at these instants, and told again is at most what was under way; how much that was."""
    hits, told, _ = expected
    took_place = watch.cycle(kills, workers=workers)
    where = f"killed at {kills}, {workers} at work"
    assert watch.hits() == hits, where
    received = watch.received()
    assert {each for message in received for each in message.told} == told, where
    again = repeats(received)
    assert max(again.values(), default=0) <= took_place, where
    if workers == 1:
        assert len([each for each in received if each.flagged]) <= 3 * took_place, where  # one for each channel's hands
    return sum(again.values())


def test_killed_at_any_instant(watch: Any, expected: Any, on_sqlite: Any) -> None:
    events = expected[2]
    assert events > 150
    again = 0
    for kill_at in (*range(1, events - 40, 5), *range(events - 40, events + 1, 2)):  # the last ones are sends and marks
        watch.begin(on_sqlite)
        again += killed(watch, expected, [kill_at])
    assert again  # some were cut off between being accepted and being marked


def test_killed_twice(watch: Any, expected: Any, on_sqlite: Any) -> None:
    chosen = random.Random(22)
    for _ in range(5):
        watch.begin(on_sqlite)
        killed(watch, expected, [chosen.randint(1, expected[2]) for _ in range(2)])


def test_two_of_three_at_once_killed(watch: Any, expected: Any, on_sqlite: Any, on_postgres: Any) -> None:
    """What two of them print on the screen at the same time counts as one message."""
    chosen = random.Random(23)
    for fresh in (on_sqlite, on_postgres) * 3:
        watch.begin(fresh)
        killed(watch, expected, [chosen.randint(1, expected[2]) for _ in range(2)], workers=3)


def test_killed_on_postgres(watch: Any, expected: Any, on_postgres: Any) -> None:
    for kill_at in range(3, expected[2], 23):
        watch.begin(on_postgres)
        killed(watch, expected, [kill_at])


def test_backfill_killed_at_any_instant_is_one_digest_with_all(watch: Any, archived: Any) -> None:
    watch.begin(archived)
    events = watch.run(HOURS_LATER, work="backfill")
    hits, told = watch.hits(), watch.digests()
    for kill_at in range(1, events + 1, 5):
        watch.begin(archived)
        watch.cycle([kill_at], work="backfill", hours=HOURS_LATER)
        assert watch.hits() == hits, f"killed at event {kill_at} of {events}"
        assert watch.digests() == told, f"killed at event {kill_at} of {events}"
        received = watch.received()
        assert {each.channel for each in received if each.digest} == {"screen", "desk"}
        assert max(repeats(received).values(), default=0) <= 1
