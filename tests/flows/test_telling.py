"""Days of a desk, by a clock that the test moves: what is told when, what waits, and that nothing is lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows import judging
from wirewatch.model import DeliveryKind, DeliveryState
from wirewatch.telling import Fate, Judgement

STORY = """\
Base number {number} is restless

Supplies reached {place} on day {number}, a spokesman for ministry number {number} said to reporters of agency {number}.
"""


OFTEN = {"channels": ["desk"], "every": "1m"}


def drop(world: Any, *numbers: int, place: str = "Hmeimim") -> None:
    for number in numbers:
        world.drop(f"{place}{number}.txt", STORY.format(number=f"{number * 7919:06}", place=place))


def told(site: Any, channel: str = "desk") -> list[str]:
    return [message.splitlines()[0] for message in site.messages(channel)]


async def at(world: Any, moment: datetime) -> None:
    """A run at a time: poll, release, deliver."""
    world.now = moment
    await world.poll()
    await world.deliver()


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)


def desk(world: Any, **rules: Any) -> dict[str, Any]:
    return {"desk": {**world.hook("desk"), **rules}}


async def test_a_daily_digest_comes_at_eight_there_with_its_coverage(world: Any, site: Any) -> None:
    world.now = utc(2026, 3, 27, 12)
    digest = {"every": "day", "at": "08:00", "timezone": "Europe/Berlin"}
    world.watch("Hmeimim", inbox=True, channels=desk(world, digest=digest))
    drop(world, 1, 2)
    await at(world, utc(2026, 3, 27, 13))
    drop(world, 3)
    await at(world, utc(2026, 3, 28, 6, 59))
    assert site.messages("desk") == []
    await at(world, utc(2026, 3, 28, 7, 0))
    [message] = site.messages("desk")
    assert "Digest: 3 articles" in message
    assert "Since 27 Mar 07:00 UTC: 3 articles from 1 of 1 source read; 3 hits; 0 suppressed." in message

    drop(world, 4)
    await at(world, utc(2026, 3, 28, 12))
    await at(world, utc(2026, 3, 29, 5, 59))  # summer time began in the night: eight is six o'clock UTC
    assert len(site.messages("desk")) == 1
    await at(world, utc(2026, 3, 29, 6, 0))
    assert len(site.messages("desk")) == 2
    await at(world, utc(2026, 3, 29, 7, 0))
    await at(world, utc(2026, 3, 30, 6, 0))
    assert len(site.messages("desk")) == 2  # nothing new: no digest


async def test_a_digest_that_was_missed_comes_late_and_once(world: Any, site: Any) -> None:
    world.now = utc(2026, 11, 20, 12)
    world.watch("Hmeimim", inbox=True, channels=desk(world, digest={"every": "day", "at": "08:00"}))
    drop(world, 1)
    await at(world, utc(2026, 11, 20, 13))
    await at(world, utc(2026, 11, 24, 17))
    await at(world, utc(2026, 11, 25, 8))
    assert len(site.messages("desk")) == 1
    assert "Since 20 Nov 08:00 UTC" in site.messages("desk")[0]


async def test_what_is_severe_breaks_into_digest_and_quiet_hours_and_nothing_else_does(world: Any, site: Any) -> None:
    world.now = utc(2026, 11, 20, 20)
    quiet = {"from": "22:00", "to": "07:00", "timezone": "Europe/Berlin", "breach": "high"}
    terms = [{"name": "Hmeimim"}, {"name": "Latakia", "severity": "high"}]
    world.watch(*terms, inbox=True, channels=desk(world, quiet_hours=quiet))
    drop(world, 1, 2)
    drop(world, 3, place="Latakia")
    await at(world, utc(2026, 11, 20, 23))
    assert [("Latakia" in message) for message in told(site)] == [True]
    await at(world, utc(2026, 11, 21, 5, 59))
    assert len(site.messages("desk")) == 1
    await at(world, utc(2026, 11, 21, 6))
    assert len(site.messages("desk")) == 2
    assert "Digest: 2 articles" in site.messages("desk")[1]
    assert "Held during quiet hours, 22:00 to 07:00 Europe/Berlin." in site.messages("desk")[1]


async def test_one_article_of_a_night_is_an_alert_in_the_morning(world: Any, site: Any) -> None:
    world.now = utc(2026, 11, 20, 20)
    world.watch("Hmeimim", inbox=True, channels=desk(world, quiet_hours={"from": "22:00", "to": "06:00"}))
    drop(world, 1)
    await at(world, utc(2026, 11, 20, 23))
    await at(world, utc(2026, 11, 21, 6))
    [delivery] = world.store.deliveries()
    assert (delivery.kind, delivery.state) == (DeliveryKind.ALERT, DeliveryState.SENT)


async def test_a_group_waits_for_its_like_and_keeps_its_distance(world: Any, site: Any) -> None:
    world.now = utc(2026, 11, 20, 8)
    world.watch({"name": "Hmeimim", "group_wait": "5m", "at_most_every": "2h"}, inbox=True, defaults=OFTEN)
    drop(world, 1)
    await at(world, utc(2026, 11, 20, 9, 0))
    drop(world, 2, 3)
    await at(world, utc(2026, 11, 20, 9, 3))
    assert not site.messages("desk")
    await at(world, utc(2026, 11, 20, 9, 5))
    assert ["Digest: 3 articles" in message for message in site.messages("desk")] == [True]
    drop(world, 4)
    await at(world, utc(2026, 11, 20, 9, 30))
    await at(world, utc(2026, 11, 20, 11, 4))
    assert len(site.messages("desk")) == 1
    await at(world, utc(2026, 11, 20, 11, 5))
    assert len(site.messages("desk")) == 2


async def test_a_term_over_its_budget_turns_to_a_digest_says_so_and_turns_back(world: Any, site: Any) -> None:
    world.now = utc(2026, 11, 20, 8)
    world.watch({"name": "Hmeimim", "budget": "3/h"}, {"name": "Latakia"}, inbox=True, defaults=OFTEN)
    drop(world, 1, 2)
    await at(world, utc(2026, 11, 20, 9, 0))
    drop(world, 3, 4, 5)
    drop(world, 6, place="Latakia")
    await at(world, utc(2026, 11, 20, 9, 10))
    assert len(world.store.deliveries(states=[DeliveryState.SENT])) == 2 + 1 + 1 + 1  # alerts, Latakia, the notice
    assert any("Hmeimim: more than 3 alerts within an hour" in message for message in site.messages("desk"))
    drop(world, *range(7, 13))
    await at(world, utc(2026, 11, 20, 10, 9))
    await at(world, utc(2026, 11, 20, 10, 10))
    assert "Digest: 8 articles" in site.messages("desk")[-1]
    assert "still has more alerts an hour than its budget" in site.messages("desk")[-1]
    drop(world, 13)
    await at(world, utc(2026, 11, 20, 11, 30))
    await at(world, utc(2026, 11, 20, 12, 30))
    assert "Digest: 1 article" in site.messages("desk")[-1]
    assert "Hmeimim has calmed down: from now on its alerts come one by one." in site.messages("desk")[-1]
    drop(world, 14)
    await at(world, utc(2026, 11, 20, 14))
    assert "Digest" not in site.messages("desk")[-1]


async def test_routes_lead_by_source_severity_and_group(world: Any, site: Any) -> None:
    channels = {name: world.hook(name) for name in ("desk", "pager", "legal")}
    world.watch(
        {"name": "Hmeimim", "group": "bases"},
        {"name": "Latakia", "group": "bases", "severity": "high"},
        inbox=True,
        channels=channels,
        defaults={"channels": ["desk"]},
        groups={"bases": {"severity": "low"}},
        routes=[
            {"severity": "high", "sources": ["inbox"], "channels": ["pager"]},
            {"languages": ["fr"], "channels": ["legal"]},
            {"groups": ["bases"], "terms": ["Hmeimim"], "instead": True, "channels": ["legal"]},
        ],
    )
    drop(world, 1)
    drop(world, 2, place="Latakia")
    await world.tick()
    assert [len(site.messages(name)) for name in channels] == [1, 1, 1]
    assert "Latakia" in told(site, "desk")[0]
    assert "Latakia" in told(site, "pager")[0]
    assert "Hmeimim" in told(site, "legal")[0]


async def test_five_thousand_hits_in_one_tick_are_one_digest_with_a_true_count(world: Any, site: Any) -> None:
    world.watch("Hmeimim", feeds={f"wire{number}": site.url(f"/feed{number}") for number in range(10)})
    for feed in range(10):
        items = [
            site.item(
                f"/{feed}/{number}", f"Hmeimim report {feed * 500 + number}", f"Day {number * 7919:07} of {feed}."
            )
            for number in range(500)
        ]
        site.feed(f"/feed{feed}", *items)
    await world.tick(seconds=1)
    hits = len(world.hits())
    assert hits == 5_000
    digests = [each for each in world.store.deliveries() if each.kind is DeliveryKind.DIGEST]
    assert [len(each.hits) for each in digests] == [5_000]
    assert len(world.store.deliveries()) == 1


async def test_muted_is_stored_and_never_told_and_the_reason_is_there(world: Any, site: Any) -> None:
    world.watch("Hmeimim", inbox=True)
    judging.mute_term(world.store, "Hmeimim", world.now, timedelta(days=2), "exercise week")
    drop(world, 1)
    await world.tick()
    assert not site.messages("desk")
    [telling] = world.store.tellings()
    assert telling.fate is Fate.WITHHELD
    assert "the term Hmeimim is muted until" in telling.reason
    assert "(exercise week)" in telling.reason
    drop(world, 2)
    await world.tick(days=2)
    assert len(site.messages("desk")) == 1


async def test_what_was_seen_or_judged_meanwhile_leaves_the_digest(world: Any, site: Any) -> None:
    world.now = utc(2026, 11, 20, 9)
    world.watch("Hmeimim", inbox=True, channels=desk(world, digest="day"))
    drop(world, 1, 2, 3, 4)
    await world.poll()
    names = sorted((each.hit.article_key, each.hit.term) for each in world.store.hits())
    judging.judge(world.store, names[:1], Judgement.ACKNOWLEDGED, world.now + timedelta(hours=1))
    judging.judge(world.store, names[1:2], Judgement.IRRELEVANT, world.now + timedelta(hours=1))
    await at(world, utc(2026, 11, 21, 8))
    assert "Digest: 2 articles" in site.messages("desk")[0]
    decided = world.store.tellings(fates=[Fate.WITHHELD])
    assert {each.decided_at for each in decided} == {world.now}
    withheld = {each.hit: each.reason for each in decided}
    assert set(withheld) == set(names[:2])
    assert "marked as seen" in withheld[names[0]]
    assert "marked as not relevant" in withheld[names[1]]


async def test_a_paused_term_is_not_looked_for_until_it_is_resumed(world: Any, site: Any) -> None:
    world.watch("Hmeimim", "Latakia", inbox=True)
    version = world.store.config_version()
    judging.pause_term(world.store, "Hmeimim", world.now)
    assert world.store.config_version() > version
    drop(world, 1)
    drop(world, 2, place="Latakia")
    await world.tick()
    assert {term for _, term in world.hits()} == {"Latakia"}
    assert "wirewatch backfill --term 'Hmeimim'" in judging.resume_term(world.store, "Hmeimim", world.now)
    drop(world, 3)
    await world.tick()
    assert {term for _, term in world.hits()} == {"Latakia", "Hmeimim"}


async def test_a_term_that_is_resumed_while_a_poll_is_under_way_is_looked_for_in_what_it_stores(
    world: Any, site: Any
) -> None:
    site.page("/a", "Base", "Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said.")
    site.answers["/a"] = replace(site.answers["/a"], held=True)
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", site.item("/a", "Base"))})
    judging.pause_term(world.store, "Hmeimim", world.now)
    poll = asyncio.create_task(world.tick())
    while not site.asked["/a"]:
        await asyncio.sleep(0.01)
    judging.resume_term(world.store, "Hmeimim", world.now)
    site.let_go.set()
    await poll
    assert world.hits() == {("Base", "Hmeimim")}


async def test_a_heartbeat_says_that_all_is_well_and_a_digest_does_for_it(world: Any, site: Any) -> None:
    world.now = utc(2026, 11, 20, 9)
    world.watch("Hmeimim", inbox=True, channels=desk(world, heartbeat={"every": "day", "at": "18:00"}))
    await at(world, utc(2026, 11, 20, 17))
    assert not site.messages("desk")  # the first one is due at six
    await at(world, utc(2026, 11, 20, 18))
    await at(world, utc(2026, 11, 20, 18, 1))
    assert [line.endswith("0 hits, the one source read") for line in told(site)] == [True]
    await at(world, utc(2026, 11, 23, 12))
    assert "(due 22 Nov 18:00 UTC, sent late)" in told(site)[-1]
    assert len(told(site)) == 2


async def test_explain_knows_what_became_of_a_hit(world: Any, site: Any) -> None:
    world.now = utc(2026, 11, 20, 9)
    channels = {"desk": world.hook("desk"), "morning": {**world.hook("morning"), "digest": "day"}}
    world.watch("Hmeimim", inbox=True, channels=channels)
    drop(world, 1)
    await world.tick()
    [found] = world.store.hits()
    lines = "\n".join(judging.fate_lines(world.store, found.article, "Hmeimim"))
    assert "channel desk: told (20 Nov 2026 10:00 UTC, message " in lines
    assert (
        "channel morning: waiting (due 21 Nov 2026 08:00 UTC): waits: the digest of channel morning, daily at 08:00"
        in lines
    )
    assert judging.fate_lines(world.store, found.article, "Latakia") == []


async def test_explain_says_what_a_channel_has_not_taken(world: Any, site: Any) -> None:
    world.watch("Hmeimim", inbox=True, channels={"desk": world.hook("desk"), "other": world.hook("other")})
    drop(world, 1)
    await world.poll()
    [found] = world.store.hits()

    def lines() -> list[str]:
        said = judging.fate_lines(world.store, found.article, "Hmeimim")
        return [line.partition("): ")[2] for line in said]

    assert lines() == ["told at once; not sent yet"] * 2
    site.fail("/hook/desk", 503)
    await world.deliver()
    assert lines() == ["told at once; not taken yet: 503 trouble", "told at once"]
    site.fail("/hook/desk", 404)
    await world.tick(hours=1)
    assert lines()[0].startswith("told at once; given up: 404 trouble (`wirewatch deliveries retry ")


async def test_what_waits_is_counted_in_hits_whatever_number_of_channels_waits(world: Any) -> None:
    channels = {name: {**world.hook(name), "digest": "day"} for name in ("desk", "other")}
    world.watch("Hmeimim", inbox=True, channels=channels)
    assert world.store.next_due() is None
    drop(world, 1, 2)
    await world.tick()
    number, due = world.store.next_due()
    assert (number, due.hour) == (2, 8)


@pytest.mark.parametrize("who", ["first poll", "backfill"])
async def test_first_run_and_backfill_never_flood(world: Any, site: Any, who: str) -> None:
    count = 120
    if who == "backfill":
        world.watch("Latakia", inbox=True)
        drop(world, *range(count))
        await world.tick()
        world.watch("Hmeimim", inbox=True)
        world.backfill("Hmeimim")
        await world.deliver()
    else:
        drop(world, *range(count))
        world.watch("Hmeimim", inbox=True)
        await world.tick()
    [message] = site.messages("desk")
    assert f"Digest: {count} articles" in message
