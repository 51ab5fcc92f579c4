"""Bringing a database up to date when it is opened, or refusing it unchanged with the reason."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from storage.database import Database
from wirewatch.errors import StorageError

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "wirewatch_schema"
"""Not Alembic's usual name, which another application's tables in the same database may use."""

REVISIONS = ("0001", "0002")
"""All revisions, oldest first: known without loading Alembic, which costs more than all else of an opening."""

_MIGRATION_LOCK = 0x77697265  # "wire" in ASCII: any number that no other application uses


def bring_up_to_date(database: Database, patience: float) -> None:
    """Create or migrate the schema, in one transaction. Raises StorageError; then nothing was changed."""
    with database.read() as connection:
        revision = _revision(connection, database.place)
    if revision == REVISIONS[-1]:
        return
    if database.is_sqlite:
        _use_wal(database, patience)
    database.write(lambda connection: _migrate(connection, database))


def alembic_config() -> Config:
    """Alembic's settings, without an ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def _revision(connection: Connection, place: str) -> str | None:
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE not in tables:
        if tables:
            others = ", ".join(sorted(tables)[:3])
            raise StorageError(
                f"database {place}: it is in use by another application (tables {others}…); "
                "give wirewatch a database of its own"
            )
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 (a constant)
    if revision is not None and revision not in REVISIONS:
        raise StorageError(
            f"database {place}: it was written by a newer wirewatch (schema {revision}, this one knows "
            f"{REVISIONS[-1]}); upgrade wirewatch, or choose another database. Nothing was changed"
        )
    return revision


def _use_wal(database: Database, patience: float) -> None:
    """Readers and the writer do not wait for each other. The file remembers it.

    SQLite does not wait for others who switch at the same moment, so we do.
    """
    deadline = time.monotonic() + patience
    with database.sqlite_connection() as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return


def _migrate(connection: Connection, database: Database) -> None:
    database.serialise(connection, _MIGRATION_LOCK)
    if _revision(connection, database.place) == REVISIONS[-1]:  # another process was faster
        return
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
