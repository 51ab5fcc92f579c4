"""Leases: a row is one worker's for a time, or until its process is known to be dead."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, or_, select

from storage import holders
from storage.columns import Instant

NOW = bindparam("now", type_=Instant)


@cache
def is_free(table: Table) -> ColumnElement[bool]:
    """Whether nobody has a row: no lease, one that ran out, or one of a process that runs no more.

    `when_free` has the parameters; statements are built once, as building one costs more than SQLite takes to run it.
    """
    columns = table.c
    gone = columns.lease_holder.in_(bindparam("gone", expanding=True))
    return or_(columns.lease_until.is_(None), columns.lease_until <= NOW, gone)


def when_free(connection: Connection, table: Table, now: datetime, *among: ColumnElement[bool]) -> dict[str, Any]:
    """The parameters of `is_free`.

    `among`: what all rows have in common that are asked for, at NOW. An index of it spares a look at the whole table.
    """
    return {"now": now, "gone": holders.dead(connection.scalars(_holders(table, *among), {"now": now}))}


@cache
def _holders(table: Table, *among: ColumnElement[bool]) -> Select[tuple[str]]:
    columns = table.c
    held = select(columns.lease_holder).where(columns.lease_until > NOW, columns.lease_holder.is_not(None), *among)
    return held.distinct()


def taken_until(moment: datetime) -> dict[str, Any]:
    """What a row is changed to when this process takes it."""
    return {"lease_until": moment, "lease_holder": holders.this_process()}
