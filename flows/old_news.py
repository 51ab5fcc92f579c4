"""What a backfill takes from outside the archive: old files, and what sources still show of their past."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeAlias

import connectors
import extraction
import storage
from flows.articles import Articles
from flows.file_articles import FileArticles
from flows.report import Report
from flows.request import Request
from flows.supplies import Portion
from wirewatch.clock import Clock
from wirewatch.config import Configuration
from wirewatch.errors import FetchError, WirewatchError
from wirewatch.identity import url_key
from wirewatch.model import Article, Failure, Item, Source, SourceKind

FILES = 100
"""Documents in a slice; an archive or mailbox is one by itself."""
ITEMS = 5
"""Items of a source's past whose pages are fetched before anybody is asked whether to go on."""


_Reading: TypeAlias = Callable[[Articles], AsyncIterator[Portion]]


class FileSupply:
    """The files at a path, on the machine where this runs."""

    def __init__(self, store: storage.Store, request: Request, configuration: Configuration, clock: Clock) -> None:
        assert request.path is not None
        self._store = store
        self._request = request
        self._configuration = configuration
        self._clock = clock
        self._path = request.path
        self._source = self._named() or Source(self._path.name, SourceKind.FOLDER, str(self._path))
        self._files, self._unreadable = connectors.files_in(self._path)

    def _named(self) -> Source | None:
        wanted = self._request.sources
        return next((source for source in self._configuration.sources if source.name in wanted), None)

    def slices(self) -> Iterator[storage.PlannedSlice]:
        documents = iter([str(file) for file in self._files if not connectors.is_archive(file.name)])
        while some := list(islice(documents, FILES)):
            yield storage.PlannedSlice({"files": some})
        for file in self._files:
            if connectors.is_archive(file.name):
                yield storage.PlannedSlice({"files": [str(file)]})

    def portions(self, part: Any, cursor: str | None) -> Iterator[Portion]:
        skip = int(cursor or 0)
        return _portions(
            lambda articles: self._read(articles, part, skip), self._store, self._configuration, self._clock
        )

    async def _read(self, articles: Articles, part: Any, skip: int) -> AsyncIterator[Portion]:
        items = self._items(articles.report, part["files"])
        async for made in FileArticles(articles, self._source, {}).of(items, skip):
            yield _portion(self._store, self._request, made.articles, made.known, str(made.end))

    def _items(self, report: Report, files: Sequence[str]) -> Iterator[Item]:
        for file in files:
            path = self._path.parent / file
            try:
                item = connectors.item_of_file(path, source=self._source.name, now=self._clock())
            except OSError as error:
                report.fail(f"file {file}", f"cannot be read: {error.strerror or error}")
                continue
            name = path.relative_to(self._path) if path != self._path else path.name
            yield replace(item, path=str(name), language=self._source.language)

    def missing(self) -> list[str]:
        return [f"{failure.where}: {failure.what}" for failure in self._unreadable]


class PastSupply:
    """What feeds and sitemaps still show of their past."""

    def __init__(self, store: storage.Store, request: Request, configuration: Configuration, clock: Clock) -> None:
        self._store = store
        self._request = request
        self._configuration = configuration
        self._clock = clock
        chosen = [each for each in configuration.sources if not request.sources or each.name in request.sources]
        self._sources = {each.name: each for each in chosen if each.kind in (SourceKind.FEED, SourceKind.SITEMAP)}
        self._others = [each for each in chosen if each.name not in self._sources]
        if not self._sources:
            raise WirewatchError("none of these sources shows its past: feeds and sitemaps do")

    def slices(self) -> Iterator[storage.PlannedSlice]:
        for name in self._sources:
            yield storage.PlannedSlice({"source": name})

    def portions(self, part: Any, cursor: str | None) -> Iterator[Portion]:  # noqa: ARG002 (of every supply)
        """All of it again after a stop: a list that grows at its head has no places; what is known is not fetched."""
        return _portions(lambda articles: self._read(articles, part), self._store, self._configuration, self._clock)

    async def _read(self, articles: Articles, part: Any) -> AsyncIterator[Portion]:
        source = self._sources.get(part["source"])
        if source is None:
            raise FetchError(f"source {part['source']} is not in the configuration any more")
        past = connectors.past(source, articles.http, self._request.since, self._clock())
        read = 0
        while items := [item async for item in _some(past)]:
            read += len(items)
            keys = [url_key(item.url) for item in items]
            known = set(keys) - set(self._store.unknown_articles(keys))
            made = await articles.of_items(items)
            yield _portion(self._store, self._request, made, sorted(known), str(read))

    def missing(self) -> list[str]:
        return [f"source {each.name}: a {each.shown_kind} does not show its past" for each in self._others]


async def _some(items: AsyncIterator[Item]) -> AsyncIterator[Item]:
    for _ in range(ITEMS):
        item = await anext(items, None)
        if item is None:
            return
        yield item


def _portion(
    store: storage.Store, request: Request, made: Sequence[storage.Indexed], known: Sequence[bytes], cursor: str
) -> Portion:
    """What is in the request's range: new articles, and those that are stored, as they are stored."""
    new = tuple(each for each in made if _in_range(request, each.article))
    stored = (store.article(key) for key in dict.fromkeys(known))
    there = tuple(article for article in stored if article is not None and _in_range(request, article))
    return Portion((*(each.article for each in new), *there), cursor, new)


def _in_range(request: Request, article: Article) -> bool:
    return request.holds(article.published_at or article.fetched_at)


def _portions(read: _Reading, store: storage.Store, configuration: Configuration, clock: Clock) -> Iterator[Portion]:
    """What the reader gives, one by one, from an event loop that runs only meanwhile; with what failed on the way."""
    report = Report()
    told = 0

    def failures() -> tuple[Failure, ...]:
        nonlocal told
        new, told = tuple(report.failures[told:]), len(report.failures)
        return new

    with asyncio.Runner() as runner, extraction.Workers() as workers:
        http = connectors.Http(configuration.network, clock=clock)
        runner.run(http.__aenter__())
        try:
            articles = Articles(store, http, configuration.sources, report, clock, workers)
            articles.looks_again = True
            portions = read(articles)
            cursor = ""
            while (portion := runner.run(_next(portions))) is not None:
                cursor = portion.cursor
                yield replace(portion, failures=failures())
                articles.forget(portion.new)
            if report.failures[told:]:
                yield Portion((), cursor, failures=failures())
        finally:
            runner.run(http.__aexit__(None, None, None))


async def _next(portions: AsyncIterator[Portion]) -> Portion | None:
    return await anext(portions, None)
