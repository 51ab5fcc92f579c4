"""A poll that stays until shortly before its successor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.staying import Stay, Ticks
from wirewatch.errors import StorageError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)
SAID = "Supplies reached Hmeimim."


class Time:
    """Moves when it is waited for; at its moments something happens."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.happens: dict[datetime, Callable[[], object]] = {}

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        for moment in [moment for moment in self.happens if moment <= self.now]:
            self.happens.pop(moment)()


async def looks(time: Time, stay: Stay, is_due: Callable[[], bool]) -> list[datetime]:
    """When a run looks at what is due, until it leaves."""
    times = []
    while await stay.rest(is_due):
        times.append(time.now)
    return times


@pytest.mark.parametrize(
    ("starts", "leaves"),
    [("12:00:00", "12:04:40"), ("12:00:09", "12:04:40"), ("12:04:30", "12:04:40"), ("12:04:41", "12:09:40")],
)
async def test_it_leaves_before_its_successor_comes(starts: str, leaves: str) -> None:
    time = Time(datetime.fromisoformat(f"2026-11-22T{starts}+00:00"))
    await looks(time, Stay(FIVE_MINUTES, time.clock, time.sleep), lambda: False)
    assert f"{time.now:%H:%M:%S}" == leaves


async def test_what_is_due_does_not_wait_and_everything_is_looked_at_each_minute() -> None:
    time = Time(NOON)
    due = [NOON + timedelta(seconds=seconds) for seconds in (12, 90, 280)]

    def is_due() -> bool:
        return any(moment <= time.now for moment in due) and bool(due.pop(0))

    found = await looks(time, Stay(FIVE_MINUTES, time.clock, time.sleep), is_due)
    assert [(moment - NOON).seconds for moment in found] == [15, 75, 90, 150, 210, 270]
    assert len(due) == 1, "what is due so late is its successor's"


async def test_one_that_is_still_at_work_when_its_successor_was_to_come_stays_in_its_place() -> None:
    time = Time(NOON)
    stay = Stay(FIVE_MINUTES, time.clock, time.sleep)
    time.now += timedelta(minutes=7)
    await looks(time, stay, lambda: False)
    assert time.now == NOON + timedelta(minutes=9, seconds=40)


async def test_a_clock_that_is_set_back_keeps_nobody_waiting() -> None:
    time = Time(NOON)
    stay = Stay(FIVE_MINUTES, time.clock, time.sleep)
    await stay.rest(lambda: True)
    time.now -= timedelta(days=1)
    assert await stay.rest(lambda: False)
    assert time.now <= NOON - timedelta(days=1) + timedelta(seconds=10), "everything is looked at"
    await looks(time, stay, lambda: False)
    assert time.now == NOON - timedelta(days=1) + timedelta(minutes=4, seconds=40)


async def test_without_a_period_it_does_not_stay() -> None:
    time = Time(NOON)
    stay = Stay(timedelta(0), time.clock, time.sleep)
    assert not await stay.rest(lambda: True)
    assert not await stay.rest_from_trouble()
    assert time.now == NOON


@pytest.fixture
def time(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Time:
    """The time of a world that runs find by its environment."""
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", f"sqlite:///{tmp_path / 'wirewatch.db'}")
    return Time(NOON)


async def run(time: Time) -> Ticks:
    ticks = Ticks(500, clock=time.clock)
    await ticks.run(Stay(FIVE_MINUTES, time.clock, time.sleep))
    return ticks


async def test_one_run_polls_what_falls_due_and_tells_it(world: Any, site: Any, time: Time) -> None:
    feed = {"name": "wire", "feed": site.feed("/rss"), "every": "1m", "first_poll": "all", "pages": "never"}
    world.watch("Hmeimim", feeds=[feed])
    time.happens[NOON + timedelta(seconds=100)] = lambda: site.feed("/rss", site.item("/a", "Base", SAID))
    ticks = await run(time)
    assert 4 <= site.asked["/rss"] <= 5, "the first turn, and one a minute"
    assert ticks.report.counts["sources_read"] == site.asked["/rss"]
    assert world.hits() == {("Base", "Hmeimim")}
    [message] = site.messages("desk")
    assert "Base" in message
    assert ticks.report.counts["sent"] == 1


async def test_what_is_applied_meanwhile_is_in_force_in_the_same_run(world: Any, site: Any, time: Time) -> None:
    wire = {"name": "wire", "feed": site.feed("/rss"), "pages": "never"}
    world.watch("Tartus", feeds=[wire], network={"allow": []})

    def apply() -> None:
        site.feed("/rss", site.item("/a", "Base", SAID))
        world.watch("Hmeimim", feeds=[{**wire, "every": "2m"}])

    time.happens[NOON + timedelta(seconds=30)] = apply
    await run(time)
    assert world.hits() == {("Base", "Hmeimim")}


async def test_a_clock_that_is_set_back_meanwhile_leaves_no_source_waiting(world: Any, site: Any, time: Time) -> None:
    world.watch("Hmeimim", feeds=[{"name": "wire", "feed": site.feed("/rss"), "every": "1h", "pages": "never"}])

    def set_back() -> None:
        time.now -= timedelta(days=1)
        site.feed("/rss", site.item("/a", "Base", SAID))

    time.happens[NOON + timedelta(seconds=100)] = set_back
    await run(time)
    assert world.hits() == {("Base", "Hmeimim")}


async def test_a_run_outlives_trouble_with_the_database(world: Any, site: Any, time: Time, tmp_path: Path) -> None:
    world.watch("Hmeimim", feeds={"wire": site.feed("/rss", site.item("/a", "Base", SAID))})
    database = tmp_path / "wirewatch.db"
    away = database.rename(tmp_path / "away.db")
    time.happens[NOON + timedelta(seconds=100)] = lambda: away.rename(database)
    await run(time)
    assert world.hits() == {("Base", "Hmeimim")}

    database.rename(away)
    time.now = NOON
    with pytest.raises(StorageError, match="there is no database"):
        await run(time)
    away.rename(database)
