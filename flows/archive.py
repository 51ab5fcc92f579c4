"""Backfill, as a plain function: terms over what the archive holds. Never imports Prefect.

Idempotent: a hit that is stored already is not new, so a second run or one after a kill tells nobody twice. With
`digest`, new hits are flagged in the transaction that stores them and told when the whole range has been read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

import alerts
import storage
import watchlist
from flows.applying import Named
from flows.pipeline import Watch, hits_of
from flows.report import Report
from wirewatch.candidates import AnyOf
from wirewatch.clock import Clock
from wirewatch.errors import WirewatchError
from wirewatch.model import FoundHit, Origin, Term, Visibility

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
    terms = _chosen(watch.configuration.terms, request.terms, "term")
    _chosen(watch.configuration.sources, request.sources, "source")
    concepts = watch.configuration.concepts
    compiled = watchlist.Watchlist.compile(terms, concepts)
    wanted = AnyOf(tuple(watchlist.candidates(watchlist.parse(term.query), concepts) for term in terms))
    report = BackfillReport({"evaluated": 0, "hits": 0, "suppressed": 0, "already_known": 0})
    slices = store.archive(wanted, since=request.since, until=request.until, sources=request.sources or None)
    for articles in slices:
        found = [
            FoundHit(hit, article)
            for article in articles
            for hit in hits_of(article, compiled, Origin.BACKFILL, clock())
        ]
        new = found if request.dry_run else _stored(store, found, request.notify)
        _count(report, len(articles), found, new)
        progress(len(articles))
    if not request.dry_run and request.notify is Notify.DIGEST:
        told = {term.name: term for term in watch.configuration.terms}
        queued = store.plan_held(lambda hits: alerts.plan_digest(hits, told, clock()))
        report.add(digests_queued=len(queued))
    return report


def _chosen(there: Iterable[Named], names: Sequence[str], kind: str) -> list[Named]:
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


def _count(report: BackfillReport, evaluated: int, found: Sequence[FoundHit], new: Sequence[FoundHit]) -> None:
    live = sum(each.hit.visibility is Visibility.LIVE for each in new)
    report.add(evaluated=evaluated, hits=live, suppressed=len(new) - live, already_known=len(found) - len(new))
    report.samples += new[: SAMPLES - len(report.samples)]


def search_archive(
    store: storage.Store,
    query: str,
    *,
    since: datetime | None,
    until: datetime | None,
    sources: Sequence[str] | None,
    limit: int | None,
    now: datetime,
) -> list[FoundHit]:
    """What a query finds in the archive; nothing is stored. QueryError where it cannot be read."""
    configuration = store.configuration()
    concepts = configuration.concepts if configuration else ()
    compiled = watchlist.Watchlist.compile([Term(name=query, query=query)], concepts)
    wanted = watchlist.candidates(watchlist.parse(query), concepts)
    found: list[FoundHit] = []
    for articles in store.archive(wanted, since=since, until=until, sources=sources or None):
        for article in articles:
            found += [FoundHit(hit, article) for hit in hits_of(article, compiled, Origin.BACKFILL, now)]
            if limit and len(found) >= limit:
                return found[:limit]
    return found
