"""Notices: troubles of the watch itself, told once while they stand, and again when they are over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage import policy_tables
from storage.configuration import applied_configuration
from storage.inserting import store_deliveries
from storage.part import Part
from storage.values import Notice
from wirewatch.config import Configuration
from wirewatch.model import Delivery
from wirewatch.notices import notice

_NOTICE = policy_tables.notice
_NOTICE_LOCK = 0x6E6F7465  # "note" in ASCII: any number that no other application uses


class Notices(Part):
    """What the operator should know of the watch, and was told."""

    def raise_notice(
        self, key: str, subject: str, text: str, now: datetime, *, channels: Sequence[str] | None = None
    ) -> bool:
        """Tell of a trouble, once until it is cleared or the configured time is over; True where it is told now.

        `key` names the trouble (`source/bbc-world`); equal keys are one. `channels` hear of it instead of those of
        `notices:`; without any it is only listed. Its text is kept up to date while it stands.
        """

        def work(connection: Connection) -> bool:
            rules = (applied_configuration(self._database, connection) or Configuration()).policy.notices
            self._database.serialise(connection, _NOTICE_LOCK)
            row = _stored(connection, key)
            stands = row is not None and row.cleared_at is None
            tell = row is None or not stands or now - row.told_at >= rules.repeat
            said: dict[str, Any] = {"subject": subject, "text": text, "cleared_at": None}
            if not stands:
                said["raised_at"] = now
            if tell:
                heard = list(rules.channels if channels is None else channels)
                said |= {"told_at": now, "channels": heard}
                store_deliveries(connection, _deliveries(heard, key, subject, text, now))
            _store(connection, row, key, said)
            return tell

        return self._database.write(work)

    def clear_notice(self, key: str, now: datetime, text: str = "", *, tell: bool = True) -> bool:
        """Say that a trouble is over, to those who heard of it unless not to `tell`; False where it does not stand."""

        def work(connection: Connection) -> bool:
            self._database.serialise(connection, _NOTICE_LOCK)
            row = _stored(connection, key)
            if row is None or row.cleared_at is not None:
                return False
            _store(connection, row, key, {"cleared_at": now})
            if not tell:
                return True
            lasted = text or f"It stood since {row.raised_at:%d %b %Y %H:%M} UTC."
            over = f"recovered: {row.subject}"
            store_deliveries(connection, _deliveries(row.channels, key, over, lasted, now))
            return True

        return self._database.write(work)

    def notices(self, *, standing: bool = True, limit: int | None = None) -> list[Notice]:
        """Notices, newest first; only those that stand, or all."""
        columns = _NOTICE.c
        wanted = select(_NOTICE).order_by(columns.raised_at.desc(), columns.key).limit(limit)
        if standing:
            wanted = wanted.where(columns.cleared_at.is_(None))
        with self._database.read() as connection:
            return [
                Notice(row.key, row.subject, row.text, row.raised_at, row.told_at, row.cleared_at, tuple(row.channels))
                for row in connection.execute(wanted)
            ]


def _stored(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(_NOTICE).where(_NOTICE.c.key == key)).one_or_none()


def _store(connection: Connection, before: Row[Any] | None, key: str, said: dict[str, Any]) -> None:
    if before is None:
        connection.execute(insert(_NOTICE).values(key=key, **said))
    else:
        connection.execute(update(_NOTICE).where(_NOTICE.c.key == key).values(said))


def _deliveries(channels: Iterable[str], key: str, subject: str, text: str, now: datetime) -> Iterator[Delivery]:
    for channel in channels:
        yield notice(channel, subject, text, now, key=(key, subject, now.isoformat()))
