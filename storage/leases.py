"""Leases: a row is one worker's for a time, or until its process is known to be dead."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, or_, select

from storage import holders


def is_free(connection: Connection, table: Table, now: datetime, *among: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether nobody has a row: no lease, one that ran out, or one of a process that runs no more.

    `among`: what all rows have in common that are asked for. An index of it spares a look at the whole table.
    """
    columns = table.c
    held_by = (
        select(columns.lease_holder)
        .where(columns.lease_until > now, columns.lease_holder.is_not(None), *among)
        .distinct()
    )
    gone = holders.dead(connection.scalars(held_by))
    return or_(columns.lease_until.is_(None), columns.lease_until <= now, columns.lease_holder.in_(gone))


def taken_until(moment: datetime) -> dict[str, Any]:
    """What a row is changed to when this process takes it."""
    return {"lease_until": moment, "lease_holder": holders.this_process()}
