"""Rows that are added only where their key is free: doing it again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, insert

from storage import tables
from storage.database import insert_or
from storage.rows import chunks, delivery_row
from wirewatch.model import Delivery


def insert_unless_there(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> set[tuple[Any, ...]]:
    """Insert those rows whose primary key is free; gives the primary keys of the inserted ones."""
    parts = list(chunks(rows))
    if not parts:  # most often so, and building a statement costs more than reading a feed that has not changed
        return set()
    statement = insert_or(connection, table).on_conflict_do_nothing().returning(*table.primary_key)
    return {tuple(row) for part in parts for row in connection.execute(statement, part)}


def store_deliveries(connection: Connection, deliveries: Iterable[Delivery]) -> tuple[Delivery, ...]:
    """Insert into the outbox what is not there yet, in the order of keys; gives those."""
    planned = {delivery.key: delivery for delivery in sorted(deliveries, key=lambda delivery: delivery.key)}
    added = {key for (key,) in insert_unless_there(connection, tables.delivery, map(delivery_row, planned.values()))}
    new = tuple(delivery for delivery in planned.values() if delivery.key in added)
    told = (
        {"delivery_key": delivery.key, "position": position, "article_key": article_key, "term": term}
        for delivery in new
        for position, (article_key, term) in enumerate(delivery.hits)
    )
    for part in chunks(told):
        connection.execute(insert(tables.delivery_hit), part)
    return new
