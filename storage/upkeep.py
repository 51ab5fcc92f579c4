"""The history of runs, and backups."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select

from storage import tables
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
