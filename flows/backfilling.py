"""Backfills, as plain functions: terms through the archive, old files, or what sources show of their past.

A backfill is worked off in slices. A slice's cursor is stored in the transaction that stores what was found, so a
backfill that was stopped or killed goes on where it was; and as a hit that is stored already is not new, doing
anything twice tells nobody twice. New hits are held, and told when all slices are done. Never imports Prefect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import alerts
import storage
import watchlist
from flows.archive import chosen, wanted_of
from flows.matching import hits_of
from flows.old_news import FileSupply, PastSupply
from flows.report import Report
from flows.request import ARCHIVE, PAST, Notify, Request, request_from
from flows.supplies import ArchiveSupply, Portion, Supply
from flows.telling import write_judged
from flows.watch import Watch
from wirewatch.clock import Clock
from wirewatch.errors import BackfillError, FetchError, StorageError, WirewatchError
from wirewatch.model import Archiving, Failure, FoundHit, Hit, Origin, Visibility

SAMPLES = 20
LEASE = timedelta(minutes=10)
RENEWED_AFTER = timedelta(minutes=1)
MOST_FAILURES = 100
"""Failures of a slice that are kept one by one; of a slice with more, one more says so."""
COUNTED = ("evaluated", "hits", "suppressed", "already_known")


@dataclass(slots=True)
class BackfillReport(Report):
    """A report with some of the hits found; `number` is that of the backfill, None after a dry run."""

    number: int | None = None
    samples: list[FoundHit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What people should know of it beside figures, such as what the archive does not hold any more."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a backfill has come, in articles; `total` is None where nobody can know."""

    number: int | None
    evaluated: int
    total: int | None


Progress = Callable[[Pace], None]


def silent(_pace: Pace) -> None:
    """Hears of progress and says nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """A request with all that is needed to work it off: the terms, compiled, and where the articles come from."""

    request: Request
    watch: Watch
    compiled: watchlist.Watchlist
    versions: dict[str, int]
    supply: Supply

    @classmethod
    def of(cls, store: storage.Store, request: Request, clock: Clock) -> Job:
        """What a request comes to under the configuration in force; WirewatchError names what it does not have."""
        watch = Watch.load(store)
        terms = chosen(watch.configuration.terms, request.terms, "term")
        if not terms:
            raise WirewatchError("there is no term to take back; add one to the configuration and apply it")
        chosen(watch.configuration.sources, request.sources, "source")
        concepts = watch.configuration.concepts
        compiled = watchlist.Watchlist.compile(terms, concepts) if request.terms else watch.compiled
        supply: Supply
        if request.path is not None:
            supply = FileSupply(store, request, watch.configuration, clock)
        elif request.material == PAST:
            supply = PastSupply(store, request, watch.configuration, clock)
        else:
            supply = ArchiveSupply(store, request, wanted_of(terms, concepts))
        return cls(request, watch, compiled, {term.name: term.version for term in terms}, supply)

    def hits(self, portion: Portion, now: datetime) -> list[FoundHit]:
        """What the terms find in a portion."""
        return [
            FoundHit(hit, article)
            for article in portion.articles
            for hit in hits_of(article, self.compiled, Origin.BACKFILL, now)
        ]

    def kept(self, portion: Portion, hits: Sequence[Hit]) -> Sequence[storage.Indexed]:
        """The new articles that are to be stored: of a source that keeps only hits, those that have one."""
        sources = self.watch.configuration.sources
        hits_only = {source.name for source in sources if source.archive is Archiving.HITS}
        hit = {each.article_key for each in hits}
        return [each for each in portion.new if each.article.source not in hits_only or each.article.key in hit]

    def plan(self, now: datetime) -> storage.Plan:
        """Whom the new hits are told to, all at once when the last slice is done."""
        policy = alerts.AlertPolicy(self.watch.configuration, now)
        if self.request.notify is Notify.DIGEST:
            return policy.digest
        return lambda hits, look: policy.plan(hits, look, frozenset(Origin))


def backfill(store: storage.Store, request: Request, clock: Clock, progress: Progress = silent) -> BackfillReport:
    """Work off a request from its beginning; `progress` hears of each portion."""
    job = Job.of(store, request, clock)
    if request.dry_run:
        return _dry_run(store, job, clock, progress)
    return _work_off(store, job, begin(store, job, clock), clock, progress)


def resume(store: storage.Store, number: int, clock: Clock, progress: Progress = silent) -> BackfillReport:
    """Go on with a backfill that was stopped, killed, cancelled or has failed; BackfillError where that cannot be."""
    return _work_off(store, take_up(store, number, clock), number, clock, progress)


def begin(store: storage.Store, job: Job, clock: Clock) -> int:
    """Plan a backfill's slices and store them; gives its number, by which it can be resumed from now on."""
    return store.add_backfill(job.request.stored(), job.versions, job.supply.slices(), clock(), LEASE)


def take_up(store: storage.Store, number: int, clock: Clock) -> Job:
    """Claim a backfill that nobody is at, to go on with it; BackfillError where that cannot be."""
    stored = store.backfill(number)
    if stored is None:
        raise BackfillError(f"there is no backfill {number}; `wirewatch backfills` lists them")
    job = Job.of(store, request_from(stored.request), clock)
    changed = [name for name, version in stored.versions.items() if job.versions.get(name) != version]
    if changed:
        raise BackfillError(
            f"term “{changed[0]}” has changed since backfill {number} began: what it would go on with is another "
            f"question than what it has done. Start a new one: wirewatch backfill --term '{changed[0]}'"
        )
    store.claim_backfill(number, clock(), LEASE)
    return job


def _work_off(store: storage.Store, job: Job, number: int, clock: Clock, progress: Progress) -> BackfillReport:
    with let_go_of(store, number, clock):
        stored = store.backfill(number)
        assert stored is not None
        done = stored.counts.get("evaluated", 0)
        renewed = clock()

        def heard(evaluated: int) -> None:
            nonlocal done, renewed
            done += evaluated
            if clock() - renewed > RENEWED_AFTER:
                renewed = clock()
                store.renew_backfill(number, renewed, LEASE)
            progress(Pace(number, done, stored.total))

        heard(0)
        unread: list[Failure] = []
        for slice_number in store.open_slices(number):
            try:
                work_slice(store, job, number, slice_number, clock, heard)
            except FetchError as error:  # one source must not stop the others
                unread.append(Failure(f"backfill {number}", str(error)))
        finish(store, job, number, clock, unread)
    report = report_of(store, job, number)
    report.failures += unread
    return report


@contextmanager
def let_go_of(store: storage.Store, number: int, clock: Clock) -> Iterator[None]:
    """Says what became of a backfill when the work on it ends before it is done."""
    try:
        yield
    except BaseException as error:
        stopped = not isinstance(error, Exception)
        state = storage.BackfillState.STOPPED if stopped else storage.BackfillState.FAILED
        said = "it was stopped" if stopped else " ".join(str(error).split())
        with suppress(StorageError):  # else it is seen to be nobody's when its process is gone
            store.end_backfill(number, state, clock(), error=said)
        raise


def work_slice(
    store: storage.Store,
    job: Job,
    number: int,
    slice_number: int,
    clock: Clock,
    heard: Callable[[int], None] = lambda _evaluated: None,
) -> None:
    """Work off one slice from where it was left; `heard` is told how many articles each portion had."""
    claimed = store.claim_slice(number, slice_number)
    if claimed is None:
        return
    hold = job.request.notify is not Notify.NONE
    at = storage.SliceProgress(
        number, slice_number, claimed.attempt, claimed.cursor, False, claimed.counts, claimed.failures
    )
    for portion in job.supply.portions(claimed.part, claimed.cursor):
        evaluated = len(portion.articles)
        counts = Counter(at.counts) + Counter({"evaluated": evaluated})
        at = replace(at, cursor=portion.cursor, counts=counts, failures=_some((*at.failures, *portion.failures)))
        found = list(job.hits(portion, clock()))
        hits = tuple(each.hit for each in found)
        new = job.kept(portion, hits)
        batch = storage.Batch(new, hits, hold=hold, slice=at, matched_with=job.watch.version if new else None)
        written = write_judged(store, batch, storage.nothing, (each.article for each in found))
        at = replace(at, counts=written.slice_counts)
        heard(evaluated)
    store.write(storage.Batch(slice=replace(at, done=True)), storage.nothing)


def finish(store: storage.Store, job: Job, number: int, clock: Clock, unread: Sequence[Failure] = ()) -> None:
    """Queue what is to be told of a backfill whose slices have been worked off, and call it done.

    Where some could not be read it has failed: what was found is told all the same, and it can be resumed.
    """
    counts = {}
    if job.request.notify is not Notify.NONE:
        queued = store.plan_held(job.plan(clock()), number)
        counts = {"digests_queued" if job.request.notify is Notify.DIGEST else "messages_queued": len(queued)}
    state = storage.BackfillState.FAILED if unread else storage.BackfillState.DONE
    store.end_backfill(number, state, clock(), counts=counts, error=unread[0].what if unread else None)


def report_of(store: storage.Store, job: Job, number: int) -> BackfillReport:
    """What a backfill has found so far."""
    stored = store.backfill(number)
    assert stored is not None
    counts = {name: stored.counts.get(name, 0) for name in COUNTED} | dict(stored.counts)
    if job.request.material == ARCHIVE:
        counts.pop("new_articles", None)
    samples = store.hits(backfill=number, limit=SAMPLES)
    return BackfillReport(counts, list(stored.failures), number, samples, job.supply.missing())


def _dry_run(store: storage.Store, job: Job, clock: Clock, progress: Progress) -> BackfillReport:
    """Count what would be new, and store nothing."""
    report = BackfillReport(dict.fromkeys(COUNTED, 0), notes=job.supply.missing())
    slices = list(job.supply.slices())
    sizes = [planned.size for planned in slices if planned.size is not None]
    total = sum(sizes) if len(sizes) == len(slices) else None
    seen: set[tuple[bytes, str]] = set()
    for planned in slices:
        for portion in job.supply.portions(planned.part, None):
            found = job.hits(portion, clock())
            new = [each for each in _unknown(store, found) if (each.hit.article_key, each.hit.term) not in seen]
            seen |= {(each.hit.article_key, each.hit.term) for each in new}
            live = sum(each.hit.visibility is Visibility.LIVE for each in new)
            report.add(evaluated=len(portion.articles), hits=live)
            if job.request.material != ARCHIVE:
                report.add(new_articles=len(portion.new))
            report.add(suppressed=len(new) - live, already_known=len(found) - len(new))
            report.failures += portion.failures
            report.samples += new[: SAMPLES - len(report.samples)]
            progress(Pace(None, report.counts["evaluated"], total))
    return report


def _unknown(store: storage.Store, found: Sequence[FoundHit]) -> list[FoundHit]:
    """Those that would be new if they were stored."""
    known = store.visibilities((each.hit.article_key, each.hit.term) for each in found)

    def is_new(hit: Hit) -> bool:
        stored = known.get((hit.article_key, hit.term))
        return stored is None or (stored is Visibility.SUPPRESSED and hit.visibility is Visibility.LIVE)

    return [each for each in found if is_new(each.hit)]


def _some(failures: tuple[Failure, ...]) -> tuple[Failure, ...]:
    if len(failures) <= MOST_FAILURES:
        return failures
    more = Failure("backfill", "more failed than is listed here")
    return (*failures[:MOST_FAILURES], more)
