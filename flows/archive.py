"""Backfill, as a plain function: terms over what the archive holds. Never imports Prefect.

Idempotent: a hit that is stored already is not new, so a second run or one after a kill tells nobody twice. With
`digest`, new hits are flagged in the transaction that stores them and told when the whole range has been read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice

import alerts
import storage
import watchlist
from flows.applying import Named
from flows.matching import hits_of
from flows.pipeline import Watch
from flows.report import Report
from wirewatch.candidates import AnyOf, Candidates
from wirewatch.clock import Clock
from wirewatch.errors import WirewatchError
from wirewatch.model import Concept, FoundHit, Hit, Origin, Term, Visibility

SAMPLES = 20


class Notify(StrEnum):
    """Whom a backfill tells of new hits: nobody, or each channel in one digest."""

    NONE = "none"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Request:
    """What to take through the archive. Empty `terms` and `sources` mean all; `until` is exclusive."""

    terms: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    notify: Notify = Notify.DIGEST
    dry_run: bool = False


@dataclass(slots=True)
class BackfillReport(Report):
    """A report with the hits found: all of them are counted, the first SAMPLES are kept."""

    samples: list[FoundHit] = field(default_factory=list)


def read_moment(text: str | None, *, end: bool = False) -> datetime | None:
    """Read `2026-11-01` or `2026-11-01T08:30`, in UTC unless it names a zone; `end` makes a bare date inclusive.

    WirewatchError says what was expected.
    """
    if not text:
        return None
    try:
        if len(text) == len("2026-11-01"):
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            return datetime.combine(day, time(), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise WirewatchError(f"“{text}” is not a date; write 2026-11-01 or 2026-11-01T08:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def make_request(
    terms: Sequence[str] | None,
    sources: Sequence[str] | None,
    since: str | None,
    until: str | None,
    notify: Notify,
    dry_run: bool,
) -> Request:
    """A request of what people type; WirewatchError where a date cannot be read or the range is empty."""
    begin, end = read_moment(since), read_moment(until, end=True)
    if begin and end and begin >= end:
        raise WirewatchError(f"nothing lies between --since {since} and --until {until}")
    return Request(tuple(terms or ()), tuple(sources or ()), begin, end, Notify(notify), dry_run)


def backfill(
    store: storage.Store,
    request: Request,
    clock: Clock,
    progress: Callable[[int], None] = lambda _articles: None,
) -> BackfillReport:
    """Match terms against the archive and store the hits; `progress` hears how many articles have been evaluated."""
    watch = Watch.load(store)
    terms = chosen(watch.configuration.terms, request.terms, "term")
    if not terms:
        raise WirewatchError("there is no term to take through the archive; add one to the configuration and apply it")
    chosen(watch.configuration.sources, request.sources, "source")
    concepts = watch.configuration.concepts
    compiled = watchlist.Watchlist.compile(terms, concepts)
    report = BackfillReport({"evaluated": 0, "hits": 0, "suppressed": 0, "already_known": 0})
    wanted = wanted_of(terms, concepts)
    slices = store.archive(
        wanted, watchlist.LEXEMES_VERSION, since=request.since, until=request.until, sources=request.sources or None
    )
    for articles in slices:
        found = [
            FoundHit(hit, article)
            for article in articles
            for hit in hits_of(article, compiled, Origin.BACKFILL, clock())
        ]
        new = _unknown(store, found) if request.dry_run else _stored(store, found, request.notify)
        _count(report, len(articles), found, new)
        progress(len(articles))
    if not request.dry_run and request.notify is Notify.DIGEST:
        told = {term.name: term for term in watch.configuration.terms}
        queued = store.plan_held(lambda hits: alerts.plan_digest(hits, told, clock()))
        report.add(digests_queued=len(queued))
    return report


def chosen(there: Iterable[Named], names: Sequence[str], kind: str) -> list[Named]:
    """Those of these names, all where none is given; WirewatchError where there is no such one."""
    items = list(there)
    unknown = [name for name in names if name not in {item.name for item in items}]
    if unknown:
        known = ", ".join(item.name for item in items) or "none"
        raise WirewatchError(f"unknown {kind} “{unknown[0]}”; known: {known}")
    return [item for item in items if not names or item.name in names]


def _stored(store: storage.Store, found: Sequence[FoundHit], notify: Notify) -> list[FoundHit]:
    batch = storage.Batch(hits=tuple(each.hit for each in found), hold=notify is Notify.DIGEST)
    new = {(hit.article_key, hit.term) for hit in store.write(batch, lambda _hits: []).new_hits}
    return [each for each in found if (each.hit.article_key, each.hit.term) in new]


def _unknown(store: storage.Store, found: Sequence[FoundHit]) -> list[FoundHit]:
    """Those that would be new if they were stored."""
    known = store.visibilities((each.hit.article_key, each.hit.term) for each in found)

    def is_new(hit: Hit) -> bool:
        stored = known.get((hit.article_key, hit.term))
        return stored is None or (stored is Visibility.SUPPRESSED and hit.visibility is Visibility.LIVE)

    return [each for each in found if is_new(each.hit)]


def _count(report: BackfillReport, evaluated: int, found: Sequence[FoundHit], new: Sequence[FoundHit]) -> None:
    live = sum(each.hit.visibility is Visibility.LIVE for each in new)
    report.add(evaluated=evaluated, hits=live, suppressed=len(new) - live, already_known=len(found) - len(new))
    report.samples += new[: SAMPLES - len(report.samples)]


def search_archive(
    store: storage.Store,
    query: str,
    now: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    sources: Sequence[str] | None = None,
    limit: int | None = None,
) -> list[FoundHit]:
    """What a query finds in the archive; nothing is stored. QueryError where it cannot be read."""
    configuration = store.configuration()
    concepts = configuration.concepts if configuration else ()
    term = Term(name=query, query=query)
    return list(islice(archive_hits(store, [term], concepts, now, since, until, sources), limit))


def archive_hits(
    store: storage.Store,
    terms: Sequence[Term],
    concepts: Sequence[Concept],
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    sources: Sequence[str] | None = None,
) -> Iterator[FoundHit]:
    """The hits of terms in the archive, streaming; nothing is stored. QueryError names the term."""
    compiled = watchlist.Watchlist.compile(terms, concepts)
    wanted = wanted_of(terms, concepts)
    for articles in store.archive(wanted, watchlist.LEXEMES_VERSION, since=since, until=until, sources=sources or None):
        for article in articles:
            yield from (FoundHit(hit, article) for hit in hits_of(article, compiled, Origin.BACKFILL, now))


def wanted_of(terms: Sequence[Term], concepts: Sequence[Concept]) -> Candidates:
    """What an article's index entries must hold for any of the terms (at least one) to have a chance."""
    queries = [query for term in terms for query in (term.query, *term.aliases)]
    return AnyOf(tuple(watchlist.candidates(watchlist.parse(query), concepts) for query in queries))
