"""What judging costs beside an archive of many judged articles, which is made up, of the words of real ones."""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
import time
from array import array
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import repeat
from statistics import median

import alerts
import storage
from alerts.traces import sample, shingles_of, site_of
from benchmarks.story_articles import NOW, hit_in, make_article
from storage.neighbours import COMMON_OVER, COMMON_SHARE, HOLDERS_ASKED
from wirewatch.identity import digest
from wirewatch.model import Article
from wirewatch.stories import Traced

BATCH = 200
"""Articles in a transaction."""

HIT_RATE = 0.05
FEW = int(BATCH * HIT_RATE)
SHINGLES = 48
"""Of each article that fills the archive."""


def cost(bodies: Sequence[tuple[str, list[str]]], size: int, rounds: int = 5) -> tuple[float, float, float]:
    """Milliseconds of CPU a judged article, traced, judged and filed: of duplicates alone, of all, and of all in polls.

    In a poll few of the articles hit: HIT_RATE of them. What is taken off is as large a batch in the same rounds
    without being judged. Medians.
    """
    figures: list[list[float]] = []
    vocabulary = [word for _, paragraphs in bodies for paragraph in paragraphs for word in paragraph.split()]
    with tempfile.TemporaryDirectory() as folder, storage.open_store(f"sqlite:///{folder}/a.db") as store:
        fill(store, size, [alerts.trace(make_article(f"body {number}", *body)) for number, body in enumerate(bodies)])
        for turn in range(rounds + 1):
            spent: list[float] = []
            for way, hitting in ((None, BATCH), (_only_shingles, BATCH), (alerts.trace, BATCH), (alerts.trace, FEW)):
                names = [f"{turn} {len(spent)} {number}" for number in range(BATCH)]
                articles = [make_article(name, *_unrelated(vocabulary, name)) for name in names]
                spent.append(_milliseconds(store, articles, way, hitting))
            unjudged, shingles, both, few = spent
            figures.append([(shingles - unjudged) / BATCH, (both - unjudged) / BATCH, (few - unjudged) / FEW])
    alone, both, few = map(median, zip(*figures[1:], strict=True))  # the first round fills the memories
    return alone, both, few


def _milliseconds(
    store: storage.Store, articles: Sequence[Article], way: Callable[[Article], Traced] | None, hitting: int
) -> float:
    """What it takes to store articles of which so many hit; all of them hit where nothing is judged."""
    indexed = [storage.Indexed(each, frozenset(["a"]), 1) for each in articles]
    batch = storage.Batch(indexed, [hit_in(article) for article in articles[:hitting]])
    began = time.process_time()
    if way is None:
        store.write(batch, storage.nothing)
    else:
        traced = tuple(map(way, articles[:hitting]))
        store.write(replace(batch, traced=traced), storage.nothing, alerts.STORY_RULES)
    with closing(sqlite3.connect(store.place)) as connection:  # else the next batch would pay for it, or the one after
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (time.process_time() - began) * 1000


def _only_shingles(article: Article) -> Traced:
    return Traced(article, site_of(article), sample(shingles_of(article)), frozenset(), frozenset())


def fill(store: storage.Store, size: int, traced: Sequence[Traced]) -> None:
    """Put so many judged articles into an empty SQLite store, with openings of the words of real ones.

    In bulk, past the store, in the order of the indexes; each has a hit, and as many traces as real ones leave.
    """
    chance = random.Random(size)
    blank = make_article("blank", "Blank", ["Nothing."])
    store.write(storage.Batch([storage.Indexed(blank, frozenset(), 1)], [hit_in(blank)]), storage.nothing)
    keys = sorted(digest("filler", str(number)) for number in range(size))
    words = _openings(keys, traced, chance)
    holders: dict[str, list[bytes]] = {}
    for key in keys:
        for word in words[key]:
            holders.setdefault(word, []).append(key)
    common = min(HOLDERS_ASKED, max(COMMON_OVER, COMMON_SHARE * size))
    filed = ((word, key) for word in sorted(holders) if len(holders[word]) <= common for key in holders[word])
    hashes = sorted(array("q", chance.randbytes(8 * SHINGLES * size)))
    traces = zip(hashes, chance.choices(keys, k=len(hashes)), repeat("filler"), strict=False)
    with closing(sqlite3.connect(store.place)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.executemany(_COPY_OF_BLANK, [(key, blank.key) for key in keys])
        connection.executemany(_HIT_OF_BLANK, [(key, key, blank.key) for key in keys])
        connection.executemany(_PLACE, (_filler(key, words[key]) for key in keys))
        connection.executemany("INSERT INTO story_shingle (hash, article_key, site) VALUES (?, ?, ?)", traces)
        connection.executemany("INSERT INTO story_word (word, article_key) VALUES (?, ?)", filed)
        counted = [("", size), *((word, len(holders[word])) for word in sorted(holders))]
        connection.executemany("INSERT INTO story_word_count (word, articles) VALUES (?, ?)", counted)
        connection.commit()


def _openings(keys: Sequence[bytes], traced: Sequence[Traced], chance: random.Random) -> dict[bytes, list[str]]:
    """For each key as many words as a real opening has; each word as often as it stands in real ones."""
    words = [word for each in traced for word in sorted(each.words)]
    long = len(words) // len(traced)
    return {key: sorted(set(chance.choices(words, k=long))) for key in keys}


_COLUMNS = "url, title, source, fetched_at, fingerprint, published_from, body_from, dated_at, revision, blocks"
_COPY_OF_BLANK = f"INSERT INTO article (key, {_COLUMNS}) SELECT ?, {_COLUMNS} FROM article WHERE key = ?"
_HIT_COLUMNS = "term, term_version, matches, visibility, origin, found_at, held"
_HIT_OF_BLANK = (
    f"INSERT INTO hit (article_key, story, {_HIT_COLUMNS}) SELECT ?, ?, {_HIT_COLUMNS} FROM hit WHERE article_key = ?"
)
_PLACE = (
    "INSERT INTO story_article (article_key, story, dated_at, by_hand, words, names, filed, shingles, traced_at)"
    " VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?)"
)


def _filler(key: bytes, filed: Sequence[str]) -> tuple[object, ...]:
    moment = NOW.replace(tzinfo=None).isoformat(" ") + ".000000"
    words, names = json.dumps(filed), json.dumps(filed[:9])
    return key, key, moment, words, names, words, bytes(8 * SHINGLES), moment


def _unrelated(vocabulary: Sequence[str], name: str) -> tuple[str, list[str]]:
    """An article of 600 words that shares no sentence with any other."""
    chance = random.Random(name)
    paragraphs = [" ".join(chance.choices(vocabulary, k=50)) for _ in range(12)]
    return f"{' '.join(chance.choices(vocabulary, k=8))} {name}", paragraphs
