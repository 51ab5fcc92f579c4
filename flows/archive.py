"""Queries and terms over the archive, as plain functions. Never imports Prefect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

import storage
import watchlist
from flows.comparing import Named
from flows.matching import hits_of
from wirewatch.candidates import AnyOf, Candidates
from wirewatch.config import Configuration
from wirewatch.errors import WirewatchError
from wirewatch.model import Concept, FoundHit, Origin, Term
from wirewatch.wording import unknown_name


def chosen(there: Iterable[Named], names: Sequence[str], kind: str) -> list[Named]:
    """Those of these names, all where none is given; WirewatchError where there is no such one."""
    items = list(there)
    unknown = [name for name in names if name not in {item.name for item in items}]
    if unknown:
        raise WirewatchError(unknown_name(kind, unknown[0], [item.name for item in items]))
    return [item for item in items if not names or item.name in names]


def check_names(store: storage.Store, *, terms: Sequence[str] = (), sources: Sequence[str] = ()) -> None:
    """WirewatchError for a name that neither the configuration nor the archive knows, which would find nothing."""
    configuration = store.configuration() or Configuration()
    _check_known(terms, [term.name for term in configuration.terms], store.last_hits, "term")
    _check_known(sources, [source.name for source in configuration.sources], store.article_sources, "source")


def _check_known(
    names: Sequence[str], in_force: Sequence[str], of_archive: Callable[[], Iterable[str]], kind: str
) -> None:
    if set(names) <= set(in_force):
        return
    known = list(dict.fromkeys((*in_force, *of_archive())))
    for name in names:
        if name not in known:
            raise WirewatchError(unknown_name(kind, name, known))


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
