"""A day on which nothing happens: what 100 feeds, asked every 15 minutes, cost in CPU and in the databases.

Our share is a day of the poll as a plain function, its clock moved by hand. What Prefect adds is measured on a real
server with a real worker: what a second of waiting costs, a run of each deployment, and a second of a poll that stays;
times the seconds and the runs of a day.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import yaml

import storage
from benchmarks.figures import table
from benchmarks.news_world import NewsWorld
from benchmarks.running_up import Installation, kilobytes, watching
from flows.applying import apply_checked, check_file
from flows.deploying import deployments_file
from flows.staying import Stay, Ticks
from wirewatch.clock import utc_now

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

FEEDS, SITES, ITEMS = 100, 20, 5
DAY = timedelta(days=1)
PERIOD = timedelta(minutes=5)
WAITING, STAYING = 30.0, 45.0
"""Seconds of which the cost is taken."""
SETTLING = 6.0
"""Seconds after a run has begun or ended: Prefect writes things down late."""


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


@dataclass(frozen=True, slots=True)
class Prefects:
    """What Prefect costs: a second of waiting, a second of a poll that stays beyond that, runs of deployments."""

    waiting: Cost
    staying: Cost
    runs: Mapping[str, Cost]


def run(quick: bool) -> str:
    """A day of our ticks (quickly: two hours of it), and two runs of each deployment (quickly: one)."""
    with NewsWorld(FEEDS, SITES, ("--items", str(ITEMS))) as world:
        settings = watching(world.feeds(), "json://127.0.0.1:9/", '"Hayat Tahrir al-Sham"', every="15m", pages="never")
        share = 12 if quick else 1
        with tempfile.TemporaryDirectory() as folder:
            ours = asyncio.run(_our_day(settings, Path(folder), DAY / share, world.forget_requests)).times(share)
            fetches = world.requests("feed 304") * share
        with tempfile.TemporaryDirectory() as folder:
            prefects = _prefects(settings, Path(folder), 1 if quick else 2)
    return _tables(ours, fetches, prefects)


class MovedClock:
    """A clock that moves when it is waited for."""

    def __init__(self) -> None:
        self.now = utc_now()

    def read(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


async def _our_day(settings: Mapping[str, Any], folder: Path, length: timedelta, begins: Callable[[], None]) -> Cost:
    """Polls that stay, one after the other, after a first one that is not counted."""
    config, path, clock = folder / "wirewatch.yaml", folder / "wirewatch.db", MovedClock()
    config.write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")
    os.environ["WIREWATCH_DATABASE_URL"] = f"sqlite:///{path}"
    with storage.open_store(f"sqlite:///{path}") as store:
        apply_checked(store, check_file(config), clock.now)
        await _stay(clock, store)
        begins()
        ends, size, cpu = clock.now + length, kilobytes(path), time.process_time()
        while clock.now < ends:
            await _stay(clock, store)
        return Cost(time.process_time() - cpu, kilobytes(path) - size, 0.0)


async def _stay(clock: MovedClock, store: storage.Store) -> None:
    """What one run of the poll does, and the time until the next one."""
    ticks, began = Ticks(500, clock=clock.read), clock.now
    await ticks.run(Stay(PERIOD, clock.read, clock.sleep))
    store.add_run("poll", began, clock.now, ticks.report.counts, ticks.report.failures)
    await clock.sleep(20)


def _prefects(settings: Mapping[str, Any], folder: Path, rounds: int) -> Prefects:
    with ExitStack() as stack:
        installation = Installation(folder, settings)
        os.environ["PREFECT_API_URL"] = installation.api
        os.environ["PREFECT_HOME"] = str(folder / "client")
        up = stack.enter_context(installation)
        up.wait_for_articles(ITEMS * FEEDS)
        asyncio.run(_stop_schedules())
        time.sleep(SETTLING)
        waiting = _cost(up, lambda: time.sleep(WAITING)).times(1 / WAITING)
        runs = {name: _median([_run_cost(up, name, waiting) for _ in range(rounds)]) for name in _runs_a_day()}
        asyncio.run(_start("poll", {"minutes": 60}))
        time.sleep(3 * SETTLING)
        staying = _cost(up, lambda: time.sleep(STAYING)).times(1 / STAYING).less(waiting)
    return Prefects(waiting, staying, runs)


def _run_cost(up: Installation, name: str, waiting: Cost) -> Cost:
    begun = time.monotonic()
    whole = _cost(up, lambda: asyncio.run(_run_to_its_end(name)))
    return whole.less(waiting.times(time.monotonic() - begun))


def _cost(up: Installation, work: Callable[[], None]) -> Cost:
    def spent() -> Cost:
        return Cost(up.cpu_seconds(), up.kilobytes(), up.prefect_kilobytes())

    before = spent()
    work()
    return spent().less(before)


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        median(cost.cpu for cost in costs), median(cost.ours for cost in costs), median(cost.prefects for cost in costs)
    )


async def _stop_schedules() -> None:
    """Let no run begin by itself, and end the one that the first poll is."""
    from prefect.client.orchestration import get_client
    from prefect.states import Cancelling

    async with get_client() as client:
        for deployment in await client.read_deployments():
            await client.pause_deployment(deployment.id)
        for each in await client.read_flow_runs():
            if not each.state or not each.state.is_final():
                await client.set_flow_run_state(each.id, Cancelling())
        await _wait_for_ends(client)


async def _wait_for_ends(client: PrefectClient) -> None:
    while any(not each.state or not each.state.is_final() for each in await client.read_flow_runs()):
        await asyncio.sleep(0.5)


async def _start(name: str, parameters: Mapping[str, Any] | None = None) -> None:
    from prefect.client.orchestration import get_client

    async with get_client() as client:
        deployment = await client.read_deployment_by_name(f"{name}/{name}")
        await client.create_flow_run_from_deployment(deployment.id, parameters=dict(parameters or {}))


async def _run_to_its_end(name: str) -> None:
    from prefect.client.orchestration import get_client

    await _start(name, {"minutes": 0} if name == "poll" else None)
    async with get_client() as client:
        await _wait_for_ends(client)
    await asyncio.sleep(SETTLING / 3)


def _runs_a_day() -> Mapping[str, int]:
    """How often the schedules of each deployment run it in a day; those of less than once an hour are left out."""
    from prefect.server.schemas.schedules import CronSchedule

    midnight = datetime(2026, 1, 1, tzinfo=UTC)
    often = {}
    for deployment in yaml.safe_load(deployments_file().read_text(encoding="utf-8"))["deployments"]:
        schedules = [CronSchedule(cron=each["cron"], timezone="UTC") for each in deployment["schedules"]]
        dates = [asyncio.run(each.get_dates(n=10_000, start=midnight, end=midnight + DAY)) for each in schedules]
        number = sum(date < midnight + DAY for found in dates for date in found)
        if number >= 24:
            often[deployment["name"]] = number
    return often


def _tables(ours: Cost, fetches: int, prefects: Prefects) -> str:
    often, day = _runs_a_day(), DAY.total_seconds()
    costs = [
        ("server and worker, waiting", "", prefects.waiting.times(day)),
        ("a poll that stays", "", prefects.staying.times(day)),
        *((f"runs of {name}", f"{often[name]:,}", cost.times(often[name])) for name, cost in prefects.runs.items()),
    ]
    whole = Cost(*(sum(getattr(cost, name) for _, _, cost in costs) for name in ("cpu", "ours", "prefects")))
    rows = [[what, number, *_row(cost)] for what, number, cost in (*costs, ("all", "", whole))]
    single = [[name, f"{cost.cpu:.2f}", f"{cost.prefects:.0f}"] for name, cost in prefects.runs.items()]
    return "\n\n".join(
        [
            table(["a day", "runs", "CPU s", "our database, MB", "Prefect's, MB"], rows),
            table(["one run", "CPU s", "Prefect's database, KB"], single),
            f"The poll as a plain function, for a day: {fetches:,} fetches, {ours.cpu:.1f} s of CPU, "
            f"{ours.ours / 1024:.2f} MB.",
        ]
    )


def _row(cost: Cost) -> list[str]:
    return [f"{cost.cpu:,.0f}", f"{cost.ours / 1024:.1f}", f"{cost.prefects / 1024:.1f}"]
