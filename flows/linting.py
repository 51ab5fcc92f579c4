"""Hints about terms that only the archive can give: wildcards that catch too much, terms that catch nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

import storage
from flows.archive import archive_hits
from watchlist import LEXEMES_VERSION
from watchlist.concepts import Concepts
from watchlist.lints import plain_name, prefixes
from wirewatch.candidates import Lexeme
from wirewatch.config import Configuration
from wirewatch.errors import QueryError
from wirewatch.folding import fold_text
from wirewatch.model import Term

COMMON = 0.5
"""A wildcard in this share of the archive says little."""
ENOUGH_ARTICLES = 50
"""Fewer articles say nothing about a wildcard."""
SILENCE = timedelta(days=30)
NAMES_LOOKED_FOR = timedelta(days=28)
MOST_MENTIONS = 5_000
"""Articles with a name that are looked at for other spellings."""
SPELLINGS_SHOWN = 3


def archive_hints(store: storage.Store, configuration: Configuration, now: datetime) -> Iterator[tuple[str, str]]:
    """(term, hint), in order of terms; queries that cannot be read are passed over."""
    yield from _common_wildcards(store, configuration)
    yield from _silent_terms(store, configuration.terms, now)
    yield from _other_spellings(store, configuration.terms, now)


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


def _other_spellings(store: storage.Store, terms: Iterable[Term], now: datetime) -> Iterator[tuple[str, str]]:
    """Names written plainly, of which the last weeks' articles have words that `~` would find."""
    names = {term.name: name for term in terms if (name := _plain_name(term))}
    if not names:
        return
    tried = [Term(name=term, query=name) for term, name in names.items()]
    spellings: dict[str, dict[str, str]] = {term: {} for term in names}
    for found in islice(archive_hits(store, tried, (), now, since=now - NAMES_LOOKED_FOR), MOST_MENTIONS):
        plain = set(fold_text(names[found.hit.term]).split())
        for match in found.hit.matches:
            for start, end in match.marks:
                written = " ".join(match.passage[start:end].split())
                if not set(fold_text(written).split()) <= plain:
                    spellings[found.hit.term].setdefault(written.casefold(), written)
    for term, others in spellings.items():
        if others:
            shown = ", ".join(f"“{each}”" for each in sorted(others.values())[:SPELLINGS_SHOWN])
            yield term, f"the archive also has {shown}, which {names[term]} would find"


def _plain_name(term: Term) -> str | None:
    try:
        return plain_name(term.query)
    except QueryError:
        return None
