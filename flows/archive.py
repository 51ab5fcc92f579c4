"""Queries and terms over the archive, as plain functions. Never imports Prefect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

import storage
import watchlist
from flows.applying import Named
from flows.matching import hits_of
from wirewatch.candidates import AnyOf, Candidates
from wirewatch.errors import WirewatchError
from wirewatch.model import Concept, FoundHit, Origin, Term


def chosen(there: Iterable[Named], names: Sequence[str], kind: str) -> list[Named]:
    """Those of these names, all where none is given; WirewatchError where there is no such one."""
    items = list(there)
    unknown = [name for name in names if name not in {item.name for item in items}]
    if unknown:
        known = ", ".join(item.name for item in items) or "none"
        raise WirewatchError(f"unknown {kind} “{unknown[0]}”; known: {known}")
    return [item for item in items if not names or item.name in names]


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
