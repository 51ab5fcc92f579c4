"""How a source is, and when people are told: ok, failing, quiet, paused, gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage import Health, SourceState, health_of
from wirewatch.cadence import learnt
from wirewatch.model import Source, SourceKind
from wirewatch.schedule import PATIENCE, Trouble

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WELL = SourceState(
    source=Source("wire", SourceKind.FEED, "https://wire.example/rss"),
    active=True,
    paused=False,
    next_due=NOW + HOUR,
    last_polled_at=NOW,
    last_success_at=NOW,
    failures=0,
    last_error=None,
    articles=3,
)


def publishing(a_day: int, until: datetime, days: int = 20):
    """The cadence of a source with so many items a day up to a moment."""
    gap = timedelta(days=1) / a_day
    cadence = None
    for number in range(days * a_day, -1, -1):
        cadence = learnt(cadence, [until - number * gap], until - number * gap)
    return cadence


def test_well_or_never_polled() -> None:
    assert (health_of(WELL, NOW).health, health_of(WELL, NOW).says) == (Health.OK, "ok")
    new = replace(WELL, last_polled_at=None, last_success_at=None)
    assert (health_of(new, NOW).health, health_of(new, NOW).says) == (Health.OK, "not polled yet")


@pytest.mark.parametrize("trouble", [each for each in Trouble if PATIENCE[each].told_after])
def test_failing_is_shown_at_once_and_told_by_what_failed(trouble: Trouble) -> None:
    began = NOW - PATIENCE[trouble].told_after
    state = replace(WELL, failures=3, last_error="oh dear", trouble=trouble, failing_since=began)
    health = health_of(state, NOW)
    assert (health.health, health.since, health.is_told) == (Health.FAILING, began, True)
    assert health.says == "failed 3 times in a row: oh dear"
    assert not health_of(state, NOW - timedelta(minutes=1)).is_told
    assert not health_of(replace(state, failures=2), NOW).is_told


def test_what_no_time_mends_is_told_at_once() -> None:
    state = replace(WELL, failures=1, last_error="not public", trouble=Trouble.FORBIDDEN, failing_since=NOW)
    assert health_of(state, NOW).is_told


def test_unusual_silence() -> None:
    newest = NOW - 9 * HOUR
    health = health_of(replace(WELL, cadence=publishing(40, newest)), NOW)
    assert (health.health, health.since, health.is_told) == (Health.QUIET, newest, True)
    assert health.says == "normally 40 a day, none for 9 h"
    assert health.a_day == pytest.approx(40, rel=0.05)


@pytest.mark.parametrize(("a_day", "hours"), [(40, 2), (2, 48), (1, 120), (400, 1)])
def test_usual_silence(a_day: int, hours: int) -> None:
    assert health_of(replace(WELL, cadence=publishing(a_day, NOW - hours * HOUR)), NOW).health is Health.OK


def test_a_source_that_is_only_just_known_is_not_called_quiet() -> None:
    assert health_of(replace(WELL, cadence=publishing(40, NOW - 9 * HOUR, days=2)), NOW).health is Health.OK


def test_bursts_make_silences_usual() -> None:
    cadence, moment = None, NOW - timedelta(days=20)
    while moment <= NOW - 16 * HOUR:  # ten at a time, every 16 hours
        cadence = learnt(cadence, [moment + number * timedelta(minutes=1) for number in range(10)], moment + HOUR)
        moment += 16 * HOUR
    assert health_of(replace(WELL, cadence=cadence), NOW).health is Health.OK


def test_what_was_not_read_is_no_silence() -> None:
    """The poller was down for days: the last it saw was in order."""
    newest = NOW - timedelta(days=3)
    state = replace(WELL, cadence=publishing(40, newest), last_success_at=newest + HOUR)
    assert health_of(state, NOW).health is Health.OK


def test_paused_and_gone() -> None:
    paused = replace(WELL, paused=True, paused_at=NOW - HOUR, pause_reason="by hand")
    health = health_of(paused, NOW)
    assert (health.health, health.says, health.next_due, health.is_told) == (
        Health.PAUSED, "paused until it is resumed", None, False,
    )  # fmt: skip
    for_a_time = replace(paused, paused_until=NOW + HOUR)
    assert health_of(for_a_time, NOW).says == "paused until 2026-03-30 13:00 UTC"
    assert health_of(for_a_time, NOW + HOUR).health is Health.OK
    gone = replace(paused, pause_reason="gone", failures=1, last_error="410")
    health = health_of(gone, NOW)
    assert (health.health, health.is_told) == (Health.GONE, True)
    assert "wirewatch sources resume wire" in health.says
