"""A source of which only hits are kept: what skimming its pages saves, and that it loses no hit.

The same pages, read all and read only where a term could have a hit; a made-up watchlist of which one page in twenty
has a word. CPU of the thread, in turns.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Sequence

from benchmarks.figures import table
from benchmarks.real_pages import real_pages
from extraction import extract
from extraction.skimming import Skimmed, skim
from watchlist import Watchlist
from wirewatch.errors import ExtractionError
from wirewatch.folding import fold_text
from wirewatch.model import Article, Block, Item, Term, Zone

SHARE = 0.05
LONG_WORD = 7


def run(quick: bool) -> str:
    """CPU of both ways, and the hits that each finds."""
    items = real_pages(100 if quick else 400)
    compiled = _watchlist(items)
    full: list[float] = []
    skimmed: list[float] = []
    parts: list[float] = []
    hits: set[tuple[str, str]] = set()
    found: set[tuple[str, str]] = set()
    close = 0
    for _ in range(2 if quick else 3):
        began = time.thread_time()
        hits = {hit for item in items for hit in _read(item, compiled)}
        full.append(time.thread_time() - began)
        began = time.thread_time()
        candidates = [item for item in items if _may_match(item, compiled)]
        parts.append(time.thread_time() - began)
        found = {hit for item in candidates for hit in _read(item, compiled)}
        skimmed.append(time.thread_time() - began)
        close = len(candidates)
    ratios = [one / other for one, other in zip(skimmed, full, strict=True)]
    rows = [
        ["every page read closely", f"{statistics.median(full):.2f}", str(len(hits))],
        [f"skimmed first, {close} of {len(items)} read closely", f"{statistics.median(skimmed):.2f}", str(len(found))],
        ["… the skimming alone", f"{statistics.median(parts):.2f}", ""],
    ]
    return "\n".join(
        [
            table([f"{len(items)} pages", "CPU seconds", "hits"], rows),
            "",
            f"Ratio: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}) with "
            f"{close / len(items):.1%} of the pages read closely. Hits lost: {len(hits - found)}.",
        ]
    )


def _watchlist(items: Sequence[Item]) -> Watchlist:
    """A term for every twentieth page: the longest word that no other page has."""
    words = [set(fold_text(seen.text).split()) if (seen := skim(item)) else set() for item in items]
    pages = Counter(word for each in words for word in each)
    terms = []
    for each in words[:: round(1 / SHARE)]:
        own = sorted((word for word in each if pages[word] == 1 and len(word) >= LONG_WORD and word.isalpha()), key=len)
        if own:
            terms.append(Term(name=own[0], query=own[0]))
    return Watchlist.compile(terms, ())


def _read(item: Item, compiled: Watchlist) -> list[tuple[str, str]]:
    try:
        article = extract(item)
    except ExtractionError:
        return []
    return [(item.url, found.term.name) for found in compiled.match(article)]


def _may_match(item: Item, compiled: Watchlist) -> bool:
    try:
        seen = skim(item)
    except ExtractionError:
        return True
    return seen is None or compiled.may_match(_as_article(seen, item), seen.languages)


def _as_article(seen: Skimmed, item: Item) -> Article:
    return Article(b"", item.url, "", (Block(seen.text, Zone.BODY),), item.source, item.fetched_at, b"")
