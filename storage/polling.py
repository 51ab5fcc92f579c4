"""Who polls what, and how far each source has been read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Update, and_, bindparam, func, select, union_all, update

from storage import tables
from storage.columns import Instant
from storage.database import insert_or
from storage.leases import is_free, taken_until
from storage.part import Part
from storage.rows import SOURCE, chunks, cursor_from, cursor_json, pending_page_from
from storage.turns import pages_due, pollable
from storage.values import ClaimedSource, PendingPage, Progress
from wirewatch.cadence import Cadence
from wirewatch.identity import digest
from wirewatch.model import FileStamp
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


class Polling(Part):
    """Sources to poll, pages to fetch again, and what is known already."""

    def claim_sources(
        self,
        now: datetime,
        *,
        lease: timedelta,
        limit: int,
        shard: tuple[int, int] | None = None,
        names: Sequence[str] | None = None,
        due_only: bool = True,
    ) -> list[ClaimedSource]:
        """Take up to `limit` active sources that nobody else has, longest due first, until `now` + `lease`.

        `shard` (i, n) takes only those whose site belongs to worker i of n. A source that a machine owns is taken there
        and nowhere else, whatever the shard. A lease that ran out is taken over.
        """
        columns = tables.source.c
        due = (columns.next_due <= now,) if due_only else ()
        wanted = select(*columns[_CLAIMED]).where(*due, *pollable(now, shard))
        if names is not None:
            wanted = wanted.where(columns.name.in_(names))
        wanted = wanted.order_by(columns.next_due, columns.name).limit(limit).with_for_update(skip_locked=True)
        taken = {**taken_until(now + lease), "lease_number": columns.lease_number + 1}

        def work(connection: Connection) -> list[ClaimedSource]:
            rows = connection.execute(wanted.where(is_free(connection, tables.source, now, *due))).all()
            for part in chunks([row.name for row in rows]):
                connection.execute(update(tables.source).where(columns.name.in_(part)).values(taken))
            stamps = _file_stamps(connection, [row.name for row in rows])
            return [
                ClaimedSource(
                    source=SOURCE.validate_python(row.settings),
                    cursor=cursor_from(row.cursor, stamps.get(row.name, {})),
                    lease_number=row.lease_number + 1,
                    failures=row.failures,
                    cadence=Cadence.from_stored(row.cadence),
                )
                for row in rows
            ]

        return self._database.write(work)

    def note_clock_set_back(self, now: datetime) -> int:
        """Let sources be due that were polled in what is the future by now; gives their number.

        Else they would wait until the clock is again where it was: after a wrong date, for days.
        """
        columns = tables.source.c
        ahead = and_(columns.last_polled_at > now + CLOCKS_DIFFER, columns.next_due > now)
        with self._database.read() as connection:
            if connection.scalar(select(columns.name).where(ahead).limit(1)) is None:
                return 0
        hurried = update(tables.source).where(ahead).values(next_due=now)
        return self._database.write(lambda connection: connection.execute(hurried).rowcount)

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

    def release_sources(self, claimed: Iterable[ClaimedSource]) -> None:
        """Give claims back that could not be worked off; those that others have by now stay theirs."""
        columns = tables.source.c
        values = [{"of_source": claim.source.name, "of_number": claim.lease_number} for claim in claimed]
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

    def keys_by_fingerprint(self, fingerprints: Collection[bytes]) -> dict[bytes, bytes]:
        """For each text that some file had: the key of its article, the first one where several have it."""
        columns = tables.article.c
        found: dict[bytes, bytes] = {}
        with self._database.read() as connection:
            for part in chunks(fingerprints):
                of_files = (
                    select(*columns["fingerprint", "key"])
                    .where(columns.fingerprint.in_(part), columns.url.startswith("file:"))
                    .order_by(columns.fetched_at, columns.key)
                )
                for row in connection.execute(of_files):
                    found.setdefault(row.fingerprint, row.key)
        return found

    def file_article(self, source: str, path: str) -> bytes | None:
        """The key of the article that was last stored for a watched file; `path` as in the cursor."""
        columns = tables.file_stamp.c
        wanted = select(columns.article_key).where(columns.source == source, columns.path_key == _path_key(path))
        with self._database.read() as connection:
            key: bytes | None = connection.scalar(wanted)
        return key

    def due_pages(
        self, now: datetime, limit: int, lease: timedelta = PAGE_LEASE, shard: tuple[int, int] | None = None
    ) -> list[PendingPage]:
        """Take up to `limit` pages to fetch again; who writes their article ends the lease.

        They are of the sources that `claim_sources` would give: else several shards would be at one site at once.
        """
        pages = tables.pending_page
        wanted = (
            pages_due(select(pages), now, shard)
            .order_by(pages.c.next_at, pages.c.article_key)
            .limit(limit)
            .with_for_update(skip_locked=True, of=pages)
        )

        def work(connection: Connection) -> list[PendingPage]:
            rows = connection.execute(wanted.where(is_free(connection, pages, now, pages.c.next_at <= now))).all()
            for part in chunks([row.article_key for row in rows]):
                taken = update(pages).where(pages.c.article_key.in_(part)).values(taken_until(now + lease))
                connection.execute(taken)
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
    ended = [item for item in progress if not item.more]
    kinds = (
        (_MOVED, [item for item in progress if item.more]),
        (_SUCCEEDED, [item for item in ended if item.failure is None]),
        (_FAILED, [item for item in ended if item.failure is not None]),
        (_GONE, [item for item in ended if item.trouble is Trouble.GONE]),
    )
    for change, items in kinds:
        if items:
            connection.execute(change, [_progress_values(item) for item in items])
    learnt = [{"source_name": item.source, "learnt": item.cadence.stored()} for item in progress if item.cadence]
    if learnt:
        connection.execute(_LEARNT, learnt)
    _store_file_stamps(connection, progress)


def _source_change(**changes: Any) -> Update:
    """Built once: every transaction of a poll executes one of these."""
    return update(tables.source).where(tables.source.c.name == bindparam("source_name")).values(changes)


_CLAIMED = ("name", "settings", "cursor", "lease_number", "failures", "cadence")
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


def _store_file_stamps(connection: Connection, progress: Iterable[Progress]) -> None:
    rows = [
        {
            "source": item.source,
            "path_key": _path_key(path),
            "path": path,
            "modified_ns": stamp.modified_ns,
            "size": stamp.size,
            "error": stamp.error,
            "article_key": stamp.article_key,
        }
        for item in progress
        for path, stamp in item.cursor.files.items()
    ]
    if not rows:
        return
    added = insert_or(connection, tables.file_stamp)
    changed = {name: added.excluded[name] for name in ("modified_ns", "size", "error")}
    # A file that cannot be read any more is still the file whose content that article was.
    kept = func.coalesce(added.excluded.article_key, tables.file_stamp.c.article_key)
    upsert = added.on_conflict_do_update(index_elements=["source", "path_key"], set_={**changed, "article_key": kept})
    for part in chunks(rows):
        connection.execute(upsert, part)


def _file_stamps(connection: Connection, sources: Iterable[str]) -> Mapping[str, Mapping[str, FileStamp]]:
    table = tables.file_stamp
    stamps: dict[str, dict[str, FileStamp]] = {}
    for part in chunks(sources):
        for row in connection.execute(select(table).where(table.c.source.in_(part))):
            stamp = FileStamp(row.modified_ns, row.size, row.error, row.article_key)
            stamps.setdefault(row.source, {})[row.path] = stamp
    return stamps


def _path_key(path: str) -> bytes:
    return digest("path", path)
