"""Backfills over a large archive: articles a second for one term and for a thousand, and what a rare term costs.

The archive is made up, on SQLite, stored as polls store. A full one has each text ten times, which fills it in a third
of the time. A rare term has the same candidates in an archive of a tenth.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import watchlist
from benchmarks.figures import table
from benchmarks.process_tree import cpu_seconds
from benchmarks.watchlist_world import Desk
from flows import backfilling
from flows.request import Notify, Request
from storage import Batch, Indexed, Store, nothing, open_store
from wirewatch.config import Configuration
from wirewatch.definitions import definitions
from wirewatch.identity import digest
from wirewatch.model import Article, Channel, Source, SourceKind, Term

NOW = datetime(2026, 11, 22, 2, 44, tzinfo=UTC)
PARAGRAPHS = 3
BATCH = 500
TEXTS = 10_000
"""Different texts: more articles than that have them again, each at its own address."""
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
        texts = _texts(world, min(TEXTS, size.articles))
        configuration = _configuration(world, size.rounds, queries)
        large = _archive(Path(folder) / "large.db", configuration, texts, size)
        small = _archive(Path(folder) / "small.db", configuration, texts, replace(size, articles=size.articles // 10))
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


def _archive(file: Path, configuration: Configuration, texts: Sequence[Indexed], size: Size) -> Store:
    store = open_store(f"sqlite:///{file}")
    store.apply(configuration, definitions(configuration), NOW)
    articles = _articles(texts, size)
    while batch := tuple(islice(articles, BATCH)):
        store.write(Batch(batch), nothing)
    return store


def _configuration(world: Desk, rounds: int, queries: Sequence[str]) -> Configuration:
    terms = [Term(f"rare {letter}", f"Zuqarani{letter}") for letter in RARE[:rounds]]
    terms += [Term("one", world.words[700]), *(Term(f"query {number}", each) for number, each in enumerate(queries))]
    source = Source("wire", SourceKind.FEED, "https://wire.example/rss", timedelta(minutes=15))
    return Configuration((Channel("screen", "screen://"),), (source,), (), tuple(terms))


def _texts(world: Desk, number: int) -> list[Indexed]:
    return [_indexed(replace(each, blocks=each.blocks[:PARAGRAPHS])) for each in world.articles(number)]


def _indexed(article: Article) -> Indexed:
    return Indexed(article, watchlist.lexemes(article), watchlist.LEXEMES_VERSION)


def _articles(texts: Sequence[Indexed], size: Size) -> Iterator[Indexed]:
    """The rare names are in every so manieth article, so that they are all over the archive."""
    every = size.articles // size.candidates
    for number in range(size.articles):
        text = texts[number % len(texts)]
        if number % every < size.rounds:
            text = _with_name(text.article, f"Zuqarani{RARE[number % every]}")
        url = f"https://wire.example/{number}"
        key, at = digest("article", url), NOW - timedelta(minutes=number)
        article = replace(text.article, key=key, url=url, source="wire", fetched_at=at, fingerprint=key)
        yield replace(text, article=article)


def _with_name(article: Article, name: str) -> Indexed:
    first, *others = article.blocks
    return _indexed(replace(article, blocks=(replace(first, text=f"{name} {first.text}"), *others)))


def _backfill(store: Store, terms: Sequence[str]) -> Cost:
    began, cpu = time.monotonic(), cpu_seconds()
    report = backfilling.backfill(store, Request(tuple(terms), notify=Notify.NONE), lambda: NOW)
    seconds = time.monotonic() - began
    return Cost(seconds, cpu_seconds() - cpu, report.counts["evaluated"], report.counts["hits"])
