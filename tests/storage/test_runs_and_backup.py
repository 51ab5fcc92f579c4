"""What runs did is kept; a database can be copied while it is in use."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import Batch, Run, open_store
from wirewatch.errors import StorageError
from wirewatch.model import Failure


def test_runs_are_listed_newest_first(store, make):
    for number, kind in enumerate(("poll", "deliver", "poll")):
        started = make.now + timedelta(minutes=number)
        failures = [Failure("source wire", "503 \udcff")] if number == 2 else []
        store.add_run(kind, started, started + timedelta(seconds=5), {"read": number}, failures)
    last = make.now + timedelta(minutes=2)
    newest = Run("poll", last, last + timedelta(seconds=5), {"read": 2}, (Failure("source wire", "503 \udcff"),))
    assert store.last_runs(1) == [newest]
    assert [run.counts["read"] for run in store.last_runs(10)] == [2, 1, 0]
    assert [run.counts["read"] for run in store.last_runs(10, kind="poll")] == [2, 0]


def test_a_sqlite_database_is_copied_while_in_use(make, no_plan, tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'a.db'}") as store:
        store.write(Batch([make.indexed()], [make.hit()]), no_plan)
        store.backup(tmp_path / "copy.db")
        store.write(Batch([make.indexed("later")]), no_plan)
        with pytest.raises(StorageError, match="exists; choose another name"):
            store.backup(tmp_path / "copy.db")
        with pytest.raises(StorageError, match="cannot be written"):
            store.backup(tmp_path / "no" / "folder" / "copy.db")
    with open_store(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert [found.hit for found in copy.hits()] == [make.hit()]
        assert copy.counts().articles == 1
    assert not list(tmp_path.glob("*.unfinished"))


def test_a_postgres_database_is_copied_by_its_own_tool(databases, tmp_path):
    with open_store(databases.ready("postgres", tmp_path)) as store, pytest.raises(StorageError, match="pg_dump"):
        store.backup(tmp_path / "copy.db")
