"""The poll, as plain functions over the rooms: due sources in, articles and hits stored. Never imports Prefect.

A run is an idempotent tick: it does whatever is due and may be killed at any instruction. A source's cursor is
stored in the transaction that stores the last of what was read from it, never before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta

import alerts
import connectors
import extraction
import storage
from flows.articles import Articles, of_first_poll
from flows.file_articles import FileArticles, with_attachments
from flows.matching import hits_of
from flows.places import Place, Places
from flows.progress import Visit, origin_of
from flows.report import Report
from flows.retries import Retries
from flows.source_notices import tell_of_sources
from flows.sparing import spared_collector
from flows.telling import write_judged
from flows.watch import Kept, Watch
from flows.writer import BATCH, Outcome, Resting, Writer
from wirewatch.clock import Clock
from wirewatch.errors import ConfigurationChanged, FetchError, LeftAlone, StorageError
from wirewatch.model import (
    Archiving,
    Cursor,
    FileStamp,
    Item,
    Source,
    SourceKind,
    Visibility,
)
from wirewatch.schedule import TICK

LEASE = timedelta(minutes=10)
SOURCES_CLAIMED = 200


class Poll:
    """One tick over the due sources of one store."""

    def __init__(
        self,
        store: storage.Store,
        http: connectors.Http,
        watch: Watch,
        clock: Clock,
        workers: extraction.Workers,
        tick: timedelta = TICK,
    ) -> None:
        self._tick = tick
        self.store = store
        self.http = http
        self.watch = watch
        self.clock = clock
        self.report = Report(
            {"sources_read": 0, "unchanged": 0, "items": 0, "new_articles": 0, "revised": 0, "hits": 0, "suppressed": 0}
        )
        self._writer = Writer(lambda batch: write_judged(store, batch, self.watch.plan(clock())))
        self._articles = Articles(store, http, watch.configuration.sources, self.report, clock, workers, watch.compiled)
        self._resting = Resting(store.store_unchanged)
        self.unsettled: list[str] = []
        """Sources of which there may be something to tell, or no more."""

    async def due_sources(self, limit: int, shard: tuple[int, int] | None) -> None:
        """Claim and read up to `limit` due sources; one that fails costs only its own place.

        More are claimed as soon as fewer than SOURCES_CLAIMED are under way: none waits for the slowest before it.
        """
        taken: list[tuple[str, int]] = []
        try:
            async with asyncio.TaskGroup() as group:
                places = Places(
                    self.watch.configuration.network.per_site_limit,
                    lambda place: group.create_task(self._source(place, places)),
                )
                while len(taken) < limit:
                    claimed = await self._claimed(min(SOURCES_CLAIMED, limit - len(taken)), shard)
                    if not claimed:
                        break
                    taken += ((claim.source.name, claim.lease_number) for claim in claimed)
                    places.add(claimed)
                    await places.fewer_than(SOURCES_CLAIMED)
            await self._resting.settle()
            await self.hold_sites()  # only now: what was read beside it has set its own next turn
        except BaseException as failed:
            with suppress(StorageError):  # else their leases run out in their time
                self.store.release_sources(taken)
            if isinstance(failed, ExceptionGroup):  # the database's: the first says what the others would
                raise failed.exceptions[0] from None
            raise
        if self.unsettled:
            await asyncio.to_thread(tell_of_sources, self.store, self.clock(), self.unsettled)

    async def _claimed(self, most: int, shard: tuple[int, int] | None) -> list[storage.ClaimedSource]:
        applied = self.watch.applied
        return await asyncio.to_thread(
            self.store.claim_sources, self.clock(), lease=LEASE, limit=most, shard=shard, applied=applied
        )

    async def _source(self, place: Place, places: Places) -> None:
        try:
            await self._visit(Visit.of(place.claim, self.clock(), self._tick))
        except BaseException:
            places.close()  # else one would be started that the task group, which ends now, knows nothing of
            raise
        places.leave(place)

    async def _visit(self, visit: Visit) -> None:
        try:
            await self._read_all(visit)
        except LeftAlone as error:
            self.report.add(sources_left_alone=1)
            await self._write(Outcome(progress=[visit.unasked(error, self.clock())]))
        except FetchError as error:
            await self._source_failed(visit, error)
        except StorageError:
            raise
        except Exception as error:  # whatever one source does must not stop the others
            await self._source_failed(visit, FetchError(f"unexpected {type(error).__name__}: {error}"))
        else:
            if visit.needs_telling(self.clock()):
                self.unsettled.append(visit.claim.source.name)

    async def _read_all(self, visit: Visit) -> None:
        source, cursor, unchanged = visit.claim.source, visit.claim.cursor, True
        connector = connectors.connector_for(source, self.http)
        while True:
            reading = await connector.read(source, cursor, self.clock())
            if await self._rests(visit, reading):
                break
            stored = await self._take(visit, reading)
            cursor = replace(stored, files={**cursor.files, **stored.files})
            unchanged &= reading.unchanged
            if not reading.more:
                break
        if not unchanged and isinstance(connector, connectors.Settling):
            for failure in await connector.settle(source, cursor, self.clock()):
                self.report.fail(failure.where, failure.what)
        self.report.add(sources_read=1, unchanged=int(unchanged))

    async def _rests(self, visit: Visit, reading: connectors.Reading) -> bool:
        """Whether a reading left nothing to be stored but the source's next turn, as nearly all of them do."""
        if reading.items or reading.failures or reading.waiting or reading.cursor is not visit.claim.cursor:
            return False
        progress = visit.after(reading, reading.cursor, self.clock())
        if progress.more or progress.cursor is not visit.claim.cursor or progress.cadence is not None:
            return False
        await self._resting.add(progress)
        return True

    async def _take(self, visit: Visit, reading: connectors.Reading) -> Cursor:
        """Store what one reading gave, in slices; the cursor goes with the last of them, and is given back."""
        source = visit.claim.source
        stamps = dict(reading.cursor.files)
        for failure in reading.failures:
            self.report.fail(failure.where, failure.what)
        if reading.waiting:
            self.report.add(still_being_written=reading.waiting)
        if reading.known:
            self.report.add(items=reading.known)
        outcome, new = Outcome(), 0
        async for made in self._made(source, reading.items, stamps):
            if outcome.articles:
                await self._write(outcome)
            outcome, new = self._outcome(visit, made), new + len(made)
        now = self.clock()
        if reading.items:
            visit.learn(reading.items, new, now)
        progress = visit.after(reading, replace(reading.cursor, files=stamps), now)
        outcome.progress.append(progress)
        await self._write(outcome)
        return progress.cursor

    async def _made(
        self, source: Source, items: Sequence[Item], stamps: dict[str, FileStamp]
    ) -> AsyncIterator[list[storage.Indexed]]:
        """The articles of items that are to be stored, in slices; `stamps` gets what became of files."""
        if source.kind is SourceKind.FOLDER:
            async for part in FileArticles(self._articles, source, stamps).of(items):
                self.report.add(items=part.items)
                yield part.articles
            return
        if source.kind is SourceKind.MAILBOX:
            items = await asyncio.to_thread(with_attachments, items, self.report)
        for start in range(0, len(items), BATCH):
            self.report.add(items=len(items[start : start + BATCH]))
            yield await self._articles.of_items(items[start : start + BATCH])

    def _outcome(self, visit: Visit, made: Sequence[storage.Indexed]) -> Outcome:
        source, now, began = visit.claim.source, self.clock(), visit.first_polled_at
        articles = [of_first_poll(indexed, began) for indexed in made]
        origins = {each.article.key: origin_of(each.article, source, began, now) for each in articles}
        outcome = Outcome(articles, origins)
        self._decide(outcome)
        if source.archive is Archiving.HITS:
            self._keep_hits_only(outcome)
        return outcome

    def _keep_hits_only(self, outcome: Outcome) -> None:
        hit = {hit.article_key for hit in outcome.hits}
        articles, outcome.articles = outcome.articles, []
        for each in articles:
            if each.article.key in hit or each.pending_page is not None:
                outcome.articles.append(each)
            else:
                self._articles.pass_over(each.article.source, each.article.key, *each.aliases)

    def _decide(self, outcome: Outcome) -> None:
        """Which hits an outcome's articles have, by the configuration in force."""
        compiled, now = self.watch.compiled, self.clock()
        outcome.hits = [
            hit
            for each in outcome.articles
            for hit in hits_of(each.article, compiled, outcome.origins[each.article.key], now)
        ]
        outcome.matched_with = self.watch.version

    def retries(self, shard: tuple[int, int] | None) -> Retries:
        """The pages that are due for another try, to be run beside the sources."""
        sources = self.watch.applied.by_name
        return Retries(self.store, self._articles, sources, self._write, self.clock, shard)

    async def _source_failed(self, visit: Visit, error: FetchError) -> None:
        self.report.fail(f"source {visit.claim.source.name}", error)
        self.report.add(sources_failed=1)
        self.unsettled.append(visit.claim.source.name)
        await self._write(Outcome(progress=[visit.failed(error, self.clock())]))

    async def hold_sites(self) -> None:
        """Let every worker and the next tick know which sites want to be left alone, be it with feeds or with pages."""
        if held := self.http.newly_held():
            await asyncio.to_thread(self.store.hold_sites, held, self.clock())

    async def _write(self, outcome: Outcome) -> None:
        outcome.documents.add(self._articles.take_documents())
        if not (outcome.articles or outcome.progress or outcome.documents):
            return
        written = await self._stored(outcome)
        self._articles.forget(outcome.articles)
        live = sum(hit.visibility is Visibility.LIVE for hit in written.new_hits)
        self.report.add(
            new_articles=written.new_articles,
            revised=written.revised,
            hits=live,
            suppressed=len(written.new_hits) - live,
        )

    async def _stored(self, outcome: Outcome) -> storage.Written:
        """Store an outcome, its hits decided by what is applied when it is stored."""
        while True:
            if outcome.articles and outcome.matched_with != self.watch.version:
                self._decide(outcome)
            try:
                return await self._writer.write(outcome)
            except ConfigurationChanged:
                self.watch = await asyncio.to_thread(Watch.load, self.store)


async def poll(
    store: storage.Store,
    http: connectors.Http,
    clock: Clock,
    *,
    limit: int = 500,
    shard: tuple[int, int] | None = None,
    then: Callable[[], Awaitable[None]] | None = None,
    kept: Kept | None = None,
) -> Report:
    """Read up to `limit` due sources, and beside them the pages that are due for another try.

    `then` is awaited when the sources are read, while pages may still be tried. `kept` is what the tick before left,
    and takes what this one leaves.
    """
    now = clock()
    if kept is None or kept.notes_step_back(now):
        store.note_clock_set_back(now)
    with spared_collector(), nullcontext(kept.workers) if kept else extraction.Workers() as workers:
        watch = Watch.load(store, kept.watch if kept else None)
        tick = Poll(store, http, watch, clock, workers, kept.tick if kept else TICK)
        http.leave_alone(store.held_sites(now))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(tick.retries(shard).run())
                await tick.due_sources(limit, shard)
                if then is not None:
                    await then()
        except ExceptionGroup as failed:  # the database's, from both sides perhaps
            raise failed.exceptions[0] from None
        await tick.hold_sites()
        await asyncio.to_thread(store.forget_traces, clock() - alerts.RELATED_WITHIN)
        if kept is not None:
            kept.watch = tick.watch
        return tick.report
