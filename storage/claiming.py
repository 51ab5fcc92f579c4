"""Claiming deliveries: every statement is built once, as building costs more than SQLite takes to run it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, text, update

from storage import tables
from storage.archive import found_hits
from storage.leases import NOW, is_free, taken_until, when_free
from storage.rows import chunks, delivery_from
from storage.values import ClaimedDelivery, Outcome
from wirewatch.model import Delivery

_delivery, _attempt, _told = tables.delivery.c, tables.delivery_attempt.c, tables.delivery_hit.c

PENDING = text(tables.PENDING)
"""As the index of what is pending has it: with the state as a parameter no database would use it."""

IS_DUE = or_(_delivery.next_at.is_(None), _delivery.next_at <= NOW)
IS_FREE = is_free(tables.delivery)

_NEXT = (
    select(tables.delivery)
    .where(PENDING, IS_DUE, IS_FREE)
    .order_by(_delivery.created_at, _delivery.key)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_NEXT_OF_CHANNEL = _NEXT.where(_delivery.channel == bindparam("channel"))
_BROKEN_OFF = (
    update(tables.delivery_attempt)
    .where(_attempt.delivery_key.in_(bindparam("keys", expanding=True)), _attempt.outcome == Outcome.SENDING)
    .values(outcome=Outcome.UNKNOWN, finished_at=bindparam("now"), detail="its worker ended before it was marked")
)
_TAKEN = (
    update(tables.delivery)
    .where(_delivery.key == bindparam("this"))
    .values({name: bindparam(f"new_{name}") for name in ("attempts", "lease_until", "lease_holder", "trying_since",
                                                         "maybe_repeat")})
)  # fmt: skip
_BEGUN = insert(tables.delivery_attempt)
_HITS = (
    select(tables.delivery_hit)
    .where(_told.delivery_key.in_(bindparam("keys", expanding=True)))
    .order_by(_told.delivery_key, _told.position)
)


def claim(
    connection: Connection, now: datetime, lease: timedelta, limit: int, channel: str | None
) -> list[ClaimedDelivery]:
    """Take up to `limit` due deliveries that nobody else has; see Outbox.claim_deliveries."""
    wanted = _NEXT if channel is None else _NEXT_OF_CHANNEL
    rows = connection.execute(
        wanted, {**when_free(connection, tables.delivery, now), "most": limit, "channel": channel}
    ).all()
    if not rows:
        return []
    deliveries = [
        replace(
            delivery,
            attempts=delivery.attempts + 1,
            lease_until=now + lease,
            trying_since=delivery.trying_since or now,
            maybe_repeat=delivery.maybe_repeat or delivery.lease_until is not None,
        )
        for delivery in with_hits(connection, rows)
    ]
    _begin(connection, deliveries, [row.key for row in rows if row.lease_until is not None], now)
    found = found_hits(connection, [hit for delivery in deliveries for hit in delivery.hits])
    return [
        ClaimedDelivery(delivery, tuple(found[hit] for hit in delivery.hits if hit in found)) for delivery in deliveries
    ]


def _begin(connection: Connection, deliveries: Iterable[Delivery], broken_off: Sequence[bytes], now: datetime) -> None:
    """Write down that these are being sent; `broken_off` were so before, and nobody knows what became of it."""
    for part in chunks(broken_off):
        connection.execute(_BROKEN_OFF, {"keys": part, "now": now})
    for some in chunks(deliveries):
        connection.execute(_TAKEN, [_taken(delivery) for delivery in some])
        begun = [
            {"delivery_key": each.key, "attempt": each.attempts, "claimed_at": now, "outcome": Outcome.SENDING}
            for each in some
        ]
        connection.execute(_BEGUN, begun)


def _taken(delivery: Delivery) -> dict[str, Any]:
    lease = taken_until(delivery.lease_until) if delivery.lease_until else {}
    new = {
        **lease,
        "attempts": delivery.attempts,
        "trying_since": delivery.trying_since,
        "maybe_repeat": delivery.maybe_repeat,
    }
    return {"this": delivery.key, **{f"new_{name}": value for name, value in new.items()}}


def with_hits(connection: Connection, rows: Sequence[Row[Any]]) -> list[Delivery]:
    """The deliveries of these rows, in their order."""
    hits: dict[bytes, list[tuple[bytes, str]]] = {}
    for part in chunks([row.key for row in rows]):
        for row in connection.execute(_HITS, {"keys": part}):
            hits.setdefault(row.delivery_key, []).append((row.article_key, row.term))
    return [delivery_from(row, hits.get(row.key, [])) for row in rows]
