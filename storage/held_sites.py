"""Sites that asked to be left alone for a time: every worker and every tick knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, select, update
from sqlmodel import Field, SQLModel

from storage import tables
from storage.columns import Instant
from storage.database import insert_or
from storage.leases import NOW
from storage.part import Part
from wirewatch.identity import digest


class HeldSiteRow(SQLModel, table=True):
    """A site (host and port), and until when nothing is to be asked of it."""

    __tablename__ = "held_site"

    site: str = Field(primary_key=True)
    until: datetime = Field(sa_type=Instant)


held_site = SQLModel.metadata.tables["held_site"]
_HELD = select(held_site).where(held_site.c.until > NOW)


class HeldSites(Part):
    """What sites asked for, as hosts of feeds or of pages."""

    def held_sites(self, now: datetime) -> dict[str, datetime]:
        """The sites that are to be left alone, and until when."""
        with self._database.read() as connection:
            return {row.site: row.until for row in connection.execute(_HELD, {"now": now})}

    def hold_sites(self, held: Mapping[str, datetime], now: datetime) -> None:
        """Remember more of them, each for the longest that it asked for.

        No source of their hosts has its turn before; those that somebody polls now go on.
        """

        def work(connection: Connection) -> None:
            connection.execute(delete(held_site).where(held_site.c.until <= now))
            for site, until in sorted(held.items()):
                _hold(connection, site, until)

        self._database.write(work)


def host_hash(host: str) -> int:
    """31 bits that are the same for a host with and without www."""
    return int.from_bytes(digest("host", host.removeprefix("www."))[:4], "big") >> 1


def _hold(connection: Connection, site: str, until: datetime) -> None:
    held = select(held_site.c.until).where(held_site.c.site == site).with_for_update()
    until = max(until, connection.scalar(held) or until)
    added = insert_or(connection, held_site).values(site=site, until=until)
    connection.execute(added.on_conflict_do_update(index_elements=["site"], set_={"until": until}))
    columns = tables.source.c
    sooner = select(columns.name).where(
        columns.host_hash == host_hash(urlsplit(f"//{site}").hostname or site), columns.next_due < until
    )
    names = sooner.with_for_update(skip_locked=True).subquery()
    connection.execute(update(tables.source).where(columns.name.in_(select(names))).values(next_due=until))
