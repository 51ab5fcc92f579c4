"""Silence is noticed: a schedule that stopped, a channel that is dead, a term or source that went quiet; and noise."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts import alarms
from flows import service, watching
from storage import Store
from wirewatch.model import Failure
from wirewatch.policy import AlarmRules
from wirewatch.settings import Settings

DAY = timedelta(days=1)
RULES = AlarmRules()
TODAY = date(2026, 11, 22)


def subjects(site: Any, channel: str = "ops") -> list[str]:
    return [message.splitlines()[0].removeprefix("[wirewatch] ") for message in site.messages(channel)]


async def round_of(world: Any, **time: float) -> None:
    world.later(**time)
    watching.watch(world.store, world.now)
    await world.deliver()


def watched(world: Any, *terms: Any, **sections: Any) -> None:
    channels = {"desk": world.hook("desk"), "ops": world.hook("ops")}
    sections = {"notices": {"channels": ["ops"]}, "defaults": {"channels": ["desk"], "every": "1m"}} | sections
    world.watch(*(terms or ("Hmeimim",)), inbox=True, channels=channels, **sections)


def story(number: int) -> str:
    return (
        f"Day {number * 7919}\n\nSupplies reached Hmeimim in week {number * 31}, a spokesman said to agency {number}.\n"
    )


async def test_a_schedule_that_stopped_is_told_and_its_return_too(world: Any, site: Any) -> None:
    watched(world)
    await world.tick()
    await round_of(world, minutes=5)
    await round_of(world, minutes=5)
    assert subjects(site) == []
    await round_of(world, minutes=5)
    await round_of(world, minutes=5)
    assert subjects(site) == ["no source was polled since 22 Nov 03:44 UTC"]
    await world.tick(minutes=1)
    await round_of(world, minutes=1)
    assert subjects(site)[1:] == ["recovered: no source was polled since 22 Nov 03:44 UTC"]


async def test_the_time_that_all_was_down_is_told_at_the_next_start(world: Any, site: Any) -> None:
    watched(world)
    await world.tick()
    await round_of(world, minutes=1)
    await round_of(world, hours=9)
    await world.tick(minutes=1)
    await round_of(world, minutes=4)
    assert subjects(site) == ["wirewatch was down from 22 Nov 03:45 UTC to 22 Nov 12:45 UTC"]
    assert world.store.notices() == []


async def test_a_dead_channel_is_told_elsewhere_until_it_takes_its_messages_again(world: Any, site: Any) -> None:
    watched(world)
    site.fail("/hook/desk", 503)
    world.drop("a.txt", story(1))
    await world.tick()
    await round_of(world, minutes=10)
    assert subjects(site) == []
    for _ in range(3):
        await world.tick(minutes=10)
        await round_of(world, minutes=1)
    assert subjects(site) == ["channel desk does not take its messages"]
    assert "1 messages wait" in site.messages("ops")[0]
    del site.answers["/hook/desk"]
    await world.tick(hours=2)
    await round_of(world, minutes=1)
    assert "recovered: channel desk does not take its messages" in subjects(site)


async def test_a_term_that_used_to_hit_and_stopped_is_told(world: Any, site: Any) -> None:
    watched(world, alarms={"schedule": "0s", "term_silence": "5d"})
    for number in range(7):
        world.drop(f"{number}.txt", story(number))
        await world.tick(days=1)
        await round_of(world, minutes=1)
    for _ in range(4):
        await world.tick(days=1)
        await round_of(world, minutes=1)
    assert subjects(site) == []
    await world.tick(days=1)
    await round_of(world, minutes=1)
    assert subjects(site) == ["Hmeimim has gone silent"]
    assert "it used to hit every 1 days or so" in site.messages("ops")[0]
    world.drop("again.txt", story(100))
    await world.tick(days=1)
    await round_of(world, minutes=1)
    assert subjects(site)[1:] == ["recovered: Hmeimim has gone silent"]


async def test_a_spike_is_told_once_to_those_who_hear_of_the_term(world: Any, site: Any) -> None:
    watched(world, alarms={"schedule": "0s", "spike_least": 8})
    number = 0
    for _ in range(9):
        number += 1
        world.drop(f"{number}.txt", story(number))
        await world.tick(days=1)
        await round_of(world, minutes=1)
    for _ in range(9):
        number += 1
        world.drop(f"{number}.txt", story(number))
    await world.tick(days=1)
    await round_of(world, minutes=1)
    await round_of(world, hours=2)
    spikes = [subject for subject in subjects(site, "desk") if subject.startswith("spike")]
    assert spikes == ["spike: Hmeimim"]
    assert any("9 articles today; usually 1 a day" in message for message in site.messages("desk"))
    await round_of(world, days=1)
    assert world.store.notices() == []
    assert subjects(site) == []


async def test_a_source_that_cannot_be_read_is_told(world: Any, site: Any) -> None:
    channels = {"ops": world.hook("ops")}
    feeds = {"wire": site.url("/feed")}
    site.fail("/feed", 404)
    world.watch("Hmeimim", feeds=feeds, channels=channels, notices={"channels": ["ops"]}, alarms={"schedule": "0s"})
    for _ in range(40):
        await world.tick(hours=3)
        await round_of(world, minutes=1)
    assert any(subject.startswith("source wire ") for subject in subjects(site))


@pytest.mark.parametrize(
    ("before", "today", "said"),
    [
        ([0] * 28, 10, "10 articles today; usually 0 a day (median of 28 days)"),
        ([0] * 28, 9, None),  # too few
        ([10, 12, 8, 11] * 7, 30, "30 articles today; usually 10.5 a day (median of 28 days)"),
        ([10, 12, 8, 11] * 7, 16, None),
        ([0, 40] * 14, 60, None),  # a term whose days differ
        ([0] * 5, 100, None),  # too young
    ],
)
def test_a_spike_is_what_is_far_above_the_usual_day(before: list[int], today: int, said: str | None) -> None:
    days = {TODAY - DAY * (back + 1): number for back, number in enumerate(before)} | {TODAY: today}
    assert alarms.spike(days, TODAY, TODAY - DAY * len(before), RULES) == said
    assert alarms.spike(days, TODAY, TODAY - DAY * len(before), AlarmRules(spike=0)) is None


def test_a_silence_is_longer_than_the_pauses_of_the_term() -> None:
    weekly = [TODAY - DAY * (20 + 7 * number) for number in range(10)]
    assert alarms.silence(weekly, TODAY, RULES) is None
    assert alarms.silence([day - DAY * 8 for day in weekly], TODAY, RULES)
    assert alarms.silence(weekly[:4], TODAY + DAY * 99, RULES) is None
    assert alarms.silence(weekly, TODAY + DAY * 99, AlarmRules(term_silence=timedelta(0))) is None


async def test_trouble_with_prefect_keeps_no_alarm_from_being_raised(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import watchdog  # brings Prefect, which no other test here needs

    async def out_of_reach(_now: datetime) -> list[Failure]:
        raise ConnectionError

    monkeypatch.setattr(watchdog, "free_stuck_runs", out_of_reach)
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", f"sqlite:///{tmp_path / 'wirewatch.db'}")
    watched(world)
    with pytest.raises(ConnectionError):
        await watchdog.watchdog.fn()
    assert world.store.last_beat(watching.ROUND) is not None


async def test_the_watch_of_up_outlives_whatever_a_round_meets(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched(world)
    rounds, said = [], []

    class Stop:
        requested = False

        def wait(self, _seconds: float) -> None:
            self.requested = len(rounds) == 2

    def slips_once(_store: Store, now: datetime) -> None:
        rounds.append(now)
        if len(rounds) == 1:
            raise KeyError("a slip")

    monkeypatch.setattr(watching, "watch", slips_once)
    settings = Settings(config=world.config, database_url=f"sqlite:///{tmp_path / 'wirewatch.db'}")
    await asyncio.to_thread(service._watch_over, settings, Stop(), said.append)
    assert len(rounds) == 2
    assert said == ["the watchdog's round failed, and is tried again: unexpected KeyError: 'a slip'"]
