"""What is kept of documents beside their articles: their bytes, what was wrong with them, and what was passed over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, delete, func, select, update
from sqlmodel import Field, SQLModel

from storage import tables
from storage.columns import CleanText, ExactText, Instant
from storage.database import insert_or
from storage.document_values import Documents, RawDocument, SetAside
from storage.inserting import insert_unless_there
from storage.part import Part
from storage.rows import ITEM, article_from, chunks, pending_page_row
from storage.values import PendingPage
from wirewatch.identity import digest, url_key
from wirewatch.model import Item


class RawDocumentRow(SQLModel, table=True):
    """The bytes of an article, compressed by zstd."""

    __tablename__ = "raw_document"

    article_key: bytes = Field(primary_key=True)
    source: str
    fetched_at: datetime = Field(sa_type=Instant, index=True)
    made_with: str = Field(sa_type=CleanText)
    item: dict[str, Any] = Field(sa_type=JSON)
    raw: bytes


class SetAsideRow(SQLModel, table=True):
    """A document that could not be read."""

    __tablename__ = "set_aside"

    key: bytes = Field(primary_key=True)
    place: bytes = Field(index=True)
    source: str
    url: str = Field(sa_type=CleanText)
    path: str | None = Field(default=None, sa_type=ExactText)
    reason: str = Field(sa_type=CleanText)
    strikes: int
    given_up: bool
    at: datetime = Field(sa_type=Instant)
    item: dict[str, Any] | None = Field(default=None, sa_type=JSON)


class PassedOverRow(SQLModel, table=True):
    """An article that is not stored, as its source keeps only those with hits."""

    __tablename__ = "passed_over"

    key: bytes = Field(primary_key=True)
    is_alias: bool
    """It is another key of an article that was passed over, and not counted."""
    source: str = Field(index=True)
    seen_at: datetime = Field(sa_type=Instant, index=True)


_tables = SQLModel.metadata.tables
raw_document, set_aside, passed_over = (_tables[name] for name in ("raw_document", "set_aside", "passed_over"))


class DocumentMemory(Part):
    """Documents, to look at, to read again and to let go of."""

    def strikes(self, keys: Collection[bytes]) -> dict[bytes, SetAside]:
        """Those of the documents that could not be read so far."""
        found: dict[bytes, SetAside] = {}
        with self._database.read() as connection:
            for part in chunks(keys):
                for row in connection.execute(select(set_aside).where(set_aside.c.key.in_(part))):
                    found[row.key] = _set_aside_from(row)
        return found

    def documents_set_aside(self, sources: Sequence[str] | None = None) -> list[SetAside]:
        """All documents that cannot be read, newest first."""
        wanted = select(set_aside).order_by(set_aside.c.at.desc(), set_aside.c.key)
        if sources is not None:
            wanted = wanted.where(set_aside.c.source.in_(sources))
        with self._database.read() as connection:
            return [_set_aside_from(row) for row in connection.execute(wanted)]

    def try_again(self, documents: Iterable[SetAside], now: datetime) -> None:
        """Forget that they cannot be read: the next poll reads their files anew, and fetches their pages."""
        chosen = list(documents)
        stamps, sources = tables.file_stamp, tables.source

        def work(connection: Connection) -> None:
            for each in chosen:
                connection.execute(delete(set_aside).where(set_aside.c.key == each.key))
                if each.path is not None:
                    key = digest("path", each.path)
                    connection.execute(delete(stamps).where(stamps.c.source == each.source, stamps.c.path_key == key))
            pages = [_page_of(each, now) for each in chosen if each.item is not None]
            insert_unless_there(connection, tables.pending_page, map(pending_page_row, pages))
            names = sorted({each.source for each in chosen})
            connection.execute(update(sources).where(sources.c.name.in_(names)).values(next_due=now))

        self._database.write(work)

    def passed_over(self, keys: Collection[bytes]) -> set[bytes]:
        """Those of the keys under which an article was passed over."""
        found: set[bytes] = set()
        with self._database.read() as connection:
            for part in chunks(sorted(keys)):
                found.update(connection.scalars(select(passed_over.c.key).where(passed_over.c.key.in_(part))))
        return found

    def count_passed_over(
        self, since: datetime | None = None, until: datetime | None = None, sources: Sequence[str] | None = None
    ) -> dict[str, int]:
        """How many articles of each source were seen in that time and not kept, as they had no hit."""
        columns = passed_over.c
        wanted = select(columns.source, func.count()).where(~columns.is_alias)
        wanted = wanted.group_by(columns.source).order_by(columns.source)
        with self._database.read() as connection:
            return dict(
                connection.execute(_within(wanted, columns.seen_at, since, until, columns.source, sources))
                .tuples()
                .all()
            )

    def raw_documents(
        self,
        *,
        made_with_other_than: str | None = None,
        sources: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: bytes | None = None,
        limit: int = 50,
    ) -> list[RawDocument]:
        """Articles whose bytes are kept, by key behind `after`; `since` and `until` are when they were fetched."""
        columns, article = raw_document.c, tables.article
        wanted = select(*columns["item", "raw", "made_with"], article).join(
            article, article.c.key == columns.article_key
        )
        wanted = _within(wanted, columns.fetched_at, since, until, columns.source, sources)
        if made_with_other_than is not None:
            wanted = wanted.where(columns.made_with != made_with_other_than)
        if after is not None:
            wanted = wanted.where(columns.article_key > after)
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(columns.article_key).limit(limit)).all()
        return [
            RawDocument(
                replace(ITEM.validate_python(row.item), raw=_unpacked(row.raw)), article_from(row), row.made_with
            )
            for row in rows
        ]

    def mark_read_again(self, keys: Collection[bytes], made_with: str) -> None:
        """Say that these articles are what this version of extraction makes of their bytes."""
        parts = list(chunks(keys))

        def work(connection: Connection) -> None:
            for part in parts:
                mine = raw_document.c.article_key.in_(part)
                connection.execute(update(raw_document).where(mine).values(made_with=made_with))

        if parts:
            self._database.write(work)

    def hits_in(self, keys: Collection[bytes]) -> set[tuple[bytes, str]]:
        """(article key, term) of all hits of these articles."""
        columns = tables.hit.c
        found: set[tuple[bytes, str]] = set()
        with self._database.read() as connection:
            for part in chunks(keys):
                wanted = select(columns.article_key, columns.term).where(columns.article_key.in_(part))
                found.update(connection.execute(wanted).tuples())
        return found

    def count_raw(self) -> tuple[int, int]:
        """How many articles' bytes are kept, and how much room they take."""
        with self._database.read() as connection:
            row = connection.execute(
                select(func.count(), func.coalesce(func.sum(func.length(raw_document.c.raw)), 0))
            ).one()
        return row[0], int(row[1])


def _within(
    wanted: Any,
    moment: ColumnElement[datetime],
    since: datetime | None,
    until: datetime | None,
    source: ColumnElement[str],
    sources: Sequence[str] | None,
) -> Any:
    if since is not None:
        wanted = wanted.where(moment >= since)
    if until is not None:
        wanted = wanted.where(moment < until)
    return wanted if sources is None else wanted.where(source.in_(sources))


def store_documents(connection: Connection, documents: Documents) -> None:
    """Count strikes, forget those of what can be read now, remember what was passed over."""
    if documents.set_aside:
        failed = {each.key: _set_aside_row(each) for each in documents.set_aside}
        added = insert_or(connection, set_aside)
        changed = {name: added.excluded[name] for name in ("reason", "strikes", "given_up", "at", "item", "path")}
        upsert = added.on_conflict_do_update(index_elements=["key"], set_=changed)
        for part in chunks(failed[key] for key in sorted(failed)):
            connection.execute(upsert, part)
    for urls in chunks(documents.readable):
        connection.execute(delete(set_aside).where(set_aside.c.place.in_([_place(url) for url in urls])))
    seen = {key: each for each in documents.passed_over for key in each.keys}
    rows = (
        {"key": key, "is_alias": key != seen[key].keys[0], "source": seen[key].source, "seen_at": seen[key].at}
        for key in sorted(seen)
    )
    insert_unless_there(connection, passed_over, rows)


def store_raw(connection: Connection, kept: Iterable[tuple[bytes, Item, str]]) -> None:
    """Keep the bytes of articles, in place of what was kept of them before."""
    rows = [
        {
            "article_key": key,
            "source": item.source,
            "fetched_at": item.fetched_at,
            "made_with": made_with,
            "item": ITEM.dump_python(replace(item, raw=b""), mode="json"),
            "raw": _packed(item.raw),
        }
        for key, item, made_with in sorted(kept, key=lambda each: each[0])
    ]
    for part in chunks(rows, 20):
        added = insert_or(connection, raw_document)
        changed = {name: added.excluded[name] for name in ("source", "fetched_at", "made_with", "item", "raw")}
        connection.execute(added.on_conflict_do_update(index_elements=["article_key"], set_=changed), part)


def forget_raw(connection: Connection, keys: Sequence[bytes]) -> None:
    """Let go of the bytes of these articles."""
    connection.execute(delete(raw_document).where(raw_document.c.article_key.in_(keys)))


def set_aside_key(source: str, url: str, raw: bytes) -> bytes:
    """Of a document that cannot be read: its place and its bytes."""
    return digest("set aside", source, url, raw)


def _place(url: str) -> bytes:
    return digest("set aside at", url)


def _set_aside_row(each: SetAside) -> dict[str, Any]:
    names = ("key", "source", "url", "path", "reason", "strikes", "given_up", "at")
    item = None if each.item is None else ITEM.dump_python(replace(each.item, raw=b""), mode="json")
    return {name: getattr(each, name) for name in names} | {"place": _place(each.url), "item": item}


def _set_aside_from(row: Any) -> SetAside:
    names = ("key", "source", "url", "reason", "strikes", "given_up", "at", "path")
    item = None if row.item is None else ITEM.validate_python(row.item)
    return SetAside(**{name: getattr(row, name) for name in names}, item=item)


def _page_of(each: SetAside, now: datetime) -> PendingPage:
    assert each.item is not None
    return PendingPage(each.item, 0, now, url_key(each.item.url), each.reason)


def _packed(raw: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor(level=6).compress(raw)


def _unpacked(raw: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdDecompressor().decompress(raw)
