"""A run sleeps past its leases and wakes up when others have done its work: it neither stores nor tells it again."""

from __future__ import annotations

from typing import Any

import pytest

from soak.harm import ASLEEP
from soak.watch import repeats

LATER = 2
"""Hours from the first poll to the backfill."""


PAUSES = {"sqlite": (*range(1, 6, 2), *range(6, 400)), "postgres": range(2, 400, 3)}
"""Between which transactions of a poll, of which writes that come together share one; the last claim, send and mark."""


@pytest.fixture(scope="module")
def polled(watch: Any, on_sqlite: Any) -> Any:
    watch.begin(on_sqlite)
    watch.run(0)
    watch.cycle([])
    return watch.hits(), {told for message in watch.received() for told in message.told}


@pytest.mark.parametrize("place", ["sqlite", "postgres"])
def test_a_poll_that_sleeps(watch: Any, polled: Any, on_sqlite: Any, on_postgres: Any, place: str) -> None:
    fresh = {"sqlite": on_sqlite, "postgres": on_postgres}[place]
    slept = 0
    for at in PAUSES[place]:
        watch.begin(fresh)
        if not watch.sleep(at):
            break
        slept += 1
        watch.run(2 * ASLEEP, work="deliver")
        hits, told = polled
        assert watch.hits() == hits, f"asleep at {at}"
        received = watch.received()
        assert {each for message in received for each in message.told} == told, f"asleep at {at}"
        assert max(repeats(received).values(), default=0) <= 1, f"asleep at {at}"
    assert slept > {"sqlite": 15, "postgres": 5}[place]


def test_a_backfill_that_sleeps(watch: Any, archived: Any) -> None:
    watch.begin(archived)
    watch.run(LATER, work="backfill")
    hits, digests = watch.hits(), watch.digests()
    for at in range(1, 400, 4):
        watch.begin(archived)
        if not watch.sleep(at, work="backfill", hours=LATER):
            break
        watch.run(LATER + 2 * ASLEEP, work="deliver")
        assert watch.hits() == hits, f"asleep at {at}"
        assert watch.digests() == digests, f"asleep at {at}"
        assert max(repeats(watch.received()).values(), default=0) <= 1
    assert at > 8
