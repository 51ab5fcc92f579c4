"""The clock is set, forwards and backwards: nothing is lost or told twice, some of it comes late by the step."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from wirewatch.model import DeliveryState

STEPS = [timedelta(hours=1), timedelta(days=1)]


def text(number: int) -> str:
    """Of its own words, so that none is a copy of another."""
    chosen = random.Random(number)
    words = ["".join(chosen.choices("abdegiklmnorstu", k=chosen.randint(3, 8))) for _ in range(60)]
    return f"Supplies for Hmeimim came by {' '.join(words)}."


def reported(world: Any, channel: str) -> Counter[str]:
    """How often the channel was told of each report."""
    names = [f"n{number}" for number in range(9)]
    return Counter(name for text in world.site.messages(channel) for name in names if f"Report {name} " in text)


@pytest.mark.parametrize("back", [True, False], ids=["back", "forth"])
@pytest.mark.parametrize("step", STEPS, ids=["an hour", "a day"])
async def test_polls_deliveries_digests_and_backfills(world: Any, site: Any, step: timedelta, back: bool) -> None:
    channels = {"desk": world.hook("desk"), "hourly": {**world.hook("hourly"), "digest": {"every": "hour"}}}
    feed = [{"name": "wire", "feed": site.url("/rss"), "every": "15m"}]
    world.watch("Hmeimim", inbox=True, channels=channels, feeds=feed)
    number = 0
    items: list[str] = []

    def publish() -> None:
        nonlocal number
        world.drop(f"{number}.txt", f"Report n{number} of the port\n\n{text(number)}\n")
        path = f"/{number + 1}"
        site.page(path, f"Report n{number + 1} from the airport", text(number + 1))
        items.append(site.item(path, f"Report n{number + 1} from the airport", published=world.now))
        site.feed("/rss", *items)
        number += 2

    site.feed("/rss")
    await world.tick(minutes=1)
    publish()
    await world.tick(minutes=20)
    site.fail("/hook/desk")
    publish()
    await world.tick(minutes=20)  # a delivery waits, a digest is due, as the clock is set
    world.later(seconds=-step.total_seconds() if back else step.total_seconds())
    site.put("/hook/desk")
    publish()
    await world.tick(minutes=20)
    world.watch(
        "Hmeimim", {"name": "port", "query": "port", "channels": ["desk"]}, inbox=True, channels=channels, feeds=feed
    )
    await world.tick(minutes=1)
    assert world.articles() == number, "nothing waits until the clock is where it was"
    report = world.backfill("port")
    assert report.counts["hits"] == 3
    for _ in range(int(step / timedelta(minutes=30)) + 8):  # by then it is again as late as it was
        await world.tick(minutes=30)

    everything = {f"n{each}" for each in range(number)}
    assert world.articles() == number
    assert set(reported(world, "hourly")) == everything
    assert set(reported(world, "desk")) == everything
    assert max(reported(world, "hourly").values()) == 1
    told = [hit for delivery in world.store.deliveries() for hit in ((delivery.channel, *hit) for hit in delivery.hits)]
    assert len(told) == len(set(told)) == 2 * number + 3
    assert world.states() == {DeliveryState.SENT: len(world.store.deliveries())}
