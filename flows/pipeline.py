"""The poll, as plain functions over the rooms: due sources in, articles and hits stored. Never imports Prefect.

A run is an idempotent tick: it does whatever is due and may be killed at any instruction. A source's cursor is
stored in the transaction that stores the last of what was read from it, never before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import alerts
import connectors
import storage
import watchlist
from flows.articles import BACKOFF_LIMIT, Articles, backoff
from flows.file_articles import FileArticles
from flows.report import Report
from flows.writer import BATCH, Outcome, Writer
from wirewatch.clock import Clock
from wirewatch.config import Configuration
from wirewatch.errors import FetchError, StorageError, WirewatchError
from wirewatch.model import (
    Article,
    Cursor,
    Delivery,
    FileStamp,
    FirstPoll,
    Hit,
    Item,
    Origin,
    Source,
    SourceKind,
    Visibility,
)

LEASE = timedelta(minutes=10)
SOURCES_CLAIMED = 200
SOURCES_AT_ONCE = 32
OLD = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Watch:
    """The configuration in force and its compiled watchlist; replaced when a new version is applied."""

    version: int
    configuration: Configuration
    compiled: watchlist.Watchlist

    @classmethod
    def load(cls, store: storage.Store) -> Watch:
        """The watch as applied; StorageError where nothing has been applied yet."""
        version = store.config_version()
        configuration = store.configuration()
        if configuration is None:
            raise WirewatchError("no configuration has been applied to this database; run `wirewatch apply`")
        compiled = watchlist.Watchlist.compile(configuration.terms, configuration.concepts)
        return cls(version, configuration, compiled)

    def plan(self, now: datetime) -> Callable[[Sequence[Hit]], list[Delivery]]:
        """The alert policy, as storage calls it with the hits that are new."""
        terms = {term.name: term for term in self.configuration.terms}
        return lambda hits: alerts.plan_deliveries(hits, terms, now)


class Poll:
    """One tick over the due sources of one store."""

    def __init__(self, store: storage.Store, http: connectors.Http, watch: Watch, clock: Clock) -> None:
        self.store = store
        self.http = http
        self.watch = watch
        self.clock = clock
        self.report = Report(
            {"sources_read": 0, "unchanged": 0, "items": 0, "new_articles": 0, "revised": 0, "hits": 0, "suppressed": 0}
        )
        self._writer = Writer(lambda batch: store.write(batch, watch.plan(clock())))
        self._articles = Articles(store, http, self.report, clock)
        self._source_slots = asyncio.Semaphore(SOURCES_AT_ONCE)

    async def sources(self, claimed: Sequence[storage.ClaimedSource]) -> None:
        """Read all of them, at most SOURCES_AT_ONCE at a time; one that fails costs only its own slot."""
        try:
            async with asyncio.TaskGroup() as group:
                for claim in claimed:
                    group.create_task(self._source(claim))
        except ExceptionGroup as failed:  # the database's: the first says what the others would
            with suppress(StorageError):  # else their leases run out in their time
                self.store.release_sources(claimed)
            raise failed.exceptions[0] from None

    async def _source(self, claim: storage.ClaimedSource) -> None:
        async with self._source_slots:
            try:
                await self._read_all(claim)
            except FetchError as error:
                await self._source_failed(claim, error)
            except StorageError:
                raise
            except Exception as error:  # whatever one source does must not stop the others
                await self._source_failed(claim, FetchError(f"unexpected {type(error).__name__}: {error}"))

    async def _read_all(self, claim: storage.ClaimedSource) -> None:
        connector = connectors.connector_for(claim.source, self.http)
        cursor = claim.cursor
        while True:
            reading = await connector.read(claim.source, cursor, self.clock())
            await self._take(claim, reading, first=claim.cursor.first_polled_at is None)
            if not reading.more:
                break
            cursor = replace(reading.cursor, files={**cursor.files, **reading.cursor.files})
        self.report.add(sources_read=1, unchanged=int(reading.unchanged))

    async def _take(self, claim: storage.ClaimedSource, reading: connectors.Reading, *, first: bool) -> None:
        """Store what one reading gave, in slices; the cursor goes with the last of them."""
        source = claim.source
        stamps = dict(reading.cursor.files)
        for failure in reading.failures:
            self.report.fail(failure.where, failure.what)
        if reading.waiting:
            self.report.add(still_being_written=reading.waiting)
        outcome = Outcome()
        async for made in self._made(source, reading.items, stamps):
            if outcome.articles:
                await self._write(outcome)
            outcome = Outcome(made, [hit for indexed in made for hit in self._hits(indexed.article, source, first)])
        cursor = replace(reading.cursor, files=stamps)
        outcome.progress.append(self._progress(claim, cursor, failed=None, more=reading.more))
        await self._write(outcome)

    async def _made(
        self, source: Source, items: Sequence[Item], stamps: dict[str, FileStamp]
    ) -> AsyncIterator[list[storage.Indexed]]:
        """The articles of items that are to be stored, in slices; `stamps` gets what became of files."""
        if source.kind is SourceKind.FOLDER:
            async for part in FileArticles(self._articles, source, stamps).of(items):
                self.report.add(items=part.items)
                yield part.articles
            return
        for start in range(0, len(items), BATCH):
            self.report.add(items=len(items[start : start + BATCH]))
            yield await self._articles.of_items(items[start : start + BATCH])

    def _hits(self, article: Article, source: Source, first: bool) -> list[Hit]:
        origin = _origin(article, source, first, self.clock())
        return hits_of(article, self.watch.compiled, origin, self.clock())

    async def pending_pages(self) -> None:
        """Try again the pages that could not be loaded when their items were new."""
        due = self.store.due_pages(self.clock(), BATCH)
        sources = {source.name: source for source in self.watch.configuration.sources}

        async def again(page: storage.PendingPage) -> Outcome:
            indexed = await self._articles.of_pending(page)
            source = sources.get(page.item.source)
            origin = _origin(indexed.article, source, False, self.clock()) if source else Origin.POLL
            return Outcome([indexed], hits_of(indexed.article, self.watch.compiled, origin, self.clock()))

        for outcome in await asyncio.gather(*(again(page) for page in due)):
            await self._write(outcome)

    async def _source_failed(self, claim: storage.ClaimedSource, error: FetchError) -> None:
        self.report.fail(f"source {claim.source.name}", error)
        self.report.add(sources_failed=1)
        await self._write(Outcome(progress=[self._progress(claim, claim.cursor, failed=error)]))

    def _progress(
        self, claim: storage.ClaimedSource, cursor: Cursor, *, failed: FetchError | None, more: bool = False
    ) -> storage.Progress:
        now, every = self.clock(), claim.source.every
        if failed:
            every = min(max(every, backoff(claim.failures + 1)), max(every, BACKOFF_LIMIT))
            every = max(every, timedelta(seconds=failed.retry_after or 0))
        cursor = replace(cursor, files={}) if failed else replace(cursor, first_polled_at=cursor.first_polled_at or now)
        return storage.Progress(
            source=claim.source.name,
            lease_number=claim.lease_number,
            cursor=cursor,
            next_due=now + every,
            failure=str(failed) if failed else None,
            at=now,
            more=more,
        )

    async def _write(self, outcome: Outcome) -> None:
        if not (outcome.articles or outcome.progress):
            return
        written = await self._writer.write(outcome)
        self._articles.forget(outcome.articles)
        live = sum(hit.visibility is Visibility.LIVE for hit in written.new_hits)
        self.report.add(
            new_articles=written.new_articles,
            revised=written.revised,
            hits=live,
            suppressed=len(written.new_hits) - live,
        )


async def poll(
    store: storage.Store,
    http: connectors.Http,
    clock: Clock,
    *,
    limit: int = 500,
    shard: tuple[int, int] | None = None,
) -> Report:
    """Read up to `limit` due sources, and the pages that are due for another try."""
    tick = Poll(store, http, Watch.load(store), clock)
    await tick.pending_pages()
    left = limit
    while left > 0:
        claimed = await asyncio.to_thread(
            store.claim_sources,
            clock(),
            lease=LEASE,
            limit=min(SOURCES_CLAIMED, left),
            shard=shard,
        )
        if not claimed:
            break
        await tick.sources(claimed)
        left -= len(claimed)
    return tick.report


def hits_of(article: Article, compiled: watchlist.Watchlist, origin: Origin, now: datetime) -> list[Hit]:
    """The hits of all terms in one article."""
    return [
        Hit(article.key, found.term.name, found.term.version, found.matches, found.visibility, origin, now)
        for found in compiled.match(article)
    ]


def _origin(article: Article, source: Source, first: bool, now: datetime) -> Origin:
    if not first or source.kind is SourceKind.FOLDER or source.first_poll is FirstPoll.ALL:
        return Origin.POLL
    if source.first_poll is FirstPoll.QUIET:
        return Origin.BACK
    old = article.published_at is not None and now - article.published_at > OLD
    return Origin.BACK if old else Origin.POLL
