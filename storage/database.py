"""Connections and transactions: what SQLite and Postgres need to behave alike, and errors people can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from storage.columns import to_json
from storage.trouble import describe_trouble, is_deadlock
from wirewatch.errors import StorageError

Result = TypeVar("Result")

DEFAULT_PATIENCE = 30.0
"""Seconds to wait for a lock that another process holds."""

_WRITES = "wirewatch_writes"
_DEADLOCK_ATTEMPTS = 5
_CONNECT_SECONDS = 10


class Database:
    """An open database. `place` is its address as users may see it: without its password."""

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**{_WRITES: True})
        self.place = place

    @property
    def is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """The SQLite file; None on Postgres."""
        return Path(self._engine.url.database or "") if self.is_sqlite else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads. Raises StorageError."""
        with self._explained(), self._engine.connect() as connection, connection.begin():
            yield connection

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in one transaction: all of it is stored, or nothing. Raises StorageError.

        SQLite takes the write lock at once, so what `work` reads stays true until it commits. Postgres may find
        two writers waiting for each other; then `work` is run again.
        """
        with self._explained():
            for attempt in range(1, _DEADLOCK_ATTEMPTS + 1):
                try:
                    with self._writer.connect() as connection, connection.begin():
                        return work(connection)
                except DBAPIError as error:
                    if attempt == _DEADLOCK_ATTEMPTS or not is_deadlock(error.orig):
                        raise
        raise AssertionError("the loop returns or raises")

    def serialise(self, connection: Connection, lock: int) -> None:
        """Let nobody else past the lock of this number until the transaction ends; SQLite has one writer anyway."""
        if not self.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})

    @contextmanager
    def sqlite_connection(self) -> Iterator[sqlite3.Connection]:
        """SQLite's own connection, for what cannot run in a transaction. Raises StorageError."""
        with self._explained():
            pooled = self._engine.raw_connection()
            try:
                yield cast(sqlite3.Connection, pooled.driver_connection)
            finally:
                pooled.close()

    def close(self) -> None:
        """Close all idle connections."""
        self._engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            original = error.orig if isinstance(error, DBAPIError) else error
            raise StorageError(f"database {self.place}: {describe_trouble(original)}") from error
        except PoolTimeoutError as error:
            raise StorageError(f"database {self.place}: all connections are in use; run fewer at once") from error


def insert_or(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that can say what happens where the row is there already."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def connect(url: str, patience: float) -> Database:
    """A database by its address; nothing is opened yet, except that a SQLite file's folder is made."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return Database(_sqlite_engine(parsed, patience), parsed.database or "")
    return Database(_postgres_engine(parsed, patience), parsed.render_as_string(hide_password=True))


def _parsed(url: str) -> URL:
    expected = "expected sqlite:///path/to/file.db or postgresql://user:password@host/database"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # their text would repeat the address, password included
        raise StorageError(f"the database's address is not an address; {expected}") from None
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        if parsed.database in (None, "", ":memory:"):
            raise StorageError(f"a database in memory would be lost with the process; {expected}")
        return parsed.set(drivername="sqlite+pysqlite")
    raise StorageError(f"no database of the kind “{parsed.drivername}” is supported; {expected}")


def _sqlite_engine(url: URL, patience: float) -> Engine:
    folder = Path(url.database or "").absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"database {url.database}: its folder cannot be made: {error}") from error
    # The connection last used is the next one, too: its pages are still in memory, and the others need not be.
    engine = create_engine(url, json_serializer=to_json, pool_use_lifo=True, connect_args={"timeout": patience})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself: we do, below
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres_engine(url: URL, patience: float) -> Engine:
    engine = create_engine(
        url, json_serializer=to_json, pool_pre_ping=True, connect_args={"connect_timeout": _CONNECT_SECONDS}
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.autocommit = True
        connection.execute(f"SET lock_timeout = {round(patience * 1000)}")
        connection.autocommit = False

    return engine
