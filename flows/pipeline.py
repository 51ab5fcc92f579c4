"""The poll, as plain functions over the rooms: due sources in, articles and hits stored. Never imports Prefect.

A run is an idempotent tick: it does whatever is due and may be killed at any instruction. A source's cursor is
stored in the transaction that stores the last of what was read from it, never before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import alerts
import connectors
import extraction
import storage
import watchlist
from flows.report import Report
from flows.writer import BATCH, Outcome, Writer
from wirewatch.clock import Clock
from wirewatch.config import Configuration
from wirewatch.errors import ExtractionError, FetchError, StorageError, WirewatchError
from wirewatch.folding import fold_text
from wirewatch.identity import containment, url_key
from wirewatch.model import (
    FEED_FRAGMENT,
    Article,
    BodyFrom,
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
PAGES_AT_ONCE = 32
OLD = timedelta(hours=24)
PAGE_RETRIES = 6
BACKOFF_LIMIT = timedelta(hours=6)
SHORT_FRAGMENT = 10_000
"""Bytes of a feed's text that are extracted on the spot: a hop to another thread would cost more."""
SAME_SHARE = 0.5
"""Two texts of one file or address are one article if at least this share of the shorter one is in the longer one."""


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
        self._page_slots = asyncio.Semaphore(PAGES_AT_ONCE)
        self._source_slots = asyncio.Semaphore(SOURCES_AT_ONCE)
        self._in_flight: dict[bytes, asyncio.Task[storage.Indexed]] = {}
        """Articles by the address in the feed, until they are stored."""
        self._canonical: dict[bytes, Article] = {}
        """Articles by the canonical address that their pages named, until they are stored."""

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
        connector = connectors.connector_for(claim.source.kind, self.http)
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
        for start in range(0, len(reading.items), BATCH):
            items = reading.items[start : start + BATCH]
            self.report.add(items=len(items))
            if source.kind is SourceKind.FOLDER:
                made = await self._files(source, items, stamps)
            else:
                made = await self._web_items(items)
            outcome = Outcome(made, [hit for indexed in made for hit in self._hits(indexed.article, source, first)])
            if start + BATCH < len(reading.items):
                await self._write(outcome)
        cursor = replace(reading.cursor, files=stamps)
        outcome.progress.append(self._progress(claim, cursor, failed=None, more=reading.more))
        await self._write(outcome)

    async def _files(
        self, source: Source, items: Sequence[Item], stamps: dict[str, FileStamp]
    ) -> list[storage.Indexed]:
        """Articles of a folder's files: an equal copy is nothing new, new content at a known path is a revision."""
        articles: dict[bytes, Article] = {}
        for item in items:
            path = item.path or item.url
            try:
                article = await _extracted(item)
            except ExtractionError as error:
                self.report.fail(f"file {Path(source.location).name}/{path}", error)
                if path in stamps:
                    stamps[path] = replace(stamps[path], error=str(error))
                continue
            key = self._known_text(article)
            if key is None:
                key = self._revised_article(source, path, article) or article.key
                articles[key] = replace(article, key=key)
            if path in stamps:
                stamps[path] = replace(stamps[path], article_key=key)
        return [self._indexed(article) for article in articles.values()]

    def _known_text(self, article: Article) -> bytes | None:
        """The key under which this very text is stored already."""
        same_text = self.store.keys_by_fingerprint([article.fingerprint]).get(article.fingerprint)
        if same_text:
            return same_text
        return None if self.store.unknown_articles([article.key]) else article.key

    def _revised_article(self, source: Source, path: str, article: Article) -> bytes | None:
        """The key of the article that this path held before, if this is that article with changes.

        Another story under an old file name is another article: its hits must alert.
        """
        before = self.store.file_article(source.name, path)
        there = self.store.article(before) if before else None
        if there is None or containment(there.blocks, article.blocks) < SAME_SHARE:
            return None
        return there.key

    async def _web_items(self, items: Sequence[Item]) -> list[storage.Indexed]:
        """Articles of a feed's items that are not stored yet, each completed from its page where that is wanted."""
        by_key = {url_key(item.url): item for item in items}
        # What is stored is in flight no more: no other source may have its turn between these two looks.
        unknown = self.store.unknown_articles(list(by_key))
        return await asyncio.gather(*[self._once(key, item) for key, item in by_key.items() if key in unknown])

    def _once(self, key: bytes, item: Item) -> asyncio.Task[storage.Indexed]:
        """One article an address, whichever of the feeds carries it."""
        if key not in self._in_flight:
            self._in_flight[key] = asyncio.create_task(self._web_item(key, item))
        return self._in_flight[key]

    async def _web_item(self, key: bytes, item: Item, attempts: int = 0) -> storage.Indexed:
        page, pending = await self._completed(key, item, attempts)
        article, aliases = self._placed(key, await self._readable(page, item))
        return self._indexed(article, aliases, pending)

    async def _readable(self, page: Item, item: Item) -> Article:
        """The article of the page; where that holds no text, of what the feed said, were it only an address."""
        if page is not item:
            try:
                return await _extracted(page)
            except ExtractionError as error:
                self.report.fail(f"page {item.url}", f"{error}; the feed's text is kept")
        try:
            return await _extracted(item)
        except ExtractionError:
            return await _extracted(replace(item, raw=b"", title=item.url))

    async def _completed(self, key: bytes, item: Item, attempts: int) -> tuple[Item, storage.PendingPage | None]:
        """The item with its page; where that fails, as the feed gave it, with the page to be tried again."""
        if not item.wants_page:
            return item, None
        try:
            async with self._page_slots:
                return await connectors.fetch_page(self.http, item), None
        except FetchError as error:
            again = error.temporary and attempts < PAGE_RETRIES
            said = "the feed's text is kept" + (", the page will be tried again" if again else "")
            self.report.fail(f"page {item.url}", f"{error}; {said}")
            if not again:
                return item, None
            wait = max(_backoff(attempts + 1), timedelta(seconds=error.retry_after or 0))
            return item, storage.PendingPage(item, attempts + 1, self.clock() + wait, key, str(error))

    def _placed(self, key: bytes, article: Article) -> tuple[Article, tuple[bytes, ...]]:
        """The article under its key, and the other keys by which it is known: of its link, of its canonical address.

        An article first stored as its feed gave it keeps the key of its link. And some sites name one canonical
        address on all their pages; taken at their word, all but one would be lost.
        """
        if article.key == key:
            return article, ()
        if (there := self.store.article(key)) is not None:
            return replace(article, key=there.key), (key, article.key)
        there = self._canonical.get(article.key) or self.store.article(article.key)
        if there is None:
            self._canonical[article.key] = there = article
        if _is_same(there, article):
            return replace(article, key=there.key), (key,)
        return replace(article, key=key), ()

    def _indexed(
        self, article: Article, aliases: tuple[bytes, ...] = (), pending: storage.PendingPage | None = None
    ) -> storage.Indexed:
        return storage.Indexed(article, watchlist.lexemes(article), watchlist.LEXEMES_VERSION, pending, aliases)

    def _hits(self, article: Article, source: Source, first: bool) -> list[Hit]:
        origin = _origin(article, source, first, self.clock())
        return hits_of(article, self.watch.compiled, origin, self.clock())

    async def pending_pages(self) -> None:
        """Try again the pages that could not be loaded when their items were new."""
        due = self.store.due_pages(self.clock(), BATCH)
        sources = {source.name: source for source in self.watch.configuration.sources}

        async def again(page: storage.PendingPage) -> Outcome:
            indexed = await self._web_item(page.article_key, page.item, page.attempts)
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
            every = min(max(every, _backoff(claim.failures + 1)), max(every, BACKOFF_LIMIT))
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
        for indexed in outcome.articles:
            for key in (indexed.article.key, *indexed.aliases):
                self._in_flight.pop(key, None)
                self._canonical.pop(key, None)
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
    names: Sequence[str] | None = None,
    due_only: bool = True,
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
            names=names,
            due_only=due_only,
        )
        if not claimed:
            break
        await tick.sources(claimed)
        left -= len(claimed)
        if not due_only:
            break
    return tick.report


def _is_same(there: Article, article: Article) -> bool:
    """Whether two texts under one canonical address are one article, one of them perhaps as a feed's summary."""
    first, second = sorted((fold_text(there.title), fold_text(article.title)), key=len)
    if first not in second:
        return there.fingerprint == article.fingerprint
    from_feed = BodyFrom.FEED in (there.body_from, article.body_from)
    return from_feed or containment(there.blocks, article.blocks) >= SAME_SHARE


async def _extracted(item: Item) -> Article:
    """The article of an item; raises ExtractionError, whatever the text does to the libraries that read it."""
    try:
        if item.media_type == FEED_FRAGMENT and len(item.raw) <= SHORT_FRAGMENT:
            return extraction.extract(item)
        return await asyncio.to_thread(extraction.extract, item)
    except ExtractionError:
        raise
    except Exception as error:  # one page or file must not stop the others, now and with every later poll
        raise ExtractionError(f"cannot be read: unexpected {type(error).__name__}: {error}") from error


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


def _backoff(failures: int) -> timedelta:
    """1, 2, 4, 8 … minutes after that many failures in a row."""
    return min(timedelta(minutes=2 ** min(failures - 1, 20)), BACKOFF_LIMIT)
