"""The watchlist beside SQLite's full-text index (FTS5), asked query by query.

Articles, queries and unit (word scans) are those of the watchlist benchmark, without the names ~ and the stems +, which
FTS5 cannot say. Both get the same queries and find the same, but for letters that only the watchlist folds (ı, ł).
FTS5 says only which articles match; the watchlist gives every hit its passages and reasons too.
"""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing

from benchmarks.figures import table
from benchmarks.watchlist_world import Desk
from watchlist import Watchlist, parse
from watchlist.query import And, Near, Node, Not, Or, Words, children
from wirewatch.model import Article, Term

QUERIES = 1_000
BATCHES = (1, 20, 100)
Hits = set[tuple[int, str]]  # number of the article, name of the term


def run(quick: bool) -> str:
    """The figures as Markdown."""
    world = Desk(7)
    terms = [Term(str(number), query) for number, query in enumerate(world.queries(QUERIES))]
    terms = [term for term in terms if _can_be_said(parse(term.query).root)]
    watch = Watchlist.compile(terms, [])
    for article in world.articles(300 if quick else 3_000):
        watch.match(article)
    rounds = 1 if quick else 3
    rows = [_row(watch, terms, [list(world.articles(size)) for _ in range(rounds * 100 // size)]) for size in BATCHES]
    heads = [
        "articles a batch",
        "watchlist",
        "FTS5: index",
        "FTS5: queries",
        "FTS5 ÷ watchlist",
        "hits an article",
        "of one only",
    ]
    return (
        f"{table(heads, rows)}\n\nWord scans an article, over {rounds * 100} articles. {len(terms)} queries, those "
        f"of {QUERIES:,} that FTS5 can say: {', '.join(kind for kind in Desk.mix if kind[-1] not in '~+')}. "
        f"SQLite {sqlite3.sqlite_version}, in memory, one transaction a batch, prefix index of 5 characters."
    )


def _row(watch: Watchlist, terms: list[Term], batches: list[list[Article]]) -> list[str]:
    expressions = [(term.name, _expression(parse(term.query).root)) for term in terms]
    spent, hits, differing = [], 0, 0
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as index:
        index.execute(
            "CREATE VIRTUAL TABLE articles USING fts5(body, tokenize = 'unicode61 remove_diacritics 2', prefix = 5)"
        )
        for batch in batches:
            scanned = _scan(batch)
            ours, found = _match(watch, batch)
            indexed, asked, also_found = _ask(index, batch, expressions)
            spent.append((scanned, ours, indexed, asked))
            hits += len(found)
            differing += len(found ^ also_found)
    articles = sum(len(batch) for batch in batches)
    scanned, ours, indexed, asked = (sum(column) for column in zip(*spent, strict=True))
    return [
        f"{len(batches[0])}",
        f"{ours / scanned:.2f}",
        f"{indexed / scanned:.2f}",
        f"{asked / scanned:.2f}",
        f"{(indexed + asked) / ours:.1f}",
        f"{hits / articles:.2f}",
        f"{differing / articles:.2f}",
    ]


def _scan(batch: list[Article]) -> float:
    scan = re.compile(r"\w+").findall
    begun = time.thread_time()
    for article in batch:
        for block in article.blocks:
            scan(block.text)
    return time.thread_time() - begun


def _match(watch: Watchlist, batch: list[Article]) -> tuple[float, Hits]:
    begun = time.thread_time()
    found = {(number, hit.term.name) for number, article in enumerate(batch) for hit in watch.match(article)}
    return time.thread_time() - begun, found


def _ask(
    index: sqlite3.Connection, batch: list[Article], expressions: list[tuple[str, str]]
) -> tuple[float, float, Hits]:
    """(CPU of indexing, CPU of all queries, hits); the index is empty before and after."""
    texts = [(number, "\n".join(block.text for block in article.blocks)) for number, article in enumerate(batch)]
    begun = time.thread_time()
    index.execute("BEGIN")
    index.executemany("INSERT INTO articles(rowid, body) VALUES (?, ?)", texts)
    indexed = time.thread_time()
    found = {
        (number, name)
        for name, expression in expressions
        for (number,) in index.execute("SELECT rowid FROM articles WHERE articles MATCH ?", [expression])
    }
    asked = time.thread_time()
    index.execute("ROLLBACK")
    return indexed - begun, asked - indexed, found


def _can_be_said(node: Node) -> bool:
    return isinstance(node, Words | And | Or | Not | Near) and all(_can_be_said(part) for part in children(node))


def _expression(node: Node) -> str:
    """A query of the benchmark as FTS5 says it; the alternatives of a NEAR become alternative NEARs."""
    match node:
        case Words(text, prefix):
            return f'"{text}"' + " *" * prefix
        case Near(left, right, within):
            return " OR ".join(
                f"NEAR({_expression(left)} {_expression(one)}, {within})" for one in _alternatives(right)
            )
        case Or(parts):
            return f"({' OR '.join(map(_expression, parts))})"
        case And(parts):
            there = " AND ".join(_expression(part) for part in parts if not isinstance(part, Not))
            return " NOT ".join([f"({there})", *(_expression(part.part) for part in parts if isinstance(part, Not))])
        case _:
            raise ValueError(f"FTS5 cannot say {node}")


def _alternatives(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, Or) else (node,)
