r"""What matching an article costs, beside finding its words with a regular expression.

The unit is the CPU of `re.findall(r"\w+", text)` on the same articles, so that figures from different machines compare.
Articles and queries are made up (`watchlist_world`); no article is matched twice.
"""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.figures import table
from benchmarks.watchlist_world import WORDS_AN_ARTICLE, Dense, Desk, World
from watchlist import Watchlist, parse, read
from watchlist.query import Exact, Name, Node, Not, Or, Stem, Words, children
from wirewatch.folding import fold_text
from wirewatch.model import Article, Term

SIZES = (1_000, 10_000, 100_000)
_BATCH = 20


@dataclass(frozen=True)
class Costs:
    """CPU of matching in word scans, of a word scan in seconds; hits and queries looked at, an article."""

    scans: float
    scan: float
    hits: float
    looked_at: float


def run(quick: bool) -> str:
    """The figures as Markdown."""
    warm, fresh = (300, 60) if quick else (3_000, 300)
    sizes = SIZES[:2] if quick else SIZES
    parts = []
    for name, world in (("desk", Desk(7)), ("dense", Dense(7))):
        earlier, unseen = list(world.articles(warm)), list(world.articles(fresh))
        rows = [_row(world, size, earlier, unseen) for size in sizes]
        mix = ", ".join(f"{share:.0%} {kind}" for kind, share in world.mix.items())
        parts.append(
            f"**{name}**: {mix}. Chunks of text not met before: {_unmet(earlier, unseen):.0f} an article.\n\n"
            + table(_HEADS, rows)
        )
    return "\n\n".join([*parts, f"Articles of {WORDS_AN_ARTICLE} words, unseen, after {warm:,} others."])


_HEADS = (
    "queries",
    "match, word scans",
    "an article",
    "looked at",
    "hits an article",
    "whose words all occur",
    "build, word scans",
    "index, resident",
)


def _row(world: World, size: int, earlier: list[Article], unseen: list[Article]) -> list[str]:
    queries = world.queries(size)
    occurring = _occurring(queries, [*earlier, *unseen])
    build, room, watch = _built([Term(str(number), query) for number, query in enumerate(queries)])
    for article in earlier:
        watch.match(article)
    costs = _matched(watch, unseen)
    return [
        f"{size:,}",
        f"{costs.scans:.2f}",
        f"{costs.scans * costs.scan * 1e6:.0f} µs",
        f"{costs.looked_at:.2f}",
        f"{costs.hits:.2f}",
        f"{occurring:.0%}",
        f"{build / costs.scan:,.0f}",
        f"{room:.0f} MB",
    ]


def _built(terms: list[Term]) -> tuple[float, float, Watchlist]:
    gc.collect()
    before, begun = _resident(), time.thread_time()
    watch = Watchlist.compile(terms, [])
    spent = time.thread_time() - begun
    gc.collect()
    return spent, _resident() - before, watch


def _matched(watch: Watchlist, articles: list[Article]) -> Costs:
    """Word scans and matching in turn, in batches."""
    ratios: list[float] = []
    units: list[float] = []
    hits = 0
    scan = re.compile(r"\w+").findall
    for first in range(0, len(articles), _BATCH):
        batch = articles[first : first + _BATCH]
        begun = time.thread_time()
        for article in batch:
            for block in article.blocks:
                scan(block.text)
        scanned = time.thread_time()
        for article in batch:
            hits += len(watch.match(article))
        matched = time.thread_time()
        ratios.append((matched - scanned) / (scanned - begun))
        units.append((scanned - begun) / len(batch))
    looked_at = sum(len(watch.candidates(read(article))) for article in articles)
    return Costs(median(ratios), median(units), hits / len(articles), looked_at / len(articles))


def _unmet(earlier: list[Article], unseen: list[Article]) -> float:
    """Chunks that an article has and none before it had."""
    met = {chunk for article in earlier for block in article.blocks for chunk in block.text.split()}
    before = len(met)
    met.update(chunk for article in unseen for block in article.blocks for chunk in block.text.split())
    return (len(met) - before) / len(unseen)


def _occurring(queries: list[str], articles: list[Article]) -> float:
    """The share of queries whose required words all occur in the articles, not all in one; of an OR one is enough."""
    words = {word for article in articles for block in article.blocks for word in fold_text(block.text).split()}
    beginnings = {word[:length] for word in words for length in range(3, len(word) + 1)}
    return sum(_occurs(parse(query).root, words, beginnings) for query in queries) / len(queries)


def _occurs(node: Node, words: set[str], beginnings: set[str]) -> bool:
    match node:
        case Words(prefix=True):
            return words.issuperset(node.words[:-1]) and node.words[-1] in beginnings
        case Words() | Exact() | Name():
            return words.issuperset(node.words)
        case Stem(text):
            return fold_text(text) in words
        case Or(parts):
            return any(_occurs(part, words, beginnings) for part in parts)
        case _:
            return all(_occurs(part, words, beginnings) for part in _required(node))


def _required(node: Node) -> Iterator[Node]:
    return (part for part in children(node) if not isinstance(part, Not))


def _resident() -> float:
    """Megabytes of memory in use by this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6
