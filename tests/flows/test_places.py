"""Sources are read in turns: few of one site, and those that keep their reader waiting give way to the others."""

from __future__ import annotations

import asyncio

import pytest

from flows import places
from flows.places import Places
from storage import ClaimedSource
from wirewatch.model import Cursor, Source, SourceKind


def claimed(name, location=None, failures=0):
    source = Source(name, SourceKind.FEED, location or f"https://{name}.example/rss")
    return ClaimedSource(source, Cursor(), 1, failures)


class Tick:
    """Places, and which sources have been started in them."""

    def __init__(self, per_site=2):
        self._held = {}
        self.started = []
        self.places = Places(per_site, self._start)

    def _start(self, place):
        self.started.append(place.claim.source.name)
        self._held[place.claim.source.name] = place

    def leave(self, name):
        self.places.leave(self._held[name])


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(places, "AT_ONCE", 1)
    monkeypatch.setattr(places, "SLOW_AFTER", 0.05)
    monkeypatch.setattr(places, "SLOW_AT_ONCE", 2)


@pytest.mark.usefixtures("few")
def test_slow_sources_give_way_and_each_place_comes_back_once():
    async def run():
        tick = Tick()
        tick.places.add(map(claimed, "abcde"))
        await asyncio.sleep(0.3)
        assert tick.started == ["a", "b", "c"]  # two gave way, the third holds the only quick place
        tick.leave("a")  # a slow one: its going frees no quick place
        await asyncio.sleep(0.1)
        assert tick.started == ["a", "b", "c"]
        tick.leave("c")
        await asyncio.sleep(0.02)
        assert tick.started == ["a", "b", "c", "d"]
        tick.leave("b")
        tick.leave("d")
        assert tick.started == ["a", "b", "c", "d", "e"]

    asyncio.run(run())


def of_one_site(number):
    return [claimed(f"s{n}", f"https://s.example/{n}") for n in range(number)]


def test_of_one_site_they_are_read_one_after_another():
    async def run():
        tick = Tick()
        tick.places.add([*of_one_site(3), claimed("other")])
        tick.places.add([claimed("s3", "https://s.example/3")])
        assert tick.started == ["s0", "other"]
        tick.leave("other")
        assert tick.started == ["s0", "other"]
        for name in ("s0", "s1", "s2"):
            tick.leave(name)
        assert tick.started[2:] == ["s1", "s2", "s3"]
        tick.leave("s3")
        await tick.places.fewer_than(1)

    asyncio.run(run())


def test_of_a_slow_site_as_many_are_read_at_once_as_it_may_be_asked(monkeypatch):
    monkeypatch.setattr(places, "SLOW_AFTER", 0.05)

    async def run():
        tick = Tick(per_site=2)
        tick.places.add(of_one_site(4))
        await asyncio.sleep(0.3)
        assert tick.started == ["s0", "s1"]
        tick.leave("s0")
        assert tick.started == ["s0", "s1", "s2"]

    asyncio.run(run())


def test_what_failed_leaves_places_to_the_others_that_follow(monkeypatch):
    monkeypatch.setattr(places, "TROUBLED_AT_ONCE", 2)

    async def run():
        tick = Tick()
        failing = [claimed(f"f{n}", failures=1) for n in range(4)]
        tick.places.add([*failing, *of_one_site(2)])
        assert tick.started == ["s0", "f0", "f1"]
        tick.leave("s0")
        assert tick.started[3:] == ["s1"]
        tick.leave("f0")
        assert tick.started[4:] == ["f2"]

    asyncio.run(run())


@pytest.mark.usefixtures("few")
def test_what_failed_goes_last_and_nothing_is_started_after_the_end():
    async def run():
        tick = Tick()
        tick.places.add([claimed("failing", failures=2), claimed("well"), claimed("other")])
        tick.leave("well")
        assert tick.started == ["well", "other"]
        tick.places.close()
        tick.leave("other")
        assert tick.started == ["well", "other"]

    asyncio.run(run())
