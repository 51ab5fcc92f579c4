"""Signs of life, and of trouble: of the schedule, of channels, of terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, or_, select

from storage import tables
from storage.columns import Instant
from storage.part import Part
from wirewatch.model import DeliveryState, Origin, Visibility


@dataclass(frozen=True, slots=True)
class FailingChannel:
    """A channel that does not take its messages."""

    channel: str
    waiting: int
    given_up: int
    since: datetime
    last_error: str


class Watching(Part):
    """What the watchdog asks."""

    def last_poll(self) -> datetime | None:
        """When a source was last polled, or a run of polls ended."""
        polled = select(func.max(tables.source.c.last_polled_at, type_=Instant))
        ended = select(func.max(tables.run.c.finished_at, type_=Instant)).where(tables.run.c.kind == "poll")
        with self._database.read() as connection:
            moments = [connection.scalar(polled), connection.scalar(ended)]
        return max((moment for moment in moments if moment), default=None)

    def failing_channels(self, now: datetime, lasting: timedelta) -> list[FailingChannel]:
        """Channels with messages that they have refused for so long, or that were given up in the last day."""
        columns = tables.delivery.c
        refused = and_(
            columns.state == DeliveryState.PENDING,
            columns.last_error.is_not(None),
            columns.trying_since <= now - lasting,
        )
        given_up = and_(columns.state == DeliveryState.DEAD, columns.trying_since > now - timedelta(days=1))
        wanted = select(tables.delivery).where(or_(refused, given_up)).order_by(columns.channel, columns.created_at)
        failing: dict[str, FailingChannel] = {}
        with self._database.read() as connection:
            for row in connection.execute(wanted):
                before = failing.get(row.channel)
                dead = row.state is DeliveryState.DEAD
                failing[row.channel] = FailingChannel(
                    row.channel,
                    (before.waiting if before else 0) + (not dead),
                    (before.given_up if before else 0) + dead,
                    min(row.trying_since, before.since) if before else row.trying_since,
                    row.last_error or (before.last_error if before else ""),
                )
        return list(failing.values())

    def daily_hits(self, since: datetime) -> Mapping[str, Mapping[date, int]]:
        """For each term its live hits by day, in UTC, found by polls since."""
        columns = tables.hit.c
        day = func.date(columns.found_at)
        if not self._database.is_sqlite:
            day = func.date(func.timezone("UTC", columns.found_at))
        wanted = (
            select(columns.term, day, func.count())
            .where(columns.found_at >= since, columns.visibility == Visibility.LIVE, columns.origin == Origin.POLL)
            .group_by(columns.term, day)
        )
        days: dict[str, dict[date, int]] = {}
        with self._database.read() as connection:
            for term, on, number in connection.execute(wanted):
                days.setdefault(term, {})[on if isinstance(on, date) else date.fromisoformat(on)] = number
        return days
