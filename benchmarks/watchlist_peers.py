"""The watchlist beside engines that are asked query by query: SQLite's FTS5, Postgres and tantivy.

Articles, queries and unit (word scans) are those of the watchlist benchmark, without the names ~ and the stems +, which
the others cannot say. They say only which articles match; the watchlist gives every hit its passages and reasons too.
tantivy comes with `pip install -e '.[bench]'`; without it its column is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec

from benchmarks.figures import table
from benchmarks.query_engines import Engine, Fts5, Ours, Postgres, Tantivy, can_be_said, postgres, word_scans
from benchmarks.watchlist_world import Desk
from watchlist import parse
from wirewatch.model import Article, Term

SIZES = (1_000, 10_000, 100_000)
BATCHES = ((1, 40), (100, 1))
"""(articles a batch, batches)"""


def run(quick: bool) -> str:
    """The figures as Markdown."""
    world = Desk(7)
    earlier = list(world.articles(300 if quick else 3_000))
    rows = []
    with postgres() as connection:
        others: dict[str, Callable[[Sequence[Term]], Engine] | None] = {
            "FTS5": Fts5,
            "tantivy": Tantivy if find_spec("tantivy") else None,
            "Postgres": lambda terms: Postgres(terms, connection),
        }
        for size in SIZES[:1] if quick else SIZES:
            terms = [Term(str(number), query) for number, query in enumerate(world.queries(size))]
            terms = [term for term in terms if can_be_said(parse(term.query).root)]
            ours = Ours(terms)
            ours.ask(earlier)
            engines = {name: make(terms) if make else None for name, make in others.items()}
            for articles, batches in BATCHES:
                unseen = [list(world.articles(articles)) for _ in range(batches)]
                rows.append([f"{len(terms):,}", f"{articles}", *_row(ours, engines, unseen)])
    heads = ["queries", "articles a batch", "hits an article", "watchlist"]
    heads += [f"{name}{end}" for name in others for end in ("", " ÷ watchlist", ": differing")]
    return f"{table(heads, rows)}\n\nWord scans an article. Differing: hits an article of one side only."


def _row(ours: Ours, others: dict[str, Engine | None], batches: list[list[Article]]) -> Iterable[str]:
    spent = dict.fromkeys(others, 0.0)
    differing = dict.fromkeys(others, 0)
    scanned = own = 0.0
    hits = 0
    for batch in batches:
        scanned += word_scans(batch)
        cpu, found = ours.ask(batch)
        own += cpu
        hits += len(found)
        for name, engine in others.items():
            if engine is not None:
                cpu, also_found = engine.ask(batch)
                spent[name] += cpu
                differing[name] += len(found ^ also_found)
    articles = sum(map(len, batches))
    yield f"{hits / articles:.2f}"
    yield f"{own / scanned:.2f}"
    for name, engine in others.items():
        if engine is None:
            yield from ("", "", "")
        else:
            yield from (f"{spent[name] / scanned:.2f}", f"{spent[name] / own:.1f}", f"{differing[name] / articles:.2f}")
