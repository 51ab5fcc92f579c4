r"""What matching an article costs, beside finding its words with a regular expression.

The unit is the CPU of `re.findall(r"\w+", text)` on the same articles, so that figures from different machines compare.
Articles and queries are made up: words by Zipf's law, names, sentences; no article is matched twice.
"""

from __future__ import annotations

import gc
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from statistics import median

from benchmarks.figures import table
from watchlist import Watchlist, article_of_text
from wirewatch.model import Article, Block, Term, Zone

WORDS_AN_ARTICLE = 600
VOCABULARY = 60_000
NAMES = 50_000
SIZES = (1_000, 10_000, 100_000)
MIX = {
    "names of two words": 0.30,
    "single words": 0.15,
    "AND with a list": 0.20,
    "NOT": 0.10,
    "NEAR": 0.10,
    "prefixes": 0.05,
    "names ~": 0.05,
    "stems +": 0.05,
}
_PLACES = Path(__file__).resolve().parent.parent / "tests" / "quality" / "places.tsv"
_LENGTHS = range(3, 13)


class World:
    """Made-up news: a vocabulary with frequencies, names, articles and queries."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.words = self._made_up(VOCABULARY)
        self.names = [name.capitalize() for name in self._made_up(NAMES)]
        self._word_weights = list(accumulate(1 / (rank + 2.7) ** 1.1 for rank in range(VOCABULARY)))
        self._name_weights = list(accumulate(1 / (rank + 20) for rank in range(NAMES)))

    def articles(self, count: int) -> Iterator[Article]:
        """Articles of about 600 words in paragraphs' worth of sentences, a tenth of the words names."""
        for _ in range(count):
            words = self.random.choices(self.words, cum_weights=self._word_weights, k=WORDS_AN_ARTICLE)
            for place in self.random.sample(range(WORDS_AN_ARTICLE), WORDS_AN_ARTICLE // 10):
                words[place] = self._name()
            for place in range(0, WORDS_AN_ARTICLE, 20):
                words[place] = words[place].capitalize()
                words[place - 1] += "."
                words[place - 12] += ","
            paragraphs = [" ".join(words[place : place + 60]) for place in range(0, WORDS_AN_ARTICLE, 60)]
            blocks = tuple(Block(text, Zone.BODY) for text in paragraphs)
            yield replace(article_of_text(""), blocks=blocks, language="en")

    def queries(self, count: int) -> list[str]:
        """Queries in the proportions of MIX, on rarer words than articles are made of."""
        kinds = self.random.choices(list(MIX), weights=list(MIX.values()), k=count)
        return [self._query(kind) for kind in kinds]

    def _query(self, kind: str) -> str:
        match kind:
            case "names of two words":
                return f'"{self._any_name()} {self._any_name()}"'
            case "single words":
                return self._any_name() if self.random.random() < 0.5 else self._rare()
            case "AND with a list":
                return f"{self._any_name()} ({self._common()} OR {self._common()} OR {self._rare()})"
            case "NOT":
                return f"{self._any_name()} {self._common()} NOT {self._common()}"
            case "NEAR":
                return f"{self._any_name()} NEAR/8 ({self._common()} OR {self._common()})"
            case "prefixes":
                return f"{self._any_name()} {self._long()[:5]}*"
            case "names ~":
                return f'~"{self._any_name()} {self._any_name()}"'
            case _:
                return f"{self._any_name()} {self._common()}+"

    def _name(self) -> str:
        return self.random.choices(self.names, cum_weights=self._name_weights)[0]

    def _any_name(self) -> str:
        return self.random.choice(self.names)

    def _rare(self) -> str:
        return self.words[self.random.randrange(20_000, VOCABULARY)]

    def _common(self) -> str:
        return self.words[self.random.randrange(200, 5_000)]

    def _long(self) -> str:
        return next(word for word in iter(self._common, "") if len(word) >= 5)

    def _made_up(self, count: int) -> list[str]:
        """Words that look like names of places: each letter follows two others as it does there."""
        following: dict[str, list[str]] = {}
        for line in _PLACES.read_text(encoding="utf-8").splitlines():
            name = "" if line.startswith("#") else f"  {line.split()[0].lower()} "
            for place in range(2, len(name)):
                following.setdefault(name[place - 2 : place], []).append(name[place])
        found: dict[str, None] = {}
        while len(found) < count:
            word = "  "
            while not (word.endswith(" ") and len(word) > 2):
                word += self.random.choice(following[word[-2:]])
            if len(word.strip()) in _LENGTHS and word.strip().isalpha():
                found[word.strip()] = None
        return list(found)


def run(quick: bool) -> str:
    """The figures as Markdown."""
    world = World(7)
    warm, fresh = (300, 60) if quick else (3_000, 300)
    sizes = SIZES[:2] if quick else SIZES
    rows = []
    for size in sizes:
        queries = world.queries(size)
        terms = [Term(str(number), query) for number, query in enumerate(queries)]
        build, room, watch = _built(terms)
        for article in world.articles(warm):
            watch.match(article)
        ratio, unit, hits = _matched(watch, list(world.articles(fresh)))
        rows.append(
            [
                f"{size:,}",
                f"{ratio:.2f}",
                f"{ratio * unit * 1e6:.0f} µs",
                f"{hits:.2f}",
                f"{build / unit:,.0f}",
                f"{room:.0f} MB",
            ]
        )
    heads = ["queries", "match, word scans", "an article", "hits an article", "build, word scans", "index, resident"]
    mix = ", ".join(f"{share:.0%} {kind}" for kind, share in MIX.items())
    return (
        f"{table(heads, rows)}\n\nArticles of {WORDS_AN_ARTICLE} words, unseen, after {warm:,} others. Queries: {mix}."
    )


def _built(terms: list[Term]) -> tuple[float, float, Watchlist]:
    gc.collect()
    before, begun = _resident(), time.thread_time()
    watch = Watchlist.compile(terms, [])
    spent = time.thread_time() - begun
    gc.collect()
    return spent, _resident() - before, watch


def _matched(watch: Watchlist, articles: list[Article]) -> tuple[float, float, float]:
    """(CPU of matching in word scans, CPU of a word scan in seconds, hits an article), from interleaved batches."""
    ratios: list[float] = []
    units: list[float] = []
    hits: Counter[str] = Counter()
    scan = re.compile(r"\w+").findall
    for first in range(0, len(articles), 20):
        batch = articles[first : first + 20]
        begun = time.thread_time()
        for article in batch:
            for block in article.blocks:
                scan(block.text)
        scanned = time.thread_time()
        for article in batch:
            hits.update(found.term.name for found in watch.match(article))
        matched = time.thread_time()
        ratios.append((matched - scanned) / (scanned - begun))
        units.append((scanned - begun) / len(batch))
    return median(ratios), median(units), sum(hits.values()) / len(articles)


def _resident() -> float:
    """Megabytes of memory in use by this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6
