"""What is learnt of sources, pauses, and what sites say of robots: on both kinds of database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import Batch, Health
from wirewatch.cadence import learnt
from wirewatch.model import Cursor, Move
from wirewatch.robots import RobotsAccess, RobotsAnswer
from wirewatch.schedule import Trouble

HOUR = timedelta(hours=1)


@pytest.fixture
def wire(store, make):
    store.apply(make.configuration(make.source("wire")), {}, make.now)
    return store


def polled(store, make, no_plan, at, **fields):
    """Poll the source at a moment, with this result."""
    [claim] = store.claim_sources(at, lease=make.lease, limit=1)
    progress = make.progress("wire", claim.lease_number, at=at, **{"next_due": at, **fields})
    store.write(Batch(progress=[progress]), no_plan)
    return claim


def test_failures_in_a_row_have_a_beginning_and_a_kind(wire, make, no_plan):
    failed = {"failure": "503", "trouble": Trouble.SERVER}
    for hours in range(3):
        polled(wire, make, no_plan, make.now + hours * HOUR, **failed)
    [state] = wire.sources()
    assert (state.failures, state.failing_since, state.trouble) == (3, make.now, Trouble.SERVER)
    polled(wire, make, no_plan, make.now + 3 * HOUR)
    [state] = wire.sources()
    assert (state.failures, state.failing_since, state.trouble) == (0, None, None)


def test_a_source_that_is_gone_is_paused_until_it_is_resumed(wire, make, no_plan):
    polled(wire, make, no_plan, make.now, failure="410", trouble=Trouble.GONE)
    far = make.now + timedelta(days=400)
    assert wire.claim_sources(far, lease=make.lease, limit=1) == []
    [health] = wire.source_health(far)
    assert (health.health, health.since, health.next_due) == (Health.GONE, make.now, None)
    assert wire.resume(["wire", "unknown"], far) == 1
    assert [health.health for health in wire.source_health(far)] == [Health.OK]
    assert len(wire.claim_sources(far, lease=make.lease, limit=1)) == 1


def test_a_source_that_is_gone_comes_back_by_another_address(wire, make, no_plan):
    cadence = learnt(None, [make.now], make.now)
    polled(
        wire,
        make,
        no_plan,
        make.now,
        cadence=cadence,
        cursor=Cursor(moved=Move("https://x.example/", 3, make.now.date())),
    )
    polled(wire, make, no_plan, make.now, failure="410", trouble=Trouble.GONE)
    wire.apply(make.configuration(make.source("wire", location="https://new.example/rss")), {}, make.now)
    [state] = wire.sources()
    assert (state.paused, state.failures, state.cadence, state.moved) == (False, 0, None, None)
    assert len(wire.claim_sources(make.now, lease=make.lease, limit=1)) == 1


def test_a_pause_by_hand_outlives_another_address(wire, make):
    wire.pause(["wire"], make.now)
    wire.apply(make.configuration(make.source("wire", location="https://new.example/rss")), {}, make.now)
    assert wire.claim_sources(make.now, lease=make.lease, limit=1) == []


def test_a_pause_for_a_time_ends_by_itself(wire, make):
    wire.pause(["wire"], make.now, during=2 * HOUR)
    assert wire.claim_sources(make.now + HOUR, lease=make.lease, limit=1) == []
    assert [health.health for health in wire.source_health(make.now + HOUR)] == [Health.PAUSED]
    assert len(wire.claim_sources(make.now + 2 * HOUR, lease=make.lease, limit=1)) == 1
    assert [health.health for health in wire.source_health(make.now + 2 * HOUR)] == [Health.OK]


def test_a_failing_source_whose_settings_are_mended_is_due_at_once(wire, make, no_plan):
    later = make.now + 24 * HOUR
    polled(wire, make, no_plan, make.now, failure="401", trouble=Trouble.REFUSED, next_due=later)
    assert wire.claim_sources(make.now, lease=make.lease, limit=1) == []
    wire.apply(make.configuration(make.source("wire", language="fr")), {}, make.now)
    assert len(wire.claim_sources(make.now, lease=make.lease, limit=1)) == 1


def test_habits_and_moves_are_kept(wire, make, no_plan):
    cadence = learnt(None, [make.now - number * HOUR for number in range(30)], make.now)
    moved = Move("https://new.example/rss", 2, make.now.date())
    polled(wire, make, no_plan, make.now, cadence=cadence, cursor=Cursor(moved=moved))
    claim = polled(wire, make, no_plan, make.now + HOUR, cursor=Cursor(moved=moved))  # nothing new learnt of habits
    assert claim.cursor.moved == moved
    assert claim.cadence.stored() == cadence.stored()
    [health] = wire.source_health(make.now)
    assert health.a_day == pytest.approx(24, rel=0.1)


def test_health_of_named_sources_and_of_those_in_force_only(store, make):
    store.apply(make.configuration(*(make.source(name) for name in "abc")), {}, make.now)
    store.apply(make.configuration(*(make.source(name) for name in "ab")), {}, make.now)
    assert [health.name for health in store.source_health(make.now)] == ["a", "b"]
    assert [health.name for health in store.source_health(make.now, ["b", "c"])] == ["b"]


def test_what_a_site_says_of_robots_is_replaced(store, make):
    assert store.robots("https://news.example") is None
    for access, rules in ((RobotsAccess.NONE, ""), (RobotsAccess.RULES, "User-agent: *\nDisallow: /\0x")):
        store.remember_robots("https://news.example", RobotsAnswer(make.now, access, rules))
    known = store.robots("https://news.example")
    assert (known.asked_at, known.access) == (make.now, RobotsAccess.RULES)
    assert known.rules.startswith("User-agent: *\nDisallow: /")
