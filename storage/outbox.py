"""The outbox: deliveries are claimed, sent outside any transaction, and marked.

A claim raises the number of attempts; every mark names that number and does nothing once another claim has raised it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, func, insert, or_, select, update

from storage import tables
from storage.archive import found_hits
from storage.columns import Instant
from storage.leases import is_free, taken_until
from storage.part import Part
from storage.rows import chunks, delivery_from
from storage.values import ClaimedDelivery, DeliveryAttempt, Outcome
from wirewatch.clock import utc_now
from wirewatch.model import Delivery, DeliveryState


class Outbox(Part):
    """What is to be told, and its fate."""

    def claim_deliveries(
        self, now: datetime, *, lease: timedelta, limit: int, channels: Sequence[str] | None = None
    ) -> list[ClaimedDelivery]:
        """Take up to `limit` due deliveries that nobody else has, until `now` + `lease`.

        One whose last claim was never marked may have been sent: it is flagged as a possible repeat.
        """
        columns = tables.delivery.c
        wanted = select(columns.key).where(_is_due(now))
        if channels is not None:
            wanted = wanted.where(columns.channel.in_(channels))
        wanted = wanted.order_by(columns.created_at, columns.key).limit(limit).with_for_update(skip_locked=True)

        def work(connection: Connection) -> list[ClaimedDelivery]:
            keys = list(connection.scalars(wanted.where(is_free(connection, tables.delivery, now))))
            for part in chunks(keys):
                _begin_attempts(connection, part, now, now + lease)
            deliveries = _deliveries(connection, keys)
            found = found_hits(connection, [hit for delivery in deliveries for hit in delivery.hits])
            return [
                ClaimedDelivery(delivery, tuple(found[hit] for hit in delivery.hits if hit in found))
                for delivery in deliveries
            ]

        return self._database.write(work)

    def mark_sent(self, key: bytes, attempt: int, now: datetime, response: str) -> bool:
        """Record that the channel accepted it. False: the attempt is no longer current, so it will be sent again."""
        changes = {"state": DeliveryState.SENT, "sent_at": now, "response": response, "last_error": None}
        return self._mark(key, attempt, changes, Outcome.SENT, response, now)

    def mark_retry(
        self,
        key: bytes,
        attempt: int,
        next_at: datetime,
        error: str,
        uncertain: bool = False,
        *,
        accepted: Sequence[str] = (),
        now: datetime | None = None,
    ) -> bool:
        """Record that it failed and is to be tried again.

        `uncertain`: it may have been accepted all the same. `accepted`: all recipients that have it by now.
        """
        changes: dict[str, Any] = {"next_at": next_at, "last_error": error, **_accepted(accepted)}
        if uncertain:
            changes["maybe_repeat"] = True
        return self._mark(key, attempt, changes, Outcome.FAILED, error, now or utc_now())

    def mark_dead(self, key: bytes, attempt: int, now: datetime, error: str, *, accepted: Sequence[str] = ()) -> bool:
        """Record that it is given up; `accepted`: all recipients that have it by now."""
        changes = {"state": DeliveryState.DEAD, "last_error": error, **_accepted(accepted)}
        return self._mark(key, attempt, changes, Outcome.FAILED, error, now)

    def release(self, key: bytes, attempt: int) -> bool:
        """Give a claim back unused, as if it had never been made."""
        attempts = tables.delivery_attempt

        def work(connection: Connection) -> bool:
            changed = _change_current(connection, key, attempt, {"attempts": attempt - 1})
            if changed:
                unused = and_(attempts.c.delivery_key == key, attempts.c.attempt == attempt)
                connection.execute(delete(attempts).where(unused))
            return changed

        return self._database.write(work)

    def due_channels(self, now: datetime) -> list[str]:
        """The channels that something is due for, by name."""
        wanted = select(tables.delivery.c.channel).where(_is_due(now)).distinct().order_by(tables.delivery.c.channel)
        with self._database.read() as connection:
            return list(connection.scalars(wanted.where(is_free(connection, tables.delivery, now))))

    def deliveries(
        self,
        *,
        states: Sequence[DeliveryState] | None = None,
        channels: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> list[Delivery]:
        """Deliveries, newest first."""
        columns = tables.delivery.c
        wanted = select(columns.key).order_by(columns.created_at.desc(), columns.key).limit(limit)
        if states is not None:
            wanted = wanted.where(columns.state.in_(states))
        if channels is not None:
            wanted = wanted.where(columns.channel.in_(channels))
        with self._database.read() as connection:
            return _deliveries(connection, list(connection.scalars(wanted)))

    def delivery_attempts(self, key: bytes) -> list[DeliveryAttempt]:
        """All attempts to send a delivery, first to last."""
        columns = tables.delivery_attempt.c
        wanted = select(tables.delivery_attempt).where(columns.delivery_key == key).order_by(columns.attempt)
        with self._database.read() as connection:
            return [
                DeliveryAttempt(row.attempt, row.claimed_at, row.finished_at, Outcome(row.outcome), row.detail)
                for row in connection.execute(wanted)
            ]

    def retry_deliveries(self, keys: Sequence[bytes] | None = None, now: datetime | None = None) -> int:
        """Make dead letters pending again, all or those of the keys; gives their number."""
        columns = tables.delivery.c
        dead = columns.state == DeliveryState.DEAD
        wanted = dead if keys is None else and_(dead, columns.key.in_(keys))
        again = {"state": DeliveryState.PENDING, "next_at": now or utc_now(), "trying_since": None}
        change = update(tables.delivery).where(wanted).values(again)
        return self._database.write(lambda connection: connection.execute(change).rowcount)

    def _mark(
        self, key: bytes, attempt: int, changes: dict[str, Any], outcome: Outcome, detail: str, now: datetime
    ) -> bool:
        """Change the delivery if the attempt is current; what the server said is kept in any case."""
        attempts = tables.delivery_attempt
        this_attempt = and_(attempts.c.delivery_key == key, attempts.c.attempt == attempt)
        said = {"finished_at": now, "outcome": outcome, "detail": detail}

        def work(connection: Connection) -> bool:
            changed = _change_current(connection, key, attempt, changes)
            connection.execute(update(attempts).where(this_attempt).values(said))
            return changed

        return self._database.write(work)


def _is_due(now: datetime) -> ColumnElement[bool]:
    columns = tables.delivery.c
    due = or_(columns.next_at.is_(None), columns.next_at <= now)
    return and_(columns.state == DeliveryState.PENDING, due)


def _accepted(recipients: Sequence[str]) -> dict[str, Any]:
    return {"accepted": list(recipients)} if recipients else {}


def _change_current(connection: Connection, key: bytes, attempt: int, changes: dict[str, Any]) -> bool:
    """Change a claimed delivery and end its lease, unless the claim is another's or was given back."""
    columns = tables.delivery.c
    current = and_(
        columns.key == key,
        columns.attempts == attempt,
        columns.state == DeliveryState.PENDING,
        columns.lease_until.is_not(None),
    )
    change = update(tables.delivery).where(current).values({**changes, "lease_until": None})
    return connection.execute(change).rowcount == 1


def _begin_attempts(connection: Connection, keys: Sequence[bytes], now: datetime, until: datetime) -> None:
    table, attempts = tables.delivery, tables.delivery_attempt
    these = table.c.key.in_(keys)
    connection.execute(
        update(attempts)
        .where(attempts.c.delivery_key.in_(keys), attempts.c.outcome == Outcome.SENDING)
        .values(outcome=Outcome.UNKNOWN, finished_at=now, detail="its worker ended before it was marked")
    )
    connection.execute(update(table).where(these, table.c.lease_until.is_not(None)).values(maybe_repeat=True))
    since = func.coalesce(table.c.trying_since, bindparam("first_claim", now, Instant))
    begin = {**taken_until(until), "attempts": table.c.attempts + 1, "trying_since": since}
    connection.execute(update(table).where(these).values(begin))
    begun = [
        {"delivery_key": row.key, "attempt": row.attempts, "claimed_at": now, "outcome": Outcome.SENDING}
        for row in connection.execute(select(*table.c["key", "attempts"]).where(these))
    ]
    connection.execute(insert(attempts), begun)


def _deliveries(connection: Connection, keys: Sequence[bytes]) -> list[Delivery]:
    """The deliveries of these keys, in their order."""
    table, told = tables.delivery, tables.delivery_hit
    rows: dict[bytes, Row[Any]] = {}
    hits: dict[bytes, list[tuple[bytes, str]]] = {}
    for part in chunks(keys):
        rows |= {row.key: row for row in connection.execute(select(table).where(table.c.key.in_(part)))}
        ordered = select(told).where(told.c.delivery_key.in_(part)).order_by(told.c.delivery_key, told.c.position)
        for row in connection.execute(ordered):
            hits.setdefault(row.delivery_key, []).append((row.article_key, row.term))
    return [delivery_from(rows[key], hits.get(key, [])) for key in keys]
