"""The history of runs, and backups."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select

from storage import tables
from storage.opening import REVISIONS, VERSION_TABLE
from storage.part import Part
from storage.values import Run
from wirewatch.errors import StorageError
from wirewatch.model import Failure


class Upkeep(Part):
    """What keeps the store answerable and safe."""

    def add_run(
        self,
        kind: str,
        started_at: datetime,
        finished_at: datetime,
        counts: Mapping[str, int],
        failures: Iterable[Failure] = (),
    ) -> None:
        """Record a finished run."""
        row = {
            "kind": kind,
            "started_at": started_at,
            "finished_at": finished_at,
            "counts": dict(counts),
            "failures": [asdict(failure) for failure in failures],
        }
        self._database.write(lambda connection: connection.execute(insert(tables.run).values(row)))

    def last_runs(self, limit: int = 20, kind: str | None = None) -> list[Run]:
        """The latest runs, newest first; only those of a kind where one is named."""
        columns = tables.run.c
        wanted = select(tables.run).order_by(columns.started_at.desc(), columns.id.desc()).limit(limit)
        if kind is not None:
            wanted = wanted.where(columns.kind == kind)
        with self._database.read() as connection:
            return [
                Run(
                    kind=row.kind,
                    started_at=row.started_at,
                    finished_at=row.finished_at,
                    counts=row.counts,
                    failures=tuple(Failure(**failure) for failure in row.failures),
                )
                for row in connection.execute(wanted)
            ]

    def backup(self, path: Path) -> None:
        """Copy a SQLite database while it is in use; the file appears when it is complete."""
        if not self._database.is_sqlite:
            raise StorageError("a Postgres database is backed up by its own tool: `pg_dump --format=custom DATABASE`")
        if path.exists():
            raise StorageError(f"backup {path}: a file of this name exists; choose another name")
        unfinished = path.with_name(path.name + ".unfinished")
        try:
            unfinished.unlink(missing_ok=True)
            with closing(sqlite3.connect(unfinished)) as copy, self._database.sqlite_connection() as connection:
                connection.backup(copy)
            unfinished.replace(path)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"backup {path}: it cannot be written: {error}") from error
        finally:
            unfinished.unlink(missing_ok=True)

    def restore(self, path: Path) -> Path:
        """Put a backup in the place of a SQLite database, and give where that was kept. Nobody may be at work on it.

        StorageError where the file is no backup of this wirewatch; then nothing was changed.
        """
        current = self._database.path
        if current is None:
            raise StorageError(
                "a Postgres database is restored by its own tool: `pg_restore --clean --dbname DATABASE`"
            )
        _check_backup(path)
        kept = current.with_name(f"{current.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
        self.backup(kept)
        try:
            source = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            with closing(source), self._database.sqlite_connection() as connection:
                source.backup(connection)
        except sqlite3.Error as error:
            raise StorageError(f"backup {path}: it cannot be read: {error}") from error
        return kept


def _check_backup(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source:
            [whole] = source.execute("PRAGMA integrity_check").fetchone()
            [revision] = source.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 (a constant)
    except (sqlite3.Error, TypeError) as error:
        raise StorageError(f"backup {path}: it is no database of wirewatch ({error}); nothing was changed") from None
    if whole != "ok":
        raise StorageError(f"backup {path}: it is damaged ({whole}); nothing was changed")
    if revision not in REVISIONS:
        raise StorageError(f"backup {path}: it is of a newer wirewatch (schema {revision}); nothing was changed")
