"""A small world to watch: a news site and a desk's webhooks on loopback, an inbox, a database, and a clock."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

import connectors
from flows import applying, backfilling, outbox, pipeline, request
from flows.report import Report
from storage import Store, open_store
from wirewatch.model import DeliveryState, Visibility

START = datetime(2026, 11, 22, 2, 44, tzinfo=UTC)
LONG_AGO = 1_700_000_000
"""A time of change that makes a file a quiet one."""


@dataclass(frozen=True)
class Answer:
    """What the site says to a request; `held` waits until the test lets go."""

    body: str | bytes = ""
    type: str = "text/html"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    held: bool = False


class Site:
    """A loopback web server: answers by path, and keeps what it was asked and sent."""

    def __init__(self) -> None:
        self.base = ""
        self.answers: dict[str, Answer] = {}
        self.asked: Counter[str] = Counter()
        self.robots_asked = 0
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.let_go = asyncio.Event()
        self.answer_to: Callable[[str], str] = lambda path: path
        """Whose answer a path has; most have their own."""

    def url(self, path: str) -> str:
        return self.base + path

    def put(self, path: str, body: str | bytes = "", type: str = "text/html", **fields: Any) -> str:
        """Put up any answer; gives its address."""
        self.answers[path] = Answer(body, type, **fields)
        return self.url(path)

    def page(self, path: str, title: str, *paragraphs: str, head: str = "") -> str:
        """Put up an article; gives its address."""
        body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
        self.answers[path] = Answer(
            f"<!doctype html><html lang=en><head><title>{escape(title)}</title>{head}</head><body>"
            f"<nav><a href=/>Home</a></nav><article><h1>{escape(title)}</h1>{body}</article></body></html>"
        )
        return self.url(path)

    def feed(self, path: str, *items: str, etag: str = "") -> str:
        """Put up an RSS feed of `item`s; gives its address."""
        body = f"<rss version='2.0'><channel><title>Wire</title>{''.join(items)}</channel></rss>"
        headers = {"ETag": etag} if etag else {}
        return self.put(path, body, "application/rss+xml", headers=headers)

    def item(self, path: str, title: str, summary: str = "", published: datetime | None = START) -> str:
        """An RSS item that links to a path (or to an address)."""
        link = path if "://" in path else self.url(path)
        date = f"<pubDate>{format_datetime(published)}</pubDate>" if published else ""
        said = f"<description>{escape(summary)}</description>" if summary else ""
        return f"<item><title>{escape(title)}</title><link>{escape(link)}</link>{date}{said}</item>"

    def fail(self, path: str, status: int = 503, **fields: Any) -> None:
        self.put(path, "trouble", status=status, **fields)

    async def handle(self, request: web.Request) -> web.Response:
        path = request.path_qs
        if request.method == "POST":
            self.posts.append((path, json.loads(await request.text())))
        elif path == "/robots.txt":
            self.robots_asked += 1
        else:
            self.asked[path] += 1
        answer = self.answers.get(self.answer_to(path))
        if answer is None:
            return web.Response(status=200 if request.method == "POST" else 404)
        if answer.held:
            await self.let_go.wait()
        etag = answer.headers.get("ETag")
        if etag and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=answer.headers)
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        return web.Response(body=body, status=answer.status, headers={"Content-Type": answer.type, **answer.headers})

    def messages(self, channel: str) -> list[str]:
        """The texts a webhook was sent, title and all."""
        return [f"{body['title']}\n{body['message']}" for path, body in self.posts if path == f"/hook/{channel}"]


class World:
    """What an operator has: a configuration, a database, an environment; and the time, which the test moves."""

    def __init__(self, folder: Path, store: Store, site: Site) -> None:
        self.folder = folder
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self.store = store
        self.site = site
        self.now = START
        self.environ: dict[str, str] = {}
        self.config = folder / "wirewatch.yaml"

    def clock(self) -> datetime:
        return self.now

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def hook(self, name: str) -> dict[str, str]:
        """A channel: the webhook of this name."""
        return {"url": f"json://{self.site.base.removeprefix('http://')}/hook/{name}"}

    def watch(
        self,
        *terms: str | dict[str, Any],
        feeds: dict[str, str] | Sequence[dict[str, Any]] = (),
        inbox: bool = False,
        channels: dict[str, Any] | None = None,
        **sections: Any,
    ) -> applying.Applied:
        """Write wirewatch.yaml and apply it. Without `channels` there is one, `desk`, that hears of everything."""
        sources: list[dict[str, Any]] = (
            [{"name": name, "feed": url} for name, url in feeds.items()] if isinstance(feeds, dict) else list(feeds)
        )
        if inbox:
            sources.append({"name": "inbox", "folder": "./inbox"})
        channels = {"desk": self.hook("desk")} if channels is None else channels
        settings = {
            "network": {"allow": ["127.0.0.0/8"], "per_site_delay": "0s", "per_site_limit": 8},
            "channels": channels,
            "defaults": {"channels": list(channels)},
            "sources": sources,
            "terms": list(terms),
            **sections,
        }
        self.config.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return self.apply()

    def apply(self) -> applying.Applied:
        return applying.apply_checked(self.store, applying.check_file(self.config), self.now)

    def drop(self, name: str, text: str | bytes) -> Path:
        """Put a file into the inbox that nobody is writing any more."""
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        moment = LONG_AGO + len(list(self.inbox.iterdir())) + path.stat().st_size
        os.utime(path, (moment, moment))
        return path

    async def poll(self, **options: Any) -> Report:
        configuration = self.store.configuration()
        assert configuration is not None
        async with connectors.Http(configuration.network, clock=self.clock) as http:
            return await pipeline.poll(self.store, http, self.clock, **options)

    async def deliver(self) -> outbox.DeliveryReport:
        return await outbox.deliver(self.store, self.environ, self.clock)

    async def tick(self, **time: float) -> Report:
        """A poll run as it is scheduled, after some time: poll, then deliver."""
        self.later(**(time or {"hours": 1}))
        report = await self.poll()
        report.merge(await self.deliver())
        return report

    def backfill(self, *terms: str, **fields: Any) -> backfilling.BackfillReport:
        return backfilling.backfill(self.store, request.Request(terms=terms, **fields), self.clock)

    def hits(self, visibility: Visibility | None = Visibility.LIVE) -> set[tuple[str, str]]:
        """(title, term) of the stored hits."""
        return {(each.article.title, each.hit.term) for each in self.store.hits(visibility=visibility)}

    def articles(self) -> int:
        return self.store.counts().articles

    def states(self, channel: str | None = None) -> Counter[DeliveryState]:
        return Counter(each.state for each in self.store.deliveries(channels=[channel] if channel else None))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    site.let_go.set()
    await runner.cleanup()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema in place, to be copied: faster than migrating."""
    file = tmp_path_factory.mktemp("template") / "wirewatch.db"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def store(empty_database: Path, tmp_path: Path) -> Iterator[Store]:
    file = tmp_path / "wirewatch.db"
    shutil.copy(empty_database, file)
    with open_store(f"sqlite:///{file}") as opened:
        yield opened


@pytest.fixture
async def world(tmp_path: Path, store: Store, site: Site) -> World:
    return World(tmp_path, store, site)


Told = Callable[[Report], str]


@pytest.fixture(scope="session")
def told() -> Told:
    """A report's failures as people read them, a line each."""
    return lambda report: "\n".join(f"{failure.where}: {failure.what}" for failure in report.failures)


@pytest.fixture(scope="session")
def until() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """Wait until something has come about."""

    async def wait(happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not happened():
                await asyncio.sleep(0.01)

    return wait
