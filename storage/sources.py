"""The sources as people see and steer them: how they are, pauses; and what their sites say of robots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, update

from storage import tables
from storage.database import insert_or
from storage.health import SourceHealth, health_of
from storage.part import Part
from storage.polling import NO_FAILURE, NOT_PAUSED
from storage.rows import SOURCE, cursor_from
from storage.values import SourceState
from wirewatch.cadence import Cadence
from wirewatch.robots import RobotsAccess, RobotsAnswer
from wirewatch.schedule import Trouble

BY_HAND = "by hand"


class Sources(Part):
    """Listing, pausing and resuming sources."""

    def sources(self) -> list[SourceState]:
        """All sources that are or were configured, by name."""
        columns = tables.article.c
        with self._database.read() as connection:
            counted = select(columns.source, func.count().label("articles")).group_by(columns.source)
            articles = {row.source: row.articles for row in connection.execute(counted)}
            rows = connection.execute(select(tables.source).order_by(tables.source.c.name)).all()
        return [_state(row, articles.get(row.name, 0)) for row in rows]

    def source_health(self, now: datetime, names: Sequence[str] | None = None) -> list[SourceHealth]:
        """How each configured source is, by name; only the named ones where some are named."""
        columns = tables.source.c
        wanted = select(tables.source).where(columns.active).order_by(columns.name)
        if names is not None:
            wanted = wanted.where(columns.name.in_(names))
        with self._database.read() as connection:
            return [health_of(_state(row, 0), now) for row in connection.execute(wanted)]

    def pause(self, names: Sequence[str], now: datetime, *, during: timedelta | None = None) -> int:
        """Leave sources unpolled for a time, or until they are resumed; gives how many of the names are known."""
        until = now + during if during is not None else None
        pause = {"paused": True, "paused_at": now, "paused_until": until, "pause_reason": BY_HAND}
        return self._change(names, pause)

    def resume(self, names: Sequence[str], now: datetime) -> int:
        """Poll paused sources again, from now on; gives how many of the names are known."""
        return self._change(names, {**NOT_PAUSED, **NO_FAILURE, "next_due": now})

    def robots(self, site: str) -> RobotsAnswer | None:
        """What a site last said of robots."""
        wanted = select(tables.robots).where(tables.robots.c.site == site)
        with self._database.read() as connection:
            row = connection.execute(wanted).one_or_none()
        return RobotsAnswer(row.asked_at, RobotsAccess(row.access), row.rules) if row else None

    def remember_robots(self, site: str, answer: RobotsAnswer) -> None:
        """Keep what a site says of robots in place of what it said before."""
        values = {"asked_at": answer.asked_at, "access": answer.access, "rules": answer.rules}

        def work(connection: Any) -> None:
            added = insert_or(connection, tables.robots).values(site=site, **values)
            connection.execute(added.on_conflict_do_update(index_elements=["site"], set_=values))

        self._database.write(work)

    def _change(self, names: Sequence[str], values: dict[str, Any]) -> int:
        change = update(tables.source).where(tables.source.c.name.in_(names)).values(values)
        return self._database.write(lambda connection: connection.execute(change).rowcount)


def _state(row: Row[Any], articles: int) -> SourceState:
    return SourceState(
        source=SOURCE.validate_python(row.settings),
        active=row.active,
        paused=row.paused,
        next_due=row.next_due,
        last_polled_at=row.last_polled_at,
        last_success_at=row.last_success_at,
        failures=row.failures,
        last_error=row.last_error,
        articles=articles,
        trouble=Trouble(row.trouble) if row.trouble else None,
        failing_since=row.failing_since,
        paused_at=row.paused_at,
        paused_until=row.paused_until,
        pause_reason=row.pause_reason,
        cadence=Cadence.from_stored(row.cadence),
        moved=cursor_from(row.cursor, {}).moved,
    )
