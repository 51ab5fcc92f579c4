"""What is kept for how long: old rows are let go in small transactions, and what went is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, delete, exists, func, select, tuple_
from sqlmodel import Field, SQLModel

from storage import documents, policy_tables, tables
from storage.columns import Instant
from storage.database import insert_or
from storage.inserting import insert_unless_there
from storage.part import Part
from storage.search import forget_articles
from storage.stories import forget_places
from storage.values import LetGo
from wirewatch.model import DeliveryState
from wirewatch.telling import Fate

BATCH = 500
"""Rows let go in one transaction: others want to write meanwhile."""

KEYS_KNOWN = timedelta(days=400)
"""How long the keys of articles are known that are let go: longer than any feed lists an article."""


class LetGoRow(SQLModel, table=True):
    """What upkeep has let go of one kind: all that was older than `before`, `total` rows since ever."""

    __tablename__ = "let_go"

    kind: str = Field(primary_key=True)
    before: datetime = Field(sa_type=Instant)
    at: datetime = Field(sa_type=Instant)
    total: int


_let_go = SQLModel.metadata.tables["let_go"]


class Retention(Part):
    """Letting go of what is older than its time. All methods may be stopped and called again."""

    def forget_articles(self, before: datetime, now: datetime) -> int:
        """Let go of articles that were fetched before that and have no hit."""
        columns = tables.article.c
        hit = exists().where(tables.hit.c.article_key == columns.key)
        page = exists().where(tables.pending_page.c.article_key == columns.key)
        old = select(columns.key).where(columns.fetched_at < before, ~hit, ~page)

        def work(connection: Connection, keys: list[Any]) -> None:
            forget_articles(connection, keys)
            forget_places(connection, keys)
            aliases = tables.article_alias
            others = connection.scalars(select(aliases.c.alias).where(aliases.c.article_key.in_(keys)))
            known = ({"key": key, "at": now} for key in sorted({*keys, *others}))
            insert_unless_there(connection, tables.known_key, known)
            connection.execute(delete(aliases).where(aliases.c.article_key.in_(keys)))
            documents.forget_raw(connection, keys)
            connection.execute(delete(tables.article).where(columns.key.in_(keys)))

        gone = self._forget("articles", old, work, before, now)
        at = tables.known_key.c.at
        long_gone = delete(tables.known_key).where(at < now - KEYS_KNOWN)
        self._database.write(lambda connection: connection.execute(long_gone))
        return gone

    def forget_raw(self, before: datetime, now: datetime) -> int:
        """Let go of the bytes of articles that were fetched before that; the articles stay."""
        columns = documents.raw_document.c
        old = select(columns.article_key).where(columns.fetched_at < before)
        return self._forget("raw", old, documents.forget_raw, before, now)

    def forget_passed_over(self, before: datetime, now: datetime) -> int:
        """Let go of the memory of articles that were passed over before that: what still shows them reads them anew."""
        columns = documents.passed_over.c
        return self._forget_rows("passed over", columns.key, columns.seen_at < before, before, now)

    def forget_hits(self, before: datetime, now: datetime) -> int:
        """Let go of hits that were found before that, unless somebody is still to be told of them."""
        columns, told, delivery = tables.hit.c, tables.delivery_hit.c, tables.delivery.c
        waiting = (
            select(told.delivery_key)
            .join(tables.delivery, delivery.key == told.delivery_key)
            .where(delivery.state == DeliveryState.PENDING)
            .where(told.article_key == columns.article_key, told.term == columns.term)
        )
        telling = policy_tables.telling.c
        in_bundle = (
            select(telling.term)
            .where(telling.fate == Fate.WAITING)
            .where(telling.article_key == columns.article_key, telling.term == columns.term)
        )
        old = select(columns.article_key, columns.term).where(columns.found_at < before, ~columns.held)
        old = old.where(~in_bundle.exists())

        def work(connection: Connection, keys: list[Any]) -> None:
            for table in (policy_tables.telling, policy_tables.judgement, tables.hit):
                connection.execute(delete(table).where(tuple_(table.c.article_key, table.c.term).in_(keys)))

        return self._forget("hits", old.where(~waiting.exists()), work, before, now)

    def forget_deliveries(self, before: datetime, now: datetime) -> int:
        """Let go of deliveries that were made before that and are over."""
        columns = tables.delivery.c
        old = select(columns.key).where(columns.created_at < before, columns.state != DeliveryState.PENDING)

        def work(connection: Connection, keys: list[Any]) -> None:
            for table in (tables.delivery_attempt, tables.delivery_hit):
                connection.execute(delete(table).where(table.c.delivery_key.in_(keys)))
            connection.execute(delete(tables.delivery).where(columns.key.in_(keys)))

        return self._forget("deliveries", old, work, before, now)

    def forget_runs(self, before: datetime, now: datetime) -> int:
        """Let go of the history of runs that began before that."""
        return self._forget_rows("runs", tables.run.c.id, tables.run.c.started_at < before, before, now)

    def let_go(self) -> Mapping[str, LetGo]:
        """What is gone, by kind: `articles` (without hits), `hits`, `deliveries`, `runs`, `raw`, `passed over`."""
        with self._database.read() as connection:
            return {row.kind: LetGo(row.before, row.at, row.total) for row in connection.execute(select(_let_go)).all()}

    def _forget_rows(
        self, kind: str, key: Column[Any], is_old: ColumnElement[bool], before: datetime, now: datetime
    ) -> int:
        """Let go of rows that nothing hangs on."""

        def work(connection: Connection, keys: list[Any]) -> None:
            connection.execute(delete(key.table).where(key.in_(keys)))

        return self._forget(kind, select(key).where(is_old), work, before, now)

    def _forget(self, kind: str, old: Select[Any], forget: Any, before: datetime, now: datetime) -> int:
        """Let go of all of them, some at a time, saying so in the same transaction."""
        gone = 0

        def work(connection: Connection) -> int:
            rows = connection.execute(old.limit(BATCH)).all()
            if rows:
                forget(connection, [row[0] if len(row) == 1 else tuple(row) for row in rows])
                _remember(connection, kind, before, now, len(rows))
            return len(rows)

        while some := self._database.write(work):
            gone += some
        return gone


def _remember(connection: Connection, kind: str, before: datetime, now: datetime, number: int) -> None:
    row = {"kind": kind, "before": before, "at": now, "total": number}
    statement = insert_or(connection, _let_go).values(row)
    later: ColumnElement[Any] = func.max(_let_go.c.before, statement.excluded.before)
    if connection.dialect.name != "sqlite":
        later = func.greatest(_let_go.c.before, statement.excluded.before)
    changes = {"before": later, "at": statement.excluded.at, "total": _let_go.c.total + statement.excluded.total}
    connection.execute(statement.on_conflict_do_update(index_elements=["kind"], set_=changes))
