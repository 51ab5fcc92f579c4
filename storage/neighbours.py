"""Finding the relatives of articles: by the shingles they share, by the rare words of their openings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from sqlalchemy import Connection

from wirewatch.stories import Traced

FURNITURE_OVER = 50
"""A shingle that more articles of one site have is furniture: it is neither filed for that site nor counted."""

COMMON_SHARE = 0.05
"""A word that a larger share of the openings has finds nobody in particular, and is not filed."""

COMMON_OVER = 50
"""A word that fewer openings have is filed, however few there are."""

ASKED_WORDS = 24
"""Words of an opening by which it finds others: the rarest that another one has."""

HOLDERS_ASKED = 500
"""Openings that are looked through for one article, about: words that all have find nobody in particular."""

COPIES_COMPARED = 3
REPORTS_COMPARED = 8
WORDS_SHARED = 2

_AMONG = "IN (SELECT value FROM json_each(?))"
_SHINGLES = "SELECT hash, article_key, site FROM story_shingle WHERE hash IN (SELECT value FROM json_each(?))"
_WORDS = "SELECT word, article_key FROM story_word WHERE word IN (SELECT value FROM json_each(?))"
_COUNTS = "SELECT word, articles FROM story_word_count WHERE word IN (SELECT value FROM json_each(?))"
"""As SQLite has them; Postgres has another word for `_AMONG`."""


@dataclass(slots=True)
class Neighbours:
    """For each article the keys of those it is to be compared with, and what is to be filed of it."""

    copies: dict[bytes, list[bytes]] = field(default_factory=dict)
    reports: dict[bytes, list[bytes]] = field(default_factory=dict)
    shingles: dict[bytes, list[int]] = field(default_factory=dict)
    words: dict[bytes, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    """Openings with each word, those of the articles themselves among them; "" counts the openings."""


def find_neighbours(connection: Connection, traced: Sequence[Traced]) -> Neighbours:
    """What stands near each of the articles: stored before, or earlier in this order. They themselves are not filed."""
    found = Neighbours()
    _by_shingles(connection, traced, found)
    words = {"", *(word for each in traced for word in each.words)}
    found.counts = Counter(dict(_rows_with(connection, _COUNTS, words)))
    for each in traced:
        found.counts.update((*each.words, ""))
    _by_words(connection, traced, found)
    return found


def _by_shingles(connection: Connection, traced: Sequence[Traced], found: Neighbours) -> None:
    wanted = {shingle for each in traced for shingle in each.shingles}
    holders: dict[int, list[tuple[bytes, str]]] = {shingle: [] for shingle in wanted}
    for shingle, key, site in _rows_with(connection, _SHINGLES, wanted):
        holders[shingle].append((key, site))
    for each in traced:
        key = each.article.key
        shared: Counter[bytes] = Counter()
        filed = []
        for shingle in each.shingles:
            there = holders[shingle]
            furniture = _furniture(there)
            if furniture:
                shared.update([holder for holder, site in there if site not in furniture])
            elif there:
                shared.update([holder for holder, _ in there])
            if each.site not in furniture:
                filed.append(shingle)
                there.append((key, each.site))
        least = 2 if len(each.shingles) >= 16 else 1  # one sentence that everybody quotes is no copy
        found.copies[key] = [other for other, number in _most(shared, COPIES_COMPARED) if number >= least]
        found.shingles[key] = filed


_NOWHERE: frozenset[str] = frozenset()


def _furniture(holders: Sequence[tuple[bytes, str]]) -> Collection[str]:
    """The sites of which more articles hold this shingle than write the same words by themselves."""
    if len(holders) < FURNITURE_OVER:
        return _NOWHERE
    return {site for site, number in Counter([site for _, site in holders]).items() if number >= FURNITURE_OVER}


def _by_words(connection: Connection, traced: Sequence[Traced], found: Neighbours) -> None:
    asked = {each.article.key: _asked(each, found.counts) for each in traced}
    holders: dict[str, list[bytes]] = {word: [] for words in asked.values() for word in words}
    for word, key in _rows_with(connection, _WORDS, holders):
        holders[word].append(key)
    asked_at_all = min(HOLDERS_ASKED, max(COMMON_OVER, COMMON_SHARE * found.counts[""]))
    for each in traced:
        key = each.article.key
        shared = Counter([holder for word in asked[key] for holder in holders[word]])
        found.reports[key] = [other for other, number in _most(shared, REPORTS_COMPARED) if number >= WORDS_SHARED]
        found.words[key] = [word for word in sorted(each.words) if found.counts[word] <= asked_at_all]
        for word in found.words[key]:
            if word in holders:
                holders[word].append(key)


def _asked(traced: Traced, counts: Mapping[str, int]) -> list[str]:
    """The words by which an opening finds others: the rarest that another has, as long as not too many have them."""
    shared = [word for word in traced.words if 1 < counts[word] <= HOLDERS_ASKED]
    words: list[str] = []
    holders = 0
    for word in _rarest(shared, traced.names, counts)[:ASKED_WORDS]:
        holders += counts[word]
        if holders > HOLDERS_ASKED and len(words) >= WORDS_SHARED:
            break
        words.append(word)
    return words


def _rarest(words: Iterable[str], names: Collection[str], counts: Mapping[str, int]) -> list[str]:
    # Where all are as rare, any order will do that is the same for all articles.
    return sorted(words, key=lambda word: (counts[word], word not in names, crc32(word.encode())))


def _most(shared: Counter[bytes], limit: int) -> list[tuple[bytes, int]]:
    return sorted(shared.items(), key=lambda each: (-each[1], each[0]))[:limit]


def _rows_with(
    connection: Connection, wanted: str, values: Collection[int] | Collection[str]
) -> Iterable[tuple[Any, ...]]:
    """The rows with any of these values: thousands of them, so straight from the driver, in one statement."""
    listed: Any = sorted(values)
    if connection.dialect.name == "sqlite":
        listed = json.dumps(listed)
    else:
        wanted = wanted.replace(_AMONG, "= ANY(%s)")
    found = connection.exec_driver_sql(wanted, (listed,))
    return found.cursor.fetchall() if found.cursor else ()
