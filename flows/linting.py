"""Hints about terms that only the archive can give: wildcards that catch too much, terms that catch nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import storage
from watchlist import LEXEMES_VERSION
from watchlist.concepts import Concepts
from watchlist.lints import prefixes
from wirewatch.candidates import Lexeme
from wirewatch.config import Configuration
from wirewatch.errors import QueryError
from wirewatch.model import Term

COMMON = 0.5
"""A wildcard in this share of the archive says little."""
ENOUGH_ARTICLES = 50
"""Fewer articles say nothing about a wildcard."""
SILENCE = timedelta(days=30)


def archive_hints(store: storage.Store, configuration: Configuration, now: datetime) -> Iterator[tuple[str, str]]:
    """(term, hint), in order of terms; queries that cannot be read are passed over."""
    yield from _common_wildcards(store, configuration)
    yield from _silent_terms(store, configuration.terms, now)


def _common_wildcards(store: storage.Store, configuration: Configuration) -> Iterator[tuple[str, str]]:
    articles = store.counts().articles
    if articles < ENOUGH_ARTICLES:
        return
    concepts = Concepts(configuration.concepts)
    shares: dict[str, float] = {}
    for term in configuration.terms:
        try:
            beginnings = prefixes(term.query, concepts)
        except QueryError:
            continue
        for beginning in beginnings:
            if beginning not in shares:
                shares[beginning] = store.candidate_count(Lexeme(beginning, prefix=True), LEXEMES_VERSION) / articles
            if shares[beginning] >= COMMON:
                yield (
                    term.name,
                    f"{beginning}* is in {shares[beginning]:.0%} of the archive; a longer beginning is safer",
                )


def _silent_terms(store: storage.Store, terms: Iterable[Term], now: datetime) -> Iterator[tuple[str, str]]:
    since, last = store.terms_since(), store.last_hits()
    for term in terms:
        watched = since.get(term.name)
        latest = max(filter(None, (watched, last.get(term.name))), default=None)
        if watched and latest and now - latest > SILENCE:
            days = (now - latest).days
            yield term.name, f"no hit in {days} days; `wirewatch near-misses` shows what it nearly hit"
