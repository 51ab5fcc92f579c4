"""Who polls what, and how far each source has been read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, Select, Text, Update, and_, bindparam, cast, func, null, select, union_all, update

from storage import tables
from storage.columns import Instant
from storage.file_stamps import file_stamps, store_file_stamps
from storage.leases import NOW, taken_until
from storage.part import Part
from storage.rows import SOURCE, chunks, cursor_from_text, cursor_json, pending_page_from
from storage.turns import Shard, pages_due, sources_due, turn_values
from storage.values import AppliedSources, ClaimedSource, PendingPage, Progress
from wirewatch.cadence import Cadence
from wirewatch.model import Source, SourceKind
from wirewatch.schedule import Trouble

PAGE_LEASE = timedelta(minutes=5)
CLOCKS_DIFFER = timedelta(minutes=15)
"""More than the clocks of machines that work together ever do."""

_KNOWN = union_all(
    *(
        select(column).where(column.in_(bindparam("keys", expanding=True)))
        for column in (tables.article.c.key, tables.article_alias.c.alias, tables.known_key.c.key)
    )
)
"""Which of the keys are those of articles, or other keys of articles; built once, as every changed feed asks."""
_VERSION = select(tables.configuration.c.version)
_AHEAD = and_(tables.source.c.last_polled_at > bindparam("ahead", type_=Instant), tables.source.c.next_due > NOW)
_POLLED_IN_FUTURE = select(tables.source.c.name).where(_AHEAD).limit(1)
WITHOUT_FILES = frozenset({SourceKind.FEED, SourceKind.SITEMAP, SourceKind.PAGE})


class Polling(Part):
    """Sources to poll, pages to fetch again, and what is known already."""

    def claim_sources(
        self,
        now: datetime,
        *,
        lease: timedelta,
        limit: int,
        shard: Shard = None,
        names: Sequence[str] | None = None,
        applied: AppliedSources | None = None,
    ) -> list[ClaimedSource]:
        """Take up to `limit` active sources that nobody else has, longest due first, until `now` + `lease`.

        `shard` (i, n) takes only those whose site belongs to worker i of n. A source that a machine owns is taken there
        and nowhere else, whatever the shard. A lease that ran out is taken over. `applied` spares reading the sources'
        settings again.
        """

        def work(connection: Connection) -> list[ClaimedSource]:
            wanted = _claimable(shard is not None)
            if names is not None:
                wanted = wanted.where(tables.source.c.name.in_(names))
            values = turn_values(connection, tables.source, now, shard)
            rows = connection.execute(wanted, {**values, "most": limit}).all()
            claimed = [row.name for row in rows]
            for part in chunks(claimed):
                connection.execute(_TAKEN, {**taken_until(now + lease), "names": part})
            # Asked only now: another configuration that comes after the rows are locked waits for the claim.
            known = applied if applied and connection.scalar(_VERSION) == applied.version else None
            settings = [known.by_name[name] for name in claimed] if known else _settings(connection, claimed)
            stamps = file_stamps(connection, [each.name for each in settings if each.kind not in WITHOUT_FILES])
            return [
                ClaimedSource(
                    source=source,
                    cursor=cursor_from_text(row.cursor, stamps.get(source.name, {})),
                    lease_number=row.lease_number + 1,
                    failures=row.failures,
                    cadence=Cadence.from_stored(from_json(row.cadence)) if row.cadence else None,
                )
                for row, source in zip(rows, settings, strict=True)
            ]

        return self._database.write(work)

    def note_clock_set_back(self, now: datetime) -> int:
        """Let sources be due that were polled in what is the future by now; gives their number.

        Else they would wait until the clock is again where it was: after a wrong date, for days.
        """
        values = {"ahead": now + CLOCKS_DIFFER, "now": now}
        with self._database.read() as connection:
            if connection.scalar(_POLLED_IN_FUTURE, values) is None:
                return 0
        hurried = update(tables.source).where(_AHEAD).values(next_due=NOW)
        return self._database.write(lambda connection: connection.execute(hurried, values).rowcount)

    def store_unchanged(self, progress: Sequence[Progress]) -> None:
        """Let sources that were read, and have not moved at all, rest until their next turn; each if still leased."""
        values = [
            {
                "source_name": item.source,
                "of_number": item.lease_number,
                "new_next_due": item.next_due,
                "polled_at": item.at,
            }
            for item in sorted(progress, key=lambda item: item.source)
        ]
        if values:
            self._database.write(lambda connection: connection.execute(_UNCHANGED, values))

    def make_due(self, now: datetime, names: Sequence[str] | None = None) -> None:
        """Let these sources be due now; without names all, with the pages that wait for another try."""
        sources, pages = tables.source.c, tables.pending_page.c
        hurried = update(tables.source).where(sources.next_due > now).values(next_due=now)

        def work(connection: Connection) -> None:
            for part in chunks(names or ()):
                connection.execute(hurried.where(sources.name.in_(part)))
            if names is not None:
                return
            connection.execute(hurried)
            connection.execute(update(tables.pending_page).where(pages.next_at > now).values(next_at=now))

        self._database.write(work)

    def release_sources(self, claimed: Iterable[tuple[str, int]]) -> None:
        """Give claims (source, lease number) back that could not be worked off; those that others have stay theirs."""
        columns = tables.source.c
        values = [{"of_source": name, "of_number": number} for name, number in claimed]
        mine = and_(columns.name == bindparam("of_source"), columns.lease_number == bindparam("of_number"))
        change = update(tables.source).where(mine).values(lease_until=None)
        if values:
            self._database.write(lambda connection: connection.execute(change, values))

    def unknown_articles(self, keys: Collection[bytes]) -> set[bytes]:
        """Those keys under which no article is or was stored, by its own key or an alias."""
        unknown = set(keys)
        with self._database.read() as connection:
            for part in chunks(sorted(unknown)):
                unknown.difference_update(connection.scalars(_KNOWN, {"keys": part}))
        return unknown

    def due_pages(
        self, now: datetime, limit: int, lease: timedelta = PAGE_LEASE, shard: Shard = None
    ) -> list[PendingPage]:
        """Take up to `limit` pages to fetch again; who writes their article ends the lease.

        They are of the sources that `claim_sources` would give: else several shards would be at one site at once.
        """

        def work(connection: Connection) -> list[PendingPage]:
            values = turn_values(connection, tables.pending_page, now, shard)
            rows = connection.execute(_due_pages(shard is not None), {**values, "most": limit}).all()
            for part in chunks([row.article_key for row in rows]):
                connection.execute(_PAGES_TAKEN, {**taken_until(now + lease), "keys": part})
            return [pending_page_from(row) for row in rows]

        return self._database.write(work)


def still_leased(connection: Connection, progress: Iterable[Progress]) -> list[Progress]:
    """Those whose lease is still theirs; their sources are locked until the transaction ends."""
    by_source = {item.source: item for item in sorted(progress, key=lambda item: item.source)}
    columns = tables.source.c
    current: list[Progress] = []
    for part in chunks(by_source):
        rows = select(*columns["name", "lease_number"]).where(columns.name.in_(part)).order_by(columns.name)
        for row in connection.execute(rows.with_for_update()):
            if row.lease_number == by_source[row.name].lease_number:
                current.append(by_source[row.name])
    return current


def store_progress(connection: Connection, progress: Sequence[Progress]) -> None:
    """Move the cursors, free the leases, count failures in a row, remember changed files."""
    ended = [item for item in progress if not (item.more or item.unasked)]
    kinds = (
        (_MOVED, [item for item in progress if item.more]),
        (_SUCCEEDED, [item for item in ended if item.failure is None]),
        (_FAILED, [item for item in ended if item.failure is not None]),
        (_GONE, [item for item in ended if item.trouble is Trouble.GONE]),
        (_UNASKED, [item for item in progress if item.unasked]),
    )
    for change, items in kinds:
        if items:
            connection.execute(change, [_progress_values(item) for item in items])
    learnt = [{"source_name": item.source, "learnt": item.cadence.stored()} for item in progress if item.cadence]
    if learnt:
        connection.execute(_LEARNT, learnt)
    store_file_stamps(connection, progress)


def _source_change(**changes: Any) -> Update:
    """Built once: every transaction of a poll executes one of these. What is emptied is so in SQL, row for row."""
    inlined = {name: null() if value is None else value for name, value in changes.items()}
    return update(tables.source).where(tables.source.c.name == bindparam("source_name")).values(inlined)


def _settings(connection: Connection, names: Sequence[str]) -> list[Source]:
    columns = tables.source.c
    found: dict[str, Source] = {}
    for part in chunks(names):
        wanted = select(*columns["name", "settings"]).where(columns.name.in_(part))
        found |= {row.name: SOURCE.validate_python(row.settings) for row in connection.execute(wanted)}
    return [found[name] for name in names]


@cache
def _claimable(sharded: bool) -> Select[Any]:
    columns = tables.source.c
    as_text = (cast(columns[name], Text).label(name) for name in ("cursor", "cadence"))  # JSON is read below
    wanted = select(*columns["name", "lease_number", "failures"], *as_text)
    in_turn = sources_due(wanted, sharded).order_by(columns.next_due, columns.name)
    return in_turn.limit(bindparam("most")).with_for_update(skip_locked=True)


@cache
def _due_pages(sharded: bool) -> Select[Any]:
    pages = tables.pending_page
    in_turn = pages_due(select(pages), sharded).order_by(pages.c.next_at, pages.c.article_key)
    return in_turn.limit(bindparam("most")).with_for_update(skip_locked=True, of=pages)


_LEASE: dict[str, Any] = {name: bindparam(name) for name in ("lease_until", "lease_holder")}
_TAKEN = (
    update(tables.source)
    .where(tables.source.c.name.in_(bindparam("names", expanding=True)))
    .values(**_LEASE, lease_number=tables.source.c.lease_number + 1)
)
_PAGES_TAKEN = (
    update(tables.pending_page)
    .where(tables.pending_page.c.article_key.in_(bindparam("keys", expanding=True)))
    .values(_LEASE)
)
_READ: dict[str, Any] = {"cursor": bindparam("new_cursor"), "last_polled_at": bindparam("polled_at")}
_ENDED: dict[str, Any] = {**_READ, "next_due": bindparam("new_next_due"), "lease_until": None}
NO_FAILURE: Mapping[str, Any] = {"failures": 0, "last_error": None, "trouble": None, "failing_since": None}
NOT_PAUSED: Mapping[str, Any] = {"paused": False, "paused_at": None, "paused_until": None, "pause_reason": None}
_MOVED = _source_change(**_READ)
_SUCCEEDED = _source_change(**_ENDED, **NO_FAILURE, last_success_at=bindparam("polled_at"))
_UNCHANGED = _source_change(
    next_due=bindparam("new_next_due"),
    lease_until=None,
    last_polled_at=bindparam("polled_at"),
    last_success_at=bindparam("polled_at"),
    **NO_FAILURE,
).where(tables.source.c.lease_number == bindparam("of_number"))
_FAILED = _source_change(
    **_ENDED,
    failures=tables.source.c.failures + 1,
    last_error=bindparam("failure"),
    trouble=bindparam("kind_of_failure"),
    failing_since=func.coalesce(tables.source.c.failing_since, bindparam("polled_at", type_=Instant())),
)
_GONE = _source_change(
    paused=True, paused_at=bindparam("polled_at"), paused_until=None, pause_reason=bindparam("kind_of_failure")
)
_UNASKED = _source_change(next_due=bindparam("new_next_due"), lease_until=None)
_LEARNT = _source_change(cadence=bindparam("learnt"))


def _progress_values(progress: Progress) -> dict[str, Any]:
    return {
        "source_name": progress.source,
        "new_cursor": cursor_json(progress.cursor),
        "new_next_due": progress.next_due,
        "polled_at": progress.at,
        "failure": progress.failure,
        "kind_of_failure": progress.trouble,
    }
