"""The next poll: by a source's own clock, or by what failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wirewatch.cadence import Adaptive
from wirewatch.errors import BlockedAddress, FetchError, NotAFeed, UnsetSecret
from wirewatch.model import Source, SourceKind
from wirewatch.schedule import Trouble, due_after_failure, due_after_success, trouble_of

NOW = datetime(2026, 11, 22, 2, 44, 12, tzinfo=UTC)
SOURCE = Source("wire", SourceKind.FEED, "https://wire.example/rss")
MINUTE = timedelta(minutes=1)

FAILURES = {
    Trouble.UNREACHABLE: FetchError("could not find the host (DNS)"),
    Trouble.SERVER: FetchError("500", status=500),
    Trouble.THROTTLED: FetchError("429", status=429),
    Trouble.NOT_A_FEED: NotAFeed("a web page"),
    Trouble.REFUSED: FetchError("404", status=404, temporary=False),
    Trouble.FORBIDDEN: BlockedAddress("not public"),
    Trouble.GONE: FetchError("410", status=410, temporary=False),
}


def test_a_source_has_turns_of_its_own_an_interval_apart() -> None:
    first = due_after_success(SOURCE, None, NOW)
    assert SOURCE.every / 2 <= first - NOW <= SOURCE.every * 1.5
    due = first
    for late in (0, 5, 59, 100, 3):  # the tick that finds it due comes a little later
        following = due_after_success(SOURCE, None, due + timedelta(seconds=late))
        assert following - due == SOURCE.every
        due = following


@pytest.mark.parametrize("every", [timedelta(seconds=1), MINUTE, 5 * MINUTE, 6 * MINUTE, timedelta(days=2)])
def test_turns_of_any_length(every: timedelta) -> None:
    due = due_after_success(replace(SOURCE, every=every), None, NOW)
    assert due > NOW
    if every > 5 * MINUTE:
        assert every / 2 <= due - NOW <= every * 1.5
    else:
        assert due - NOW <= every


@pytest.mark.parametrize("minutes", [1, 2, 3, 5, 6, 15])
def test_ticks_of_a_minute_leave_no_turn_out(minutes: int) -> None:
    """Whatever its phase, and though it is read some time after the tick."""
    for number in range(40):
        source = replace(SOURCE, name=f"feed-{number}", every=minutes * MINUTE)
        due, reads = NOW, 0
        for tick in range(20 * minutes):
            now = NOW + tick * MINUTE
            if due <= now:
                reads += 1
                due = due_after_success(source, None, now + timedelta(seconds=20))
        assert reads >= 19, source.name


def test_a_thousand_sources_read_in_one_burst_are_spread_by_their_next_turn() -> None:
    due = [due_after_success(replace(SOURCE, name=f"feed-{number}"), None, NOW) for number in range(1000)]
    a_minute = Counter((moment - NOW) // MINUTE for moment in due)
    assert max(a_minute.values()) <= 1000 / 15 * 1.5
    assert len(a_minute) >= 15


def test_an_adaptive_source_stays_within_its_bounds() -> None:
    bounds = Adaptive(5 * MINUTE, 10 * MINUTE)
    for number in range(50):
        due = due_after_success(replace(SOURCE, name=f"feed-{number}", adaptive=bounds), None, NOW)
        assert 5 * MINUTE <= due - NOW <= 10 * MINUTE


@pytest.mark.parametrize("trouble", FAILURES)
def test_kinds_of_failures(trouble: Trouble) -> None:
    assert trouble_of(FAILURES[trouble]) is trouble


def test_other_kinds_of_failures() -> None:
    assert trouble_of(FetchError("503", status=503, retry_after=60.0)) is Trouble.THROTTLED
    assert trouble_of(FetchError("503", status=503)) is Trouble.SERVER
    assert trouble_of(FetchError("408", status=408)) is Trouble.SERVER
    assert trouble_of(UnsetSecret("${X} is not set")) is Trouble.FORBIDDEN
    assert trouble_of(FetchError("more than 5 redirects", temporary=False)) is Trouble.FORBIDDEN


def waits(error: FetchError, source: Source = SOURCE) -> list[float]:
    """Minutes after the first, second, … failure in a row."""
    return [(due_after_failure(source, error, number, NOW) - NOW) / MINUTE for number in range(1, 30)]


@pytest.mark.parametrize(
    ("trouble", "longest"), [("UNREACHABLE", 60), ("SERVER", 120), ("NOT_A_FEED", 360), ("REFUSED", 1440)]
)
def test_pauses_grow_to_a_limit_by_what_failed_and_never_end(trouble: str, longest: int) -> None:
    minutes = waits(FAILURES[Trouble[trouble]], replace(SOURCE, every=MINUTE))
    assert minutes == sorted(minutes)
    assert longest <= minutes[-1] <= longest * 1.1
    assert minutes[0] <= 17


def test_a_failing_source_is_not_asked_more_often_than_a_good_one() -> None:
    assert min(waits(FAILURES[Trouble.UNREACHABLE])) >= 15
    rare = replace(SOURCE, every=timedelta(days=3))
    assert min(waits(FAILURES[Trouble.REFUSED], rare)) >= 3 * 1440


def test_never_before_retry_after() -> None:
    for seconds in (1.0, 7200.0, 86400.0):
        due = due_after_failure(SOURCE, FetchError("429", status=429, retry_after=seconds), 1, NOW)
        assert due - NOW >= timedelta(seconds=seconds)
