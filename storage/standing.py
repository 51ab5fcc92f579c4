"""What the policy has to know beside new hits, read in the transaction that stores what it decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, and_, bindparam, func, select, tuple_

from storage import policy_tables as tables
from storage.columns import Instant
from storage.rows import chunks
from storage.tables import article as _article
from storage.tables import delivery as _delivery
from storage.tables import hit as _hit
from wirewatch.model import DeliveryKind, DeliveryState
from wirewatch.telling import (
    BUDGET_WINDOW,
    FLOOD_WINDOW,
    FOLLOW_UP,
    LAST_TOLD_WINDOW,
    Fate,
    HitName,
    Judgement,
    Mute,
    MuteKind,
    Planned,
    Standing,
)

Look = Callable[[datetime], Standing]
"""Gives what stands at a moment; asks the database only when it is called."""

_SINCE = bindparam("since", type_=Instant)
_TELLING, _TOLD = tables.telling.c, tables.bundle_told.c

_HITS_LATELY = (
    select(_TELLING.term, func.count(_TELLING.article_key.distinct()))
    .where(_TELLING.decided_at > _SINCE, _TELLING.fate != Fate.WITHHELD, ~_TELLING.bundle.startswith(FOLLOW_UP))
    .group_by(_TELLING.term)
)
_SENT_LATELY = (
    select(_delivery.c.channel, func.count())
    .where(_delivery.c.created_at > _SINCE, _delivery.c.kind == DeliveryKind.ALERT)
    .group_by(_delivery.c.channel)
)
_WAITING = (
    select(_TELLING.channel, _TELLING.bundle, func.min(_TELLING.due_at, type_=Instant))
    .where(_TELLING.fate == Fate.WAITING)
    .group_by(_TELLING.channel, _TELLING.bundle)
)
_LAST_TOLD = select(_TOLD.channel, _TOLD.bundle, _TOLD.told_at).where(_TOLD.told_at > _SINCE)
_DIED = and_(_delivery.c.key == _TELLING.delivery, _delivery.c.state == DeliveryState.DEAD)
_IS_HEARD = and_(_TELLING.fate != Fate.WITHHELD, ~select(_delivery.c.key).where(_DIED).exists())
"""All of these are built once: every batch with new hits asks them."""


def look_at(connection: Connection, hits: Sequence[HitName], originals: Sequence[HitName] = ()) -> Look:
    """What stands as regards these hits; `originals` are those that some of them are folded into."""

    def look(now: datetime) -> Standing:
        return Standing(
            places=_places(connection, {article for article, _ in hits}),
            stories=_stories(connection, hits),
            mutes={(mute.kind, mute.name): mute for mute in all_mutes(connection)},
            judged=_judged(connection, [*hits, *originals]),
            heard=_heard(connection, originals),
            turned=frozenset(connection.scalars(select(tables.turned_term.c.term))),
            hits_lately=_counts(connection, _HITS_LATELY, now - BUDGET_WINDOW),
            sent_lately=_counts(connection, _SENT_LATELY, now - FLOOD_WINDOW),
            waiting={(channel, bundle): due for channel, bundle, due in connection.execute(_WAITING)},
            last_told={
                (channel, bundle): at
                for channel, bundle, at in connection.execute(_LAST_TOLD, {"since": now - LAST_TOLD_WINDOW})
            },
        )

    return look


def all_mutes(connection: Connection) -> list[Mute]:
    """All mutes, over or not, by kind and name."""
    table = tables.mute
    rows = connection.execute(select(table).order_by(table.c.kind, table.c.name))
    return [Mute(MuteKind(row.kind), row.name, row.since, row.until, row.why) for row in rows]


def nothing(_hits: object, _look: object) -> Planned:
    """The policy that tells nobody, and leaves no trace."""
    return Planned()


def _counts(connection: Connection, statement: Select[tuple[str, int]], since: datetime) -> dict[str, int]:
    return dict(connection.execute(statement, {"since": since}).tuples().all())


def _places(connection: Connection, articles: Collection[bytes]) -> dict[bytes, tuple[str, str | None]]:
    places: dict[bytes, tuple[str, str | None]] = {}
    columns = _article.c
    for part in chunks(sorted(articles)):
        wanted = select(columns.key, columns.source, columns.language).where(columns.key.in_(part))
        places |= {key: (source, language) for key, source, language in connection.execute(wanted)}
    return places


def _stories(connection: Connection, hits: Sequence[HitName]) -> dict[HitName, bytes]:
    stories: dict[HitName, bytes] = {}
    columns = _hit.c
    for part in chunks(hits):
        of_hits = tuple_(columns.article_key, columns.term).in_(part)
        wanted = select(columns.article_key, columns.term, columns.story).where(of_hits, columns.story.is_not(None))
        stories |= {(article, term): story for article, term, story in connection.execute(wanted)}
    return stories


def _judged(connection: Connection, hits: Sequence[HitName]) -> dict[HitName, tuple[Judgement, datetime]]:
    judged: dict[HitName, tuple[Judgement, datetime]] = {}
    columns = tables.judgement.c
    for part in chunks(hits):
        wanted = select(tables.judgement).where(tuple_(columns.article_key, columns.term).in_(part))
        for row in connection.execute(wanted):
            judged[row.article_key, row.term] = (row.judgement, row.judged_at)
    return judged


def _heard(connection: Connection, originals: Sequence[HitName]) -> dict[HitName, frozenset[str]]:
    """The channels that hear of these hits, or of those that are folded into them."""
    heard: dict[HitName, set[str]] = {}
    itself = select(_TELLING.article_key, _TELLING.term, _TELLING.channel)
    copy = and_(_hit.c.article_key == _TELLING.article_key, _hit.c.term == _TELLING.term)
    copies = select(_hit.c.original, _TELLING.term, _TELLING.channel).join(_hit, copy)
    for part in chunks(originals):
        of_originals = itself.where(tuple_(_TELLING.article_key, _TELLING.term).in_(part), _IS_HEARD)
        of_copies = copies.where(tuple_(_hit.c.original, _hit.c.term).in_(part), _IS_HEARD)
        for article, term, channel in (*connection.execute(of_originals), *connection.execute(of_copies)):
            heard.setdefault((article, term), set()).add(channel)
    return {original: frozenset(channels) for original, channels in heard.items()}
