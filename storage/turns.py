"""Whose turn it is: which sources and pages a worker may take now."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_, select, update

from storage import tables
from storage.leases import is_free
from storage.part import Part
from wirewatch.settings import this_host

Selected = TypeVar("Selected", bound=tuple[Any, ...])


class Turns(Part):
    """Whether there is something to poll."""

    def is_poll_due(self, now: datetime, shard: tuple[int, int] | None = None) -> bool:
        """Whether `claim_sources` or `due_pages` would give something; cheap enough to be asked every few seconds."""
        source_due, page_due = tables.source.c.next_due <= now, tables.pending_page.c.next_at <= now
        sources = select(tables.source.c.name).where(source_due, *pollable(now, shard))
        pages = pages_due(select(tables.pending_page.c.article_key), now, shard)
        with self._database.read() as connection:
            return any(
                connection.execute(wanted.where(is_free(connection, table, now, due)).limit(1)).first() is not None
                for wanted, table, due in ((sources, tables.source, source_due), (pages, tables.pending_page, page_due))
            )

    def hold_site(self, source: str, until: datetime) -> None:
        """Let no source of this one's site have its turn before a moment; those that somebody polls now go on."""
        columns = tables.source.c
        of_site = select(columns.host_hash).where(columns.name == source).scalar_subquery()
        sooner = select(columns.name).where(columns.host_hash == of_site, columns.next_due < until)
        names = sooner.with_for_update(skip_locked=True).subquery()
        change = update(tables.source).where(columns.name.in_(select(names))).values(next_due=until)
        self._database.write(lambda connection: connection.execute(change))


def pages_due(wanted: Select[Selected], now: datetime, shard: tuple[int, int] | None) -> Select[Selected]:
    """Those of a selection from the pages whose next try has come, of sources that are this worker's to poll."""
    pages, sources = tables.pending_page.c, tables.source.c
    theirs = and_(sources.name == pages.source, *pollable(now, shard))
    return wanted.join(tables.source, theirs).where(pages.next_at <= now)


def pollable(now: datetime, shard: tuple[int, int] | None) -> tuple[ColumnElement[bool], ...]:
    """What makes a source this worker's: active, not paused, of this shard's sites or this machine's own."""
    columns = tables.source.c
    owner = columns.settings["host"].as_string()
    anyones = owner.is_(None)
    if shard is not None:
        anyones &= columns.host_hash % shard[1] == shard[0]
    is_awake = or_(~columns.paused, columns.paused_until <= now)
    return columns.active, is_awake, or_(anyones, owner == this_host())
