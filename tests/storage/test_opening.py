"""A database is made, brought up to date, or refused unchanged with the reason."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlmodel import SQLModel

import storage.tables
from storage import open_store
from storage.opening import REVISIONS, VERSION_TABLE, alembic_config
from wirewatch.errors import StorageError


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request, databases, tmp_path):
    return databases.empty(request.param, tmp_path)


def connected(url):
    """A connection that knows nothing of our rules."""
    engine = create_engine(make_url(url).set(drivername="sqlite" if url.startswith("sqlite") else "postgresql+psycopg"))
    return engine.begin()


def test_folders_and_file_are_made(make, tmp_path):
    url = f"sqlite:///{tmp_path / 'deep' / 'er' / 'wirewatch.db'}"
    with open_store(url) as store:
        make.stored(store, "a")
        assert store.place == str(tmp_path / "deep" / "er" / "wirewatch.db")
    with open_store(url) as store:
        assert store.counts().articles == 1


def test_writes_are_safe_on_disk_and_readers_do_not_wait(tmp_path):
    asked = []
    event.listen(Engine, "connect", lambda connection, _record: asked.append(connection))
    with open_store(f"sqlite:///{tmp_path / 'a.db'}"):
        [value] = asked[-1].execute("PRAGMA synchronous").fetchone()
        assert value == 2, "FULL: a commit is on the disk"
        assert asked[-1].execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert asked[-1].execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_several_may_open_a_new_database_at_once(empty_url, make, in_processes):
    def work(number):
        with open_store(empty_url) as store:
            make.stored(store, str(number))
        return "ok"

    assert in_processes(work, 4) == ["ok"] * 4
    with open_store(empty_url) as store:
        assert store.counts().articles == 4


def test_opening_what_is_up_to_date_does_not_load_alembic(tmp_path):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    open_store(url).close()
    code = f"import sys, storage; storage.open_store({url!r}).close(); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_revisions_are_those_of_the_migrations():
    script = ScriptDirectory.from_config(alembic_config())
    assert tuple(reversed([revision.revision for revision in script.walk_revisions()])) == REVISIONS


def test_migrations_make_the_tables_that_the_rows_declare(empty_url):
    open_store(empty_url).close()

    def ours(_object, name, kind, _reflected, _compared):
        return not (kind == "table" and (name.startswith("search_") or name == VERSION_TABLE))

    with connected(empty_url) as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        assert compare_metadata(context, storage.tables.SQLModel.metadata) == []
    assert SQLModel.metadata.tables


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_empty_database_of_every_release_is_brought_up_to_date(empty_url, make, revision):
    config = alembic_config()
    with connected(empty_url) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    with open_store(empty_url) as store:
        assert len(make.stored(store, "a")) == 1


def test_a_database_of_a_newer_release_is_refused_unchanged(database_url, make):
    with open_store(database_url) as store:
        make.stored(store, "a")
    with connected(database_url) as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(StorageError, match=r"a newer wirewatch .schema 9999.*upgrade wirewatch"):
        open_store(database_url)
    with connected(database_url) as connection:
        assert connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar() == "9999"
        assert connection.exec_driver_sql("SELECT count(*) FROM article").scalar() == 1


def test_a_database_of_another_application_is_refused_unchanged(empty_url):
    with connected(empty_url) as connection:
        connection.exec_driver_sql("CREATE TABLE flow_run (id integer)")
    with pytest.raises(StorageError, match=r"another application .tables flow_run.*a database of its own"):
        open_store(empty_url)
    with connected(empty_url) as connection:
        assert storage.tables.article.name not in connection.dialect.get_table_names(connection)
        if empty_url.startswith("sqlite"):
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"


def test_a_file_that_is_no_database_is_refused_unchanged(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    with pytest.raises(StorageError, match="not a SQLite database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text() == "not a database " * 100
    with pytest.raises(StorageError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}")
    with pytest.raises(StorageError, match="its folder cannot be made"):
        open_store(f"sqlite:///{path}/wirewatch.db")


def test_a_new_database_that_is_locked_is_an_error(tmp_path):
    path = tmp_path / "a.db"
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="locked"):
            open_store(f"sqlite:///{path}", patience=0.1)
        other.execute("ROLLBACK")
    open_store(f"sqlite:///{path}").close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("wirewatch.db", "not an address"),
        ("", "not an address"),
        ("mysql://user:canary@host/db", "no database of the kind “mysql”"),
        ("postgresql+asyncpg://user:canary@host/db", "no database of the kind"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("postgresql://user:canary@127.0.0.1:1/db", "cannot be reached"),
        ("postgresql://user:canary@[broken/db", "cannot be reached"),
        ("postgresql://user:canary@host:port/db", "not an address"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url, message):
    with pytest.raises(StorageError, match=message) as error:
        open_store(url)
    assert "canary" not in str(error.value)


def test_a_database_that_the_server_does_not_have(postgres):
    url = make_url(postgres).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(StorageError, match="no such database; create it with `createdb`"):
        open_store(url)


def test_a_server_that_closed_the_connections_is_connected_again(databases, make, tmp_path, postgres):
    url = databases.ready("postgres", tmp_path)
    with open_store(url) as store:
        make.stored(store, "a")
        with psycopg.connect(postgres, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [make_url(url).database]
            )
        assert len(make.stored(store, "b")) == 1
