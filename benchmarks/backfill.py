"""Backfills over a large archive: articles a second for one term and for a thousand, and what a rare term costs.

The archive is made up, on SQLite, stored as polls store. A rare term has the same candidates in an archive of a tenth.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import watchlist
from benchmarks.figures import table
from benchmarks.process_tree import cpu_seconds
from benchmarks.watchlist_world import Desk
from flows import backfilling
from flows.request import Notify, Request
from storage import Batch, Indexed, Store, nothing, open_store
from wirewatch.config import Configuration, definitions
from wirewatch.identity import digest
from wirewatch.model import Article, Channel, Source, SourceKind, Term

NOW = datetime(2026, 11, 22, 2, 44, tzinfo=UTC)
PARAGRAPHS = 3
BATCH = 500
RARE = "abcde"
"""One rare name for each round."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large it all is; `candidates` is how many articles have a rare name, in either archive."""

    articles: int
    terms: int
    candidates: int
    rounds: int


FULL = Size(100_000, 1_000, 100, 5)
QUICK = Size(2_000, 200, 20, 3)


@dataclass(frozen=True, slots=True)
class Cost:
    """One backfill: what it took, and how many articles were evaluated and hit."""

    seconds: float
    cpu: float
    evaluated: int
    hits: int


def run(quick: bool) -> str:
    """Both archives and all backfills, with what the building took."""
    size = QUICK if quick else FULL
    world = Desk(22)
    queries = world.queries(size.terms)
    with tempfile.TemporaryDirectory(prefix="wirewatch-benchmark-") as folder:
        began = time.monotonic()
        large = _archive(Path(folder) / "large.db", world, size, queries)
        small = _archive(Path(folder) / "small.db", world, replace(size, articles=size.articles // 10), queries)
        built = time.monotonic() - began
        names = [f"rare {letter}" for letter in RARE[: size.rounds]]
        rare = [(_backfill(small, [name]), _backfill(large, [name])) for name in names]
        one = _backfill(large, ["one"])
        many = _backfill(large, [f"query {number}" for number in range(size.terms)])
        again = _backfill(large, ["one"])
        megabytes = (Path(folder) / "large.db").stat().st_size / 1e6
    return "\n".join(
        [
            table(
                [
                    f"{size.articles:,} articles",
                    "CPU s",
                    "s",
                    "candidates",
                    "hits",
                    "articles a second",
                    "candidates a second",
                ],
                [
                    _row("1 new term", one, size.articles),
                    _row("the same again", again, size.articles),
                    _row(f"{size.terms:,} new terms", many, size.articles),
                    _row("1 rare term", rare[0][1], size.articles),
                ],
            ),
            "",
            _growth(rare, size.candidates),
            f"Built in {built:.0f} s; the large database has {megabytes:.0f} MB. Load {os.getloadavg()[0]:.1f}.",
        ]
    )


def _row(name: str, cost: Cost, size: int) -> list[str]:
    pace = [f"{size / cost.seconds:,.0f}", f"{cost.evaluated / cost.seconds:,.0f}"]
    return [name, f"{cost.cpu:.2f}", f"{cost.seconds:.2f}", f"{cost.evaluated:,}", f"{cost.hits:,}", *pace]


def _growth(rare: Sequence[tuple[Cost, Cost]], candidates: int) -> str:
    assert {cost.evaluated for pair in rare for cost in pair} == {candidates}
    ratios = sorted(large.cpu / small.cpu for small, large in rare)
    costs = [statistics.median(pair[side].cpu for pair in rare) * 1000 for side in (0, 1)]
    return (
        f"A term with {candidates} candidates, CPU in an archive ten times as large ÷ in the small one: "
        f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}; {costs[1]:.0f} and {costs[0]:.0f} ms, "
        f"medians of {len(rare)})."
    )


def _archive(file: Path, world: Desk, size: Size, queries: Sequence[str]) -> Store:
    store = open_store(f"sqlite:///{file}")
    configuration = _configuration(world, size.rounds, queries)
    store.apply(configuration, definitions(configuration), NOW)
    batch: list[Indexed] = []
    for number, article in enumerate(_articles(world, size)):
        batch.append(Indexed(article, watchlist.lexemes(article), watchlist.LEXEMES_VERSION))
        if len(batch) == BATCH or number == size.articles - 1:
            store.write(Batch(tuple(batch)), nothing)
            batch = []
    return store


def _configuration(world: Desk, rounds: int, queries: Sequence[str]) -> Configuration:
    terms = [Term(f"rare {letter}", f"Zuqarani{letter}") for letter in RARE[:rounds]]
    terms += [Term("one", world.words[700]), *(Term(f"query {number}", each) for number, each in enumerate(queries))]
    source = Source("wire", SourceKind.FEED, "https://wire.example/rss", timedelta(minutes=15))
    return Configuration((Channel("screen", "screen://"),), (source,), (), tuple(terms))


def _articles(world: Desk, size: Size) -> Iterator[Article]:
    """The rare names are in every so manieth article, so that they are all over the archive."""
    every = size.articles // size.candidates
    for number, article in enumerate(world.articles(size.articles)):
        blocks = article.blocks[:PARAGRAPHS]
        if number % every < size.rounds:
            blocks = (replace(blocks[0], text=f"Zuqarani{RARE[number % every]} {blocks[0].text}"), *blocks[1:])
        url = f"https://wire.example/{number}"
        at = NOW - timedelta(minutes=number)
        key = digest("article", url)
        yield replace(article, key=key, url=url, blocks=blocks, source="wire", fetched_at=at, fingerprint=key)


def _backfill(store: Store, terms: Sequence[str]) -> Cost:
    began, cpu = time.monotonic(), cpu_seconds()
    report = backfilling.backfill(store, Request(tuple(terms), notify=Notify.NONE), lambda: NOW)
    seconds = time.monotonic() - began
    return Cost(seconds, cpu_seconds() - cpu, report.counts["evaluated"], report.counts["hits"])
