"""Damage is found and named; a backup is put back, and what is no backup is refused."""

from __future__ import annotations

import sqlite3

import pytest

from storage import open_store
from wirewatch.errors import StorageError


@pytest.fixture
def path(make, tmp_path):
    file = tmp_path / "a.db"
    with open_store(f"sqlite:///{file}") as store:
        make.stored(store, "a", "b")
    return file


def test_what_is_whole_has_no_problems(store, make):
    make.stored(store, "a", "b")
    assert store.check() == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM article WHERE title = 'Headline a'", "table hit, row "),
        ("DELETE FROM search_article", "2 articles that the search does not find"),
        ("DELETE FROM hit WHERE rowid = 1", "1 messages to be sent about hits that are gone"),
        ("ALTER TABLE hit DROP COLUMN held", "table hit: column held is missing"),
        ("DROP TABLE run", "table run is missing"),
    ],
)
def test_damage_is_named(path, damage, said):
    with sqlite3.connect(path) as connection:
        if "held" in damage:
            connection.execute("DROP INDEX ix_hit_held")
        connection.execute(damage)
    with open_store(f"sqlite:///{path}") as store:
        assert any(problem.startswith(said) for problem in store.check()), store.check()


def test_a_damaged_file_is_named(path):
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA writable_schema = on")
        [root] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_hit_found_at'").fetchone()
        [size] = connection.execute("PRAGMA page_size").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\0" * size)
    with open_store(f"sqlite:///{path}") as store:
        try:
            problems = store.check()
        except StorageError as error:
            problems = [f"the file is damaged: {error}"]
    assert any("damaged" in problem for problem in problems)


def test_a_backup_is_put_back_and_what_was_there_is_kept(path, make, tmp_path):
    with open_store(f"sqlite:///{path}") as store:
        store.backup(tmp_path / "copy.db")
        make.stored(store, "later")
        kept = store.restore(tmp_path / "copy.db")
        assert store.counts().articles == 2
    with open_store(f"sqlite:///{kept}") as before:
        assert before.counts().articles == 3
    with open_store(f"sqlite:///{path}") as again:
        assert again.check() == []


def test_what_is_no_backup_is_refused(path, tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("not a database " * 100)
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE flow_run (id integer)")
    newer = tmp_path / "newer.db"
    with open_store(f"sqlite:///{path}") as store:
        store.backup(newer)
        with sqlite3.connect(newer) as connection:
            connection.execute("UPDATE wirewatch_schema SET version_num = '9999'")
        for file, said in (
            (notes, "no database of"),
            (tmp_path / "other.db", "no database of"),
            (newer, "a newer wire"),
        ):
            with pytest.raises(StorageError, match=f"backup .*{said}.*nothing was changed"):
                store.restore(file)
        assert store.counts().articles == 2
    assert not list(tmp_path.glob("*before*"))
