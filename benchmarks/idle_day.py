"""A day on which nothing happens: what 100 feeds, asked every 15 minutes, cost in CPU and in the databases.

Our share is a day of ticks with the clock moved by hand. Prefect's is what single runs of each deployment cost on a
real server with a real worker, and what both cost while they wait, times the runs and seconds of a day.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import yaml

import connectors
import storage
from benchmarks.figures import table
from benchmarks.news_world import NewsWorld
from benchmarks.running_up import Installation, kilobytes, watching
from flows import outbox, pipeline, watching as watchdog
from flows.applying import apply_checked, check_file
from flows.deploying import deployments_file
from wirewatch.clock import utc_now

FEEDS, SITES = 100, 20
ITEMS = 5
DAY = timedelta(days=1)
WORLD_OPTIONS = ("--items", str(ITEMS))
SETTLED_SECONDS = 10.0
"""After the last run, before what waiting costs is measured: the server writes things down late."""
SETTINGS = {"query": '"Hayat Tahrir al-Sham"', "every": "15m", "pages": "never"}
TICK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds, and kilobytes by which the databases have grown: ours, Prefect's."""

    cpu: float
    ours: float
    prefects: float

    def times(self, number: float) -> Cost:
        """So often."""
        return Cost(self.cpu * number, self.ours * number, self.prefects * number)

    def less(self, other: Cost) -> Cost:
        """What is left beyond another."""
        return Cost(self.cpu - other.cpu, self.ours - other.ours, self.prefects - other.prefects)


def run(quick: bool) -> str:
    """A day of our ticks (quickly: two hours of it), three runs of each deployment and a minute of waiting."""
    with NewsWorld(FEEDS, SITES, WORLD_OPTIONS) as world:
        feeds = world.feeds()
        hours = 2 if quick else 24
        with tempfile.TemporaryDirectory() as folder:
            world.forget_requests()
            ours = asyncio.run(_our_day(feeds, Path(folder), timedelta(hours=hours))).times(24 / hours)
            fetches = world.requests("feed 304") * 24 / hours
        with tempfile.TemporaryDirectory() as folder:
            waiting, runs = _prefects(feeds, Path(folder), rounds=1 if quick else 3)
    return _tables(ours, fetches, waiting, runs)


async def _our_day(feeds: list[str], folder: Path, length: timedelta) -> Cost:
    """The ticks of a day on the plain functions, after a first poll that is not counted."""
    (folder / "wirewatch.yaml").write_text(yaml.safe_dump(watching(feeds, "json://127.0.0.1:9/", **SETTINGS)))
    path = folder / "wirewatch.db"
    store = storage.open_store(f"sqlite:///{path}")
    begun = utc_now()
    apply_checked(store, check_file(folder / "wirewatch.yaml"), begun)
    moment = begun
    await _tick(store, moment)
    before, cpu = kilobytes(path), time.process_time()
    while moment < begun + length:
        moment += TICK
        await _tick(store, moment)
        if not (moment - begun) // TICK % 5:
            watchdog.watch(store, moment)
    cost = Cost(time.process_time() - cpu, kilobytes(path) - before, 0.0)
    store.close()
    return cost


async def _tick(store: storage.Store, now: datetime) -> None:
    configuration = store.configuration()
    assert configuration is not None
    async with connectors.Http(configuration.network, clock=lambda: now) as http:
        report = await pipeline.poll(store, http, lambda: now)
    await outbox.deliver(store, os.environ, lambda: now)
    store.add_run("poll", now, now, report.counts)
    await outbox.deliver(store, os.environ, lambda: now)
    store.add_run("deliver", now, now, {})


def _prefects(feeds: list[str], folder: Path, rounds: int) -> tuple[Cost, dict[str, Cost]]:
    """What a second of waiting costs, and a run of each deployment beyond that."""
    with ExitStack() as stack:
        installation = Installation(folder, watching(feeds, "json://127.0.0.1:9/", **SETTINGS))
        os.environ["PREFECT_API_URL"] = installation.api
        os.environ["PREFECT_HOME"] = str(folder / "client")
        up = stack.enter_context(installation)
        up.wait_for_articles(ITEMS * FEEDS)
        asyncio.run(_pause_schedules())
        time.sleep(SETTLED_SECONDS)
        seconds = 40.0
        waiting = _measured(up, lambda: time.sleep(seconds)).times(1 / seconds)
        costs = {}
        for name in _runs_a_day():
            found = []
            for _ in range(rounds):
                begun = time.monotonic()
                whole = _measured(up, lambda name=name: asyncio.run(_run_to_its_end(name)))
                found.append(whole.less(waiting.times(time.monotonic() - begun)))
            costs[name] = Cost(*(median(each) for each in zip(*((c.cpu, c.ours, c.prefects) for c in found))))
    return waiting, costs


def _measured(up: Installation, work) -> Cost:
    def now() -> Cost:
        return Cost(up.cpu_seconds(), up.kilobytes(), up.prefect_kilobytes())

    before = now()
    work()
    return now().less(before)


async def _pause_schedules() -> None:
    from prefect.client.orchestration import get_client

    async with get_client() as client:
        for deployment in await client.read_deployments():
            await client.pause_deployment(deployment.id)
        while await _unfinished(client):
            await asyncio.sleep(0.5)


async def _unfinished(client) -> int:
    from prefect.client.schemas.objects import StateType
    from prefect.client.schemas import filters

    kinds = [StateType.PENDING, StateType.RUNNING, StateType.SCHEDULED]
    state = filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=kinds))
    return len(await client.read_flow_runs(flow_run_filter=filters.FlowRunFilter(state=state)))


async def _run_to_its_end(name: str) -> None:
    from prefect.client.orchestration import get_client

    async with get_client() as client:
        deployment = await client.read_deployment_by_name(f"{name}/{name}")
        await client.create_flow_run_from_deployment(deployment.id)
        while await _unfinished(client):
            await asyncio.sleep(0.5)
        await asyncio.sleep(3)


def _runs_a_day() -> Mapping[str, float]:
    """How often each deployment with an interval runs in a day."""
    deployments = yaml.safe_load(deployments_file().read_text())["deployments"]
    intervals = {each["name"]: [s["interval"] for s in each["schedules"] if "interval" in s] for each in deployments}
    return {name: DAY.total_seconds() / found[0] for name, found in intervals.items() if found}


def _tables(ours: Cost, fetches: float, waiting: Cost, runs: Mapping[str, Cost]) -> str:
    often = _runs_a_day()
    rows = [
        ["our ticks", "", _shown(ours.cpu), _shown(ours.ours / 1024), ""],
        ["Prefect waiting", "", *_row(waiting.times(DAY.total_seconds()))],
        *([f"runs of {name}", f"{often[name]:,.0f}", *_row(cost.times(often[name]))] for name, cost in runs.items()),
    ]
    single = [[name, f"{cost.cpu:.2f}", f"{cost.ours:.1f}", f"{cost.prefects:.1f}"] for name, cost in runs.items()]
    return "\n\n".join(
        [
            f"{fetches:,.0f} fetches",
            table(["a day", "runs", "CPU s", "ours MB", "Prefect MB"], rows),
            table(["one run", "CPU s", "ours KB", "Prefect KB"], single),
        ]
    )


def _row(cost: Cost) -> list[str]:
    return [_shown(cost.cpu), _shown(cost.ours / 1024), _shown(cost.prefects / 1024)]


def _shown(figure: float) -> str:
    return f"{figure:,.1f}"
