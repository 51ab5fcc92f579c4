"""A term before it goes live, tried on the archive: what it would find, and what a change of it gains and loses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import storage
from flows.archive import archive_hits
from watchlist import LEXEMES_VERSION
from watchlist.nearly import NearMiss, NearMisses
from wirewatch.config import Configuration
from wirewatch.definitions import definitions
from wirewatch.model import Article, Concept, FoundHit, Match, Term, Visibility

WINDOW = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a term finds in the archive. `found` are the newest hits, `live` and `suppressed` count all of them."""

    found: tuple[FoundHit, ...]
    live: int
    suppressed: int
    a_day: float | None
    """Live hits a day in the last WINDOW, by when articles were fetched; None for an archive younger than a day."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way in which the archive writes a name, in how many articles, and a match that shows it."""

    spelling: str
    articles: int
    example: Match


@dataclass(frozen=True, slots=True)
class TermDifference:
    """What a change of one term gains and loses in the archive; new terms only gain, removed ones are not looked at."""

    term: str
    gained: tuple[FoundHit, ...]
    lost: tuple[FoundHit, ...]


def preview(
    store: storage.Store, term: Term, concepts: Sequence[Concept], now: datetime, *, limit: int = 10
) -> Preview:
    """Try one term on the archive."""
    newest: list[FoundHit] = []
    live = suppressed = recent = 0
    for found in archive_hits(store, [term], concepts, now):
        is_live = found.hit.visibility is Visibility.LIVE
        live, suppressed = live + is_live, suppressed + (not is_live)
        recent += is_live and found.article.fetched_at > now - WINDOW
        newest.append(found)
        if len(newest) > 2 * limit:
            newest = _newest(newest, limit)
    began = store.first_fetch()
    days = min(WINDOW, now - began) / timedelta(days=1) if began else 0.0
    return Preview(tuple(_newest(newest, limit)), live, suppressed, recent / days if days >= 1 else None)


def spellings(store: storage.Store, query: str, now: datetime) -> list[Spelling]:
    """The spellings under which a name (`~…`) stands in the archive, commonest first."""
    examples: dict[str, Match] = {}
    articles: Counter[str] = Counter()
    for found in archive_hits(store, [Term(name=query, query=query)], (), now):
        here: set[str] = set()
        for match in found.hit.matches:
            written = [" ".join(match.passage[start:end].split()) for start, end in match.marks]
            here.update(written)
            for spelling in written:
                examples.setdefault(spelling, match)
        articles.update(here)
    return [Spelling(spelling, number, examples[spelling]) for spelling, number in articles.most_common()]


def differences(
    store: storage.Store, before: Configuration, after: Configuration, now: datetime
) -> list[TermDifference]:
    """For each term that is new or matches differently, the articles of the archive it gains and loses."""
    old, new = definitions(before), definitions(after)
    renamed = {new_name: old_name for old_name, new_name in after.renames}
    old_terms = {term.name: term for term in before.terms}
    changed = []
    for term in after.terms:
        earlier = old_terms.get(renamed.get(term.name, term.name))
        if earlier is None or old[earlier.name] != new[term.name]:
            changed.append(_difference(store, before, after, earlier, term, now))
    return changed


def near_misses(
    store: storage.Store, terms: Sequence[Term], concepts: Sequence[Concept], since: datetime
) -> Iterator[tuple[Article, NearMiss]]:
    """Articles since then that a term does not hit, and would if it were a little less strict; streaming."""
    if not terms:
        return
    watched = NearMisses(terms, concepts)
    for articles in store.archive(watched.candidates, LEXEMES_VERSION, since=since):
        for article in articles:
            yield from ((article, miss) for miss in watched.of(article))


def _difference(
    store: storage.Store, before: Configuration, after: Configuration, earlier: Term | None, term: Term, now: datetime
) -> TermDifference:
    before_hits = archive_hits(store, [earlier], before.concepts, now) if earlier else ()
    had = {found.article.key: found for found in before_hits}
    has = {found.article.key: found for found in archive_hits(store, [term], after.concepts, now)}
    gained = tuple(found for key, found in has.items() if _is_more(found, had.get(key)))
    lost = tuple(found for key, found in had.items() if _is_more(found, has.get(key)))
    return TermDifference(term.name, gained, lost)


def _is_more(found: FoundHit, other: FoundHit | None) -> bool:
    """Whether a hit is there, or live, where the other is not."""
    return other is None or (found.hit.visibility is Visibility.LIVE and other.hit.visibility is Visibility.SUPPRESSED)


def _newest(found: Sequence[FoundHit], limit: int) -> list[FoundHit]:
    return sorted(found, key=lambda each: each.article.published_at or each.article.fetched_at, reverse=True)[:limit]
