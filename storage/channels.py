"""What is known of channels: which are paused after failures in a row, and where their threads began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from storage import channel_tables as tables
from storage.database import insert_or
from storage.part import Part

THREADS_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Breaker:
    """A channel that failed so often in a row; `open_until`: nothing is sent to it before, then one message is."""

    channel: str
    failures: int
    failing_since: datetime
    open_until: datetime | None
    last_error: str


class Channels(Part):
    """Breakers and threads."""

    def breakers(self) -> list[Breaker]:
        """The channels whose last message failed, by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(tables.breaker).order_by(tables.breaker.c.channel))
            return [Breaker(*row) for row in rows]

    def open_channels(self, now: datetime) -> set[str]:
        """The channels to which nothing is to be sent now."""
        return {each.channel for each in self.breakers() if each.open_until and each.open_until > now}

    def take_turn(self, channel: str, now: datetime, lasting: timedelta) -> bool:
        """Whether this worker may send to the channel: of one that was paused only one may, for so long."""
        columns = tables.breaker.c
        over = update(tables.breaker).where(columns.channel == channel, columns.open_until <= now)

        def work(connection: Connection) -> bool:
            if connection.execute(over.values(open_until=now + lasting)).rowcount:
                return True
            return connection.scalar(select(columns.channel).where(_is_open(channel, now))) is None

        return self._database.write(work)

    def note_failure(self, channel: str, now: datetime, error: str) -> Breaker:
        """Count a failure of the channel; gives all that is known of those in a row."""
        columns = tables.breaker.c
        begun = {"channel": channel, "failures": 1, "failing_since": now, "last_error": error}
        again = {"failures": columns.failures + 1, "last_error": error}

        def work(connection: Connection) -> Breaker:
            counted = insert_or(connection, tables.breaker).values(begun)
            connection.execute(counted.on_conflict_do_update(index_elements=["channel"], set_=again))
            return Breaker(*connection.execute(select(tables.breaker).where(columns.channel == channel)).one())

        return self._database.write(work)

    def pause_channel(self, channel: str, until: datetime) -> None:
        """Send nothing to it until then."""
        change = update(tables.breaker).where(tables.breaker.c.channel == channel).values(open_until=until)
        self._database.write(lambda connection: connection.execute(change))

    def note_success(self, channel: str) -> None:
        """Forget its failures."""
        forget = delete(tables.breaker).where(tables.breaker.c.channel == channel)
        self._database.write(lambda connection: connection.execute(forget))

    def thread(self, channel: str, story: bytes) -> dict[str, str]:
        """For each recipient of a channel, the message that began the story's thread."""
        columns = tables.thread.c
        wanted = select(columns.recipient, columns.reference).where(columns.channel == channel, columns.story == story)
        with self._database.read() as connection:
            return {row.recipient: row.reference for row in connection.execute(wanted)}

    def keep_thread(self, channel: str, story: bytes, references: Mapping[str, str], now: datetime) -> None:
        """Keep where threads began, in place of what was kept for these recipients; old ones are let go of."""
        columns = tables.thread.c
        these = [columns.channel == channel, columns.story == story, columns.recipient.in_(list(references))]
        rows = [
            {"channel": channel, "story": story, "recipient": recipient, "reference": reference, "begun_at": now}
            for recipient, reference in references.items()
        ]

        def work(connection: Connection) -> None:
            connection.execute(delete(tables.thread).where(*these))
            connection.execute(delete(tables.thread).where(columns.begun_at < now - THREADS_KEPT))
            connection.execute(insert(tables.thread), rows)

        if rows:
            self._database.write(work)


def _is_open(channel: str, now: datetime) -> ColumnElement[bool]:
    columns = tables.breaker.c
    return and_(columns.channel == channel, columns.open_until > now)
