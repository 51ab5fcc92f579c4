"""What 20 evil feeds cost 100 good ones: the time until the last good one is stored, with them and without."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

import connectors
import storage
from benchmarks.evil_site import EVILS, EvilSite
from benchmarks.figures import table
from benchmarks.news_world import NewsWorld
from flows import pipeline
from storage.database import DEFAULT_PATIENCE, Database, connect
from wirewatch.clock import utc_now
from wirewatch.config import Configuration
from wirewatch.model import NetworkPolicy, Pages, Source, SourceKind, Term
from wirewatch.schedule import Trouble
from wirewatch.stories import StoryRules

GOOD, SITES, EACH, LATENCY_MS = 100, 50, 2, 50
LOOPBACK = NetworkPolicy(allow=("127.0.0.0/8",), per_site_delay=timedelta(0))
WORLD_OPTIONS = ("--items", "25", "--new-items", "3", "--latency", str(LATENCY_MS))


class Cost(NamedTuple):
    """Seconds of a tick: until the last good feed was stored, the poller's CPU until then, until it ended."""

    good: float
    cpu: float
    ended: float


class NotingStore(storage.Store):
    """Notes when a source's items were stored, by the wall clock and by the CPU."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.stored: dict[str, tuple[float, float]] = {}

    def write(self, batch: storage.Batch, plan: storage.Plan, rules: StoryRules | None = None) -> storage.Written:
        """As any store."""
        written = super().write(batch, plan, rules)
        moment = (time.perf_counter(), time.process_time())
        self.stored.update((each.source, moment) for each in batch.progress if not (each.more or each.failure))
        return written


class Watch:
    """A poller of good and evil feeds."""

    def __init__(self, folder: Path, good: Sequence[str], evil: Sequence[str]) -> None:
        folder.mkdir()
        address = f"sqlite:///{folder / 'wirewatch.db'}"
        storage.open_store(address).close()  # makes it
        self._store = NotingStore(connect(address, DEFAULT_PATIENCE))
        self._good = len(good)
        self._ahead = timedelta(0)
        named = {f"evil {n}": url for n, url in enumerate(evil)} | {f"good {n}": url for n, url in enumerate(good)}
        sources = tuple(Source(name, SourceKind.FEED, url, pages=Pages.NEVER) for name, url in named.items())
        terms = (Term("sanctions", "sanction* OR ceasefire"),)
        self._store.apply(Configuration((), sources, (), terms, LOOPBACK), {}, self._now())

    def tick(self) -> Cost:
        """What it costs to read all sources, which are due."""
        self._ahead += timedelta(hours=1)
        self._store.make_due(self._now())
        return asyncio.run(self._tick())

    def troubles(self) -> dict[Trouble | None, int]:
        """How many sources failed, by what."""
        found = [state.trouble for state in self._store.sources()]
        return {trouble: found.count(trouble) for trouble in set(found)}

    async def _tick(self) -> Cost:
        self._store.stored.clear()
        begun, cpu = time.perf_counter(), time.process_time()
        async with connectors.Http(LOOPBACK, clock=self._now) as http:
            await pipeline.poll(self._store, http, self._now, limit=10_000)
        good = [moment for name, moment in self._store.stored.items() if name.startswith("good")]
        if len(good) < self._good:
            raise RuntimeError(f"only {len(good)} of {self._good} good feeds could be read")
        last, cpu_at_last = max(good)
        return Cost(last - begun, cpu_at_last - cpu, time.perf_counter() - begun)

    def _now(self) -> datetime:
        return utc_now() + self._ahead


def run(quick: bool) -> str:
    """Measure in turns on the same world, three new items a feed each time; quickly, twice."""
    rounds = 2 if quick else 5
    with (
        NewsWorld(GOOD, SITES, WORLD_OPTIONS) as world,
        EvilSite(EACH) as evil,
        tempfile.TemporaryDirectory() as folder,
    ):
        alone = Watch(Path(folder) / "alone", world.feeds(), [])
        beside = Watch(Path(folder) / "beside", world.feeds(), evil.addresses)
        for watch in (alone, beside):
            watch.tick()
        without: list[Cost] = []
        with_them: list[Cost] = []
        for number in range(rounds):
            world.tick()
            for watch in (alone, beside) if number % 2 else (beside, alone):
                (without if watch is alone else with_them).append(watch.tick())
        troubles = beside.troubles()
    pairs = list(zip(with_them, without, strict=True))
    rows = [
        (f"{GOOD} good feeds", *_medians(without), "", ""),
        (
            f"the same beside {EACH * len(EVILS)} evil ones",
            *_medians(with_them),
            _spread([there.good / alone.good for there, alone in pairs]),
            _spread([there.cpu / alone.cpu for there, alone in pairs]),
        ),
    ]
    heads = ["until all good feeds are stored", "s", "CPU s", "tick ended, s", "s ÷ without", "CPU ÷ without"]
    failed = ", ".join(f"{number} {kind}" for kind, number in sorted(troubles.items(), key=str) if kind)
    return table(heads, rows) + f"\n\nEvil feeds failed as: {failed}."


def _medians(costs: Sequence[Cost]) -> list[str]:
    return [f"{median(values):.2f}" for values in zip(*costs, strict=True)]


def _spread(ratios: Sequence[float]) -> str:
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
