"""Reading what is stored: articles, hits, and the articles that may match a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, tuple_

from storage import tables
from storage.context import in_context
from storage.part import Part
from storage.rows import article_from, chunks, hit_from
from storage.search import outdated_articles, restrict
from storage.values import Counts
from wirewatch.candidates import Candidates
from wirewatch.errors import StorageError
from wirewatch.identity import KEY_BYTES
from wirewatch.model import Article, DeliveryState, FoundHit, Origin, Visibility

_KEY_WINDOW = 50_000
"""Keys of candidates that are held at once: the index is asked again for the next so many."""

_FOUND = select(tables.hit, tables.article).join(tables.article, tables.article.c.key == tables.hit.c.article_key)
_FOUND_IN = _FOUND.where(tables.hit.c.article_key.in_(bindparam("articles", expanding=True)))


class Archive(Part):
    """Articles and hits, to look at."""

    def hits(
        self,
        *,
        terms: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        visibility: Visibility | None = None,
        origin: Origin | None = None,
        backfill: int | None = None,
        limit: int | None = None,
        newest_first: bool = True,
    ) -> list[FoundHit]:
        """Hits with their articles, in the order in which they were found; found from `since` to before `until`."""
        columns = tables.hit.c
        found_at = columns.found_at.desc() if newest_first else columns.found_at
        wanted = _FOUND.order_by(found_at, columns.article_key, columns.term).limit(limit)
        if terms is not None:
            wanted = wanted.where(columns.term.in_(terms))
        if sources is not None:
            wanted = wanted.where(tables.article.c.source.in_(sources))
        if since is not None:
            wanted = wanted.where(columns.found_at >= since)
        if until is not None:
            wanted = wanted.where(columns.found_at < until)
        if visibility is not None:
            wanted = wanted.where(columns.visibility == visibility)
        if origin is not None:
            wanted = wanted.where(columns.origin == origin)
        if backfill is not None:
            wanted = wanted.where(columns.backfill == backfill)
        with self._database.read() as connection:
            found = [FoundHit(hit_from(row), article_from(row)) for row in connection.execute(wanted)]
            return in_context(connection, found)

    def visibilities(self, hits: Iterable[tuple[bytes, str]]) -> dict[tuple[bytes, str], Visibility]:
        """Of those (article key, term), the ones that are stored, and how they are seen."""
        columns = tables.hit.c
        stored: dict[tuple[bytes, str], Visibility] = {}
        with self._database.read() as connection:
            for part in chunks(hits):
                wanted = select(*columns["article_key", "term", "visibility"]).where(
                    tuple_(columns.article_key, columns.term).in_(part)
                )
                stored |= {(row.article_key, row.term): row.visibility for row in connection.execute(wanted)}
        return stored

    def article(self, key: bytes) -> Article | None:
        """The article of a key, its own or an alias."""
        articles, aliases = tables.article, tables.article_alias
        by_alias = select(articles).join(aliases, aliases.c.article_key == articles.c.key).where(aliases.c.alias == key)
        with self._database.read() as connection:
            row = connection.execute(select(articles).where(articles.c.key == key)).one_or_none()
            row = row or connection.execute(by_alias).one_or_none()
        return None if row is None else article_from(row)

    def article_by_prefix(self, hex_prefix: str) -> Article | None:
        """The article whose key begins so in hexadecimal; StorageError where several do, or where it is no key."""
        first, last = key_range(hex_prefix)
        key = tables.article.c.key
        with self._database.read() as connection:
            rows = connection.execute(
                select(tables.article).where(key >= first, key <= last).order_by(key).limit(2)
            ).all()
        if len(rows) > 1:
            raise StorageError(
                f"article {hex_prefix}: more than one begins so ({rows[0].key.hex()}, {rows[1].key.hex()}…); "
                "give more of it"
            )
        return article_from(rows[0]) if rows else None

    def archive(
        self,
        candidates: Candidates,
        version: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
        after: bytes | None = None,
        last: bytes | None = None,
        slice_size: int = 200,
    ) -> Iterator[list[Article]]:
        """The articles that may match, in slices, in the order of keys: those behind `after`, up to and with `last`.

        `version` is that of the lexemes that `candidates` names.

        `since` and `until` (before it) are times of publication, of fetching where nobody said when an article was
        published. Memory is that of a slice; no transaction stays open between two.
        """
        columns = tables.article.c
        wanted = restrict(select(columns.key), candidates, version, sqlite=self._database.is_sqlite)
        if last is not None:
            wanted = wanted.where(columns.key <= last)
        for keys in self._windows(_dated(wanted, since, until, sources), after or b""):
            for part in chunks(keys, slice_size):
                if articles := self._articles(part):
                    yield articles

    def archive_ranges(
        self,
        candidates: Candidates,
        version: int,
        size: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
    ) -> Iterator[tuple[bytes, bytes, int]]:
        """What `archive` gives, cut into ranges of at most `size` articles: (`after`, `last`, how many)."""
        wanted = restrict(select(tables.article.c.key), candidates, version, sqlite=self._database.is_sqlite)
        after = b""
        for keys in self._windows(_dated(wanted, since, until, sources), after):
            for part in chunks(keys, size):
                yield after, part[-1], len(part)
                after = part[-1]

    def _windows(self, wanted: Select[tuple[bytes]], after: bytes) -> Iterator[list[bytes]]:
        key = tables.article.c.key
        while True:
            with self._database.read() as connection:
                keys = list(connection.scalars(wanted.where(key > after).order_by(key).limit(_KEY_WINDOW)))
            yield keys
            if len(keys) < _KEY_WINDOW:
                return
            after = keys[-1]

    def outdated(self, version: int, limit: int) -> list[Article]:
        """Some articles that the index holds by lexemes of an earlier version than this."""
        with self._database.read() as connection:
            keys = outdated_articles(connection, version, limit)
        return self._articles(keys)

    def candidate_count(self, candidates: Candidates, version: int) -> int:
        """How many articles may match."""
        wanted = restrict(select(tables.article.c.key), candidates, version, sqlite=self._database.is_sqlite)
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).select_from(wanted.subquery())) or 0

    def last_hits(self) -> dict[str, datetime]:
        """When each term last had a hit; terms without one are left out."""
        columns = tables.hit.c
        wanted = select(columns.term, func.max(columns.found_at).label("found_at")).group_by(columns.term)
        with self._database.read() as connection:
            return {row.term: row.found_at for row in connection.execute(wanted)}

    def article_sources(self) -> set[str]:
        """The names of the sources that articles are of; folders that were only backfilled among them."""
        with self._database.read() as connection:
            return set(connection.scalars(select(tables.article.c.source).distinct()))

    def first_fetch(self) -> datetime | None:
        """When the oldest article of the archive was fetched."""
        with self._database.read() as connection:
            oldest: datetime | None = connection.scalar(select(func.min(tables.article.c.fetched_at)))
        return oldest

    def counts(self) -> Counts:
        """How many articles, hits and deliveries there are."""
        with self._database.read() as connection:
            hits = _count_by(connection, tables.hit.c.visibility)
            deliveries = _count_by(connection, tables.delivery.c.state)
            articles = connection.scalar(select(func.count()).select_from(tables.article)) or 0
        return Counts(
            articles=articles,
            live_hits=hits.get(Visibility.LIVE, 0),
            suppressed_hits=hits.get(Visibility.SUPPRESSED, 0),
            deliveries={state: deliveries.get(state, 0) for state in DeliveryState},
        )

    def _articles(self, keys: Sequence[bytes]) -> list[Article]:
        table = tables.article
        with self._database.read() as connection:
            rows = connection.execute(select(table).where(table.c.key.in_(keys)).order_by(table.c.key))
            return [article_from(row) for row in rows]


def found_hits(connection: Connection, keys: Iterable[tuple[bytes, str]]) -> dict[tuple[bytes, str], FoundHit]:
    """The hits of these articles and terms, by article key and term."""
    wanted = set(keys)
    found: dict[tuple[bytes, str], FoundHit] = {}
    for part in chunks(sorted({article_key for article_key, _ in wanted})):
        for row in connection.execute(_FOUND_IN, {"articles": part}):
            if (row.article_key, row.term) in wanted:
                found[row.article_key, row.term] = FoundHit(hit_from(row), article_from(row))
    return dict(zip(found, in_context(connection, list(found.values())), strict=True))


def _dated(
    articles: Select[tuple[bytes]], since: datetime | None, until: datetime | None, sources: Sequence[str] | None
) -> Select[tuple[bytes]]:
    columns = tables.article.c
    if since is not None:
        articles = articles.where(columns.dated_at >= since)
    if until is not None:
        articles = articles.where(columns.dated_at < until)
    return articles if sources is None else articles.where(columns.source.in_(sources))


def _count_by(connection: Connection, column: Any) -> dict[Any, int]:
    return dict(connection.execute(select(column, func.count()).group_by(column)).tuples().all())


def key_range(hex_prefix: str, what: str = "article", verb: str = "hits") -> tuple[bytes, bytes]:
    """The first and the last key that begin so; StorageError says what was expected, and which verb shows it."""
    digits = hex_prefix.strip().lower()
    try:
        if not 0 < len(digits) <= 2 * KEY_BYTES:
            raise ValueError
        return bytes.fromhex(digits.ljust(2 * KEY_BYTES, "0")), bytes.fromhex(digits.ljust(2 * KEY_BYTES, "f"))
    except ValueError:
        raise StorageError(
            f"“{hex_prefix}” names no {what}; expected the first characters of its key, as `wirewatch {verb}` shows it"
        ) from None
