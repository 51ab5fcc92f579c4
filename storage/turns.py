"""Whose turn it is: which sources and pages a worker may take now."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Executable, Select, Table, and_, bindparam, or_, select

from storage import tables
from storage.leases import NOW, is_free, when_free
from storage.part import Part
from wirewatch.settings import this_host

Selected = TypeVar("Selected", bound=tuple[Any, ...])
Shard = tuple[int, int] | None
"""(i, n): worker i of n; None where there is only one."""


class Turns(Part):
    """Whether there is something to poll."""

    def is_poll_due(self, now: datetime, shard: Shard = None) -> bool:
        """Whether `claim_sources` or `due_pages` would give something; cheap enough to be asked every few seconds."""
        with self._database.read() as connection:
            return any(
                connection.execute(wanted, turn_values(connection, table, now, shard)).first() is not None
                for table, wanted in _due(shard is not None).items()
            )


_DUE = {tables.source: tables.source.c.next_due <= NOW, tables.pending_page: tables.pending_page.c.next_at <= NOW}


@cache
def _due(sharded: bool) -> dict[Table, Executable]:
    sources = sources_due(select(tables.source.c.name), sharded)
    pages = pages_due(select(tables.pending_page.c.article_key), sharded)
    return {tables.source: sources.limit(1), tables.pending_page: pages.limit(1)}


def sources_due(wanted: Select[Selected], sharded: bool) -> Select[Selected]:
    """Those of a selection from the sources that are due, this worker's to poll, and nobody's now."""
    return wanted.where(_DUE[tables.source], *_pollable(sharded), is_free(tables.source))


def pages_due(wanted: Select[Selected], sharded: bool) -> Select[Selected]:
    """Those of a selection from the pages whose next try has come, of sources that are this worker's to poll."""
    pages = tables.pending_page
    theirs = and_(tables.source.c.name == pages.c.source, *_pollable(sharded))
    return wanted.join(tables.source, theirs).where(_DUE[pages], is_free(pages))


def turn_values(connection: Connection, table: Table, now: datetime, shard: Shard) -> dict[str, Any]:
    """The parameters of both."""
    number, shards = shard or (0, 1)
    return {**when_free(connection, table, now, _DUE[table]), "here": this_host(), "shard": number, "shards": shards}


def _pollable(sharded: bool) -> tuple[ColumnElement[bool], ...]:
    """What makes a source this worker's: active, not paused, of this shard's sites or this machine's own."""
    columns = tables.source.c
    owner = columns.settings["host"].as_string()
    anyones = owner.is_(None)
    if sharded:
        anyones &= columns.host_hash % bindparam("shards") == bindparam("shard")
    is_awake = or_(~columns.paused, columns.paused_until <= NOW)
    return columns.active, is_awake, or_(anyones, owner == bindparam("here"))
