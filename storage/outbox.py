"""The outbox: deliveries are claimed, sent outside any transaction, and marked.

A claim raises the number of attempts; every mark names that number and does nothing once another claim has raised it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, select, update

from storage import tables
from storage.archive import key_range
from storage.claiming import IS_DUE, IS_FREE, PENDING, claim, with_hits
from storage.leases import when_free
from storage.part import Part
from storage.values import ClaimedDelivery, DeliveryAttempt, Outcome
from wirewatch.clock import utc_now
from wirewatch.errors import StorageError
from wirewatch.model import Delivery, DeliveryState

_delivery, _attempt = tables.delivery.c, tables.delivery_attempt.c
_DUE_CHANNELS = select(_delivery.channel).where(PENDING, IS_DUE, IS_FREE).distinct().order_by(_delivery.channel)
_CURRENT = update(tables.delivery).where(
    _delivery.key == bindparam("this"),
    _delivery.attempts == bindparam("number"),
    PENDING,
    _delivery.lease_until.is_not(None),
)
_ENDED = (
    update(tables.delivery_attempt)
    .where(_attempt.delivery_key == bindparam("this"), _attempt.attempt == bindparam("number"))
    .values({name: bindparam(f"new_{name}") for name in ("finished_at", "outcome", "detail")})
)


class Outbox(Part):
    """What is to be told, and its fate."""

    def claim_deliveries(
        self, now: datetime, *, lease: timedelta, limit: int, channel: str | None = None
    ) -> list[ClaimedDelivery]:
        """Take up to `limit` due deliveries that nobody else has, until `now` + `lease`.

        One whose last claim was never marked may have been sent: it is flagged as a possible repeat.
        """
        return self._database.write(lambda connection: claim(connection, now, lease, limit, channel))

    def mark_sent(
        self, key: bytes, attempt: int, now: datetime, response: str, *, lease: timedelta, next_of: str
    ) -> tuple[bool, list[ClaimedDelivery]]:
        """Record that the channel accepted it, and claim the next one of channel `next_of`, if it has one.

        False: the attempt is no longer current, so it will be sent again. Both are one transaction, as a commit costs
        more than all else.
        """

        def work(connection: Connection) -> tuple[bool, list[ClaimedDelivery]]:
            changes = {"state": DeliveryState.SENT, "sent_at": now, "response": response, "last_error": None}
            marked = _mark(connection, key, attempt, changes, Outcome.SENT, response, now)
            return marked, claim(connection, now, lease, 1, next_of)

        return self._database.write(work)

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
        return self._mark_failed(key, attempt, changes, error, now or utc_now())

    def mark_dead(self, key: bytes, attempt: int, now: datetime, error: str, *, accepted: Sequence[str] = ()) -> bool:
        """Record that it is given up; `accepted`: all recipients that have it by now."""
        changes = {"state": DeliveryState.DEAD, "last_error": error, **_accepted(accepted)}
        return self._mark_failed(key, attempt, changes, error, now)

    def release(self, key: bytes, attempt: int) -> bool:
        """Give a claim back unused, as if it had never been made."""
        attempts = tables.delivery_attempt

        unused = and_(attempts.c.delivery_key == key, attempts.c.attempt == attempt)
        begun = select(attempts.c.claimed_at).where(unused).scalar_subquery()
        tried_since_then = and_(_delivery.key == key, _delivery.trying_since == begun)

        def work(connection: Connection) -> bool:
            changed = _change_current(connection, key, attempt, {"attempts": attempt - 1})
            if changed:
                connection.execute(update(tables.delivery).where(tried_since_then).values(trying_since=None))
                connection.execute(delete(attempts).where(unused))
            return changed

        return self._database.write(work)

    def due_channels(self, now: datetime) -> list[str]:
        """The channels that something is due for, by name."""
        with self._database.read() as connection:
            return list(connection.scalars(_DUE_CHANNELS, when_free(connection, tables.delivery, now)))

    def deliveries(
        self,
        *,
        states: Sequence[DeliveryState] | None = None,
        channels: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> list[Delivery]:
        """Deliveries, newest first."""
        columns = tables.delivery.c
        wanted = select(tables.delivery).order_by(columns.created_at.desc(), columns.key).limit(limit)
        if states is not None:
            wanted = wanted.where(columns.state.in_(states))
        if channels is not None:
            wanted = wanted.where(columns.channel.in_(channels))
        with self._database.read() as connection:
            return with_hits(connection, connection.execute(wanted).all())

    def delivery(self, hex_prefix: str) -> Delivery:
        """The one whose key begins so; StorageError where there is none, or several."""
        first, last = key_range(hex_prefix, "delivery", "deliveries")
        wanted = select(tables.delivery).where(_delivery.key.between(first, last)).limit(2)
        with self._database.read() as connection:
            found = with_hits(connection, connection.execute(wanted).all())
        if len(found) != 1:
            how_many = "several deliveries begin" if found else "no delivery begins"
            raise StorageError(f"{how_many} with “{hex_prefix}”; `wirewatch deliveries` lists them")
        return found[0]

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

    def _mark_failed(self, key: bytes, attempt: int, changes: dict[str, Any], error: str, now: datetime) -> bool:
        return self._database.write(
            lambda connection: _mark(connection, key, attempt, changes, Outcome.FAILED, error, now)
        )


def _accepted(recipients: Sequence[str]) -> dict[str, Any]:
    return {"accepted": list(recipients)} if recipients else {}


def _mark(
    connection: Connection,
    key: bytes,
    attempt: int,
    changes: dict[str, Any],
    outcome: Outcome,
    said: str,
    now: datetime,
) -> bool:
    """Change the delivery if the attempt is current; what the server said is kept in any case."""
    changed = _change_current(connection, key, attempt, changes)
    ended = {"this": key, "number": attempt, "new_finished_at": now, "new_outcome": outcome, "new_detail": said}
    connection.execute(_ENDED, ended)
    return changed


def _change_current(connection: Connection, key: bytes, attempt: int, changes: dict[str, Any]) -> bool:
    """Change a claimed delivery and end its lease, unless the claim is another's or was given back."""
    changed = connection.execute(_CURRENT.values({**changes, "lease_until": None}), {"this": key, "number": attempt})
    return changed.rowcount == 1
