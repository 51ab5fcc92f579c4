"""Items into articles: read, completed from their pages, and placed under the key by which they are known."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import connectors
import extraction
import storage
import watchlist
from flows.report import Report
from flows.template_lines import TemplateLines
from flows.together import Together
from wirewatch.clock import Clock
from wirewatch.errors import Disallowed, DocumentTooHard, ExtractionError, FetchError, LeftAlone
from wirewatch.folding import fold_text
from wirewatch.identity import containment, url_key
from wirewatch.model import FEED_FRAGMENT, Archiving, Article, Block, BodyFrom, Item, Source, Zone

PAGES_AT_ONCE = 32
PAGE_RETRIES = 10
"""Over more than half a day, with the waits between them: longer than most outages of a site."""
PAGE_WAITS = timedelta(days=2)
"""So long a try is not counted in which the page was not asked for, as its site wanted to be left alone."""
STRIKES = 3
"""Times a document may be too hard to read; then it is set aside."""
BACKOFF_LIMIT = timedelta(hours=6)
ON_THE_SPOT = 10_000
"""Bytes of a light item whose reading costs less than a hop to another thread."""
SAME_SHARE = 0.5
"""Two texts of one file or address are one article if at least this share of the shorter one is in the longer one."""


class Articles:
    """The articles of one tick. What is being made and not yet stored is remembered, so that nothing is made twice."""

    def __init__(
        self,
        store: storage.Store,
        http: connectors.Http,
        sources: Iterable[Source],
        report: Report,
        clock: Clock,
        workers: extraction.Workers,
        compiled: watchlist.Watchlist | None = None,
    ) -> None:
        """`compiled` are the terms without which a source that keeps only hits need not be read closely."""
        self.store = store
        self.workers = workers
        self.http = http
        self.report = report
        self.clock = clock
        self._sources = {source.name: source for source in sources}
        self._robots = connectors.Robots(http, store, clock)
        self.looks_again = False
        """Whether what was passed over is read once more: a backfill has terms that nobody looked for before."""
        self._page_slots = asyncio.Semaphore(PAGES_AT_ONCE)
        self._compiled = compiled
        self.documents = storage.Documents()
        """What became of documents beside articles, until it is taken to be stored."""
        self._templates = TemplateLines(store)
        self._lookups = Together(self._begun)
        self._in_flight: dict[tuple[bytes, bool], asyncio.Task[storage.Indexed | None]] = {}
        """Articles by the address in the feed, and whether they were wanted only if they have a hit; until stored."""
        self._canonical: dict[bytes, Article] = {}
        """Articles by the canonical address that their pages named, until they are stored."""

    async def of_items(self, items: Sequence[Item]) -> list[storage.Indexed]:
        """Articles of a feed's items that are not stored yet, each completed from its page where that is wanted."""
        by_key = {url_key(item.url): item for item in items}
        made = await asyncio.gather(*await self._lookups.ask(by_key))
        return self._templates.applied([each for each in made if each is not None])

    def _begun(self, asked: Sequence[Mapping[bytes, Item]]) -> list[list[asyncio.Task[storage.Indexed | None]]]:
        """The making of those articles that are not stored yet.

        What is stored is in flight no more: nothing else may have its turn between these two looks.
        """
        unknown = self.store.unknown_articles({key for items in asked for key in items})
        hits_only = {
            key
            for items in asked
            for key, item in items.items()
            if key in unknown and self.keeps_hits_only(item.source)
        }
        passed_over = self.store.passed_over(hits_only) if hits_only and not self.looks_again else set()
        return [
            [
                self._once(key, item)
                for key, item in items.items()
                if key in unknown and not (key in passed_over and self.keeps_hits_only(item.source))
            ]
            for items in asked
        ]

    def _once(self, key: bytes, item: Item) -> asyncio.Task[storage.Indexed | None]:
        """One article an address, whichever of the feeds carries it."""
        known_as = (key, self.keeps_hits_only(item.source))
        if known_as not in self._in_flight:
            self._in_flight[known_as] = asyncio.create_task(self._new_item(key, item))
        return self._in_flight[known_as]

    async def _new_item(self, key: bytes, item: Item) -> storage.Indexed | None:
        """An article, or None where its source keeps only hits and no term can have one in it."""
        page, pending, note = await self._completed(key, item, 0)
        if pending is None and not await self.may_match(page):
            self.pass_over(item.source, key)
            return None
        return await self._web_item(key, item, page, pending, note, 0)

    async def _web_item(
        self, key: bytes, item: Item, page: Item, pending: storage.PendingPage | None, note: str | None, attempts: int
    ) -> storage.Indexed:
        read, too_hard = await self._readable(page, item)
        if too_hard is not None:
            pending = self._struck(key, item, attempts, too_hard)
        article, aliases = self.placed(key, read)
        if note:
            article = replace(article, note=f"{article.note}; {note}" if article.note else note)
        return self.indexed(article, aliases, pending, kept=page if too_hard is None else item)

    async def _readable(self, page: Item, item: Item) -> tuple[Article, DocumentTooHard | None]:
        """The article of the page; where that holds no text, of what the feed said, were it only an address."""
        too_hard = None
        if page is not item:
            try:
                return await self.extracted(page), None
            except ExtractionError as error:
                self.report.fail(f"page {item.url}", f"{error}; the feed's text is kept")
                too_hard = error if isinstance(error, DocumentTooHard) else None
        try:
            return await self.extracted(item), too_hard
        except ExtractionError as error:
            if item.media_type != FEED_FRAGMENT:
                self.report.fail(f"document {item.url}", error)
            return await self.extracted(replace(item, raw=b"", media_type=FEED_FRAGMENT, title=item.url)), too_hard

    def _struck(self, key: bytes, item: Item, attempts: int, error: DocumentTooHard) -> storage.PendingPage | None:
        """Another try of a page that was too much for two workers, or None: then it is set aside."""
        strikes, now = attempts + 1, self.clock()
        if strikes < STRIKES:
            return storage.PendingPage(item, strikes, now + backoff(strikes), key, str(error))
        known_as = storage.set_aside_key(item.source, item.url, b"")
        self.documents.set_aside.append(
            storage.SetAside(known_as, item.source, item.url, str(error), strikes, True, now, item=item)
        )
        return None

    def keeps_hits_only(self, source: str) -> bool:
        """Whether a source's articles are kept only if they have a hit."""
        known = self._sources.get(source)
        return known is not None and known.archive is Archiving.HITS

    def pass_over(self, source: str, *keys: bytes) -> None:
        """Remember an article that is not kept, so that it is not read again."""
        self.documents.passed_over.append(storage.PassedOver(keys, source, self.clock()))

    async def may_match(self, item: Item) -> bool:
        """Whether a term may have a hit in an item, by all the words around it; True where its source keeps all."""
        if self._compiled is None or not self.keeps_hits_only(item.source) or extraction.is_light(item):
            return True
        skimmed = await self.workers.skim(item)
        if skimmed is None:
            return True
        words = (Block(skimmed.text, Zone.BODY),)
        article = Article(b"", item.url, "", words, item.source, item.fetched_at, b"")
        return self._compiled.may_match(article, skimmed.languages)

    async def _completed(
        self, key: bytes, item: Item, attempts: int
    ) -> tuple[Item, storage.PendingPage | None, str | None]:
        """The item with its page, and a note; where that fails, as the feed gave it, perhaps to be tried again."""
        if not item.wants_page:
            return item, None, None
        source = self._sources.get(item.source)
        try:
            async with self._page_slots:
                heeds_robots = source is None or source.robots
                may_ask = partial(self._robots.check, source=source) if heeds_robots else None
                return await connectors.fetch_page(self.http, item, source, may_ask), None, None
        except FetchError as error:
            if isinstance(error, Disallowed) and not error.temporary:
                self.report.add(pages_kept_from_robots=1)
                return item, None, f"{error}: this is the feed's text"
            return item, self._to_be_tried_again(key, item, attempts, error), None

    def _to_be_tried_again(
        self, key: bytes, item: Item, attempts: int, error: FetchError
    ) -> storage.PendingPage | None:
        """The page that failed, if there is sense in another try."""
        now = self.clock()
        waited = now - item.fetched_at
        counts = not isinstance(error, Disallowed | LeftAlone) or waited >= PAGE_WAITS
        attempts += counts
        again = error.temporary and attempts <= PAGE_RETRIES
        said = "the feed's text is kept" + (", the page will be tried again" if again else "")
        self.report.fail(f"page {item.url}", f"{error}; {said}")
        if not again:
            return None
        wait = max(backoff(attempts), timedelta(seconds=error.retry_after or 0))
        if not counts:  # hundreds of a site may wait, of which it lets in a few at a time
            wait = max(wait, waited / 8)
        return storage.PendingPage(item, attempts, now + wait, key, str(error))

    def placed(self, key: bytes, article: Article) -> tuple[Article, tuple[bytes, ...]]:
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

    def indexed(
        self,
        article: Article,
        aliases: tuple[bytes, ...] = (),
        pending: storage.PendingPage | None = None,
        *,
        kept: Item | None = None,
    ) -> storage.Indexed:
        """The article with all that is stored beside it; the bytes of `kept` too, where its source keeps them."""
        source = self._sources.get(article.source)
        kept = kept if source is not None and source.keep_raw else None
        made_with = extraction.version() if kept is not None else ""
        return storage.Indexed(
            article, watchlist.lexemes(article), watchlist.LEXEMES_VERSION, pending, aliases, kept, made_with
        )

    async def of_pending(self, page: storage.PendingPage) -> storage.Indexed:
        """The article of a page that could not be loaded when its item was new, tried again."""
        item, key = page.item, page.article_key
        completed, pending, note = await self._completed(key, item, page.attempts)
        indexed = await self._web_item(key, item, completed, pending, note, page.attempts)
        [applied] = self._templates.applied([indexed])
        return of_first_poll(applied, page.first_polled_at)

    async def extracted(self, item: Item) -> Article:
        """The article of an item; raises ExtractionError, whatever the text does to the libraries that read it."""
        if not extraction.is_light(item):
            return await self.workers.extract(item)
        try:
            if len(item.raw) <= ON_THE_SPOT:
                article = extraction.extract_lightly(item)
            else:
                article = await asyncio.to_thread(extraction.extract_lightly, item)
        except ExtractionError:
            raise
        except Exception as error:  # one page or file must not stop the others, now and with every later poll
            raise ExtractionError(f"cannot be read: unexpected {type(error).__name__}: {error}") from error
        return await self.workers.extract(item) if article is None else article

    def forget(self, stored: Iterable[storage.Indexed]) -> None:
        """Let go of articles that are stored."""
        stored = list(stored)
        self._templates.forget(indexed.article for indexed in stored)
        for indexed in stored:
            for key in (indexed.article.key, *indexed.aliases):
                self._in_flight.pop((key, False), None)
                self._in_flight.pop((key, True), None)
                self._canonical.pop(key, None)

    def take_documents(self) -> storage.Documents:
        """What became of documents since this was last asked."""
        taken, self.documents = self.documents, storage.Documents()
        return taken


def of_first_poll(indexed: storage.Indexed, began: datetime | None) -> storage.Indexed:
    """The same, its page known to have come with its source's first poll, if it has: when it loads, that counts."""
    if indexed.pending_page is None or began is None:
        return indexed
    return replace(indexed, pending_page=replace(indexed.pending_page, first_polled_at=began))


def _is_same(there: Article, article: Article) -> bool:
    """Whether two texts under one canonical address are one article, one of them perhaps as a feed's summary."""
    first, second = sorted((fold_text(there.title), fold_text(article.title)), key=len)
    if first not in second:
        return there.fingerprint == article.fingerprint
    from_feed = BodyFrom.FEED in (there.body_from, article.body_from)
    return from_feed or containment(there.blocks, article.blocks) >= SAME_SHARE


def backoff(failures: int) -> timedelta:
    """1, 2, 4, 8 … minutes after that many failures in a row."""
    return min(timedelta(minutes=2 ** min(failures - 1, 20)), BACKOFF_LIMIT)
