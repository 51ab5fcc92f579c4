"""Sources that keep their reader waiting give way to the others, so many at a time."""

from __future__ import annotations

import asyncio

from flows import places
from flows.places import Places
from wirewatch.model import Source, SourceKind


def source(name):
    return Source(name, SourceKind.FEED, f"https://{name}.example/rss")


async def entered(tick, names, released):
    """Which of the sources have a place, a while after all have asked for one."""
    inside = []

    async def visit(name):
        async with tick.place(source(name)):
            inside.append(name)
            await released[name].wait()

    tasks = [asyncio.create_task(visit(name)) for name in names]
    await asyncio.sleep(0.3)
    return inside, tasks


def test_slow_sources_give_way_and_each_place_comes_back_once(monkeypatch):
    monkeypatch.setattr(places, "AT_ONCE", 1)
    monkeypatch.setattr(places, "SLOW_AFTER", 0.05)
    monkeypatch.setattr(places, "SLOW_AT_ONCE", 2)

    async def run():
        names = ["a", "b", "c", "d", "e"]
        released = {name: asyncio.Event() for name in names}
        inside, tasks = await entered(Places(2), names, released)
        assert inside == ["a", "b", "c"]  # two gave way, the third holds the only quick place
        released["a"].set()  # a slow one: its going frees no quick place
        await asyncio.sleep(0.1)
        assert inside == ["a", "b", "c"]
        released["c"].set()
        await asyncio.sleep(0.02)
        assert inside == ["a", "b", "c", "d"]
        for event in released.values():
            event.set()
        await asyncio.gather(*tasks)
        assert inside == names

    asyncio.run(run())
