"""SIGKILL at every SQL statement, commit and send: no hit is lost, every message comes, and a repeat says so."""

from __future__ import annotations

import random
from typing import Any

import pytest


@pytest.fixture(scope="module")
def expected(watch: Any) -> Any:
    """What two runs that nobody kills give: the hits, the messages, the number of instants to be killed at."""
    watch.begin()
    events = watch.run(0)
    watch.run(1)
    messages = {(each.channel, each.title) for each in watch.received()}
    assert len(messages) == len(watch.received()) == 6
    hits = watch.hits()
    assert {visibility for _, _, visibility, _ in hits} == {"live", "suppressed"}
    assert {origin for _, _, _, origin in hits} == {"poll", "back"}
    return hits, messages, events


def test_killed_at_every_instant(watch: Any, expected: Any, repeats: Any) -> None:
    hits, messages, events = expected
    assert events > 40
    seen = 0
    for kill_at in range(1, events + 1):
        watch.begin()
        watch.cycle([kill_at])
        assert watch.hits() == hits, f"killed at event {kill_at} of {events}"
        received = watch.received()
        assert {(each.channel, each.title) for each in received} == messages, f"killed at event {kill_at} of {events}"
        again = repeats(received)
        assert sum(again.values()) <= 2, f"killed at event {kill_at}: {again}"  # one in the hands of each channel
        assert max(again.values(), default=0) <= 1
        seen += sum(again.values())
    assert seen  # some were cut off between being accepted and being marked


def test_killed_twice(watch: Any, expected: Any, repeats: Any) -> None:
    hits, messages, events = expected
    chosen = random.Random(22)
    for _ in range(10):
        kills = [chosen.randint(1, events), chosen.randint(1, events)]
        watch.begin()
        watch.cycle(kills)
        assert watch.hits() == hits, f"killed at events {kills}"
        received = watch.received()
        assert {(each.channel, each.title) for each in received} == messages, f"killed at events {kills}"
        assert max(repeats(received).values(), default=0) <= 2


def test_killed_on_postgres(watch: Any, expected: Any, repeats: Any, on_postgres: Any) -> None:
    hits, messages, events = expected
    for kill_at in range(3, events, 13):
        watch.begin(on_postgres)
        watch.cycle([kill_at])
        assert watch.hits() == hits, f"killed at event {kill_at} of {events}"
        received = watch.received()
        assert {(each.channel, each.title) for each in received} == messages, f"killed at event {kill_at} of {events}"
        assert max(repeats(received).values(), default=0) <= 1


def test_backfill_killed_at_every_instant_is_one_digest_with_all(watch: Any, archived: Any, repeats: Any) -> None:
    watch.begin(archived)
    events = watch.run(2, work="backfill")
    hits, told = watch.hits(), watch.digests()
    for kill_at in range(1, events + 1):
        watch.begin(archived)
        watch.run(2, work="backfill", kill_at=kill_at)
        watch.run(3, work="backfill")
        assert watch.hits() == hits, f"killed at event {kill_at} of {events}"
        assert watch.digests() == told, f"killed at event {kill_at} of {events}"
        received = watch.received()
        assert {each.channel for each in received if each.title == "digest"} == {"screen", "desk"}
        assert max(repeats(received).values(), default=0) <= 1
