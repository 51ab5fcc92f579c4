"""Reading again, with a later extraction, what the bytes were kept of: a plain function. Never imports Prefect.

Idempotent and resumable: an article is marked with the version that made it in the end, so a second run, or one after
a kill, finds only what is left. The text of an article is replaced, but that is no revision by its publisher; hits that
the new text has are stored and not alerted; hits that it has lost are kept and reported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import extraction
import storage
import watchlist
from flows.archive import chosen
from flows.matching import hits_of
from flows.report import Report
from flows.template_lines import TemplateLines
from flows.watch import Watch
from wirewatch.clock import Clock
from wirewatch.errors import ExtractionError
from wirewatch.model import Article, FoundHit, Hit, Origin, Visibility

SLICE = 50
SAMPLES = 20


@dataclass(frozen=True, slots=True)
class Range:
    """Which articles to read again. No `sources` means all; the times are when they were fetched, `until` exclusive."""

    sources: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    everything: bool = False
    """Those too that this very version of extraction has made."""


@dataclass(slots=True)
class Reextraction(Report):
    """A report with some of the live hits that were gained and lost."""

    gained: list[FoundHit] = field(default_factory=list)
    lost: list[FoundHit] = field(default_factory=list)


def reextract(
    store: storage.Store,
    wanted: Range,
    clock: Clock,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _articles: None,
) -> Reextraction:
    """Read kept bytes again and store what changes, or only say so; `progress` hears how many were read."""
    watch = Watch.load(store)
    chosen(watch.configuration.sources, wanted.sources, "source")
    report = Reextraction({"read": 0, "changed": 0, "hits_gained": 0, "hits_lost": 0, "suppressed_gained": 0})
    version = extraction.version()
    after: bytes | None = None
    with extraction.Workers() as workers:
        while documents := store.raw_documents(
            made_with_other_than=None if wanted.everything else version,
            sources=wanted.sources or None,
            since=wanted.since,
            until=wanted.until,
            after=after,
            limit=SLICE,
        ):
            after = documents[-1].article.key
            _read_again(store, watch.compiled, documents, workers, clock(), report, dry_run=dry_run)
            progress(len(documents))
    return report


def _read_again(
    store: storage.Store,
    compiled: watchlist.Watchlist,
    documents: Sequence[storage.RawDocument],
    workers: extraction.Workers,
    now: datetime,
    report: Reextraction,
    *,
    dry_run: bool,
) -> None:
    changed: list[Article] = []
    hits: list[Hit] = []
    read: list[bytes] = []
    templates = TemplateLines(store)
    stored = store.hits_in([document.article.key for document in documents])
    for document, result in zip(documents, workers.extract_all([each.item for each in documents]), strict=True):
        if isinstance(result, ExtractionError):
            report.fail(f"article {document.article.url}", f"{result}; it stays as it is")
            continue
        read.append(document.article.key)
        article = replace(result, key=document.article.key, fetched_at=document.article.fetched_at)
        if article.url.startswith("http"):
            article = templates.without(article)
        if article == document.article:
            continue
        changed.append(article)
        hits += _compared(document.article, article, compiled, stored, now, report)
    report.add(read=len(documents), changed=len(changed))
    if dry_run:
        return
    indexed = [storage.Indexed(each, watchlist.lexemes(each), watchlist.LEXEMES_VERSION) for each in changed]
    if indexed:
        store.write(storage.Batch(indexed, hits, revises=False), storage.nothing)
    store.mark_read_again(read, extraction.version())


def _compared(
    before: Article,
    after: Article,
    compiled: watchlist.Watchlist,
    stored: set[tuple[bytes, str]],
    now: datetime,
    report: Reextraction,
) -> list[Hit]:
    """The hits to store: those that the new text alone has, and the stored ones as they stand in it.

    Both texts are asked with the same terms: what a term has found or lost by a change of its own is not counted.
    """
    old = {hit.term: hit for hit in hits_of(before, compiled, Origin.BACKFILL, now)}
    new = {hit.term: hit for hit in hits_of(after, compiled, Origin.BACKFILL, now)}
    gained = [hit for hit in new.values() if _is_more(hit, old.get(hit.term))]
    lost = [hit for hit in old.values() if _is_live(hit) and _is_more(hit, new.get(hit.term))]
    live = [FoundHit(hit, after) for hit in gained if _is_live(hit)]
    report.add(hits_gained=len(live), hits_lost=len(lost), suppressed_gained=len(gained) - len(live))
    report.gained += live[: SAMPLES - len(report.gained)]
    report.lost += [FoundHit(hit, before) for hit in lost][: SAMPLES - len(report.lost)]
    return [hit for hit in new.values() if hit in gained or (hit.article_key, hit.term) in stored]


def _is_live(hit: Hit | None) -> bool:
    return hit is not None and hit.visibility is Visibility.LIVE


def _is_more(hit: Hit, other: Hit | None) -> bool:
    return other is None or (_is_live(hit) and not _is_live(other))
