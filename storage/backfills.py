"""Long work in slices: what a backfill was asked, how far each of its slices came, and who is at it.

A slice's progress is stored in the transaction that stores what it found, and is fenced by the number of its claim:
a worker that comes back from the dead stores nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Connection, Index, Row, and_, func, insert, select, update
from sqlmodel import Field, SQLModel

from storage.columns import Choice, CleanText, Instant
from storage.holders import dead, this_process
from storage.leases import is_free, taken_until, when_free
from storage.part import Part
from storage.rows import chunks
from storage.slices import BackfillState, ClaimedSlice, PlannedSlice, SliceProgress, StoredBackfill
from wirewatch.errors import BackfillError
from wirewatch.model import Failure


class BackfillRow(SQLModel, table=True):
    """One backfill: what was asked, and what became of it."""

    __tablename__ = "backfill"

    id: int | None = Field(default=None, primary_key=True)
    request: dict[str, Any] = Field(sa_type=JSON)
    versions: dict[str, int] = Field(sa_type=JSON)
    """The version of each of its terms: what is found names it."""
    state: BackfillState = Field(sa_type=Choice(BackfillState))
    created_at: datetime = Field(sa_type=Instant)
    changed_at: datetime = Field(sa_type=Instant)
    counts: dict[str, int] = Field(sa_type=JSON)
    """What is counted once, not by a slice."""
    error: str | None = Field(default=None, sa_type=CleanText)
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    lease_holder: str | None = Field(default=None, sa_type=CleanText)


class BackfillSliceRow(SQLModel, table=True):
    """A part of a backfill that is worked off by itself."""

    __tablename__ = "backfill_slice"
    __table_args__ = (Index("ix_backfill_slice_done", "backfill", "done"),)

    backfill: int = Field(primary_key=True, foreign_key="backfill.id")
    number: int = Field(primary_key=True)
    part: dict[str, Any] = Field(sa_type=JSON)
    size: int | None
    cursor: str | None = Field(default=None, sa_type=CleanText)
    done: bool
    attempt: int
    counts: dict[str, int] = Field(sa_type=JSON)
    failures: list[Any] = Field(sa_type=JSON)


def _table(row: type[SQLModel]) -> Any:
    return SQLModel.metadata.tables[str(row.__tablename__)]


backfill_table = _table(BackfillRow)
slice_table = _table(BackfillSliceRow)


class Backfills(Part):
    """Backfills, past and under way."""

    def add_backfill(
        self,
        request: Mapping[str, Any],
        versions: Mapping[str, int],
        slices: Iterable[PlannedSlice],
        now: datetime,
        lease: timedelta,
    ) -> int:
        """Store a backfill that is about to run, held by this process; gives its number."""
        row = {
            "request": dict(request),
            "versions": dict(versions),
            "state": BackfillState.RUNNING,
            "created_at": now,
            "changed_at": now,
            "counts": {},
            **taken_until(now + lease),
        }

        def work(connection: Connection) -> int:
            added = insert(backfill_table).values(row).returning(backfill_table.c.id)
            number: int = connection.execute(added).scalar_one()
            rows = ({**_fresh(planned), "backfill": number, "number": n} for n, planned in enumerate(slices))
            for part in chunks(rows):
                connection.execute(insert(slice_table), part)
            return number

        return self._database.write(work)

    def claim_backfill(self, number: int, now: datetime, lease: timedelta) -> StoredBackfill:
        """Take an unfinished backfill, to go on with it; BackfillError where there is none, or another is at it."""
        columns = backfill_table.c

        def work(connection: Connection) -> None:
            this = columns.id == number
            row = connection.execute(select(backfill_table).where(this).with_for_update()).one_or_none()
            if row is None:
                raise _unknown(number)
            if row.state is BackfillState.DONE:
                raise BackfillError(f"backfill {number} is done; start a new one")
            free = connection.scalar(
                select(func.count()).where(this, is_free(backfill_table)), when_free(connection, backfill_table, now)
            )
            if row.state is BackfillState.RUNNING and not free:
                raise BackfillError(
                    f"backfill {number} is being worked on; `wirewatch backfill cancel {number}` stops it"
                )
            taken = {"state": BackfillState.RUNNING, "changed_at": now, "error": None, **taken_until(now + lease)}
            connection.execute(update(backfill_table).where(this).values(taken))

        self._database.write(work)
        found = self.backfill(number)
        assert found is not None
        return found

    def renew_backfill(self, number: int, now: datetime, lease: timedelta) -> None:
        """Keep a backfill that this process has; BackfillError where it was cancelled meanwhile."""

        def work(connection: Connection) -> None:
            _still_running(connection, number)
            kept = update(backfill_table).where(backfill_table.c.id == number)
            connection.execute(kept.values(changed_at=now, **taken_until(now + lease)))

        self._database.write(work)

    def end_backfill(
        self,
        number: int,
        state: BackfillState,
        now: datetime,
        *,
        error: str | None = None,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Say what became of a backfill, and let it go; one that is cancelled or another's meanwhile stays so."""
        columns = backfill_table.c
        ours = columns.lease_holder.is_not_distinct_from(this_process())
        this = and_(columns.id == number, columns.state == BackfillState.RUNNING, ours)
        changes: dict[str, Any] = {"state": state, "changed_at": now, "error": error}
        changes |= {"lease_until": None, "lease_holder": None}
        if counts is not None:
            changes["counts"] = dict(counts)
        self._database.write(lambda connection: connection.execute(update(backfill_table).where(this).values(changes)))

    def cancel_backfill(self, number: int, now: datetime) -> None:
        """Cancel an unfinished backfill: whoever is at it stores nothing more. BackfillError where it is over."""
        columns = backfill_table.c

        def work(connection: Connection) -> None:
            row = connection.execute(select(backfill_table).where(columns.id == number).with_for_update()).one_or_none()
            if row is None:
                raise _unknown(number)
            if row.state in (BackfillState.DONE, BackfillState.CANCELLED):
                raise BackfillError(f"backfill {number} is {row.state.value} already")
            gone = {"state": BackfillState.CANCELLED, "changed_at": now, "lease_until": None, "lease_holder": None}
            connection.execute(update(backfill_table).where(columns.id == number).values(gone))

        self._database.write(work)

    def open_slices(self, number: int) -> list[int]:
        """The numbers of a backfill's slices that are not done, in their order."""
        columns = slice_table.c
        wanted = select(columns.number).where(columns.backfill == number, ~columns.done).order_by(columns.number)
        with self._database.read() as connection:
            return list(connection.scalars(wanted))

    def claim_slice(self, number: int, slice_number: int) -> ClaimedSlice | None:
        """Take a slice, from whoever had it; None where it is done. BackfillError where the backfill was cancelled."""
        columns = slice_table.c
        this = and_(columns.backfill == number, columns.number == slice_number)

        def work(connection: Connection) -> ClaimedSlice | None:
            _still_running(connection, number)
            row = connection.execute(select(slice_table).where(this).with_for_update()).one()
            if row.done:
                return None
            connection.execute(update(slice_table).where(this).values(attempt=row.attempt + 1))
            return ClaimedSlice(
                row.number, row.attempt + 1, row.part, row.size, row.cursor, row.counts, _failures(row.failures)
            )

        return self._database.write(work)

    def backfill(self, number: int) -> StoredBackfill | None:
        """A backfill by its number, with what failed in it."""
        found = self._backfills(select(backfill_table).where(backfill_table.c.id == number), with_failures=True)
        return found[0] if found else None

    def backfills(self, limit: int | None = 20) -> list[StoredBackfill]:
        """The latest backfills, newest first."""
        return self._backfills(select(backfill_table).order_by(backfill_table.c.id.desc()).limit(limit))

    def _backfills(self, wanted: Any, *, with_failures: bool = False) -> list[StoredBackfill]:
        columns = slice_table.c
        with self._database.read() as connection:
            rows = connection.execute(wanted).all()
            slices: dict[int, list[Row[Any]]] = {row.id: [] for row in rows}
            for part in chunks(slices):
                taken = select(columns.backfill, columns.size, columns.done, columns.counts)
                taken = taken.add_columns(columns.failures) if with_failures else taken
                for each in connection.execute(taken.where(columns.backfill.in_(part)).order_by(columns.number)):
                    slices[each.backfill].append(each)
        gone = set(dead(row.lease_holder for row in rows if row.lease_holder))
        return [_stored(row, slices[row.id], cut_off=row.lease_holder in gone) for row in rows]


def store_slice(connection: Connection, progress: SliceProgress, found: Mapping[str, int]) -> Mapping[str, int]:
    """Store a slice's progress, and add what was found to its counts; gives those.

    BackfillError where the slice is another's by now, or the backfill was cancelled.
    """
    counts = dict(progress.counts)
    for name, amount in found.items():
        counts[name] = counts.get(name, 0) + amount
    _still_running(connection, progress.backfill)
    columns = slice_table.c
    this = and_(
        columns.backfill == progress.backfill,
        columns.number == progress.number,
        columns.attempt == progress.attempt,
        ~columns.done,
    )
    changes = {
        "cursor": progress.cursor,
        "done": progress.done,
        "counts": counts,
        "failures": [asdict(failure) for failure in progress.failures],
    }
    if connection.execute(update(slice_table).where(this).values(changes)).rowcount != 1:
        raise BackfillError(f"another worker has taken over slice {progress.number} of backfill {progress.backfill}")
    return counts


def _still_running(connection: Connection, number: int) -> None:
    """In this transaction nobody can cancel it any more."""
    columns = backfill_table.c
    state = connection.scalar(select(columns.state).where(columns.id == number).with_for_update(read=True))
    if state is not BackfillState.RUNNING:
        said = state.value if state else "gone"
        raise BackfillError(f"backfill {number} is {said}; `wirewatch backfill --resume {number}` goes on with it")


def _unknown(number: int) -> BackfillError:
    return BackfillError(f"there is no backfill {number}; `wirewatch backfills` lists them")


def _fresh(planned: PlannedSlice) -> dict[str, Any]:
    return {
        "part": dict(planned.part),
        "size": planned.size,
        "cursor": None,
        "done": False,
        "attempt": 0,
        "counts": {},
        "failures": [],
    }


def _stored(row: Row[Any], slices: Sequence[Row[Any]], *, cut_off: bool) -> StoredBackfill:
    counts: dict[str, int] = {}
    for each in slices:
        for name, amount in each.counts.items():
            counts[name] = counts.get(name, 0) + amount
    sizes = [each.size for each in slices]
    failures = [failure for each in slices for failure in getattr(each, "failures", ())]
    interrupted = cut_off and row.state is BackfillState.RUNNING
    return StoredBackfill(
        id=row.id,
        request=row.request,
        versions=row.versions,
        state=BackfillState.STOPPED if interrupted else row.state,
        created_at=row.created_at,
        changed_at=row.changed_at,
        error="its process was killed" if interrupted else row.error,
        slices=len(slices),
        slices_done=sum(each.done for each in slices),
        total=None if None in sizes else sum(sizes),
        counts=counts | row.counts,
        failures=_failures(failures),
    )


def _failures(stored: Iterable[Mapping[str, str]]) -> tuple[Failure, ...]:
    return tuple(Failure(**failure) for failure in stored)
