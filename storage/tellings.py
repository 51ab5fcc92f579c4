"""What became of hits: decided with the hits, released when their bundle is due, listed for who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select, update

from storage import policy_tables as tables
from storage.columns import Instant
from storage.database import insert_or
from storage.inserting import insert_unless_there, store_deliveries
from storage.part import Part
from storage.rows import chunks
from storage.standing import Look, look_at
from wirewatch.model import Delivery
from wirewatch.telling import Fate, Planned, Telling

Release = Callable[[Sequence[Telling], Look], Planned]

_TELLING = tables.telling.c
_KEY = ("article_key", "term", "channel")
_DECIDED = ("fate", "reason", "decided_at", "bundle", "due_at", "delivery")


@dataclass(frozen=True, slots=True)
class DueBundle:
    """Hits of one channel that are to be told together, now."""

    channel: str
    bundle: str
    since: datetime
    """When the first of them was found."""
    due_at: datetime


class Tellings(Part):
    """Whom each hit was told, and when those that wait are due."""

    def due_bundles(self, now: datetime) -> list[DueBundle]:
        """The bundles that are due, by channel."""
        since, due = func.min(_TELLING.decided_at, type_=Instant), func.min(_TELLING.due_at, type_=Instant)
        wanted = select(_TELLING.channel, _TELLING.bundle, since, due).where(_is_due(now))
        wanted = wanted.group_by(_TELLING.channel, _TELLING.bundle).order_by(_TELLING.channel, _TELLING.bundle)
        with self._database.read() as connection:
            return [DueBundle(*row) for row in connection.execute(wanted)]

    def next_due(self) -> tuple[int, datetime] | None:
        """How many hits wait, each for one channel or more, and when the first is due; None where none does."""
        due = func.min(_TELLING.due_at, type_=Instant).label("due_at")
        waiting = select(due).where(_TELLING.fate == Fate.WAITING).group_by(_TELLING.article_key, _TELLING.term)
        hits = waiting.subquery()
        with self._database.read() as connection:
            number, first = connection.execute(select(func.count(), func.min(hits.c.due_at, type_=Instant))).one()
        return (number, first) if number else None

    def tell_due(self, bundles: Sequence[DueBundle], decide: Release, now: datetime) -> tuple[Delivery, ...]:
        """Tell what these bundles hold and what is due, in one transaction; two workers never tell the same.

        `decide` gives the deliveries and the new fates. Gives the deliveries that are new.
        """
        these = or_(*(and_(_TELLING.channel == each.channel, _TELLING.bundle == each.bundle) for each in bundles))
        wanted = select(tables.telling).where(_is_due(now), these)
        wanted = wanted.order_by(*(_TELLING[name] for name in _KEY)).with_for_update()

        def work(connection: Connection) -> tuple[Delivery, ...]:
            waiting = [_telling_from(row) for row in connection.execute(wanted)]
            look = look_at(connection, [each.hit for each in waiting])
            return store_planned(connection, decide(waiting, look)) if waiting else ()

        return self._database.write(work) if bundles else ()

    def tellings(
        self,
        *,
        article_key: bytes | None = None,
        term: str | None = None,
        fates: Sequence[Fate] | None = None,
        limit: int | None = None,
    ) -> list[Telling]:
        """What became of hits, the latest decision first; those that wait, the first due first."""
        order = (_TELLING.due_at, *_KEY) if fates == [Fate.WAITING] else (_TELLING.decided_at.desc(), *_KEY)
        wanted = select(tables.telling).order_by(*order).limit(limit)
        if article_key is not None:
            wanted = wanted.where(_TELLING.article_key == article_key)
        if term is not None:
            wanted = wanted.where(_TELLING.term == term)
        if fates is not None:
            wanted = wanted.where(_TELLING.fate.in_(fates))
        with self._database.read() as connection:
            return [_telling_from(row) for row in connection.execute(wanted)]

    def beat(self, name: str, due: datetime, deliveries: Sequence[Delivery] = ()) -> bool:
        """Do what was due at a moment, once: False where it was done already, or where this is the first time ever.

        `deliveries` are stored with it.
        """
        table = tables.beat

        def work(connection: Connection) -> bool:
            if insert_unless_there(connection, table, [{"name": name, "at": due}]):
                return False
            earlier = and_(table.c.name == name, table.c.at < due)
            if connection.execute(update(table).where(earlier).values(at=due)).rowcount == 0:
                return False
            store_deliveries(connection, deliveries)
            return True

        return self._database.write(work)

    def last_beat(self, name: str) -> datetime | None:
        """When something that returns was last done."""
        with self._database.read() as connection:
            at: datetime | None = connection.scalar(select(tables.beat.c.at).where(tables.beat.c.name == name))
        return at


def store_planned(connection: Connection, planned: Planned) -> tuple[Delivery, ...]:
    """Store what a policy decided, in the order of keys; gives the deliveries that are new.

    A hit that waits already goes on waiting as it does.
    """
    tellings = sorted(planned.tellings, key=lambda telling: (telling.article_key, telling.term, telling.channel))
    rows = [{name: getattr(telling, name) for name in (*_KEY, *_DECIDED)} for telling in tellings]
    if rows:
        added = insert_or(connection, tables.telling)
        upsert = added.on_conflict_do_update(
            index_elements=list(_KEY),
            set_={name: added.excluded[name] for name in _DECIDED},
            where=or_(_TELLING.fate != Fate.WAITING, added.excluded.fate != Fate.WAITING),
        )
        for part in chunks(rows):
            connection.execute(upsert, part)
    _store_turns(connection, planned)
    _store_told_bundles(connection, tellings)
    return store_deliveries(connection, planned.deliveries)


def rename_tellings(connection: Connection, term: str, new: str) -> None:
    """Let what became of a renamed term's hits, and what was said of them, go by its new name."""
    twin = tables.telling.alias()
    same = and_(twin.c.article_key == _TELLING.article_key, twin.c.channel == _TELLING.channel, twin.c.term == term)
    connection.execute(delete(tables.telling).where(_TELLING.term == new, select(twin.c.term).where(same).exists()))
    connection.execute(update(tables.telling).where(_TELLING.term == term).values(term=new))
    for table, names, of in ((tables.judgement, "article_key", "term"), (tables.mute, "kind", "name")):
        under_new = select(table.c[names]).where(table.c[of] == new)
        connection.execute(delete(table).where(table.c[of] == term, table.c[names].in_(under_new)))
        connection.execute(update(table).where(table.c[of] == term).values({of: new}))


def _store_turns(connection: Connection, planned: Planned) -> None:
    table = tables.turned_term
    since = min((telling.decided_at for telling in planned.tellings), default=None)
    rows = [{"term": term, "turned_at": since} for term in sorted(planned.turned) if since]
    insert_unless_there(connection, table, rows)
    if planned.turned_back:
        connection.execute(delete(table).where(table.c.term.in_(planned.turned_back)))


def _store_told_bundles(connection: Connection, tellings: Iterable[Telling]) -> None:
    table = tables.bundle_told
    told = {
        (telling.channel, telling.bundle): telling.decided_at
        for telling in tellings
        if telling.bundle and telling.fate is Fate.TOLD
    }
    if not told:
        return
    added = insert_or(connection, table)
    upsert = added.on_conflict_do_update(index_elements=["channel", "bundle"], set_={"told_at": added.excluded.told_at})
    rows = [{"channel": channel, "bundle": bundle, "told_at": at} for (channel, bundle), at in sorted(told.items())]
    for part in chunks(rows):
        connection.execute(upsert, part)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(_TELLING.fate == Fate.WAITING, _TELLING.due_at <= now)


def _telling_from(row: Row[Any]) -> Telling:
    return Telling(**{name: getattr(row, name) for name in (*_KEY, *_DECIDED)})
