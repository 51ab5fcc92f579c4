"""What a site sees of the poller: requests at once, and the time between their starts."""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from aiohttp import web

import connectors
import storage
from benchmarks.figures import table
from benchmarks.news_world import NewsWorld
from flows import pipeline
from wirewatch.clock import utc_now
from wirewatch.config import Configuration
from wirewatch.model import NetworkPolicy, Pages, Source, SourceKind

SITES, FEEDS_A_SITE, PAGES_A_FEED = 4, 3, 2
POLITE = NetworkPolicy(allow=("127.0.0.0/8",))
UNSPACED = NetworkPolicy(allow=("127.0.0.0/8",), per_site_delay=timedelta(0))


class Watched:
    """Sites that note when requests start and how many are under way; feeds at /f, their articles' pages elsewhere."""

    def __init__(self) -> None:
        self.starts: defaultdict[str, list[float]] = defaultdict(list)
        self.most: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()

    async def answer(self, request: web.Request) -> web.Response:
        site = request.host
        self.starts[site].append(asyncio.get_running_loop().time())
        self._under_way[site] += 1
        self.most[site] = max(self.most[site], self._under_way[site])
        await asyncio.sleep(1.5)
        self._under_way[site] -= 1
        if not request.path.startswith("/f"):
            return web.Response(
                text=f"<html><body><h1>{request.path}</h1><p>Rain.</p></body></html>", content_type="text/html"
            )
        items = "".join(
            f"<item><title>N</title><link>http://{site}/a{request.path}/{number}</link></item>"
            for number in range(PAGES_A_FEED)
        )
        return web.Response(text=f"<rss version='2.0'><channel>{items}</channel></rss>")


def run(quick: bool) -> str:
    """Default spacing with pages and robots.txt on sites of our own; none with 2 s of latency on the news world."""
    most, least_gap, requests = asyncio.run(_spaced())
    feeds = 8 if quick else 40
    with NewsWorld(feeds, feeds // 8 or 1, ("--latency", "2000", "--items", "5")) as world:
        asyncio.run(_polled(world.feeds(), UNSPACED))
        unspaced = json.loads(world.control("stats"))["most at one site"]
    rows = [
        ("default spacing, pages too", str(requests), str(most), f"{least_gap:.3f}"),
        ("spacing 0, latency 2 s", "", str(unspaced), "–"),
    ]
    return table(["seen at one site", "requests", "at once, at most", "s between starts, at least"], rows)


async def _spaced() -> tuple[int, float, int]:
    watched = Watched()
    app = web.Application()
    app.router.add_get("/{path:.*}", watched.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", 0).start()
    port = runner.addresses[0][1]
    feeds = [f"http://127.30.0.{site + 1}:{port}/f{feed}" for site in range(SITES) for feed in range(FEEDS_A_SITE)]
    # In another process: a poller that is busy must not keep the sites from noting when they are asked.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        await asyncio.get_running_loop().run_in_executor(other, _poll_politely, feeds)
    await runner.cleanup()
    gaps = [
        later - earlier for starts in watched.starts.values() for earlier, later in itertools.pairwise(sorted(starts))
    ]
    return max(watched.most.values()), min(gaps), sum(map(len, watched.starts.values()))


def _poll_politely(feeds: list[str]) -> None:
    asyncio.run(_polled(feeds, POLITE))


async def _polled(feeds: list[str], policy: NetworkPolicy) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = storage.open_store(f"sqlite:///{Path(folder) / 'wirewatch.db'}")
        sources = tuple(
            Source(f"feed {number}", SourceKind.FEED, url, pages=Pages.ALWAYS) for number, url in enumerate(feeds)
        )
        store.apply(Configuration((), sources, (), (), policy), {}, utc_now())
        async with connectors.Http(policy) as http:
            report = await pipeline.poll(store, http, utc_now)
        if report.failures:
            raise RuntimeError(f"{report.failures[0].where}: {report.failures[0].what}")
        store.close()
