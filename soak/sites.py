"""News sites on loopback that note how they are asked: one address each, two feeds, articles with pages."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Coroutine
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise
from types import TracebackType
from typing import Any, Self

from aiohttp import web

FEEDS = 2
PLANTED = "Hmeimim"
WORDS = 90
LATENCY = 1.0
"""Seconds before an answer: requests that may be at once are."""


class Sites:
    """So many sites while it is entered; `publish` puts new articles into every feed, each with the planted word."""

    def __init__(self, number: int) -> None:
        self.starts: defaultdict[str, list[float]] = defaultdict(list)
        """When each site was asked, by the monotonic clock."""
        self.most: Counter[str] = Counter()
        """By site, the most requests that were under way at once."""
        self.pages: Counter[str] = Counter()
        """How often each article's page was asked for."""
        self._under_way: Counter[str] = Counter()
        self._articles: list[list[int]] = [[] for _ in range(number * FEEDS)]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sites", daemon=True)
        self._port = 0
        self._began = datetime.now(UTC)

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait_for(self._serve())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wait_for(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def feeds(self) -> list[str]:
        """The addresses of all feeds."""
        return [f"{self._site(feed)}/f/{feed}" for feed in range(len(self._articles))]

    def publish(self, number: int) -> None:
        """So many new articles in every feed."""
        for articles in self._articles:
            articles.extend(range(len(articles), len(articles) + number))

    def published(self) -> set[str]:
        """The addresses of all articles."""
        return {self._address(feed, each) for feed, articles in enumerate(self._articles) for each in articles}

    def least_gap(self) -> float:
        """The shortest time between the starts of two requests at one site, in seconds."""
        return min((later - one for starts in self.starts.values() for one, later in pairwise(starts)), default=0.0)

    def _site(self, feed: int) -> str:
        return f"http://127.30.0.{feed // FEEDS + 1}:{self._port}"

    def _address(self, feed: int, article: int) -> str:
        return f"{self._site(feed)}/a/{feed}-{article}"

    def _wait_for(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        # Who hangs up has ended its request: a killed process must not count as one that is still asking.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        for site in range(len(self._articles) // FEEDS):
            host = f"127.30.0.{site + 1}"
            await web.TCPSite(self._runner, host, self._port).start()
            self._port = self._port or self._runner.addresses[0][1]

    async def _answer(self, request: web.Request) -> web.Response:
        site = request.host
        self.starts[site].append(time.monotonic())
        self._under_way[site] += 1
        self.most[site] = max(self.most[site], self._under_way[site])
        try:
            await asyncio.sleep(LATENCY)
        finally:
            self._under_way[site] -= 1
        kind, _, name = request.path.strip("/").partition("/")
        if kind == "f":
            return self._feed(int(name))
        if kind == "a":
            self.pages[str(request.url)] += 1
            return _page(*map(int, name.split("-")))
        return web.Response(status=404)

    def _feed(self, feed: int) -> web.Response:
        now = format_datetime(self._began)
        items = "".join(
            f"<item><title>{_title(feed, article)}</title><link>{self._address(feed, article)}</link>"
            f"<pubDate>{now}</pubDate></item>"
            for article in self._articles[feed]
        )
        body = f"<rss version='2.0'><channel><title>Courier {feed}</title>{items}</channel></rss>"
        return web.Response(text=body, content_type="application/rss+xml")


def _title(feed: int, article: int) -> str:
    return f"Report {article} of courier {feed}"


def _page(feed: int, article: int) -> web.Response:
    """Words by chance, so that no article is a copy of another."""
    chosen = random.Random(f"{feed} {article}")
    words = ["".join(chosen.choices("abdegiklmnoprstu", k=chosen.randint(3, 9))) for _ in range(WORDS)]
    words[chosen.randint(5, 20)] = PLANTED
    text = " ".join(words)
    title = _title(feed, article)
    return web.Response(
        text=f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{text}.</p></article></body></html>",
        content_type="text/html",
    )
