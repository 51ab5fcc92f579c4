"""What Prefect adds to the client's CPU: the poll flow beside the same work as a plain function, once both are warm.

Both run in this process, in turn, on databases of their own; Prefect's server is a process of its own and not counted.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

import yaml

from benchmarks.figures import table
from benchmarks.news_world import NewsWorld
from benchmarks.running_up import PATIENCE, free_ports, watching
from flows.applying import apply_checked, check_file
from flows.staying import Stay, Ticks
from storage import open_store
from wirewatch.clock import utc_now

FEEDS, SITES = 200, 40
ALLOWED_SECONDS, ALLOWED_SHARE = 0.3, 0.02
SETTLING = 2.0
"""Seconds after each, since Prefect's client sends logs and events a little later."""


def run(quick: bool) -> str:
    """Ten rounds (quickly: four), each with three new items in all feeds."""
    with (
        NewsWorld(FEEDS, SITES, ("--items", "25")) as world,
        tempfile.TemporaryDirectory() as name,
        _server(Path(name)),
    ):
        databases = [_applied(Path(name) / kind, world.feeds()) for kind in ("plain", "flow")]
        costs = asyncio.run(_rounds(world, databases, 4 if quick else 10))
    shares = [flow - plain for plain, flow in costs]
    plain = median(plain for plain, _ in costs)
    allowed = ALLOWED_SECONDS + ALLOWED_SHARE * plain
    rows = [
        ["as a plain function", f"{plain:.2f}"],
        ["as a flow", f"{median(flow for _, flow in costs):.2f}"],
        ["Prefect's share, median (least to most)", f"{median(shares):.2f} ({min(shares):.2f} to {max(shares):.2f})"],
        ["allowed: 0.3 s and 2 %", f"{allowed:.2f}"],
    ]
    return table([f"CPU of the client, s, {FEEDS} feeds with three new items each", ""], rows)


async def _rounds(world: NewsWorld, databases: Sequence[str], rounds: int) -> list[tuple[float, float]]:
    from flows.poll import poll

    async def flow() -> object:
        return await poll(limit=FEEDS)

    works: list[Callable[[], Awaitable[object]]] = [_plain, flow]
    costs = []
    for number in range(rounds + 1):
        world.tick()
        spent = {}
        for kind in (0, 1) if number % 2 else (1, 0):
            spent[kind] = await _cost(databases[kind], works[kind])
        if number:  # the first pays for what is imported and connected once
            costs.append((spent[0], spent[1]))
    return costs


async def _plain() -> None:
    """What the flow does beside Prefect's own work."""
    began, ticks = utc_now(), Ticks(FEEDS)
    await ticks.run(Stay(timedelta(0)))
    with open_store(os.environ["WIREWATCH_DATABASE_URL"]) as store:
        store.add_run("poll", began, utc_now(), ticks.report.counts, ticks.report.failures)


async def _cost(database: str, work: Callable[[], Awaitable[object]]) -> float:
    """CPU seconds of this process for one poll of all feeds."""
    os.environ["WIREWATCH_DATABASE_URL"] = database
    with open_store(database) as store:
        store.make_due(utc_now())
        known = store.counts().articles
        begun = time.process_time()
        await work()
        await asyncio.sleep(SETTLING)
        spent = time.process_time() - begun
        if store.counts().articles == known:
            raise RuntimeError("a poll found nothing new")
    return spent


def _applied(folder: Path, feeds: Sequence[str]) -> str:
    """A database with the feeds; gives its address."""
    folder.mkdir()
    config, database = folder / "wirewatch.yaml", f"sqlite:///{folder / 'wirewatch.db'}"
    settings = watching(feeds, "json://127.0.0.1:9/", '"Hayat Tahrir al-Sham"', every="15m", pages="never")
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    with open_store(database) as store:
        apply_checked(store, check_file(config), utc_now())
    return database


@contextmanager
def _server(folder: Path) -> Iterator[None]:
    """A Prefect server; this process is its client from now on."""
    [port] = free_ports(1)
    os.environ["PREFECT_HOME"] = str(folder / "prefect")
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
    os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "WARNING"
    environ = os.environ | {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_SERVER_UI_ENABLED": "false"}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/health")
        yield
    finally:
        server.terminate()
        server.wait()


def _wait_for(address: str) -> None:
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > patience:
                raise RuntimeError(f"Prefect's server does not answer at {address}") from None
            time.sleep(0.3)
